//! Structured logs on standard error. Refusals carry `rule`, `expected` and `found`; keys, seeds and what messages hold
//! are never logged.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

use crate::config::{LogFormat, UsageError};

/// Starts logging.
///
/// # Errors
/// When the levels make no sense.
pub fn start(format: LogFormat, levels: &str) -> Result<(), UsageError> {
    let filter = EnvFilter::builder()
        .parse(levels)
        .map_err(|error| UsageError::LogLevel { found: levels.to_owned(), why: error.to_string() })?;
    let logs = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    match format {
        LogFormat::Text => logs.init(),
        LogFormat::Json => logs.json().flatten_event(true).init(),
    }
    Ok(())
}
