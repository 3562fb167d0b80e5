//! What is compiled, but neither linked nor run, for the systems that CI is not: Windows and macOS.
//!
//! The browser tests' harness is left out: it stops browsers by Unix's process groups.

use std::process::Command;

use anyhow::{Result, bail};

use crate::workspace::Workspace;
use crate::{command, debian, wasm_target};

/// The packages with programs that people run.
const PACKAGES: [&str; 4] = ["shared", "relay", "sim", "xtask"];
const WINDOWS: &str = "x86_64-pc-windows-gnu";
const MACOS: &str = "aarch64-apple-darwin";
/// What compiles the C in our libraries for Windows.
const C_FOR_WINDOWS: &str = "x86_64-w64-mingw32-gcc";

/// Runs clippy as for Windows; a warning is an error.
pub(crate) fn windows(workspace: &Workspace) -> Result<()> {
    if !cfg!(windows) && command::find_on_path(C_FOR_WINDOWS).is_none() {
        if debian::can_install() {
            debian::install(&["gcc-mingw-w64-x86-64"])?;
        } else {
            bail!("{C_FOR_WINDOWS} is not installed; Debian and Ubuntu: sudo apt-get install gcc-mingw-w64-x86-64");
        }
    }
    run(&mut check(workspace, WINDOWS)?)
}

/// The same for macOS, of all that is Rust. No C compiler of Debian has macOS's headers, and nothing is linked, so elsewhere
/// than on macOS the little C in our libraries is passed over.
pub(crate) fn macos(workspace: &Workspace) -> Result<()> {
    let mut check = check(workspace, MACOS)?;
    if !cfg!(target_os = "macos") {
        check.env("CC_aarch64_apple_darwin", "true").env("AR_aarch64_apple_darwin", "true");
    }
    run(&mut check)
}

fn check(workspace: &Workspace, target: &str) -> Result<Command> {
    wasm_target::ensure_target(target)?;
    let mut check = workspace.cargo();
    check.args(["clippy", "--target", target]);
    check.args(PACKAGES.iter().flat_map(|package| ["--package", package])).args(["--", "--deny", "warnings"]);
    Ok(check)
}

fn run(check: &mut Command) -> Result<()> {
    command::run(check, "rustup component add clippy")
}
