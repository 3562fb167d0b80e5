//! What the page knows of its node: plain data, built in the node worker and drawn by the pages.
//!
//! A [`NodeView`] is a snapshot. It holds no sockets, no keys and no borrowed state, so it crosses from the worker to
//! the page as bytes (borsh) and a page can be drawn, tested or photographed from a value alone. Times are milliseconds
//! since the Unix epoch, amounts are [`Amount`]s, hashes are typed. Long lists (the whole chain, an address's whole
//! history) are not here: a page asks for them with a [`Query`](super::handle::Query).

use borsh::{BorshDeserialize, BorshSerialize};
pub use shared::state::wallet::HistoryKind;
use shared::{Amount, BlockHash, Receipt, Seal, TransactionId};

/// Where the tab stands: starting, running with a node to show, or unable to go on.
#[derive(Clone, Debug, PartialEq, BorshSerialize, BorshDeserialize)]
pub enum TabState {
    /// The worker is starting; the text says what it is doing ("opening this tab's store").
    Starting {
        /// What is being done now.
        doing: String,
    },
    /// The node runs.
    Running(Box<NodeView>),
    /// The node cannot run here; the receipt says why and what was expected.
    Failed(Receipt),
}

/// One snapshot of the node.
#[derive(Clone, Debug, PartialEq, BorshSerialize, BorshDeserialize)]
pub struct NodeView {
    /// Who this tab is.
    pub identity: IdentityView,
    /// The network it is on.
    pub room: RoomView,
    /// The connection to the relay.
    pub link: LinkView,
    /// The block this node builds on.
    pub tip: TipView,
    /// How far it is behind, as far as it can know.
    pub sync: SyncView,
    /// Whether others' blocks are adopted as they arrive.
    pub auto_sync: bool,
    /// Coins and the latest history of this tab's address.
    pub wallet: WalletView,
    /// The miner.
    pub mining: MiningView,
    /// Payments waiting for a block.
    pub mempool: MempoolView,
    /// The newest blocks of the active chain, newest first, at most [`RECENT_BLOCKS`].
    pub recent: Vec<BlockSummary>,
    /// Blocks of abandoned or rival branches near the tip, newest first, for the second row of the strip.
    pub forks: Vec<BlockSummary>,
    /// The other nodes in the room, by name.
    pub peers: Vec<PeerView>,
    /// What just happened, newest first, at most [`EVENTS_SHOWN`].
    pub events: Vec<EventView>,
    /// The state of Replace chain: never pressed, running, or its last report.
    pub replace: ReplaceView,
    /// How the tab keeps its data.
    pub storage: StorageView,
}

/// How many recent blocks a snapshot carries.
pub const RECENT_BLOCKS: usize = 24;
/// How many events a snapshot carries.
pub const EVENTS_SHOWN: usize = 40;
/// How many history entries a snapshot carries; the rest is asked for.
pub const HISTORY_SHOWN: usize = 50;

/// Who this tab is.
#[derive(Clone, Debug, PartialEq, BorshSerialize, BorshDeserialize)]
pub struct IdentityView {
    /// 32 hex digits.
    pub id: String,
    /// The owner's name for the node, or the one made from its id.
    pub name: String,
    /// bech32m.
    pub address: String,
    /// How the tab came by this identity.
    pub origin: Origin,
    /// The addresses under which the relay reaches this node (`http://host/nodes/ID`).
    pub urls: Vec<String>,
    /// The other identities this browser keeps.
    pub others: Vec<OtherIdentity>,
}

/// How a tab came by its identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Origin {
    /// A new node with new keys.
    New,
    /// The tab was reloaded and is who it was.
    Reloaded,
    /// The most recently used identity of this browser that no other tab holds.
    Resumed {
        /// When it was last used.
        last_used_ms: u64,
    },
}

/// An identity of this browser that this tab does not hold.
#[derive(Clone, Debug, PartialEq, BorshSerialize, BorshDeserialize)]
pub struct OtherIdentity {
    /// 32 hex digits.
    pub id: String,
    /// Its name.
    pub name: String,
    /// When it was last used.
    pub last_used_ms: u64,
    /// Whether another open tab is this node now.
    pub in_use: bool,
}

/// The network's parameters, as a person reads them.
#[derive(Clone, Debug, PartialEq, BorshSerialize, BorshDeserialize)]
pub struct RoomView {
    /// "main".
    pub name: String,
    /// Coins a block brings its miner.
    pub reward: Amount,
    /// The intended time between blocks.
    pub interval_ms: u64,
    /// The network's id (the genesis hash), hex.
    pub network: String,
    /// The prefix of its addresses.
    pub address_prefix: String,
}

/// The connection to the relay.
#[derive(Clone, Debug, PartialEq, BorshSerialize, BorshDeserialize)]
pub enum LinkView {
    /// Trying to connect.
    Connecting {
        /// 1 for the first try.
        attempt: u32,
        /// When the next try is made; `None` while one is under way.
        retry_at_ms: Option<u64>,
    },
    /// Connected and greeted.
    Connected {
        /// Round trip of the last ping, if one was answered.
        latency_ms: Option<u32>,
    },
    /// The relay refused this node; trying again would not help until something changes (reload, for instance).
    Refused(Receipt),
}

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

