//! What must hold whatever comes: every test of this program is a property, and each is tried with [`CASES`] cases.
//!
//! `cargo test -p shared --test properties -- --list` names and counts them. The cases are the same on every run and
//! every machine; `PROPTEST_RNG_SEED=7` draws others. A case that ever failed is kept in `proptest-regressions/` beside
//! this folder, and is tried first from then on.
//!
//! What is costly to make, such as a signature or a proof, is made once ([`fixtures`]) and used in many cases.

mod addresses;
mod amounts;
mod chains;
mod classic;
mod encodings;
mod files;
mod fixtures;
mod ledgers;
mod mempools;
mod mining;
mod names;
mod nodes;
mod receipts;
mod roots;
mod signatures;
mod targets;
mod values;
mod wallets;
mod wire;

use proptest::prelude::ProptestConfig;
use proptest::test_runner::RngSeed;

/// How many cases each property is tried with.
const CASES: u32 = 10_000;
/// Where the cases come from, unless another seed is asked for.
const SEED: u64 = 0x7ab;

/// How every property here is tried.
fn config() -> ProptestConfig {
    let usual = ProptestConfig::default();
    let rng_seed = if usual.rng_seed == RngSeed::Random { RngSeed::Fixed(SEED) } else { usual.rng_seed };
    ProptestConfig { cases: CASES, rng_seed, ..usual }
}
