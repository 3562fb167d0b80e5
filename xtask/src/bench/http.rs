//! How tabs answer HTTP: the time of an answer at a steady pace, and how many come through flat out, each beside a bare
//! axum route of the same length.

use anyhow::{Context, Result};
use serde::Deserialize;

use super::table::{Row, Table};
use crate::browser::Browser;
use crate::cli::HttpBench;
use crate::workspace::Workspace;
use crate::{browser_tests, command, curl, narrate, serve};

/// One round of one thing at one place.
#[derive(Debug, Deserialize)]
struct Round {
    name: String,
    place: String,
    bytes: u64,
    per_second: f64,
    p50_ms: f64,
    p99_ms: f64,
    flat_out: f64,
}

/// What is reported of a round: its name, its unit, and which number it is.
type Measure = (&'static str, &'static str, fn(&Round) -> f64);

const MEASURES: [Measure; 4] = [
    ("answers at the pace", "a second", |round| round.per_second),
    ("p50 at the pace", "ms", |round| round.p50_ms),
    ("p99 at the pace", "ms", |round| round.p99_ms),
    ("answers flat out", "a second", |round| round.flat_out),
];

pub(super) fn run(workspace: &Workspace, options: &HttpBench) -> Result<()> {
    let browser = Browser::ensure()?;
    curl::ensure()?;
    let relay = serve::build(workspace)?;
    let mut command = workspace.cargo();
    command.args(["run", "--quiet", "--release", "--package", "e2e", "--bin", "http", "--"]);
    command.args(["--rounds", &options.rounds.to_string(), "--rate", &options.rate.to_string()]);
    browser_tests::against(&mut command, &browser, &relay, &workspace.dist());
    let what = format!("Asking {} times a second, in turns, {} rounds", options.rate, options.rounds);
    let text = narrate::step(&what, || command::read(&mut command))?;
    let line = text.lines().last().unwrap_or_default();
    let rounds: Vec<Round> = serde_json::from_str(line).with_context(|| format!("the rounds were {line:?}"))?;
    table(&rounds).publish(&workspace.target.join("bench").join("http.json"))
}

fn table(rounds: &[Round]) -> Table {
    let mut table = Table::default();
    let mut names: Vec<(&str, u64)> = rounds.iter().map(|round| (round.name.as_str(), round.bytes)).collect();
    names.dedup();
    for (name, bytes) in names {
        for (measure, unit, number) in MEASURES {
            let row = format!("{name} ({bytes} bytes), {measure}");
            for place in ["bare axum", "relay"] {
                let of_it = rounds.iter().filter(|round| round.name == name && round.place == place);
                table.rows.extend(Row::of(&row, place, unit, of_it.map(number).collect()));
            }
            table.compare(&format!("{row}: to bare axum"), (&row, "relay"), (&row, "bare axum"));
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_measure_has_a_row_for_each_place_and_a_ratio() {
        let round = |place: &str, ms: f64| Round {
            name: "live tab".to_owned(),
            place: place.to_owned(),
            bytes: 70,
            per_second: 1_000.0,
            p50_ms: ms,
            p99_ms: ms,
            flat_out: 1_000.0 / ms,
        };
        let table = table(&[round("bare axum", 0.5), round("relay", 1.0)]);
        assert_eq!(table.rows.len(), 2 * MEASURES.len());
        let p50 = table.ratios.iter().find(|ratio| ratio.name.contains("p50")).expect("a ratio");
        assert!((p50.value - 2.0).abs() < 1e-9);
    }
}
