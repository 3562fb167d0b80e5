//! The network: its parameters, the link to the relay, and how this node's chain compares with others'.

use borsh::{BorshDeserialize, BorshSerialize};
use shared::{Amount, Receipt};

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
    /// By which rules its blocks are made.
    pub rules: RulesView,
}

/// The rules of a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum RulesView {
    /// Tabcoin's own.
    Sealed,
    /// The tutorial's.
    Classic,
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

/// How this node's chain compares with what it has been told of.
#[derive(Clone, Debug, PartialEq, BorshSerialize, BorshDeserialize)]
pub enum SyncView {
    /// The relay is out of reach, and with it everybody.
    Offline,
    /// The relay is linked and has this chain, and nobody else is here.
    Alone,
    /// Something is wrong with the time: chains cannot be compared until that is mended or has passed.
    Clock(ClockView),
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
    /// More of the others are on chains that left this one than on this one.
    Forked {
        /// Other nodes on this tip, the relay not counted.
        agree: u32,
        /// Other nodes here, the relay not counted.
        of: u32,
    },
    /// No other tab has this tip yet, and most are on this chain.
    Ahead {
        /// Whether the relay has it.
        at_relay: bool,
    },
    /// Others are on this tip.
    InSync {
        /// Other nodes on this tip, the relay not counted.
        agree: u32,
        /// Other nodes here, the relay not counted.
        of: u32,
    },
}

/// What is wrong with the time.
#[derive(Clone, Debug, PartialEq, BorshSerialize, BorshDeserialize)]
pub struct ClockView {
    /// How far this computer's clock is from the others': "1 h 0 min behind". `None` where a chain is dated ahead of it.
    pub apart: Option<String>,
    /// Whose clock is where: "this computer's clock is 1 h 0 min behind the relay's".
    pub says: String,
    /// What to do.
    pub advice: String,
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
