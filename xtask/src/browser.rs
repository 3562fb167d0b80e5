//! Chromium, which every browser test runs in, and chromedriver, the driver between them.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, bail};

use crate::{command, debian, narrate};

/// Names a Chrome goes by, the free ones first.
const CHROMES: [&str; 6] =
    ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome", "brave-browser"];
/// Where macOS keeps applications that are not on the search path.
const CHROMES_OF_MACOS: [&str; 2] = [
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
];
/// Where Ubuntu and Debian keep drivers that are not on the search path.
const DRIVERS_OF_DEBIAN: [&str; 2] = ["/usr/bin/chromedriver", "/usr/lib/chromium-browser/chromedriver"];

/// A Chrome or Chromium and its driver.
#[derive(Debug)]
pub(crate) struct Browser {
    chrome: PathBuf,
    driver: PathBuf,
}

impl Browser {
    /// Finds both, or installs both, or says how to get them.
    pub(crate) fn ensure() -> Result<Self> {
        if let Some(found) = Self::find() {
            return Ok(found);
        }
        if debian::can_install() {
            let packages = if debian::is_ubuntu() {
                ["chromium-browser", "chromium-chromedriver"]
            } else {
                ["chromium", "chromium-driver"]
            };
            debian::install(&packages)?;
        }
        match Self::find() {
            Some(found) => Ok(found),
            None => bail!(
                "the browser tests need Chrome or Chromium ({}) and its driver, chromedriver ({}), of the same version.\n\
                 Debian: sudo apt-get install chromium chromium-driver\n\
                 Fedora: sudo dnf install chromium chromedriver\n\
                 Arch: sudo pacman -S chromium\n\
                 macOS: brew install --cask google-chrome chromedriver\n\
                 Elsewhere: https://googlechromelabs.github.io/chrome-for-testing/\n\
                 What is not on the search path is named by the variables CHROME and CHROMEDRIVER.",
                if chrome().is_some() { "found" } else { "not found" },
                if driver().is_some() { "found" } else { "not found" },
            ),
        }
    }

    fn find() -> Option<Self> {
        Some(Self { chrome: chrome()?, driver: driver()? })
    }

    /// Tells the tests where both are.
    pub(crate) fn tell<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        narrate::note(&format!("browser: {}, driver: {}", self.chrome.display(), self.driver.display()));
        command.env("CHROME", &self.chrome).env("CHROMEDRIVER", &self.driver)
    }
}

fn chrome() -> Option<PathBuf> {
    named_by("CHROME")
        .or_else(|| CHROMES.iter().find_map(|name| command::find_on_path(name)))
        .or_else(|| existing(&CHROMES_OF_MACOS))
}

fn driver() -> Option<PathBuf> {
    named_by("CHROMEDRIVER").or_else(|| command::find_on_path("chromedriver")).or_else(|| existing(&DRIVERS_OF_DEBIAN))
}

/// Returns what a variable names, unless it is empty.
pub(crate) fn named_by(variable: &str) -> Option<PathBuf> {
    std::env::var_os(variable).filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// Returns the first of some files that there is.
pub(crate) fn existing(paths: &[&str]) -> Option<PathBuf> {
    paths.iter().map(PathBuf::from).find(|path| path.is_file())
}
