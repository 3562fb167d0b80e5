//! What the shader reads: a range of proofs and all that does not change within it.

use super::super::rounds::K;
use super::super::{PROOF_WORD, PreparedHeader};
use super::WORKGROUP;

/// The most headers that are searched together. With this many the schedule they share is next to free, and a dispatch
/// still ends soon on a slow card.
pub const LANES_MAX: usize = 16;
/// The length of the buffer.
///
/// | bytes | content, words little-endian |
/// |---|---|
/// | 0–3 | the first low word |
/// | 4–7 | how many |
/// | 8–11 | how many lanes |
/// | 12–15 | the most significant word of the target |
/// | 16–115 | what is constant of the schedule's words 16 to 40 |
/// | 116–127 | padding |
/// | 128 on | 48 for a lane: eight words of its state after round 12 but for the low word, the last word of its state before, padding |
pub const WORK_BYTES: usize = LANES_AT + LANES_MAX * LANE_BYTES;

const SCHEDULE_AT: usize = 16;
/// The first word of the schedule that is computed and not given.
const SCHEDULE_FIRST: usize = 16;
/// The last word of the schedule that has a constant part: it is 16 after the last that is all constant.
const SCHEDULE_LAST: usize = 40;
const LANES_AT: usize = 128;
const LANE_BYTES: usize = 48;
/// How many groups a row of the dispatch has. A power of two, so that rows times groups times invocations, rounded up,
/// never goes past 2³² and no invocation's number wraps; and below 65,535, which is what every device allows.
const ROW: u32 = 32_768;

/// A header made ready for the shader, with up to [`LANES_MAX`] lanes.
#[derive(Clone, Debug)]
pub struct Work {
    bytes: [u8; WORK_BYTES],
}

impl Work {
    /// Works out what does not depend on the low word of the proof.
    ///
    /// # Panics
    /// When there are more lanes than [`LANES_MAX`].
    pub fn new(header: &PreparedHeader) -> Self {
        let midstates = header.midstates();
        assert!(midstates.len() <= LANES_MAX, "{} lanes are too many", midstates.len());
        let message = message(header);
        let mut work = Self { bytes: [0; WORK_BYTES] };
        work.put(8, &[midstates.len() as u32, header.target_high_word()]);
        work.put(SCHEDULE_AT, &schedule(&message));
        for (lane, midstate) in midstates.iter().enumerate() {
            let at = LANES_AT + lane * LANE_BYTES;
            work.put(at, &after_round_12(midstate, &message));
            work.put(at + 32, &midstate[7..]);
        }
        work
    }

    /// The buffer for `count` low words from `first` on. The range does not go past 2³² − 1.
    pub fn encode(&mut self, first: u32, count: u32) -> &[u8; WORK_BYTES] {
        self.put(0, &[first, count]);
        &self.bytes
    }

    /// How many groups to dispatch for `count` low words, in x and in y.
    pub fn groups(count: u32) -> (u32, u32) {
        let groups = count.div_ceil(WORKGROUP);
        (groups.min(ROW), groups.div_ceil(ROW))
    }

    fn put(&mut self, at: usize, words: &[u32]) {
        for (bytes, word) in self.bytes[at..].chunks_exact_mut(4).zip(words) {
            bytes.copy_from_slice(&word.to_le_bytes());
        }
    }
}

/// The last block but for the low word.
fn message(header: &PreparedHeader) -> [u32; 16] {
    let mut words = *header.words();
    words[PROOF_WORD] = 0;
    words
}

/// Of each schedule word from 16 to 40 the sum of the terms that do not depend on the low word; where none does, with the
/// round constant.
fn schedule(message: &[u32; 16]) -> [u32; SCHEDULE_LAST - SCHEDULE_FIRST + 1] {
    let mut words = [0_u32; SCHEDULE_LAST + 1];
    words[..16].copy_from_slice(message);
    let mut depends = [false; SCHEDULE_LAST + 1];
    depends[PROOF_WORD] = true;
    let mut constants = [0; SCHEDULE_LAST - SCHEDULE_FIRST + 1];
    for at in SCHEDULE_FIRST..=SCHEDULE_LAST {
        let terms = [
            (at - 2, small_sigma_1 as fn(u32) -> u32),
            (at - 7, std::convert::identity),
            (at - 15, small_sigma_0),
            (at - 16, std::convert::identity),
        ];
        depends[at] = terms.iter().any(|&(term, _)| depends[term]);
        let constant = terms.iter().filter(|&&(term, _)| !depends[term]);
        words[at] = constant.map(|&(term, sigma)| sigma(words[term])).fold(0, u32::wrapping_add);
        let round = if depends[at] { 0 } else { K[at] };
        constants[at - SCHEDULE_FIRST] = words[at].wrapping_add(round);
    }
    constants
}

