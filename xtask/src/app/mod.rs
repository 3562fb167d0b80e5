//! Builds the app into `dist/`: the same page, from the same `index.html`, that Trunk builds, without Trunk.
//!
//! Cargo compiles the wasm, [`bindgen`] writes its JavaScript, [`page`] puts both and the assets into the page, and
//! [`dist`] writes it all out, compressed. What has not changed is not done again.

mod bindgen;
mod compress;
mod dist;
mod page;
mod tags;

use std::path::PathBuf;

use anyhow::{Context, Result};

pub(crate) use dist::Built;

use crate::wasm_target::WASM;
use crate::workspace::Workspace;
use crate::{command, narrate};

/// The app's package, its program in it, and the cargo profile that makes it small.
const PACKAGE: &str = "frontend";
const PROGRAM: &str = "tabcoin";
const PROFILE: &str = "app";

/// Builds the app, or finds it built.
pub(crate) fn build(workspace: &Workspace) -> Result<Built> {
    let wasm = narrate::step("Building the app", || compile(workspace))?;
    let wasm = std::fs::read(&wasm).with_context(|| format!("cannot read {}", wasm.display()))?;
    let source = page::Source::read(&workspace.root)?;
    let builder = std::env::current_exe().and_then(std::fs::read).context("cannot read this program")?;
    let fingerprint = source.fingerprint(&wasm, &builder);
    let dist = dist::Dist::at(workspace.dist());
    if let Some(built) = dist.built_as(&fingerprint) {
        narrate::note("dist/ is up to date");
        return Ok(built);
    }
    narrate::step("Writing dist/", || {
        let glue = bindgen::generate(PROGRAM, wasm, &workspace.scratch())?;
        let files = source.resolve(glue)?;
        dist.write(&fingerprint, compress::all(files)?)
    })
}

fn compile(workspace: &Workspace) -> Result<PathBuf> {
    let mut build = workspace.cargo();
    build.args(["build", "--package", PACKAGE, "--bin", PROGRAM, "--profile", PROFILE, "--target", WASM]);
    command::run(&mut build, "see https://rustup.rs")?;
    Ok(workspace.target.join(WASM).join(PROFILE).join(format!("{PROGRAM}.wasm")))
}

/// A file of the built app, by its path below `dist/`.
#[derive(Debug, PartialEq)]
pub(crate) struct File {
    /// The path, with `/` between folders.
    pub(crate) path: String,
    /// The content.
    pub(crate) bytes: Vec<u8>,
}
