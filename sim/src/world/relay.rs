//! How a relay performs its node's outputs, as `relay/src/room` does.
//!
//! A turn takes what has arrived, has all of it stored in one transaction, and only then does anything else of what the
//! node wants done. Where the store fails, nothing of the turn is done, everybody's link is closed, and the node is made
//! anew from the store; nobody is let in until the store works again.

use std::collections::VecDeque;

use shared::protocol::PeerId;

use super::net::End;

/// The first wait before a failing store is tried again, in milliseconds; doubled each time.
const PROBE_MS: u64 = 1_000;
/// The longest such wait.
const PROBE_MS_MAX: u64 = 30_000;
/// After how long without a failure the waits start over, in milliseconds.
const RECOVERED_MS: u64 = 60_000;

/// What arrives.
#[derive(Debug)]
pub enum Input {
    /// A member has come.
    Joined(End),
    /// A message.
    Message(End, Vec<u8>),
    /// A member has gone.
    Left(End),
}

/// What is done once the turn is stored.
#[derive(Debug)]
pub enum Effect {
    /// Send this.
    Send(PeerId, Vec<u8>),
    /// Close the link.
    CutOff(PeerId),
}

/// The inputs that wait, and the effects that do.
#[derive(Debug, Default)]
pub struct RelayShell {
    /// What arrived and was not taken yet.
    pub inbox: VecDeque<Input>,
    /// What is done once the turn is stored.
    pub effects: Vec<Effect>,
    /// Whether a turn is being stored.
    pub is_writing: bool,
    /// Whether the store fails.
    pub is_failing: bool,
    failures: u32,
    failed_at_ms: u64,
}

impl RelayShell {
    /// Notes that the store failed; says after how many milliseconds it is tried.
    pub fn failed(&mut self, now_ms: u64) -> u64 {
        if now_ms.saturating_sub(self.failed_at_ms) > RECOVERED_MS {
            self.failures = 0;
        }
        self.failed_at_ms = now_ms;
        self.is_failing = true;
        self.probe_later()
    }

    /// Says after how many milliseconds the store is tried again.
    pub fn probe_later(&mut self) -> u64 {
        let wait_ms = PROBE_MS.saturating_mul(1 << self.failures.min(16)).min(PROBE_MS_MAX);
        self.failures += 1;
        wait_ms
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_store_is_tried_ever_more_rarely() {
        let mut shell = RelayShell::default();
        let waits = [shell.failed(100_000), shell.probe_later(), shell.probe_later()];
        assert_eq!(waits, [1_000, 2_000, 4_000]);
        assert_eq!((0..9).map(|_| shell.probe_later()).max(), Some(PROBE_MS_MAX));
        assert_eq!(shell.failed(200_000), 1_000, "that was long ago");
    }
}
