//! The kernel that every machine can run: the `sha2` crate's compression, one attempt at a time. On processors with
//! SHA-256 instructions that crate uses them.

use super::{Kernel, PROOF_WORD, PreparedHeader};

/// One attempt at a time.
#[derive(Clone, Copy, Debug, Default)]
pub struct Scalar;

impl Kernel for Scalar {
    fn name(&self) -> &'static str {
        "scalar"
    }

    fn first_row(&self, header: &PreparedHeader, first: u32, rows: u32) -> Option<u32> {
        let mut block = header.block(first);
        (0..rows).map(|offset| first + offset).find(|low| {
            block[4 * PROOF_WORD..][..4].copy_from_slice(&low.to_be_bytes());
            (0..header.midstates().len()).any(|lane| header.may_be_met_by(header.hash(lane, &block)[7]))
        })
    }
}
