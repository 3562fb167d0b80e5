//! Measures how far the clocks of peers are from this node's, and says what is wrong with the time.
//!
//! It sets nothing: no block gets another time and no rule another limit because of what a peer says. The number of a
//! ping is its sender's clock. How long the ping was under way is half of the last round trip. Over several peers the
//! median counts, so that fewer than half of them cannot move it beyond what an honest one says.

use super::early::Early;
use super::limits::SILENCE_MS;
use super::message::Role;
use super::node::Node;
use super::peer::{PeerId, Ready};
use crate::rules::receipt::{Receipt, Refusal};
use crate::values::{BlockHash, FUTURE_MS_MAX, Span, Timestamp};

/// The upper sixteen bits of a ping's number that is a clock: "TABC" in hexadecimal digits, nearly. A peer of an earlier
/// version draws the whole number, and one in 65,536 of those is taken for a clock until its next ping.
const TAG: u64 = 0x7abc;
/// How many bits of the number are milliseconds: enough for ten thousand years.
const CLOCK_BITS: u32 = 48;

/// The number of a ping that is sent now.
pub(super) fn ping_number(now: Timestamp) -> u64 {
    TAG << CLOCK_BITS | now.as_ms() & ((1 << CLOCK_BITS) - 1)
}

/// What its sender's clock showed, if the number of a ping says so.
pub(super) fn clock_in(number: u64) -> Option<Timestamp> {
    (number >> CLOCK_BITS == TAG).then(|| Timestamp::from_ms(number & ((1 << CLOCK_BITS) - 1)))
}

/// How this node's clock compares with its peers'.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockOffset {
    /// How far this node's clock is ahead of the median of its peers', in milliseconds; below zero where it is behind.
    pub ahead_ms: i64,
    /// How many peers' clocks were measured.
    pub peers: usize,
}

impl ClockOffset {
    /// The median of how far peers are ahead; of an even number of them, the one of the middle two that says less.
    fn of(mut theirs_ahead_ms: Vec<i64>) -> Option<Self> {
        theirs_ahead_ms.sort_unstable();
        let peers = theirs_ahead_ms.len();
        let upper = *theirs_ahead_ms.get(peers / 2)?;
        let lower = theirs_ahead_ms[(peers - 1) / 2];
        let median = if lower.unsigned_abs() < upper.unsigned_abs() { lower } else { upper };
        Some(Self { ahead_ms: median.saturating_neg(), peers })
    }

    /// Whether it is so large that one side refuses the other's blocks for their time.
    pub fn is_wrong(self) -> bool {
        self.ahead_ms.unsigned_abs() > FUTURE_MS_MAX
    }
}

/// What is wrong with the time, as far as a node can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClockTrouble {
    /// This node's clock and its peers' are too far apart: one side's blocks are refused.
    #[error("{} is {} {} {}", mine(*own), Span::from_ms(offset.ahead_ms.unsigned_abs()), direction(offset.ahead_ms), theirs(*own, offset.peers))]
    Apart {
        /// What this node is.
        own: Role,
        /// How far, and against how many.
        offset: ClockOffset,
        /// What this node's clock shows.
        now: Timestamp,
    },
    /// This node's own chain is dated so far ahead of its clock that no block on it could be taken yet.
    #[error("this node's chain is dated {} ahead of {}", Span::from_ms(dated.ms_since(*now)), mine(*own))]
    OwnChain {
        /// What this node is.
        own: Role,
        /// The earliest time that a block on it may have.
        dated: Timestamp,
        /// What this node's clock shows.
        now: Timestamp,
    },
    /// Another node's chain has more work, and a block of it is dated too far ahead of this node's clock.
    #[error("block {} is dated {} ahead of {}", hash.short(), Span::from_ms(dated.ms_since(*now)), mine(*own))]
    Early {
        /// What this node is.
        own: Role,
        /// The block.
        hash: BlockHash,
        /// Its time.
        dated: Timestamp,
        /// What this node's clock shows.
        now: Timestamp,
    },
}

/// Whose clock is this node's.
fn mine(own: Role) -> &'static str {
    match own {
        Role::Tab | Role::Bridge => "this computer's clock",
        Role::Relay => "this relay's clock",
    }
}

fn direction(ahead_ms: i64) -> &'static str {
    if ahead_ms < 0 { "behind" } else { "ahead of" }
}

/// Whose clocks it is compared with.
fn theirs(own: Role, peers: usize) -> String {
    match (own, peers) {
        (Role::Tab | Role::Bridge, 1) => "the relay's".to_owned(),
        (Role::Tab | Role::Bridge, peers) => format!("the median of {peers} other nodes'"),
        (Role::Relay, 1) => "its one member's".to_owned(),
        (Role::Relay, peers) => format!("the median of its {peers} members'"),
    }
}

/// A time to the second.
fn shown(at: Timestamp) -> String {
    format!("{} UTC", Timestamp::from_ms(at.as_ms() / 1_000 * 1_000).to_text())
}

