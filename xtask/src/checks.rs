//! What is checked of the code without running it.

use anyhow::{Context, Result, bail};

use crate::app;
use crate::wasm_target::WASM;
use crate::workspace::Workspace;
use crate::{command, narrate, wasm_target};

/// Packages that are compiled for the browser, or for its kind of machine.
const IN_THE_BROWSER: [&str; 5] = ["shared", "frontend", "bench", "sim", "verdict"];

/// Runs rustfmt over everything, changing nothing.
pub(crate) fn formatting(workspace: &Workspace) -> Result<()> {
    command::run(workspace.cargo().args(["fmt", "--all", "--check"]), "rustup component add rustfmt")
}

/// Runs clippy over everything as it is on this machine; a warning is an error.
pub(crate) fn clippy_native(workspace: &Workspace) -> Result<()> {
    let mut clippy = workspace.cargo();
    clippy.args(["clippy", "--workspace", "--all-targets", "--all-features", "--", "--deny", "warnings"]);
    command::run(&mut clippy, "rustup component add clippy")
}

/// Runs clippy over what the browser runs, as it is there.
pub(crate) fn clippy_wasm(workspace: &Workspace) -> Result<()> {
    wasm_target::ensure()?;
    let mut clippy = workspace.cargo();
    clippy.args(["clippy", "--target", WASM]);
    for package in IN_THE_BROWSER.iter().filter(|package| workspace.has(package)) {
        clippy.args(["--package", package]);
    }
    command::run(clippy.args(["--", "--deny", "warnings"]), "rustup component add clippy")
}

/// Builds the documentation; a broken link in it is an error.
pub(crate) fn documentation(workspace: &Workspace) -> Result<()> {
    let mut doc = workspace.cargo();
    doc.args(["doc", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "--deny warnings");
    command::run(&mut doc, "see https://rustup.rs")
}

/// Resolves what the fuzz targets depend on: they are a workspace of their own, whose lock file must keep up with the
/// packages of this one.
pub(crate) fn fuzz_lock(workspace: &Workspace) -> Result<()> {
    let manifest = workspace.root.join("fuzz").join("Cargo.toml");
    let mut metadata = workspace.cargo();
    metadata.args(["metadata", "--locked", "--format-version=1", "--manifest-path"]).arg(manifest);
    command::read(&mut metadata).map(drop).context("fuzz/Cargo.lock is behind: `cargo update --workspace` in fuzz")
}

/// Weighs the app as it is sent.
pub(crate) fn size(workspace: &Workspace) -> Result<()> {
    wasm_target::ensure()?;
    let built = app::build(workspace)?;
    if !built.is_within_budget() {
        bail!("{}", built.budget_line());
    }
    narrate::note(&built.budget_line());
    Ok(())
}