/// How this node's chain compares with what it has been told of.
#[derive(Clone, Debug, PartialEq, BorshSerialize, BorshDeserialize)]
pub enum SyncView {
    /// No other node can be reached.
    Alone,
    /// Fetching headers or blocks: `done` of `total` blocks.
    Syncing {
        /// Blocks connected so far.
        done: u64,
        /// Blocks to connect in all.
        total: u64,
    },
    /// Auto-sync is off and others have a chain with more work.
    Behind {
        /// How many nodes have more work.
        nodes: u32,
    },
    /// Nothing with more work is known.
    InSync {
        /// Nodes on this tip, this one included.
        agree: u32,
        /// Nodes in the room, this one included.
        of: u32,
    },
}

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
    /// Newest first, at most [`HISTORY_SHOWN`].
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
    /// 0 while it waits, 1 in the tip.
    pub confirmations: u64,
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

/// The miner.
#[derive(Clone, Debug, PartialEq, BorshSerialize, BorshDeserialize)]
pub struct MiningView {
    /// Off, on, or until one block is found.
    pub mode: MiningMode,
    /// Attempts a second over the last seconds; 0 while off.
    pub rate_hps: f64,
    /// Attempts since the parent block arrived.
    pub attempts: u64,
    /// Attempts expected for a block at the current target.
    pub expected_attempts: f64,
    /// Expected time to a block at this rate; `None` while off.
    pub expected_ms: Option<u64>,
    /// 1 to 100.
    pub throttle_percent: u8,
    /// Blocks this tab has mined in the active chain.
    pub blocks_found: u64,
    /// The block that is, or would be, mined.
    pub template: TemplateView,
    /// The kernel in use ("scalar").
    pub kernel: String,
}

/// Off, on, or until one block is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum MiningMode {
    /// Not mining.
    Off,
    /// Mining until stopped.
    On,
    /// Mining until one block is found.
    Once,
}

/// The next block as it stands.
#[derive(Clone, Debug, PartialEq, BorshSerialize, BorshDeserialize)]
pub struct TemplateView {
    /// Its height.
    pub height: u64,
    /// Payments in it.
    pub payments: u32,
    /// Their fees.
    pub fees: Amount,
    /// Reward and fees.
    pub reward: Amount,
    /// Encoded size in bytes.
    pub bytes: u32,
    /// The parent.
    pub previous: BlockHash,
    /// The target, as 64 hex digits, most significant first.
    pub target: String,
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

/// Another node in the room.
#[derive(Clone, Debug, PartialEq, BorshSerialize, BorshDeserialize)]
pub struct PeerView {
    /// 32 hex digits.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Whether it is the relay itself.
    pub relay: bool,
    /// Whether it is connected now.
    pub online: bool,
    /// When it was last heard of.
    pub seen_ms: u64,
    /// Its tip, as it claims.
    pub tip: BlockHash,
    /// The seal of that tip.
    pub seal: SealView,
    /// Its height, as it claims.
    pub height: u64,
    /// Whether its tip is this node's tip.
    pub agrees: bool,
    /// Round trip, for a node this tab has a link to.
    pub latency_ms: Option<u32>,
}

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
}

/// The state of Replace chain.
#[derive(Clone, Debug, PartialEq, BorshSerialize, BorshDeserialize)]
pub enum ReplaceView {
    /// Not pressed in this session.
    Idle,
    /// Asking.
    Running {
        /// Nodes asked.
        asked: u32,
        /// Nodes done with.
        answered: u32,
    },
    /// The last report.
    Finished {
        /// When.
        at_ms: u64,
        /// Whether another chain was adopted.
        replaced: bool,
        /// The tip after it.
        height: u64,
        /// One line a peer.
        verdicts: Vec<VerdictView>,
    },
}

/// What came of asking one peer for its chain.
#[derive(Clone, Debug, PartialEq, BorshSerialize, BorshDeserialize)]
pub struct VerdictView {
    /// Its name.
    pub name: String,
    /// 32 hex digits.
    pub id: String,
    /// Its height, as it claimed.
    pub height: u64,
    /// What came of it.
    pub verdict: Verdict,
}

/// What came of one peer's chain.
#[derive(Clone, Debug, PartialEq, BorshSerialize, BorshDeserialize)]
pub enum Verdict {
    /// It had the most work and is now this node's chain.
    Adopted,
    /// It ends in the same block.
    SameTip,
    /// It has less work than this node's; decimal.
    LessWork {
        /// Theirs.
        theirs: String,
        /// Ours.
        ours: String,
    },
    /// Another chain of equal work: the one seen first stays.
    EqualWork,
    /// It broke a rule.
    Refused(Receipt),
    /// No answer in time.
    NoAnswer,
}

/// How the tab keeps its data.
#[derive(Clone, Debug, PartialEq, BorshSerialize, BorshDeserialize)]
pub struct StorageView {
    /// Whether everything so far is on disk.
    pub saved: bool,
    /// Why it is not, where it is not.
    pub trouble: Option<Receipt>,
}
