//! Tells the person at the terminal what happens and how long it took.

use std::time::{Duration, Instant};

use anyhow::Result;

/// Says what begins, does it, and says how long it took.
pub(crate) fn step<T>(what: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    say!("==> {what}");
    let started = Instant::now();
    let outcome = work();
    let word = if outcome.is_ok() { "done" } else { "failed" };
    say!("    {word} in {}", seconds(started.elapsed()));
    outcome
}

/// Says one thing more about the step at hand.
pub(crate) fn note(text: &str) {
    say!("    {text}");
}

/// Formats a duration as seconds, with one decimal where it matters.
pub(crate) fn seconds(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    if seconds < 10.0 { format!("{seconds:.1} s") } else { format!("{seconds:.0} s") }
}

/// Formats a size in kilobytes of 1,000 bytes, as the budget counts them.
pub(crate) fn kilobytes(bytes: u64) -> String {
    format!("{:.1} kB", bytes as f64 / 1000.0)
}
