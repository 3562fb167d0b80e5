//! `cargo xtask serve`: from a clone to a running network in one command.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::cli::ServeOptions;
use crate::workspace::Workspace;
use crate::{app, narrate, open, relay, wasm_target};

/// Builds what is not built yet, then becomes the relay.
pub(crate) fn run(workspace: &Workspace, options: &ServeOptions) -> Result<()> {
    let page = if options.open { Some(open::page_of(&options.listen)?) } else { None };
    let relay = build(workspace)?;
    if let Some(page) = &page {
        let this = std::env::current_exe().context("cannot find this program to open the browser with")?;
        Command::new(this).args(["open", page]).spawn().context("cannot start the program that opens the browser")?;
    }
    say!("==> Starting the relay; the chain is kept in {}", options.data_dir.display());
    let mut serve = Command::new(relay);
    serve.args(["serve", "--listen", &options.listen]).arg("--data-dir").arg(&options.data_dir);
    serve.arg("--app").arg(workspace.dist()).args(&options.relay);
    become_(&mut serve)
}

/// Builds the app and the relay, and returns the relay's path.
pub(crate) fn build(workspace: &Workspace) -> Result<PathBuf> {
    wasm_target::ensure()?;
    let app = app::build(workspace)?;
    narrate::note(&app.budget_line());
    relay::build(workspace)
}

/// Hands this process over to a command, so that signals reach it and it is never left behind.
#[cfg(unix)]
fn become_(command: &mut Command) -> Result<()> {
    use std::os::unix::process::CommandExt;
    Err(command.exec()).with_context(|| format!("cannot start {}", command.get_program().display()))
}

/// Runs a command; Ctrl-C reaches it because it shares this terminal.
#[cfg(not(unix))]
fn become_(command: &mut Command) -> Result<()> {
    crate::command::run(command, "build it with `cargo xtask build`")
}
