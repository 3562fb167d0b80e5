//! One measurement of one workload.

use serde::Serialize;

/// Says what time it is, in milliseconds since any moment that stays the same.
pub type Clock = dyn Fn() -> f64;

/// How fast a workload went in one round.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Sample {
    /// What was done: "headers verified".
    pub name: String,
    /// What is counted: "headers".
    pub unit: &'static str,
    /// How many a second.
    pub per_second: f64,
}

impl Sample {
    /// So many of something took so long.
    pub fn of(name: &str, unit: &'static str, count: usize, took_ms: f64) -> Self {
        // A clock may be coarser than the work: a browser's is cut to a tenth of a millisecond or so.
        let seconds = took_ms.max(0.001) / 1_000.0;
        Self { name: name.to_owned(), unit, per_second: count as f64 / seconds }
    }
}

/// Times `work`, which does `count` of something.
pub fn measure(clock: &Clock, name: &str, unit: &'static str, count: usize, work: impl FnOnce()) -> Sample {
    let began = clock();
    work();
    Sample::of(name, unit, count, clock() - began)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    #[test]
    fn a_sample_counts_by_the_second() {
        let now = Cell::new(500.0);
        let tick = move || {
            now.set(now.get() + 250.0);
            now.get()
        };
        assert_eq!(measure(&tick, "n", "u", 100, || ()).per_second, 400.0);
    }
}
