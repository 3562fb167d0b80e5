//! `cargo xtask bench`: measures, prints a table, and writes it to `target/bench/`.
//!
//! Machines are noisy, so native and wasm take turns in one run, and what is reported is the median, with the extremes
//! beside it. A benchmark judges nothing, unless it is asked to: `bench mining --check`.

mod chain;
mod http;
mod mining;
mod rounds;
mod table;

use anyhow::Result;

use crate::cli::Bench;
use crate::workspace::Workspace;

/// Runs a benchmark.
pub(crate) fn run(workspace: &Workspace, bench: &Bench) -> Result<()> {
    match bench {
        Bench::Chain(options) => chain::run(workspace, options),
        Bench::Http(options) => http::run(workspace, options),
        Bench::Mining(options) => mining::run(workspace, options),
    }
}
