//! The tutorial's six requests, answered on sealed blocks: what a request asks for, and the answers in the tutorial's
//! words.
//!
//! A request is parsed here and an answer written here; who answers is a shell: a tab, or a relay's own node. The same
//! requests on the tutorial's own chain are answered by `classic`, with the same [`Call`].

mod answer;
mod audit;
mod block;
mod body;
mod call;
mod chain;
mod fields;
mod names;
mod netloc;
mod nodes;
mod pay;
#[cfg(test)]
mod tests;

pub use answer::{NodeVerdict, chain, connected, disconnected_answer, mined, replaced, replaced_by};
pub use audit::{AUDIT_HEADERS, Audit, verified};
pub use block::block_json;
pub use body::{NODES_PER_REQUEST_MAX, read_nodes};
pub use call::{Call, Route, only_in_classic};
pub use chain::{Shape, chunks};
pub use names::{OwnKey, Wallet, node_named};
pub(crate) use netloc::with_node_in_path;
pub use netloc::{NETLOC_BYTES_MAX, Netloc};
pub use nodes::{CONNECTED_NODES_MAX, check_connected, disconnected, not_connected};
pub use pay::add_transaction;
