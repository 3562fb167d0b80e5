//! The browser tests: what they need, and in which turns they run.
//!
//! Most of them wait for the network more than they compute, so they run side by side; those that time something run alone
//! afterwards.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::browser::Browser;
use crate::engine::{ALONE, Engine};
use crate::tally::{self, Tally};
use crate::workspace::Workspace;
use crate::{app, curl, faketime, newman, proxies, python, relay, wasm_target};

/// What has cargo run their program. Of the whole workspace, so that nothing is built a second time with fewer features.
pub(crate) const PROGRAM: [&str; 6] = ["test", "--workspace", "--features", "e2e/browser", "--test", "browser"];

/// How many run side by side: each is a browser, which is several programs already.
const SIDE_BY_SIDE: &str = "2";

/// Runs all of them in Chromium, and with them the other programs that talk to a relay: curl, nginx and Caddy, the
/// tutorial's Python node, newman and schemathesis.
pub(crate) fn in_chromium(workspace: &Workspace, filter: Option<&str>) -> Result<Tally> {
    let files = modules(workspace)?;
    let files: Vec<_> = files.iter().map(String::as_str).collect();
    in_turns(workspace, Engine::Chromium, &files, filter, |test| {
        faketime::ensure()?;
        proxies::tell(workspace, test)?;
        newman::tell(workspace, test)?;
        python::tell(workspace, python::SCHEMATHESIS, test).map(drop)
    })
}

/// Runs what is to hold in every engine, in one that is not Chromium; `files` are those of `e2e/tests`.
pub(crate) fn in_engine(workspace: &Workspace, engine: Engine, files: &[&str], filter: Option<&str>) -> Result<Tally> {
    in_turns(workspace, engine, files, filter, |_| Ok(()))
}

/// Tells browser tests, or the screenshots, what they run against.
pub(crate) fn against(command: &mut Command, browser: &Browser, relay: &Path, app: &Path) {
    browser.tell(command).env("TABCOIN_ENGINE", "chromium").env("TABCOIN_RELAY", relay).env("TABCOIN_APP", app);
}

/// Builds the app and the relay, and runs the tests in their turns.
fn in_turns(
    workspace: &Workspace,
    engine: Engine,
    files: &[&str],
    filter: Option<&str>,
    more: impl Fn(&mut Command) -> Result<()>,
) -> Result<Tally> {
    wasm_target::ensure()?;
    app::build(workspace)?;
    let relay = relay::build(workspace)?;
    curl::ensure()?;
    let all = modules(workspace)?;
    let mut tally = Tally::default();
    for turn in turns(&all, files, filter) {
        let mut test = workspace.cargo();
        python::tell(workspace, python::TUTORIAL, &mut test)?;
        more(&mut test)?;
        engine.tell(&mut test)?;
        test.env("TABCOIN_RELAY", &relay).env("TABCOIN_APP", workspace.dist());
        test.args(PROGRAM).args(["--", "--test-threads", turn.threads]);
        test.args(&turn.names);
        test.args(turn.left_out.iter().map(String::as_str).chain(engine.left_out()).flat_map(|name| ["--skip", name]));
        tally += tally::count(&mut test)?;
    }
    Ok(tally)
}

/// A run of the test program.
#[derive(Debug, Eq, PartialEq)]
struct Turn {
    /// How many tests run side by side.
    threads: &'static str,
    /// What a test's name has one of.
    names: Vec<String>,
    /// What it has none of.
    left_out: Vec<String>,
}

/// Returns the turns in which the tests of some files run, of all files there are.
fn turns(all: &BTreeSet<String>, files: &[&str], filter: Option<&str>) -> Vec<Turn> {
    let path = |file: &str| format!("{file}::");
    if let Some(filter) = filter {
        let others = all.iter().filter(|file| !files.contains(&file.as_str()));
        return vec![Turn {
            threads: "1",
            names: vec![filter.to_owned()],
            left_out: others.map(|file| path(file)).collect(),
        }];
    }
    let (alone, beside): (Vec<_>, Vec<_>) = files.iter().partition(|file| ALONE.contains(file));
    let turn = |threads, files: Vec<&str>| Turn {
        threads,
        names: files.into_iter().map(path).collect(),
        left_out: Vec::new(),
    };
    // A turn without names would run everything.
    [turn(SIDE_BY_SIDE, beside), turn("1", alone)].into_iter().filter(|turn| !turn.names.is_empty()).collect()
}

/// Returns the names of the files of tests, which are modules of one program.
fn modules(workspace: &Workspace) -> Result<BTreeSet<String>> {
    let main = workspace.root.join("e2e/tests/main.rs");
    let main = std::fs::read_to_string(&main).with_context(|| format!("cannot read {}", main.display()))?;
    Ok(main.lines().filter_map(|line| Some(line.strip_prefix("mod ")?.strip_suffix(';')?.to_owned())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> BTreeSet<String> {
        ["backup", "mining", "story", "typing"].map(str::to_owned).into()
    }

    fn turn(threads: &'static str, names: &[&str], left_out: &[&str]) -> Turn {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Turn { threads, names: owned(names), left_out: owned(left_out) }
    }

    #[test]
    fn what_times_something_runs_alone_after_the_rest() {
        let turns = turns(&all(), &["backup", "mining", "story", "typing"], None);
        let rest = turn("2", &["backup::", "typing::"], &[]);
        assert_eq!(turns, [rest, turn("1", &["mining::", "story::"], &[])]);
    }

    #[test]
    fn a_turn_of_nothing_is_none() {
        assert_eq!(turns(&all(), &["mining"], None), [turn("1", &["mining::"], &[])]);
        assert_eq!(turns(&all(), &["backup"], None), [turn("2", &["backup::"], &[])]);
        assert_eq!(turns(&all(), &[], None), []);
    }

    #[test]
    fn tests_asked_for_by_name_are_those_of_the_files() {
        let turns = turns(&all(), &["backup", "mining"], Some("words"));
        assert_eq!(turns, [turn("1", &["words"], &["story::", "typing::"])]);
    }
}
