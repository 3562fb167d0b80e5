//! A body on its way into the chain, and what of it was checked before.

use super::Chain;
use super::hashed::HashedBlock;
use super::tree::State;
use crate::rules::block;
use crate::values::{Block, BlockHash};

/// A block whose header the chain has, or will be asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body {
    pub(super) hashed: Box<HashedBlock>,
    pub(super) checked: Checked,
}

/// How much of a body needs no second look. None of it depends on what the chain has meanwhile become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Checked {
    Nothing,
    /// Its root and its form.
    Form,
    /// Its root, its form and its signatures.
    Signatures,
}

impl From<Block> for Body {
    fn from(block: Block) -> Self {
        Self { hashed: block.into(), checked: Checked::Nothing }
    }
}

impl Body {
    /// The block.
    pub fn block(&self) -> &Block {
        &self.hashed.block
    }

    /// The block's hash.
    pub fn hash(&self) -> BlockHash {
        self.hashed.hash
    }

    /// Whether its root and its form were checked.
    pub fn is_in_form(&self) -> bool {
        self.checked != Checked::Nothing
    }

    /// Notes that all its signatures were found valid. Of a body that is not in form, nothing is noted.
    pub(crate) fn note_signed(&mut self) {
        if self.is_in_form() {
            self.checked = Checked::Signatures;
        }
    }
}

impl Chain {
    /// Looks at the rules of a body that are asked before its signatures, if it is awaited and they were not yet asked.
    pub fn look_at(&self, body: impl Into<Body>) -> Body {
        let Body { hashed, checked } = body.into();
        let is_root_right = || block::check_root_of(&hashed.block.header, hashed.root).is_ok();
        let checked = match checked {
            _ if !self.awaits(&hashed.hash) => Checked::Nothing,
            Checked::Nothing if is_root_right() && self.check_form(&hashed.block).is_ok() => Checked::Form,
            checked => checked,
        };
        Body { hashed, checked }
    }

    /// Whether a block's header is here and its body is not.
    fn awaits(&self, hash: &BlockHash) -> bool {
        self.tree.find(hash).is_some_and(|index| self.tree.node(index).state == State::HeaderOnly)
    }
}
