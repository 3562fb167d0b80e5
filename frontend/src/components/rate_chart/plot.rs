//! Where the samples stand on the chart.
//!
//! Only times in which the tab mined make a line: between two of them nothing is drawn, since nothing was tried there.

use std::fmt::Write;

use super::scale::Scale;
use crate::node::view::{RATE_SAMPLE_MS, RateSample};

/// How far back the chart goes.
pub(super) const WINDOW_MS: u64 = 5 * 60 * 1_000;
/// The chart's width: one a second.
pub(super) const WIDTH: f64 = 300.0;
/// With more than this between two samples, nothing is known of the time between: the computer slept, say.
const GAP_MS: u64 = 3 * RATE_SAMPLE_MS;

/// The samples of the last minutes as shapes, on a paper that is [`WIDTH`] wide and 100 high.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Plot {
    /// The axis.
    pub(super) scale: Scale,
    /// The rate: one line for each time of mining.
    pub(super) line: String,
    /// What is below the lines.
    pub(super) area: String,
    /// The newest rate, where the tab mines now.
    pub(super) newest: Option<(f64, f64)>,
    /// When the tab was in the background: from where to where.
    pub(super) hidden: Vec<(f64, f64)>,
}

impl Plot {
    /// Draws `samples`, oldest first, as seen at `now_ms`.
    pub(super) fn of(samples: &[RateSample], now_ms: u64) -> Self {
        let seen = within(samples, now_ms);
        let highest = seen.iter().map(|sample| sample.rate_hps).fold(0.0, f64::max);
        let scale = Scale::to(highest);
        let runs = mined(&seen);
        let mut plot = Self { scale, line: String::new(), area: String::new(), newest: None, hidden: Vec::new() };
        for run in &runs {
            plot.draw(run, now_ms);
        }
        if let (Some(newest), Some(last)) = (seen.last(), runs.last().and_then(|run| run.last())) {
            plot.newest = (newest == last).then(|| (x(last.at_ms, now_ms), scale.y(last.rate_hps)));
        }
        for run in &runs_of(&seen, |sample| sample.hidden) {
            if let (Some(first), Some(last)) = (run.first(), run.last()) {
                // A sample tells of the time that led to it.
                plot.hidden.push((x(first.at_ms.saturating_sub(RATE_SAMPLE_MS), now_ms), x(last.at_ms, now_ms)));
            }
        }
        plot
    }

    fn draw(&mut self, run: &[RateSample], now_ms: u64) {
        let (Some(first), Some(last)) = (run.first(), run.last()) else { return };
        let (from, to) = (x(first.at_ms, now_ms), x(last.at_ms, now_ms));
        write(&mut self.area, 'M', from, 100.0);
        for (at, sample) in run.iter().enumerate() {
            let (x, y) = (x(sample.at_ms, now_ms), self.scale.y(sample.rate_hps));
            write(&mut self.line, if at == 0 { 'M' } else { 'L' }, x, y);
            write(&mut self.area, 'L', x, y);
        }
        if run.len() == 1 {
            // A line of no length is drawn as the dot of its round ends.
            write(&mut self.line, 'L', from, self.scale.y(first.rate_hps));
        }
        write(&mut self.area, 'L', to, 100.0);
        self.area.push('Z');
    }
}

/// The samples of the last minutes.
pub(super) fn within(samples: &[RateSample], now_ms: u64) -> Vec<RateSample> {
    let from_ms = now_ms.saturating_sub(WINDOW_MS);
    samples.iter().copied().filter(|sample| (from_ms..=now_ms).contains(&sample.at_ms)).collect()
}

/// The stretches of time in which the tab mined.
pub(super) fn mined(samples: &[RateSample]) -> Vec<Vec<RateSample>> {
    runs_of(samples, |sample| sample.rate_hps > 0.0)
}

/// The stretches of neighbouring samples that have a property.
fn runs_of(samples: &[RateSample], has: impl Fn(&RateSample) -> bool) -> Vec<Vec<RateSample>> {
    let near = |a: &RateSample, b: &RateSample| has(a) == has(b) && b.at_ms.saturating_sub(a.at_ms) <= GAP_MS;
    samples.chunk_by(near).filter(|run| run.first().is_some_and(&has)).map(<[_]>::to_vec).collect()
}

