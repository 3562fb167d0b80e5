//! What the chain costs, natively and in wasm, and how long a fresh tab takes to join a long one.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use wasm_bindgen_cli_support::Bindgen;

use super::rounds::{Rounds, Sample};
use super::table::{Row, Table};
use crate::browser::Browser;
use crate::cli::ChainBench;
use crate::wasm_target::{self, WASM};
use crate::workspace::Workspace;
use crate::{browser_tests, command, narrate, serve};

/// Reads lines, measures a round for each. Node is the one JavaScript engine that runs without a page.
const RUNNER: &str = "\
const { ChainBench } = require('./bench.js');
const bench = new ChainBench();
require('readline').createInterface({ input: process.stdin }).on('line', () => console.log(bench.round()));
";

/// How the names end of what costs an attacker nothing: what it costs a relay is told by the piece as well.
const REFUSED: &str = " refused";
const LOOKED_AT: &str = " looked at";

/// What the browser reports of its joins.
#[derive(Debug, Deserialize)]
struct Joins {
    blocks: u64,
    payments: u64,
    seconds: Vec<f64>,
}

pub(super) fn run(workspace: &Workspace, options: &ChainBench) -> Result<()> {
    let mut table = Table::default();
    let mut samples: Vec<(Sample, &str)> = Vec::new();
    let mut native = Rounds::start(Command::new(native(workspace)?).arg("chain"))?;
    let mut wasm = Rounds::start(&mut wasm(workspace)?)?;
    narrate::step(&format!("Measuring, native and wasm in turns, {} rounds", options.rounds), || {
        for _ in 0..options.rounds {
            samples.extend(native.next()?.into_iter().map(|sample| (sample, "native")));
            samples.extend(wasm.next()?.into_iter().map(|sample| (sample, "wasm")));
        }
        Ok(())
    })?;
    drop((native, wasm));
    let mut names: Vec<(String, String)> = Vec::new();
    for (sample, _) in &samples {
        if !names.iter().any(|(name, _)| *name == sample.name) {
            names.push((sample.name.clone(), format!("{} a second", sample.unit)));
        }
    }
    for (name, unit) in &names {
        for place in ["native", "wasm"] {
            let of_it = samples.iter().filter(|(sample, at)| sample.name == *name && *at == place);
            table.rows.extend(Row::of(name, place, unit, of_it.map(|(sample, _)| sample.per_second).collect()));
        }
        if name.ends_with(REFUSED) || name.ends_with(LOOKED_AT) {
            let of_it = samples.iter().filter(|(sample, at)| sample.name == *name && *at == "native");
            let each = of_it.map(|(sample, _)| 1e6 / sample.per_second).collect();
            table.rows.extend(Row::of(name, "native", "microseconds of CPU each", each));
        }
        table.compare(&format!("{name}: wasm to native"), (name, "wasm"), (name, "native"));
    }
    let (single, batch) = ("payments verified, singly", "payments verified, in a batch");
    for place in ["native", "wasm"] {
        table.compare(&format!("batch to single, {place}"), (batch, place), (single, place));
    }
    if options.joins > 0 {
        join(workspace, options, &mut table)?;
    }
    table.publish(&workspace.target.join("bench").join("chain.json"))
}

pub(super) fn native(workspace: &Workspace) -> Result<PathBuf> {
    narrate::step("Building the native benchmarks", || {
        let mut build = workspace.cargo();
        build.args(["build", "--package", "bench", "--bin", "bench", "--release"]);
        command::run(&mut build, "see https://rustup.rs")
    })?;
    Ok(workspace.target.join("release").join(format!("bench{}", std::env::consts::EXE_SUFFIX)))
}

fn wasm(workspace: &Workspace) -> Result<Command> {
    wasm_target::ensure()?;
    let folder = workspace.scratch().join("bench");
    narrate::step("Building the wasm benchmarks", || {
        let mut build = workspace.cargo();
        build.args(["build", "--package", "bench", "--lib", "--profile", "app", "--target", WASM]);
        command::run(&mut build, "see https://rustup.rs")?;
        std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let input = workspace.target.join(WASM).join("app").join("bench.wasm");
        Bindgen::new().input_path(input).typescript(false).nodejs(true)?.generate(&folder)?;
        std::fs::write(folder.join("run.cjs"), RUNNER)?;
        Ok(())
    })?;
    let Some(node) = command::find_on_path("node") else {
        bail!(
            "the wasm side is measured under Node, which is not installed: see https://nodejs.org, or apt-get install nodejs"
        )
    };
    let mut command = Command::new(node);
    command.arg(folder.join("run.cjs"));
    Ok(command)
}

fn join(workspace: &Workspace, options: &ChainBench, table: &mut Table) -> Result<()> {
    let browser = Browser::ensure()?;
    let relay = serve::build(workspace)?;
    let mut command = workspace.cargo();
    command.args(["run", "--quiet", "--release", "--package", "e2e", "--bin", "join", "--"]);
    command.arg("--fill").arg(native(workspace)?);
    command.args(["--blocks", &options.blocks.to_string(), "--joins", &options.joins.to_string()]);
    browser_tests::against(&mut command, &browser, &relay, &workspace.dist());
    let text =
        narrate::step(&format!("Joining {} blocks in a fresh tab, {} times", options.blocks, options.joins), || {
            command::read(&mut command)
        })?;
    let line = text.lines().last().unwrap_or_default();
    let joins: Joins = serde_json::from_str(line).with_context(|| format!("the browser reported {line:?}"))?;
    let name = format!("join: {} blocks, {} payments, relay to fresh tab", joins.blocks, joins.payments);
    let rate = joins.seconds.iter().map(|seconds| joins.blocks as f64 / seconds).collect();
    table.rows.extend(Row::of(&name, "browser", "seconds", joins.seconds));
    table.rows.extend(Row::of("join: blocks from relay to fresh tab", "browser", "blocks a second", rate));
    Ok(())
}
