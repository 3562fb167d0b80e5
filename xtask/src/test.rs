//! `cargo xtask test`: every test there is.

use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::cli::{Part, TestOptions};
use crate::engine::Engine;
use crate::report::Report;
use crate::tally::{self, Tally};
use crate::workspace::Workspace;
use crate::{browser_tests, engine, faketime, python, wasm_target};

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
    if matches!(options.only, None | Some(Part::Unit)) {
        report.tests("Native tests", || native(workspace, &["--workspace"], filter));
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
                Engine::Chromium => browser_tests::in_chromium(workspace, filter),
                other => browser_tests::in_engine(workspace, other, &engine::on_demand(), filter),
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
