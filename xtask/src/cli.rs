//! What can be typed after `cargo xtask`, and the words `--help` teaches it with.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::engine::Engines;

/// The chores of Tabcoin. Start with `cargo xtask serve`.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) chore: Chore,
}

/// One chore.
#[derive(Debug, Subcommand)]
pub(crate) enum Chore {
    /// Build the app and the relay, start the relay, print its address
    ///
    /// On a fresh clone this needs nothing but Rust: it adds the wasm target itself, and it takes some minutes. With
    /// nothing changed it serves at once. Stop it with Ctrl-C; the chain stays in the data directory.
    #[command(after_help = "Examples:\n  \
        cargo xtask serve --open                     serve and open the first tab\n  \
        cargo xtask serve --listen 0.0.0.0:5001      serve a whole classroom\n  \
        cargo xtask serve -- --log json              hand more options to the relay")]
    Serve(ServeOptions),

    /// Build the app into dist/ and the relay, and start neither
    Build,

    /// Run every test there is, browser tests and their set-up included
    ///
    /// Nothing is skipped: what is missing is installed (on Debian or Ubuntu as root) or named, and then the run fails.
    /// The last line is the count over all runs.
    #[command(after_help = "Examples:\n  \
        cargo xtask test                             everything, as CI does\n  \
        cargo xtask test --only unit mempool         unit tests whose name has `mempool`\n  \
        cargo xtask test --only browser              the app in Chromium\n  \
        cargo xtask test --only browser --engine all the app in Chromium, Firefox and WebKit")]
    Test(TestOptions),

    /// Run what CI runs: the tests, and fmt, clippy, doc, deny, the size budget and the Trunk build
    Ci,

    /// Run the pinned Trunk, installed once into the cache folder, e.g. `cargo xtask trunk serve`
    ///
    /// Trunk rebuilds and reloads the page on every change, and hands REST and WebSockets on to a relay that
    /// `cargo xtask serve` started beside it.
    Trunk(Passed),

    /// Take screenshots of every page, light and dark, wide and narrow, e.g. `cargo xtask shots --out target/shots`
    Shots(Passed),

    /// Measure, print a table, and write it to target/bench/
    #[command(subcommand)]
    Bench(Bench),

    /// Kill a real relay under load with SIGKILL, many times, and check that nothing acknowledged is lost
    #[command(after_help = "Examples:\n  \
        cargo xtask kill                             as often as `cargo xtask test` does\n  \
        cargo xtask kill --times 2000 --seed 7       for a quarter of an hour")]
    Kill(KillOptions),

    /// Fuzz with libFuzzer: every target, or those named, a minute each
    ///
    /// cargo-fuzz is installed once into the cache folder, and a nightly Rust by rustup; without one the usual Rust is told
    /// to do it. What crashes a target is put into fuzz/corpus, which `cargo xtask test` replays.
    #[command(after_help = "Examples:\n  \
        cargo xtask fuzz                             every target for a minute\n  \
        cargo xtask fuzz node sync --seconds 600     two of them for ten minutes\n  \
        cargo xtask fuzz --keep                      and keep what was found, minimised")]
    Fuzz(FuzzOptions),

    /// Say how many lines of decoding, rules, chain and sync the core's tests run
    Coverage(CoverageOptions),

    /// Open a page in the browser as soon as its address answers
    #[command(hide = true)]
    Open {
        /// The page's address.
        url: String,
    },
}

/// What can be measured.
#[derive(Debug, Subcommand)]
pub(crate) enum Bench {
    /// The chain: headers, signatures, blocks, natively and in wasm, and a fresh tab joining a long chain
    Chain(ChainBench),
    /// HTTP: what a tab that has gone and a tab that is there answer, beside a bare axum route
    Http(HttpBench),
    /// The miner: every kernel, natively, under Node and in a browser, beside what others use
    Mining(MiningBench),
}

/// Options of `bench chain`.
#[derive(Args, Debug)]
pub(crate) struct ChainBench {
    /// How often native and wasm take turns
    #[arg(long, value_name = "N", default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) rounds: u32,

    /// How often a fresh tab joins; 0 leaves the browser out
    #[arg(long, value_name = "N", default_value_t = 3)]
    pub(crate) joins: u32,

    /// How long the joined chain is, in blocks of ten payments
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    pub(crate) blocks: u32,
}

/// Options of `bench http`.
#[derive(Args, Debug)]
pub(crate) struct HttpBench {
    /// How often each is measured, in turns
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) rounds: u32,

    /// Requests a second
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) rate: u32,
}

/// Options of `bench mining`.
#[derive(Args, Debug)]
pub(crate) struct MiningBench {
    /// How often native, Node and the browser take turns
    #[arg(long, value_name = "N", default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) rounds: u32,

    /// Measure only a part, and only what is compared within it
    #[arg(long, value_name = "PART", conflicts_with = "check")]
    pub(crate) only: Option<MiningPart>,

