//! `cargo xtask coverage`: how many lines of the core its own tests run, with cargo-llvm-cov.
//!
//! Only the tests of `shared` count: what another crate happens to run says nothing about what is checked.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::cache::{Profile, Tool};
use crate::cli::CoverageOptions;
use crate::workspace::Workspace;
use crate::{command, debian, narrate, python};

const CARGO_LLVM_COV: Tool =
    Tool { package: "cargo-llvm-cov", program: "cargo-llvm-cov", version: "0.9.1", profile: Profile::Release };
/// The least part of each area's lines that tests run, in percent.
const LINES_MIN: f64 = 95.0;
/// Debian's LLVM that reads what this Rust writes, where rustup has none.
const LLVM: &str = "llvm-22";
/// What is promised of, and the files of `shared/src` that it is made of.
const AREAS: [(&str, &[&str]); 4] = [
    ("decoding", &["encoding.rs", "export.rs", "exchange.rs", "values/", "classic/json/", "protocol/message.rs"]),
    ("rules", &["rules/"]),
    ("chain", &["state/chain/", "state/ledger.rs", "state/bodies.rs"]),
    ("sync", &["protocol/"]),
];

/// Lines that could be run, and those that were.
#[derive(Clone, Copy, Debug, Default)]
struct Lines {
    all: usize,
    run: usize,
}

impl Lines {
    fn percent(self) -> f64 {
        100.0 * self.run as f64 / self.all.max(1) as f64
    }
}

/// Runs the core's tests and prints the figures; with `--check`, below what is promised is a failure.
pub(crate) fn run(workspace: &Workspace, options: &CoverageOptions) -> Result<()> {
    let program = CARGO_LLVM_COV.ensure()?;
    let report = workspace.scratch().join("coverage.lcov");
    std::fs::create_dir_all(workspace.scratch()).context("cannot make the folder of the chores")?;
    let mut cover = Command::new(&program);
    cover
        .current_dir(&workspace.root)
        .args(["llvm-cov", "--package", "shared", "--lcov", "--output-path"])
        .arg(&report);
    cover.env("CARGO_TARGET_DIR", workspace.target.join("coverage"));
    python::tell(workspace, python::CHECKER, &mut cover)?;
    llvm(&mut cover)?;
    narrate::step("Running the core's tests with counters", || command::run(&mut cover, "it was just installed"))?;
    let report = std::fs::read_to_string(&report).context("a report that was just written")?;
    let files = lines_of_files(workspace, &report)?;
    let mut is_enough = true;
    say!("\n{:<10} {:>6} {:>6} {:>8}", "area", "lines", "run", "percent");
    for (area, parts) in AREAS {
        let own: Vec<_> =
            files.iter().filter(|(file, _)| parts.iter().any(|part| file.as_str().starts_with(part))).collect();
        let lines = own.iter().fold(Lines::default(), |sum, (_, (lines, _))| Lines {
            all: sum.all + lines.all,
            run: sum.run + lines.run,
        });
        say!("{area:<10} {:>6} {:>6} {:>7.2}%", lines.all, lines.run, lines.percent());
        is_enough &= lines.percent() >= LINES_MIN;
        if options.missing {
            for (file, (lines, missing)) in own.iter().filter(|(_, (_, missing))| !missing.is_empty()) {
                say!("  {file} {:.1}%: {}", lines.percent(), ranges(missing));
            }
        }
    }
    if options.check && !is_enough {
        bail!("below {LINES_MIN} % of the lines; `cargo xtask coverage --missing` names them");
    }
    Ok(())
}

