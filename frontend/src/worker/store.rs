//! What a tab keeps of one identity in one room: blocks, waiting payments, and records such as its settings.
//!
//! The key of a block is its height and hash, so that reading in key order gives every parent before its children. With
//! each block stands when it arrived, because of two branches of equal work the one seen first is the chain, after a
//! reload too. One database per identity, room and network: a relay that was set up anew under the same address is another network, and
//! what was earned on the old one stays where it is.

use std::collections::BTreeMap;

use borsh::{BorshDeserialize, BorshSerialize};
use shared::protocol::StoreOp;
use shared::{Block, BlockHash, Height, NetworkId, NodeId, SignedPayment, encode};

use super::idb::{Change, Database, StoreError};

const STORES: &[&str] = &[BLOCKS, PAYMENTS, META];
const BLOCKS: &str = "blocks";
const PAYMENTS: &str = "payments";
const META: &str = "meta";
/// How many blocks are read at once: at most some tens of megabytes of full blocks.
const PAGE: u32 = 128;
/// How many payments are read: more than a whole mempool holds.
const PAYMENTS_MAX: u32 = 50_000;

/// What the owner set for this node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Settings {
    /// Whether others' blocks are adopted as they arrive.
    pub auto_sync: bool,
    /// Per cent of its core that each of the miner's workers may use.
    pub throttle_percent: u8,
}

impl Default for Settings {
    fn default() -> Self {
        Self { auto_sync: true, throttle_percent: 100 }
    }
}

/// What the owner set for the miner beside its share of a core. A record of its own, so that settings kept before there
/// was this one are still read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct MinerSettings {
    /// How many workers; `None` is as many as suit the machine.
    pub workers: Option<u32>,
    /// Whether the graphics card is used.
    pub graphics: bool,
}

/// Something that is kept whole, under a name of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Record {
    /// [`Settings`].
    Settings,
    /// [`MinerSettings`].
    Miner,
    /// Who may change the tab over HTTP, and the nodes it was connected to, by relay.
    Relays,
    /// The owner's names for addresses.
    Contacts,
    /// The classic node.
    Classic,
}

impl Record {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Settings, Self::Miner, Self::Relays, Self::Contacts, Self::Classic];

    fn key(self) -> &'static [u8] {
        match self {
            Self::Settings => b"settings",
            Self::Miner => b"miner",
            Self::Relays => b"relays",
            Self::Contacts => b"contacts",
            Self::Classic => b"classic",
        }
    }
}

/// The records of a store, as they are kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Records {
    kept: BTreeMap<Record, Vec<u8>>,
}

impl Records {
    /// Reads a record. One that is missing, or of another version of the app, is `None`.
    pub fn read<T: BorshDeserialize>(&self, record: Record) -> Option<T> {
        borsh::from_slice(self.kept.get(&record)?).ok()
    }

    /// Puts a record in the place of what it was.
    pub fn put(&mut self, record: Record, value: Vec<u8>) {
        self.kept.insert(record, value);
    }

    /// The changes that keep all of them.
    pub fn changes(&self) -> impl Iterator<Item = Change> {
        self.kept.iter().map(|(record, value)| record_change(*record, value.clone()))
    }
}

/// The store of one identity in one room.
#[derive(Debug)]
pub struct ChainStore {
    name: String,
    db: Option<Database>,
}

impl ChainStore {
    /// Opens the store. Where that fails it holds nothing, and the second value says why.
    pub async fn open(id: &NodeId, room: &str, network: &NetworkId) -> (Self, Option<StoreError>) {
        let mut store = Self { name: name(id, room, network), db: None };
        let trouble = store.reopen().await.err();
        (store, trouble)
    }

    /// Opens the database again after trouble.
    pub async fn reopen(&mut self) -> Result<(), StoreError> {
        self.db = None;
        self.db = Some(Database::open(&self.name, STORES).await?);
        Ok(())
    }

    /// Makes all changes or none, and returns when they are on disk.
    pub async fn write(&self, changes: &[Change]) -> Result<(), StoreError> {
        self.db()?.write(changes).await
    }

