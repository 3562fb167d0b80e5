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

/// The engine to test in: `TABCOIN_ENGINE`; none where it is not said.
pub(crate) fn engine() -> Option<String> {
    std::env::var("TABCOIN_ENGINE").ok()
}

/// Chrome or Chromium: `CHROME`.
pub(crate) fn chrome() -> Result<PathBuf, Failure> {
    named_by("CHROME")
}

/// Its driver: `CHROMEDRIVER`.
pub(crate) fn chromedriver() -> Result<PathBuf, Failure> {
    named_by("CHROMEDRIVER")
}

/// Firefox: `FIREFOX`.
pub(crate) fn firefox() -> Result<PathBuf, Failure> {
    program("FIREFOX")
}

/// Its driver: `GECKODRIVER`.
pub(crate) fn geckodriver() -> Result<PathBuf, Failure> {
    named_by("GECKODRIVER")
}

/// The driver of WebKitGTK, which knows its browser: `WEBKIT_DRIVER`.
pub(crate) fn webkit_driver() -> Result<PathBuf, Failure> {
    named_by("WEBKIT_DRIVER")
}

/// The screen in memory that WebKitGTK shows on: `XVFB`.
pub(crate) fn xvfb() -> Result<PathBuf, Failure> {
    named_by("XVFB")
}

/// The Python that runs the tutorial's node: `TABCOIN_TUTORIAL_PYTHON`.
pub(crate) fn tutorial_python() -> Result<PathBuf, Failure> {
    program("TABCOIN_TUTORIAL_PYTHON")
}

/// The Python that has schemathesis: `TABCOIN_SCHEMATHESIS_PYTHON`.
pub fn schemathesis_python() -> Result<PathBuf, Failure> {
    program("TABCOIN_SCHEMATHESIS_PYTHON")
}

/// The Node that runs newman: `TABCOIN_NODE`.
pub fn node() -> Result<PathBuf, Failure> {
    program("TABCOIN_NODE")
}

/// Newman: `TABCOIN_NEWMAN`.
pub fn newman() -> Result<PathBuf, Failure> {
    named_by("TABCOIN_NEWMAN")
}

/// nginx: `TABCOIN_NGINX`.
pub(crate) fn nginx() -> Result<PathBuf, Failure> {
    named_by("TABCOIN_NGINX")
}

/// Caddy: `TABCOIN_CADDY`.
pub(crate) fn caddy() -> Result<PathBuf, Failure> {
    named_by("TABCOIN_CADDY")
}

/// OpenSSL: `TABCOIN_OPENSSL`.
pub(crate) fn openssl() -> Result<PathBuf, Failure> {
    named_by("TABCOIN_OPENSSL")
}

/// The project's folder of tools.
pub fn tools() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../tools"))
}

/// The folder for pictures of what went wrong.
pub(crate) fn evidence() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../target/e2e"))
}

/// A program that must be called by the name it has: a Python finds its packages by that.
fn program(variable: &str) -> Result<PathBuf, Failure> {
    std::env::var_os(variable).map(PathBuf::from).ok_or_else(|| {
        Failure::setup(format!("{variable} is not set: run browser tests with `cargo xtask test --only browser`"))
    })
}

fn named_by(variable: &str) -> Result<PathBuf, Failure> {
    let path = program(variable)?;
    path.canonicalize().map_err(|error| Failure::setup(format!("{variable} names {}: {error}", path.display())))
}
