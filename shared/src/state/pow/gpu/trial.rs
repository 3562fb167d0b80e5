//! A search whose outcome the CPU knows, for a card to show that it gets it right.

use super::super::PreparedHeader;
use super::{Hit, Hits, LANES_MAX};
use crate::values::{
    BlockHash, CompactTarget, ExtraNonce, HEADER_VERSION, Header, Height, MerkleRoot, Proof, Timestamp,
};

/// Low words a trial tries: more than a group's, and not a whole number of groups.
const COUNT: u32 = 70;
/// One hash in 64 meets this target, so the trial has some eighteen hits.
const TARGET: CompactTarget = CompactTarget::from_bits(0x2003_ffff);

/// The search. Its range ends with the last low word there is.
#[derive(Clone, Debug)]
pub struct Trial {
    /// A header with as many lanes as go together.
    pub header: PreparedHeader,
    /// The first low word.
    pub first: u32,
    /// How many.
    pub count: u32,
}

impl Trial {
    /// Makes the trial of a number; every number's is another.
    pub fn new(number: u64) -> Self {
        let spread =
            |at: usize| number.wrapping_add(at as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes()[at % 8];
        let header = Header {
            version: HEADER_VERSION,
            previous_hash: BlockHash::from_bytes(std::array::from_fn(spread)),
            height: Height::from(number),
            timestamp: Timestamp::from_ms(number),
            extra_nonce: ExtraNonce(std::array::from_fn(|at| spread(at + 64))),
            root: MerkleRoot::from_bytes(std::array::from_fn(|at| spread(at + 32))),
            target: TARGET,
            proof: Proof(u128::from(number) << 32),
        };
        Self { header: PreparedHeader::new(&header, LANES_MAX as u32), first: u32::MAX - (COUNT - 1), count: COUNT }
    }

    /// Whether a card found what the CPU finds, all of it and nothing else.
    pub fn is_passed_by(&self, hits: &Hits) -> bool {
        let lanes = 0..LANES_MAX as u32;
        let is_met = |hit: &Hit| self.header.first_in_row(hit.proof, hit.lane..hit.lane + 1).is_some();
        let rows = self.first..=self.first + (self.count - 1);
        let expected = rows.flat_map(|proof| lanes.clone().map(move |lane| Hit { proof, lane })).filter(is_met);
        // The first look alone may let through what misses the target by less than the last word shows.
        !hits.are_cut() && hits.verified(&self.header).into_iter().eq(expected)
    }
}

#[cfg(test)]
mod tests {
    use super::super::HITS_BYTES;
    use super::*;

    fn written(hits: &[(u32, u32)]) -> Hits {
        let words = std::iter::once(hits.len() as u32).chain(hits.iter().flat_map(|&(lane, proof)| [lane, proof]));
        let mut bytes: Vec<u8> = words.flat_map(u32::to_le_bytes).collect();
        bytes.resize(HITS_BYTES, 0);
        Hits::decode(&bytes).expect("whole")
    }

    #[test]
    fn a_trial_is_passed_by_all_its_hits_and_by_no_fewer() {
        for number in 0..8 {
            let trial = Trial::new(number);
            let mut all = Vec::new();
            for lane in 0..LANES_MAX as u32 {
                for proof in trial.first..=u32::MAX {
                    if trial.is_met_by(lane, proof) {
                        all.push((lane, proof));
                    }
                }
            }
            assert!((4..60).contains(&all.len()), "trial {number} has {} hits", all.len());
            assert!(trial.is_passed_by(&written(&all)));
            assert!(!trial.is_passed_by(&written(&all[1..])), "one is missing");
            assert!(!trial.is_passed_by(&written(&[])), "a card that does nothing");
        }
    }

    impl Trial {
        /// As plainly as can be: the padded block, compressed.
        fn is_met_by(&self, lane: u32, low: u32) -> bool {
            let mut words = *self.header.words();
            words[super::super::super::PROOF_WORD] = low;
            let mut block = [0; 64];
            for (bytes, word) in block.chunks_exact_mut(4).zip(words) {
                bytes.copy_from_slice(&word.to_be_bytes());
            }
            let mut state = self.header.midstates()[lane as usize];
            sha2::block_api::compress256(&mut state, &[block]);
            self.header.is_met_by(&state)
        }
    }
}
