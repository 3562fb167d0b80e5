//! What a node knows: who owns what, which blocks there are, which payments wait, and what it is mining.
//!
//! State asks the [rules](crate::rules) and keeps the answers. It is told `now` where it needs the time, and what it
//! should store or send it only reports: [`protocol`](crate::protocol) does the rest.

pub mod bodies;
pub mod chain;
pub mod ledger;
pub mod mempool;
pub mod mining;
pub mod pow;
pub mod wallet;

pub use bodies::{Bodies, MemoryBodies};
pub use chain::{
    BRANCH_ACCOUNTS_MAX, BlockStatus, Body, BodyOutcome, Chain, FoundTransaction, HashedBlock, HeaderOutcome,
    MISSING_WINDOW, Tip, TipChange, Walk,
};
pub use ledger::{Account, Ledger, Undo};
pub use mempool::{Accepted, Dropped, FeeRate, MEMPOOL_BYTES_MAX, Mempool, MempoolChange, MempoolError};
pub use mining::{Job, JobId, SearchCursor, SearchOutcome, Template, search};
pub use pow::{Kernel, LANES_MAX, PreparedHeader, Scalar};

/// Random tests draw the same cases on every run and every machine.
#[cfg(test)]
fn proptest_config(cases: u32) -> proptest::prelude::ProptestConfig {
    let rng_seed = proptest::test_runner::RngSeed::Fixed(0x7ab);
    proptest::prelude::ProptestConfig { cases, rng_seed, failure_persistence: None, ..Default::default() }
}
