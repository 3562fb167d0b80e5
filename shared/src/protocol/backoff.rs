//! How long a member waits before it tries its relay again: doubling, bounded, and jittered, so that a room of tabs whose
//! relay restarted does not come back in one wave.

/// The first wait, in milliseconds: short, because most breaks are a restart.
const FIRST_MS: u64 = 250;

/// Counts failed tries and says how long to wait after each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Backoff {
    failures: u32,
}

impl Backoff {
    /// The longest wait, in milliseconds: whoever sits out a relay's restart is back five seconds after it at the latest, the
    /// connecting included.
    pub const LONGEST_MS: u64 = 3_000;

    /// The number of the try that is made now, or next: 1 for the first.
    pub fn attempt(self) -> u32 {
        self.failures.saturating_add(1)
    }

    /// Notes a failed try and returns the wait in milliseconds: between half the bound and the bound, by `random`.
    pub fn failed(&mut self, random: u32) -> u64 {
        let bound = FIRST_MS.saturating_mul(1_u64.checked_shl(self.failures).unwrap_or(u64::MAX)).min(Self::LONGEST_MS);
        self.failures = self.failures.saturating_add(1);
        let half = bound / 2;
        half + (bound - half) * u64::from(random) / u64::from(u32::MAX)
    }

    /// Notes that a try succeeded: the next break starts again with a short wait.
    pub fn succeeded(&mut self) {
        self.failures = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest() {
        let mut backoff = Backoff::default();
        let waits: Vec<u64> = (0..9).map(|_| backoff.failed(u32::MAX)).collect();
        assert_eq!(waits, [250, 500, 1_000, 2_000, 3_000, 3_000, 3_000, 3_000, 3_000]);
        assert_eq!(backoff.attempt(), 10);
    }

    #[test]
    fn jitter_spreads_waits_over_the_upper_half() {
        for failures in [0, 3, 10, 40, 200] {
            let (mut low, mut high) = (Backoff { failures }, Backoff { failures });
            let (low, high) = (low.failed(0), high.failed(u32::MAX));
            assert_eq!(low, high / 2, "after {failures} failures");
            assert!(high <= Backoff::LONGEST_MS);
        }
    }

    #[test]
    fn a_success_starts_over() {
        let mut backoff = Backoff::default();
        for _ in 0..5 {
            backoff.failed(0);
        }
        backoff.succeeded();
        assert_eq!(backoff.attempt(), 1);
        assert_eq!(backoff.failed(u32::MAX), FIRST_MS);
    }

    #[test]
    fn a_class_whose_relay_comes_back_at_any_moment_is_back_within_the_longest_wait_and_not_in_one_wave() {
        for back_at in (100..120_000).step_by(977) {
            let mut waits = Vec::new();
            for tab in 0..30_u32 {
                let (mut backoff, mut at, mut draw) = (Backoff::default(), 0, tab);
                while at < back_at {
                    draw = draw.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    at += backoff.failed(draw);
                }
                waits.push(at - back_at);
            }
            let (first, last) = (waits.iter().min().copied(), waits.iter().max().copied());
            assert!(last <= Some(Backoff::LONGEST_MS), "{last:?} ms after {back_at} ms");
            assert!(back_at < 10_000 || last > first.map(|first| first + 500), "spread: {waits:?}");
        }
    }

    #[test]
    fn counting_never_overflows() {
        let mut backoff = Backoff { failures: u32::MAX };
        assert_eq!(backoff.failed(u32::MAX), Backoff::LONGEST_MS);
        assert_eq!(backoff.attempt(), u32::MAX);
    }
}
