//! Blocks and payments, as pages draw them.

use borsh::{BorshDeserialize, BorshSerialize};
use shared::{Amount, BlockHash, Receipt, Seal, TransactionId};

/// The block a chain ends in.
#[derive(Clone, Debug, PartialEq, BorshSerialize, BorshDeserialize)]
pub struct TipView {
    /// Its hash.
    pub hash: BlockHash,
    /// Its seal.
    pub seal: SealView,
    /// Its height; 0 is the genesis.
    pub height: u64,
    /// Accumulated work, decimal.
    pub work: String,
    /// The header's time.
    pub timestamp_ms: u64,
}

/// A seal as plain data.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct SealView {
    /// Palette indices, 0 to 15.
    pub cells: [u8; 5],
    /// Two words.
    pub words: [String; 2],
}

impl From<Seal> for SealView {
    fn from(seal: Seal) -> Self {
        Self { cells: seal.cells, words: seal.words.map(str::to_owned) }
    }
}

/// Names a block.
#[derive(Clone, Debug, PartialEq, BorshSerialize, BorshDeserialize)]
pub struct BlockRef {
    /// Height.
    pub height: u64,
    /// Hash.
    pub hash: BlockHash,
    /// The header's time.
    pub timestamp_ms: u64,
}

/// A block on a card.
#[derive(Clone, Debug, PartialEq, BorshSerialize, BorshDeserialize)]
pub struct BlockSummary {
    /// Hash.
    pub hash: BlockHash,
    /// The parent's hash.
    pub previous: BlockHash,
    /// Seal.
    pub seal: SealView,
    /// Height.
    pub height: u64,
    /// The header's time.
    pub timestamp_ms: u64,
    /// Payments, the reward not counted.
    pub payments: u32,
    /// Reward and fees.
    pub reward: Amount,
    /// The miner's address (bech32m); empty for the genesis.
    pub miner: String,
    /// The miner's node name, where this node knows whose address it is.
    pub miner_name: Option<String>,
    /// Whether this tab mined it.
    pub mine: bool,
    /// Encoded size in bytes.
    pub bytes: u32,
}

/// Payments waiting for a block.
#[derive(Clone, Debug, PartialEq, BorshSerialize, BorshDeserialize)]
pub struct MempoolView {
    /// How many.
    pub count: u32,
    /// Their size.
    pub bytes: u64,
    /// The first of them by fee rate, at most 50.
    pub first: Vec<PaymentView>,
}

/// A payment, for a person.
#[derive(Clone, Debug, PartialEq, BorshSerialize, BorshDeserialize)]
pub struct PaymentView {
    /// Its id.
    pub id: TransactionId,
    /// bech32m.
    pub sender: String,
    /// bech32m.
    pub receiver: String,
    /// What the receiver gets.
    pub amount: Amount,
    /// What the miner gets.
    pub fee: Amount,
    /// The sender's sequence number.
    pub sequence: u64,
    /// The memo.
    pub memo: String,
    /// Encoded size in bytes.
    pub bytes: u32,
}

/// What came of a chain that was taken in from a file.
#[derive(Clone, Debug, PartialEq, BorshSerialize, BorshDeserialize)]
pub struct ImportedView {
    /// How many blocks were looked at.
    pub blocks: u64,
    /// How many of them were new.
    pub taken: u64,
    /// The height of the last that was taken.
    pub height: u64,
    /// Whether that one is in the active chain now.
    pub is_adopted: bool,
    /// Why the first that was refused was.
    pub refused: Option<Receipt>,
}