    /// Fail where a ratio is below what the project promises, and name it
    #[arg(long)]
    pub(crate) check: bool,
}

/// A part of `bench mining`.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MiningPart {
    /// The kernels, and workers that search together
    Kernels,
    /// Headers, signatures and blocks, one after the other
    Rules,
    /// A chain full of payments, verified by one and by two
    CatchUp,
}

impl MiningPart {
    /// As it is said to the programs that measure.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Kernels => "kernels",
            Self::Rules => "rules",
            Self::CatchUp => "catch-up",
        }
    }
}

/// Options of `kill`.
#[derive(Args, Debug)]
pub(crate) struct KillOptions {
    /// How often
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) times: u32,

    /// What the moments of the kills follow from; a fresh one, which is printed, unless said otherwise
    #[arg(long, value_name = "S")]
    pub(crate) seed: Option<u64>,
}

/// Options of `fuzz`.
#[derive(Args, Debug)]
pub(crate) struct FuzzOptions {
    /// How long each target is fuzzed
    #[arg(long, value_name = "N", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) seconds: u32,

    /// Put what was found into fuzz/corpus, as few inputs as reach as much
    #[arg(long)]
    pub(crate) keep: bool,

    /// The targets; all of them if none is named
    #[arg(value_name = "TARGET")]
    pub(crate) targets: Vec<String>,
}

/// Options of `coverage`.
#[derive(Args, Debug)]
pub(crate) struct CoverageOptions {
    /// Fail below 95 percent of the lines of any of the four
    #[arg(long)]
    pub(crate) check: bool,

    /// Name the lines that no test runs
    #[arg(long)]
    pub(crate) missing: bool,
}

/// Options of `serve`.
#[derive(Args, Debug)]
pub(crate) struct ServeOptions {
    /// The address and port to serve on
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:5001")]
    pub(crate) listen: String,

    /// Where the relay keeps its chain and its key; made if absent
    #[arg(long, value_name = "DIR", default_value = "tabcoin-data")]
    pub(crate) data_dir: PathBuf,

    /// Open the app in the browser once the relay answers
    #[arg(long)]
    pub(crate) open: bool,

    /// More options for the relay, after `--`; `-- --help` lists them
    #[arg(last = true, value_name = "RELAY OPTIONS")]
    pub(crate) relay: Vec<String>,
}

/// Options of `test`.
#[derive(Args, Debug, Default)]
pub(crate) struct TestOptions {
    /// Run one part only
    #[arg(long, value_enum, value_name = "PART")]
    pub(crate) only: Option<Part>,

    /// Run the browser tests in another engine, or in all of them
    #[arg(long, value_enum, value_name = "ENGINE", default_value_t)]
    pub(crate) engine: Engines,

    /// Run only tests whose name contains this
    pub(crate) filter: Option<String>,
}

/// A part of the tests.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Part {
    /// Everything that needs no browser.
    Unit,
    /// A thousand simulated networks.
    Sim,
    /// The app in a real browser, and other people's programs, against a real relay.
    Browser,
    /// The Python checker of the specification against the real thing.
    Python,
}

/// Arguments handed on as they are. `--help` before them is about the chore; after them it is handed on too.
#[derive(Args, Debug)]
pub(crate) struct Passed {
    /// Handed on as they are
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGUMENTS")]
    pub(crate) arguments: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_help_reads_well_at_every_width() {
        fn check(command: &clap::Command, width: usize) {
            let help = command.clone().term_width(width).render_long_help().to_string();
            let complaints = shared::testing::help::complaints(&help, width);
            assert!(complaints.is_empty(), "{}:\n{}", command.get_name(), complaints.join("\n"));
            command.get_subcommands().for_each(|command| check(command, width));
        }
        for width in shared::testing::help::WIDTHS {
            let mut command = Cli::command();
            command.build();
            check(&command, width);
        }
    }

    #[test]
    fn help_is_the_chores_until_something_is_handed_on() {
        for chore in ["trunk", "shots"] {
            let asked = Cli::try_parse_from(["xtask", chore, "--help"]).expect_err("help ends it");
            assert_eq!(asked.kind(), clap::error::ErrorKind::DisplayHelp, "{chore}");
        }
        let Chore::Trunk(passed) = Cli::parse_from(["xtask", "trunk", "serve", "--help"]).chore else {
            panic!("trunk was typed")
        };
        assert_eq!(passed.arguments, ["serve", "--help"]);
        let Chore::Shots(passed) = Cli::parse_from(["xtask", "shots", "--out", "a"]).chore else {
            panic!("shots was typed")
        };
        assert_eq!(passed.arguments, ["--out", "a"]);
    }

    #[test]
    fn what_follows_two_dashes_goes_to_the_relay() {
        let cli = Cli::parse_from(["xtask", "serve", "--open", "--", "--log", "json"]);
        let Chore::Serve(options) = cli.chore else { panic!("serve was typed") };
        assert!(options.open);
        assert_eq!(options.relay, ["--log", "json"]);
    }
}
