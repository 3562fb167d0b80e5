//! What is measured and drawn: double spends, block intervals under a changing hash rate, and how blocks spread.

use std::io::{Write as _, stdout};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, anyhow};
use sim::double_spend::{CONFIRMATIONS, SHARES, attacks, exact, nakamoto};
use sim::plan::Plan;
use sim::time::Time;
use sim::world::World;

use super::svg::{Axis, Chart, Mark, Series};

/// What can be drawn.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Measure, and draw as SVG: double spends, block intervals, propagation
    Plot {
        /// The folder to write to.
        #[arg(long, default_value = "docs/plots", value_name = "FOLDER")]
        out: PathBuf,
        /// How many attacks are made for each point.
        #[arg(long, default_value_t = 500, value_name = "N")]
        attacks: u64,
    },
}

impl Command {
    pub(super) fn run(&self) -> Result<ExitCode> {
        let Self::Plot { out, attacks } = self;
        std::fs::create_dir_all(out).with_context(|| format!("cannot make {}", out.display()))?;
        write(out, "double-spend.svg", &double_spends(*attacks)?)?;
        write(out, "intervals.svg", &intervals()?)?;
        write(out, "propagation.svg", &propagation()?)?;
        Ok(ExitCode::SUCCESS)
    }
}

fn write(out: &Path, name: &str, chart: &Chart) -> Result<()> {
    let path = out.join(name);
    std::fs::write(&path, chart.to_string()).with_context(|| format!("cannot write {}", path.display()))?;
    writeln!(stdout(), "{}", path.display())?;
    Ok(())
}

fn ticks(values: &[f64], unit: &str) -> Vec<(f64, String)> {
    values.iter().map(|value| (*value, format!("{value}{unit}"))).collect()
}

fn double_spends(trials: u64) -> Result<Chart> {
    writeln!(
        stdout(),
        "| hash rate | confirmations | attacks | succeeded | exact | Nakamoto |\n|--:|--:|--:|--:|--:|--:|"
    )?;
    let mut series = Vec::new();
    for (colour, share) in SHARES.into_iter().enumerate() {
        let mut of = |name: &str, mark, points| {
            let name = if mark == Mark::Dots { format!("{share} %") } else { name.to_owned() };
            series.push(Series { name, colour, mark, points });
        };
        let theory = |formula: fn(f64, u64) -> f64| {
            let percent = |number| (number as f64, 100.0 * formula(share as f64 / 100.0, number));
            CONFIRMATIONS.map(percent).collect::<Vec<_>>()
        };
        let (exactly, nakamotos) = (theory(exact), theory(nakamoto));
        let mut simulated = Vec::new();
        for (at, number) in CONFIRMATIONS.enumerate() {
            let (won, all) = attacks(share, number, trials);
            if all < trials {
                return Err(anyhow!("{} attacks with {share} % came to no end", trials - all));
            }
            let percent = 100.0 * won as f64 / all as f64;
            writeln!(
                stdout(),
                "| {share} % | {number} | {all} | {percent:.1} % | {:.1} % | {:.1} % |",
                exactly[at].1,
                nakamotos[at].1
            )?;
            simulated.push((number as f64, percent));
        }
        of("", Mark::Dots, simulated);
        of("exact", Mark::Line, exactly);
        of("Nakamoto", Mark::Dashes, nakamotos);
    }
    Ok(Chart {
        title: "How many double spends succeed, by the attacker\u{2019}s share of the hash rate".to_owned(),
        x: Axis { label: "confirmations that the payee waits for", ticks: ticks(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], "") },
        y: Axis { label: "attacks that succeed (%)", ticks: ticks(&[0.0, 20.0, 40.0, 60.0, 80.0, 100.0], "") },
        series,
    })
}

/// A room whose hash rate is thirty times as high for an hour.
const TIMES_THIRTY: &str = include_str!("../../scenarios/hash-rate-times-thirty.plan");
/// Over how many minutes intervals are averaged.
const BIN_MINUTES: u64 = 3;

