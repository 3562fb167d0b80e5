//! Writes the inputs that the fuzzers begin with into a folder, one folder a target: the golden vectors, good values of
//! every kind, and some noise. `cargo run -p cases --bin seed -- fuzz/corpus`

use std::path::{Path, PathBuf};

use shared::classic::{Block as ClassicBlock, Chain as ClassicChain};
use shared::exchange::{Answer, Request, ToMember, ToRelay};
use shared::export::{Format, chunks};
use shared::testing::{ChainBuilder, address, easy_params, payment};
use shared::{Amount, CompactTarget, Params, Timestamp, encode, sha256};

/// The golden vectors of the messages, one a line: a name and hex.
const MESSAGES: &str = include_str!("../../../../shared/golden/messages.txt");
/// Targets whose input is a series of choices: noise is as good a beginning as any.
const BY_DICE: [&str; 6] = ["blocks", "payments", "node", "sync", "mempool", "store"];
/// How many inputs of noise each of them gets.
const NOISE: u8 = 12;

fn main() {
    let folder = std::env::args_os().nth(1).map(PathBuf::from).expect("a folder to write into");
    let mut seeds = Seeds(folder);
    of_values(&mut seeds);
    of_texts(&mut seeds);
    for target in BY_DICE {
        for number in 0..NOISE {
            let blocks = (0..1 + number).flat_map(|block| sha256(&[target.as_bytes(), &[number, block]]));
            seeds.write(target, &blocks.collect::<Vec<u8>>());
        }
    }
}

struct Seeds(PathBuf);

impl Seeds {
    fn write(&mut self, target: &str, bytes: &[u8]) {
        let folder: &Path = &self.0.join(target);
        std::fs::create_dir_all(folder).expect("a folder that can be made");
        // Named after what it holds, so that writing again changes nothing.
        let name = hex_of(&sha256(&[bytes])[..8]);
        std::fs::write(folder.join(name), bytes).expect("a folder that can be written to");
    }

    /// The same for a target, and behind the byte that names the kind for the comparison with the wasm module.
    fn write_both(&mut self, target: &str, kind: u8, bytes: &[u8]) {
        self.write(target, bytes);
        self.write("verdicts", &[&[kind], bytes].concat());
    }
}

fn hex_of(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bytes_of(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.chars().filter_map(|digit| digit.to_digit(16)).map(|digit| digit as u8).collect();
    digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

fn of_values(seeds: &mut Seeds) {
    for line in MESSAGES.lines() {
        let (_, hex) = line.split_once(' ').expect("a name and hex");
        seeds.write_both("decode_message", 0, &bytes_of(hex));
    }
    for params in [easy_params(), Params { target_limit: CompactTarget::from_bits(0x2100_ffff), ..easy_params() }] {
        let mut builder = ChainBuilder::new(params.clone());
        builder.mine(0, &[]);
        let pay = builder.pay(0, 1, Amount::from_coins(4), Amount::from_units(100));
        builder.mine(1, std::slice::from_ref(&pay));
        for block in builder.blocks() {
            seeds.write_both("decode_block", 1, &encode(block));
        }
        seeds.write_both("payments", 2, &encode(&pay));
        seeds.write_both("decode_block", 7, &encode(&params));
        seeds.write("decode_block", &builder.tip().header.encode());
        seeds.write("decode_block", &encode(&builder.tip().transactions[0]));
        let blocks = std::iter::once(params.genesis()).chain(builder.blocks().iter().cloned());
        let file = chunks(Format::Bytes, &params, blocks).collect::<Vec<_>>().concat();
        seeds.write_both("chain_file", 3, &file);
    }
    for (bits, solve_ms) in [(0x1e02_0000_u32, 10_000_i64), (0x2000_ffff, -5_000_000), (0x0312_3456, i64::MAX)] {
        seeds.write("verdicts", &[&[6][..], &bits.to_le_bytes(), &solve_ms.to_le_bytes()].concat());
    }
}

fn of_texts(seeds: &mut Seeds) {
    let prefix = easy_params().address_prefix;
    let texts = [
        "36.1",
        "0.000001",
        "18446744073709.551615",
        &address(1).encode(&prefix),
        "Ana of 7-b",
        "127.0.0.1:5002",
        "http://0123456789abcdef0123456789abcdef:token@[::1]:5001/get_chain",
        "{\"nodes\": [\"http://127.0.0.1:5002\"]}",
        "class-7b",
    ];
    for text in texts {
        seeds.write_both("text", 5, text.as_bytes());
    }
    let documents = [
        "{\"b\": 1, \"a\": [true, null, 1e16, -0.0, 1.5e-7, 123456789012345678901234567890]}",
        "\"\\ud83e\\uded6 caf\\u00e9\\n\"",
        "[NaN, Infinity, -Infinity, {\"\": {}}]",
    ];
    for document in documents {
        seeds.write_both("classic_json", 4, document.as_bytes());
    }
    let now = Timestamp::from_ms(1_767_225_600_000);
    let mut chain = ClassicChain::new(ClassicBlock::genesis(now));
    let next = ClassicBlock::new(2, now, 533, &chain.last().hash(), vec![]);
    chain.push(next).expect("short");
    let answer = format!("{{\"chain\": {}, \"length\": 2}}", chain.to_json());
    let order = "{\"sender\": \"Ana\", \"receiver\": \"Ben\", \"amount\": 5}";
    for text in [answer.as_str(), &chain.to_json(), order, "{\"nodes\": [\"http://127.0.0.1:5002\"]}"] {
        seeds.write("classic_chain", text.as_bytes());
    }
    of_frames(seeds);
    let signed = payment(easy_params().network(), 1, 2, Amount::from_coins(1), Amount::ZERO, 0);
    // Choices, and behind them the body or the rest of the address.
    for (choices, rest) in [
        ([1, 0, 2], encode(&signed)),
        ([1, 0, 1], hex_of(&encode(&signed)).into_bytes()),
        ([1, 1, 0], order.as_bytes().to_vec()),
        ([1, 2, 0], b"{\"nodes\": [\"http://127.0.0.1:1\"]}".to_vec()),
        ([1, 3, 0], order.as_bytes().to_vec()),
        ([0, 0, 0], b"limit=5&order=oldest".to_vec()),
        ([0, 1, 0], b"format=bytes".to_vec()),
        ([0, 5, 0], address(1).encode(&prefix).into_bytes()),
        ([0, 7, 0], b"api/v1/rooms".to_vec()),
    ] {
        seeds.write("rest", &[&choices[..], &rest].concat());
    }
}

fn of_frames(seeds: &mut Seeds) {
    let request = Request {
        number: 1,
        method: "POST".to_owned(),
        path: "/add_transaction".to_owned(),
        query: String::new(),
        content_type: Some("application/json".to_owned()),
        body: "{}".to_owned(),
        token: Some("token".to_owned()),
        agent: None,
        is_foreign: true,
        within_ms: 10_000,
    };
    let to_member = [ToMember::Request(request), ToMember::Cancel { number: 1 }];
    let to_relay = [
        ToRelay::Answer { number: 1, answer: Answer::text(400, "no node") },
        ToRelay::Fetch { number: 2, netloc: "127.0.0.1:5002".to_owned() },
        ToRelay::Keep { chain: "[]".to_owned() },
    ];
    let texts = to_member.iter().map(serde_json::to_vec).chain(to_relay.iter().map(serde_json::to_vec));
    for text in texts {
        seeds.write("exchange", &text.expect("text keys"));
    }
}
