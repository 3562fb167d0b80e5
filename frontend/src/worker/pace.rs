//! The miner's pace: how many attempts a slice takes, how long to rest after it, and what rate comes of it.
//!
//! Pure: times are handed in, in milliseconds of the browser's monotonic clock.

/// How long one slice of searching should take. Between slices the miner hears its messages, so this bounds how late it
/// stops.
pub const SLICE_MS: f64 = 8.0;
/// Attempts of the very first slice: quick even on a slow phone.
pub const FIRST_SLICE: u64 = 2_000;
/// The longest time that missed rest is owed for, and that rest is saved up: a laptop that slept an hour does not then
/// mine, or rest, an hour.
const MEMORY_MS: f64 = 1_000.0;
/// Over how much wall time the rate is measured.
const RATE_MS: f64 = 3_000.0;
/// How often the rate is reported.
pub const REPORT_MS: f64 = 250.0;

/// Fits the size of a slice to the machine, so that one takes about [`SLICE_MS`].
#[derive(Clone, Copy, Debug)]
pub struct Slices {
    attempts: f64,
}

impl Default for Slices {
    fn default() -> Self {
        Self { attempts: FIRST_SLICE as f64 }
    }
}

impl Slices {
    /// Attempts to make in the next slice.
    pub fn next(self) -> u64 {
        self.attempts as u64
    }

    /// Learns from a slice: how many attempts it made in how long.
    pub fn took(&mut self, attempts: u64, ms: f64) {
        // A clock may be coarse (some browsers round to a millisecond or more), so at most double, at most quarter.
        let wanted = attempts as f64 * SLICE_MS / ms.max(0.1);
        self.attempts = wanted.clamp(self.attempts / 4.0, self.attempts * 2.0).clamp(64.0, 1e8);
    }
}

/// Holds a miner worker to a share of its core.
///
/// It keeps an account of rest: working a millisecond owes `(100 − p) / p` milliseconds of rest, resting pays them. A
/// timer that fires late (browsers round and clamp them) is paid back by shorter rests after it, so the share holds on
/// average whatever the timers do.
#[derive(Clone, Copy, Debug)]
pub struct Duty {
    percent: u8,
    owed_ms: f64,
}

impl Default for Duty {
    fn default() -> Self {
        Self { percent: 100, owed_ms: 0.0 }
    }
}

impl Duty {
    /// Sets the share, cut to 1 to 100 per cent.
    pub fn set_percent(&mut self, percent: u8) {
        *self = Self { percent: percent.clamp(1, 100), owed_ms: 0.0 };
    }

    /// Notes that the miner worked this long.
    pub fn worked(&mut self, ms: f64) {
        let share = f64::from(self.percent);
        self.owed_ms = (self.owed_ms + ms * (100.0 - share) / share).min(MEMORY_MS * 100.0);
    }

    /// Notes that the miner rested this long.
    pub fn rested(&mut self, ms: f64) {
        self.owed_ms = (self.owed_ms - ms).max(-MEMORY_MS);
    }

    /// How long to rest now, in whole milliseconds; 0 to go on at once.
    pub fn rest_ms(self) -> u32 {
        // Timers cannot wait shorter than this in a worker; less stays owed until it adds up.
        const SHORTEST_MS: f64 = 4.0;
        if self.owed_ms < SHORTEST_MS { 0 } else { self.owed_ms as u32 }
    }
}

/// Measures attempts a second over wall time, rests included.
#[derive(Clone, Debug, Default)]
pub struct Meter {
    /// When a report was made and how many attempts had been made by then, oldest first.
    marks: std::collections::VecDeque<(f64, u64)>,
    total: u64,
    reported: u64,
}

impl Meter {
    /// Starts measuring anew.
    pub fn start(&mut self, now_ms: f64) {
        self.marks.clear();
        self.marks.push_back((now_ms, self.total));
    }

    /// Notes attempts.
    pub fn add(&mut self, attempts: u64) {
        self.total += attempts;
    }

