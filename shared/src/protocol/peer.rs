//! One peer: how far its handshake is, what it is known to have, what it was asked for, and what gets it cut off.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::limits::{
    GET_BLOCKS_MAX, HANDSHAKE_MS, HEADERS_MAX, KNOWN_PAYMENTS_MAX, LOCATOR_MAX, MEMBERS_MAX, MESSAGE_BYTES_MAX,
    ORPHANS_MAX, PAYMENTS_MAX, PROTOCOL_VERSION, SILENCE_MS,
};
use super::message::{Agent, Hello, Role, Status};
use crate::encoding::DecodeError;
use crate::rules::block::BlockError;
use crate::rules::receipt::{Receipt, Refusal};
use crate::state::MempoolError;
use crate::values::{BlockHash, NetworkId, NodeId, NodeName, PublicKey, Timestamp, TransactionId};

/// Names a link. The shell chooses it and never uses one twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PeerId(pub u64);

/// Why a peer is cut off.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PeerError {
    /// Bytes that are no message.
    #[error(transparent)]
    Malformed(#[from] DecodeError),
    /// A message that is too long.
    #[error("a message of {bytes} bytes, and {MESSAGE_BYTES_MAX} are allowed")]
    Oversize {
        /// Its length.
        bytes: usize,
    },
    /// Another version of the protocol.
    #[error("protocol version {found}, expected {PROTOCOL_VERSION}")]
    Version {
        /// Its version.
        found: u16,
    },
    /// Another network.
    #[error("network {found}, expected {expected}")]
    Network {
        /// This node's network.
        expected: NetworkId,
        /// The peer's.
        found: NetworkId,
    },
    /// This node's own key.
    #[error("connected to itself")]
    Oneself,
    /// A proof that is not by the key of the Hello.
    #[error("the handshake's proof is not by key {key}")]
    Proof {
        /// The key.
        key: PublicKey,
    },
    /// No proof in time.
    #[error("no handshake within {HANDSHAKE_MS} ms")]
    HandshakeTime,
    /// Something else before the handshake, or a handshake after it.
    #[error("{found} where {expected} was due")]
    Order {
        /// What was due.
        expected: &'static str,
        /// What came.
        found: &'static str,
    },
    /// Not a word for too long.
    #[error("silent for {SILENCE_MS} ms")]
    Silent,
    /// The same node came by another link.
    #[error("node {} came by another link", id.short())]
    Superseded {
        /// The node.
        id: NodeId,
    },
    /// More in one message than there may be.
    #[error("{found} {what} in a message, and {max} are allowed")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many are allowed.
        max: usize,
        /// How many there were.
        found: usize,
    },
    /// An answer that was not asked for.
    #[error("{what} that were not asked for")]
    Unsolicited {
        /// Of what.
        what: &'static str,
    },
    /// Blocks whose ancestors are nowhere to be found.
    #[error("{found} blocks with unknown parents, and {ORPHANS_MAX} are allowed")]
    Orphans {
        /// How many.
        found: u32,
    },
    /// A block that breaks a rule.
    #[error("block {}: {error}", hash.short())]
    Block {
        /// Which.
        hash: BlockHash,
        /// Which rule.
        error: Box<BlockError>,
    },
    /// A payment that is wrong on any chain.
    #[error("payment {}: {error}", id.short())]
    Payment {
        /// Which.
        id: TransactionId,
        /// Which rule.
        error: Box<MempoolError>,
    },
    /// Members, told by one that is not the relay.
    #[error("members, told by a node that is not the relay")]
    NotRelay,
}

impl PeerError {
    /// A count is within its limit.
    pub(super) fn check_count(what: &'static str, found: usize, max: usize) -> Result<(), Self> {
        if found > max { Err(Self::TooMany { what, max, found }) } else { Ok(()) }
    }

    pub(super) fn check_headers(found: usize) -> Result<(), Self> {
        Self::check_count("headers", found, HEADERS_MAX)
    }

