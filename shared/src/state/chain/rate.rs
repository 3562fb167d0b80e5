//! How fast a whole room mines, as its chain tells: nobody reports a rate. For people to look at; no rule asks for it.

use super::Chain;
use crate::values::Height;

/// How many blocks the estimate looks back: enough that luck is a fifth of it, few enough that it follows the room.
const BLOCKS: u64 = 30;
/// The fewest blocks it is made of.
const BLOCKS_MIN: u64 = 4;

impl Chain {
    /// Attempts a second of all who mine on this chain: the work of the last blocks over the time in which they were
    /// found, by their own clocks. `None` where there are too few, or their clocks say that they took no time.
    pub fn room_rate_hps(&self) -> Option<f64> {
        let tip = self.tip();
        // The genesis was not mined then, so the time from it to the first block tells nothing.
        let first = tip.height.as_u64().saturating_sub(BLOCKS).max(1);
        if tip.height.as_u64() < first + BLOCKS_MIN {
            return None;
        }
        let first = self.tip_of(&self.hash_at(Height::from(first))?)?;
        let ms = tip.timestamp.ms_since(first.timestamp);
        (ms > 0).then(|| (tip.work.to_f64() - first.work.to_f64()) * 1_000.0 / ms as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::ChainBuilder;
    use crate::values::{CompactTarget, Target};

    #[test]
    fn it_is_the_work_of_the_last_blocks_over_their_time() {
        let mut builder = ChainBuilder::easy();
        builder.mine_many(1, BLOCKS_MIN as usize);
        assert_eq!(builder.chain().room_rate_hps(), None, "one block too few: the genesis does not count");
        builder.mine_many(1, 1);
        assert!(builder.chain().room_rate_hps().is_some());
        builder.mine_many(1, 2 * BLOCKS as usize);
        let chain = builder.chain();
        let tip = chain.tip();
        let header = |height: u64| *chain.header(&chain.hash_at(Height::from(height)).expect("mined")).expect("kept");
        let last = (tip.height.as_u64() - BLOCKS + 1)..=tip.height.as_u64();
        let work: f64 = last.map(|height| header(height).target).map(work_of).sum();
        let ms = header(tip.height.as_u64()).timestamp.ms_since(header(tip.height.as_u64() - BLOCKS).timestamp);
        let expected = work * 1_000.0 / ms as f64;
        let estimate = chain.room_rate_hps().expect("enough blocks");
        assert!((estimate - expected).abs() <= expected * 1e-9, "{estimate} and not {expected}");
    }

    fn work_of(target: CompactTarget) -> f64 {
        Target::from_compact(target).expect("a target").work().to_f64()
    }
}
