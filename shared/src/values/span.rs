//! A length of time as people say it: "2 min", "1 h 0 min", "3 days 4 h".

/// Below this, seconds are said beside minutes, in seconds.
const SECONDS_BELOW: u64 = 600;

/// A length of time in milliseconds. Its text has two units at most, and is rounded to the smaller one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span(u64);

impl Span {
    /// Takes milliseconds.
    pub const fn from_ms(ms: u64) -> Self {
        Self(ms)
    }
}

impl std::fmt::Display for Span {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let seconds = self.0.saturating_add(500) / 1_000;
        if seconds < SECONDS_BELOW {
            return match (seconds / 60, seconds % 60) {
                (0, seconds) => write!(f, "{seconds} s"),
                (minutes, 0) => write!(f, "{minutes} min"),
                (minutes, seconds) => write!(f, "{minutes} min {seconds} s"),
            };
        }
        let minutes = (seconds + 30) / 60;
        match (minutes / (24 * 60), minutes / 60 % 24, minutes % 60) {
            (0, 0, minutes) => write!(f, "{minutes} min"),
            (0, hours, minutes) => write!(f, "{hours} h {minutes} min"),
            (1, hours, _) => write!(f, "1 day {hours} h"),
            (days, hours, _) => write!(f, "{days} days {hours} h"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_said_in_two_units_at_most() {
        const HOUR: u64 = 3_600_000;
        for (ms, text) in [
            (0, "0 s"),
            (499, "0 s"),
            (500, "1 s"),
            (59_499, "59 s"),
            (59_500, "1 min"),
            (120_000, "2 min"),
            (125_000, "2 min 5 s"),
            (599_499, "9 min 59 s"),
            (600_000, "10 min"),
            (HOUR - 1_200, "1 h 0 min"),
            (HOUR + 5 * 60_000, "1 h 5 min"),
            (24 * HOUR - 1, "1 day 0 h"),
            (52 * HOUR, "2 days 4 h"),
        ] {
            assert_eq!(Span::from_ms(ms).to_string(), text, "{ms} ms");
        }
        assert!(Span::from_ms(u64::MAX).to_string().starts_with("213503982334 days"));
    }
}
