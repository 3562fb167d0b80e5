//! The tutorial's own chain, byte for byte what its Python nodes compute, weaknesses included.
//!
//! It is there to learn from, and to interoperate with learners' own nodes; nothing of the sealed currency knows of it,
//! and it uses nothing of that but times, receipts and SHA-256. Pure like the rest: a [`Node`] is one of the tutorial's
//! scripts without its socket, clock and `uuid4`. Requests come parsed from [`tutorial`](crate::tutorial) and leave as
//! [`exchange`](crate::exchange) answers; chains of other nodes come as text from whoever can fetch them.
//!
//! What the tutorial leaves open to anybody (any number of transactions of any size, chains without end) has
//! [limits] here.

pub mod answers;
mod block;
mod chain;
mod decimal;
pub mod forge;
pub mod json;
pub mod limits;
mod netloc;
mod node;
mod proof;
mod rules;
#[cfg(test)]
mod tests;

pub use answers::{Outcome, answer, chain_answer, replaced, valid_answer};
pub use block::Block;
pub use chain::{Chain, ChainError};
pub use json::Value;
pub use netloc::{UrlError, netloc, without_password};
pub use node::{Node, NodeError, REWARD_COINS};
pub use proof::{
    GENESIS_PROOF, KNOWN_PROOFS, ProofError, ProofSearch, difference, is_proof_hash, proof_hash, proof_of_work,
};
pub use rules::{is_tutorials, wrong_rules};
