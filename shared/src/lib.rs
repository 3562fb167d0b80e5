//! Tabcoin's core: what a coin, a block and a node are, and nothing of where they run.
//!
//! Nothing here does I/O, reads a clock or draws randomness; all three are handed in. The tab, the relay and the
//! simulator are shells around the same [`protocol`]. Read in this order:
//!
//! 1. [`values`]: amounts, keys, addresses, hashes, targets, transactions, blocks, parameters and their encoding;
//! 2. [`rules`]: one function per rule, each refusing with a receipt;
//! 3. [`state`]: the ledger, the block tree, the mempool, mining, the wallet;
//! 4. [`protocol`]: messages, peers, sync, and the node, which is the only door;
//! 5. [`exchange`] and [`tutorial`]: HTTP handed to a node, and the tutorial's requests on sealed blocks;
//! 6. [`classic`]: the tutorial's own chain;
//! 7. [`backup`]: a seed as 24 words, and an encrypted file of what a browser keeps.
//!
//! Beside them, [`visible`](mod@visible) writes what strangers say so that it can be shown, and [`counted`] a count with its
//! noun.

pub mod backup;
pub mod classic;
mod counted;
pub mod encoding;
pub mod exchange;
pub mod export;
pub mod pages;
pub mod protocol;
pub mod rules;
pub mod spelling;
pub mod state;
pub mod testing;
pub mod text;
pub mod tutorial;
pub mod values;
pub mod visible;

pub use counted::counted;
pub use encoding::{DecodeError, decode, encode};
pub use rules::receipt::{Receipt, Refusal};
pub use values::*;
pub use visible::visible;
