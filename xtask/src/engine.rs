//! The engines that the browser tests run in, and which tests run in which.
//!
//! Everything runs in Chromium. What is to hold in every engine is listed here, by file of `e2e/tests`, which is a module of
//! its one test program; in those files, what only Chromium can be made to do is in a module `chromium`, which other engines
//! leave out. A test left out is not counted.

use std::process::Command;

use anyhow::Result;
use clap::ValueEnum;

use crate::browser::Browser;
use crate::firefox::Firefox;
use crate::webkit::Webkit;

/// The files that CI runs in every engine: the story, keeping, HTTP and mining, what browsers put off each in its own way,
/// and the harness itself.
pub(crate) const IN_EVERY_ENGINE: [&str; 8] =
    ["harness", "story", "keeping", "curl_classic", "curl_sealed", "python_node", "mining", "reconnecting"];
/// The files that run in every engine where one is asked for by name.
const IN_EVERY_ENGINE_ON_DEMAND: [&str; 5] = ["opens", "lesson", "bad_input", "hostile_names", "verifying"];
/// The files whose tests look at how fast something is: nothing else runs beside one of them.
pub(crate) const ALONE: [&str; 8] =
    ["clocks", "gpu", "mining", "reconnecting", "reorganising", "story", "switches", "verifying"];
/// The module of tests that only Chromium runs.
const CHROMIUM_ONLY: &str = "chromium::";

/// Tests that do not hold in WebKitGTK as it is driven here, and are not run there: a page may open no windows without a
/// click, and it is told of more processors than there are, so that its miners crowd each other. `docs/browsers.md` says
/// so too.
const NOT_IN_WEBKIT: [&str; 3] = [
    "tabs_that_race_for_one_identity_are_different_nodes_and_one_of_them_has_it",
    "every_core_mines_and_all_stop_at_once",
    "mining_stops_at_once_and_the_page_stays_smooth_meanwhile",
];

/// Returns the files that run where an engine is asked for by name.
pub(crate) fn on_demand() -> Vec<&'static str> {
    [&IN_EVERY_ENGINE[..], &IN_EVERY_ENGINE_ON_DEMAND[..]].concat()
}

/// An engine.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Engine {
    /// Chrome's and Edge's, which every test runs in.
    Chromium,
    /// Firefox's.
    Firefox,
    /// Safari's, as WebKitGTK.
    Webkit,
}

/// What `--engine` takes.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub(crate) enum Engines {
    /// Every browser test, in Chromium.
    #[default]
    Chromium,
    /// What is to hold in every engine, in Firefox.
    Firefox,
    /// The same in WebKitGTK, whose engine Safari has; on Linux.
    Webkit,
    /// All three, one after the other.
    All,
}

impl Engines {
    /// Returns the engines, in the order they are run in.
    pub(crate) fn list(self) -> &'static [Engine] {
        match self {
            Self::Chromium => &[Engine::Chromium],
            Self::Firefox => &[Engine::Firefox],
            Self::Webkit => &[Engine::Webkit],
            Self::All => &[Engine::Chromium, Engine::Firefox, Engine::Webkit],
        }
    }
}

impl Engine {
    /// Returns the name that people know it by.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Chromium => "Chromium",
            Self::Firefox => "Firefox",
            Self::Webkit => "WebKit",
        }
    }

    /// Returns what the names of tests that it does not run contain.
    pub(crate) fn left_out(self) -> Vec<&'static str> {
        match self {
            Self::Chromium => Vec::new(),
            Self::Firefox => vec![CHROMIUM_ONLY],
            Self::Webkit => [&[CHROMIUM_ONLY], &NOT_IN_WEBKIT[..]].concat(),
        }
    }

    /// Tells tests which engine they run in, and where its browser and driver are, installing them first if need be.
    pub(crate) fn tell(self, command: &mut Command) -> Result<()> {
        command.env("TABCOIN_ENGINE", self.title().to_lowercase());
        match self {
            Self::Chromium => drop(Browser::ensure()?.tell(command)),
            Self::Firefox => Firefox::ensure()?.tell(command),
            Self::Webkit => Webkit::ensure()?.tell(command),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::{Path, PathBuf};

    use super::*;

    fn folder() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../e2e/tests")
    }

    #[test]
    fn every_file_of_browser_tests_is_compiled() {
        let main = fs::read_to_string(folder().join("main.rs")).expect("a file");
        let compiled: BTreeSet<_> =
            main.lines().filter_map(|line| Some(line.strip_prefix("mod ")?.strip_suffix(';')?.to_owned())).collect();
        let files = fs::read_dir(folder()).expect("a folder").map(|entry| entry.expect("an entry").path());
        let there: BTreeSet<_> = files
            .filter(|file| file.extension().is_some_and(|extension| extension == "rs"))
            .filter_map(|file| Some(file.file_stem()?.to_str()?.to_owned()))
            .filter(|file| file != "main")
            .collect();
        assert_eq!(compiled, there);
    }

    #[test]
    fn every_file_that_is_named_is_there() {
        for file in IN_EVERY_ENGINE.iter().chain(&IN_EVERY_ENGINE_ON_DEMAND).chain(&ALONE) {
            assert!(folder().join(format!("{file}.rs")).is_file(), "e2e/tests/{file}.rs");
        }
    }

    #[test]
    fn every_test_that_webkit_leaves_out_is_there() {
        let texts =
            IN_EVERY_ENGINE.map(|file| fs::read_to_string(folder().join(format!("{file}.rs"))).expect("a file"));
        for name in NOT_IN_WEBKIT {
            assert!(texts.iter().any(|text| text.contains(&format!("fn {name}("))), "{name}");
        }
    }
}