    /// Reads the next blocks; false at the end.
    pub async fn read_blocks(&self, reading: &mut Reading) -> Result<bool, StoreError> {
        let page = self.db()?.page(BLOCKS, reading.last_key.as_deref(), PAGE).await?;
        let more = page.len() == PAGE as usize;
        reading.last_key = page.last().map(|(key, _)| key.clone()).or(reading.last_key.take());
        reading.waiting.extend(page.into_iter().filter_map(|(key, value)| Kept::read(&key, value)));
        reading.at_end = !more;
        Ok(more)
    }

    /// The payments that waited.
    pub async fn payments(&self) -> Result<Vec<SignedPayment>, StoreError> {
        let page = self.db()?.page(PAYMENTS, None, PAYMENTS_MAX).await?;
        // One that does not decode is of another version of the app; it is still in its sender's own store.
        Ok(page.iter().filter_map(|(_, bytes)| shared::decode(bytes).ok()).collect())
    }

    /// The records.
    pub async fn records(&self) -> Result<Records, StoreError> {
        let mut records = Records::default();
        for record in Record::ALL {
            if let Some(value) = self.db()?.get(META, record.key()).await? {
                records.put(record, value);
            }
        }
        Ok(records)
    }

    /// Whether a block is kept.
    pub async fn has_block(&self, height: Height, hash: &BlockHash) -> Result<bool, StoreError> {
        self.db()?.has(BLOCKS, &block_key(height, hash)).await
    }

    fn db(&self) -> Result<&Database, StoreError> {
        self.db.as_ref().ok_or(StoreError::Closed)
    }
}

/// The name of the database of an identity in a room.
pub fn name(id: &NodeId, room: &str, network: &NetworkId) -> String {
    format!("{}{room} {}", prefix(id), hex::encode(&network.as_bytes()[..8]))
}

/// What the names of all databases of an identity begin with.
pub fn prefix(id: &NodeId) -> String {
    format!("tabcoin {id} ")
}

/// The room of a database, where it is one of this identity's.
pub fn room_of<'a>(name: &'a str, id: &NodeId) -> Option<&'a str> {
    let (room, _network) = name.strip_prefix(&prefix(id))?.split_once(' ')?;
    Some(room)
}

/// A record of a database that may be another identity's or another room's.
pub async fn read_record<T: BorshDeserialize>(name: &str, record: Record) -> Result<Option<T>, StoreError> {
    let value = Database::open(name, STORES).await?.get(META, record.key()).await?;
    Ok(value.and_then(|value| borsh::from_slice(&value).ok()))
}

/// Keeps a record in a database that may be another identity's or another room's.
pub async fn write_record(name: &str, record: Record, value: &impl BorshSerialize) -> Result<(), StoreError> {
    let value = borsh::to_vec(value).expect("writing to memory does not fail");
    Database::open(name, STORES).await?.write(&[record_change(record, value)]).await
}

/// A block as it was read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Kept {
    height: u64,
    arrival: u64,
    bytes: Vec<u8>,
}

impl Kept {
    fn read(key: &[u8], value: Vec<u8>) -> Option<Self> {
        let (height, _) = key.split_first_chunk()?;
        let (arrival, bytes) = value.split_first_chunk()?;
        Some(Self { height: u64::from_be_bytes(*height), arrival: u64::from_be_bytes(*arrival), bytes: bytes.to_vec() })
    }
}

/// How far the kept blocks were read, and those read that cannot be handed on yet.
#[derive(Debug, Default)]
pub struct Reading {
    last_key: Option<Vec<u8>>,
    waiting: Vec<Kept>,
    at_end: bool,
}

impl Reading {
    /// The encoded blocks that can be handed on, in the order of their heights and then of their arrival. The highest
    /// ones wait until it is sure that no more of their height come.
    pub fn take(&mut self) -> Vec<Vec<u8>> {
        let top = self.waiting.last().map_or(0, |kept| kept.height);
        let below = self.waiting.partition_point(|kept| kept.height < top);
        let waiting = if self.at_end { Vec::new() } else { self.waiting.split_off(below) };
        let mut ready = std::mem::replace(&mut self.waiting, waiting);
        ready.sort();
        ready.into_iter().map(|kept| kept.bytes).collect()
    }
}

