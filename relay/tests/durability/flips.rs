//! Bits that turn over on the disk.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::simulated::Simulated;
use crate::workload::{Contents, Life, Random};

/// The bytes of a page.
const PAGE: usize = 4096;
/// Bits turned over in each page that holds something.
const FLIPS_A_PAGE: usize = 48;

/// What became of a flip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Refused,
    Harmless,
}

/// A flip may be refused in words, or change nothing that is read. Nothing else.
fn check(flipped: impl FnOnce() -> Result<Contents, relay::store::StoreError>, all: &Contents, what: &str) -> Outcome {
    match catch_unwind(AssertUnwindSafe(flipped)) {
        Ok(Ok(found)) => {
            assert!(found == *all, "{what}: it is misread");
            Outcome::Harmless
        }
        Ok(Err(error)) => {
            let words = error.to_string();
            assert!(words.contains("expected") || words.contains("the store failed"), "{what}: {words}");
            Outcome::Refused
        }
        Err(_) => panic!("{what}: it panics"),
    }
}

/// Where bits are turned over: everywhere in the header, and here and there in every page that is not empty.
fn places(image: &[u8]) -> Vec<(usize, u8)> {
    let header = (0..320).flat_map(|at| (0..8).map(move |bit| (at, bit)));
    let mut random = Random(3);
    let used = (1..image.len() / PAGE).filter(|page| image[page * PAGE..][..PAGE].iter().any(|byte| *byte != 0));
    let in_pages = used.flat_map(|page| {
        let bytes = &image[page * PAGE..][..PAGE];
        // What a page holds is at its ends; the rest is spare.
        let filled: Vec<usize> = (0..PAGE).filter(|at| bytes[*at] != 0).collect();
        let mut flip = |_| (page * PAGE + filled[random.below(filled.len())], random.below(8) as u8);
        (0..FLIPS_A_PAGE).map(&mut flip).collect::<Vec<_>>()
    });
    header.chain(in_pages).collect()
}

#[test]
fn a_bit_that_turned_over_while_the_relay_was_away_is_refused_in_words_and_never_misread() {
    let life = Life::live();
    let all = life.contents.last().expect("some");
    let image = life.disk.left_by_power_loss();
    let (mut refused, mut harmless) = (0, 0);
    for (at, bit) in places(&image) {
        let disk = Simulated::of(image.clone());
        disk.flip(at, bit);
        match check(|| Contents::read(&disk.open_store()?), all, &format!("bit {bit} of byte {at}")) {
            Outcome::Refused => refused += 1,
            Outcome::Harmless => harmless += 1,
        }
    }
    println!("{refused} bits refused, {harmless} bits hold nothing");
    assert!(refused > 500, "{refused} refused, {harmless} harmless");
}

#[test]
fn a_block_that_changed_on_the_disk_while_the_relay_runs_is_refused_in_words_and_never_misread() {
    let life = Life::live();
    let image = life.disk.left_by_power_loss();
    let reference = Simulated::of(image.clone()).open_store().expect("a store");
    let room = crate::workload::room();
    let blocks = reference.blocks_after(&room, None).expect("read");
    let mut random = Random(4);
    let (mut refused, mut tried) = (0, 0);
    for stored in &blocks {
        let block: shared::Block = shared::decode(&stored.bytes).expect("a block");
        let at = image.windows(stored.bytes.len()).position(|window| window == stored.bytes).expect("it is there");
        for _ in 0..20 {
            let disk = Simulated::of(image.clone());
            let store = disk.open_store().expect("a store");
            disk.flip(at + random.below(stored.bytes.len()), random.below(8) as u8);
            tried += 1;
            match store.block(&room, &block.hash()) {
                Ok(found) => assert!(found.as_ref() == Some(&stored.bytes), "it is misread"),
                Err(error) => {
                    assert!(error.to_string().contains("a block that hashes to its name"), "{error}");
                    refused += 1;
                }
            }
        }
    }
    assert!(refused * 10 > tried * 9, "{refused} of {tried}: a page may lie there in the cache, or be an old one");
}
