//! The bodies of a room's blocks, read from the store; those not yet committed wait in memory.
//!
//! The node puts a body while it takes a block in, and asks for it in the same turn, before the turn's transaction is
//! committed. So what was put or removed since the last commit is kept aside here, and forgotten once it is stored.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use shared::state::Bodies;
use shared::{Block, BlockHash, RoomName};

use super::{Change, Store};

/// What the node put (`Some`) or removed (`None`) since the last commit.
type Aside = BTreeMap<BlockHash, Option<Vec<u8>>>;

/// The room's side of the bodies kept aside. The node has the other.
#[derive(Clone, Debug, Default)]
pub struct Uncommitted(Arc<Mutex<Aside>>);

impl Uncommitted {
    fn lock(&self) -> MutexGuard<'_, Aside> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The blocks removed since the last commit, as changes of the store.
    pub fn removals(&self) -> Vec<Change> {
        let removed = |(hash, bytes): (&BlockHash, &Option<Vec<u8>>)| match bytes {
            None => Some(Change::BlockGone { hash: *hash }),
            Some(_) => None,
        };
        self.lock().iter().filter_map(removed).collect()
    }

    /// Forgets what these changes have stored.
    pub fn committed(&self, changes: &[Change]) {
        let mut aside = self.lock();
        for change in changes {
            if let Change::Block { hash, .. } | Change::BlockGone { hash } = change {
                aside.remove(hash);
            }
        }
    }
}

/// The node's bodies.
#[derive(Debug)]
pub struct StoreBodies {
    store: Arc<Store>,
    room: RoomName,
    uncommitted: Uncommitted,
}

impl StoreBodies {
    /// The bodies of a room, and what is kept aside of them.
    pub fn new(store: Arc<Store>, room: RoomName) -> (Self, Uncommitted) {
        let uncommitted = Uncommitted::default();
        let bodies = Self { store, room, uncommitted: uncommitted.clone() };
        (bodies, uncommitted)
    }
}

impl Bodies for StoreBodies {
    /// # Panics
    /// When the disk fails to read. The node's ledger stands on these bodies, so there is no honest answer; the panic
    /// ends the turn, and the room starts again from what can be read.
    fn get(&self, hash: &BlockHash) -> Option<Vec<u8>> {
        if let Some(aside) = self.uncommitted.lock().get(hash) {
            return aside.clone();
        }
        match self.store.block(&self.room, hash) {
            Ok(bytes) => bytes,
            Err(error) => panic!("reading block {hash}: {error}"),
        }
    }

    fn put(&mut self, hash: &BlockHash, bytes: Vec<u8>) {
        self.uncommitted.lock().insert(*hash, Some(bytes));
    }

    fn restored(&mut self, _hash: &BlockHash, _block: &Block) {
        // It was read from the store just now, and is read from there again.
    }

    fn remove(&mut self, hash: &BlockHash) {
        self.uncommitted.lock().insert(*hash, None);
    }
}
