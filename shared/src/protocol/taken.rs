//! How far others have this node's chain: a block that nobody else has may yet come to nothing, and its reward with it.
//!
//! It is told by what others say of their chains: a peer in its own words, a member in the relay's, which tells of
//! verified chains alone. After a restart all that was stored counts as taken until somebody is heard.

use std::collections::VecDeque;

use super::limits::MINED_KEPT;
use super::node::Node;
use super::output::Event;
use crate::state::Tip;
use crate::values::{Amount, BlockHash, Height};

/// A block that this node mined and nobody is known to have.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mined {
    pub(super) hash: BlockHash,
    pub(super) height: Height,
    pub(super) reward: Amount,
    pub(super) fees: Amount,
}

/// How far others have this node's chain.
#[derive(Debug, Default)]
pub(super) struct Taken {
    /// The highest block of it that another is known to have; `None` before anybody was heard.
    upto: Option<BlockHash>,
    /// The last blocks that this node mined, the lowest first.
    mined: VecDeque<Mined>,
}

impl Node {
    /// Up to which height of its chain another node is known to have it; before any was heard, how much of it was
    /// restored. Blocks above may yet come to nothing.
    pub fn taken_height(&self) -> Height {
        let upto = self.taken.upto.unwrap_or(self.restored_tip);
        self.chain.common_height(&upto).unwrap_or_default()
    }

    /// How many blocks of its chain this node has mined since it started, and nobody else is known to have.
    pub fn untaken(&self) -> usize {
        let taken = self.taken_height();
        let mined = self.taken.mined.iter();
        mined.filter(|mined| mined.height > taken && self.chain.is_active(&mined.hash)).count()
    }

    /// Notes a block that this node mined.
    pub(super) fn taken_mined(&mut self, mined: Mined) {
        self.taken.mined.push_back(mined);
        if self.taken.mined.len() > MINED_KEPT {
            self.taken.mined.pop_front();
        }
    }

    /// Another node's chain ends there, as far as it says.
    pub(super) fn taken_by(&mut self, tip: &Tip) {
        let Some(height) = self.chain.common_height(&tip.hash) else { return };
        let is_known = self.taken.upto.is_some();
        if is_known && height <= self.taken_height() {
            return;
        }
        self.taken.upto = self.chain.hash_at(height);
        while let Some(mined) = self.taken.mined.front().copied().filter(|mined| mined.height <= height) {
            self.taken.mined.pop_front();
            let Mined { hash, height, reward, fees } = mined;
            if self.chain.is_active(&hash) {
                self.put_event(Event::BlockTaken { hash, height, reward, fees });
            }
        }
    }

    /// This node's chain has changed: what others said of theirs may tell more now.
    pub(super) fn taken_review(&mut self) {
        let tips: Vec<Tip> = self.ready_peers().map(|(_, ready)| ready.status.tip).collect();
        for tip in tips {
            self.taken_by(&tip);
        }
    }
}
