//! How much of a processor a thread has used.

use std::time::Duration;
#[cfg(not(unix))]
use std::time::Instant;

/// A measurement that began when it was made.
#[derive(Debug)]
pub(super) struct ProcessorTime {
    #[cfg(unix)]
    at_start: Duration,
    #[cfg(not(unix))]
    at_start: Instant,
}

#[cfg(unix)]
impl ProcessorTime {
    /// Begins to measure this thread.
    pub(super) fn start() -> Self {
        Self { at_start: of_this_thread() }
    }

    /// Returns the processor time that this thread has used since.
    pub(super) fn used(&self) -> Duration {
        of_this_thread().saturating_sub(self.at_start)
    }
}

#[cfg(unix)]
fn of_this_thread() -> Duration {
    use rustix::time::{ClockId, clock_gettime};
    Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap_or_default()
}

/// Windows counts a thread's time in ticks of 15.6 ms, several slices long, so time on the wall stands for it there: a
/// thread that others hold up takes less than its share, and never more.
#[cfg(not(unix))]
impl ProcessorTime {
    /// Begins to measure this thread.
    pub(super) fn start() -> Self {
        Self { at_start: Instant::now() }
    }

    /// Returns the time that has passed since.
    pub(super) fn used(&self) -> Duration {
        self.at_start.elapsed()
    }
}
