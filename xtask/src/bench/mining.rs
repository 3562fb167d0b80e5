//! What mining comes to: the kernels natively, under Node and in a browser, beside the libraries that others use.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use wasm_bindgen_cli_support::Bindgen;

use super::chain;
use super::rounds::{Rounds, Sample};
use super::table::Table;
use crate::browser::Browser;
use crate::cli::{MiningBench, MiningPart};
use crate::wasm_target::{self, WASM};
use crate::workspace::Workspace;
use crate::{browser_tests, command, narrate, relay};

const NATIVE: &str = "native";
const NODE: &str = "node";
const BROWSER: &str = "browser";

/// What the comparisons are with: the `sha2` crate's compression alone, which is our portable kernel, and a hasher of
/// that crate cloned at the midstate, as programs call it. The libraries for JavaScript are called likewise.
const SHA2: &str = "sha2, midstate";
const SHA2_CALLED: &str = "sha2, cloned hasher";
const SIMD: &str = "simd128";

/// A promise: one row is at least so many times another. A promise about a kernel holds where the processor has it.
struct Bar {
    one: (&'static str, &'static str),
    other: (&'static str, &'static str),
    at_least: f64,
}

const fn bar(one: (&'static str, &'static str), other: (&'static str, &'static str), at_least: f64) -> Bar {
    Bar { one, other, at_least }
}

const SINGLE: &str = "payments verified, singly";
const BATCH: &str = "payments verified, in a batch";
const HEADERS: &str = "100,000 headers verified";
const ONE: &str = "payment-heavy chain verified, 1 at work";
const TWO: &str = "payment-heavy chain verified, 2 at work";
const BARS: [Bar; 16] = [
    bar((SIMD, BROWSER), (SHA2_CALLED, BROWSER), 3.8),
    // With three vector operations in each cycle, and no other work, it would be 3.7.
    bar((SIMD, BROWSER), (SHA2, BROWSER), 3.3),
    bar((SIMD, BROWSER), ("hash-wasm", BROWSER), 15.0),
    bar((SIMD, BROWSER), ("@noble/hashes", BROWSER), 30.0),
    bar((SIMD, NODE), (SHA2, NATIVE), 0.62),
    bar(("avx512", NATIVE), (SHA2, NATIVE), 4.0),
    bar(("avx2", NATIVE), (SHA2, NATIVE), 1.5),
    bar(("sha-ni", NATIVE), (SHA2, NATIVE), 1.25),
    bar(("workers, 2 at work", NATIVE), ("workers, 1 at work", NATIVE), 1.85),
    bar(("workers, by CPU time, 2 at work", NATIVE), ("workers, by CPU time, 1 at work", NATIVE), 2.0 * 0.97),
    bar((BATCH, NATIVE), (SINGLE, NATIVE), 2.2),
    bar((BATCH, BROWSER), (SINGLE, BROWSER), 2.2),
    bar((TWO, NATIVE), (ONE, NATIVE), 1.7),
    bar((TWO, BROWSER), (ONE, BROWSER), 1.7),
    bar(("workers, 2 at work", BROWSER), ("workers, 1 at work", BROWSER), 1.85),
    bar((HEADERS, BROWSER), (HEADERS, NATIVE), 0.25),
];

impl Bar {
    fn name(&self) -> String {
        let ((one, here), (other, there)) = (self.one, self.other);
        format!("{one}, {here}, to {other}, {there}")
    }

    /// Why the promise does not hold, if it does not.
    fn missed(&self, table: &Table) -> Option<String> {
        let name = self.name();
        match table.ratios.iter().find(|ratio| ratio.name == name) {
            Some(ratio) if ratio.value >= self.at_least => None,
            Some(ratio) => Some(format!("{name}: {:.2}, and should be at least {}", ratio.value, self.at_least)),
            // Only a processor may be without something.
            None if self.one.1 == NATIVE && ["avx512", "avx2", "sha-ni"].contains(&self.one.0) => {
                narrate::note(&format!("not on this processor: {}", self.one.0));
                None
            }
            None => Some(format!("{name}: not measured")),
        }
    }
}

