//! How a run of many parts went: every part runs, whatever became of the others, and the last line counts.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Result;

use crate::narrate;
use crate::tally::Tally;

/// The run so far.
#[derive(Debug, Default)]
pub(crate) struct Report {
    tally: Tally,
    troubles: Vec<String>,
    /// The parts that ran, with what each took.
    parts: Vec<(String, Duration)>,
}

impl Report {
    /// Runs a part that counts tests. One that cannot run is a failure, never a skip.
    pub(crate) fn tests(&mut self, name: &str, part: impl FnOnce() -> Result<Tally>) {
        match self.timed(name, part) {
            Ok(tally) => {
                narrate::note(&tally.to_string());
                if tally.failed > 0 {
                    self.troubles.push(format!("{name}: {tally}"));
                }
                self.tally += tally;
            }
            Err(error) => self.trouble(name, &error),
        }
    }

    /// Runs a part that holds or does not.
    pub(crate) fn check(&mut self, name: &str, part: impl FnOnce() -> Result<()>) {
        if let Err(error) = self.timed(name, part) {
            self.trouble(name, &error);
        }
    }

    fn timed<T>(&mut self, name: &str, part: impl FnOnce() -> Result<T>) -> Result<T> {
        let started = Instant::now();
        let outcome = narrate::step(name, part);
        self.parts.push((name.to_owned(), started.elapsed()));
        outcome
    }

    fn trouble(&mut self, name: &str, error: &anyhow::Error) {
        say!("    {error:#}");
        self.troubles.push(format!("{name}: {error:#}"));
        self.tally.failed += 1;
    }

    /// Whether nothing was counted, neither a test nor a failure.
    pub(crate) fn is_empty(&self) -> bool {
        self.tally == Tally::default()
    }

    /// Says where the time went and what went wrong, prints the count as the last line, and returns what the process exits
    /// with.
    pub(crate) fn close(self) -> ExitCode {
        if self.parts.len() > 1 {
            println!("\nWhere the time went:");
            for (name, took) in &self.parts {
                println!("  {:>7}  {name}", narrate::seconds(*took));
            }
            let whole = self.parts.iter().map(|(_, took)| *took).sum();
            println!("  {:>7}  all of it", narrate::seconds(whole));
        }
        if !self.troubles.is_empty() {
            say!("\nWhat failed:");
            for trouble in &self.troubles {
                say!("  {}", trouble.replace('\n', "\n    "));
            }
        }
        say!("\n{}", self.tally);
        if self.tally.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::bail;

    #[test]
    fn a_part_that_cannot_run_counts_as_a_failure() {
        let mut report = Report::default();
        report.tests("none", || Ok(Tally::default()));
        assert!(report.is_empty());
        report.tests("some", || Ok(Tally { passed: 2, ..Tally::default() }));
        assert!(!report.is_empty());
        report.check("others", || bail!("no browser"));
        assert_eq!(report.tally, Tally { passed: 2, failed: 1, skipped: 0 });
        assert_eq!(report.troubles, ["others: no browser"]);
    }
}
