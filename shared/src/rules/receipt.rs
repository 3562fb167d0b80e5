//! A refusal in three lines: the rule, what was expected, what was found.
//!
//! The same receipt is drawn in the page, answered over HTTP, sent to a peer before it is cut off, and logged.

use std::borrow::Cow;

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

use crate::visible::visible;

/// The longest a line of a receipt may be, in bytes, so that a peer's receipt cannot fill a screen or a log.
pub const RECEIPT_LINE_BYTES_MAX: usize = 240;

/// Why something was refused.
///
/// Its lines can be shown anywhere: what [`Receipt::new`] takes, and what is read from JSON, has no hidden character and no
/// line longer than [`RECEIPT_LINE_BYTES_MAX`]. A peer's message is kept as it came until it is [bounded](Self::bounded).
#[derive(Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(from = "Lines")]
pub struct Receipt {
    /// The rule's name: "proof of work", "balance".
    pub rule: String,
    /// What the rule asks for.
    pub expected: String,
    /// What was there instead.
    pub found: String,
}

/// A receipt as somebody wrote it.
#[derive(Deserialize)]
struct Lines {
    rule: String,
    expected: String,
    found: String,
}

impl From<Lines> for Receipt {
    fn from(lines: Lines) -> Self {
        Self::new(lines.rule, lines.expected, lines.found)
    }
}

impl Receipt {
    /// Makes a receipt, each line with its hidden characters as escapes and cut at [`RECEIPT_LINE_BYTES_MAX`].
    pub fn new(rule: impl Into<String>, expected: impl Into<String>, found: impl Into<String>) -> Self {
        Self { rule: line(rule.into()), expected: line(expected.into()), found: line(found.into()) }
    }

    /// The same receipt with hidden characters as escapes and over-long lines cut; for receipts that a peer sent.
    #[must_use]
    pub fn bounded(self) -> Self {
        Self::new(self.rule, self.expected, self.found)
    }
}

impl std::fmt::Display for Receipt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: expected {}, found {}", visible(&self.rule), visible(&self.expected), visible(&self.found))
    }
}

/// Something that refuses by a rule.
pub trait Refusal: std::error::Error {
    /// The receipt for this refusal.
    fn receipt(&self) -> Receipt;
}

fn line(text: String) -> String {
    let mut line = match visible(&text) {
        Cow::Borrowed(_) => text,
        Cow::Owned(shown) => shown,
    };
    if line.len() > RECEIPT_LINE_BYTES_MAX {
        let mut end = RECEIPT_LINE_BYTES_MAX - '…'.len_utf8();
        while !line.is_char_boundary(end) {
            end -= 1;
        }
        line.truncate(end);
        line.push('…');
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_receipt_carries_an_escape_or_a_line_end_whoever_made_it() {
        let foreign = "\x1b[2J\nINFO forged\u{202e}";
        let shown = "\\u{1b}[2J\\nINFO forged\\u{202e}";
        assert_eq!(Receipt::new("r", "e", foreign).found, shown);
        let json = serde_json::json!({ "rule": foreign, "expected": "e", "found": "f" });
        assert_eq!(serde_json::from_value::<Receipt>(json).expect("a receipt").rule, shown);
        let raw = Receipt { rule: "r".to_owned(), expected: foreign.to_owned(), found: "f".to_owned() };
        assert_eq!(raw.to_string(), format!("r: expected {shown}, found f"));
        assert_eq!(raw.bounded().expected, shown);
    }

    #[test]
    fn a_line_at_the_limit_is_kept_and_one_past_it_is_cut_between_characters() {
        let fits = "é".repeat(RECEIPT_LINE_BYTES_MAX / 2);
        assert_eq!(Receipt::new("r", fits.clone(), "").expected, fits);
        let cut = Receipt::new("r", format!("{fits}!"), "").expected;
        assert!(cut.ends_with('…') && cut.len() <= RECEIPT_LINE_BYTES_MAX);
    }
}
