//! The chart's upright axis: from nothing to a round number above the highest rate, in round steps.

use crate::format;

/// No more steps than this, so that their numbers do not crowd on a phone.
const STEPS_MAX: f64 = 4.0;
/// What a step may begin with.
const ROUND: [f64; 4] = [1.0, 2.0, 2.5, 5.0];
/// The axis of a chart that has nothing to show reaches this far, in tries a second.
const EMPTY_TOP_HPS: f64 = 20e6;

/// An axis that begins at zero.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Scale {
    step: f64,
    steps: u32,
}

impl Scale {
    /// The axis for rates of at most `highest` tries a second.
    pub(super) fn to(highest: f64) -> Self {
        let highest = if highest.is_finite() && highest > 0.0 { highest } else { EMPTY_TOP_HPS };
        let least = highest / STEPS_MAX;
        let power = 10f64.powf(least.log10().floor());
        let mut steps = ROUND.map(|round| round * power).into_iter().chain([10.0 * power]);
        let step = steps.find(|step| *step >= least).unwrap_or(10.0 * power);
        Self { step, steps: ((highest / step).ceil() as u32).max(1) }
    }

    /// The rate at the upper end.
    pub(super) fn top(&self) -> f64 {
        self.step * f64::from(self.steps)
    }

    /// Where a rate stands, from 0 at the upper end to 100 at zero.
    pub(super) fn y(&self, rate_hps: f64) -> f64 {
        (1.0 - rate_hps / self.top()).clamp(0.0, 1.0) * 100.0
    }

    /// The marks from zero upwards: where they stand, and their numbers in millions, all with as many decimals.
    pub(super) fn marks(&self) -> Vec<(f64, String)> {
        let step = self.step / 1e6;
        let decimals = (0..=6).find(|decimals| is_whole(step * 10f64.powi(*decimals))).unwrap_or(6) as usize;
        let mark = |number: u32| {
            let text = format!("{:.decimals$}", step * f64::from(number));
            let text = if decimals == 0 { format::groups(&text) } else { text };
            (self.y(self.step * f64::from(number)), if number == 0 { "0".to_owned() } else { text })
        };
        (0..=self.steps).map(mark).collect()
    }
}

fn is_whole(value: f64) -> bool {
    // Steps are round numbers that were scaled: what they miss by is rounding.
    (value - value.round()).abs() < 1e-6 && value.round() >= 1.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(highest: f64) -> Vec<String> {
        Scale::to(highest).marks().into_iter().map(|(_, number)| number).collect()
    }

    #[test]
    fn the_axis_has_round_numbers_from_zero() {
        for (highest, expected) in [
            (21.4e6, ["0", "10", "20", "30"].as_slice()),
            (20e6, &["0", "5", "10", "15", "20"]),
            (9.1e6, &["0", "2.5", "5.0", "7.5", "10.0"]),
            (1e6, &["0", "0.25", "0.50", "0.75", "1.00"]),
            (42_000.0, &["0", "0.02", "0.04", "0.06"]),
            (45e9, &["0", "20\u{202f}000", "40\u{202f}000", "60\u{202f}000"]),
        ] {
            assert_eq!(numbers(highest), expected, "{highest}");
        }
    }

    #[test]
    fn every_rate_fits_and_the_highest_takes_at_least_half_of_the_height() {
        for tenth in 1..2_000 {
            let highest = f64::from(tenth) * 1e5;
            let scale = Scale::to(highest);
            assert!(scale.top() >= highest && scale.top() <= highest * 2.0, "{highest}: {scale:?}");
            assert!((1..=4).contains(&scale.steps), "{highest}: {scale:?}");
        }
    }

    #[test]
    fn zero_is_at_the_bottom_and_the_top_at_the_top() {
        let scale = Scale::to(20e6);
        assert_eq!((scale.y(0.0), scale.y(10e6), scale.y(20e6)), (100.0, 50.0, 0.0));
        assert_eq!(scale.y(30e6), 0.0, "what is above the axis stays on the paper");
    }

    #[test]
    fn rates_that_are_none_still_make_an_axis() {
        for rate in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(numbers(rate), ["0", "5", "10", "15", "20"]);
        }
    }
}
