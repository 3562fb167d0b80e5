//! The miner's workloads: each kernel on one header, and what a tab's miner is compared with.
//!
//! What is counted is attempts: compressions of one 64-byte block.

use sha2::{Digest, Sha256};
use shared::state::{Kernel, PreparedHeader};
use shared::{CompactTarget, Header, Params};

use crate::sample::{Clock, Sample};

/// How long one look at the clock to the next should be: short enough that some are not interrupted by other programs,
/// long enough for a clock that a browser made coarse.
const SLICE_MS: f64 = 8.0;
/// Slices in a sample. The fastest counts: what makes a slice slower is the machine's other work, not the kernel.
const SLICES: usize = 12;

/// A header whose target nothing meets, with as many lanes.
pub fn header(lanes: u32) -> PreparedHeader {
    let target = CompactTarget::from_bits(0x0400_ffff);
    PreparedHeader::new(&Header { target, ..Params::main().genesis().header }, lanes)
}

/// Measures one kernel.
pub fn kernel(clock: &Clock, name: &str, kernel: &dyn Kernel, header: &PreparedHeader) -> Sample {
    let mut first = 0;
    let per_second = fastest(clock, |rows| {
        std::hint::black_box(kernel.first_row(header, first, rows));
        first = first.wrapping_add(rows) & (u32::MAX >> 1);
        u64::from(rows) * header.midstates().len() as u64
    });
    Sample { name: name.to_owned(), unit: "attempts", per_second }
}

/// The bytes of a header that follow its first block: 52, which the padding fills up to a second one.
const REST_BYTES: usize = 52;

/// Measures the `sha2` crate as a program calls it: a hasher that has taken the first block is cloned, takes the rest of
/// the header, and gives its digest. That is one compression too, and what the crate does around it.
pub fn cloned_hasher(clock: &Clock) -> Sample {
    let midstate = Sha256::new_with_prefix([0x5a; 64]);
    let mut rest = [0x5a; REST_BYTES];
    let mut nonce = 0_u32;
    let per_second = fastest(clock, |attempts| {
        for _ in 0..attempts {
            nonce = nonce.wrapping_add(1);
            rest[REST_BYTES - 4..].copy_from_slice(&nonce.to_be_bytes());
            std::hint::black_box(midstate.clone().chain_update(rest).finalize());
        }
        u64::from(attempts)
    });
    Sample { name: "sha2, cloned hasher".to_owned(), unit: "attempts", per_second }
}

/// The most that `work` did a second in any of some slices; it is told how much to do, and says what that amounted to.
fn fastest(clock: &Clock, mut work: impl FnMut(u32) -> u64) -> f64 {
    let (mut amount, mut fastest) = (16, 0.0_f64);
    let mut slices = 0;
    while slices < SLICES {
        let began = clock();
        let done = work(amount);
        let took = (clock() - began).max(0.001);
        if took < SLICE_MS / 2.0 && amount < 1 << 24 {
            amount *= 2;
        } else {
            slices += 1;
            fastest = fastest.max(done as f64 / took * 1_000.0);
        }
    }
    fastest
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    #[test]
    fn the_fastest_slice_counts() {
        let (now, looks) = (Cell::new(0.0), Cell::new(0));
        let clock = move || {
            // Every tenth slice is left alone, the others are interrupted.
            now.set(now.get() + if looks.get() % 20 == 19 { 8.0 } else { 16.0 });
            looks.set(looks.get() + 1);
            now.get()
        };
        assert_eq!(fastest(&clock, |_| 80), 10_000.0);
    }
}
