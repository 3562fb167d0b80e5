//! Counts tests, by reading the closing line of each test program as it passes by.

use std::fmt;
use std::io::{BufRead, BufReader};
use std::ops::AddAssign;
use std::process::{Command, Stdio};

use anyhow::{Context, Result};

use crate::command;

/// How many tests ended how.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Tally {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    /// Marked `#[ignore]`.
    pub(crate) skipped: u64,
}

impl Tally {
    /// Reads `test result: ok. 3 passed; 0 failed; 1 ignored; …`; nothing for any other line.
    fn of_line(line: &str) -> Option<Self> {
        let (_, counts) = line.strip_prefix("test result: ")?.split_once(". ")?;
        let count = |word: &str| {
            counts.split("; ").find_map(|part| part.strip_suffix(word)?.trim().parse::<u64>().ok()).unwrap_or_default()
        };
        Some(Self { passed: count("passed"), failed: count("failed"), skipped: count("ignored") })
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, more: Self) {
        self.passed += more.passed;
        self.failed += more.failed;
        self.skipped += more.skipped;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)?;
        if self.skipped > 0 {
            write!(f, ", {} skipped", self.skipped)?;
        }
        Ok(())
    }
}

/// Runs a `cargo test` command, showing what it writes, and counts its tests.
///
/// A run that fails without a failed test, such as one that does not compile, counts as one failure.
pub(crate) fn count(command: &mut Command) -> Result<Tally> {
    let shown = command::shown(command);
    let mut child = command.stdout(Stdio::piped()).spawn().with_context(|| format!("cannot start `{shown}`"))?;
    let output = child.stdout.take().context("the output was asked for")?;
    let mut tally = Tally::default();
    for line in BufReader::new(output).lines() {
        let line = line.unwrap_or_else(|_| "(a line that is not text)".to_owned());
        say!("{line}");
        if let Some(more) = Tally::of_line(&line) {
            tally += more;
        }
    }
    let status = child.wait().context("the tests were started")?;
    if !status.success() && tally.failed == 0 {
        say!("`{shown}` failed: {status}");
        tally.failed = 1;
    }
    Ok(tally)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closing_line_is_read() {
        let line = "test result: FAILED. 12 passed; 3 failed; 1 ignored; 0 measured; 7 filtered out; finished in 0.10s";
        assert_eq!(Tally::of_line(line), Some(Tally { passed: 12, failed: 3, skipped: 1 }));
        assert_eq!(Tally::of_line("test a_block_is_taken ... ok"), None);
    }

    #[test]
    fn the_count_is_plain() {
        let mut tally = Tally { passed: 3, failed: 0, skipped: 0 };
        assert_eq!(tally.to_string(), "3 passed, 0 failed");
        tally += Tally { passed: 1, failed: 2, skipped: 1 };
        assert_eq!(tally.to_string(), "4 passed, 2 failed, 1 skipped");
    }
}
