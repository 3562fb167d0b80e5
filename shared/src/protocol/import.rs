//! Blocks that came another way than from a peer: the export of another relay, a file.
//!
//! They are verified by the same rules as a peer's, stored and announced like one's own, and adopted where they make the
//! chain with the most work. Nobody is cut off for them: the first that is refused ends the import, and those before it
//! stay.

use super::limits::{IMPORT_BLOCKS_MAX, IMPORT_BYTES};
use super::node::Node;
use crate::rules::batch::{SignatureBatch, VerifiedSignatures};
use crate::rules::block::BlockError;
use crate::rules::receipt::{Receipt, Refusal};
use crate::state::{Body, Tip};
use crate::values::{Block, Height, NetworkId, Params, Rules, Timestamp};

/// What a step of an import came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// How many blocks were looked at; none at the end.
    pub seen: usize,
    /// How many of them were new.
    pub taken: usize,
    /// The chain that ends in the last of them.
    pub tip: Option<Tip>,
}

/// Why a chain was not imported to its end.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// It is another network's.
    #[error("a chain of network {found}, this one is {expected}")]
    OtherNetwork {
        /// This network.
        expected: NetworkId,
        /// The chain's.
        found: NetworkId,
    },
    /// The room's chain is the tutorial's own, which has no sealed blocks.
    #[error("sealed blocks for a classic room")]
    Classic,
    /// One of its blocks breaks a rule, or cannot be taken yet.
    #[error("block #{height}: {error}")]
    Block {
        /// The block's height, as it says itself.
        height: Height,
        /// The rule.
        error: Box<BlockError>,
    },
}

impl Refusal for ImportError {
    fn receipt(&self) -> Receipt {
        match self {
            Self::OtherNetwork { expected, found } => {
                Receipt::new("network", format!("a chain of network {expected}"), format!("one of {found}"))
            }
            Self::Classic => Receipt::new("room", "a room with sealed blocks", "a classic room"),
            Self::Block { height, error } => {
                let Receipt { rule, expected, found } = error.receipt();
                Receipt::new(rule, expected, format!("{found}, in block #{height}"))
            }
        }
    }
}

impl Node {
    /// Whether a chain of these parameters can be imported.
    ///
    /// # Errors
    /// When they make another network, or this room has no sealed blocks.
    pub fn check_import(&self, params: &Params) -> Result<(), ImportError> {
        if self.params().rules() == Rules::Classic {
            return Err(ImportError::Classic);
        }
        let (expected, found) = (self.chain.network(), params.network());
        if expected == found { Ok(()) } else { Err(ImportError::OtherNetwork { expected, found }) }
    }

    /// Takes some of these blocks, parents before children, and leaves the others for the next call: at most
    /// [`IMPORT_BLOCKS_MAX`] blocks, or about [`IMPORT_BYTES`] bytes of them.
    ///
    /// # Errors
    /// The first refusal; the blocks before it are taken.
    pub fn import(&mut self, blocks: &mut dyn Iterator<Item = Block>, now: Timestamp) -> Result<Imported, ImportError> {
        self.import_with(blocks, now, |_| Vec::new())
    }

    /// The same, with the signatures verified elsewhere first: `verify` gets them when all that is cheaper was checked,
    /// and what it does not return is verified here.
    ///
    /// # Errors
    /// As [`import`](Self::import).
    pub fn import_with(
        &mut self,
        blocks: &mut dyn Iterator<Item = Block>,
        now: Timestamp,
        verify: impl FnOnce(SignatureBatch) -> Vec<VerifiedSignatures>,
    ) -> Result<Imported, ImportError> {
        if self.params().rules() == Rules::Classic {
            return Err(ImportError::Classic);
        }
        let (mut imported, mut fault) = (Imported::default(), None);
        let (mut bodies, mut bytes) = (Vec::new(), 0);
        let mut last = None;
        while imported.seen < IMPORT_BLOCKS_MAX
            && bytes < IMPORT_BYTES
            && let Some(block) = blocks.next()
        {
            imported.seen += 1;
            let (hash, height) = (block.hash(), block.header.height);
            if height == Height::ZERO {
                let (expected, found) = (self.chain.network(), NetworkId::from_bytes(*hash.as_bytes()));
                if expected != found {
                    fault = Some(ImportError::OtherNetwork { expected, found });
                    break;
                }
                last = Some(hash);
            } else if let Err(error) = self.chain.insert_header(block.header, now) {
                self.refuse_block(hash, error.clone(), None);
                fault = Some(ImportError::Block { height, error: Box::new(error) });
                break;
            } else {
                last = Some(hash);
                if !self.chain.has_body(&hash) {
                    bytes += block.encoded_len();
                    bodies.push(block);
                }
            }
        }
        imported.taken = bodies.len();
        let mut bodies: Vec<Body> = bodies.into_iter().map(|block| self.chain.look_at(block)).collect();
        let batch = self.signatures_of(&bodies);
        let verified = verify(batch.clone());
        self.note_signed(&mut bodies, &batch, &verified);
        if let Err((hash, error)) = self.take_blocks(bodies, None, now) {
            self.refuse_block(hash, BlockError::clone(&error), None);
            let height = self.chain.height_of(&hash).unwrap_or_default();
            // A body comes before the headers above it.
            fault = Some(ImportError::Block { height, error });
        }
        self.judge_again(now);
        self.ask_bodies(now);
        self.settle(now);
        imported.tip = last.and_then(|last| self.chain.tip_of(&last));
        fault.map_or(Ok(imported), Err)
    }
}
