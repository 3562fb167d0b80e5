//! The chain: every branch that is known, the one with the most work, and the ledger it leaves.
//!
//! Headers come first, then bodies, in any order. A body's form and signatures are checked when it comes; whether its
//! senders have the money, as soon as all bodies below it are here, on whichever branch. A block that turns out to be
//! invalid takes all above it with it. The active chain is always the one with the most work among those whose bodies
//! are all here; of two with equal work, the one completed first. A move from one branch to another therefore cannot
//! fail, and from outside it happens whole, within one call.
//!
//! The chain reads no clock and stores nothing durably; what changed is in what it returns.

mod active;
mod body;
mod branch;
mod hashed;
mod index;
mod query;
mod rate;
#[cfg(test)]
mod tests;
mod transactions;
mod tree;
mod walk;

use std::collections::BTreeMap;

use borsh::{BorshDeserialize, BorshSerialize};

use self::active::Loaded;
pub use self::body::Body;
use self::body::Checked;
pub use self::branch::BRANCH_ACCOUNTS_MAX;
use self::branch::Branches;
pub use self::hashed::HashedBlock;
use self::index::ActiveIndex;
pub use self::query::MISSING_WINDOW;
use self::tree::{GENESIS, NodeIndex, State, Tree};
pub use self::walk::Walk;
use super::bodies::Bodies;
use super::ledger::{Ledger, Undo};
use crate::encoding::{decode, encode};
use crate::rules::block::{self, BlockError};
use crate::rules::header::{self, HeaderError};
use crate::rules::transaction;
use crate::values::{
    Block, BlockHash, Header, Height, NetworkId, Params, SignedPayment, Target, Timestamp, Transaction, Work,
};

/// The end of a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Tip {
    /// Its last block.
    pub hash: BlockHash,
    /// That block's height.
    pub height: Height,
    /// The work of the whole chain.
    pub work: Work,
    /// That block's time.
    pub timestamp: Timestamp,
}

/// A header that was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeaderOutcome {
    /// It is new.
    Added(Tip),
    /// It was known.
    Known(Tip),
}

/// A body that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BodyOutcome {
    /// Whether the body is new: worth storing and telling others.
    pub is_new: bool,
    /// What became of the active chain.
    pub change: TipChange,
    /// Blocks above this one that had waited for it and turned out to be invalid.
    pub refused: Vec<(BlockHash, BlockError)>,
}

/// What became of the active chain.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum TipChange {
    /// Nothing.
    #[default]
    Unchanged,
    /// It grew.
    Extended {
        /// The new blocks, lowest first.
        connected: Vec<Block>,
    },
    /// Another branch took over.
    Reorganised {
        /// The blocks that left the active chain, highest first.
        disconnected: Vec<Block>,
        /// The blocks that took their place, lowest first.
        connected: Vec<Block>,
    },
}

impl TipChange {
    /// The blocks that left the active chain, highest first.
    pub fn disconnected(&self) -> &[Block] {
        match self {
            Self::Reorganised { disconnected, .. } => disconnected,
            Self::Unchanged | Self::Extended { .. } => &[],
        }
    }

    /// The blocks that joined the active chain, lowest first.
    pub fn connected(&self) -> &[Block] {
        match self {
            Self::Extended { connected } | Self::Reorganised { connected, .. } => connected,
            Self::Unchanged => &[],
        }
    }
}

/// How far a block has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockStatus {
    /// Only its header is here.
    HeaderOnly,
    /// Its body is here, and it is not on the active chain.
    Stored,
    /// It is on the active chain.
    Active,
    /// It breaks a rule, or builds on a block that does.
    Invalid,
}

/// Where a transaction stands on the active chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundTransaction {
    /// Its block.
    pub block: BlockHash,
    /// That block's height.
    pub height: Height,
    /// That block's time.
    pub timestamp: Timestamp,
    /// Its position in the block, the reward being 0.
    pub position: usize,
    /// The transaction.
    pub transaction: Transaction,
}

/// The block tree, the active chain in it, and the ledger at its tip.
pub struct Chain {
    params: Params,
    network: NetworkId,
    bodies: Box<dyn Bodies>,
    tree: Tree,
    /// The active chain by height.
    active: Vec<NodeIndex>,
    /// How to take each active block after the genesis off again.
    undos: Vec<Undo>,
    ledger: Ledger,
    index: ActiveIndex,
    branches: Branches,
    /// The end of the valid header chain with the most work, bodies or not; of equals, the first seen.
    best_header: NodeIndex,
    /// The end of the complete chain with the most work; of equals, the first completed. After every call, the tip.
    best_complete: NodeIndex,
    /// Why each block that breaks a rule itself does.
    reasons: BTreeMap<NodeIndex, BlockError>,
    /// How many blocks became complete.
    arrivals: u64,
    /// How many bytes the bodies take that are kept and are not on the active chain.
    beside_bytes: usize,
}

