//! Where the bodies of blocks are kept: as encoded bytes, by the block's hash.
//!
//! The chain asks for a body only to connect or disconnect its block, to serve it to a peer, or to show it. A tab keeps
//! them in memory; a relay may keep them on disk.

use std::collections::BTreeMap;

use crate::encoding::encode;
use crate::values::{Block, BlockHash};

/// A store of encoded blocks. Once put, a body is there until it is removed; a store that can lose one must end the
/// process rather than answer `None`, because the ledger is built on it.
pub trait Bodies: Send {
    /// The encoded block.
    fn get(&self, hash: &BlockHash) -> Option<Vec<u8>>;

    /// Keeps an encoded block.
    fn put(&mut self, hash: &BlockHash, bytes: Vec<u8>);

    /// Takes a block that was read back from the node's own durable store. A store that reads from there anyway need not
    /// keep it twice.
    fn restored(&mut self, hash: &BlockHash, block: &Block) {
        self.put(hash, encode(block));
    }

    /// Forgets a block that turned out to be invalid.
    fn remove(&mut self, hash: &BlockHash);
}

/// Bodies in memory.
#[derive(Clone, Debug, Default)]
pub struct MemoryBodies(BTreeMap<BlockHash, Box<[u8]>>);

impl Bodies for MemoryBodies {
    fn get(&self, hash: &BlockHash) -> Option<Vec<u8>> {
        self.0.get(hash).map(|bytes| bytes.to_vec())
    }

    fn put(&mut self, hash: &BlockHash, bytes: Vec<u8>) {
        self.0.insert(*hash, bytes.into_boxed_slice());
    }

    fn remove(&mut self, hash: &BlockHash) {
        self.0.remove(hash);
    }
}
