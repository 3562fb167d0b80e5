//! The module finds what the scalar kernel finds. It runs under Node, the one engine that needs no page.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use rand_chacha::ChaCha12Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use shared::state::{Kernel, LANES_MAX, PreparedHeader, Scalar};
use shared::{CompactTarget, ExtraNonce, Header, Params, Proof};

/// Another seed tests other headers.
const SEED: u64 = 0x7ab_c02;
/// Reads a question a line, `[words, lanes, target, first, rows]`, and answers with a line.
const HOST: &str = "\
const kernel = new WebAssembly.Module(require('fs').readFileSync(process.argv[2]));
const { memory, input, first_row } = new WebAssembly.Instance(kernel).exports;
require('readline').createInterface({ input: process.stdin }).on('line', (line) => {
  const [words, ...question] = JSON.parse(line);
  new Uint32Array(memory.buffer, input() >>> 0, words.length).set(words);
  console.log(first_row(...question));
});
";

struct Module {
    node: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
    _folder: tempfile::TempDir,
}

impl Module {
    fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let (module, host) = (folder.path().join("simd128.wasm"), folder.path().join("host.cjs"));
        std::fs::write(&module, simd::MODULE).expect("written");
        std::fs::write(&host, HOST).expect("written");
        let node = Command::new("node").arg(host).arg(module).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut node = node.expect("this test needs Node: https://nodejs.org, or apt-get install nodejs");
        let questions = node.stdin.take().expect("asked for");
        let answers = BufReader::new(node.stdout.take().expect("asked for"));
        Self { node, questions, answers, _folder: folder }
    }

    fn first_row(&mut self, header: &PreparedHeader, first: u32, rows: u32) -> Option<u32> {
        let words: Vec<u32> = header.words().iter().chain(header.midstates().as_flattened()).copied().collect();
        let question = serde_json::json!([words, header.midstates().len(), header.target_high_word(), first, rows]);
        writeln!(self.questions, "{question}").expect("Node listens");
        let mut answer = String::new();
        self.answers.read_line(&mut answer).expect("Node answers");
        let row: f64 = answer.trim().parse().expect("a number");
        (row >= 0.0).then_some(row as u32)
    }
}

impl Drop for Module {
    fn drop(&mut self) {
        self.node.kill().ok();
        self.node.wait().ok();
    }
}

fn random_header(random: &mut ChaCha12Rng, target: u32) -> Header {
    let mut extra_nonce = [0; 12];
    random.fill_bytes(&mut extra_nonce);
    let proof = u128::from(random.next_u64()) << 64 | u128::from(random.next_u64());
    let target = CompactTarget::from_bits(target);
    Header { extra_nonce: ExtraNonce(extra_nonce), proof: Proof(proof), target, ..Params::main().genesis().header }
}

#[test]
fn the_module_names_the_rows_that_the_scalar_kernel_names() {
    println!("seed: {SEED:#x}");
    let mut random = ChaCha12Rng::seed_from_u64(SEED);
    let mut module = Module::start();
    let mut found = 0;
    for round in 0..300 {
        // One hash in 2, in 256, in 65,536; the last is rarely met.
        let target = [0x2100_8000, 0x2000_ffff, 0x1f00_ffff][round % 3];
        let lanes = if round % 5 == 0 { LANES_MAX } else { 1 + random.next_u32() % LANES_MAX };
        let header = PreparedHeader::new(&random_header(&mut random, target), lanes);
        let rows = random.next_u32() % 300;
        let mut first = match round % 4 {
            0 => 0,
            1 => u32::MAX - rows,
            _ => random.next_u32().min(u32::MAX - rows),
        };
        let mut left = rows;
        for _ in 0..20 {
            let expected = Scalar.first_row(&header, first, left);
            assert_eq!(module.first_row(&header, first, left), expected, "{lanes} lanes, {left} rows from {first}");
            let Some(row) = expected else { break };
            found += 1;
            left -= row - first + 1;
            let Some(next) = row.checked_add(1) else { break };
            first = next;
        }
    }
    assert!(found > 1_000, "{found} rows are too few to say anything");
}

#[test]
fn the_module_refuses_a_number_of_lanes_that_it_has_no_room_for() {
    let mut module = Module::start();
    let mut random = ChaCha12Rng::seed_from_u64(SEED);
    let header = PreparedHeader::new(&random_header(&mut random, 0x2100_8000), 1);
    let mut ask = |lanes: u32| {
        writeln!(module.questions, "{}", serde_json::json!([header.words(), lanes, u32::MAX, 0, 10])).expect("written");
        let mut answer = String::new();
        module.answers.read_line(&mut answer).expect("Node answers");
        answer.trim().to_owned()
    };
    assert_eq!([ask(0), ask(LANES_MAX), ask(LANES_MAX + 1), ask(u32::MAX)], ["-1", "0", "-1", "-1"]);
}
