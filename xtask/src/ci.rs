//! `cargo xtask ci`: what must hold before a change is taken, the quick things first.

use std::process::ExitCode;

use anyhow::Result;

use crate::browser::Browser;
use crate::cli::TestOptions;
use crate::engine::{Engine, IN_EVERY_ENGINE};
use crate::report::Report;
use crate::tally::{self, Tally};
use crate::workspace::Workspace;
use crate::{browser_tests, checks, cross, deny, relay, test, trunk};

/// Runs every check and every test, and closes with the count.
pub(crate) fn run(workspace: &Workspace) -> ExitCode {
    let mut report = Report::default();
    report.check("Formatting", || checks::formatting(workspace));
    report.check("Clippy, native", || checks::clippy_native(workspace));
    report.check("Clippy, wasm", || checks::clippy_wasm(workspace));
    report.check("Compiles for Windows", || cross::windows(workspace));
    report.check("Compiles for macOS", || cross::macos(workspace));
    report.check("Documentation", || checks::documentation(workspace));
    report.check("Lock file of the fuzz targets", || checks::fuzz_lock(workspace));
    test::all(workspace, &TestOptions::default(), &mut report);
    for engine in [Engine::Firefox, Engine::Webkit] {
        report.tests(&format!("The story, keeping, HTTP and mining in {}", engine.title()), || {
            browser_tests::in_engine(workspace, engine, &IN_EVERY_ENGINE, None)
        });
    }
    report.check("Size of the app", || checks::size(workspace));
    report.check("Dependencies", || deny::check(workspace));
    report.tests("The app as Trunk builds it", || trunks_app(workspace));
    report.close()
}

/// Runs one browser test against Trunk's build, so that the two ways to build the app cannot drift apart.
fn trunks_app(workspace: &Workspace) -> Result<Tally> {
    let browser = Browser::ensure()?;
    let app = trunk::build(workspace)?;
    let relay = relay::build(workspace)?;
    let mut test = workspace.cargo();
    test.args(browser_tests::PROGRAM).args(["--", "opens::"]);
    browser_tests::against(&mut test, &browser, &relay, &app);
    tally::count(&mut test)
}
