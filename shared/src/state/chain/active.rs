//! The choice of the active chain, and the way from one to another.

use std::collections::BTreeMap;

use super::tree::{GENESIS, NodeIndex, State};
use super::{BlockError, BlockHash, Chain, HashedBlock, TipChange};
use crate::state::ledger::Accounts;
use crate::values::Block;

/// Blocks in hand during one call, so that none is decoded twice.
#[derive(Default)]
pub(super) struct Loaded(BTreeMap<NodeIndex, Box<HashedBlock>>);

impl Loaded {
    pub(super) fn insert(&mut self, index: NodeIndex, block: Box<HashedBlock>) {
        self.0.insert(index, block);
    }

    pub(super) fn take(&mut self, index: NodeIndex, chain: &Chain) -> Box<HashedBlock> {
        self.0.remove(&index).unwrap_or_else(|| chain.load(index).into())
    }

    fn take_block(&mut self, index: NodeIndex, chain: &Chain) -> Block {
        self.0.remove(&index).map_or_else(|| chain.load(index), |hashed| hashed.block)
    }
}

impl Chain {
    /// The last block of the active chain.
    pub(super) fn top(&self) -> NodeIndex {
        *self.active.last().expect("the genesis is always active")
    }

    pub(super) fn is_active_index(&self, index: NodeIndex) -> bool {
        self.active.get(self.tree.height(index).as_u64() as usize) == Some(&index)
    }

    /// Makes a stored block, and the stored blocks above it, complete if all below it are, and moves to the chain that
    /// then is best. Blocks above it that turn out to be invalid are returned.
    ///
    /// # Errors
    /// When the block itself is invalid. Nothing has moved then.
    pub(super) fn complete_from(
        &mut self,
        index: NodeIndex,
        loaded: &mut Loaded,
    ) -> Result<Vec<(BlockHash, BlockError)>, BlockError> {
        let is_complete = |state| matches!(state, State::Complete { .. });
        if !self.tree.parent(index).is_some_and(|parent| is_complete(self.tree.node(parent).state)) {
            return Ok(Vec::new());
        }
        let mut refused = Vec::new();
        let mut open = vec![index];
        while let Some(next) = open.pop() {
            if self.tree.node(next).state != State::Stored {
                continue;
            }
            if let Err(error) = self.complete(next, loaded) {
                self.mark_invalid(next, error.clone());
                if next == index {
                    return Err(error);
                }
                refused.push((self.tree.node(next).hash, error));
            } else {
                open.extend(self.tree.children(next));
            }
        }
        self.move_to(self.best_complete, loaded);
        Ok(refused)
    }

    /// Asks the ledger, as it is below a block, whether the block's payments can be made.
    fn complete(&mut self, index: NodeIndex, loaded: &mut Loaded) -> Result<(), BlockError> {
        let parent = self.tree.parent(index).expect("the genesis is complete from the start");
        if parent == self.top() && parent == self.best_complete {
            self.connect(index, loaded)?;
        } else {
            self.verify_beside(index, parent, loaded)?;
        }
        self.arrivals += 1;
        self.tree.set_state(index, State::Complete { arrival: self.arrivals });
        if self.tree.node(index).work > self.tree.node(self.best_complete).work {
            self.best_complete = index;
        }
        Ok(())
    }

    /// Marks a block and all above it invalid; none of them was ever complete.
    pub(super) fn mark_invalid(&mut self, index: NodeIndex, error: BlockError) {
        self.reasons.insert(index, error);
        let fallen: Vec<_> = self.tree.descendants(index).collect();
        for index in fallen {
            let node = self.tree.node(index);
            if node.state == State::Stored {
                self.beside_bytes -= self.tree.body_bytes(index);
                self.bodies.remove(&node.hash);
            }
            self.tree.set_state(index, State::Invalid);
        }
        if self.tree.node(self.best_header).state != State::Invalid {
            return;
        }
        // Each such search costs whoever caused it the proof of work of a block. Of equals the first is kept.
        let valid = self.tree.indices().filter(|index| self.tree.node(*index).state != State::Invalid);
        self.best_header =
            valid.fold(
                GENESIS,
                |best, index| {
                    if self.tree.node(index).work > self.tree.node(best).work { index } else { best }
                },
            );
    }

    /// What became of the active chain since `old` was its last block.
    pub(super) fn change_since(&self, old: NodeIndex, mut loaded: Loaded) -> TipChange {
        let new = self.top();
        if new == old {
            return TipChange::Unchanged;
        }
        let fork = self.tree.fork_point(old, new);
        let mut blocks_down_to_fork = |tip: NodeIndex| -> Vec<Block> {
            self.tree
                .ancestry(tip)
                .take_while(|index| *index != fork)
                .map(|index| loaded.take_block(index, self))
                .collect()
        };
        let disconnected = blocks_down_to_fork(old);
        let mut connected = blocks_down_to_fork(new);
        connected.reverse();
        if disconnected.is_empty() {
            TipChange::Extended { connected }
        } else {
            TipChange::Reorganised { disconnected, connected }
        }
    }

    /// Makes the chain that ends at a complete block the active one.
    fn move_to(&mut self, target: NodeIndex, loaded: &mut Loaded) {
        let path: Vec<_> = self.tree.ancestry(target).take_while(|index| !self.is_active_index(*index)).collect();
        let fork_height = self.tree.height(target).as_u64() as usize - path.len();
        let is_reorganisation = self.active.len() > fork_height + 1;
        while self.active.len() > fork_height + 1 {
            self.disconnect_top();
        }
        for index in path.into_iter().rev() {
            self.connect(index, loaded).expect("a complete block was applied before, on the same blocks below it");
        }
        if is_reorganisation {
            self.forget_moved_branches();
        }
    }

    fn connect(&mut self, index: NodeIndex, loaded: &mut Loaded) -> Result<(), BlockError> {
        let hashed = loaded.take(index, self);
        let result = self.ledger.apply_block(&hashed.block, &hashed.senders, self.params.reward).map(|undo| {
            self.index.connect(hashed.block.header.height, &hashed.ids, &undo);
            self.undos.push(undo);
            self.active.push(index);
            self.beside_bytes -= self.tree.body_bytes(index);
        });
        loaded.insert(index, hashed);
        result
    }

    fn disconnect_top(&mut self) {
        let (index, undo) = (self.top(), self.undos.pop().expect("the genesis is never disconnected"));
        self.index.disconnect(self.tree.height(index), &undo);
        self.ledger.revert(&undo);
        self.active.pop();
        self.beside_bytes += self.tree.body_bytes(index);
    }
}