/// The state after rounds 0 to 12, with zero for the low word: it is to be added to `a` and `e`.
fn after_round_12(midstate: &[u32; 8], message: &[u32; 16]) -> [u32; 8] {
    message[..=PROOF_WORD].iter().zip(K).fold(*midstate, |[a, b, c, d, e, f, g, h], (word, constant)| {
        let first = h
            .wrapping_add(e.rotate_right(6) ^ e.rotate_right(11) ^ e.rotate_right(25))
            .wrapping_add(g ^ (e & (f ^ g)))
            .wrapping_add(constant)
            .wrapping_add(*word);
        let second =
            (a.rotate_right(2) ^ a.rotate_right(13) ^ a.rotate_right(22)).wrapping_add((a & b) | (c & (a | b)));
        [first.wrapping_add(second), a, b, c, d.wrapping_add(first), e, f, g]
    })
}

fn small_sigma_0(word: u32) -> u32 {
    word.rotate_right(7) ^ word.rotate_right(18) ^ (word >> 3)
}

fn small_sigma_1(word: u32) -> u32 {
    word.rotate_right(17) ^ word.rotate_right(19) ^ (word >> 10)
}

#[cfg(test)]
mod tests {
    use sha2::block_api::compress256;

    use super::super::tests::header;
    use super::*;
    use crate::values::Header;

    fn word(bytes: &[u8], at: usize) -> u32 {
        u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes"))
    }

    /// The rest of the 64 rounds, as the shader does them: from the buffer alone, for one lane and one low word. All
    /// rounds, and plainly, so that the whole final state but what is added to it comes out.
    fn finish(bytes: &[u8], lane: usize, low: u32) -> u32 {
        // The round constants from 13 on, which the shader has as literals: read out of it.
        let given = |at: usize| word(bytes, SCHEDULE_AT + 4 * (at - SCHEDULE_FIRST));
        let whole = [16, 17, 18, 20, 22, 24];
        let mut words = [0_u32; 64];
        words[PROOF_WORD..16].copy_from_slice(&[low, 0x8000_0000, 0, 928]);
        let depends = |at: usize| at == PROOF_WORD || (at >= 19 && !whole.contains(&at));
        for at in SCHEDULE_FIRST..64 {
            let constant = if at <= SCHEDULE_LAST { given(at) } else { 0 };
            words[at] = [(at - 2, 1), (at - 7, 2), (at - 15, 0), (at - 16, 2)]
                .into_iter()
                .filter(|&(term, _)| depends(at) && depends(term))
                .map(|(term, sigma)| match sigma {
                    0 => small_sigma_0(words[term]),
                    1 => small_sigma_1(words[term]),
                    _ => words[term],
                })
                .fold(constant, u32::wrapping_add);
        }
        let at = LANES_AT + lane * LANE_BYTES;
        let mut state: [u32; 8] = std::array::from_fn(|place| word(bytes, at + 4 * place));
        state[0] = state[0].wrapping_add(low);
        state[4] = state[4].wrapping_add(low);
        for (round, &word) in words.iter().enumerate().take(61).skip(PROOF_WORD + 1) {
            let constant = if whole.contains(&round) { 0 } else { round_constant(round) };
            let [a, b, c, d, e, f, g, h] = state;
            let first = h
                .wrapping_add(e.rotate_right(6) ^ e.rotate_right(11) ^ e.rotate_right(25))
                .wrapping_add((e & f) ^ (!e & g))
                .wrapping_add(constant.wrapping_add(word));
            let second =
                (a.rotate_right(2) ^ a.rotate_right(13) ^ a.rotate_right(22)).wrapping_add((a & b) ^ (a & c) ^ (b & c));
            state = [first.wrapping_add(second), a, b, c, d.wrapping_add(first), e, f, g];
        }
        word(bytes, at + 32).wrapping_add(state[4])
    }