/// Where a time stands, 0 at the left edge.
fn x(at_ms: u64, now_ms: u64) -> f64 {
    let age = now_ms.saturating_sub(at_ms).min(WINDOW_MS);
    (1.0 - age as f64 / WINDOW_MS as f64) * WIDTH
}

fn write(path: &mut String, command: char, x: f64, y: f64) {
    write!(path, "{command}{x:.1} {y:.1}").expect("a String takes whatever is written");
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_000_000_000;

    /// A sample so many seconds ago.
    fn ago(seconds: u64, rate_hps: f64) -> RateSample {
        RateSample { at_ms: NOW - seconds * 1_000, rate_hps, hidden: false }
    }

    #[test]
    fn a_minute_of_mining_is_one_line_that_ends_at_the_right_edge() {
        let plot = Plot::of(&[ago(4, 10e6), ago(2, 20e6), ago(0, 20e6)], NOW);
        assert_eq!(plot.line, "M296.0 50.0L298.0 0.0L300.0 0.0");
        assert_eq!(plot.area, "M296.0 100.0L296.0 50.0L298.0 0.0L300.0 0.0L300.0 100.0Z");
        assert_eq!(plot.newest, Some((300.0, 0.0)));
    }

    #[test]
    fn nothing_is_drawn_where_mining_was_off() {
        let plot = Plot::of(&[ago(8, 20e6), ago(6, 20e6), ago(4, 0.0), ago(2, 20e6), ago(0, 20e6)], NOW);
        assert_eq!(plot.line, "M292.0 0.0L294.0 0.0M298.0 0.0L300.0 0.0");
        assert_eq!(plot.area.matches('Z').count(), 2);
    }

    #[test]
    fn nothing_is_drawn_where_the_computer_slept() {
        let plot = Plot::of(&[ago(102, 20e6), ago(100, 20e6), ago(2, 20e6), ago(0, 20e6)], NOW);
        assert_eq!(plot.line.matches('M').count(), 2);
        let plot = Plot::of(&[ago(6, 20e6), ago(0, 20e6)], NOW);
        assert_eq!(plot.line.matches('M').count(), 1, "one sample that comes late is no gap");
    }

    #[test]
    fn a_single_sample_is_a_dot() {
        assert_eq!(Plot::of(&[ago(0, 20e6)], NOW).line, "M300.0 0.0L300.0 0.0");
    }

    #[test]
    fn once_stopped_there_is_no_newest_rate() {
        let plot = Plot::of(&[ago(4, 20e6), ago(2, 0.0), ago(0, 0.0)], NOW);
        assert_eq!(plot.newest, None);
        assert_eq!(plot.line.matches('M').count(), 1);
    }

    #[test]
    fn what_is_older_than_the_window_or_from_the_future_is_left_out() {
        let later = RateSample { at_ms: NOW + 1, rate_hps: 1e12, hidden: false };
        let plot = Plot::of(&[ago(301, 1e12), ago(300, 20e6), later], NOW);
        assert_eq!(plot.line, "M0.0 0.0L0.0 0.0");
        assert_eq!(plot.scale, Scale::to(20e6));
    }

    #[test]
    fn no_samples_make_an_empty_paper() {
        let plot = Plot::of(&[], NOW);
        assert_eq!((plot.line.as_str(), plot.area.as_str(), plot.newest), ("", "", None));
    }

    #[test]
    fn the_time_in_the_background_is_marked_mining_or_not() {
        let hidden = |seconds, rate_hps| RateSample { hidden: true, ..ago(seconds, rate_hps) };
        let samples = [ago(10, 20e6), hidden(8, 20e6), hidden(6, 0.0), ago(4, 20e6), hidden(0, 20e6)];
        assert_eq!(Plot::of(&samples, NOW).hidden, [(290.0, 294.0), (298.0, 300.0)]);
    }
}
