//! Blocks on cards: the newest of the active chain, and the rival branches near its end.

use std::collections::BTreeMap;

use shared::state::chain::Chain;
use shared::{Address, Amount, Block, BlockHash, Height, Transaction};

use super::names::Names;
use crate::node::view::{BlockSummary, RECENT_BLOCKS};
use crate::worker::plain;

/// How far below the tip rival branches are shown.
const FORKS_DEPTH: u64 = RECENT_BLOCKS as u64;
/// How many rival blocks are shown.
const FORKS_SHOWN: usize = 24;

/// What a card says of a body, kept so that a body is not read for every snapshot.
#[derive(Clone, Copy, Debug)]
struct Brief {
    payments: u32,
    reward: Amount,
    miner: Option<Address>,
    bytes: u32,
}

/// The briefs of the blocks shown last.
#[derive(Debug, Default)]
pub(super) struct Cards {
    briefs: BTreeMap<BlockHash, Brief>,
}

impl Cards {
    /// The newest blocks of the active chain, newest first.
    pub(super) fn recent(&mut self, chain: &Chain, names: &Names) -> Vec<BlockSummary> {
        let tip = chain.tip().height.as_u64();
        let lowest = (tip + 1).saturating_sub(RECENT_BLOCKS as u64);
        let heights = (lowest..=tip).rev().map(Height::from);
        heights.filter_map(|height| self.card(chain, &chain.hash_at(height)?, names)).collect()
    }

    /// Rival blocks near the tip, newest first.
    pub(super) fn forks(&mut self, chain: &Chain, names: &Names) -> Vec<BlockSummary> {
        let from = chain.tip().height.as_u64().saturating_sub(FORKS_DEPTH);
        let mut rivals = chain.rivals(Height::from(from));
        rivals.sort_by_key(|hash| std::cmp::Reverse(chain.height_of(hash)));
        rivals.iter().filter_map(|hash| self.card(chain, hash, names)).take(FORKS_SHOWN).collect()
    }

    /// Forgets the briefs of blocks that are not on these cards.
    pub(super) fn keep_only<'a>(&mut self, shown: impl Iterator<Item = &'a BlockSummary>) {
        let shown: std::collections::BTreeSet<_> = shown.map(|card| card.hash).collect();
        self.briefs.retain(|hash, _| shown.contains(hash));
    }

    /// One card; none where only the header is here.
    fn card(&mut self, chain: &Chain, hash: &BlockHash, names: &Names) -> Option<BlockSummary> {
        let brief = match self.briefs.get(hash) {
            Some(brief) => *brief,
            None => {
                let brief = Brief::of(&chain.block(hash)?);
                self.briefs.insert(*hash, brief);
                brief
            }
        };
        let header = chain.header(hash)?;
        Some(BlockSummary {
            hash: *hash,
            previous: header.previous_hash,
            seal: plain::seal(hash),
            height: header.height.as_u64(),
            timestamp_ms: header.timestamp.as_ms(),
            payments: brief.payments,
            reward: brief.reward,
            miner: brief.miner.map_or_else(String::new, |miner| miner.encode(&chain.params().address_prefix)),
            miner_name: brief.miner.and_then(|miner| names.of(&miner)),
            mine: brief.miner.is_some_and(|miner| names.is_own(&miner)),
            bytes: brief.bytes,
        })
    }
}

/// The card of one block that is looked up.
pub fn card(chain: &Chain, hash: &BlockHash, names: &Names) -> Option<BlockSummary> {
    Cards::default().card(chain, hash, names)
}

impl Brief {
    fn of(block: &Block) -> Self {
        let payments = block.transactions.iter().filter(|transaction| matches!(transaction, Transaction::Payment(_)));
        let reward = plain::reward(&block.transactions);
        Self {
            payments: payments.count() as u32,
            reward: reward.map_or(Amount::ZERO, |(_, _, amount)| amount),
            miner: reward.map(|(_, miner, _)| miner),
            bytes: block.encoded_len() as u32,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::testing::{ChainBuilder, address};
    use shared::{NodeName, Timestamp};

    fn names() -> Names {
        let name = |text| NodeName::new(text).expect("letters");
        Names::new(address(1), name("ada"), [(address(2), name("bob"))])
    }

    #[test]
    fn the_newest_blocks_come_first_and_say_who_mined_them() {
        let mut builder = ChainBuilder::easy();
        builder.mine_many(2, 1);
        let payment = builder.pay(2, 3, Amount::from_coins(1), "0.5".parse().expect("an amount"));
        builder.mine(1, &[payment]);
        builder.mine_many(3, 1);
        let chain = builder.chain();
        let cards = Cards::default().recent(&chain, &names());
        assert_eq!(cards.iter().map(|card| card.height).collect::<Vec<_>>(), [3, 2, 1, 0]);
        assert_eq!(cards[0].miner_name, None);
        assert_eq!((cards[1].miner_name.as_deref(), cards[1].mine), (Some("ada"), true));
        assert_eq!((cards[1].payments, cards[1].reward.to_string()), (1, "10.5".to_owned()));
        assert_eq!((cards[2].miner_name.as_deref(), cards[2].mine), (Some("bob"), false));
        assert_eq!((cards[3].miner.as_str(), cards[3].miner_name.as_deref()), ("", None), "nobody mined the genesis");
        assert_eq!(cards[1].previous, cards[2].hash);
    }

    #[test]
    fn no_more_than_the_newest_are_shown_and_no_other_brief_is_kept() {
        let mut builder = ChainBuilder::easy();
        builder.mine_many(1, 40);
        let chain = builder.chain();
        let mut cards = Cards::default();
        let recent = cards.recent(&chain, &names());
        assert_eq!(recent.len(), RECENT_BLOCKS);
        cards.keep_only(recent[..3].iter());
        assert_eq!(cards.briefs.len(), 3);
    }

    #[test]
    fn rival_branches_near_the_tip_are_shown_beside_the_chain() {
        let mut builder = ChainBuilder::easy();
        builder.mine_many(1, 6);
        let mut rival = builder.fork_at(3);
        rival.mine_many(2, 2);
        let mut chain = builder.chain();
        for block in rival.blocks() {
            chain.insert_block(block.clone(), Timestamp::from_ms(u64::MAX), &|_| false).expect("valid blocks");
        }
        let forks = Cards::default().forks(&chain, &names());
        assert_eq!(forks.iter().map(|card| card.height).collect::<Vec<_>>(), [5, 4]);
        assert!(forks.iter().all(|card| card.miner_name.as_deref() == Some("bob")));
    }
}
