//! A host's clock: it goes with virtual time, but may be wrong.

use shared::Timestamp;

use crate::time::Time;

/// A clock and how wrong it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Clock {
    /// How far it is ahead, in milliseconds; below zero where it is behind.
    pub ahead_ms: i64,
}

impl Clock {
    /// What it shows, where a true clock showed `start` when the run began.
    pub fn shows(self, start: Timestamp, now: Time) -> Timestamp {
        Timestamp::from_ms(start.as_ms().saturating_add(now.as_ms()).saturating_add_signed(self.ahead_ms))
    }

    /// When it shows this, if that is still to come; at once where it has.
    pub fn when(self, start: Timestamp, shows: Timestamp, now: Time) -> Time {
        now.plus_ms(shows.ms_since(self.shows(start, now)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_clock_shows_comes_when_it_says() {
        let (start, now) = (Timestamp::from_ms(1_000_000), Time::from_ms(500));
        for ahead_ms in [-90_000, -1, 0, 7, 90_000] {
            let clock = Clock { ahead_ms };
            let shown = clock.shows(start, now);
            assert_eq!(clock.shows(start, clock.when(start, shown.plus_ms(250), now)), shown.plus_ms(250));
            assert_eq!(clock.when(start, Timestamp::from_ms(5), now), now, "it has shown that");
        }
    }
}
