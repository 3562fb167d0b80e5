//! WebKitGTK, whose engine Safari has: its driver, which knows the small browser it comes with, and the screen in memory
//! that it shows on. Only Linux has them.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, bail};

use crate::{browser, command, debian, narrate};

/// The driver, and the screen.
#[derive(Debug)]
pub(crate) struct Webkit {
    driver: PathBuf,
    screen: PathBuf,
}

impl Webkit {
    /// Finds both, or installs both, or says how to get them.
    pub(crate) fn ensure() -> Result<Self> {
        if Self::find().is_none() && debian::can_install() {
            debian::install(&["webkit2gtk-driver", "xvfb"])?;
        }
        match Self::find() {
            Some(found) => Ok(found),
            None => bail!(
                "the tests in WebKit need WebKitGTK's driver and Xvfb, on Linux.\n\
                 Debian and Ubuntu: sudo apt-get install webkit2gtk-driver xvfb\n\
                 Fedora: sudo dnf install webkitgtk6.0-devel xorg-x11-server-Xvfb\n\
                 What is not on the search path is named by the variables WEBKIT_DRIVER and XVFB."
            ),
        }
    }

    fn find() -> Option<Self> {
        let driver = browser::named_by("WEBKIT_DRIVER").or_else(|| command::find_on_path("WebKitWebDriver"))?;
        let screen = browser::named_by("XVFB").or_else(|| command::find_on_path("Xvfb"))?;
        Some(Self { driver, screen })
    }

    /// Tells the tests where both are.
    pub(crate) fn tell(&self, command: &mut Command) {
        narrate::note(&format!("driver: {}, screen: {}", self.driver.display(), self.screen.display()));
        command.env("WEBKIT_DRIVER", &self.driver).env("XVFB", &self.screen);
    }
}
