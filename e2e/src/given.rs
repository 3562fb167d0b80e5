//! What the tests are given by the environment: the programs they start, and the app they look at.

use std::path::PathBuf;

use crate::failure::Failure;

/// The built relay: `TABCOIN_RELAY`.
pub fn relay() -> Result<PathBuf, Failure> {
    named_by("TABCOIN_RELAY")
}

/// The folder of the built app: `TABCOIN_APP`.
pub fn app() -> Result<PathBuf, Failure> {
    named_by("TABCOIN_APP")
}

/// The browser: `CHROME`.
pub(crate) fn chrome() -> Result<PathBuf, Failure> {
    named_by("CHROME")
}

/// The browser's driver: `CHROMEDRIVER`.
pub(crate) fn chromedriver() -> Result<PathBuf, Failure> {
    named_by("CHROMEDRIVER")
}

/// The folder for pictures of what went wrong.
pub(crate) fn evidence() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../target/e2e"))
}

fn named_by(variable: &str) -> Result<PathBuf, Failure> {
    let path = std::env::var_os(variable).map(PathBuf::from);
    let path = path.ok_or_else(|| {
        Failure::setup(format!("{variable} is not set: run browser tests with `cargo xtask test --only browser`"))
    })?;
    path.canonicalize().map_err(|error| Failure::setup(format!("{variable} names {}: {error}", path.display())))
}
