//! What the core costs: the same workloads, compiled natively and to WebAssembly, so that the two can be compared in
//! one run.
//!
//! A workload does a fixed amount of work and says how much; the caller's clock says how long it took. Nothing here
//! judges: one round gives one [`Sample`] a workload, and `cargo xtask bench` alternates rounds, takes medians and
//! writes the table.

pub mod chain;
pub mod mining;
pub mod refused;
pub mod replay;
mod sample;
#[cfg(target_arch = "wasm32")]
mod wasm;

pub use sample::{Clock, Sample, measure};
