//! What can be typed, and what is done then.

mod plot;
mod progress;
mod seeds;
mod svg;

use std::io::{self, Write as _, stdout};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Parser;
use sim::plan::{Plan, Shape, draw};
use sim::run::{Outcome, run_guarded};
use sim::shrink::shrink;

use self::seeds::Failure;

/// Run whole networks of Tabcoin nodes in virtual time, with everything going wrong
///
/// Every seed is another network: a relay, some tabs that mine and pay, and a list of what goes wrong. After every event
/// it is checked that no coin comes from nowhere and nothing is lost; in the end faults stop, and all must agree. A
/// failure prints its seed, the shortest plan found that fails in the same way, and the command that runs it again.
#[derive(Debug, Parser)]
#[command(
    name = "sim",
    version,
    max_term_width = 100,
    after_help = "Examples:\n  \
    A thousand networks, on all cores:\n      cargo run -p sim --release -- --seeds 1000\n  \
    One of them, and every event of it in words:\n      \
    cargo run -p sim --release -- --first-seed 42 --seeds 1 --words\n  \
    Its plan, as a file to change:\n      cargo run -p sim --release -- --first-seed 42 --plan\n  \
    A network described in a file:\n      \
    cargo run -p sim --release -- --scenario sim/scenarios/partition-and-heal.plan\n  \
    Ten networks of fifty tabs, and how much faster than the clock:\n      \
    cargo run -p sim --release -- --tabs 50 --seeds 10 --threads 1\n  \
    Measure, and draw what docs/reliability.md shows:\n      \
    cargo run -p sim --release -- plot --out docs/plots"
)]
struct Options {
    /// Measure and draw, instead of looking for failures.
    #[command(subcommand)]
    plot: Option<plot::Command>,
    /// How many seeds to run.
    #[arg(long, default_value_t = 1_000, value_name = "N")]
    seeds: u64,
    /// The first of them.
    #[arg(long, default_value_t = 0, value_name = "SEED")]
    first_seed: u64,
    /// Run the networks described in these files instead.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    scenario: Vec<PathBuf>,
    /// Print every event in words.
    #[arg(long)]
    words: bool,
    /// Print the plan of the first seed, and run nothing.
    #[arg(long)]
    plan: bool,
    /// How many tabs there are, in place of a few.
    #[arg(long, value_name = "N")]
    tabs: Option<u64>,
    /// For how many minutes things go wrong, where the number of tabs is given.
    #[arg(long, default_value_t = 10, value_name = "MINUTES", requires = "tabs")]
    minutes: u64,
    /// How many seeds to run at once; one a core where it is not given.
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
}

impl Options {
    fn draw(&self, seed: u64) -> Plan {
        let shape = self.tabs.map(|tabs| Shape {
            tabs,
            heal_ms: self.minutes * 60_000,
            payments: self.minutes * tabs / 2,
            faults: self.minutes * tabs / 4,
        });
        draw(seed, shape)
    }
}

pub(crate) fn main() -> Result<ExitCode> {
    let options = Options::parse();
    if let Some(command) = &options.plot {
        return command.run();
    }
    if options.plan {
        write!(stdout(), "{}", options.draw(options.first_seed))?;
        return Ok(ExitCode::SUCCESS);
    }
    if !options.scenario.is_empty() {
        return scenarios(&options);
    }
    if options.words {
        let plan = options.draw(options.first_seed);
        write!(stdout(), "{plan}")?;
        tell_words(&run_guarded(&plan, true))?;
    }
    let threads = options.threads.or_else(|| std::thread::available_parallelism().ok().map(usize::from)).unwrap_or(1);
    let seeds = options.first_seed..options.first_seed.saturating_add(options.seeds);
    let summary = seeds::run_all(seeds, threads, &|seed| options.draw(seed));
    for Failure { plan, violation } in &summary.failures {
        writeln!(stdout(), "\nseed {} fails: {violation}", plan.seed)?;
        writeln!(stdout(), "the shortest plan found that breaks the same rule:\n")?;
        let shortest = shrink(plan, violation);
        write!(stdout(), "{shortest}")?;
        writeln!(stdout(), "\nwhat happens in it, in the end:\n")?;
        let words = run_guarded(&shortest, true).words;
        for line in words.iter().skip(words.len().saturating_sub(WORDS_SHOWN)) {
            writeln!(stdout(), "{line}")?;
        }
        let shape = options.tabs.map(|tabs| format!(" --tabs {tabs} --minutes {}", options.minutes));
        writeln!(
            stdout(),
            "\nrun it again: cargo run -p sim --release -- --first-seed {} --seeds 1{}",
            plan.seed,
            shape.unwrap_or_default()
        )?;
    }
    writeln!(stdout(), "{summary}")?;
    Ok(if summary.failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// How many of the last events of a failure are shown.
const WORDS_SHOWN: usize = 40;

fn scenarios(options: &Options) -> Result<ExitCode> {
    let mut failed = 0;
    for path in &options.scenario {
        let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        let plan: Plan = text.parse().with_context(|| format!("{}", path.display()))?;
        let outcome = run_guarded(&plan, options.words);
        tell_words(&outcome)?;
        let Outcome { violation, trace, events, blocks, deepest, apart, virtual_ms, .. } = outcome;
        let verdict = violation.as_ref().map_or_else(|| "holds".to_owned(), |violation| format!("fails: {violation}"));
        writeln!(stdout(), "{}: {verdict}", path.display())?;
        writeln!(
            stdout(),
            "  {} s of virtual time, {events} events, {blocks} blocks, {deepest} left behind at once, trace {}",
            virtual_ms / 1_000,
            seeds::hex(&trace)
        )?;
        if plan.goes_on_ms > 0 {
            writeln!(stdout(), "  the honest disagreed {apart} blocks from the top at most while adversaries went on")?;
        }
        failed += usize::from(violation.is_some());
    }
    let passed = options.scenario.len() - failed;
    let verdict = if failed == 0 { "ok" } else { "FAILED" };
    writeln!(stdout(), "test result: {verdict}. {passed} passed; {failed} failed; 0 ignored")?;
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn tell_words(outcome: &Outcome) -> io::Result<()> {
    outcome.words.iter().try_for_each(|line| writeln!(stdout(), "{line}"))
}

/// Whether a run ended only because nobody reads what it writes any more (`sim --words | head`).
pub(crate) fn is_reader_gone(error: &anyhow::Error) -> bool {
    let is_it = |error: &io::Error| error.kind() == io::ErrorKind::BrokenPipe;
    error.downcast_ref().is_some_and(is_it)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn every_help_reads_well_at_every_width() {
        fn check(command: &clap::Command, width: usize) {
            let help = command.clone().term_width(width).render_long_help().to_string();
            let complaints = shared::testing::help::complaints(&help, width);
            assert!(complaints.is_empty(), "{}:\n{}", command.get_name(), complaints.join("\n"));
            command.get_subcommands().for_each(|command| check(command, width));
        }
        for width in shared::testing::help::WIDTHS {
            let mut command = Options::command();
            command.build();
            check(&command, width);
        }
    }
}
