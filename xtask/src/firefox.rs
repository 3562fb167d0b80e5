//! Firefox and geckodriver, the driver between it and the tests.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, bail};

use crate::cache::{Profile, Tool};
use crate::{browser, command, debian, narrate};

/// No registry has it built for every machine, so it is built, quickly: it only hands commands on.
const DRIVER: Tool =
    Tool { package: "geckodriver", program: "geckodriver", version: "0.37.1", profile: Profile::Quick };
/// Names Firefox goes by.
const FIREFOXES: [&str; 2] = ["firefox-esr", "firefox"];
/// Where macOS keeps it.
const FIREFOX_OF_MACOS: [&str; 1] = ["/Applications/Firefox.app/Contents/MacOS/firefox"];

/// Firefox and its driver.
#[derive(Debug)]
pub(crate) struct Firefox {
    firefox: PathBuf,
    driver: PathBuf,
}

impl Firefox {
    /// Finds both, or installs both, or says how to get them.
    pub(crate) fn ensure() -> Result<Self> {
        if find().is_none() && debian::can_install() && !debian::is_ubuntu() {
            debian::install(&["firefox-esr"])?;
        }
        let Some(firefox) = find() else {
            bail!(
                "the tests in Firefox need it: https://www.mozilla.org/firefox, or on Debian \
                 `sudo apt-get install firefox-esr`.\nWhat is not on the search path is named by the variable FIREFOX."
            );
        };
        let driver = browser::named_by("GECKODRIVER").or_else(|| command::find_on_path(DRIVER.program));
        let driver = match driver {
            Some(driver) => driver,
            None => DRIVER.ensure()?,
        };
        Ok(Self { firefox, driver })
    }

    /// Tells the tests where both are.
    pub(crate) fn tell(&self, command: &mut Command) {
        narrate::note(&format!("browser: {}, driver: {}", self.firefox.display(), self.driver.display()));
        command.env("FIREFOX", &self.firefox).env("GECKODRIVER", &self.driver);
    }
}

fn find() -> Option<PathBuf> {
    browser::named_by("FIREFOX")
        .or_else(|| FIREFOXES.iter().find_map(|name| command::find_on_path(name)))
        .or_else(|| browser::existing(&FIREFOX_OF_MACOS))
}
