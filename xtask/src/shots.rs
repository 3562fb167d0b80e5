//! `cargo xtask shots`: pictures of every page, for the eyes of whoever changed one.

use anyhow::Result;

use crate::browser::Browser;
use crate::workspace::Workspace;
use crate::{browser_tests, command, serve};

/// Builds the app unless a page elsewhere is named, then takes the pictures.
pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Result<()> {
    let browser = Browser::ensure()?;
    let mut shots = workspace.cargo();
    shots.args(["run", "--quiet", "--package", "e2e", "--bin", "shots", "--"]).args(arguments);
    let is_elsewhere = arguments.iter().any(|word| word.starts_with("--url") || word == "--help");
    if is_elsewhere {
        browser.tell(&mut shots);
    } else {
        let relay = serve::build(workspace)?;
        browser_tests::against(&mut shots, &browser, &relay, &workspace.dist());
    }
    command::run(&mut shots, "see https://rustup.rs")
}
