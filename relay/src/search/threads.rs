//! How many threads search, and how much of a core each may have.

use std::num::NonZeroUsize;
use std::str::FromStr;

use shared::counted;

/// The most threads: more than any machine that is likely to be met has cores, and few enough to be started at once.
pub const THREADS_MAX: u32 = 256;

/// How many threads search: 1 to [`THREADS_MAX`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Threads(u32);

/// Text that is no number of threads.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected 1 to {THREADS_MAX} threads, found {found:?}")]
pub struct ThreadsError {
    /// The text.
    found: String,
}

impl Threads {
    /// One for each core that this process may use.
    pub fn one_a_core() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        Self(u32::try_from(cores).unwrap_or(THREADS_MAX).clamp(1, THREADS_MAX))
    }

    /// One for every second core, so that whatever else this process does is not kept waiting.
    pub fn half_the_cores() -> Self {
        Self((Self::one_a_core().0 / 2).max(1))
    }

    /// The number.
    pub fn get(self) -> u32 {
        self.0
    }
}

impl FromStr for Threads {
    type Err = ThreadsError;

    fn from_str(text: &str) -> Result<Self, ThreadsError> {
        let threads = text.parse().ok().filter(|threads| (1..=THREADS_MAX).contains(threads));
        threads.map(Self).ok_or_else(|| ThreadsError { found: text.chars().take(40).collect() })
    }
}

impl std::fmt::Display for Threads {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&counted(self.0, "thread"))
    }
}

/// How much of a core a thread may have: 1 to 100 per cent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Throttle(u32);

/// Text that is no share of a core.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected 1 to 100 per cent of a core, found {found:?}")]
pub struct ThrottleError {
    /// The text.
    found: String,
}

impl Throttle {
    /// All of it.
    pub const FULL: Self = Self(100);

    /// Per cent of a core.
    pub fn percent(self) -> u32 {
        self.0
    }
}

impl FromStr for Throttle {
    type Err = ThrottleError;

    fn from_str(text: &str) -> Result<Self, ThrottleError> {
        let percent = text.trim_end_matches('%').parse().ok().filter(|percent| (1..=100).contains(percent));
        percent.map(Self).ok_or_else(|| ThrottleError { found: text.chars().take(40).collect() })
    }
}

impl std::fmt::Display for Throttle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} %", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_taken_up_to_the_limit_and_refused_past_it_in_words() {
        assert_eq!("1".parse(), Ok(Threads(1)));
        assert_eq!(THREADS_MAX.to_string().parse(), Ok(Threads(THREADS_MAX)));
        for bad in ["0", "257", "-1", "two", ""] {
            let refused = bad.parse::<Threads>().expect_err(bad).to_string();
            assert_eq!(refused, format!("expected 1 to 256 threads, found {bad:?}"));
        }
        for (good, percent) in [("1", 1), ("100", 100), ("50%", 50)] {
            assert_eq!(good.parse::<Throttle>().expect(good).percent(), percent);
        }
        for bad in ["0", "101", "1.5", ""] {
            bad.parse::<Throttle>().expect_err(bad);
        }
    }

    #[test]
    fn by_itself_a_machine_gives_at_least_one_thread_and_half_is_never_more_than_all() {
        let (all, half) = (Threads::one_a_core(), Threads::half_the_cores());
        assert!(1 <= half.get() && half.get() <= all.get() && all.get() <= THREADS_MAX);
    }
}
