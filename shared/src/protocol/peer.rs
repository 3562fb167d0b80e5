//! One peer: how far its handshake is, what it is known to have, what it was asked for and what it asked for.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::early::Early;
use super::gossip::Unjudged;
use super::limits::{KNOWN_PAYMENTS_MAX, REQUEST_MS, SILENCE_MS};
use super::message::{Agent, Hello, Role, Status};
use super::news::Told;
use super::presync::Presync;
use super::serve::Owed;
use crate::values::{BlockHash, NodeId, NodeName, Timestamp, TransactionId};

/// Names a link. The shell chooses it and never uses one twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PeerId(pub u64);

/// What a shell or a page may know of a peer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerInfo {
    /// The link.
    pub peer: PeerId,
    /// Who it is; `None` before the handshake is done.
    pub id: Option<NodeId>,
    /// Its name, once known.
    pub name: Option<NodeName>,
    /// What it is, once known.
    pub role: Option<Role>,
    /// Its program, once known.
    pub agent: Option<Agent>,
    /// The round trip of the last ping.
    pub latency_ms: Option<u32>,
    /// How far its clock is ahead of this node's, in milliseconds; below zero where it is behind. `None` before its first
    /// ping, and for a peer that does not say.
    pub ahead_ms: Option<i64>,
    /// Since when the link is up.
    pub since: Timestamp,
    /// Bytes received.
    pub bytes_in: u64,
    /// Bytes sent.
    pub bytes_out: u64,
}

/// A link and what is known of its other end.
#[derive(Debug)]
pub(super) struct Peer {
    pub(super) since: Timestamp,
    pub(super) last_heard: Timestamp,
    pub(super) bytes_in: u64,
    pub(super) bytes_out: u64,
    pub(super) phase: Phase,
}

/// How far the handshake is.
#[derive(Debug)]
pub(super) enum Phase {
    /// This node's Hello is out; the other's may have come.
    Greeting { own: Box<Hello>, theirs: Option<Box<Hello>> },
    /// Both sides have proved who they are.
    Ready(Box<Ready>),
}

/// A peer whose handshake is done.
#[derive(Debug)]
pub(super) struct Ready {
    pub(super) id: NodeId,
    pub(super) role: Role,
    pub(super) agent: Agent,
    pub(super) status: Status,
    pub(super) latency_ms: Option<u32>,
    /// How far its clock is ahead of this node's, in milliseconds.
    pub(super) ahead_ms: Option<i64>,
    /// Whether it was told that its clock is far from this node's.
    pub(super) is_told_of_time: bool,
    /// The lowest block of its chain that is dated too far ahead.
    pub(super) early: Option<Early>,
    /// Whether the owner was told of such a block.
    pub(super) is_early_told: bool,
    /// The ping under way: its number and when it was sent.
    pub(super) ping: Option<(u64, Timestamp)>,
    pub(super) next_ping: Timestamp,
    /// Payments that it has sent or been sent.
    pub(super) known: Recent<TransactionId>,
    /// The request for headers under way.
    pub(super) headers: Option<HeadersRequest>,
    /// Requests for headers that were given up; their answers may still come.
    pub(super) headers_given_up: u32,
    /// The branch that is looked through before it is kept.
    pub(super) presync: Option<Presync>,
    /// The end of a chain of its own that is not worth keeping, or would not fit.
    pub(super) unworthy: Option<BlockHash>,
    /// Bodies under way, and when they were asked for.
    pub(super) bodies: BTreeMap<BlockHash, Timestamp>,
    /// How many bodies were asked for and given up; they may still come.
    pub(super) bodies_given_up: usize,
    /// Whether its last request for bodies went unanswered: then others are asked, if there are any.
    pub(super) is_silent: bool,
    /// When a body that was asked for last came.
    pub(super) last_body: Timestamp,
    /// Announcements in a row that led nowhere.
    pub(super) orphans: u32,
    /// Payments that could not be made when they came.
    pub(super) unjudged: Unjudged,
    /// What it has asked for.
    pub(super) owed: Owed,
    /// How much it was told of the members.
    pub(super) roster_told: Told,
}

/// A request for headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct HeadersRequest {
    pub(super) since: Timestamp,
    pub(super) stop: BlockHash,
}

impl Peer {
    pub(super) fn ready(&self) -> Option<&Ready> {
        match &self.phase {
            Phase::Ready(ready) => Some(ready),
            Phase::Greeting { .. } => None,
        }
    }

    /// When it is given up as silent: some time after its last word, and after a ping that had time to be answered. A clock
    /// that is set forward, or a computer that wakes up, makes nobody silent.
    pub(super) fn silent_at(&self, ready: &Ready) -> Option<Timestamp> {
        let (_, sent) = ready.ping?;
        Some(self.last_heard.plus_ms(SILENCE_MS).max(sent.plus_ms(REQUEST_MS)))
    }

    pub(super) fn ready_mut(&mut self) -> Option<&mut Ready> {
        match &mut self.phase {
            Phase::Ready(ready) => Some(ready),
            Phase::Greeting { .. } => None,
        }
    }
}

impl Ready {
    pub(super) fn new(hello: Hello, now: Timestamp) -> Self {
        Self {
            id: NodeId::of(&hello.key),
            role: hello.role,
            agent: hello.agent,
            status: hello.status,
            latency_ms: None,
            ahead_ms: None,
            is_told_of_time: false,
            early: None,
            is_early_told: false,
            ping: None,
            next_ping: now,
            known: Recent::new(KNOWN_PAYMENTS_MAX),
            headers: None,
            headers_given_up: 0,
            presync: None,
            unworthy: None,
            bodies: BTreeMap::new(),
            bodies_given_up: 0,
            is_silent: false,
            last_body: now,
            orphans: 0,
            unjudged: Unjudged::default(),
            owed: Owed::new(now),
            roster_told: Told::default(),
        }
    }
}

/// The last so many distinct things seen.
#[derive(Debug)]
pub(super) struct Recent<T> {
    max: usize,
    seen: BTreeSet<T>,
    order: VecDeque<T>,
}

impl<T: Ord + Copy> Recent<T> {
    pub(super) fn new(max: usize) -> Self {
        Self { max, seen: BTreeSet::new(), order: VecDeque::new() }
    }

    pub(super) fn contains(&self, thing: &T) -> bool {
        self.seen.contains(thing)
    }

    /// How many are remembered.
    pub(super) fn len(&self) -> usize {
        self.order.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// Remembers it; says whether it was new.
    pub(super) fn insert(&mut self, thing: T) -> bool {
        if !self.seen.insert(thing) {
            return false;
        }
        self.order.push_back(thing);
        if self.order.len() > self.max
            && let Some(oldest) = self.order.pop_front()
        {
            self.seen.remove(&oldest);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_last_things_seen_are_remembered() {
        let mut recent = Recent::new(2);
        assert!(recent.insert(1) && recent.insert(2) && !recent.insert(1));
        assert!(recent.insert(3), "and 1 is forgotten");
        assert!(recent.insert(1) && !recent.insert(3));
    }
}
