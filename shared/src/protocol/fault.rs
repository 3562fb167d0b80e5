//! What gets a peer cut off.

use super::barred::Bar;
use super::limits::{GET_BLOCKS_MAX, HANDSHAKE_MS, LOCATOR_MAX, ORPHANS_MAX, PROTOCOL_VERSION, SILENCE_MS};
use crate::encoding::DecodeError;
use crate::rules::block::BlockError;
use crate::rules::receipt::{Receipt, Refusal};
use crate::state::MempoolError;
use crate::values::{BlockHash, NetworkId, NodeId, PublicKey, Timestamp, TransactionId, Work};

/// Why a peer is cut off.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PeerError {
    /// Bytes that are no message.
    #[error(transparent)]
    Malformed(#[from] DecodeError),
    /// A message that is too long.
    #[error("a message of {bytes} bytes, and {max} are allowed")]
    Oversize {
        /// Its length.
        bytes: usize,
        /// How long it may be.
        max: usize,
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
    /// A chain that has less work than was claimed for it.
    #[error("a chain of work {found}, and {claimed} was claimed")]
    Claim {
        /// What was claimed.
        claimed: Work,
        /// What it has.
        found: Work,
    },
    /// Headers that are not those that the same request had before.
    #[error("other headers than before, of the same chain")]
    OtherHeaders,
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
    /// Something of a sealed chain, in a room that has none.
    #[error("{what} of a sealed chain, in a classic room")]
    ClassicRoom {
        /// What.
        what: &'static str,
    },
    /// Members, told by one that is not the relay.
    #[error("members, told by a node that is not the relay")]
    NotRelay,
    /// It broke a rule a short while ago.
    #[error("broke a rule ({rule}) and is not let in before {}", until.to_text())]
    Barred {
        /// The rule.
        rule: String,
        /// When it may come back.
        until: Timestamp,
        /// How long that is from now.
        left_ms: u64,
    },
    /// The shell found a fault in what carries the messages.
    #[error("{0}")]
    Shell(Receipt),
}

impl PeerError {
    pub(super) fn barred(Bar { until, rule }: Bar, now: Timestamp) -> Self {
        Self::Barred { rule, until, left_ms: until.ms_since(now) }
    }

    /// Whether the peer broke a rule, and is not just late, elsewhere, or another version's.
    pub fn is_misbehaviour(&self) -> bool {
        match self {
            Self::Version { .. }
            | Self::Network { .. }
            | Self::Oneself
            | Self::HandshakeTime
            | Self::Silent
            | Self::Superseded { .. }
            | Self::Barred { .. } => false,
            Self::Malformed(_)
            | Self::Oversize { .. }
            | Self::Proof { .. }
            | Self::Order { .. }
            | Self::TooMany { .. }
            | Self::Unsolicited { .. }
            | Self::Claim { .. }
            | Self::OtherHeaders
            | Self::Orphans { .. }
            | Self::Block { .. }
            | Self::Payment { .. }
            | Self::ClassicRoom { .. }
            | Self::NotRelay
            | Self::Shell(_) => true,
        }
    }

    /// A count is within its limit.
    pub(super) fn check_count(what: &'static str, found: usize, max: usize) -> Result<(), Self> {
        if found > max { Err(Self::TooMany { what, max, found }) } else { Ok(()) }
    }

    pub(super) fn check_locator(found: usize) -> Result<(), Self> {
        Self::check_count("hashes of a locator", found, LOCATOR_MAX)
    }

    pub(super) fn check_requested_blocks(found: usize) -> Result<(), Self> {
        Self::check_count("hashes of blocks", found, GET_BLOCKS_MAX)
    }
}

impl Refusal for PeerError {
    fn receipt(&self) -> Receipt {
        let (rule, expected, found) = match self {
            Self::Malformed(error) => return Receipt { rule: "message".to_owned(), ..error.receipt() },
            Self::Oversize { bytes, max } => ("message size", format!("at most {max} bytes"), format!("{bytes} bytes")),
            Self::Version { found } if *found < PROTOCOL_VERSION => (
                "protocol version",
                format!("{PROTOCOL_VERSION}: reload the page to get the current app"),
                found.to_string(),
            ),
            Self::Version { found } => (
                "protocol version",
                PROTOCOL_VERSION.to_string(),
                format!("{found}, which is newer: reload the page to get the current app"),
            ),
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
            Self::Claim { claimed, found } => ("claimed work", claimed.to_string(), found.to_string()),
            Self::OtherHeaders => {
                ("claimed work", "the headers that were shown before".to_owned(), "others".to_owned())
            }
            Self::Orphans { found } => {
                ("orphans", format!("at most {ORPHANS_MAX} blocks with unknown parents"), found.to_string())
            }
            Self::Block { error, .. } => return error.receipt(),
            Self::Payment { error, .. } => return error.receipt(),
            Self::ClassicRoom { what } => (
                "room",
                "no block, payment or chain but the genesis in a classic room".to_owned(),
                format!("{what} of a sealed chain"),
            ),
            Self::Barred { rule, until, left_ms } => (
                "barred",
                format!("nobody who broke the rule {rule:?} before {} UTC", until.to_text()),
                format!("a return {} s too early", left_ms.div_ceil(1_000)),
            ),
            Self::Shell(receipt) => return receipt.clone(),
            Self::NotRelay => ("members", "members told by the relay".to_owned(), "told by a tab".to_owned()),
        };
        Receipt::new(rule, expected, found)
    }
}
