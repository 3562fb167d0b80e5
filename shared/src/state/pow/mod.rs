//! Proof-of-work kernels: the loop that all mining time is spent in.
//!
//! Each attempt is one SHA-256 compression: the first 64 bytes of a header are hashed beforehand, the last word of the
//! other 52 is tried. Among the first 64 are the extra nonce's twelve. So a header is prepared with several extra
//! nonces, its *lanes*; one low word of the proof tried on all of them is a *row*, whose message schedule is made once.
//!
//! A kernel is one file here, and goes through rows fast. It knows the most significant 32 bits of the target and not
//! the rest: all kernels must name the row that [`Scalar`] names, and [`PreparedHeader::first_in_row`] then looks closely.
//! [`gpu`] is the same search for a graphics card.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
pub mod gpu;
#[cfg_attr(
    not(target_arch = "x86_64"),
    allow(
        dead_code,
        unused_imports,
        unused_macros,
        reason = "elsewhere no vector kernel uses it, and the graphics card needs no more than its constants"
    )
)]
mod rounds;
mod scalar;
#[cfg(target_arch = "x86_64")]
mod sha_ni;
#[cfg(test)]
mod tests;

use sha2::block_api::compress256;

#[cfg(target_arch = "x86_64")]
pub use self::avx2::Avx2;
#[cfg(target_arch = "x86_64")]
pub use self::avx512::Avx512;
pub use self::scalar::Scalar;
#[cfg(target_arch = "x86_64")]
pub use self::sha_ni::ShaNi;
use crate::values::{BlockHash, ExtraNonce, HEADER_BYTES, Header, Proof, Target};

/// SHA-256's initial state (FIPS 180-4, section 5.3.3).
const INITIAL_STATE: [u32; 8] =
    [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];
/// How many bytes SHA-256 compresses at once.
const BLOCK_BYTES: usize = 64;
/// Which of the last block's sixteen words is the low word of the proof.
pub const PROOF_WORD: usize = (HEADER_BYTES - BLOCK_BYTES) / 4 - 1;
/// The most lanes that a header is prepared with. More would share a schedule that already costs next to nothing.
pub const LANES_MAX: u32 = 64;
const _: () = assert!(rounds::LANES_MAX == LANES_MAX as usize && rounds::LOW_WORD == PROOF_WORD);

/// A way to search for proofs.
pub trait Kernel {
    /// Its name, for people.
    fn name(&self) -> &'static str;

    /// The first of `rows` rows from `first` on in which a lane passes [`PreparedHeader::may_be_met_by`]. The rows do
    /// not go past 2³² − 1.
    fn first_row(&self, header: &PreparedHeader, first: u32, rows: u32) -> Option<u32>;
}

/// The kernels that this machine can run, the fastest first and [`Scalar`] last.
pub fn kernels() -> Vec<Box<dyn Kernel + Send + Sync>> {
    let mut kernels = of_this_processor();
    kernels.push(Box::new(Scalar));
    kernels
}

#[cfg(target_arch = "x86_64")]
fn of_this_processor() -> Vec<Box<dyn Kernel + Send + Sync>> {
    let avx512 = Avx512::detect().map(|kernel| Box::new(kernel) as _);
    let sha_ni = ShaNi::detect().map(|kernel| Box::new(kernel) as _);
    let avx2 = Avx2::detect().map(|kernel| Box::new(kernel) as _);
    [avx512, sha_ni, avx2].into_iter().flatten().collect()
}

#[cfg(not(target_arch = "x86_64"))]
fn of_this_processor() -> Vec<Box<dyn Kernel + Send + Sync>> {
    Vec::new()
}

/// The fastest kernel that this machine can run.
pub fn fastest() -> Box<dyn Kernel + Send + Sync> {
    kernels().swap_remove(0)
}

/// A header made ready for many attempts.
#[derive(Clone, Debug)]
pub struct PreparedHeader {
    /// The states after the first 64 bytes, one a lane.
    midstates: Vec<[u32; 8]>,
    /// The other 52 bytes and the padding, as the sixteen words that SHA-256 reads.
    words: [u32; 16],
    target: Target,
    target_high_word: u32,
}

impl PreparedHeader {
    /// Hashes what does not change from attempt to attempt, for as many extra nonces, counted on from the header's.
    ///
    /// # Panics
    /// When the header's target is none, or lanes are not from 1 to [`LANES_MAX`].
    pub fn new(header: &Header, lanes: u32) -> Self {
        assert!((1..=LANES_MAX).contains(&lanes), "{lanes} lanes");
        let bytes = header.encode();
        let (_, rest) = bytes.split_at(BLOCK_BYTES);
        let mut block = [0; BLOCK_BYTES];
        block[..rest.len()].copy_from_slice(rest);
        // The padding: one bit, zeros, and the length in bits.
        block[rest.len()] = 0x80;
        block[BLOCK_BYTES - 8..].copy_from_slice(&(8 * HEADER_BYTES as u64).to_be_bytes());
        let word = |at: usize| u32::from_be_bytes(std::array::from_fn(|byte| block[4 * at + byte]));
        let target = Target::from_compact(header.target).expect("a job has a checked target");
        Self {
            midstates: (0..lanes).map(|lane| midstate(header, header.extra_nonce.plus(lane.into()))).collect(),
            words: std::array::from_fn(word),
            target,
            target_high_word: target.high_word(),
        }
    }

    /// Goes over to another proof, the rest of the header as it is.
    pub fn set_proof(&mut self, proof: Proof) {
        for (at, word) in self.words[PROOF_WORD - 3..=PROOF_WORD].iter_mut().enumerate() {
            *word = (proof.0 >> (96 - 32 * at)) as u32;
        }
    }

    /// SHA-256's states after the first 64 bytes of the header, one a lane.
    pub fn midstates(&self) -> &[[u32; 8]] {
        &self.midstates
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

    /// The first of some lanes with which a low word meets the target.
    pub fn first_in_row(&self, low: u32, mut lanes: std::ops::Range<u32>) -> Option<u32> {
        let block = self.block(low);
        lanes.find(|lane| self.is_met_by(&self.hash(*lane as usize, &block)))
    }

    /// The last block with this low word.
    fn block(&self, low: u32) -> [u8; BLOCK_BYTES] {
        let mut block = [0; BLOCK_BYTES];
        for (bytes, word) in block.chunks_exact_mut(4).zip(self.words()) {
            bytes.copy_from_slice(&word.to_be_bytes());
        }
        block[4 * PROOF_WORD..][..4].copy_from_slice(&low.to_be_bytes());
        block
    }

    /// The final state of a lane and a last block.
    fn hash(&self, lane: usize, block: &[u8; BLOCK_BYTES]) -> [u32; 8] {
        let mut state = self.midstates[lane];
        compress256(&mut state, std::slice::from_ref(block));
        state
    }
}

fn midstate(header: &Header, extra_nonce: ExtraNonce) -> [u32; 8] {
    let bytes = Header { extra_nonce, ..*header }.encode();
    let mut state = INITIAL_STATE;
    compress256(&mut state, &bytes.as_chunks::<BLOCK_BYTES>().0[..1]);
    state
}