    pub(super) fn check_locator(found: usize) -> Result<(), Self> {
        Self::check_count("hashes of a locator", found, LOCATOR_MAX)
    }

    pub(super) fn check_requested_blocks(found: usize) -> Result<(), Self> {
        Self::check_count("hashes of blocks", found, GET_BLOCKS_MAX)
    }

    pub(super) fn check_payments(found: usize) -> Result<(), Self> {
        Self::check_count("payments", found, PAYMENTS_MAX)
    }

    pub(super) fn check_members(found: usize) -> Result<(), Self> {
        Self::check_count("members", found, MEMBERS_MAX)
    }
}

impl Refusal for PeerError {
    fn receipt(&self) -> Receipt {
        let (rule, expected, found) = match self {
            Self::Malformed(error) => return Receipt { rule: "message".to_owned(), ..error.receipt() },
            Self::Oversize { bytes } => {
                ("message size", format!("at most {MESSAGE_BYTES_MAX} bytes"), format!("{bytes} bytes"))
            }
            Self::Version { found } if *found < PROTOCOL_VERSION => (
                "protocol version",
                format!("{PROTOCOL_VERSION}: reload the page to get the current app"),
                found.to_string(),
            ),
            Self::Version { found } => ("protocol version", PROTOCOL_VERSION.to_string(), found.to_string()),
            Self::Network { expected, found } => ("network", expected.to_string(), found.to_string()),
            Self::Oneself => ("node id", "another node".to_owned(), "this node itself".to_owned()),
            Self::Proof { key } => {
                ("handshake proof", format!("a signature by key {key}"), "one that is not valid".to_owned())
            }
            Self::HandshakeTime => {
                ("handshake time", format!("a proof within {} s", HANDSHAKE_MS / 1_000), "none".to_owned())
            }
            Self::Order { expected, found } => ("message order", (*expected).to_owned(), (*found).to_owned()),
            Self::Silent => ("silence", format!("a word every {} s", SILENCE_MS / 1_000), "none".to_owned()),
            Self::Superseded { id } => ("one link a node", format!("one link of node {id}"), "a newer one".to_owned()),
            Self::TooMany { what, max, found } => ("message limit", format!("at most {max} {what}"), found.to_string()),
            Self::Unsolicited { what } => {
                ("unsolicited answer", format!("{what} that were asked for"), "others".to_owned())
            }
            Self::Orphans { found } => {
                ("orphans", format!("at most {ORPHANS_MAX} blocks with unknown parents"), found.to_string())
            }
            Self::Block { error, .. } => return error.receipt(),
            Self::Payment { error, .. } => return error.receipt(),
            Self::NotRelay => ("members", "members told by the relay".to_owned(), "told by a tab".to_owned()),
        };
        Receipt::new(rule, expected, found)
    }
}

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
    /// The ping under way: its number and when it was sent.
    pub(super) ping: Option<(u64, Timestamp)>,
    pub(super) next_ping: Timestamp,
    /// Payments that it has sent or been sent.
    pub(super) known: Recent<TransactionId>,
    /// The request for headers under way.
    pub(super) headers: Option<HeadersRequest>,
    /// Bodies under way, and when they were asked for.
    pub(super) bodies: BTreeMap<BlockHash, Timestamp>,
    /// Announcements in a row that led nowhere.
    pub(super) orphans: u32,
}

/// A request for headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct HeadersRequest {
    pub(super) since: Timestamp,
    pub(super) stop: Option<BlockHash>,
}

impl Peer {
    pub(super) fn ready(&self) -> Option<&Ready> {
        match &self.phase {
            Phase::Ready(ready) => Some(ready),
            Phase::Greeting { .. } => None,
        }
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
            ping: None,
            next_ping: now,
            known: Recent::new(KNOWN_PAYMENTS_MAX),
            headers: None,
            bodies: BTreeMap::new(),
            orphans: 0,
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
