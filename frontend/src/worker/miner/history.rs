//! The rate over time, for the page's chart. Pure; times are handed in.

use std::collections::VecDeque;

use crate::node::view::{RATE_SAMPLE_MS, RATE_SAMPLES_SHOWN, RateSample};

/// The rate at regular times, the last of them.
#[derive(Clone, Debug, Default)]
pub struct History {
    samples: VecDeque<RateSample>,
}

impl History {
    /// Notes the rate if a sample is due. Says whether the chart changes: a line at zero stays one.
    pub fn note(&mut self, at_ms: u64, rate_hps: f64, hidden: bool) -> bool {
        if self.until_due_ms(at_ms) > 0 {
            return false;
        }
        if self.samples.len() == RATE_SAMPLES_SHOWN {
            self.samples.pop_front();
        }
        self.samples.push_back(RateSample { at_ms, rate_hps, hidden });
        self.samples.iter().any(|sample| sample.rate_hps > 0.0)
    }

    /// How long until the next sample is due, in milliseconds. A wall clock that was set back makes one due at once.
    pub fn until_due_ms(&self, now_ms: u64) -> u64 {
        let last = self.samples.back().filter(|last| last.at_ms <= now_ms);
        last.map_or(0, |last| (last.at_ms + RATE_SAMPLE_MS).saturating_sub(now_ms))
    }

    /// The samples, oldest first.
    pub fn samples(&self) -> Vec<RateSample> {
        self.samples.iter().copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_is_taken_when_it_is_due_and_the_oldest_is_forgotten() {
        let mut history = History::default();
        assert_eq!(history.until_due_ms(7), 0);
        for at in 0..RATE_SAMPLES_SHOWN as u64 + 5 {
            let at_ms = at * RATE_SAMPLE_MS;
            assert!(history.note(at_ms, 1.0, false) && !history.note(at_ms + RATE_SAMPLE_MS - 1, 2.0, false));
            assert_eq!(history.until_due_ms(at_ms + 500), RATE_SAMPLE_MS - 500);
        }
        let samples = history.samples();
        assert_eq!((samples.len(), samples[0].at_ms), (RATE_SAMPLES_SHOWN, 5 * RATE_SAMPLE_MS));
        assert!(samples.iter().all(|sample| sample.rate_hps == 1.0));
    }

    #[test]
    fn a_line_at_zero_is_not_news_until_it_was_another() {
        let mut history = History::default();
        assert!(!history.note(0, 0.0, false) && !history.note(RATE_SAMPLE_MS, 0.0, true));
        assert!(history.note(2 * RATE_SAMPLE_MS, 5.0, true) && history.note(3 * RATE_SAMPLE_MS, 0.0, true));
        assert_eq!(history.samples().len(), 4);
    }

    #[test]
    fn a_clock_that_was_set_back_does_not_stop_the_chart() {
        let mut history = History::default();
        assert!(history.note(1_000_000, 1.0, false) && history.note(5, 1.0, false));
    }
}
