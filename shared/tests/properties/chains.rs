//! The chain: one tip whatever comes first, the ledger of the blocks below it, and no place for a wrong block.

use proptest::prelude::*;
use shared::rules::BlockError;
use shared::state::{BlockStatus, Chain};
use shared::testing::{address, solve};
use shared::{Amount, Block, Height, Refusal, Transaction};

use crate::fixtures::{FORKS, RICH, TREE, empty, late, trivial_params};

/// Nothing is known to be verified.
const NOBODY: &dyn Fn(&shared::SignedPayment) -> bool = &|_| false;

/// The blocks of [`TREE`], or of some of its branches, in an order that these numbers make.
fn in_order(keys: &[u32], branches: u8) -> Vec<&'static Block> {
    let is_taken = |block: &&Block| {
        FORKS.iter().enumerate().any(|(fork, blocks)| (branches | 1) >> fork & 1 == 1 && blocks.contains(block))
    };
    let mut blocks: Vec<&Block> = TREE.iter().filter(is_taken).collect();
    let key = |block: &&Block| {
        let place = TREE.iter().position(|other| other == *block).expect("it is from the tree");
        keys[place % keys.len()]
    };
    blocks.sort_by_key(key);
    blocks
}

fn orders() -> impl Strategy<Value = Vec<u32>> {
    prop::collection::vec(any::<u32>(), 16)
}

/// Inserts blocks as they come, and those whose parents are missing again, until all are in.
fn insert_all(chain: &mut Chain, blocks: &[&Block]) {
    let mut waiting = blocks.to_vec();
    while !waiting.is_empty() {
        waiting.retain(|block| match chain.insert_block((*block).clone(), late(), NOBODY) {
            Ok(_) => false,
            Err(error) => {
                assert!(!error.is_misbehaviour(), "{error}");
                true
            }
        });
    }
}

/// The active chain's blocks above the genesis.
fn active(chain: &Chain) -> Vec<Block> {
    let at = |height| chain.block(&chain.hash_at(Height::from(height)).expect("active")).expect("here");
    (1..=chain.tip().height.as_u64()).map(at).collect()
}