    /// The first 32 bits of the fractional part of the cube root of the prime of this number (FIPS 180-4, section
    /// 4.2.2), in integers: the cube root of the prime times 2⁹⁶.
    fn round_constant(at: usize) -> u32 {
        let prime = (2_u128..).filter(|n| (2..*n).all(|d| n % d != 0)).nth(at).expect("endless");
        let (mut low, mut high) = (0_u128, 8_u128 << 32);
        while high - low > 1 {
            let middle = (low + high) / 2;
            if middle * middle * middle <= prime << 96 { low = middle } else { high = middle }
        }
        low as u32
    }

    #[test]
    fn the_round_constants_are_those_of_the_standard() {
        for (at, constant) in K.into_iter().enumerate() {
            assert_eq!(constant, round_constant(at), "{at}");
        }
        // The shader names each of its own once, those of rounds 13 to 15 with the padding added.
        for (round, padding) in [(13, 0x8000_0000), (14, 0), (15, 928)] {
            let constant = round_constant(round).wrapping_add(padding);
            assert_eq!(super::super::SHADER.matches(&format!(", 0x{constant:08x}u);")).count(), 1, "{round}");
        }
        for round in (19..=60).filter(|round| ![20, 22, 24].contains(round)) {
            let word = format!("0x{:08x}u + w{round})", round_constant(round));
            assert_eq!(super::super::SHADER.matches(&word).count(), 1, "{round}");
        }
    }

    #[test]
    fn the_buffer_leads_to_the_last_word_of_the_hash() {
        let header = PreparedHeader::new(&header(77), LANES_MAX as u32);
        let mut work = Work::new(&header);
        let bytes = work.encode(5, 1_000);
        assert_eq!([0, 4, 8].map(|at| word(bytes, at)), [5, 1_000, LANES_MAX as u32]);
        assert_eq!(word(bytes, 12), header.target_high_word());
        for (at, midstate) in header.midstates().iter().enumerate() {
            for low in [0, 1, 0x1234_5678, 0x8000_0000, u32::MAX] {
                let mut block = [0; 64];
                let mut words = *header.words();
                words[PROOF_WORD] = low;
                for (bytes, word) in block.chunks_exact_mut(4).zip(words) {
                    bytes.copy_from_slice(&word.to_be_bytes());
                }
                let mut state = *midstate;
                compress256(&mut state, &[block]);
                assert_eq!(finish(bytes, at, low), state[7], "lane {at}, {low:#x}");
            }
        }
    }

    #[test]
    fn what_a_header_has_for_a_low_word_changes_nothing() {
        let header = header(3);
        let other = Header { proof: crate::values::Proof(header.proof.0 | 0xdead_beef), ..header };
        let encoded = |header| *Work::new(&PreparedHeader::new(header, 2)).encode(0, 1);
        assert_eq!(encoded(&header), encoded(&other));
    }

    #[test]
    fn every_low_word_has_an_invocation_and_none_has_two() {
        for (count, groups) in [
            (0, (0, 0)),
            (1, (1, 1)),
            (64, (1, 1)),
            (65, (2, 1)),
            (ROW * 64, (ROW, 1)),
            (ROW * 64 + 1, (ROW, 2)),
            (u32::MAX, (ROW, 2_048)),
        ] {
            assert_eq!(Work::groups(count), groups, "{count}");
            let invocations = u64::from(groups.0) * u64::from(groups.1) * u64::from(WORKGROUP);
            assert!((u64::from(count)..=1 << 32).contains(&invocations), "{count}: {invocations}");
        }
    }

    #[test]
    #[should_panic(expected = "17 lanes are too many")]
    fn there_are_no_more_lanes_than_the_buffer_has_room_for() {
        Work::new(&PreparedHeader::new(&header(0), LANES_MAX as u32 + 1));
    }
}
