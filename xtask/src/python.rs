//! The Pythons that tests run: one for each `requirements.txt` of `tools/`, with what that names.
//!
//! Each lives in a folder of its own below cargo's, and its path reaches the tests in a variable of the environment.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::names::short_hash;
use crate::workspace::Workspace;
use crate::{command, debian, narrate};

/// A Python program of `tools/` and what it needs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tool {
    /// What it needs, one package and its version a line.
    requirements: &'static str,
    /// The variable in which tests find its Python.
    variable: &'static str,
}

/// The checker of `docs/protocol.md`; also CPython itself, for what must be as Python does it.
pub(crate) const CHECKER: Tool = Tool { requirements: "tools/checker/requirements.txt", variable: "TABCOIN_PYTHON" };
/// A node of the tutorial's kind.
pub(crate) const TUTORIAL: Tool =
    Tool { requirements: "tools/tutorial/requirements.txt", variable: "TABCOIN_TUTORIAL_PYTHON" };
/// The program that asks the relay everything its OpenAPI document allows, and much that it does not.
pub(crate) const SCHEMATHESIS: Tool =
    Tool { requirements: "tools/schemathesis/requirements.txt", variable: "TABCOIN_SCHEMATHESIS_PYTHON" };

const MISSING: &str = "get Python 3.11 or later from https://www.python.org or your system's packages";

/// Tells tests which Python has what a tool needs, setting it up first if need be.
pub(crate) fn tell<'a>(workspace: &Workspace, tool: Tool, command: &'a mut Command) -> Result<&'a mut Command> {
    Ok(command.env(tool.variable, ensure(workspace, tool.requirements)?))
}

/// Returns the path of a Python that has what a file of requirements names.
fn ensure(workspace: &Workspace, requirements_file: &str) -> Result<PathBuf> {
    let requirements = workspace.root.join(requirements_file);
    let wanted = std::fs::read(&requirements).with_context(|| format!("cannot read {requirements_file}"))?;
    // Named after what it holds, so that other requirements get another.
    let folder = workspace.scratch().join(format!("python-{}", short_hash(&wanted)));
    let python = folder.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    let ready = folder.join("ready");
    if ready.exists() && python.exists() {
        return Ok(python);
    }
    narrate::step(&format!("Setting up Python with {requirements_file}"), || {
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
