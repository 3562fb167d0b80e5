//! The protocol: what nodes say to each other, and the node that says it.
//!
//! Inputs are method calls on [`Node`], each with the time; outputs are polled from it. Nothing here does I/O, so the
//! tab, the relay and the simulator run the same code. `docs/protocol.md` specifies the messages byte by byte.

mod ahead;
mod backoff;
mod barred;
mod bodies;
mod classic;
mod clocks;
mod early;
mod fault;
mod follow;
mod gauge;
mod gossip;
mod handshake;
mod import;
pub mod limits;
mod links;
mod members;
mod message;
mod miner;
mod names;
mod news;
mod node;
mod output;
mod peer;
mod prepared;
mod presync;
mod replace;
mod roster;
mod serve;
mod set_back;
mod signatures;
mod sync;
mod taken;
#[cfg(test)]
mod tests;
mod unstored;

pub use ahead::{Ahead, Share};
pub use backoff::Backoff;
pub use clocks::{ClockOffset, ClockTrouble, TIME};
pub use fault::PeerError;
pub use gauge::Gauge;
pub use handshake::proof_bytes;
pub use import::{ImportError, Imported};
pub use limits::{MESSAGE_BYTES_MAX, PROTOCOL_VERSION};
pub use members::Member;
pub use message::{Agent, Hello, Message, Role, Status};
pub use miner::{MinedError, Mining};
pub use names::FormerName;
pub use node::{Config, ConnectError, Node, RestoreError};
pub use output::{Event, Output, StoreOp};
pub use peer::{PeerId, PeerInfo};
pub use prepared::Prepared;
pub use replace::{PeerVerdict, ReplaceProgress, ReplaceReport, Verdict};
pub use sync::SyncProgress;
