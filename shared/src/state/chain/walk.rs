//! A branch that is followed header by header and not kept: to see what work it has before it takes any memory.

use std::collections::VecDeque;

use super::tree::State;
use super::{Chain, next_target};
use crate::rules::header::{self, HeaderError};
use crate::values::{BlockHash, Header, Height, MEDIAN_SPAN, Params, Target, Timestamp, Work};

/// The end of a branch, and what the rules of the next header ask about the blocks below it.
#[derive(Clone, Debug)]
pub struct Walk {
    hash: BlockHash,
    header: Header,
    work: Work,
    grandparent_time: Option<Timestamp>,
    /// The times of the last [`MEDIAN_SPAN`] blocks, in no order.
    times: VecDeque<Timestamp>,
}

impl Chain {
    /// Begins at a known block; `None` at one that is not, or that breaks a rule.
    pub fn walk_from(&self, hash: &BlockHash) -> Option<Walk> {
        let index = self.tree.find(hash).filter(|index| self.tree.node(*index).state != State::Invalid)?;
        let node = self.tree.node(index);
        let times = self.tree.ancestry(index).take(MEDIAN_SPAN).map(|index| self.tree.node(index).header.timestamp);
        Some(Walk {
            hash: *hash,
            header: node.header,
            work: node.work,
            grandparent_time: self.tree.parent(index).map(|parent| self.tree.node(parent).header.timestamp),
            times: times.collect::<Vec<_>>().into_iter().rev().collect(),
        })
    }
}

impl Walk {
    /// The last block.
    pub fn hash(&self) -> BlockHash {
        self.hash
    }

    /// Its height.
    pub fn height(&self) -> Height {
        self.header.height
    }

    /// The work of the chain that ends there.
    pub fn work(&self) -> Work {
        self.work
    }

    /// The target of the next block.
    pub fn next_target(&self, params: &Params) -> Target {
        next_target(&self.header, self.grandparent_time, params)
    }

    /// Goes one block further, by the rules that [`Chain::insert_header`] has.
    ///
    /// # Errors
    /// When the header breaks a rule, or may be taken later. Nothing has changed then.
    pub fn step(&mut self, header: &Header, params: &Params, now: Timestamp) -> Result<(), HeaderError> {
        if header.previous_hash != self.hash {
            return Err(HeaderError::UnknownParent { parent: header.previous_hash });
        }
        let hash = header.hash();
        let target = header::check_on(header, hash, self.height(), self.next_target(params), self.median_time())?;
        header::check_clock(header, now)?;
        self.work = self.work.saturating_add(target.work());
        self.grandparent_time = Some(self.header.timestamp);
        self.hash = hash;
        self.header = *header;
        self.times.push_back(header.timestamp);
        if self.times.len() > MEDIAN_SPAN {
            self.times.pop_front();
        }
        Ok(())
    }

    fn median_time(&self) -> Timestamp {
        let mut times: Vec<_> = self.times.iter().copied().collect();
        times.sort_unstable();
        times[times.len() / 2]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::block::BlockError;
    use crate::testing::{ChainBuilder, solve_header};

    #[test]
    fn a_walk_gives_the_verdicts_and_the_work_that_the_tree_gives() {
        let mut builder = ChainBuilder::easy();
        for interval_ms in [10_000, 1, 70_000, 5_000, 90_000] {
            builder.set_interval_ms(interval_ms);
            builder.mine_many(1, 6);
        }
        let (params, now) = (builder.params().clone(), builder.now());
        let mut chain = ChainBuilder::easy().chain();
        let mut walk = chain.walk_from(&chain.genesis_hash()).expect("the genesis is known");
        for block in builder.blocks() {
            let mut wrong = block.header;
            for spoil in [
                |header: &mut Header| header.version += 1,
                |header: &mut Header| header.height = header.height.next(),
                |header: &mut Header| header.timestamp = Timestamp::from_ms(0),
                |header: &mut Header| header.timestamp = header.timestamp.plus_ms(1 << 40),
                |header: &mut Header| header.extra_nonce.0[0] ^= 1,
            ] {
                spoil(&mut wrong);
                solve_header(&mut wrong);
                let (mut walk, mut chain) = (walk.clone(), chain_like(&builder, walk.height()));
                let expected = chain.insert_header(wrong, now).map(drop);
                assert_eq!(walk.step(&wrong, &params, now).map_err(BlockError::from), expected);
                wrong = block.header;
            }
            walk.step(&block.header, &params, now).expect("a valid header");
            chain.insert_header(block.header, now).expect("a valid header");
            let tip = chain.tip_of(&block.hash()).expect("just taken");
            assert_eq!((walk.hash(), walk.height(), walk.work()), (tip.hash, tip.height, tip.work));
        }
    }

    /// The chain up to a height, of headers alone.
    fn chain_like(builder: &ChainBuilder, height: Height) -> Chain {
        let mut chain = ChainBuilder::easy().chain();
        for block in &builder.blocks()[..height.as_u64() as usize] {
            chain.insert_header(block.header, builder.now()).expect("a valid header");
        }
        chain
    }

    #[test]
    fn a_walk_begins_anywhere_and_goes_on_as_if_it_had_begun_below() {
        let mut builder = ChainBuilder::easy();
        builder.set_interval_ms(3_000);
        builder.mine_many(1, 30);
        let chain = builder.chain();
        for from in [0, 1, 2, 12, 29] {
            let start = chain.hash_at(Height::from(from)).expect("a block");
            let mut walk = chain.walk_from(&start).expect("known");
            for block in &builder.blocks()[from as usize..] {
                walk.step(&block.header, builder.params(), builder.now()).expect("a valid header");
            }
            assert_eq!(walk.work(), chain.tip().work);
        }
        assert!(chain.walk_from(&BlockHash::ZERO).is_none());
    }

    #[test]
    fn a_header_of_another_branch_is_no_step() {
        let mut builder = ChainBuilder::easy();
        builder.mine_many(1, 2);
        let chain = ChainBuilder::easy().chain();
        let mut walk = chain.walk_from(&chain.genesis_hash()).expect("known");
        let parent = builder.blocks()[0].hash();
        let step = walk.step(&builder.blocks()[1].header, builder.params(), builder.now());
        assert_eq!(step, Err(HeaderError::UnknownParent { parent }));
    }
}