    /// Attempts since the last report. They count as reported from now on.
    pub fn unreported(&mut self) -> u64 {
        self.total - std::mem::replace(&mut self.reported, self.total)
    }

    /// If it is time for a report: attempts since the last report, and attempts a second over the last seconds.
    pub fn report(&mut self, now_ms: f64) -> Option<(u64, f64)> {
        let &(last_ms, _) = self.marks.back()?;
        if now_ms - last_ms < REPORT_MS {
            return None;
        }
        self.marks.push_back((now_ms, self.total));
        while self.marks.len() > 2 && now_ms - self.marks[1].0 >= RATE_MS {
            self.marks.pop_front();
        }
        let (first_ms, first_total) = self.marks[0];
        let rate = (self.total - first_total) as f64 * 1_000.0 / (now_ms - first_ms);
        Some((self.unreported(), rate))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Mines for `ms` at `hps` attempts a millisecond with timers that fire `late_ms` late; returns the share worked.
    fn share(percent: u8, late_ms: f64, ms: f64) -> f64 {
        let mut duty = Duty::default();
        duty.set_percent(percent);
        let (mut now, mut worked) = (0.0, 0.0);
        while now < ms {
            now += SLICE_MS;
            worked += SLICE_MS;
            duty.worked(SLICE_MS);
            let rest = duty.rest_ms();
            if rest > 0 {
                let rested = f64::from(rest) + late_ms;
                now += rested;
                duty.rested(rested);
            }
        }
        worked / now
    }

    #[test]
    fn the_share_holds_however_late_timers_fire() {
        for percent in [1, 5, 10, 25, 50, 75, 90, 100] {
            for late_ms in [0.0, 1.0, 4.0, 16.0] {
                let share = share(percent, late_ms, 300_000.0) * 100.0;
                let wanted = f64::from(percent);
                assert!((share - wanted).abs() <= 0.02 * wanted + 0.1, "{percent} % late {late_ms}: {share}");
            }
        }
    }

    #[test]
    fn shares_out_of_range_are_cut() {
        let mut duty = Duty::default();
        duty.set_percent(0);
        assert_eq!(duty.percent, 1);
        duty.set_percent(200);
        duty.worked(1_000.0);
        assert_eq!(duty.rest_ms(), 0);
    }

    #[test]
    fn slices_come_to_take_the_time_they_should() {
        for attempts_a_ms in [3.0, 400.0, 20_000.0] {
            let mut slices = Slices::default();
            for _ in 0..40 {
                let attempts = slices.next();
                slices.took(attempts, attempts as f64 / attempts_a_ms);
            }
            let takes = slices.next() as f64 / attempts_a_ms;
            assert!((takes - SLICE_MS).abs() < 1.0 || slices.next() == 64, "{attempts_a_ms}: {takes}");
        }
    }

    #[test]
    fn a_clock_that_stands_still_does_not_make_a_slice_endless() {
        let mut slices = Slices::default();
        for _ in 0..100 {
            slices.took(slices.next(), 0.0);
        }
        assert!(slices.next() <= 100_000_000);
        slices.took(slices.next(), 10_000.0);
        assert!(slices.next() <= 25_000_000);
    }

    #[test]
    fn the_rate_counts_wall_time_and_forgets_old_seconds() {
        let mut meter = Meter::default();
        assert_eq!(meter.report(0.0), None, "nothing was started");
        meter.start(0.0);
        meter.add(100);
        assert_eq!(meter.report(100.0), None, "too soon");
        assert_eq!(meter.report(500.0), Some((100, 200.0)));
        meter.add(7);
        meter.start(500.0);
        assert_eq!((meter.unreported(), meter.unreported()), (7, 0), "a new beginning forgets no attempts");
        for second in 1..=10_u32 {
            meter.add(1_000);
            meter.report(500.0 + f64::from(second) * 1_000.0);
        }
        meter.add(1_000);
        let (attempts, rate) = meter.report(11_500.0).expect("a second has passed");
        assert_eq!(attempts, 1_000);
        assert!((rate - 1_000.0).abs() < 1e-9, "{rate}");
    }
}
