//! `cargo xtask fuzz`: libFuzzer on every target of `fuzz/`, for a while each, with whatever Rust here can do it.
//!
//! What a run finds stays below cargo's folder; only `--keep` puts it, minimised, into the corpus of the project. An input
//! that crashes a target always goes there, so that the tests fail until it is mended.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::cache::{Profile, Tool};
use crate::cli::FuzzOptions;
use crate::wasm_target::{self, WASM};
use crate::workspace::Workspace;
use crate::{command, narrate};

const CARGO_FUZZ: Tool =
    Tool { package: "cargo-fuzz", program: "cargo-fuzz", version: "0.13.2", profile: Profile::Release };
/// An input that takes longer is a finding too, in seconds.
const INPUT_SECONDS_MAX: u32 = 20;
/// An input that takes more memory is a finding too, in mebibytes.
const MEMORY_MIB_MAX: u32 = 2_048;
/// The longest input that is made up. A chain as a file has some hundred bytes.
const INPUT_BYTES_MAX: u32 = 4_096;
/// The fuzz targets are safe Rust around safe Rust: an address sanitizer would halve the speed and find nothing.
const SANITIZER: &str = "--sanitizer=none";

/// The Rust that compiles the targets.
enum Toolchain {
    Nightly,
    /// The usual one, told to take what only a nightly takes.
    Unlocked,
}

/// What a run of one target came to.
struct Outcome {
    target: String,
    executions: u64,
    edges: u64,
    is_crashed: bool,
}

/// Fuzzes the targets asked for, or all of them, one after the other.
pub(crate) fn run(workspace: &Workspace, options: &FuzzOptions) -> Result<()> {
    let cargo_fuzz = CARGO_FUZZ.ensure()?;
    let known = targets(workspace)?;
    let wanted = if options.targets.is_empty() { known.clone() } else { options.targets.clone() };
    if let Some(unknown) = wanted.iter().find(|target| !known.contains(target)) {
        bail!("there is no fuzz target {unknown}; there are {}", known.join(", "));
    }
    let fuzz = Fuzz { workspace, cargo_fuzz, toolchain: toolchain(), module: module(workspace)? };
    narrate::step("Building the fuzz targets", || {
        wanted.iter().try_for_each(|target| command::run(fuzz.command("build").arg(target), "it was just installed"))
    })?;
    let mut outcomes = Vec::new();
    for target in &wanted {
        let name = format!("{target}, {} s", options.seconds);
        outcomes.push(narrate::step(&name, || fuzz.run(target, options.seconds))?);
        if options.keep {
            narrate::step("Keeping what is new", || fuzz.keep(target))?;
        }
    }
    say!("\n{:<16} {:>12} {:>8}", "target", "executions", "edges");
    for outcome in &outcomes {
        let crashed = if outcome.is_crashed { "  CRASHED" } else { "" };
        say!("{:<16} {:>12} {:>8}{crashed}", outcome.target, outcome.executions, outcome.edges);
    }
    let crashed = outcomes.iter().filter(|outcome| outcome.is_crashed).count();
    if crashed > 0 {
        bail!("{crashed} of {} targets crashed; the inputs are in fuzz/corpus now", outcomes.len());
    }
    say!("\nno crash in {} targets", outcomes.len());
    Ok(())
}

/// The names of all targets, from the manifest.
fn targets(workspace: &Workspace) -> Result<Vec<String>> {
    #[derive(Deserialize)]
    struct Described {
        packages: Vec<Package>,
    }
    #[derive(Deserialize)]
    struct Package {
        name: String,
        targets: Vec<Binary>,
    }
    #[derive(Deserialize)]
    struct Binary {
        name: String,
    }
    let manifest = workspace.root.join("fuzz/Cargo.toml");
    let mut metadata = workspace.cargo();
    metadata.args(["metadata", "--format-version=1", "--no-deps", "--manifest-path"]).arg(manifest);
    let described: Described = serde_json::from_str(&command::read(&mut metadata)?)?;
    let package = described.packages.into_iter().find(|package| package.name == "fuzz");
    Ok(package.context("a package of fuzz targets")?.targets.into_iter().map(|binary| binary.name).collect())
}

/// Finds a nightly Rust, has rustup fetch one, or says that it does without.
fn toolchain() -> Toolchain {
    let has_nightly = || {
        let mut rustc = Command::new("rustup");
        rustc.args(["run", "nightly", "rustc", "--version"]).env_remove("RUSTUP_TOOLCHAIN");
        command::read(&mut rustc)
    };
    let mut found = has_nightly();
    if found.is_err() && command::find_on_path("rustup").is_some() {
        let fetched = narrate::step("Fetching a nightly Rust for libFuzzer's instrumentation", || {
            let mut install = Command::new("rustup");
            install.args(["toolchain", "install", "nightly", "--profile", "minimal"]);
            command::run(&mut install, "see https://rustup.rs")
        });
        found = fetched.and_then(|()| has_nightly());
    }
    match found {
        Ok(version) => {
            narrate::note(&format!("with {version}"));
            Toolchain::Nightly
        }
        Err(_) => {
            narrate::note("no nightly Rust is to be had: with the usual one and RUSTC_BOOTSTRAP=1");
            Toolchain::Unlocked
        }
    }
}

