//! The tutorial's own chain, in a classic room.

use borsh::{BorshDeserialize, BorshSerialize};

use super::SealView;

/// How many classic blocks a snapshot carries; the whole chain is asked for.
pub const CLASSIC_SHOWN: usize = 100;

/// This tab's classic node.
#[derive(Clone, Debug, PartialEq, BorshSerialize, BorshDeserialize)]
pub struct ClassicView {
    /// The newest blocks, newest first, at most [`CLASSIC_SHOWN`].
    pub blocks: Vec<ClassicBlockView>,
    /// How many blocks there are, the genesis included.
    pub length: u64,
    /// What `is_valid` says of the chain.
    pub valid: bool,
    /// Payments that wait for the next block.
    pub pending: Vec<ClassicTransactionView>,
    /// The connected nodes, as the tutorial keeps them: the host part of their URLs.
    pub nodes: Vec<String>,
    /// Whether a block is being mined.
    pub mining: bool,
    /// The seal of the newest block.
    pub tip_seal: SealView,
}

/// A classic block, each of its five values as JSON writes it, texts without their quotation marks.
#[derive(Clone, Debug, PartialEq, BorshSerialize, BorshDeserialize)]
pub struct ClassicBlockView {
    /// 1 for the genesis.
    pub index: String,
    /// When it was made, as its maker wrote it.
    pub timestamp: String,
    /// The proof.
    pub proof: String,
    /// The hash that it names as its parent's.
    pub previous_hash: String,
    /// Its own hash, 64 hex digits.
    pub hash: String,
    /// The seal of that hash.
    pub seal: SealView,
    /// Its transactions, the reward last.
    pub transactions: Vec<ClassicTransactionView>,
}

/// A classic transaction, each value as JSON writes it, texts without their quotation marks.
#[derive(Clone, Debug, PartialEq, BorshSerialize, BorshDeserialize)]
pub struct ClassicTransactionView {
    /// Who pays.
    pub sender: String,
    /// Who is paid.
    pub receiver: String,
    /// How much, as JSON writes it: `5`, `5.0`, `"five"`.
    pub amount: String,
}
