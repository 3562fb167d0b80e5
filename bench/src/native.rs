//! The command line of the native benchmarks.

use std::cell::LazyCell;
use std::io::{BufRead, Write};
use std::path::PathBuf;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use bench::chain::{HEADERS, Material, busy_chain, payments_in};
use bench::refused::Worthless;
use bench::replay::{BLOCKS, Frame, Recording, Replay, SENDERS, verifying};
use bench::{Clock, Sample, measure, mining};
use clap::Parser;
use relay::store::{Change, FileDisk, Store};
use shared::rules::SignatureBatch;
use shared::state::pow::{fastest, kernels};
use shared::state::{LANES_MAX, PreparedHeader};

/// Workloads over Tabcoin's core. `cargo xtask bench` runs them and writes the table.
#[derive(Debug, Parser)]
enum Arguments {
    /// Measure one round of the chain's workloads for each line of standard input; answer with a line of JSON
    Chain,
    /// The same for the miner's workloads; a line may name the part that is wanted: kernels, rules, or catch-up
    Mining,
    /// Fill an empty data directory with a long chain, for a tab to join
    Fill {
        /// The relay's data directory
        #[arg(long)]
        data_dir: PathBuf,
        /// Where to write the chain's parameters, for `relay serve --params`
        #[arg(long)]
        params: PathBuf,
        /// Blocks with ten payments each
        #[arg(long, default_value_t = 10_000)]
        blocks: usize,
    },
}

pub(crate) fn main() -> Result<()> {
    match Arguments::parse() {
        Arguments::Chain => {
            let material = Material::prepare(HEADERS);
            let worthless = Worthless::prepare();
            let cpu = cpu_clock();
            rounds(&clock(), |clock, _| [material.round(clock), worthless.round(&cpu)].concat())
        }
        Arguments::Mining => {
            let header = mining::header(LANES_MAX);
            let material = LazyCell::new(|| Material::prepare(HEADERS));
            let recording = LazyCell::new(|| Rc::new(Recording::prepare(BLOCKS, SENDERS)));
            rounds(&cpu_clock(), |clock, part| {
                let mut samples = Vec::new();
                let has = |name: &str| part.is_empty() || part == name;
                if has("kernels") {
                    samples.extend(mining_round(clock, &header));
                }
                if has("rules") {
                    samples.extend(material.round(clock));
                }
                if has("catch-up") {
                    samples.extend(verifying_round(&recording));
                }
                samples
            })
        }
        Arguments::Fill { data_dir, params, blocks } => fill(&data_dir, &params, blocks),
    }
}

fn rounds(clock: &Clock, round: impl Fn(&Clock, &str) -> Vec<Sample>) -> Result<()> {
    for part in std::io::stdin().lock().lines() {
        println!("{}", serde_json::to_string(&round(clock, &part?))?);
        std::io::stdout().flush()?;
    }
    Ok(())
}

fn clock() -> impl Fn() -> f64 {
    let began = Instant::now();
    move || began.elapsed().as_secs_f64() * 1_000.0
}

fn mining_round(clock: &Clock, header: &PreparedHeader) -> Vec<Sample> {
    let mut samples: Vec<Sample> = kernels()
        .iter()
        .map(|kernel| {
            // The scalar kernel is nothing but that crate's compression; many lanes are no use to it.
            if kernel.name() == "scalar" {
                mining::kernel(clock, "sha2, midstate", &**kernel, &mining::header(1))
            } else {
                mining::kernel(clock, kernel.name(), &**kernel, header)
            }
        })
        .collect();
    for workers in [1, 2] {
        let (per_second, per_cpu_second) = together(workers, header);
        let name = |what: &str| format!("{what}, {workers} at work");
        samples.push(Sample { name: name("workers"), unit: "attempts", per_second });
        let name = name("workers, by CPU time");
        samples.push(Sample { name, unit: "attempts", per_second: per_cpu_second });
    }
    samples
}

/// A chain full of payments, verified by one thread and by two. What counts is how long it takes, so the clock counts.
fn verifying_round(recording: &Rc<Recording>) -> Vec<Sample> {
    let sample = |workers: usize, work: &dyn Fn(&mut Replay)| {
        let mut replay = Replay::new(recording);
        let sample = measure(&clock(), &verifying(workers), "payments", recording.payments(), || work(&mut replay));
        replay.finish();
        sample
    };
    let with_a_helper = |replay: &mut Replay| {
        let look = |(replay, frames): &mut (&mut Replay, Vec<Frame>), push: &mut dyn FnMut(SignatureBatch)| {
            while let Some((frame, signatures)) = replay.look() {
                frames.push(frame);
                push(signatures);
            }
        };
        relay::verify::meanwhile(1, &mut (replay, Vec::new()), look, |(replay, frames), verified| {
            frames.drain(..).for_each(|frame| replay.take(frame, &verified.of_next()));
        });
    };
    vec![sample(1, &Replay::alone), sample(2, &with_a_helper)]
}

/// Rows in a turn of a worker.
const ROWS: u32 = 4_000;
/// How long workers are watched.
const WATCHED: Duration = Duration::from_millis(300);

/// Attempts a second of some threads at once: by the clock, and as if each had a processor to itself.
fn together(workers: u32, header: &PreparedHeader) -> (f64, f64) {
    let kernel = &*fastest();
    let began = Instant::now();
    let work = || {
        let (mut turns, cpu) = (0, cpu_clock());
        let before = cpu();
        while began.elapsed() < WATCHED {
            std::hint::black_box(kernel.first_row(header, turns * ROWS, ROWS));
            turns += 1;
        }
        let attempts = f64::from(turns) * f64::from(ROWS) * header.midstates().len() as f64;
        (attempts, (cpu() - before) / 1e3)
    };
    let outcomes: Vec<(f64, f64)> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        threads.into_iter().map(|thread| thread.join().expect("a worker does not panic")).collect()
    });
    let attempts: f64 = outcomes.iter().map(|(attempts, _)| attempts).sum();
    let cpu: f64 = outcomes.iter().map(|(_, seconds)| *seconds).sum();
    (attempts / began.elapsed().as_secs_f64(), f64::from(workers) * attempts / cpu)
}

/// What this thread got of the processors, in milliseconds, so that what else runs on the machine does not count. By the
/// clock where the system does not tell.
fn cpu_clock() -> impl Fn() -> f64 {
    #[cfg(unix)]
    return || {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
        time.tv_sec as f64 * 1e3 + time.tv_nsec as f64 / 1e6
    };
    #[cfg(not(unix))]
    clock()
}

/// Blocks written in one transaction of the store.
const BLOCKS_A_COMMIT: usize = 1_000;

fn fill(data_dir: &std::path::Path, params_file: &std::path::Path, blocks: usize) -> Result<()> {
    let chain = busy_chain(blocks);
    let params = chain.params();
    std::fs::write(params_file, serde_json::to_string_pretty(params)?)
        .with_context(|| format!("cannot write {}", params_file.display()))?;
    std::fs::create_dir_all(data_dir).with_context(|| format!("cannot make {}", data_dir.display()))?;
    let store = Store::open(FileDisk::in_folder(data_dir))?;
    store.create_room(params)?;
    for blocks in chain.blocks().chunks(BLOCKS_A_COMMIT) {
        let changes: Vec<Change> = blocks
            .iter()
            .map(|block| Change::Block {
                hash: block.hash(),
                height: block.header.height,
                bytes: shared::encode(block),
            })
            .collect();
        store.commit(&params.room, &changes)?;
    }
    println!("{}", serde_json::json!({ "height": chain.height(), "payments": payments_in(&chain) }));
    Ok(())
}
