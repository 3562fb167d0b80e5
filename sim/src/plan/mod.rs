//! A plan: everything that is decided before a run begins. A run follows from its plan and nothing else.
//!
//! What is done and what goes wrong is a list of [`Item`]s, each with its own time and length, so that any of them can
//! be left out: that is how a failure's shortest plan is found.

mod draw;
mod graph;
mod mind;
mod text;

use shared::CompactTarget;
use shared::protocol::Role;

pub use self::draw::{Shape, draw};
pub use self::mind::Mind;
pub use self::text::PlanError;

/// How many blocks from the top the honest agree at all times, while somebody with less than a third of the hash rate does
/// what it can against it. A branch that outruns theirs for so long is a matter of luck, less likely by a sixth with each
/// block (four times the shares' product).
pub const AGREED_BELOW: u64 = 32;

/// What a run follows from.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// What all chance follows from.
    pub seed: u64,
    /// The room.
    pub room: Room,
    /// Where proofs come from.
    pub proofs: Proofs,
    /// The hosts, by number.
    pub hosts: Vec<HostPlan>,
    /// The links between them.
    pub links: Vec<LinkPlan>,
    /// What is done and what goes wrong.
    pub items: Vec<Item>,
    /// When all faults stop, in milliseconds.
    pub heal_ms: u64,
    /// How long after that adversaries go on who give up in the end, in milliseconds. The honest agree meanwhile, but for
    /// the last [`AGREED_BELOW`] blocks.
    pub goes_on_ms: u64,
    /// How long after all that everybody may take to agree, in milliseconds.
    pub settle_ms: u64,
}

/// The room's parameters, as far as runs differ in them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// The intended time between blocks, in milliseconds.
    pub interval_ms: u64,
    /// How late blocks must be for the target to double, in milliseconds.
    pub half_life_ms: u64,
    /// The easiest target.
    pub easiest: CompactTarget,
}

/// Where proofs come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proofs {
    /// When the next proof is found is drawn, for the hash rate and the target there are; then it is searched for in no
    /// time. It is as real as any.
    Drawn,
    /// Every attempt is made, at the hash rate there is.
    Searched,
}

/// A host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostPlan {
    /// What it is.
    pub role: Role,
    /// How many attempts it makes a second; 0 where it does not mine.
    pub rate: u64,
    /// How far its clock is ahead, in milliseconds.
    pub ahead_ms: i64,
    /// When it starts, in milliseconds.
    pub starts_ms: u64,
    /// What it is up to.
    pub mind: Mind,
}

impl HostPlan {
    /// Whether it makes blocks for all once faults are over.
    fn is_a_miner_in_the_end(&self) -> bool {
        self.rate > 0 && (self.mind.is_honest() || self.mind.gives_up())
    }
}

/// What runs over a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// A WebSocket: messages come in order, each once, or the link breaks.
    Stream,
    /// Datagrams: any message may be lost, come twice, or come late. No link of today is like that; one day's may be.
    Datagrams,
}

/// A link that one host opens to another, again and again for as long as both run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkPlan {
    /// Who opens it.
    pub from: usize,
    /// To whom.
    pub to: usize,
    /// What runs over it.
    pub carrier: Carrier,
    /// How long a message takes, in milliseconds.
    pub delay_ms: u64,
    /// How much longer it may take, in milliseconds.
    pub jitter_ms: u64,
    /// How many bytes it takes a second.
    pub bytes_per_s: u64,
}

/// Something that is done or goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Item {
    /// When, in milliseconds.
    pub at_ms: u64,
    /// For how long, in milliseconds, where it has a length.
    pub for_ms: u64,
    /// What.
    pub what: What,
}

/// What is done, and what goes wrong. Hosts and links go by their numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// A host pays another: so many units, and a fee.
    Pay {
        /// Who pays.
        from: usize,
        /// Who is paid.
        to: usize,
        /// How many units.
        amount: u64,
        /// How many more for the miner.
        fee: u64,
    },
    /// A host pays itself in place of its first payment that waits, with twice the fee.
    Replace {
        /// Who.
        host: usize,
    },
    /// A host mines at another rate, for a while.
    Rate {
        /// Who.
        host: usize,
        /// How many attempts a second.
        rate: u64,
    },
    /// A host does not adopt others' blocks, for a while.
    Alone {
        /// Who.
        host: usize,
    },
    /// A host's owner asks for the best chain.
    ReplaceChain {
        /// Who.
        host: usize,
    },
    /// A tab is closed, and opened again after a while.
    Close {
        /// Who.
        host: usize,
    },
    /// A host gets no processor, for a while.
    Freeze {
        /// Who.
        host: usize,
    },
    /// A process is killed, and started again after a while.
    Kill {
        /// Who.
        host: usize,
    },
    /// A machine loses its power, and has it again after a while.
    PowerCut {
        /// Who.
        host: usize,
    },
    /// A machine loses its power while bits of its disk flip.
    Rot {
        /// Who.
        host: usize,
    },
    /// What a tab has stored is erased while it is closed.
    Wipe {
        /// Who.
        host: usize,
    },
    /// A tab is closed and opened with an older state of its store.
    RollBack {
        /// Who.
        host: usize,
        /// How much of it: thousandths of its transactions.
        per_mille: u64,
    },
    /// A disk is full, for a while.
    DiskFull {
        /// Whose.
        host: usize,
    },
    /// A disk does not sync, for a while.
    DiskFails {
        /// Whose.
        host: usize,
    },
    /// A disk is slow, for a while.
    DiskSlow {
        /// Whose.
        host: usize,
        /// How many milliseconds longer a write takes.
        ms: u64,
    },
    /// A clock is wrong, for a while.
    Clock {
        /// Whose.
        host: usize,
        /// How far it is ahead, in milliseconds.
        ahead_ms: i64,
    },
    /// A link breaks.
    Break {
        /// Which.
        link: usize,
    },
    /// A link carries nothing from one of its ends, for a while: 0 is the one that opens it.
    Cut {
        /// Which.
        link: usize,
        /// Which end is not heard.
        end: usize,
    },
    /// Nothing passes between these hosts and the others, for a while.
    Partition {
        /// Whether each host, by the bit of its number, is among these.
        group: u64,
    },
    /// A link is slow, for a while.
    Slow {
        /// Which.
        link: usize,
        /// How many milliseconds longer a message takes.
        ms: u64,
    },
    /// A link is narrow, for a while.
    Narrow {
        /// Which.
        link: usize,
        /// How many bytes a second it takes.
        bytes_per_s: u64,
    },
    /// A link loses messages, for a while. A stream that loses one breaks.
    Lose {
        /// Which.
        link: usize,
        /// How many of a thousand.
        per_mille: u64,
    },
    /// A link of datagrams delivers messages twice, for a while.
    Repeat {
        /// Which.
        link: usize,
        /// How many of a thousand.
        per_mille: u64,
    },
    /// A link of datagrams mixes up the order of messages, for a while.
    Shuffle {
        /// Which.
        link: usize,
        /// By how many milliseconds at most.
        ms: u64,
    },
}

impl What {
    /// Whether it goes on for a while.
    pub fn has_length(self) -> bool {
        !matches!(self, Self::Pay { .. } | Self::Replace { .. } | Self::ReplaceChain { .. } | Self::Break { .. })
    }
}

impl Plan {
    /// The same plan with other items.
    #[must_use]
    pub fn with_items(&self, items: Vec<Item>) -> Self {
        Self { items, ..self.clone() }
    }
}