pub(super) fn run(workspace: &Workspace, options: &MiningBench) -> Result<()> {
    let folder = wasm(workspace)?;
    let Some(node) = command::find_on_path("node") else {
        bail!("the kernels are measured under Node, which is not installed: see https://nodejs.org")
    };
    let browser = Browser::ensure()?;
    let mut in_browser = browser_bench(workspace)?;
    browser_tests::against(&mut in_browser, &browser, &relay::build(workspace)?, &folder);
    let mut places = [
        (Rounds::start(Command::new(chain::native(workspace)?).arg("mining"))?, NATIVE),
        (Rounds::start(Command::new(node).arg(folder.join("node.mjs")))?, NODE),
        (Rounds::start(&mut in_browser)?, BROWSER),
    ];
    let part = options.only.map_or("", MiningPart::name);
    let mut samples: Vec<(Sample, &str)> = Vec::new();
    narrate::step(&format!("Measuring, native, Node and browser in turns, {} rounds", options.rounds), || {
        for _ in 0..options.rounds {
            for (place, name) in &mut places {
                samples.extend(place.next_of(part)?.into_iter().map(|sample| (sample, *name)));
            }
        }
        Ok(())
    })?;
    drop(places);
    let mut table = Table::default();
    table.add(&samples);
    for bar in &BARS {
        table.compare(&bar.name(), bar.one, bar.other);
    }
    // A part does not take the place of the whole.
    let file = options.only.map_or("mining.json".to_owned(), |part| format!("mining-{}.json", part.name()));
    table.publish(&workspace.target.join("bench").join(file))?;
    if options.check {
        let missed: Vec<String> = BARS.iter().filter_map(|bar| bar.missed(&table)).collect();
        if !missed.is_empty() {
            bail!("missed:\n  {}", missed.join("\n  "));
        }
        narrate::note(&format!("all {} ratios are as they should be", BARS.len()));
    }
    Ok(())
}

/// Puts everything that Node and the browser load into one folder, and returns it.
fn wasm(workspace: &Workspace) -> Result<PathBuf> {
    wasm_target::ensure()?;
    let folder = workspace.scratch().join("mining");
    let tools = workspace.root.join("tools").join("mining");
    narrate::step("Building the wasm benchmarks", || {
        let mut build = workspace.cargo();
        build.args(["build", "--package", "bench", "--lib", "--profile", "app", "--target", WASM]);
        command::run(&mut build, "see https://rustup.rs")?;
        std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let input = workspace.target.join(WASM).join("app").join("bench.wasm");
        Bindgen::new().input_path(input).typescript(false).web(true)?.generate(&folder)?;
        // So that Node takes the `.js` files for modules too.
        std::fs::write(folder.join("package.json"), r#"{ "type": "module" }"#)?;
        copy_files(
            &tools,
            &folder,
            &["bench.mjs", "node.mjs", "page.mjs", "worker.mjs", "together.mjs", "helper.mjs", "index.html"],
        )
    })?;
    narrate::step("Fetching what the kernels are compared with", || {
        let packages = workspace.scratch().join("mining-npm");
        std::fs::create_dir_all(&packages)?;
        copy_files(&tools, &packages, &["package.json", "package-lock.json"])?;
        let Some(npm) = command::find_on_path("npm") else { bail!("npm is not installed: see https://nodejs.org") };
        let mut install = Command::new(npm);
        install.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(&packages);
        command::run(&mut install, "see https://nodejs.org")?;
        let modules = packages.join("node_modules");
        std::fs::copy(modules.join("hash-wasm/dist/index.esm.min.js"), folder.join("hash-wasm.mjs"))?;
        let noble = folder.join("noble");
        std::fs::create_dir_all(&noble)?;
        copy_files(&modules.join("@noble/hashes"), &noble, &["sha2.js", "_md.js", "_u64.js", "utils.js"])
    })?;
    Ok(folder)
}

fn copy_files(from: &Path, to: &Path, names: &[&str]) -> Result<()> {
    for name in names {
        std::fs::copy(from.join(name), to.join(name))
            .with_context(|| format!("cannot copy {} to {}", from.join(name).display(), to.display()))?;
    }
    Ok(())
}

fn browser_bench(workspace: &Workspace) -> Result<Command> {
    narrate::step("Building what drives the browser", || {
        let mut build = workspace.cargo();
        build.args(["build", "--release", "--package", "e2e", "--bin", "browser-bench"]);
        command::run(&mut build, "see https://rustup.rs")
    })?;
    Ok(Command::new(workspace.target.join("release").join(format!("browser-bench{}", std::env::consts::EXE_SUFFIX))))
}

#[cfg(test)]
mod tests {
    use super::super::table::Ratio;
    use super::*;

    #[test]
    fn a_bar_is_missed_from_below_and_when_it_was_not_measured() {
        let bar = bar((SIMD, NODE), (SHA2, NATIVE), 0.62);
        let table = |value| Table { ratios: vec![Ratio { name: bar.name(), value }], ..Table::default() };
        assert_eq!(bar.missed(&table(0.62)), None);
        assert!(bar.missed(&table(0.61)).is_some_and(|reason| reason.contains("0.61")));
        assert!(bar.missed(&Table::default()).is_some_and(|reason| reason.contains("not measured")));
    }
}
