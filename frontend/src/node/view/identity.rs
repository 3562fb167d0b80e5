//! Who this tab is, who else is in its room, and what its owner calls them.

use borsh::{BorshDeserialize, BorshSerialize};
use shared::{Amount, BlockHash};

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
    /// The other identities this browser keeps, those used last, most recently used first.
    pub others: Vec<OtherIdentity>,
    /// How many others there are.
    pub others_total: u32,
    /// Whether its keys are known to be kept elsewhere too: its words were checked, or a file was written.
    pub is_backed_up: bool,
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

/// An identity of this browser, on the page of identities.
#[derive(Clone, Debug, PartialEq, BorshSerialize, BorshDeserialize)]
pub struct IdentityRow {
    /// 32 hex digits.
    pub id: String,
    /// Its name.
    pub name: String,
    /// When it was last used.
    pub last_used_ms: u64,
    /// Which tab holds it.
    pub holder: Holder,
    /// Whether its keys are known to be kept elsewhere too.
    pub is_backed_up: bool,
    /// Its coins in this room.
    pub balance: Amount,
    /// The other sealed rooms that this browser keeps a chain of it in, as far as the browser tells.
    pub other_rooms: Vec<String>,
}

/// Which tab of this browser an identity is open in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Holder {
    /// None.
    Nobody,
    /// This one.
    ThisTab,
    /// Another.
    AnotherTab,
}

/// An identity that a backup held.
#[derive(Clone, Debug, PartialEq, BorshSerialize, BorshDeserialize)]
pub struct RestoredView {
    /// 32 hex digits.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Where it stands now.
    pub standing: Standing,
}

/// Where an identity stands that a backup held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Standing {
    /// It is back.
    Restored,
    /// This browser had it already.
    WasHere,
    /// Another tab of this browser holds it.
    AnotherTab,
    /// This tab is it.
    ThisTab,
}

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum RoleView {
    /// A tab, or a program that mines.
    Tab,
    /// The relay's own node.
    Relay,
    /// A bridge to a node of the tutorial.
    Bridge,
}

/// Another node in the room.
#[derive(Clone, Debug, PartialEq, BorshSerialize, BorshDeserialize)]
pub struct PeerView {
    /// 32 hex digits.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it is.
    pub role: RoleView,
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
