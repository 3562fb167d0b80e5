//! `cargo xtask test`: every test there is.

use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::{Result, bail};

use crate::browser::Browser;
use crate::cli::{Part, TestOptions};
use crate::engine::{Engine, IN_EVERY_ENGINE, IN_EVERY_ENGINE_ON_DEMAND};
use crate::report::Report;
use crate::tally::{self, Tally};
use crate::workspace::Workspace;
use crate::{app, curl, faketime, newman, proxies, python, relay, wasm_target};

/// The package of the browser tests.
const BROWSER_TESTS: &str = "e2e";
/// The tests that run Python; they are among the native ones too.
const PYTHON_TESTS: [&str; 6] = ["--package", "shared", "--test", "checker", "--test", "classic"];

/// How many networks the simulator runs; each counts as a test.
const SEEDS: &str = "1000";

/// Runs the tests asked for and closes with the count.
pub(crate) fn run(workspace: &Workspace, options: &TestOptions) -> ExitCode {
    let mut report = Report::default();
    all(workspace, options, &mut report);
    if report.is_empty() {
        let filter = options.filter.as_deref().unwrap_or_default();
        report.check("Which tests", || bail!("no test has {filter:?} in its name"));
    }
    report.close()
}

/// Runs the tests asked for.
pub(crate) fn all(workspace: &Workspace, options: &TestOptions, report: &mut Report) {
    let filter = options.filter.as_deref();
    let everything_native = ["--workspace", "--exclude", BROWSER_TESTS];
    if matches!(options.only, None | Some(Part::Unit)) {
        report.tests("Native tests", || native(workspace, &everything_native, filter));
    }
    // A seed has no name that a filter could pick.
    if options.only == Some(Part::Sim) || (options.only.is_none() && filter.is_none()) {
        report.tests("Simulated networks", || in_virtual_time(workspace));
    }
    if options.only == Some(Part::Python) {
        report.tests("Python tests", || native(workspace, &PYTHON_TESTS, filter));
    }
    if matches!(options.only, None | Some(Part::Browser)) {
        for &engine in options.engine.list() {
            report.tests(&format!("Browser tests in {}", engine.title()), || match engine {
                Engine::Chromium => in_chromium(workspace, filter),
                other => in_engine(workspace, other, &on_demand(), filter),
            });
        }
    }
}

/// Runs tests that need no browser.
fn native(workspace: &Workspace, which: &[&str], filter: Option<&str>) -> Result<Tally> {
    // The native tests run the wasm kernel too.
    wasm_target::ensure()?;
    faketime::ensure()?;
    let mut test = workspace.cargo();
    python::tell(workspace, python::CHECKER, &mut test)?;
    test.args(["test", "--no-fail-fast"]).args(which).arg("--").args(filter);
    tally::count(&mut test)
}

/// Runs whole networks in virtual time, in release: most of it is hashing and signatures.
fn in_virtual_time(workspace: &Workspace) -> Result<Tally> {
    let mut simulator = workspace.cargo();
    tally::count(simulator.args(["run", "--release", "--package", "sim", "--", "--seeds", SEEDS]))
}

/// Builds the app and the relay and runs the browser tests against them, and the other programs that talk to a relay:
/// curl, nginx and Caddy, the tutorial's Python node, newman and schemathesis.
fn in_chromium(workspace: &Workspace, filter: Option<&str>) -> Result<Tally> {
    let browser = Browser::ensure()?;
    wasm_target::ensure()?;
    app::build(workspace)?;
    let relay = relay::build(workspace)?;
    let mut test = workspace.cargo();
    test.args(["test", "--no-fail-fast", "--package", BROWSER_TESTS]);
    curl::ensure()?;
    faketime::ensure()?;
    proxies::tell(workspace, &mut test)?;
    newman::tell(workspace, &mut test)?;
    python::tell(workspace, python::TUTORIAL, &mut test)?;
    python::tell(workspace, python::SCHEMATHESIS, &mut test)?;
    against(&mut test, &browser, &relay, &workspace.dist());
    // One browser at a time: each of them is several programs already.
    test.args(["--", "--test-threads=1"]).args(filter);
    tally::count(&mut test)
}

/// Runs what is to hold in every engine, in one that is not Chromium; `files` are those of `e2e/tests`.
pub(crate) fn in_engine(workspace: &Workspace, engine: Engine, files: &[&str], filter: Option<&str>) -> Result<Tally> {
    wasm_target::ensure()?;
    app::build(workspace)?;
    let relay = relay::build(workspace)?;
    let mut test = workspace.cargo();
    test.args(["test", "--no-fail-fast", "--package", BROWSER_TESTS]);
    test.args(files.iter().flat_map(|file| ["--test", file]));
    curl::ensure()?;
    python::tell(workspace, python::TUTORIAL, &mut test)?;
    engine.tell(&mut test)?;
    test.env("TABCOIN_RELAY", relay).env("TABCOIN_APP", workspace.dist());
    test.args(["--", "--test-threads=1"]);
    test.args(engine.left_out().iter().flat_map(|name| ["--skip", name])).args(filter);
    tally::count(&mut test)
}

/// The files of tests that run where an engine is asked for by name.
fn on_demand() -> Vec<&'static str> {
    [&IN_EVERY_ENGINE[..], &IN_EVERY_ENGINE_ON_DEMAND[..]].concat()
}

/// Tells browser tests, or the screenshots, what they run against.
pub(crate) fn against(command: &mut Command, browser: &Browser, relay: &Path, app: &Path) {
    browser.tell(command).env("TABCOIN_ENGINE", "chromium").env("TABCOIN_RELAY", relay).env("TABCOIN_APP", app);
}
