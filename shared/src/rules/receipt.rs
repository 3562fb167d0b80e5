//! A refusal in three lines: the rule, what was expected, what was found.
//!
//! The same receipt is drawn in the page, answered over HTTP, sent to a peer before it is cut off, and logged.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

/// The longest a line of a receipt may be, in bytes, so that a peer's receipt cannot fill a screen or a log.
pub const RECEIPT_LINE_BYTES_MAX: usize = 240;

/// Why something was refused.
#[derive(Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct Receipt {
    /// The rule's name: "proof of work", "balance".
    pub rule: String,
    /// What the rule asks for.
    pub expected: String,
    /// What was there instead.
    pub found: String,
}

impl Receipt {
    /// Makes a receipt, each line cut at [`RECEIPT_LINE_BYTES_MAX`].
    pub fn new(rule: impl Into<String>, expected: impl Into<String>, found: impl Into<String>) -> Self {
        Self { rule: cut(rule.into()), expected: cut(expected.into()), found: cut(found.into()) }
    }

    /// The same receipt with over-long lines cut; for receipts that a peer sent.
    #[must_use]
    pub fn bounded(self) -> Self {
        Self::new(self.rule, self.expected, self.found)
    }
}

impl std::fmt::Display for Receipt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: expected {}, found {}", self.rule, self.expected, self.found)
    }
}

/// Something that refuses by a rule.
pub trait Refusal: std::error::Error {
    /// The receipt for this refusal.
    fn receipt(&self) -> Receipt;
}

fn cut(mut line: String) -> String {
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
    fn a_line_at_the_limit_is_kept_and_one_past_it_is_cut_between_characters() {
        let fits = "é".repeat(RECEIPT_LINE_BYTES_MAX / 2);
        assert_eq!(Receipt::new("r", fits.clone(), "").expected, fits);
        let cut = Receipt::new("r", format!("{fits}!"), "").expected;
        assert!(cut.ends_with('…') && cut.len() <= RECEIPT_LINE_BYTES_MAX);
    }
}