/// Builds the core as a wasm module, optimised as in the app, and returns its path.
fn module(workspace: &Workspace) -> Result<PathBuf> {
    wasm_target::ensure()?;
    narrate::step("Building the core as a wasm module", || {
        let mut build = workspace.cargo();
        build.args(["build", "--quiet", "--release", "--package", "verdict", "--lib", "--target", WASM]);
        command::run(&mut build, "see https://rustup.rs")
    })?;
    Ok(workspace.target.join(WASM).join("release/verdict.wasm"))
}

struct Fuzz<'a> {
    workspace: &'a Workspace,
    cargo_fuzz: PathBuf,
    toolchain: Toolchain,
    module: PathBuf,
}

impl Fuzz<'_> {
    /// A cargo-fuzz command, without the names of targets and folders.
    fn command(&self, subcommand: &str) -> Command {
        let mut fuzz = Command::new(&self.cargo_fuzz);
        fuzz.current_dir(&self.workspace.root).args(["fuzz", subcommand, SANITIZER]);
        // It calls the cargo of another toolchain than the one that runs this.
        fuzz.env_remove("CARGO").env_remove("RUSTC").env_remove("RUSTUP_TOOLCHAIN");
        match self.toolchain {
            Toolchain::Nightly => fuzz.env("RUSTUP_TOOLCHAIN", "nightly"),
            Toolchain::Unlocked => fuzz.env("RUSTC_BOOTSTRAP", "1"),
        };
        fuzz.env("CARGO_TARGET_DIR", self.workspace.target.join("fuzz")).env("TABCOIN_VERDICT", &self.module);
        fuzz
    }

    /// The corpus of the project.
    fn kept(&self, target: &str) -> PathBuf {
        self.workspace.root.join("fuzz/corpus").join(target)
    }

    /// What runs on this machine have found.
    fn found(&self, target: &str) -> Result<PathBuf> {
        let folder = self.workspace.scratch().join("fuzz").join(target);
        std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        Ok(folder)
    }

    fn run(&self, target: &str, seconds: u32) -> Result<Outcome> {
        let crashes = self.found(&format!("crashes/{target}"))?;
        let mut fuzz = self.command("run");
        // The first folder is the one that new inputs go into.
        fuzz.arg(target).arg(self.found(target)?).arg(self.kept(target)).arg("--");
        fuzz.arg(format!("-max_total_time={seconds}")).arg(format!("-timeout={INPUT_SECONDS_MAX}"));
        fuzz.arg(format!("-rss_limit_mb={MEMORY_MIB_MAX}")).arg(format!("-max_len={INPUT_BYTES_MAX}"));
        fuzz.arg("-print_final_stats=1").arg("-verbosity=1").arg(format!("-artifact_prefix={}/", crashes.display()));
        let shown = command::shown(&fuzz);
        let mut child = fuzz.stderr(Stdio::piped()).spawn().with_context(|| format!("cannot start `{shown}`"))?;
        let told = child.stderr.take().context("the output was asked for")?;
        let mut outcome = Outcome { target: target.to_owned(), executions: 0, edges: 0, is_crashed: false };
        for line in BufReader::new(told).lines() {
            outcome.read(&line.unwrap_or_default());
        }
        outcome.is_crashed = !child.wait().context("it was started")?.success();
        if outcome.is_crashed {
            adopt(&crashes, &self.kept(target))?;
        }
        Ok(outcome)
    }

    /// Puts what is new into the project's corpus, as few inputs as reach as much.
    fn keep(&self, target: &str) -> Result<()> {
        let mut merge = self.command("run");
        merge.arg(target).arg(self.kept(target)).arg(self.found(target)?).args(["--", "-merge=1"]);
        command::run(&mut merge, "it was just installed")
    }
}

impl Outcome {
    /// Reads a line of libFuzzer's; prints those that a person wants to see.
    fn read(&mut self, line: &str) {
        if let Some(count) = line.strip_prefix("stat::number_of_executed_units:") {
            self.executions = count.trim().parse().unwrap_or_default();
        } else if let Some((_, rest)) = line.split_once(" cov: ") {
            self.edges = rest.split(' ').next().and_then(|count| count.parse().ok()).unwrap_or(self.edges);
        } else if !line.starts_with("stat::") {
            say!("    {line}");
        }
    }
}

/// Copies crashing inputs into the corpus.
fn adopt(crashes: &Path, corpus: &Path) -> Result<()> {
    for entry in std::fs::read_dir(crashes).with_context(|| format!("cannot read {}", crashes.display()))? {
        let path = entry?.path();
        let Some(name) = path.file_name() else { continue };
        std::fs::copy(&path, corpus.join(name)).with_context(|| format!("cannot copy {}", path.display()))?;
        narrate::note(&format!("kept {}", corpus.join(name).display()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_counts_are_read_from_what_libfuzzer_says() {
        let mut outcome = Outcome { target: "node".to_owned(), executions: 0, edges: 0, is_crashed: false };
        outcome.read("#2097152\tpulse  cov: 1234 ft: 5678 corp: 90/8Kb lim: 4096 exec/s: 34952 rss: 61Mb");
        outcome.read("stat::number_of_executed_units: 3000000");
        assert_eq!((outcome.executions, outcome.edges), (3_000_000, 1_234));
    }
}
