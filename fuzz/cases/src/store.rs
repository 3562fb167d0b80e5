//! The relay's store, opened from a file whose bytes are wrong somewhere: refused in words, or read, and then what is
//! read is what was written or is found out by the chain.

use std::io;
use std::path::Path;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use redb::StorageBackend;
use relay::store::{Change, Disk, Store, StoreError};
use shared::state::{Chain, MemoryBodies};
use shared::testing::ChainBuilder;
use shared::{Amount, Block, CompactTarget, NodeId, Params, SignedPayment, decode, encode};

use crate::world::Dice;

/// The most bytes of a file that are changed.
const CHANGES_MAX: usize = 16;

/// Parameters under which a header that was changed is no proof but once in 2¹⁶ times.
fn params() -> Params {
    Params { target_limit: CompactTarget::from_bits(0x1f00_ffff), ..shared::testing::easy_params() }
}

/// A chain that is in the store, and a payment that waits.
static WRITTEN: LazyLock<(Vec<Block>, SignedPayment)> = LazyLock::new(|| {
    let mut builder = ChainBuilder::new(params());
    builder.mine_many(1, 2);
    let pay = builder.pay(1, 2, Amount::from_coins(4), Amount::from_units(100));
    builder.mine(1, &[pay]);
    (builder.blocks().to_vec(), builder.pay(1, 3, Amount::from_coins(1), Amount::from_units(1)))
});

/// A file with them.
static FILE: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let disk = Memory::default();
    let store = Store::open(disk.clone()).expect("an empty file");
    store.create_room(&params()).expect("a new room");
    let (blocks, payment) = &*WRITTEN;
    let mut changes: Vec<Change> = blocks
        .iter()
        .map(|block| Change::Block { hash: block.hash(), height: block.header.height, bytes: encode(block) })
        .collect();
    changes.push(Change::Payment { id: payment.id(), bytes: encode(payment) });
    changes.push(Change::Member { id: NodeId::from_bytes([9; 16]), bytes: vec![1, 2, 3] });
    store.commit(&params().room, &changes).expect("memory takes it");
    store.set_own(&params().room, "name", "text").expect("memory takes it");
    drop(store);
    disk.0.read().unwrap_or_else(PoisonError::into_inner).clone()
});

/// Opens a store in which some bytes were changed, or the end is missing, or all is the input's.
pub fn run(input: &[u8]) {
    let mut dice = Dice::new(input);
    let mut bytes = match dice.below(8) {
        0 => input.to_vec(),
        1 => FILE[..dice.number() as usize % FILE.len()].to_vec(),
        _ => FILE.clone(),
    };
    for _ in 0..CHANGES_MAX {
        if dice.is_over() || bytes.is_empty() {
            break;
        }
        let at = dice.number() as usize % bytes.len();
        bytes[at] ^= dice.byte();
    }
    let Ok(store) = Store::open(Memory(Arc::new(RwLock::new(bytes)))) else { return };
    read(&store);
}

fn read(store: &Store) {
    let room = params().room;
    let _ = (store.seed_or([1; 32]), store.members(&room), store.classic_keepers(&room), store.own(&room, "name"));
    if let Ok(Some(found)) = store.params(&room)
        && found == params()
        && let Ok(stored) = store.blocks_after(&room, None)
    {
        let (written, _) = &*WRITTEN;
        let mut chain = Chain::new(params(), Box::new(MemoryBodies::default()));
        for block in stored.iter().filter_map(|stored| decode::<Block>(&stored.bytes).ok()) {
            if chain.restore(block.clone()).is_ok() {
                assert!(written.contains(&block), "only what was written counts as a block of the chain");
            }
        }
    }
    for bytes in store.payments(&room).unwrap_or_default() {
        if let Ok(signed) = decode::<SignedPayment>(&bytes) {
            assert!(signed.verify().is_err() || signed == WRITTEN.1, "only what was signed counts as a payment");
        }
    }
}

/// A disk in memory.
#[derive(Clone, Debug, Default)]
struct Memory(Arc<RwLock<Vec<u8>>>);

impl Disk for Memory {
    fn open(&self) -> Result<Box<dyn StorageBackend>, StoreError> {
        Ok(Box::new(self.clone()))
    }

    fn path(&self) -> &Path {
        Path::new("memory")
    }
}

impl Memory {
    fn range(offset: u64, count: usize, len: usize) -> io::Result<std::ops::Range<usize>> {
        let start = usize::try_from(offset).map_err(|_| io::ErrorKind::UnexpectedEof)?;
        let end = start.checked_add(count).filter(|end| *end <= len).ok_or(io::ErrorKind::UnexpectedEof)?;
        Ok(start..end)
    }
}

impl StorageBackend for Memory {
    fn len(&self) -> io::Result<u64> {
        Ok(self.0.read().unwrap_or_else(PoisonError::into_inner).len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let bytes = self.0.read().unwrap_or_else(PoisonError::into_inner);
        out.copy_from_slice(&bytes[Self::range(offset, out.len(), bytes.len())?]);
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        // A size that no store here has is a size that no disk has.
        let len = usize::try_from(len).ok().filter(|len| *len <= 64 << 20).ok_or(io::ErrorKind::StorageFull)?;
        self.0.write().unwrap_or_else(PoisonError::into_inner).resize(len, 0);
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut bytes = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let range = Self::range(offset, data.len(), bytes.len())?;
        bytes[range].copy_from_slice(data);
        Ok(())
    }
}
