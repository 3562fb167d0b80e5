//! Checks the dependencies' licences, sources, versions and known vulnerabilities with cargo-deny.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::cache::{Profile, Tool};
use crate::workspace::Workspace;
use crate::{command, narrate};

const CARGO_DENY: Tool =
    Tool { package: "cargo-deny", program: "cargo-deny", version: "0.20.2", profile: Profile::Quick };

/// Longer than the advisories take to arrive over a slow line.
const PATIENCE: Duration = Duration::from_secs(120);

/// Runs every check whose data can be had here.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    let program = CARGO_DENY.ensure()?;
    let deny = || {
        let mut deny = Command::new(&program);
        deny.current_dir(&workspace.root).args(["--workspace", "--all-features"]);
        deny
    };
    let mut checks = vec!["bans", "licenses", "sources"];
    if fetch_advisories(deny())? {
        checks.push("advisories");
    } else {
        narrate::note("advisories were NOT checked: their database cannot be reached from here");
    }
    command::run(deny().args(["check", "--hide-inclusion-graph"]).args(checks), "it was just installed")
}

/// Tells whether the advisory database could be fetched.
fn fetch_advisories(mut deny: Command) -> Result<bool> {
    deny.args(["fetch", "db"]).stdout(Stdio::null()).stderr(Stdio::null());
    let mut fetch = deny.spawn().context("cannot start cargo-deny")?;
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(status) = fetch.try_wait()? {
            return Ok(status.success());
        }
        if Instant::now() > deadline {
            fetch.kill()?;
            fetch.wait()?;
            return Ok(false);
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}
