//! Bodies that wait for one below them.
//!
//! Bodies are asked for many at a time and come in any order. One that comes before its parent's cannot be stored yet
//! and stays in memory. Whoever sends all of a branch but its first body could fill that; so it has a limit, beyond which
//! only a body that need not wait is asked for and taken, of each branch one.

use std::collections::BTreeSet;

use super::node::Node;
use crate::state::Body;
use crate::values::BlockHash;

/// How many bytes of bodies may wait for one below them: 256 of the largest, or as many as are looked ahead for of one
/// branch where they are a quarter of that.
pub(super) const UNSTORED_BYTES_MAX: usize = 64 << 20;

/// Blocks whose bodies are here and some body below them is not, and how long they are.
#[derive(Debug)]
pub(super) struct Unstored {
    blocks: Vec<(BlockHash, usize)>,
    bytes: usize,
    pub(super) bytes_max: usize,
}

impl Default for Unstored {
    fn default() -> Self {
        Self { blocks: Vec::new(), bytes: 0, bytes_max: UNSTORED_BYTES_MAX }
    }
}

impl Unstored {
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn push(&mut self, hash: BlockHash, bytes: usize) {
        self.blocks.push((hash, bytes));
        self.bytes += bytes;
    }

    /// Whether there is room for so many bytes more.
    pub(super) fn has_room_for(&self, bytes: usize) -> bool {
        self.bytes.saturating_add(bytes) <= self.bytes_max
    }

    /// Takes out those that are complete, and forgets those that can never be.
    pub(super) fn take_complete(
        &mut self,
        is_complete: impl Fn(&BlockHash) -> bool,
        may_be: impl Fn(&BlockHash) -> bool,
    ) -> Vec<BlockHash> {
        let mut complete = Vec::new();
        self.blocks.retain(|(hash, bytes)| {
            let is_taken = is_complete(hash);
            if is_taken {
                complete.push(*hash);
            }
            let stays = !is_taken && may_be(hash);
            self.bytes -= if stays { 0 } else { *bytes };
            stays
        });
        complete
    }
}

/// Which bodies of a message are taken.
#[derive(Debug, Default)]
pub(super) struct Intake {
    /// Those that need not wait once the message is taken.
    ready: BTreeSet<BlockHash>,
    /// How many bytes those have that must.
    waiting: usize,
}

impl Intake {
    /// Whether a body is taken, which is the next of its message: it need not wait, or there is room for it to.
    pub(super) fn takes(&mut self, node: &Node, body: &Body) -> bool {
        let parent = body.block().header.previous_hash;
        if node.chain.is_complete(&parent) || self.ready.contains(&parent) {
            return self.ready.insert(body.hash());
        }
        let waiting = self.waiting + body.block().encoded_len();
        let has_room = node.unstored.has_room_for(waiting);
        if has_room {
            self.waiting = waiting;
        }
        has_room
    }
}
