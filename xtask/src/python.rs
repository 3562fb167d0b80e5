//! The Python that runs the checker of `docs/protocol.md`, with what its `requirements.txt` names.
//!
//! It lives in a folder of its own below cargo's, and its path reaches the tests as `TABCOIN_PYTHON`.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::names::short_hash;
use crate::workspace::Workspace;
use crate::{command, debian, narrate};

/// What the checker needs, one package and its version a line.
const REQUIREMENTS: &str = "tools/checker/requirements.txt";

const MISSING: &str = "get Python 3.9 or later from https://www.python.org or your system's packages";

/// Returns the path of a Python that has what the checker needs, setting it up first if need be.
pub(crate) fn ensure(workspace: &Workspace) -> Result<PathBuf> {
    let requirements = workspace.root.join(REQUIREMENTS);
    let wanted = std::fs::read(&requirements).with_context(|| format!("cannot read {REQUIREMENTS}"))?;
    // Named after what it holds, so that other requirements get another.
    let folder = workspace.scratch().join(format!("python-{}", short_hash(&wanted)));
    let python = folder.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    let ready = folder.join("ready");
    if ready.exists() && python.exists() {
        return Ok(python);
    }
    narrate::step(&format!("Setting up Python with {REQUIREMENTS}"), || {
        if folder.exists() {
            std::fs::remove_dir_all(&folder).with_context(|| format!("cannot empty {}", folder.display()))?;
        }
        make_environment(&folder)?;
        let mut install = Command::new(&python);
        install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]);
        install.arg("--requirement").arg(&requirements);
        command::run(&mut install, MISSING)?;
        std::fs::write(&ready, "").context("cannot mark Python as set up")
    })?;
    Ok(python)
}

fn make_environment(folder: &Path) -> Result<()> {
    let make = |python: &Path| command::read(Command::new(python).args(["-m", "venv"]).arg(folder)).map(drop);
    let first = match system_python() {
        Some(python) => make(&python),
        None => Err(anyhow::anyhow!("Python is not installed: {MISSING}")),
    };
    match first {
        // Debian keeps the module `venv` in a package of its own.
        Err(_) if debian::can_install() => {
            debian::install(&["python3", "python3-venv"])?;
            let Some(python) = system_python() else { bail!("Python is still not installed: {MISSING}") };
            make(&python)
        }
        Err(error) => {
            Err(error.context("cannot make a Python environment (on Debian or Ubuntu: apt-get install python3-venv)"))
        }
        Ok(()) => Ok(()),
    }
}

fn system_python() -> Option<PathBuf> {
    command::find_on_path("python3").or_else(|| command::find_on_path("python"))
}
