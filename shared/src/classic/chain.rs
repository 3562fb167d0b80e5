//! A chain of the tutorial's blocks, and its two rules: each block names the hash of the one before it, and each proof
//! fits the one before it.

use super::block::Block;
use super::json::{JsonError, Value, compact, parse};
use super::limits::CLASSIC_CHAIN_BYTES_MAX;
use super::proof::{ProofError, is_proof_hash, proof_hash};
use crate::rules::receipt::{Receipt, Refusal};
use crate::text::without_mark;

/// A chain: one block at least.
#[derive(Clone, Debug, PartialEq)]
pub struct Chain {
    blocks: Vec<Block>,
    /// The length of its compact JSON.
    bytes: usize,
}

/// Why a chain is not taken, or not valid. Blocks are counted from 1, as the tutorial counts them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChainError {
    /// Not JSON.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// Not a list.
    #[error("a chain that is no list of blocks")]
    NoList,
    /// No block.
    #[error("a chain without a block")]
    Empty,
    /// A block that is no object.
    #[error("block {block} is no object")]
    NoBlock {
        /// Which block.
        block: usize,
    },
    /// More than is kept.
    #[error("a chain of {bytes} bytes, and {CLASSIC_CHAIN_BYTES_MAX} are kept")]
    Size {
        /// How many bytes of JSON it has.
        bytes: usize,
    },
    /// A block that does not name the one before it.
    #[error("block {block} names {}, and the hash of the block before it is {expected}", .found.as_deref().unwrap_or("nothing"))]
    PreviousHash {
        /// Which block.
        block: usize,
        /// The hash of the block before it.
        expected: String,
        /// What it names.
        found: Option<String>,
    },
    /// A proof that is no integer.
    #[error("the proof of block {block} is no integer")]
    NoProof {
        /// Which block.
        block: usize,
    },
    /// A proof that Python could not write.
    #[error("block {block}: {error}")]
    Proof {
        /// Which block.
        block: usize,
        /// Why.
        error: ProofError,
    },
    /// A proof without work.
    #[error("{proof}² − {previous}² of block {block} has the SHA-256 {hash}")]
    Work {
        /// Which block.
        block: usize,
        /// Its proof.
        proof: String,
        /// The proof before it.
        previous: String,
        /// The hash of the difference.
        hash: String,
    },
}

impl Refusal for ChainError {
    fn receipt(&self) -> Receipt {
        let (rule, expected, found) = match self {
            Self::Json(error) => return error.receipt(),
            Self::NoList => ("chain", "a list of blocks".to_owned(), "something else".to_owned()),
            Self::Empty => ("chain", "at least one block".to_owned(), "none".to_owned()),
            Self::NoBlock { block } => {
                ("block", "an object with the fields of a block".to_owned(), format!("something else as block {block}"))
            }
            Self::Size { bytes } => {
                ("chain size", format!("at most {CLASSIC_CHAIN_BYTES_MAX} bytes of JSON"), format!("{bytes} bytes"))
            }
            Self::PreviousHash { block, expected, found } => (
                "previous hash",
                format!("{expected}, the hash of block {}", block - 1),
                format!("{} in block {block}", found.as_deref().unwrap_or("none")),
            ),
            Self::NoProof { block } => ("proof", "an integer".to_owned(), format!("none in block {block}")),
            Self::Proof { error, .. } => return error.receipt(),
            Self::Work { block, proof, previous, hash } => (
                "proof of work",
                format!("a SHA-256 of {}² − {}² that begins 0000", shortened(proof), shortened(previous)),
                format!("{hash} in block {block}"),
            ),
        };
        Receipt::new(rule, expected, found)
    }
}

/// A long number's first digits.
fn shortened(number: &str) -> String {
    const SHOWN: usize = 24;
    number.get(..SHOWN).filter(|_| number.len() > SHOWN).map_or_else(|| number.to_owned(), |first| format!("{first}…"))
}

impl Chain {
    /// A chain of one block.
    pub fn new(genesis: Block) -> Self {
        Self { bytes: genesis.bytes() + "[]".len(), blocks: vec![genesis] }
    }

