//! The line of progress: rewritten in place on a terminal, and rare where it is not one.

#![allow(clippy::disallowed_types, reason = "how long a run takes is measured, and nothing of it goes into the run")]

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use sim::checker::Violation;

/// How often the line is rewritten.
const TERMINAL_EVERY: Duration = Duration::from_millis(200);
/// How often a line is written where it cannot be rewritten.
const FILE_EVERY: Duration = Duration::from_secs(30);

/// The line, and when it was last written.
pub(super) struct Progress {
    all: u64,
    began: Instant,
    told: Instant,
    is_terminal: bool,
}

impl Progress {
    pub(super) fn new(all: u64) -> Self {
        let now = Instant::now();
        Self { all, began: now, told: now, is_terminal: std::io::stderr().is_terminal() }
    }

    pub(super) fn tell(&mut self, done: u64, failed: usize, virtual_ms: u64) {
        let every = if self.is_terminal { TERMINAL_EVERY } else { FILE_EVERY };
        if self.told.elapsed() < every {
            return;
        }
        self.told = Instant::now();
        let took = self.began.elapsed().as_secs_f64();
        let left = took / done as f64 * (self.all - done) as f64;
        let hours = virtual_ms as f64 / 3_600_000.0;
        let all = self.all;
        let line = format!("{done} of {all} seeds, {failed} failed, {hours:.0} virtual hours, {left:.0} s left");
        // Where nobody reads it, it is not needed.
        let _ = if self.is_terminal {
            write!(std::io::stderr(), "\r\x1b[K{line}")
        } else {
            writeln!(std::io::stderr(), "{line}")
        };
    }

    /// Says at once that a seed fails; what it takes is found out in the end.
    pub(super) fn fails(&self, seed: u64, violation: &Violation) {
        let clear = if self.is_terminal { "\r\x1b[K" } else { "" };
        let _ = writeln!(std::io::stderr(), "{clear}seed {seed} fails: {violation}");
    }

    /// Takes the line away; says how long all took.
    pub(super) fn close(self) -> Duration {
        if self.is_terminal {
            let _ = write!(std::io::stderr(), "\r\x1b[K");
        }
        self.began.elapsed()
    }
}
