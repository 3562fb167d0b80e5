//! Proof-of-work kernels: the loop that all mining time is spent in.
//!
//! A kernel gets a header whose first 64 bytes are already hashed and tries values of its last four. Each attempt is one
//! SHA-256 compression. A kernel is one file here; all must find what [`Scalar`] finds.

mod scalar;

use sha2::block_api::compress256;

pub use self::scalar::Scalar;
use crate::values::{BlockHash, HEADER_BYTES, Header, Target};

/// SHA-256's initial state (FIPS 180-4, section 5.3.3).
const INITIAL_STATE: [u32; 8] =
    [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];
/// How many bytes SHA-256 compresses at once.
const BLOCK_BYTES: usize = 64;
/// Which of the last block's sixteen words is the low word of the proof.
pub const PROOF_WORD: usize = (HEADER_BYTES - BLOCK_BYTES) / 4 - 1;

/// A way to search for proofs.
pub trait Kernel {
    /// Its name, for people.
    fn name(&self) -> &'static str;

    /// The first of `count` values from `first` on that, as the low word of the proof, makes the header's hash meet its
    /// target. The range does not go past 2³² − 1.
    fn search(&self, header: &PreparedHeader, first: u32, count: u32) -> Option<u32>;
}

/// A header made ready for many attempts.
#[derive(Clone, Copy, Debug)]
pub struct PreparedHeader {
    /// The state after the first 64 bytes.
    midstate: [u32; 8],
    /// The other 52 bytes and the padding, as the sixteen words that SHA-256 reads.
    words: [u32; 16],
    target: Target,
    target_high_word: u32,
}

impl PreparedHeader {
    /// Hashes what does not change from attempt to attempt.
    ///
    /// # Panics
    /// When the header's target is none.
    pub fn new(header: &Header) -> Self {
        let bytes = header.encode();
        let mut blocks = [[0; BLOCK_BYTES]; 2];
        let (first, rest) = bytes.split_at(BLOCK_BYTES);
        blocks[0].copy_from_slice(first);
        blocks[1][..rest.len()].copy_from_slice(rest);
        // The padding: one bit, zeros, and the length in bits.
        blocks[1][rest.len()] = 0x80;
        blocks[1][BLOCK_BYTES - 8..].copy_from_slice(&(8 * HEADER_BYTES as u64).to_be_bytes());
        let mut midstate = INITIAL_STATE;
        compress256(&mut midstate, &blocks[..1]);
        let word = |at: usize| u32::from_be_bytes(std::array::from_fn(|byte| blocks[1][4 * at + byte]));
        let target = Target::from_compact(header.target).expect("a job has a checked target");
        Self { midstate, words: std::array::from_fn(word), target, target_high_word: target.high_word() }
    }

    /// SHA-256's state after the first 64 bytes of the header.
    pub fn midstate(&self) -> &[u32; 8] {
        &self.midstate
    }

    /// The sixteen words of the last block. [`PROOF_WORD`] is the one to try values of.
    pub fn words(&self) -> &[u32; 16] {
        &self.words
    }

    /// The most significant 32 bits of the target.
    pub fn target_high_word(&self) -> u32 {
        self.target_high_word
    }

    /// A first look at the last word of a final state: the hash is read as a little-endian number, so that word, its
    /// bytes swapped, is the most significant, and decides almost always.
    #[inline]
    pub fn may_be_met_by(&self, last_word: u32) -> bool {
        last_word.swap_bytes() <= self.target_high_word
    }

    /// Whether a final state is a hash that meets the target.
    pub fn is_met_by(&self, state: &[u32; 8]) -> bool {
        let mut hash = [0; 32];
        for (bytes, word) in hash.chunks_exact_mut(4).zip(state) {
            bytes.copy_from_slice(&word.to_be_bytes());
        }
        self.target.is_met_by(&BlockHash::from_bytes(hash))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{ChainBuilder, easy_params};
    use crate::values::{CompactTarget, Params, Proof};

    /// All kernels there are; a new one is added here and to nothing else in these tests.
    const KERNELS: [&dyn Kernel; 1] = [&Scalar];

    fn header(params: Params, high: u128) -> Header {
        Header { proof: Proof(high << 32), ..ChainBuilder::new(params).draft(1, &[]).header }
    }

    fn with_low_word(header: &Header, low: u32) -> Header {
        Header { proof: Proof(header.proof.0 | u128::from(low)), ..*header }
    }

    #[test]
    fn the_prepared_words_are_what_sha_256_reads() {
        let header = with_low_word(&header(easy_params(), 7), 0x0102_0304);
        let prepared = PreparedHeader::new(&header);
        assert_eq!(prepared.words()[PROOF_WORD], 0x0102_0304);
        assert_eq!(prepared.words()[PROOF_WORD + 1..], [0x8000_0000, 0, 928]);
        let mut block = [0; BLOCK_BYTES];
        for (bytes, word) in block.chunks_exact_mut(4).zip(prepared.words()) {
            bytes.copy_from_slice(&word.to_be_bytes());
        }
        let mut state = *prepared.midstate();
        compress256(&mut state, &[block]);
        let hash: Vec<u8> = state.iter().flat_map(|word| word.to_be_bytes()).collect();
        assert_eq!(hash, header.hash().as_bytes());
    }

    #[test]
    fn every_kernel_finds_what_hashing_whole_headers_finds() {
        for high in [0, 1, u128::from(u64::MAX)] {
            let header = header(easy_params(), high);
            let prepared = PreparedHeader::new(&header);
            let target = Target::from_compact(header.target).expect("a target");
            let meets = |low: &u32| target.is_met_by(&with_low_word(&header, *low).hash());
            for (first, count) in [(0, 3_000), (1_000_000, 3_000), (u32::MAX - 2_999, 3_000)] {
                let expected = (first..=first + (count - 1)).find(meets);
                assert!(expected.is_some(), "3000 attempts find one of 256");
                for kernel in KERNELS {
                    assert_eq!(kernel.search(&prepared, first, count), expected, "{} from {first}", kernel.name());
                }
            }
        }
    }

    #[test]
    fn every_kernel_stays_within_its_range() {
        let prepared = PreparedHeader::new(&header(easy_params(), 0));
        for kernel in KERNELS {
            let found = kernel.search(&prepared, 0, u32::MAX).expect("one of 256");
            assert_eq!(kernel.search(&prepared, 0, found), None, "one before it");
            assert_eq!(kernel.search(&prepared, 0, found + 1), Some(found), "exactly up to it");
            assert_eq!(kernel.search(&prepared, found, 1), Some(found));
            assert_eq!(kernel.search(&prepared, found, 0), None);
        }
    }

    #[test]
    fn a_first_look_passes_over_no_hash_that_meets_the_target() {
        let target_limit = CompactTarget::from_bits(0x1d12_3456);
        let prepared = PreparedHeader::new(&header(Params { target_limit, ..easy_params() }, 0));
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
}
