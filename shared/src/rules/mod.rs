//! The rules of the sealed chain: one function per rule, one error per rule, every error a receipt.
//!
//! Rules take values and return `Ok` or the rule that was broken. They keep no state and know no order of events:
//! [`state`](crate::state) asks them, cheap before expensive, work before signatures, a parent before its child.

pub mod batch;
pub mod block;
#[cfg(test)]
pub(crate) mod crafted;
pub mod header;
pub mod receipt;
pub mod transaction;

pub use batch::{SignatureBatch, SignatureShare, VerifiedSignatures};
pub use block::BlockError;
pub use header::HeaderError;
pub use transaction::PaymentError;