proptest! {
    #![proptest_config(crate::config())]

    #[test]
    fn the_tip_does_not_depend_on_the_order_of_arrival(keys in orders(), branches: u8) {
        let blocks = in_order(&keys, branches);
        let mut chain = empty(&trivial_params());
        insert_all(&mut chain, &blocks);
        let most = blocks.iter().filter_map(|block| chain.work_of(&block.hash())).max().expect("one at least");
        prop_assert_eq!(chain.tip().work, most);
        let best: Vec<_> = blocks.iter().filter(|block| chain.work_of(&block.hash()) == Some(most)).collect();
        prop_assert!(best.iter().any(|block| block.hash() == chain.tip().hash));
        if let [only] = best[..] {
            prop_assert_eq!(chain.tip().hash, only.hash());
        }
    }

    #[test]
    fn the_ledger_is_that_of_the_active_blocks_alone(keys in orders(), branches: u8) {
        let mut chain = empty(&trivial_params());
        insert_all(&mut chain, &in_order(&keys, branches));
        let mut ledger = shared::state::Ledger::default();
        for block in active(&chain) {
            ledger.apply(&block, chain.reward()).expect("valid");
        }
        prop_assert_eq!(&ledger, chain.ledger());
        prop_assert_eq!(ledger.supply().units(), chain.reward().units() * chain.tip().height.as_u64());
    }

    #[test]
    fn headers_first_and_bodies_in_any_order_come_to_the_same(keys in orders(), branches: u8) {
        let blocks = in_order(&keys, branches);
        let mut chain = empty(&trivial_params());
        for block in TREE.iter().filter(|block| blocks.contains(block)) {
            chain.insert_header(block.header, late()).expect("parents first");
        }
        let best = chain.best_header();
        for block in &blocks {
            let missing = chain.missing_bodies(&block.hash(), 100);
            prop_assert!(missing.contains(&block.hash()));
            let outcome = chain.insert_body((*block).clone(), NOBODY).expect("valid");
            prop_assert!(outcome.is_new && outcome.refused.is_empty());
        }
        prop_assert_eq!(chain.tip().work, best.work);
        prop_assert!(blocks.iter().all(|block| chain.is_complete(&block.hash())));
    }

    #[test]
    fn bodies_in_one_batch_and_one_by_one_get_the_same_verdicts(keys in orders(), branches: u8, forged in 0..20_usize) {
        let mut blocks: Vec<Block> = in_order(&keys, branches).into_iter().cloned().collect();
        let (mut one, mut batch) = (empty(&trivial_params()), empty(&trivial_params()));
        // One of them may hold other transactions than its header says.
        if let Some(block) = blocks.get_mut(forged) {
            block.transactions.reverse();
            block.transactions.truncate(1);
        }
        for chain in [&mut one, &mut batch] {
            for block in TREE.iter() {
                chain.insert_header(block.header, late()).expect("valid");
            }
        }
        let singly: Vec<_> = blocks.iter().map(|block| (block.hash(), one.insert_body(block.clone(), NOBODY))).collect();
        prop_assert_eq!(batch.insert_bodies(blocks, NOBODY), singly);
        prop_assert_eq!(one.tip(), batch.tip());
    }

    #[test]
    fn whoever_has_one_chain_is_served_the_rest_of_another(keys in orders(), mine in 0..5_usize, theirs in 0..5_usize, max in 1..8_usize) {
        let mut chain = empty(&trivial_params());
        insert_all(&mut chain, &in_order(&keys, u8::MAX));
        let mut other = empty(&trivial_params());
        for block in &FORKS[mine] {
            other.insert_header(block.header, late()).expect("valid");
        }
        let goal = FORKS[theirs].last().expect("blocks").hash();
        let mut asked = 0;
        while other.header(&goal).is_none() {
            let head = other.locator_of(&FORKS[mine].last().expect("blocks").hash()).expect("known");
            // What came before is where the next request begins.
            let locator = FORKS[theirs].iter().rev().map(Block::hash).find(|hash| other.header(hash).is_some()).into_iter().chain(head);
            let headers = chain.headers_after(&locator.collect::<Vec<_>>(), Some(goal), max);
            prop_assert!(!headers.is_empty() && headers.len() <= max);
            for header in headers {
                other.insert_header(header, late()).expect("served in order");
            }
            asked += 1;
            prop_assert!(asked <= 10);
        }
    }

    #[test]
    fn a_locator_begins_at_the_tip_ends_at_the_genesis_and_thins_out(keys in orders(), branches: u8) {
        let mut chain = empty(&trivial_params());
        insert_all(&mut chain, &in_order(&keys, branches));
        let locator = chain.locator();
        prop_assert_eq!(locator.first(), Some(&chain.tip().hash));
        prop_assert_eq!(locator.last(), Some(&chain.genesis_hash()));
        let heights: Vec<u64> = locator.iter().filter_map(|hash| chain.height_of(hash)).map(Height::as_u64).collect();
        prop_assert_eq!(heights.len(), locator.len());
        prop_assert!(heights.windows(2).all(|pair| pair[0] > pair[1]));
    }

    #[test]
    fn a_reward_of_anything_but_reward_and_fees_is_refused_by_name(paid: u64, fee in 0..3_usize) {
        let payment = crate::fixtures::signed(1, 0, fee);
        let mut block = RICH.draft(2, std::slice::from_ref(payment));
        let right = match &mut block.transactions[0] {
            Transaction::Reward(reward) => {
                let right = reward.amount;
                // Near the right amount every other case.
                reward.amount = if paid % 2 == 0 { Amount::from_units(paid) } else { Amount::from_units(right.units() + paid % 4 - 1) };
                reward.amount == right
            }
            Transaction::Payment(_) => unreachable!("a draft begins with a reward"),
        };
        solve(&mut block);
        let mut chain = RICH.chain();
        let verdict = chain.insert_block(block.clone(), late(), NOBODY);
        match verdict {
            Ok(_) => prop_assert!(right),
            Err(error) => {
                prop_assert!(!right);
                prop_assert_eq!(error.receipt().rule, "reward");
                prop_assert_eq!(chain.status(&block.hash()), Some(BlockStatus::Invalid));
                prop_assert_eq!(chain.tip().hash, RICH.tip().hash());
            }
        }
    }

    #[test]
    fn a_header_keeps_every_rule_or_is_refused_by_the_first_it_breaks(version in 0..3_u32, height in 3..8_u64, early in -3..3_i64, ahead in -3..3_i64, target in 0..3_u32) {
        let mut chain = RICH.chain();
        let mut block = RICH.draft(1, &[]);
        let (median, right) = (chain.median_time(), block.header);
        block.header.version = version;
        block.header.height = Height::from(height);
        block.header.timestamp = shared::Timestamp::from_ms(median.as_ms().saturating_add_signed(early));
        block.header.target = shared::CompactTarget::from_bits(right.target.bits() - target);
        shared::testing::solve_header(&mut block.header);
        // The clock stands so that the block is just in time, or just too far ahead.
        let now = shared::Timestamp::from_ms((block.header.timestamp.as_ms() - shared::FUTURE_MS_MAX).saturating_add_signed(-ahead));
        let expected = [
            (version != 1, "header version"),
            (height != right.height.as_u64(), "height"),
            (target != 0, "target"),
            (early <= 0, "time"),
            (ahead > 0, "time"),
        ];
        let expected = expected.iter().find(|(is_broken, _)| *is_broken).map(|(_, rule)| *rule);
        let verdict = chain.insert_header(block.header, now).err().map(|error: BlockError| error.receipt().rule);
        prop_assert_eq!(verdict.as_deref(), expected);
    }

    #[test]
    fn an_account_is_found_again_where_it_was_paid(keys in orders(), branches: u8, owner in 0..10_u64) {
        let mut chain = empty(&trivial_params());
        insert_all(&mut chain, &in_order(&keys, branches));
        let who = address(owner);
        let touches = |block: &Block| {
            block.transactions.iter().any(|transaction| match transaction {
                Transaction::Reward(reward) => reward.receiver == who,
                Transaction::Payment(signed) => signed.payment.receiver == who || signed.payment.sender.address() == who,
            })
        };
        let expected: Vec<Height> = active(&chain).iter().filter(|block| touches(block)).map(|block| block.header.height).collect();
        prop_assert_eq!(chain.heights_of(&who).collect::<Vec<_>>(), expected);
        for block in active(&chain) {
            for (position, transaction) in block.transactions.iter().enumerate() {
                let found = chain.find_transaction(&transaction.id()).expect("it is on the chain");
                prop_assert_eq!((found.block, found.position), (block.hash(), position));
            }
        }
    }
}
