//! faketime, with which tests give a program a clock that is wrong.

use anyhow::{Result, bail};

use crate::{command, debian};

/// Finds faketime, or installs it, or says how to get it.
pub(crate) fn ensure() -> Result<()> {
    if command::find_on_path("faketime").is_none() && debian::can_install() {
        debian::install(&["faketime"])?;
    }
    if command::find_on_path("faketime").is_none() {
        bail!("the tests of wrong clocks need faketime: Debian and Ubuntu: apt-get install faketime");
    }
    Ok(())
}
