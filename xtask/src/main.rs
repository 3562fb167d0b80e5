//! Every chore of the project, as `cargo xtask <chore>`.
//!
//! This file only picks the chore. A chore lives in the file named after it and reads as its own list of steps; what
//! several chores need (running a command, telling what happens, finding the project) has a file of its own too.

#[macro_use]
mod output;

mod app;
mod bench;
mod browser;
mod browser_tests;
mod cache;
mod checks;
mod ci;
mod cli;
mod command;
mod coverage;
mod cross;
mod curl;
mod debian;
mod deny;
mod engine;
mod faketime;
mod firefox;
mod fuzz;
mod kill;
mod names;
mod narrate;
mod newman;
mod open;
mod proxies;
mod python;
mod relay;
mod report;
mod serve;
mod shots;
mod tally;
mod test;
mod trunk;
mod wasm_target;
mod webkit;
mod workspace;

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;

use cli::{Chore, Cli};
use workspace::Workspace;

fn main() -> Result<ExitCode> {
    let chore = Cli::parse().chore;
    let workspace = Workspace::find()?;
    match chore {
        Chore::Serve(options) => serve::run(&workspace, &options)?,
        Chore::Build => drop(serve::build(&workspace)?),
        Chore::Trunk(options) => trunk::run(&workspace, &options.arguments)?,
        Chore::Shots(options) => shots::run(&workspace, &options.arguments)?,
        Chore::Bench(bench) => bench::run(&workspace, &bench)?,
        Chore::Kill(options) => kill::run(&workspace, &options)?,
        Chore::Fuzz(options) => fuzz::run(&workspace, &options)?,
        Chore::Coverage(options) => coverage::run(&workspace, &options)?,
        Chore::Open { url } => open::when_ready(&url)?,
        // These two tell by their count how it went.
        Chore::Test(options) => return Ok(test::run(&workspace, &options)),
        Chore::Ci => return Ok(ci::run(&workspace)),
    }
    Ok(ExitCode::SUCCESS)
}
