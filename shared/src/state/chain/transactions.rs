//! Which height of the active chain a transaction is at.
//!
//! The active chain grows and shrinks at its end alone. So the ids lie one after the other as they do on the chain, and
//! sorted *runs* of their places lead to them: a few, each longer than the next, merged as they grow. That is quick to
//! build, takes little more than the ids, and only ever compares, so that nobody can slow it down by trying payments
//! until their ids suit him, as he could a hash table without a secret.

use crate::values::{Height, TransactionId};

/// How many of the last ids are not in a run: they are looked through one by one.
const LOOSE_IDS_MAX: usize = 1024;

/// The heights of transactions. Places are kept in 32 bits: so many ids are 128 GiB.
#[derive(Clone, Debug, Default)]
pub(super) struct TransactionIndex {
    /// All ids in the order of the chain.
    ids: Vec<TransactionId>,
    /// How many ids there are up to each block above the genesis, that block's included.
    ends: Vec<u32>,
    /// Each has the places that follow those of the one before it, sorted by id. All together they lack less than
    /// [`LOOSE_IDS_MAX`] places, the last. After a block was taken off they may have places that are gone.
    runs: Vec<Vec<Entry>>,
}

/// The first four bytes of an id, and its place: enough to find those few ids that may be the one that is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    prefix: u32,
    place: u32,
}

/// Both follow from the ids: how the runs are cut depends on the way that led here.
impl PartialEq for TransactionIndex {
    fn eq(&self, other: &Self) -> bool {
        self.ids == other.ids && self.ends == other.ends
    }
}

impl Eq for TransactionIndex {}

impl TransactionIndex {
    /// Adds the transactions of the block on top.
    pub(super) fn connect(&mut self, ids: &[TransactionId]) {
        self.forget_gone();
        self.ids.extend_from_slice(ids);
        self.ends.push(narrow(self.ids.len()));
        let first = self.in_runs();
        let loose = &self.ids[first..];
        if loose.len() < LOOSE_IDS_MAX {
            return;
        }
        let entries = loose.iter().zip(narrow(first)..).map(|(id, place)| Entry { prefix: prefix(id), place });
        let mut run: Vec<Entry> = entries.collect();
        run.sort_unstable();
        while let Some(mut longer) = self.runs.pop_if(|before| before.len() < 2 * run.len()) {
            longer.append(&mut run);
            // Merges the two, as it finds them sorted.
            longer.sort();
            run = longer;
        }
        self.runs.push(run);
    }

    /// Takes those of the topmost block off.
    pub(super) fn disconnect(&mut self) {
        self.ends.pop();
        self.ids.truncate(self.ends.last().map_or(0, |end| *end as usize));
    }

    pub(super) fn height_of(&self, id: &TransactionId) -> Option<Height> {
        let place = self.place_of(id)?;
        let below = self.ends.partition_point(|end| *end as usize <= place);
        Some(Height::from(below as u64 + 1))
    }

    fn place_of(&self, id: &TransactionId) -> Option<usize> {
        let is_at = |place: &usize| self.ids.get(*place) == Some(id);
        let prefix = prefix(id);
        let in_run = |run: &Vec<Entry>| {
            let first = run.partition_point(|entry| entry.prefix < prefix);
            run[first..].iter().take_while(|entry| entry.prefix == prefix).map(|entry| entry.place as usize).find(is_at)
        };
        self.runs.iter().find_map(in_run).or_else(|| (self.in_runs()..self.ids.len()).find(is_at))
    }

    /// How many places the runs have.
    fn in_runs(&self) -> usize {
        self.runs.iter().map(Vec::len).sum()
    }

    /// Takes places that are gone out of the runs, before others are put there.
    fn forget_gone(&mut self) {
        let left = self.ids.len();
        let mut in_runs = self.in_runs();
        while in_runs > left
            && let Some(last) = self.runs.last_mut()
        {
            in_runs -= last.len();
            if in_runs >= left {
                self.runs.pop();
            } else {
                last.retain(|entry| (entry.place as usize) < left);
                return;
            }
        }
    }
}

fn prefix(id: &TransactionId) -> u32 {
    let [a, b, c, d, ..] = *id.as_bytes();
    u32::from_be_bytes([a, b, c, d])
}

fn narrow(count: usize) -> u32 {
    u32::try_from(count).expect("2^32 transactions do not fit in memory")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::sha256;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    /// The ids of a block: some of them begin alike.
    fn ids(block: u64, count: u32) -> Vec<TransactionId> {
        let id = |number: u32| {
            let mut bytes = sha256(&[&block.to_le_bytes(), &number.to_le_bytes()]);
            if number.is_multiple_of(3) {
                bytes[..4].fill(7);
            }
            TransactionId::from_bytes(bytes)
        };
        (0..count).map(id).collect()
    }

    /// Blocks that come, of so many transactions, and how many then go.
    fn moves() -> impl Strategy<Value = Vec<(Vec<u32>, usize)>> {
        let count = prop_oneof![0..12_u32, 500..1_500_u32];
        prop::collection::vec((prop::collection::vec(count, 0..6), 0..8_usize), 1..12)
    }

    proptest! {
        #![proptest_config(crate::state::proptest_config(64))]

        #[test]
        fn each_id_is_found_at_its_height_and_those_that_are_gone_are_not(moves in moves()) {
            let (mut index, mut number) = (TransactionIndex::default(), 0);
            let (mut blocks, mut gone) = (Vec::new(), Vec::new());
            for (coming, going) in moves {
                for count in coming {
                    number += 1;
                    blocks.push(ids(number, count));
                    index.connect(&blocks[blocks.len() - 1]);
                }
                for _ in 0..going {
                    if let Some(block) = blocks.pop() {
                        index.disconnect();
                        gone.extend(block);
                    }
                }
                let heights = blocks.iter().zip(1_u64..).flat_map(|(block, height)| block.iter().map(move |id| (id, height)));
                let expected: BTreeMap<_, _> = heights.collect();
                for (id, height) in &expected {
                    prop_assert_eq!(index.height_of(id), Some(Height::from(*height)));
                }
                prop_assert!(gone.iter().all(|id| index.height_of(id).is_none()));
                let mut fresh = TransactionIndex::default();
                blocks.iter().for_each(|block| fresh.connect(block));
                prop_assert_eq!(&index, &fresh);
            }
        }
    }

    #[test]
    fn the_runs_are_few_and_what_is_in_none_is_little() {
        let mut index = TransactionIndex::default();
        for block in 0..3_000 {
            index.connect(&ids(block, 11));
            assert!(index.runs.len() <= 6 && index.runs.is_sorted_by_key(|run| std::cmp::Reverse(run.len())));
            assert!(index.ids.len() - index.in_runs() < LOOSE_IDS_MAX);
        }
    }
}
