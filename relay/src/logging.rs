//! Structured logs on standard error. Refusals carry `rule`, `expected` and `found`; keys, seeds and what messages hold
//! are never logged.
//!
//! What strangers wrote cannot act on the terminal or forge a line: hidden characters are written as escapes, whoever
//! logged them.

use std::io::{self, IsTerminal, Write};

use shared::visible::is_hidden;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::MakeWriter;

use crate::config::{LogFormat, UsageError};

/// Modules that may be named without a level, for all that they log.
const OWN_MODULES: [&str; 2] = ["relay", "shared"];

/// Starts logging.
///
/// # Errors
/// When the levels make no sense.
pub fn start(format: LogFormat, levels: &str) -> Result<(), UsageError> {
    check_levels(levels)?;
    let filter = EnvFilter::builder()
        .parse(levels)
        .map_err(|error| UsageError::LogLevel { found: levels.to_owned(), why: error.to_string() })?;
    let is_terminal = io::stderr().is_terminal();
    let escapes = match format {
        LogFormat::Text => Escapes::Text { is_colored: is_terminal },
        LogFormat::Json => Escapes::Json,
    };
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(ToStderr(escapes)).with_ansi(is_terminal);
    match format {
        LogFormat::Text => logs.init(),
        LogFormat::Json => logs.json().flatten_event(true).init(),
    }
    Ok(())
}

/// The filter takes every other word for a module's name, so that a mistyped level logs nothing at all.
fn check_levels(levels: &str) -> Result<(), UsageError> {
    let is_level = |word: &str| word.parse::<LevelFilter>().is_ok();
    let is_module = |word: &str| word.contains(['=', '[']) || word.contains("::") || OWN_MODULES.contains(&word);
    match levels.split(',').map(str::trim).find(|word| !word.is_empty() && !is_level(word) && !is_module(word)) {
        None => Ok(()),
        Some(word) => Err(UsageError::LogLevel {
            found: levels.to_owned(),
            why: format!("{word:?} is none of error, warn, info, debug, trace and off"),
        }),
    }
}

/// How a hidden character is written.
#[derive(Clone, Copy, Debug)]
enum Escapes {
    /// As Rust writes it. Colours are escapes of the formatter's own, which lets none of a value's through.
    Text { is_colored: bool },
    /// As JSON writes it (RFC 8259, section 7).
    Json,
}

impl Escapes {
    /// An event's line with its hidden characters written out; the end of the line stays.
    fn line(self, text: &str) -> String {
        let (line, end) = text.strip_suffix('\n').map_or((text, ""), |line| (line, "\n"));
        let mut shown = String::with_capacity(text.len());
        for character in line.chars() {
            let is_color = character == '\x1b' && matches!(self, Self::Text { is_colored: true });
            match self {
                _ if is_color || !is_hidden(character) => shown.push(character),
                Self::Text { .. } => shown.extend(character.escape_debug()),
                Self::Json => {
                    let mut units = [0; 2];
                    let units = character.encode_utf16(&mut units).iter();
                    shown.extend(units.map(|unit| format!("\\u{unit:04x}")));
                }
            }
        }
        shown + end
    }
}

/// Standard error, for one event at a time.
#[derive(Clone, Copy, Debug)]
struct ToStderr(Escapes);

impl<'a> MakeWriter<'a> for ToStderr {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        *self
    }
}

impl Write for ToStderr {
    /// Takes a whole event, as the formatter hands it over.
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        // Where nobody reads the log, it is written to nobody: the formatter would panic where it cannot say so either.
        let _ = io::stderr().write_all(self.0.line(&String::from_utf8_lossy(event)).as_bytes());
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_that_is_neither_a_level_nor_a_module_is_refused() {
        for levels in
            ["info", "WARN", "off", "0", "info,relay::session=debug", "relay", "relay::room", "hyper=warn", ""]
        {
            check_levels(levels).expect(levels);
        }
        for levels in ["inof", "verbose", "info,debgu"] {
            let refused = check_levels(levels).expect_err(levels).to_string();
            assert!(refused.contains("expected --log-level (or RUST_LOG)") && refused.contains(levels), "{refused}");
        }
    }

    #[test]
    fn an_event_is_one_line_whatever_it_quotes() {
        let event = "INFO said=one\nERROR forged \u{9b}31m \u{202e}\x1b[2J\n";
        let plain = "INFO said=one\\nERROR forged \\u{9b}31m \\u{202e}\\u{1b}[2J\n";
        assert_eq!(Escapes::Text { is_colored: false }.line(event), plain);
        let colored = Escapes::Text { is_colored: true }.line("\x1b[32mINFO\x1b[0m said=\u{85}\n");
        assert_eq!(colored, "\x1b[32mINFO\x1b[0m said=\\u{85}\n");
        let json = Escapes::Json.line("{\"said\":\"\u{202e}\u{9b}\u{e0041}é\"}\n");
        assert_eq!(json, "{\"said\":\"\\u202e\\u009b\\udb40\\udc41é\"}\n");
        let read: serde_json::Value = serde_json::from_str(&json).expect("JSON");
        assert_eq!(read["said"], "\u{202e}\u{9b}\u{e0041}é", "and it means the same");
    }
}
