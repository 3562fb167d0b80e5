//! Taking blocks: into the chain, into the store, and wherever the tip goes, the mempool, the miner and the peers follow.

use std::collections::BTreeMap;

use super::fault::PeerError;
use super::node::Node;
use super::output::{Event, Output, StoreOp};
use super::peer::PeerId;
use crate::rules::block::BlockError;
use crate::rules::receipt::Refusal;
use crate::state::{BlockStatus, Body, Tip, TipChange};
use crate::values::{Block, BlockHash, SignedPayment, Timestamp};

/// Several changes of the tip, one after the other, as one.
fn joined(changes: Vec<TipChange>) -> TipChange {
    let (mut disconnected, mut connected) = (Vec::<Block>::new(), Vec::<Block>::new());
    for change in changes {
        let (off, on) = match change {
            TipChange::Unchanged => continue,
            TipChange::Extended { connected } => (Vec::new(), connected),
            TipChange::Reorganised { disconnected, connected } => (disconnected, connected),
        };
        for block in off {
            // What was connected on the way and left again never happened.
            if connected.pop_if(|top| top.header == block.header).is_none() {
                disconnected.push(block);
            }
        }
        for block in on {
            // Neither did the loss of what came back.
            let is_back = connected.is_empty() && disconnected.last().is_some_and(|low| low.header == block.header);
            if is_back {
                disconnected.pop();
            } else {
                connected.push(block);
            }
        }
    }
    match (disconnected.is_empty(), connected.is_empty()) {
        (true, true) => TipChange::Unchanged,
        (true, false) => TipChange::Extended { connected },
        (false, _) => TipChange::Reorganised { disconnected, connected },
    }
}

impl Node {
    /// Takes blocks whose headers are known, and follows the chain wherever it went.
    ///
    /// # Errors
    /// When one of them breaks a rule; those before it, and after it beside it, are taken all the same.
    pub(super) fn take_blocks(
        &mut self,
        bodies: Vec<Body>,
        from: Option<PeerId>,
        now: Timestamp,
    ) -> Result<(), (BlockHash, Box<BlockError>)> {
        let (mempool, signatures) = (&self.mempool, &self.signatures);
        let is_verified = |signed: &SignedPayment| mempool.holds(signed) || signatures.holds(signed);
        let lengths: BTreeMap<BlockHash, usize> =
            bodies.iter().map(|body| (body.hash(), body.block().encoded_len())).collect();
        let outcomes = self.chain.insert_bodies(bodies, &is_verified);
        let (mut changes, mut refused, mut fault) = (Vec::new(), Vec::new(), None);
        for (hash, outcome) in outcomes {
            match outcome {
                Ok(outcome) => {
                    if outcome.is_new {
                        self.unstored.push(hash, lengths.get(&hash).copied().unwrap_or_default());
                    }
                    changes.push(outcome.change);
                    refused.extend(outcome.refused);
                }
                Err(error) => fault = fault.or(Some((hash, Box::new(error)))),
            }
        }
        self.store_complete();
        match joined(changes) {
            TipChange::Unchanged => {}
            change => self.follow(&change, from, now),
        }
        for (hash, error) in refused {
            self.refuse_block(hash, error, None);
        }
        self.roster_follow(now);
        fault.map_or(Ok(()), Err)
    }

    /// Has blocks stored as soon as all below them are: a store has parents before their children, and only blocks that
    /// are valid to the last payment.
    fn store_complete(&mut self) {
        let chain = &self.chain;
        let may_be = |hash: &BlockHash| chain.status(hash) == Some(BlockStatus::Stored);
        let mut complete = self.unstored.take_complete(|hash| chain.is_complete(hash), may_be);
        complete.sort_by_key(|hash| chain.height_of(hash));
        for hash in complete {
            let bytes = self.chain.body_bytes(&hash).expect("the body of a complete block is kept");
            let height = self.chain.height_of(&hash).expect("a complete block has a height");
            self.put(Output::Store(StoreOp::Block { hash, height, bytes }));
        }
    }

    /// Follows a change of the tip.
    fn follow(&mut self, change: &TipChange, from: Option<PeerId>, now: Timestamp) {
        let returned = self.follow_in_mempool(change);
        let (left, adopted) = (change.disconnected().len() as u64, change.connected().len() as u64);
        let (old, new) = (self.told_tip, self.chain.tip());
        self.told_tip = new;
        self.tip_moved = true;
        let from_id = from.and_then(|peer| self.id_of(peer));
        self.put_event(Event::TipChanged { old, new, left, adopted, returned: returned.len() as u64, from: from_id });
        self.mining_new_tip(now);
        self.taken_review();
        self.roster_self(now);
        // While catching up, only the end of it is worth telling.
        self.tip_untold = self.is_catching_up();
        if !self.tip_untold {
            self.announce_tip(from);
        }
        self.spread_returned(returned);
    }

    /// Whether this node's chain is the beginning of a much longer one whose bodies are on their way.
    ///
    /// A longer chain that the tip is no part of does not count: its bodies may never come, and whoever keeps them back
    /// must not silence those who go on without.
    pub(super) fn is_catching_up(&self) -> bool {
        let tip = self.chain.tip();
        let heads = self.fetching.heads().filter_map(|head| self.chain.tip_of(head));
        let is_far = |head: &Tip| head.work > tip.work && head.height > tip.height.next();
        heads.filter(is_far).any(|head| self.chain.leads_through(&head.hash, &tip.hash))
    }

    /// Notes that a block was refused, and says why its sender is cut off.
    pub(super) fn refuse_block(&mut self, hash: BlockHash, error: BlockError, from: Option<PeerId>) -> PeerError {
        let receipt = error.receipt();
        let from = from.and_then(|peer| self.id_of(peer));
        self.replace_refused(&hash, from, &receipt);
        self.put_event(Event::BlockRefused { hash, from, receipt });
        PeerError::Block { hash, error: Box::new(error) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::ChainBuilder;

    #[test]
    fn changes_of_the_tip_one_after_the_other_make_one() {
        let mut builder = ChainBuilder::easy();
        builder.mine_many(1, 4);
        let mut rival = builder.fork_at(1);
        rival.mine_many(2, 3);
        let ours = |heights: std::ops::Range<usize>| builder.blocks()[heights].to_vec();
        let theirs = |heights: std::ops::Range<usize>| rival.blocks()[heights].to_vec();
        let high_first = |mut blocks: Vec<Block>| {
            blocks.reverse();
            blocks
        };
        let extended = |connected| TipChange::Extended { connected };
        let moved = |off, connected| TipChange::Reorganised { disconnected: high_first(off), connected };
        assert_eq!(joined(vec![]), TipChange::Unchanged);
        assert_eq!(
            joined(vec![extended(ours(1..2)), TipChange::Unchanged, extended(ours(2..4))]),
            extended(ours(1..4))
        );
        assert_eq!(joined(vec![extended(ours(1..3)), moved(ours(1..3), theirs(1..4))]), extended(theirs(1..4)));
        assert_eq!(
            joined(vec![moved(ours(1..3), theirs(1..4)), moved(theirs(1..4), ours(1..4))]),
            extended(ours(3..4)),
            "there and back, and one more"
        );
        assert_eq!(
            joined(vec![moved(ours(1..2), theirs(1..3)), extended(theirs(3..4))]),
            moved(ours(1..2), theirs(1..4))
        );
    }
}
