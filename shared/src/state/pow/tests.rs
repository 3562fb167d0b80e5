use std::io::Write;

use rand_chacha::ChaCha12Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::*;
use crate::values::{CompactTarget, Height, MerkleRoot, Timestamp};

/// What is random in these tests comes from here; another seed tests other headers.
const SEED: u64 = 0x7ab_c01;
/// Targets that one hash in 2, in 256 and in 65,536 meets, and one whose first 32 bits do not say it all.
const TARGETS: [u32; 4] = [0x2100_8000, 0x2000_ffff, 0x1f00_ffff, 0x1f08_0000];

fn random() -> ChaCha12Rng {
    println!("seed: {SEED:#x}");
    ChaCha12Rng::seed_from_u64(SEED)
}

fn random_header(random: &mut ChaCha12Rng, target: u32) -> Header {
    let mut bytes = [0; 32 + 32 + 12 + 16];
    random.fill_bytes(&mut bytes);
    let part = |at: usize| <[u8; 32]>::try_from(&bytes[at..at + 32]).expect("32 bytes");
    Header {
        version: 1,
        previous_hash: BlockHash::from_bytes(part(0)),
        height: Height::from(random.next_u64()),
        timestamp: Timestamp::from_ms(random.next_u64()),
        extra_nonce: ExtraNonce(bytes[64..76].try_into().expect("12 bytes")),
        root: MerkleRoot::from_bytes(part(32)),
        target: CompactTarget::from_bits(target),
        proof: Proof(u128::from_be_bytes(bytes[76..].try_into().expect("16 bytes"))),
    }
}

fn header(target: u32, proof: u128) -> Header {
    Header { proof: Proof(proof), ..random_header(&mut random(), target) }
}

/// The header of an attempt.
fn attempt(header: &Header, low: u32, lane: u32) -> Header {
    let proof = Proof(header.proof.0 >> 32 << 32 | u128::from(low));
    Header { proof, extra_nonce: header.extra_nonce.plus(lane.into()), ..*header }
}

/// The first row, and the lane in it, whose whole header, hashed plainly, meets the target.
fn reference(header: &Header, lanes: u32, rows: impl Iterator<Item = u32>) -> Option<(u32, u32)> {
    let target = Target::from_compact(header.target).expect("a target");
    let meets = |low, lane| target.is_met_by(&attempt(header, low, lane).hash());
    rows.flat_map(|low| (0..lanes).map(move |lane| (low, lane))).find(|(low, lane)| meets(*low, *lane))
}

/// What a kernel finds in a range of rows.
fn find(kernel: &dyn Kernel, prepared: &PreparedHeader, mut first: u32, mut rows: u32) -> Option<(u32, u32)> {
    while rows > 0 {
        let low = kernel.first_row(prepared, first, rows)?;
        assert!(low - first < rows, "{} left its range", kernel.name());
        if let Some(lane) = prepared.first_in_row(low, 0..prepared.midstates().len() as u32) {
            return Some((low, lane));
        }
        rows -= low - first + 1;
        first = low.wrapping_add(1);
    }
    None
}

#[test]
fn the_kernels_are_those_that_the_processor_is_said_to_run() {
    let names: Vec<&str> = kernels().iter().map(|kernel| kernel.name()).collect();
    // Past the test runner, which keeps what a passing test prints to itself: who reads the log sees what was covered.
    let missing: Vec<&str> =
        ["avx512", "sha-ni", "avx2", "scalar"].into_iter().filter(|name| !names.contains(name)).collect();
    writeln!(std::io::stderr(), "kernels tested: {}; not on this machine: {missing:?}", names.join(", ")).ok();
    #[cfg(all(target_arch = "x86_64", target_os = "linux"))]
    {
        let text = std::fs::read_to_string("/proc/cpuinfo").expect("Linux describes its processors");
        let line = text.lines().find(|line| line.starts_with("flags")).expect("x86 has flags");
        let has = |flag: &str| line.split_whitespace().any(|word| word == flag);
        let expected = [
            ("avx512", has("avx512f") && has("avx512bw")),
            ("sha-ni", has("sha_ni") && has("sse4_1")),
            ("avx2", has("avx2")),
            ("scalar", true),
        ];
        let expected: Vec<&str> = expected.into_iter().filter(|(_, is)| *is).map(|(name, _)| name).collect();
        assert_eq!(names, expected);
    }
    assert_eq!(fastest().name(), names[0]);
}

