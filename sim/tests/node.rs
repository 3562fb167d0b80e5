//! The same seed gives the same trace natively and in WebAssembly, byte for byte. The module runs under Node.

use std::path::{Path, PathBuf};
use std::process::Command;

use sim::plan::draw;
use sim::run::run;

/// Which seeds are compared: some of each kind of plan.
const SEEDS: std::ops::Range<u64> = 0..10;
/// The target that browsers run.
const TARGET: &str = "wasm32-unknown-unknown";
/// Runs the seeds it is given; says a line for each.
const HOST: &str = "\
const [file, first, end] = process.argv.slice(2);
const wasm = new WebAssembly.Module(require('fs').readFileSync(file));
const { run_seed, trace_byte } = new WebAssembly.Instance(wasm).exports;
for (let seed = BigInt(first); seed < BigInt(end); seed += 1n) {
  const events = BigInt.asUintN(64, run_seed(seed));
  const trace = Array.from({ length: 32 }, (_, at) => trace_byte(at).toString(16).padStart(2, '0')).join('');
  console.log(`${seed} ${events} ${trace}`);
}
";

/// Builds the module with the profile of these tests.
fn module() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("it is in the target folder").to_owned();
    let mut build = Command::new(env!("CARGO"));
    build.args(["build", "--package", "sim", "--example", "trace", "--target", TARGET, "--target-dir"]).arg(&folder);
    let status = build.status().expect("cargo runs these tests");
    assert!(status.success(), "the module is built: rustup target add {TARGET}");
    folder.join(TARGET).join("debug/examples/trace.wasm")
}

#[test]
fn the_same_seed_gives_the_same_trace_natively_and_in_wasm() {
    let host = Path::new(env!("CARGO_TARGET_TMPDIR")).join("trace.cjs");
    std::fs::write(&host, HOST).expect("written");
    let mut node = Command::new("node");
    node.arg(&host).arg(module()).args([SEEDS.start.to_string(), SEEDS.end.to_string()]);
    let output = node.output().expect("this test needs Node: https://nodejs.org, or apt-get install nodejs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let native: String = SEEDS
        .map(|seed| {
            let outcome = run(&draw(seed, None), false);
            assert_eq!(outcome.violation, None, "seed {seed}");
            let trace: String = outcome.trace.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("{seed} {} {trace}\n", outcome.events)
        })
        .collect();
    assert_eq!(String::from_utf8_lossy(&output.stdout), native);
}