    /// Takes blocks. Whether they fit each other is [another question](Self::check).
    ///
    /// # Errors
    /// When there is none, or more than is kept.
    pub fn from_blocks(blocks: impl IntoIterator<Item = Block>) -> Result<Self, ChainError> {
        let mut blocks = blocks.into_iter();
        let mut chain = Self::new(blocks.next().ok_or(ChainError::Empty)?);
        chain.check_size(chain.bytes)?;
        for block in blocks {
            chain.push(block)?;
        }
        Ok(chain)
    }

    /// Reads the JSON list of a chain's blocks.
    ///
    /// # Errors
    /// When it is none, or more than is kept.
    pub fn from_json(text: &str) -> Result<Self, ChainError> {
        Self::from_value(parse(without_mark(text))?)
    }

    /// Takes the chain out of another node's answer to `get_chain`. What it says of the length is not believed.
    ///
    /// # Errors
    /// When it has none, or more than is kept.
    pub fn from_answer(text: &str) -> Result<Self, ChainError> {
        let answer = parse(without_mark(text))?;
        let chain = answer.as_object().and_then(|answer| answer.get("chain"));
        Self::from_value(chain.cloned().ok_or(ChainError::NoList)?)
    }

    pub(super) fn from_value(value: Value) -> Result<Self, ChainError> {
        let Value::List(values) = value else { return Err(ChainError::NoList) };
        let mut blocks = Vec::with_capacity(values.len());
        for value in values {
            let Value::Object(object) = value else { return Err(ChainError::NoBlock { block: blocks.len() + 1 }) };
            blocks.push(Block::from(object));
        }
        Self::from_blocks(blocks)
    }

    /// The list of its blocks.
    pub fn to_value(&self) -> Value {
        Value::List(self.blocks.iter().map(|block| Value::Object(block.object().clone())).collect())
    }

    /// The compact JSON list of its blocks, [`bytes`](Self::bytes) long.
    pub fn to_json(&self) -> String {
        compact(&self.to_value())
    }

    /// Puts a block on top, whatever it says.
    ///
    /// # Errors
    /// When the chain would be longer than is kept.
    pub fn push(&mut self, block: Block) -> Result<(), ChainError> {
        let bytes = self.bytes + ",".len() + block.bytes();
        self.check_size(bytes)?;
        self.bytes = bytes;
        self.blocks.push(block);
        Ok(())
    }

    fn check_size(&self, bytes: usize) -> Result<(), ChainError> {
        if bytes > CLASSIC_CHAIN_BYTES_MAX { Err(ChainError::Size { bytes }) } else { Ok(()) }
    }

    /// Its blocks.
    pub fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// A block by its place, counted from 0.
    pub fn get(&self, place: usize) -> Option<&Block> {
        self.blocks.get(place)
    }

    /// The tutorial's `get_previous_block`.
    pub fn last(&self) -> &Block {
        self.blocks.last().expect("a chain has a block")
    }

    /// How many blocks it has.
    pub fn length(&self) -> usize {
        self.blocks.len()
    }

    /// The length of its compact JSON.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// The tutorial's `is_chain_valid`, with a reason. Neither the genesis nor any index or timestamp is looked at.
    ///
    /// Where the tutorial's code would fail (a field is missing, or a proof is no number), the chain is not valid here. It
    /// also calculates with proofs that are floats; here those are not valid either.
    ///
    /// # Errors
    /// The first rule that is broken, and where.
    pub fn check(&self) -> Result<(), ChainError> {
        for (place, pair) in self.blocks.windows(2).enumerate() {
            let ([previous, block], number) = (pair, place + 2) else { unreachable!("windows of two have two") };
            let expected = previous.hash();
            if block.previous_hash() != Some(&expected) {
                let found = block.field("previous_hash").map(Value::plain);
                return Err(ChainError::PreviousHash { block: number, expected, found });
            }
            let previous = previous.proof().ok_or(ChainError::NoProof { block: number - 1 })?;
            let proof = block.proof().ok_or(ChainError::NoProof { block: number })?;
            let hash = proof_hash(&proof, &previous).map_err(|error| ChainError::Proof { block: number, error })?;
            if !is_proof_hash(&hash) {
                let (proof, previous) = (proof.to_string(), previous.to_string());
                return Err(ChainError::Work { block: number, proof, previous, hash: hex::encode(hash) });
            }
        }
        Ok(())
    }

    /// Whether it keeps the tutorial's rules.
    pub fn is_valid(&self) -> bool {
        self.check().is_ok()
    }
}
