//! Coins and their history.

use borsh::{BorshDeserialize, BorshSerialize};
pub use shared::state::wallet::HistoryKind;
use shared::{Amount, TransactionId};

use super::BlockRef;

/// Coins and latest history.
#[derive(Clone, Debug, PartialEq, BorshSerialize, BorshDeserialize)]
pub struct WalletView {
    /// Confirmed by the active chain.
    pub balance: Amount,
    /// What can be sent now: confirmed less what is leaving.
    pub spendable: Amount,
    /// Leaving, not yet in a block (fees included).
    pub leaving: Amount,
    /// Arriving, not yet in a block.
    pub arriving: Amount,
    /// What of the balance was mined in blocks that no other node has: it may come to nothing.
    pub untaken: Amount,
    /// Newest first, at most [`HISTORY_SHOWN`](super::HISTORY_SHOWN).
    pub history: Vec<HistoryEntry>,
    /// How many entries there are in all.
    pub history_total: u64,
}

/// One line of an address's history.
#[derive(Clone, Debug, PartialEq, BorshSerialize, BorshDeserialize)]
pub struct HistoryEntry {
    /// The transaction.
    pub id: TransactionId,
    /// What it was for this address.
    pub kind: HistoryKind,
    /// Amount without the fee.
    pub amount: Amount,
    /// Fee, where this address paid it.
    pub fee: Amount,
    /// The other side's address (bech32m); empty for a reward.
    pub other: String,
    /// The memo.
    pub memo: String,
    /// The block's height, hash and time; `None` while it waits.
    pub block: Option<BlockRef>,
    /// 0 while it waits, and while no other node has its block; 1 in the tip.
    pub confirmations: u64,
}