#[test]
fn the_prepared_words_are_what_sha_256_reads() {
    let header = header(0x2000_ffff, 0x1111_2222_3333_4444_5555_6666_0102_0304);
    let mut prepared = PreparedHeader::new(&Header { proof: Proof(5), ..header }, 3);
    prepared.set_proof(header.proof);
    assert_eq!(prepared.words()[PROOF_WORD], 0x0102_0304);
    assert_eq!(prepared.words()[PROOF_WORD + 1..], [0x8000_0000, 0, 928]);
    for lane in 0..3 {
        let state = prepared.hash(lane as usize, &prepared.block(0x0102_0304));
        let hash: Vec<u8> = state.iter().flat_map(|word| word.to_be_bytes()).collect();
        assert_eq!(hash, attempt(&header, 0x0102_0304, lane).hash().as_bytes());
    }
}

#[test]
fn every_kernel_finds_what_hashing_whole_headers_finds() {
    let mut random = random();
    for round in 0..60 {
        let header = random_header(&mut random, TARGETS[round % TARGETS.len()]);
        let lanes = if round % 5 == 0 { LANES_MAX } else { 1 + random.next_u32() % LANES_MAX };
        let rows = 1 + random.next_u32() % 30;
        let first = match round % 3 {
            0 => 0,
            1 => u32::MAX - (rows - 1),
            _ => random.next_u32().min(u32::MAX - rows),
        };
        let prepared = PreparedHeader::new(&header, lanes);
        let expected = reference(&header, lanes, first..=first + (rows - 1));
        for kernel in kernels() {
            let found = find(&*kernel, &prepared, first, rows);
            assert_eq!(found, expected, "{}, {lanes} lanes, {rows} rows from {first}", kernel.name());
        }
    }
}

#[test]
fn every_kernel_finds_a_hit_in_every_lane_and_in_every_place_of_a_block_of_rows() {
    let header = header(0x2000_ffff, 0);
    for (lanes, rows, hits) in [(1, 20_000, 60), (LANES_MAX, 2_000, 300)] {
        let prepared = PreparedHeader::new(&header, lanes);
        let (mut first, mut left, mut seen) = (0, rows, std::collections::BTreeSet::new());
        for _ in 0..hits {
            let (low, lane) = find(&Scalar, &prepared, first, left).expect("the seed has enough hits");
            for kernel in kernels() {
                let name = kernel.name();
                assert_eq!(find(&*kernel, &prepared, first, left), Some((low, lane)), "{name} from {first}");
                assert_eq!(find(&*kernel, &prepared, low, 1), Some((low, lane)), "{name}, a row alone");
                assert_eq!(kernel.first_row(&prepared, first, low - first), None, "{name}, one row before it");
                assert_eq!(kernel.first_row(&prepared, low, 0), None, "{name}, no rows");
            }
            seen.insert(if lanes == 1 { (low - first) % 16 } else { lane });
            left -= low - first + 1;
            first = low + 1;
        }
        assert_eq!(seen.len(), if lanes == 1 { 16 } else { 64 }, "the seed reaches not all: {seen:?}");
    }
}

#[test]
fn a_first_look_passes_over_no_hash_that_meets_the_target() {
    let target_limit = 0x1d12_3456;
    let prepared = PreparedHeader::new(&header(target_limit, 0), 1);
    assert_eq!(prepared.target_high_word(), 0x12);
    // The state of a hash whose number has these most significant bytes and is zero below.
    let state = |high: u64| {
        let bytes = high.to_le_bytes();
        let word = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().expect("four bytes"));
        [0, 0, 0, 0, 0, 0, word(0), word(4)]
    };
    for (high, may, does) in [
        (0x11_ffff_ffff, true, true),
        (0x12_3456_0000, true, true),
        (0x12_3456_0001, true, false),
        (0x12_ffff_ffff, true, false),
        (0x13_0000_0000, false, false),
    ] {
        let state = state(high);
        assert_eq!((prepared.may_be_met_by(state[7]), prepared.is_met_by(&state)), (may, does), "{high:x}");
    }
}
