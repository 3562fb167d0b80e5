//! How long a thread works between two looks at its orders, and how long it rests to keep to its share of a core.

use std::time::{Duration, Instant};

use super::Throttle;

/// How long a slice of the search is to take: short, because a new tip and a stop wait for its end.
const SLICE: Duration = Duration::from_millis(2);
/// The attempts of a thread's first slice, before it is known how fast it is.
const ATTEMPTS_FIRST: u64 = 1 << 12;
/// The fewest attempts of a slice: a header is prepared for each, which costs as much as 64 attempts.
const ATTEMPTS_MIN: u64 = 1 << 10;
/// The most.
const ATTEMPTS_MAX: u64 = 1 << 24;
/// How much time a thread that did not have its share, because it had nothing to do or no core, may make up for.
const CREDIT: Duration = Duration::from_millis(50);

/// How many attempts take about as long as a slice is to take, here and now.
#[derive(Debug)]
pub(super) struct Slice {
    attempts: u64,
}

impl Default for Slice {
    fn default() -> Self {
        Self { attempts: ATTEMPTS_FIRST }
    }
}

impl Slice {
    pub(super) fn attempts(&self) -> u64 {
        self.attempts
    }

    /// Learns how long the last slice took. One that was interrupted halves the next one at most.
    pub(super) fn took(&mut self, time: Duration) {
        let micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX).max(1);
        let fits = self.attempts.saturating_mul(SLICE.as_micros() as u64) / micros;
        self.attempts = fits.clamp(self.attempts / 2, self.attempts * 2).clamp(ATTEMPTS_MIN, ATTEMPTS_MAX);
    }
}

/// What a thread may still use of its core. Processor time is counted, not time on the wall: a thread that others held up
/// has used nothing meanwhile.
#[derive(Debug)]
pub(super) struct Budget {
    throttle: Throttle,
    since: Instant,
    used: Duration,
}

impl Budget {
    pub(super) fn new(throttle: Throttle, now: Instant) -> Self {
        Self { throttle, since: now, used: Duration::ZERO }
    }

    /// Counts processor time.
    pub(super) fn spend(&mut self, time: Duration) {
        self.used += time;
    }

    /// How long to rest before the next slice.
    pub(super) fn rest(&mut self, now: Instant) -> Duration {
        if self.throttle == Throttle::FULL {
            return Duration::ZERO;
        }
        let due = self.since + self.used * 100 / self.throttle.percent();
        let rest = due.saturating_duration_since(now);
        // Counted afresh from here, so that what was not used is not kept for ever, and the numbers stay small.
        self.since = if rest.is_zero() { due.max(now.checked_sub(CREDIT).unwrap_or(now)) } else { due };
        self.used = Duration::ZERO;
        rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn a_slice_comes_to_its_time_whether_the_thread_is_fast_or_slow() {
        for attempts_a_ms in [100, 50_000, 150_000] {
            let mut slice = Slice::default();
            for _ in 0..20 {
                slice.took(Duration::from_nanos(slice.attempts() * 1_000_000 / attempts_a_ms));
            }
            let expected = (2 * attempts_a_ms).max(ATTEMPTS_MIN);
            assert!(slice.attempts().abs_diff(expected) <= expected / 20, "{} for {expected}", slice.attempts());
        }
        let mut slice = Slice::default();
        (0..60).for_each(|_| slice.took(Duration::ZERO));
        assert_eq!(slice.attempts(), ATTEMPTS_MAX);
        slice.took(ms(10_000));
        assert_eq!(slice.attempts(), ATTEMPTS_MAX / 2, "one interruption says little");
    }

    /// Lets a thread work in slices for ten seconds; says how much processor time it had, in milliseconds.
    fn used_in_ten_seconds(percent: &str, late: Duration) -> u128 {
        let start = Instant::now();
        let (mut now, mut used) = (start, Duration::ZERO);
        let mut budget = Budget::new(percent.parse().expect("a share"), start);
        while now < start + ms(10_000) {
            let rest = budget.rest(now);
            now += if rest.is_zero() { rest } else { rest + late };
            budget.spend(ms(2));
            used += ms(2);
            now += ms(2);
        }
        used.as_millis()
    }

    #[test]
    fn the_share_is_held_also_when_rests_last_longer_than_asked_for() {
        for (percent, share) in [("1", 100), ("25", 2_500), ("50", 5_000), ("90", 9_000)] {
            for late in [Duration::ZERO, Duration::from_micros(150)] {
                let used = used_in_ten_seconds(percent, late);
                assert!(used.abs_diff(share) <= share / 50 + 4, "{used} of {share} ms at {percent} %, {late:?} late");
            }
        }
        assert_eq!(used_in_ten_seconds("100", Duration::ZERO), 10_000);
    }

    #[test]
    fn a_thread_that_had_nothing_to_do_makes_up_for_little_of_it() {
        let start = Instant::now();
        let mut budget = Budget::new("50".parse().expect("a share"), start);
        let mut now = start + ms(60_000);
        let mut worked = Duration::ZERO;
        while budget.rest(now).is_zero() {
            budget.spend(ms(2));
            (now, worked) = (now + ms(2), worked + ms(2));
        }
        assert!(worked <= CREDIT + ms(4), "{worked:?}");
    }
}
