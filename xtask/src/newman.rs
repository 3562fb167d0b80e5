//! Newman, which runs Postman collections from the command line: the one that the Developers page hands out must pass.
//!
//! It comes from npm, at exactly the versions of the lock file, into a folder of its own below cargo's. Tests find it in
//! `TABCOIN_NEWMAN`, and the Node that runs it in `TABCOIN_NODE`.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::names::short_hash;
use crate::workspace::Workspace;
use crate::{command, debian, narrate};

/// What npm installs from.
const FOLDER: &str = "tools/newman";
/// The program, within what npm installs.
const PROGRAM: &str = "node_modules/newman/bin/newman.js";

const MISSING: &str = "get Node.js 18 or later with npm from https://nodejs.org or your system's packages";

/// Tells tests where newman is, installing it first if it is not there.
pub(crate) fn tell<'a>(workspace: &Workspace, command: &'a mut Command) -> Result<&'a mut Command> {
    let (node, npm) = node_and_npm()?;
    let source = workspace.root.join(FOLDER);
    let lock = std::fs::read(source.join("package-lock.json")).context("cannot read the lock file of newman")?;
    // Named after what it holds, so that another version gets another.
    let folder = workspace.scratch().join(format!("newman-{}", short_hash(&lock)));
    let program = folder.join(PROGRAM);
    let ready = folder.join("ready");
    if !ready.exists() || !program.exists() {
        narrate::step(&format!("Installing {FOLDER} with npm"), || {
            std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
            for file in ["package.json", "package-lock.json"] {
                std::fs::copy(source.join(file), folder.join(file)).with_context(|| format!("cannot copy {file}"))?;
            }
            let mut install = Command::new(&npm);
            install.args(["ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]);
            command::run(install.current_dir(&folder), MISSING)?;
            std::fs::write(&ready, "").context("cannot mark newman as installed")
        })?;
    }
    Ok(command.env("TABCOIN_NODE", node).env("TABCOIN_NEWMAN", program))
}

fn node_and_npm() -> Result<(PathBuf, PathBuf)> {
    let find = || Some((command::find_on_path("node")?, command::find_on_path("npm")?));
    if find().is_none() && debian::can_install() {
        debian::install(&["nodejs", "npm"])?;
    }
    match find() {
        Some(found) => Ok(found),
        None => bail!("the tests of the Postman collection need Node.js and npm: {MISSING}"),
    }
}
