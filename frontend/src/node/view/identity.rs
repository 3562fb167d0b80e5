//! Who this tab is, who else is in its room, and what its owner calls them.

use borsh::{BorshDeserialize, BorshSerialize};
use shared::BlockHash;

use super::SealView;

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
    /// The addresses under which the relay reaches this node: `http://host:port/nodes/ID`; where the host has a name (on
    /// this computer: `localhost`), `http://ID.host:port`; and, with the control token, `http://ID:TOKEN@host:port`.
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

/// A name that this tab's owner gave to an address.
#[derive(Clone, Debug, PartialEq, BorshSerialize, BorshDeserialize)]
pub struct ContactView {
    /// The name.
    pub name: String,
    /// bech32m.
    pub address: String,
}