/// The change that keeps a block which arrived then.
pub fn block_change(block: &Block, arrival: u64) -> Change {
    put_block(block.header.height, &block.hash(), &encode(block), arrival)
}

fn put_block(height: Height, hash: &BlockHash, bytes: &[u8], arrival: u64) -> Change {
    let value = [&arrival.to_be_bytes(), bytes].concat();
    Change::Put { store: BLOCKS, key: block_key(height, hash), value }
}

/// The changes that make the kept payments exactly these.
pub fn payment_changes<'a>(payments: impl Iterator<Item = &'a SignedPayment>) -> Vec<Change> {
    let put = |payment: &SignedPayment| Change::Put {
        store: PAYMENTS,
        key: payment.id().as_bytes().to_vec(),
        value: encode(payment),
    };
    std::iter::once(Change::Clear { store: PAYMENTS }).chain(payments.map(put)).collect()
}

/// The change that keeps a record.
pub fn record_change(record: Record, value: Vec<u8>) -> Change {
    Change::Put { store: META, key: record.key().to_vec(), value }
}

/// The change that the node asks for; `None` for members, of whom the relay tells anew.
pub fn change(op: StoreOp, arrival: u64) -> Option<Change> {
    match op {
        StoreOp::Block { hash, height, bytes } => Some(put_block(height, &hash, &bytes, arrival)),
        StoreOp::Payment { id, bytes } => {
            Some(Change::Put { store: PAYMENTS, key: id.as_bytes().to_vec(), value: bytes })
        }
        StoreOp::PaymentGone { id } => Some(Change::Delete { store: PAYMENTS, key: id.as_bytes().to_vec() }),
        StoreOp::Member(_) | StoreOp::MemberGone { .. } => None,
    }
}

/// Big-endian height, then hash.
fn block_key(height: Height, hash: &BlockHash) -> Vec<u8> {
    let mut key = height.as_u64().to_be_bytes().to_vec();
    key.extend_from_slice(hash.as_bytes());
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_blocks_order_parents_before_children() {
        let low = block_key(Height::from(255), &BlockHash::from_bytes([0xff; 32]));
        let high = block_key(Height::from(256), &BlockHash::from_bytes([0; 32]));
        assert!(low < high);
    }

    fn page(entries: &[(u64, u8, u64)]) -> Vec<Kept> {
        let entry = |&(height, hash, arrival): &(u64, u8, u64)| {
            let change = put_block(Height::from(height), &BlockHash::from_bytes([hash; 32]), &[hash], arrival);
            let Change::Put { key, value, .. } = change else { panic!("a put") };
            Kept::read(&key, value).expect("just written")
        };
        entries.iter().map(entry).collect()
    }

    #[test]
    fn of_blocks_at_one_height_the_one_that_arrived_first_comes_first() {
        let mut reading = Reading { waiting: page(&[(1, 7, 20), (1, 9, 10), (2, 5, 40)]), ..Reading::default() };
        assert_eq!(reading.take(), [[9], [7]], "more of height 2 may come");
        reading.waiting.extend(page(&[(2, 6, 30)]));
        reading.at_end = true;
        assert_eq!(reading.take(), [[6], [5]]);
        assert!(reading.take().is_empty());
    }

    #[test]
    fn records_are_read_as_they_were_put() {
        let settings = Settings { auto_sync: false, throttle_percent: 7 };
        let mut records = Records::default();
        assert_eq!(records.read::<Settings>(Record::Settings), None);
        records.put(Record::Settings, borsh::to_vec(&settings).expect("memory"));
        records.put(Record::Contacts, vec![9; 3]);
        assert_eq!(records.read(Record::Settings), Some(settings));
        assert_eq!(records.read::<Settings>(Record::Contacts), None, "bytes of something else");
        let keys = records.changes().map(|change| match change {
            Change::Put { store: META, key, .. } => key,
            other => panic!("{other:?}"),
        });
        assert_eq!(keys.collect::<Vec<_>>(), [b"settings".to_vec(), b"contacts".to_vec()]);
    }

    #[test]
    fn no_two_records_share_a_key() {
        let keys: std::collections::BTreeSet<_> = Record::ALL.map(Record::key).into();
        assert_eq!(keys.len(), Record::ALL.len());
    }
}
