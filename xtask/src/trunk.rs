//! Trunk, pinned: it serves the app while one develops, and must build the same app as `cargo xtask serve`.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::cache::{Profile, Tool};
use crate::workspace::Workspace;
use crate::{command, narrate, wasm_target};

const TRUNK: Tool = Tool { package: "trunk", program: "trunk", version: "0.21.14", profile: Profile::Quick };

/// Our own wasm-bindgen command; a program of ours cannot have that name, because rustc takes it for the old library.
const STAND_IN: &str = "bindgen-for-trunk";

/// Runs Trunk with arguments as typed.
pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Result<()> {
    wasm_target::ensure()?;
    command::run(trunk(workspace)?.args(arguments), "it was just installed")
}

/// Builds the app as it is released, with Trunk, and returns the folder it is in.
pub(crate) fn build(workspace: &Workspace) -> Result<PathBuf> {
    let dist = workspace.scratch().join("trunk-dist");
    wasm_target::ensure()?;
    let mut build = trunk(workspace)?;
    // The profile of the other build, so that its wasm is not compiled a second time.
    build.args(["build", "--release", "--cargo-profile", "app", "--dist"]).arg(&dist);
    command::run(&mut build, "it was just installed")?;
    Ok(dist)
}

fn trunk(workspace: &Workspace) -> Result<Command> {
    let mut trunk = Command::new(TRUNK.ensure()?);
    trunk.current_dir(&workspace.root).env("TRUNK_SKIP_VERSION_CHECK", "true");
    // Trunk takes a wasm-bindgen of the right version from the search path, and downloads one only failing that.
    let folder = wasm_bindgen(workspace)?;
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths(std::iter::once(folder).chain(std::env::split_paths(&path)))?;
    trunk.env("PATH", path);
    Ok(trunk)
}

/// Builds our own wasm-bindgen command and returns a folder with nothing else in it.
fn wasm_bindgen(workspace: &Workspace) -> Result<PathBuf> {
    let folder = workspace.scratch().join("bin");
    let program = |name: &str| format!("{name}{}", std::env::consts::EXE_SUFFIX);
    narrate::step("Building wasm-bindgen for Trunk", || {
        let mut build = workspace.cargo();
        build.args(["build", "--quiet", "--package", "xtask", "--bin", STAND_IN]);
        command::run(&mut build, "see https://rustup.rs")?;
        std::fs::create_dir_all(&folder)?;
        copy(&workspace.target.join("debug").join(program(STAND_IN)), &folder.join(program("wasm-bindgen")))
    })?;
    Ok(folder)
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    std::fs::copy(from, to).with_context(|| format!("cannot copy {} to {}", from.display(), to.display()))?;
    Ok(())
}
