//! curl, with which tests do what a learner does with it.

use anyhow::{Result, bail};

use crate::{command, debian};

/// Finds curl, or installs it, or says how to get it.
pub(crate) fn ensure() -> Result<()> {
    if command::find_on_path("curl").is_none() && debian::can_install() {
        debian::install(&["curl"])?;
    }
    if command::find_on_path("curl").is_none() {
        bail!("the tests of the tutorial's requests need curl: get it from https://curl.se or your system's packages");
    }
    Ok(())
}
