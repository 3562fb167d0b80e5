//! What the shader writes: who passed its first look.

use super::super::PreparedHeader;

/// How many hits are listed. A dispatch at a target worth a card's while has one now and then.
pub const HITS_MAX: usize = 255;
/// The length of the buffer: a count, padding, and two words a hit.
///
/// | bytes | content, words little-endian |
/// |---|---|
/// | 0–3 | how many there were; zero before the dispatch |
/// | 4 on | [`HITS_MAX`] times the lane and the low word of the proof, in no order |
/// | the rest | padding |
pub const HITS_BYTES: usize = 2_048;

/// A low word of the proof that meets the target of one lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hit {
    /// The low word of the proof.
    pub proof: u32,
    /// Which lane of the header given to [`Work::new`](super::Work::new).
    pub lane: u32,
}

/// What a dispatch wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hits {
    listed: Vec<Hit>,
    count: u32,
}

impl Hits {
    /// Reads what a dispatch wrote; `None` where it is no such thing.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let words: Vec<u32> = bytes
            .get(..HITS_BYTES)?
            .chunks_exact(4)
            .map(|word| u32::from_le_bytes(word.try_into().expect("four bytes")))
            .collect();
        let (&count, list) = words.split_first()?;
        let listed = (count as usize).min(HITS_MAX);
        let hit = |pair: &[u32]| Hit { lane: pair[0], proof: pair[1] };
        let mut listed: Vec<Hit> = list.chunks_exact(2).take(listed).map(hit).collect();
        listed.sort_unstable();
        Some(Self { listed, count })
    }

    /// Whether there were more than are listed. Those that are listed are as good as any.
    pub fn are_cut(&self) -> bool {
        self.count as usize > self.listed.len()
    }

    /// Hashes each hit on the CPU and returns those that do meet the target, by their proofs. Whatever else a card may
    /// have written, lanes that do not exist included, is left out.
    pub fn verified(&self, header: &PreparedHeader) -> Vec<Hit> {
        let lanes = header.midstates().len();
        let is_met = |hit: &&Hit| {
            (hit.lane as usize) < lanes && header.first_in_row(hit.proof, hit.lane..hit.lane + 1).is_some()
        };
        self.listed.iter().filter(is_met).copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::header;
    use super::*;

    fn bytes(count: u32, list: &[(u32, u32)]) -> Vec<u8> {
        let words = std::iter::once(count).chain(list.iter().flat_map(|&(lane, proof)| [lane, proof]));
        let mut bytes: Vec<u8> = words.flat_map(u32::to_le_bytes).collect();
        bytes.resize(HITS_BYTES, 0);
        bytes
    }

    #[test]
    fn hits_are_read_in_the_order_of_their_proofs() {
        let hits = Hits::decode(&bytes(3, &[(1, 9), (0, 70_000), (0, 9), (5, 5)])).expect("whole");
        let hit = |proof, lane| Hit { proof, lane };
        assert_eq!(hits.listed, [hit(9, 0), hit(9, 1), hit(70_000, 0)]);
        assert!(!hits.are_cut());
    }

    #[test]
    fn a_list_that_overflowed_is_read_as_far_as_it_goes() {
        for (count, listed, are_cut) in [(254, 254, false), (255, 255, false), (256, 255, true), (u32::MAX, 255, true)]
        {
            let hits = Hits::decode(&bytes(count, &[(0, 1); HITS_MAX])).expect("whole");
            assert_eq!((hits.listed.len(), hits.are_cut()), (listed, are_cut), "{count}");
        }
    }

    #[test]
    fn a_buffer_that_is_too_short_is_none() {
        assert_eq!(Hits::decode(&bytes(0, &[])[1..]), None);
        assert_eq!(Hits::decode(&[]), None);
    }

    #[test]
    fn only_what_the_cpu_finds_too_is_believed() {
        let header = PreparedHeader::new(&header(0), 2);
        let proof =
            |lane: u32| (0..).find(|low| header.first_in_row(*low, lane..lane + 1).is_some()).expect("one of 256");
        let (first, second) = (proof(0), proof(1));
        assert!(header.first_in_row(first, 1..2).is_none(), "the two lanes differ here");
        let claimed = [(0, first), (1, second), (1, first), (2, first), (u32::MAX, first)];
        let hits = Hits::decode(&bytes(claimed.len() as u32, &claimed)).expect("whole");
        let mut expected = [Hit { proof: first, lane: 0 }, Hit { proof: second, lane: 1 }];
        expected.sort_unstable();
        assert_eq!(hits.verified(&header), expected);
    }
}
