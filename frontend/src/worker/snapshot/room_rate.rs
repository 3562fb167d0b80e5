//! How fast the whole room mines, as its chain tells.

use shared::state::chain::Chain;
use shared::{BlockHash, Height};

/// How many blocks the estimate looks back: enough that luck is a fifth of it, few enough that it follows the room.
const BLOCKS: u64 = 30;
/// The fewest blocks it is made of.
const BLOCKS_MIN: u64 = 4;

/// The estimate, and the tip it is made for: it changes with the chain alone.
#[derive(Debug, Default)]
pub(super) struct RoomRate {
    tip: Option<BlockHash>,
    rate_hps: Option<f64>,
}

impl RoomRate {
    /// Attempts a second: the work of the last blocks over the time in which they were found, by their own clocks. `None`
    /// where there are too few, or their clocks say that they took no time.
    pub(super) fn follow(&mut self, chain: &Chain) -> Option<f64> {
        let tip = chain.tip();
        if self.tip != Some(tip.hash) {
            *self = Self { tip: Some(tip.hash), rate_hps: estimate(chain) };
        }
        self.rate_hps
    }
}

fn estimate(chain: &Chain) -> Option<f64> {
    let tip = chain.tip();
    // The genesis was not mined then, so the time from it to the first block tells nothing.
    let first = tip.height.as_u64().saturating_sub(BLOCKS).max(1);
    if tip.height.as_u64() < first + BLOCKS_MIN {
        return None;
    }
    let first = chain.hash_at(Height::from(first))?;
    let work = chain.work_of(&tip.hash)?.to_f64() - chain.work_of(&first)?.to_f64();
    let ms = chain.header(&tip.hash)?.timestamp.ms_since(chain.header(&first)?.timestamp);
    (ms > 0).then(|| work * 1_000.0 / ms as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::testing::ChainBuilder;

    #[test]
    fn it_is_the_work_of_the_last_blocks_over_their_time() {
        let mut builder = ChainBuilder::easy();
        let mut rate = RoomRate::default();
        builder.mine_many(1, BLOCKS_MIN as usize);
        assert_eq!(rate.follow(&builder.chain()), None, "one block too few: the genesis does not count");
        builder.mine_many(1, 1);
        assert!(rate.follow(&builder.chain()).is_some());
        builder.mine_many(1, 2 * BLOCKS as usize);
        let chain = builder.chain();
        let tip = chain.tip();
        let header = |height: u64| *chain.header(&chain.hash_at(Height::from(height)).expect("mined")).expect("kept");
        let last = (tip.height.as_u64() - BLOCKS + 1)..=tip.height.as_u64();
        let work: f64 = last.map(|height| header(height).target).map(work_of).sum();
        let ms = header(tip.height.as_u64()).timestamp.ms_since(header(tip.height.as_u64() - BLOCKS).timestamp);
        let expected = work * 1_000.0 / ms as f64;
        let estimate = rate.follow(&chain).expect("enough blocks");
        assert!((estimate - expected).abs() <= expected * 1e-9, "{estimate} and not {expected}");
    }

    fn work_of(target: shared::CompactTarget) -> f64 {
        shared::Target::from_compact(target).expect("a target").work().to_f64()
    }
}
