//! The outcome of a benchmark: rows for people and for programs.

use std::path::Path;

use anyhow::{Context, Result};
use serde::Serialize;

use super::rounds::Sample;

/// What was measured of one thing.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Row {
    pub(crate) name: String,
    /// Where it ran: "native", "wasm".
    pub(crate) place: String,
    /// What is counted a second, or another unit.
    pub(crate) unit: String,
    pub(crate) median: f64,
    pub(crate) min: f64,
    pub(crate) max: f64,
}

/// One median in terms of another.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Ratio {
    pub(crate) name: String,
    pub(crate) value: f64,
}

/// Rows and ratios.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Table {
    pub(crate) rows: Vec<Row>,
    pub(crate) ratios: Vec<Ratio>,
}

impl Row {
    /// Sums up samples of one thing; there must be some.
    pub(crate) fn of(name: &str, place: &str, unit: &str, mut samples: Vec<f64>) -> Option<Self> {
        samples.sort_by(f64::total_cmp);
        let (min, max) = (*samples.first()?, *samples.last()?);
        let median = (samples[(samples.len() - 1) / 2] + samples[samples.len() / 2]) / 2.0;
        Some(Self { name: name.to_owned(), place: place.to_owned(), unit: unit.to_owned(), median, min, max })
    }
}

impl Table {
    /// Adds the rows of all samples, in the order in which their names and places first come.
    pub(crate) fn add(&mut self, samples: &[(Sample, &str)]) {
        let mut seen: Vec<(&str, &str)> = Vec::new();
        for (sample, place) in samples {
            let key = (sample.name.as_str(), *place);
            if !seen.contains(&key) {
                seen.push(key);
                let same = samples.iter().filter(|(other, at)| (other.name.as_str(), *at) == key);
                let unit = format!("{} a second", sample.unit);
                self.rows.extend(Row::of(key.0, place, &unit, same.map(|(sample, _)| sample.per_second).collect()));
            }
        }
    }

    /// Adds the ratio of two rows' medians, where both are there.
    pub(crate) fn compare(&mut self, name: &str, one: (&str, &str), other: (&str, &str)) {
        let median = |(name, place): (&str, &str)| {
            self.rows.iter().find(|row| row.name == name && row.place == place).map(|row| row.median)
        };
        if let (Some(one), Some(other)) = (median(one), median(other)) {
            self.ratios.push(Ratio { name: name.to_owned(), value: one / other });
        }
    }

    /// Prints the table and writes it as JSON.
    pub(crate) fn publish(&self, file: &Path) -> Result<()> {
        say!("\n{:<52} {:<7} {:>12} {:>12} {:>12}  unit", "", "place", "median", "min", "max");
        for Row { name, place, unit, median, min, max } in &self.rows {
            say!("{name:<52} {place:<7} {:>12} {:>12} {:>12}  {unit}", number(*median), number(*min), number(*max));
        }
        say!("");
        for Ratio { name, value } in &self.ratios {
            say!("{name:<60} {value:>6.2} ×");
        }
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        }
        std::fs::write(file, serde_json::to_string_pretty(self)?)
            .with_context(|| format!("cannot write {}", file.display()))?;
        say!("\nwritten to {}", file.display());
        Ok(())
    }
}

/// Three significant digits or so, thousands separated.
fn number(value: f64) -> String {
    if value < 100.0 {
        return format!("{value:.2}");
    }
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_an_even_number_of_samples_lies_between_the_middle_two() {
        let row = Row::of("n", "native", "u", vec![4.0, 1.0, 2.0, 8.0]).expect("samples");
        assert_eq!((row.median, row.min, row.max), (3.0, 1.0, 8.0));
        assert_eq!(Row::of("n", "native", "u", Vec::new()), None);
    }

    #[test]
    fn numbers_are_written_for_people() {
        for (value, text) in [(0.5, "0.50"), (99.994, "99.99"), (1234.5, "1,234"), (1_000_000.0, "1,000,000")] {
            assert_eq!(number(value), text);
        }
    }
}
