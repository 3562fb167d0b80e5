//! The kernel that every machine can run: the `sha2` crate's compression, one attempt at a time. On processors with
//! SHA-256 instructions that crate uses them.

use sha2::block_api::compress256;

use super::{BLOCK_BYTES, Kernel, PROOF_WORD, PreparedHeader};

/// One attempt at a time.
#[derive(Clone, Copy, Debug, Default)]
pub struct Scalar;

impl Kernel for Scalar {
    fn name(&self) -> &'static str {
        "scalar"
    }

    fn search(&self, header: &PreparedHeader, first: u32, count: u32) -> Option<u32> {
        let mut block = [0; BLOCK_BYTES];
        for (bytes, word) in block.chunks_exact_mut(4).zip(header.words()) {
            bytes.copy_from_slice(&word.to_be_bytes());
        }
        (0..count).map(|offset| first.wrapping_add(offset)).find(|proof| {
            block[4 * PROOF_WORD..][..4].copy_from_slice(&proof.to_be_bytes());
            let mut state = *header.midstate();
            compress256(&mut state, std::slice::from_ref(&block));
            header.may_be_met_by(state[7]) && header.is_met_by(&state)
        })
    }
}
