//! A store's life in short, and what it holds after each step of it.

use relay::store::{Change, Store, StoreError};
use shared::testing::ChainBuilder;
use shared::{Amount, Block, NodeId, Params, RoomName, encode};

use crate::simulated::Simulated;

const SEED: [u8; 32] = [7; 32];
const OTHER_SEED: [u8; 32] = [8; 32];
/// What the own node keeps, by name.
const OWN: &str = "nodes";

/// Everything that can be read from a store.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Contents {
    params: Option<Params>,
    blocks: Vec<Vec<u8>>,
    payments: Vec<Vec<u8>>,
    members: Vec<Vec<u8>>,
    classic: Vec<(NodeId, Option<String>)>,
    own: Option<String>,
}

impl Contents {
    pub(crate) fn read(store: &Store) -> Result<Self, StoreError> {
        let room = room();
        let stored = store.blocks_after(&room, None)?;
        let blocks: Vec<Vec<u8>> = stored.into_iter().map(|block| block.bytes).collect();
        for bytes in &blocks {
            // By its name it is found too, and is itself.
            let block: Block = shared::decode(bytes)
                .map_err(|error| StoreError::Damaged { what: "a block", found: error.to_string() })?;
            let found = store.block(&room, &block.hash())?;
            if found.as_ref() != Some(bytes) {
                return Err(StoreError::Damaged { what: "a block by its hash", found: "none".to_owned() });
            }
        }
        let keepers = store.classic_keepers(&room)?;
        let classic = keepers.into_iter().map(|id| Ok((id, store.classic_chain(&room, &id)?)));
        Ok(Self {
            params: store.params(&room)?,
            blocks,
            payments: store.payments(&room)?,
            members: store.members(&room)?,
            classic: classic.collect::<Result<_, StoreError>>()?,
            own: store.own(&room, OWN)?,
        })
    }
}

/// The room.
pub(crate) fn room() -> RoomName {
    shared::testing::easy_params().room
}

/// A step of the store's life.
pub(crate) enum Act {
    Open,
    Seed,
    Room(Params),
    Commit(Vec<Change>),
    Own(String),
}

/// A store that is opened, filled, and changed in every way there is.
pub(crate) fn acts() -> Vec<Act> {
    let mut chain = ChainBuilder::easy();
    chain.mine_many(1, 2);
    let paid = chain.pay(1, 2, Amount::from_coins(3), Amount::from_units(10));
    chain.mine(1, std::slice::from_ref(&paid));
    chain.mine_busy(3, 1, 12);
    let fork = chain.fork_at(2).mine(3, &[]);
    let blocks = chain.blocks();
    let block = |block: &Block| Change::Block { hash: block.hash(), height: block.header.height, bytes: encode(block) };
    let member =
        |number: u8, bytes: usize| Change::Member { id: NodeId::from_bytes([number; 16]), bytes: vec![number; bytes] };
    let classic = |number: u8, blocks: usize| Change::ClassicChain {
        id: NodeId::from_bytes([number; 16]),
        chain: format!("[{}]", "1,".repeat(blocks)),
    };
    vec![
        Act::Open,
        Act::Seed,
        Act::Room(chain.params().clone()),
        Act::Commit(vec![block(&blocks[1]), Change::Payment { id: paid.id(), bytes: encode(&paid) }]),
        Act::Commit(vec![block(&blocks[2]), block(&fork), member(1, 100), member(2, 90)]),
        Act::Own("a\nb".to_owned()),
        Act::Commit(vec![block(&blocks[3]), Change::PaymentGone { id: paid.id() }, classic(1, 4_000)]),
        Act::Commit(blocks[4..].iter().map(block).collect()),
        Act::Commit(vec![
            Change::BlockGone { hash: fork.hash() },
            Change::MemberGone { id: NodeId::from_bytes([2; 16]) },
            classic(1, 2),
            classic(3, 9_000),
        ]),
        Act::Commit(vec![Change::ClassicChainGone { id: NodeId::from_bytes([1; 16]) }, member(1, 3_000)]),
    ]
}

/// Does a step; the store is there but for the first.
pub(crate) fn perform(act: &Act, disk: &Simulated, store: &mut Option<Store>) -> Result<(), StoreError> {
    let open = store.as_ref();
    match act {
        Act::Open => *store = Some(disk.open_store()?),
        Act::Seed => {
            open.expect("open").seed_or(SEED)?;
        }
        Act::Room(params) => open.expect("open").create_room(params)?,
        Act::Commit(changes) => open.expect("open").commit(&room(), changes)?,
        Act::Own(text) => open.expect("open").set_own(&room(), OWN, text)?,
    }
    Ok(())
}

/// A life without faults: what was done to the disk, and after each step how much of it, and what the store held then.
pub(crate) struct Life {
    pub(crate) disk: Simulated,
    pub(crate) acked_at: Vec<usize>,
    pub(crate) contents: Vec<Contents>,
}

impl Life {
    pub(crate) fn live() -> Self {
        let (disk, mut store) = (Simulated::default(), None);
        let (mut acked_at, mut contents) = (Vec::new(), Vec::new());
        for act in acts() {
            perform(&act, &disk, &mut store).expect("a disk without faults");
            acked_at.push(disk.log_len());
            contents.push(Contents::read(store.as_ref().expect("open")).expect("read"));
        }
        drop(store);
        Self { disk, acked_at, contents }
    }

    /// Checks a disk that was cut off after so many of the steps done to it: the store opens, holds everything
    /// acknowledged before and nothing but what was being done, and goes on.
    pub(crate) fn check(&self, image: Vec<u8>, cut_at: usize, what: &str) {
        let store = Simulated::of(image).open_store().unwrap_or_else(|error| panic!("{what}: {error}"));
        let found = Contents::read(&store).unwrap_or_else(|error| panic!("{what}: {error}"));
        let acked = self.acked_at.iter().filter(|at| **at <= cut_at).count();
        // Before the first it is empty, as after it.
        let allowed = &self.contents[acked.saturating_sub(1)..self.contents.len().min(acked + 1)];
        assert!(allowed.contains(&found), "{what}: {acked} steps were acknowledged");
        let is_seeded = acked >= 2;
        let seed = store.seed_or(OTHER_SEED).expect("a seed").node_key().to_bytes();
        let first = shared::Seed::from_bytes(SEED).node_key().to_bytes();
        assert!(!is_seeded || seed == first, "{what}: the relay is who it was");
        let member = Change::Member { id: NodeId::from_bytes([9; 16]), bytes: vec![9] };
        store.commit(&room(), &[member]).unwrap_or_else(|error| panic!("{what}: {error}"));
    }
}

/// Numbers that one seed gives again and again: SplitMix64 (Steele, Lea and Flood, 2014).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) as usize % end
    }
}
