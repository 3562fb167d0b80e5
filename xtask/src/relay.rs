//! Builds the relay.

use std::path::PathBuf;

use anyhow::Result;

use crate::workspace::Workspace;
use crate::{command, narrate};

/// Builds the relay in release and returns the program's path.
pub(crate) fn build(workspace: &Workspace) -> Result<PathBuf> {
    narrate::step("Building the relay", || {
        let mut build = workspace.cargo();
        build.args(["build", "--package", "relay", "--bin", "relay", "--release"]);
        command::run(&mut build, "see https://rustup.rs")
    })?;
    Ok(workspace.target.join("release").join(format!("relay{}", std::env::consts::EXE_SUFFIX)))
}