/// Says where LLVM's tools are, where rustup does not bring them.
fn llvm(cover: &mut Command) -> Result<()> {
    let mut sysroot = Command::new("rustc");
    let sysroot = command::read(sysroot.args(["--print", "sysroot"]))?;
    let mut host = Command::new("rustc");
    let version = command::read(host.arg("-vV"))?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).context("rustc names its host")?;
    if Path::new(&sysroot).join("lib/rustlib").join(host).join("bin/llvm-cov").exists() {
        return Ok(());
    }
    let has = |program: &str| command::find_on_path(&format!("{program}-{}", LLVM.trim_start_matches("llvm-")));
    if has("llvm-cov").is_none() {
        let added =
            command::run(Command::new("rustup").args(["component", "add", "llvm-tools"]), "see https://rustup.rs");
        match added {
            Ok(()) => return Ok(()),
            Err(_) if debian::can_install() => debian::install(&[LLVM])?,
            Err(error) => return Err(error.context("LLVM's tools are missing: rustup component add llvm-tools")),
        }
    }
    let (cov, profdata) = (has("llvm-cov"), has("llvm-profdata"));
    let missing = || format!("{LLVM} is installed and has no llvm-cov");
    cover.env("LLVM_COV", cov.with_context(missing)?).env("LLVM_PROFDATA", profdata.with_context(missing)?);
    Ok(())
}

/// The lines of each file of `shared/src`, by its path from there, and those that no test ran. Tests do not count.
fn lines_of_files(workspace: &Workspace, report: &str) -> Result<BTreeMap<String, (Lines, Vec<u64>)>> {
    let folder = workspace.root.join("shared/src");
    let mut files = BTreeMap::new();
    for (path, counts) in read_report(report) {
        let Ok(name) = Path::new(path).strip_prefix(&folder) else { continue };
        let name = name.to_string_lossy().replace('\\', "/");
        if name.ends_with("tests.rs") || name.contains("tests/") {
            continue;
        }
        let source = std::fs::read_to_string(path).with_context(|| format!("cannot read {name}"))?;
        // Every test module here is the last thing in its file.
        let end = source.lines().position(|line| line == "mod tests {").map_or(u64::MAX, |at| at as u64);
        let counts: Vec<(u64, u64)> = counts.into_iter().filter(|(line, _)| *line < end).collect();
        let missing: Vec<u64> = counts.iter().filter(|(_, count)| *count == 0).map(|(line, _)| *line).collect();
        let lines = Lines { all: counts.len(), run: counts.len() - missing.len() };
        files.insert(name, (lines, missing));
    }
    Ok(files)
}

/// The files of an lcov report, each with its lines that could be run and how often they were.
fn read_report(report: &str) -> Vec<(&str, Vec<(u64, u64)>)> {
    let mut files: Vec<(&str, Vec<(u64, u64)>)> = Vec::new();
    for line in report.lines() {
        if let Some(path) = line.strip_prefix("SF:") {
            files.push((path, Vec::new()));
        } else if let Some((number, count)) = line.strip_prefix("DA:").and_then(|line| line.split_once(','))
            && let (Ok(number), Ok(count), Some((_, lines))) = (number.parse(), count.parse(), files.last_mut())
        {
            lines.push((number, count));
        }
    }
    files
}

/// `3, 7–9`.
fn ranges(lines: &[u64]) -> String {
    let mut ranges: Vec<(u64, u64)> = Vec::new();
    for line in lines {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == *line => *last = *line,
            _ => ranges.push((*line, *line)),
        }
    }
    let text = |(first, last): &(u64, u64)| if first == last { first.to_string() } else { format!("{first}–{last}") };
    ranges.iter().map(text).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_read_by_file_and_line() {
        let report = "TN:\nSF:/a.rs\nFN:1,a\nDA:1,3\nDA:2,0\nLF:2\nend_of_record\nSF:/b.rs\nDA:7,1\nend_of_record\n";
        assert_eq!(read_report(report), [("/a.rs", vec![(1, 3), (2, 0)]), ("/b.rs", vec![(7, 1)])]);
    }

    #[test]
    fn lines_side_by_side_are_told_as_one_range() {
        assert_eq!(ranges(&[3, 7, 8, 9, 11]), "3, 7–9, 11");
    }
}
