//! Replays what the fuzzers have found: every input that is kept in `fuzz/corpus` goes through its target once, with any
//! Rust, so that a crash never comes back.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use cases::TARGETS;

/// The most that the corpus may take in all, in bytes.
const CORPUS_BYTES_MAX: u64 = 2 << 20;
/// Reads an input a line, in hex, and answers with the module's verdict.
const HOST: &str = "\
const core = new WebAssembly.Module(require('fs').readFileSync(process.argv[2]));
const { push, digest } = new WebAssembly.Instance(core, {}).exports;
require('readline').createInterface({ input: process.stdin }).on('line', (line) => {
  const bytes = Buffer.from(line, 'hex');
  const padded = Buffer.concat([bytes, Buffer.alloc(8)]);
  for (let at = 0; at < bytes.length; at += 8) push(padded.readBigUInt64LE(at));
  console.log(BigInt.asUintN(64, digest(bytes.length)).toString());
});
";

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus")
}

/// The inputs that are kept for a target, by name.
fn inputs(target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = corpus().join(target);
    let entries = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut inputs: Vec<(String, Vec<u8>)> = entries
        .map(|entry| {
            let path = entry.expect("a folder that can be read").path();
            (path.display().to_string(), std::fs::read(&path).expect("a file that can be read"))
        })
        .collect();
    inputs.sort();
    assert!(!inputs.is_empty(), "{target} has a corpus");
    inputs
}

fn replay(name: &str) {
    let (_, run) = TARGETS.iter().find(|(target, _)| *target == name).expect("a target of this name");
    for (path, input) in inputs(name) {
        println!("{path}");
        run(&input);
    }
}

macro_rules! replay_each {
    ($($target:ident),* $(,)?) => {
        $(#[test]
        fn $target() {
            replay(stringify!($target));
        })*

        #[test]
        fn every_target_is_replayed() {
            let mut replayed = [$(stringify!($target)),*];
            let mut targets = TARGETS.map(|(name, _)| name);
            replayed.sort_unstable();
            targets.sort_unstable();
            assert_eq!(replayed, targets);
        }
    };
}

replay_each!(
    decode_message,
    decode_block,
    exchange,
    text,
    blocks,
    payments,
    node,
    sync,
    mempool,
    rest,
    classic_json,
    classic_chain,
    chain_file,
    store,
    verdicts,
);

#[test]
fn the_corpus_stays_small() {
    let files = TARGETS.iter().flat_map(|(target, _)| inputs(target));
    let bytes: u64 = files.map(|(_, input)| input.len() as u64).sum();
    assert!(bytes <= CORPUS_BYTES_MAX, "{bytes} bytes");
}

/// The wasm build of the core, under Node, on every input that is kept for the comparison.
#[test]
fn the_wasm_build_says_what_the_native_one_says() {
    let folder = tempfile::tempdir().expect("a folder");
    let module = build_module();
    let host = folder.path().join("host.cjs");
    std::fs::write(&host, HOST).expect("written");
    let node = Command::new("node").arg(host).arg(module).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let mut node = node.expect("this test needs Node: https://nodejs.org, or apt-get install nodejs");
    let mut questions = node.stdin.take().expect("asked for");
    let mut answers = BufReader::new(node.stdout.take().expect("asked for")).lines();
    for (path, input) in inputs("verdicts") {
        println!("{path}");
        writeln!(questions, "{}", hex::encode(&input)).expect("Node listens");
        let answer = answers.next().expect("Node answers").expect("in text");
        cases::verdicts::compare(&input, answer.parse().expect("a number"));
    }
    drop(questions);
    assert!(node.wait().expect("it was started").success());
}

/// Builds the module as it is tested here, and returns its path.
fn build_module() -> PathBuf {
    let target = std::env::current_exe().expect("a test has a path");
    let target = target.ancestors().nth(3).expect("target/debug/deps/replay").join("verdict");
    let mut build = Command::new(env!("CARGO"));
    build.args(["build", "--quiet", "--package", "verdict", "--lib", "--target", "wasm32-unknown-unknown"]);
    build.arg("--target-dir").arg(&target).current_dir(env!("CARGO_MANIFEST_DIR"));
    assert!(
        build.status().expect("cargo runs this test").success(),
        "is there a wasm target? cargo xtask test adds it"
    );
    target.join("wasm32-unknown-unknown/debug/verdict.wasm")
}
