//! `cargo xtask kill`: a real relay, killed under load many times.

use anyhow::Result;

use crate::cli::KillOptions;
use crate::command;
use crate::workspace::Workspace;

/// Runs the test that `cargo xtask test` runs with fewer kills, and shows its figures.
pub(crate) fn run(workspace: &Workspace, options: &KillOptions) -> Result<()> {
    let mut kill = workspace.cargo();
    kill.args(["test", "--package", "relay", "--test", "durability_kill", "--", "--nocapture"]);
    kill.env("TABCOIN_KILLS", options.times.to_string());
    if let Some(seed) = options.seed {
        kill.env("TABCOIN_SEED", seed.to_string());
    }
    command::run(&mut kill, "see https://rustup.rs")
}