/// How much of a block there is to check.
#[derive(Clone, Copy)]
enum Trust<'a> {
    /// It came from elsewhere; the payments that this function knows are verified already.
    Nobody(&'a dyn Fn(&SignedPayment) -> bool),
    /// It came from elsewhere, and root, form and signatures were checked just now.
    Checked,
    /// It comes from this node's own store, which holds only blocks whose signatures were verified.
    OwnStore,
}

impl Chain {
    /// A chain of the genesis alone.
    ///
    /// # Panics
    /// When the parameters were not [checked](Params::check).
    pub fn new(params: Params, mut bodies: Box<dyn Bodies>) -> Self {
        let genesis = params.genesis();
        bodies.restored(&genesis.hash(), &genesis);
        Self {
            network: params.network(),
            params,
            bodies,
            tree: Tree::new(genesis.header),
            active: vec![GENESIS],
            undos: Vec::new(),
            ledger: Ledger::default(),
            index: ActiveIndex::default(),
            branches: Branches::default(),
            best_header: GENESIS,
            best_complete: GENESIS,
            reasons: BTreeMap::new(),
            arrivals: 0,
            beside_bytes: 0,
        }
    }

    /// The network's parameters.
    pub fn params(&self) -> &Params {
        &self.params
    }

    /// The network's name.
    pub fn network(&self) -> NetworkId {
        self.network
    }

    /// The ledger at the tip.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Takes a header whose parent is known.
    ///
    /// # Errors
    /// When it breaks a rule, or when it may be taken later ([`BlockError::is_misbehaviour`] tells them apart).
    pub fn insert_header(&mut self, header: Header, now: Timestamp) -> Result<HeaderOutcome, BlockError> {
        let policy = |header: &Header| header::check_clock(header, now);
        let (index, is_new) = self.insert_header_unless(header, header.hash(), policy)?;
        let tip = self.summary(index);
        Ok(if is_new { HeaderOutcome::Added(tip) } else { HeaderOutcome::Known(tip) })
    }

    /// Takes the body of a block whose header is known, and connects what can be connected now.
    ///
    /// The payments for which `is_verified` says so are not verified again; the mempool knows many.
    ///
    /// # Errors
    /// When the body is not the header's, or the block breaks a rule. The active chain is then as it was.
    pub fn insert_body(
        &mut self,
        block: Block,
        is_verified: &dyn Fn(&SignedPayment) -> bool,
    ) -> Result<BodyOutcome, BlockError> {
        self.take_body(block.into(), Trust::Nobody(is_verified))
    }

    fn take_body(&mut self, block: Box<HashedBlock>, trust: Trust<'_>) -> Result<BodyOutcome, BlockError> {
        let hash = block.hash;
        let index = self.tree.find(&hash).ok_or(BlockError::UnknownHeader { hash })?;
        let old_tip = self.top();
        let mut loaded = Loaded::default();
        if !self.store_body(index, block, trust, &mut loaded)? {
            return Ok(BodyOutcome { is_new: false, change: TipChange::Unchanged, refused: Vec::new() });
        }
        let refused = self.complete_from(index, &mut loaded)?;
        Ok(BodyOutcome { is_new: true, change: self.change_since(old_tip, loaded), refused })
    }

    /// Takes several bodies as [`insert_body`](Self::insert_body) does, one after the other, their signatures verified in
    /// one batch, which for blocks of few payments costs about half. What was checked of them before is not again.
    pub fn insert_bodies(
        &mut self,
        bodies: impl IntoIterator<Item: Into<Body>>,
        is_verified: &dyn Fn(&SignedPayment) -> bool,
    ) -> Vec<(BlockHash, Result<BodyOutcome, BlockError>)> {
        let bodies: Vec<Body> = bodies.into_iter().map(|body| self.look_at(body.into())).collect();
        let unsigned = bodies.iter().filter(|body| body.checked == Checked::Form);
        let payments = unsigned.flat_map(|body| block::payments(body.block()));
        let are_verified = transaction::are_signed(payments.filter(|signed| !is_verified(signed)));
        let take = |Body { hashed, checked }: Body| {
            let is_checked = checked == Checked::Signatures || (checked == Checked::Form && are_verified);
            let trust = if is_checked { Trust::Checked } else { Trust::Nobody(is_verified) };
            (hashed.hash, self.take_body(hashed, trust))
        };
        bodies.into_iter().map(take).collect()
    }

    /// Takes a header and its body.
    ///
    /// # Errors
    /// As [`insert_header`](Self::insert_header) and [`insert_body`](Self::insert_body).
    pub fn insert_block(
        &mut self,
        block: Block,
        now: Timestamp,
        is_verified: &dyn Fn(&SignedPayment) -> bool,
    ) -> Result<BodyOutcome, BlockError> {
        self.insert_header(block.header, now)?;
        self.insert_body(block, is_verified)
    }

