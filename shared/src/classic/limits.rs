//! Every limit of the classic rules, each with its reason. A classic node hears from strangers, and the tutorial's own
//! code has no limits at all.

pub use crate::exchange::CLASSIC_CHAIN_BYTES_MAX;

/// The longest JSON text that is read, in bytes: what a frame from the relay can hold.
pub const JSON_BYTES_MAX: usize = crate::exchange::EXCHANGE_BYTES_MAX;
/// How deep lists and objects may lie within each other: far deeper than any block, and shallow enough for any stack.
pub const JSON_DEPTH_MAX: usize = 100;
/// The most digits of an integer: CPython's own limit (`sys.get_int_max_str_digits()`), beyond which its nodes fail.
pub const INTEGER_DIGITS_MAX: usize = 4_300;
/// The most attempts at a proof. One attempt in 65,536 succeeds, so this many fail once in e²⁵⁶ searches.
pub const PROOF_ATTEMPTS_MAX: u64 = 1 << 24;
/// The most transactions that may wait for a block.
pub const PENDING_MAX: usize = 1_000;
/// The longest transaction that is taken, in bytes of its JSON.
pub const CLASSIC_TRANSACTION_BYTES_MAX: usize = 4 << 10;
/// The most nodes that a node is connected to.
pub const NODES_MAX: usize = 256;
/// The longest name of a node's place, in bytes: a host's longest name (RFC 1035), a port, and an id and a token before
/// the `@`.
pub const NETLOC_BYTES_MAX: usize = 512;
/// The most that the waiting transactions may take together, in bytes of their JSON: half of a chain. With a chain and
/// nodes of the largest size, a saved node is still no longer than [`JSON_BYTES_MAX`].
pub const PENDING_BYTES_MAX: usize = 256 << 10;
