//! What just happened, for the feed.

use borsh::{BorshDeserialize, BorshSerialize};
use shared::{Amount, Receipt, TransactionId};

use super::BlockRef;

/// Something that happened, for the feed.
#[derive(Clone, Debug, PartialEq, BorshSerialize, BorshDeserialize)]
pub struct EventView {
    /// Counts up; a key for the list.
    pub number: u64,
    /// When.
    pub at_ms: u64,
    /// What.
    pub kind: EventKind,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, BorshSerialize, BorshDeserialize)]
pub enum EventKind {
    /// This tab mined a block.
    Mined {
        /// Which.
        block: BlockRef,
        /// Reward without fees.
        reward: Amount,
        /// Fees.
        fees: Amount,
        /// Whether another node has it.
        taken: bool,
    },
    /// Somebody's blocks were adopted.
    Adopted {
        /// The new tip.
        tip: BlockRef,
        /// How many blocks were added.
        blocks: u64,
        /// The name of the node they came from, where known.
        from: Option<String>,
    },
    /// The chain was replaced by one with more work.
    Reorganised {
        /// The new tip.
        tip: BlockRef,
        /// Blocks left behind.
        left: u64,
        /// Blocks adopted.
        adopted: u64,
        /// Payments that went back to wait.
        returned: u64,
    },
    /// Coins arrived in a block.
    Received {
        /// The payment.
        id: TransactionId,
        /// How much.
        amount: Amount,
        /// bech32m.
        from: String,
        /// Where.
        block: BlockRef,
    },
    /// A payment of this tab was sent.
    Sent {
        /// The payment.
        id: TransactionId,
        /// How much.
        amount: Amount,
        /// bech32m.
        to: String,
    },
    /// A payment of this tab got into a block.
    Confirmed {
        /// The payment.
        id: TransactionId,
        /// How much.
        amount: Amount,
        /// Where.
        block: BlockRef,
    },
    /// A payment went back to wait after a reorganisation.
    Returned {
        /// The payment.
        id: TransactionId,
        /// How much.
        amount: Amount,
    },
    /// A waiting payment of this tab can no longer be paid.
    Dropped {
        /// The payment.
        id: TransactionId,
        /// Why.
        receipt: Receipt,
    },
    /// Something was refused: a block, a payment, a node.
    Refused {
        /// What, in words: "A block from brave lynx", "A payment from quiet otter".
        what: String,
        /// Why.
        receipt: Receipt,
    },
    /// A node came.
    Joined {
        /// Its name.
        name: String,
        /// 32 hex digits.
        id: String,
    },
    /// A node went.
    Left {
        /// Its name.
        name: String,
        /// 32 hex digits.
        id: String,
    },
    /// The relay was reached.
    Connected,
    /// The relay was lost.
    Disconnected,
    /// A block is dated ahead of this computer's clock, and is taken when its time has come.
    Waits {
        /// What, in words: "A block from the relay".
        what: String,
        /// Why.
        receipt: Receipt,
    },
}