impl ClockTrouble {
    /// What to do about it, in sentences.
    pub fn advice(&self) -> String {
        match *self {
            Self::Apart { own, offset, now } => {
                let other = Timestamp::from_ms(now.as_ms().saturating_add_signed(offset.ahead_ms.saturating_neg()));
                let (mine, theirs) = (mine(own), theirs(own, offset.peers));
                let shows =
                    format!("Set the clock that is wrong: {mine} shows {}, {theirs} {}.", shown(now), shown(other));
                let why = if offset.ahead_ms < 0 {
                    "Until then their new blocks wait here for their time."
                } else {
                    "Until then the others refuse this node's blocks."
                };
                format!("{shows} {why}")
            }
            Self::OwnChain { dated, now, .. } => format!(
                "Its last blocks were made by a clock that was ahead. Mining goes on in {}, or as soon as another chain has more work.",
                Span::from_ms(dated.ms_since(now.plus_ms(FUTURE_MS_MAX)))
            ),
            Self::Early { own, dated, now, .. } => format!(
                "It is taken in {}, when its time has come, or at once if {} is behind and is set right.",
                Span::from_ms(dated.ms_since(now.plus_ms(FUTURE_MS_MAX))),
                mine(own)
            ),
        }
    }
}

impl Refusal for ClockTrouble {
    fn receipt(&self) -> Receipt {
        let limit = Span::from_ms(FUTURE_MS_MAX);
        let expected = match *self {
            Self::Apart { .. } => format!("clocks at most {limit} apart"),
            Self::OwnChain { own, now, .. } | Self::Early { own, now, .. } => {
                format!("a block dated at most {limit} ahead of {}, {}", mine(own), shown(now))
            }
        };
        Receipt::new(TIME, expected, self.to_string())
    }
}

/// The rule that a block's time keeps, and the clocks that it is compared with.
pub const TIME: &str = "time";

impl Node {
    /// How this node's clock compares with its peers', as far as their pings say.
    pub fn clock_offset(&self) -> Option<ClockOffset> {
        ClockOffset::of(self.ready_peers().filter_map(|(_, ready)| ready.ahead_ms).collect())
    }

    /// What is wrong with the time, if anything is.
    pub fn clock_trouble(&self, now: Timestamp) -> Option<ClockTrouble> {
        let own = self.role();
        if let Some(offset) = self.clock_offset().filter(|offset| offset.is_wrong()) {
            return Some(ClockTrouble::Apart { own, offset, now });
        }
        let dated = self.chain.median_time().plus_ms(1);
        if dated > now.plus_ms(FUTURE_MS_MAX) {
            return Some(ClockTrouble::OwnChain { own, dated, now });
        }
        let early = self.ready_peers().filter(|(_, ready)| self.is_worth_fetching(&ready.status.tip));
        let early = early.filter_map(|(_, ready)| ready.early.filter(|early| now < early.take_at()));
        let Early { hash, dated, .. } = early.min_by_key(|early| early.dated)?;
        Some(ClockTrouble::Early { own, hash, dated, now })
    }

    /// A peer says what its clock shows.
    pub(super) fn on_ping_number(&mut self, peer: PeerId, number: u64, now: Timestamp) {
        let ready = self.ready_mut(peer);
        if let Some(theirs) = clock_in(number) {
            let under_way = u64::from(ready.latency_ms.unwrap_or(0)) / 2;
            ready.ahead_ms = Some(theirs.plus_ms(under_way).signed_ms_since(now));
            self.tell_of_time(peer, now);
        }
    }

    /// A relay tells a member whose clock is far from its own, and how many agree with the relay's.
    pub(super) fn tell_of_time(&mut self, peer: PeerId, now: Timestamp) {
        if self.role() != Role::Relay {
            return;
        }
        let is_far = |ready: &Ready| ready.ahead_ms.is_some_and(|ahead| ahead.unsigned_abs() > FUTURE_MS_MAX);
        let ready = self.ready(peer);
        let (is_wrong, was_told) = (is_far(ready), ready.is_told_of_time);
        if !is_wrong {
            self.ready_mut(peer).is_told_of_time = false;
            return;
        }
        if was_told {
            return;
        }
        self.ready_mut(peer).is_told_of_time = true;
        let others = self.ready_peers().filter(|(other, ready)| *other != peer && ready.ahead_ms.is_some());
        let (agree, of) =
            others.fold((0_u64, 0_u64), |(agree, of), (_, ready)| (agree + u64::from(!is_far(ready)), of + 1));
        let ahead_ms = self.ready(peer).ahead_ms.unwrap_or_default();
        let expected = format!(
            "a clock at most {} from the relay's, {}, with which {agree} of {of} other members agree",
            Span::from_ms(FUTURE_MS_MAX),
            shown(now)
        );
        let found = format!("one that is {} {} it", Span::from_ms(ahead_ms.unsigned_abs()), direction(ahead_ms));
        self.send(peer, &super::message::Message::Refused(Receipt::new(TIME, expected, found)));
    }
}

/// How long a ping may have been under way for its latency to be believed, in milliseconds: a clock that was set
/// meanwhile measures anything.
pub(super) const LATENCY_MS_MAX: u64 = SILENCE_MS;
