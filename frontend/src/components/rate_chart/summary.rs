//! The chart in words, for those who do not see it and those who want the numbers.

use super::plot::{WINDOW_MS, mined, within};
use crate::format;
use crate::node::view::{RATE_SAMPLE_MS, RateSample};

/// Within so much of the whole window, it was the whole: samples come a little late.
const SLACK_MS: u64 = 3 * RATE_SAMPLE_MS;

/// What the last minutes were like. The numbers are in the chart's unit, which its name tells.
pub(super) fn summary(samples: &[RateSample], now_ms: u64) -> String {
    let runs = mined(&within(samples, now_ms));
    let rates: Vec<f64> = runs.iter().flatten().map(|sample| sample.rate_hps).collect();
    if rates.is_empty() {
        return "Nothing mined in these minutes.".to_owned();
    }
    let average = rates.iter().sum::<f64>() / rates.len() as f64;
    let highest = rates.iter().copied().fold(0.0, f64::max);
    format!(
        "Mined {}: {} on average, {} at most.",
        how_long(runs.iter().map(|run| length_ms(run)).sum()),
        format::million_tries(average),
        format::million_tries(highest),
    )
}

/// How long a stretch of mining was. Its first sample tells of the time that led to it.
fn length_ms(run: &[RateSample]) -> u64 {
    let (Some(first), Some(last)) = (run.first(), run.last()) else { return 0 };
    last.at_ms.saturating_sub(first.at_ms) + RATE_SAMPLE_MS
}

fn how_long(ms: u64) -> String {
    let seconds = ms / 1_000;
    match (seconds / 60, seconds % 60) {
        _ if ms + SLACK_MS >= WINDOW_MS => "all the time".to_owned(),
        (0, seconds) => format!("for {seconds} s of them"),
        (minutes, 0) => format!("for {minutes} min of them"),
        (minutes, seconds) => format!("for {minutes} min {seconds} s of them"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_000_000_000;

    fn samples(rates: &[f64]) -> Vec<RateSample> {
        let first_ms = NOW - (rates.len() as u64 - 1) * RATE_SAMPLE_MS;
        (0..).zip(rates).map(|(at, rate)| sample(first_ms + at * RATE_SAMPLE_MS, *rate)).collect()
    }

    fn sample(at_ms: u64, rate_hps: f64) -> RateSample {
        RateSample { at_ms, rate_hps, hidden: false }
    }

    #[test]
    fn the_average_is_that_of_the_time_in_which_it_mined() {
        assert_eq!(
            summary(&samples(&[0.0, 0.0, 10e6, 20e6, 21e6]), NOW),
            "Mined for 6 s of them: 17.0 on average, 21.0 at most."
        );
    }

    #[test]
    fn five_minutes_of_mining_are_all_the_time() {
        assert!(summary(&samples(&[20e6; 150]), NOW).starts_with("Mined all the time: "));
        assert!(summary(&samples(&[20e6; 75]), NOW).starts_with("Mined for 2 min 30 s of them: "));
        assert!(summary(&samples(&[20e6; 60]), NOW).starts_with("Mined for 2 min of them: "));
    }

    #[test]
    fn samples_that_come_late_tell_of_as_much_time() {
        let late: Vec<_> = (0..100).map(|at| sample(NOW - (99 - at) * 3_000, 20e6)).collect();
        assert!(summary(&late, NOW).starts_with("Mined all the time: "));
    }

    #[test]
    fn before_the_first_sample_and_long_after_the_last_nothing_was_mined() {
        assert_eq!(summary(&[], NOW), "Nothing mined in these minutes.");
        assert_eq!(summary(&[sample(NOW - 400_000, 20e6)], NOW), "Nothing mined in these minutes.");
    }
}