    /// Takes a block back from this node's own store, parents before their children, in the order of storing (the first
    /// wins a tie). Links, work, roots and balances are checked; signatures were before it was stored.
    ///
    /// # Errors
    /// When it breaks a rule; blocks of a branch that turned out invalid after they were stored do.
    pub fn restore(&mut self, block: impl Into<Box<HashedBlock>>) -> Result<(), BlockError> {
        let block = block.into();
        let (index, _) = self.insert_header_unless(block.block.header, block.hash, |_| Ok(()))?;
        let mut loaded = Loaded::default();
        if self.store_body(index, block, Trust::OwnStore, &mut loaded)? {
            self.complete_from(index, &mut loaded)?;
        }
        Ok(())
    }

    /// The target of a block on top of `parent`.
    fn next_target(&self, parent: NodeIndex) -> Target {
        let grandparent_time = self.tree.parent(parent).map(|index| self.tree.node(index).header.timestamp);
        next_target(&self.tree.node(parent).header, grandparent_time, &self.params)
    }

    /// Where the header is then, and whether it is new.
    fn insert_header_unless(
        &mut self,
        header: Header,
        hash: BlockHash,
        policy: impl FnOnce(&Header) -> Result<(), HeaderError>,
    ) -> Result<(NodeIndex, bool), BlockError> {
        if let Some(index) = self.tree.find(&hash) {
            return match self.tree.node(index).state {
                State::Invalid => Err(self.reason(index)),
                _ => Ok((index, false)),
            };
        }
        let parent = header.previous_hash;
        let above = self.tree.find(&parent).ok_or(HeaderError::UnknownParent { parent })?;
        if self.tree.node(above).state == State::Invalid {
            return Err(HeaderError::InvalidParent { parent }.into());
        }
        let (height, median) = (self.tree.height(above), self.tree.median_time(above));
        let target = header::check_on(&header, hash, height, self.next_target(above), median)?;
        policy(&header)?;
        let index = self.tree.insert(header, hash, above, target);
        if self.tree.node(index).work > self.tree.node(self.best_header).work {
            self.best_header = index;
        }
        Ok((index, true))
    }

    fn check_form(&self, block: &Block) -> Result<(), BlockError> {
        block::check_form(block, &self.params, self.network)
    }

    /// Checks the form and the signatures of a body and stores it; `false` if it was here.
    fn store_body(
        &mut self,
        index: NodeIndex,
        hashed: Box<HashedBlock>,
        trust: Trust<'_>,
        loaded: &mut Loaded,
    ) -> Result<bool, BlockError> {
        match self.tree.node(index).state {
            State::HeaderOnly => {}
            State::Stored | State::Complete { .. } => return Ok(false),
            State::Invalid => return Err(self.reason(index)),
        }
        let HashedBlock { block, hash, .. } = &*hashed;
        let form = || self.check_form(block);
        // Wrong transactions under a right header are the sender's fault and say nothing about the block.
        block::check_root_of(&block.header, hashed.root)?;
        let checked = match trust {
            Trust::Checked => Ok(()),
            Trust::Nobody(is_verified) => form().and_then(|()| block::check_signatures(block, is_verified)),
            Trust::OwnStore => form(),
        };
        if let Err(error) = checked {
            self.mark_invalid(index, error.clone());
            return Err(error);
        }
        match trust {
            Trust::Nobody(_) | Trust::Checked => self.bodies.put(hash, encode(block)),
            Trust::OwnStore => self.bodies.restored(hash, block),
        }
        self.tree.set_stored(index, block.encoded_len());
        self.beside_bytes += self.tree.body_bytes(index);
        loaded.insert(index, hashed);
        Ok(true)
    }

    /// Why an invalid block is invalid: a rule it breaks itself, or its parent.
    fn reason(&self, index: NodeIndex) -> BlockError {
        let parent = self.tree.node(index).header.previous_hash;
        self.reasons.get(&index).cloned().unwrap_or(HeaderError::InvalidParent { parent }.into())
    }

    fn summary(&self, index: NodeIndex) -> Tip {
        let node = self.tree.node(index);
        Tip { hash: node.hash, height: node.header.height, work: node.work, timestamp: node.header.timestamp }
    }

    fn load(&self, index: NodeIndex) -> Block {
        let bytes = self.bodies.get(&self.tree.node(index).hash).expect("a body is kept until its block is invalid");
        decode(&bytes).expect("a kept body is an encoded block")
    }
}

/// The target of a block on top of `parent`, whose own parent has this time; only the genesis has none.
fn next_target(parent: &Header, grandparent_time: Option<Timestamp>, params: &Params) -> Target {
    let Some(grandparent_time) = grandparent_time else {
        return params.target_limit();
    };
    let target = Target::from_compact(parent.target).expect("the target of a header that was taken was checked");
    Target::next(target, parent.timestamp.signed_ms_since(grandparent_time), params)
}

impl std::fmt::Debug for Chain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Chain").field("network", &self.network).field("tip", &self.tip()).finish_non_exhaustive()
    }
}
