//! What a test can fail with: a sentence that says what was wanted and what was found.

use std::fmt;

use fantoccini::error::{CmdError, NewSessionError};
use thiserror::Error;

/// Why a test cannot go on.
///
/// Its debug form is its sentence too, because that is what a failing test prints.
#[derive(Error)]
pub enum Failure {
    /// The page did not show or offer what the test needs.
    #[error("{0}")]
    Page(String),
    /// What the test runs against is not there, or did not start.
    #[error("{0}")]
    Setup(String),
    /// The browser refused a command.
    #[error("the browser refused: {0}")]
    Browser(#[from] CmdError),
    /// The browser refused to start.
    #[error("the browser did not start: {0}")]
    Session(#[from] NewSessionError),
    /// A file, a process or a socket failed.
    #[error("input or output failed: {0}")]
    Io(#[from] std::io::Error),
    /// A WebSocket failed.
    #[error("the WebSocket failed: {0}")]
    Socket(#[from] tokio_tungstenite::tungstenite::Error),
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Failure {
    /// The page is not as it should be.
    pub fn page(text: impl Into<String>) -> Self {
        Self::Page(text.into())
    }

    /// Something that the test needs is not there.
    pub fn setup(text: impl Into<String>) -> Self {
        Self::Setup(text.into())
    }
}