fn intervals() -> Result<Chart> {
    let mut world = World::new(TIMES_THIRTY.parse()?, false);
    let minutes = world.plan.heal_ms / 60_000;
    world.run_until(Time::from_ms(world.plan.heal_ms))?;
    let node = &world.hosts[0].process.as_ref().context("the relay runs")?.node;
    let mut found = vec![0_u64; (minutes / BIN_MINUTES) as usize + 1];
    for height in 1..=node.chain().tip().height.as_u64() {
        let hash = node.chain().hash_at(height.into()).context("a height of the chain")?;
        let header = node.chain().header(&hash).context("a block of the chain")?;
        let minute = header.timestamp.ms_since(world.start) / 60_000;
        if let Some(bin) = found.get_mut((minute / BIN_MINUTES) as usize) {
            *bin += 1;
        }
    }
    found.pop();
    let seconds = |blocks: u64| BIN_MINUTES as f64 * 60.0 / blocks.max(1) as f64;
    let log = |seconds: f64| sim::dice::ln(seconds) / std::f64::consts::LN_10;
    let points: Vec<(f64, f64)> = found
        .iter()
        .enumerate()
        .map(|(bin, blocks)| ((bin as f64 + 0.5) * BIN_MINUTES as f64, log(seconds(*blocks))))
        .collect();
    for ((minute, _), blocks) in points.iter().zip(&found) {
        writeln!(stdout(), "minute {minute}: a block in {:.1} s", seconds(*blocks))?;
    }
    let end = minutes as f64;
    Ok(Chart {
        title: "Block intervals, the hash rate times thirty from minute 60 to 120".to_owned(),
        x: Axis {
            label: "time (minutes)",
            ticks: (0..=6).map(|n| (f64::from(n) * 30.0, (n * 30).to_string())).collect(),
        },
        y: Axis {
            label: "average time between blocks (s)",
            ticks: [0.1, 1.0, 10.0, 100.0, 1_000.0].iter().map(|s| (log(*s), s.to_string())).collect(),
        },
        series: vec![
            Series { name: "3 minutes\u{2019} average".to_owned(), colour: 0, mark: Mark::Line, points },
            Series { name: "intended".to_owned(), colour: 1, mark: Mark::Dashes, points: vec![(0.0, 1.0), (end, 1.0)] },
        ],
    })
}

/// A thousand tabs, three times.
const LARGE: [(&str, &str); 3] = [
    ("star", include_str!("../../scenarios/large/star.plan")),
    ("ring", include_str!("../../scenarios/large/ring.plan")),
    ("random graph", include_str!("../../scenarios/large/random.plan")),
];
/// The block that is watched.
const WATCHED: u64 = 6;
/// How often it is looked who has it, in milliseconds.
const STEP_MS: u64 = 10;
/// For how long at most.
const STEPS_MAX: u64 = 1_000_000;

fn propagation() -> Result<Chart> {
    let mut series = Vec::new();
    for (colour, (name, text)) in LARGE.into_iter().enumerate() {
        let points = spread(text.parse()?)?;
        let after = |percent: f64| points.iter().find(|point| point.1 >= percent).map_or(0.0, |point| point.0);
        writeln!(
            stdout(),
            "{name}: half have a block after {:.2} s, all after {:.2} s",
            power(after(50.0)),
            power(after(100.0))
        )?;
        series.push(Series { name: name.to_owned(), colour, mark: Mark::Line, points });
    }
    let second = |seconds: f64| (sim::dice::ln(seconds) / std::f64::consts::LN_10, seconds.to_string());
    Ok(Chart {
        title: "How a block spreads among a thousand tabs".to_owned(),
        x: Axis { label: "time since it was found (s)", ticks: [0.01, 0.1, 1.0, 10.0, 100.0].map(second).to_vec() },
        y: Axis { label: "tabs that have it (%)", ticks: ticks(&[0.0, 25.0, 50.0, 75.0, 100.0], "") },
        series,
    })
}

/// Ten to the power of this.
fn power(exponent: f64) -> f64 {
    10_f64.powf(exponent)
}

/// The share of hosts that have the watched block, by the decimal logarithm of the seconds since the first had it.
fn spread(plan: Plan) -> Result<Vec<(f64, f64)>> {
    let mut world = World::new(plan, false);
    let (mut since, mut points) = (None, Vec::new());
    for step in 0..STEPS_MAX {
        world.run_until(Time::from_ms(step * STEP_MS))?;
        let has = |host: &sim::world::host::Host| {
            host.process.as_ref().is_some_and(|process| process.node.chain().tip().height.as_u64() >= WATCHED)
        };
        let count = world.hosts.iter().filter(|host| has(host)).count();
        if count == 0 {
            continue;
        }
        let since = *since.get_or_insert(step);
        let seconds = ((step - since) * STEP_MS).max(STEP_MS) as f64 / 1_000.0;
        points
            .push((sim::dice::ln(seconds) / std::f64::consts::LN_10, 100.0 * count as f64 / world.hosts.len() as f64));
        if count == world.hosts.len() {
            points.dedup_by(|later, earlier| later.1 == earlier.1);
            return Ok(points);
        }
    }
    Err(anyhow!("a block did not reach everybody"))
}
