//! A chain in a row of small blocks.

use shared::Seal;

use crate::node::view::SealView;

/// A chain, and whose it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Whose it is.
    pub label: &'static str,
    /// Newest first.
    pub blocks: Vec<Sketch>,
}

/// A block in a few words.
#[derive(Clone, Debug, PartialEq)]
pub struct Sketch {
    /// Its number.
    pub number: u64,
    /// Its hash, hex.
    pub hash: String,
    /// The seal of that.
    pub seal: SealView,
    /// Its proof, as it is written.
    pub proof: String,
    /// Its first payment: "Bob → Mallory 5".
    pub says: String,
    /// Whether it is not what it was at first.
    pub changed: bool,
    /// Whether it names another hash than the block before it has.
    pub broken: bool,
}

impl Sketch {
    /// A block that is as it was.
    pub(super) fn new(number: u64, hash: String, seal: Seal, proof: String, says: String) -> Self {
        Self { number, hash, seal: seal.into(), proof, says, changed: false, broken: false }
    }
}

/// Marks what differs from the chain as it was, both newest first.
pub(super) fn mark(blocks: &mut [Sketch], before: &[Sketch]) {
    for block in blocks {
        let old = before.iter().find(|old| old.number == block.number);
        block.changed = old.is_none_or(|old| old.hash != block.hash);
    }
}
