//! Random trees of blocks in random order: what must hold for all of them.

use proptest::prelude::*;

use super::*;

/// A tree of blocks: each entry grows a block on an earlier one, by a miner of its own and with or without a payment.
fn tree_of_blocks(shape: &[(prop::sample::Index, u64, bool)]) -> Vec<Block> {
    let mut builders = vec![base()];
    let mut blocks = builders[0].blocks().to_vec();
    for (parent, interval, pays) in shape {
        let parent = parent.index(builders.len());
        let height = builders[parent].height().as_u64();
        let mut builder = builders[parent].fork_at(height);
        // The time since the parent decides the next target, so that branches differ in work.
        builder.set_interval_ms(1_000 + interval * 997);
        let payments: Vec<_> =
            pays.then(|| builder.pay(1, 2, Amount::from_units(5), Amount::from_units(1))).into_iter().collect();
        blocks.push(builder.mine(1 + interval % 3, &payments));
        builders.push(builder);
    }
    blocks
}

/// One try to grow a block: on which of the newest, how long after it, and a payment that may be affordable there.
type Try = (usize, u64, (u64, u64), u64);

fn tries() -> impl Strategy<Value = Vec<Try>> {
    let keys = (1..4_u64, 1..4_u64);
    prop::collection::vec((0..7_usize, 0..20_u64, keys, 1..25_u64), 1..60)
}

proptest! {
    #![proptest_config(crate::state::proptest_config(48))]

    /// Headers come parents first, bodies in any order: the work, and where no other chain has as much the tip and the
    /// ledger, are those of any other order.
    #[test]
    fn the_tip_does_not_depend_on_the_order_of_arrival(
        shape in prop::collection::vec((any::<prop::sample::Index>(), 0..20_u64, any::<bool>()), 1..14),
        order in any::<prop::sample::Index>(),
        keys in prop::collection::vec(any::<u32>(), 17),
    ) {
        let blocks = tree_of_blocks(&shape);
        let mut in_order = empty();
        insert_all(&mut in_order, &blocks);

        let mut shuffled: Vec<_> = blocks.iter().collect();
        shuffled.sort_by_key(|block| keys[blocks.iter().position(|other| other == *block).expect("its own") % keys.len()]);
        let count = order.index(blocks.len());
        let mut chain = empty();
        insert_headers(&mut chain, &blocks);
        for block in &shuffled[count..] {
            insert(&mut chain, block).expect("valid");
        }
        assert_consistent(&chain);
        for block in &shuffled[..count] {
            insert(&mut chain, block).expect("valid");
        }
        assert_consistent(&chain);

        prop_assert_eq!(chain.tip().work, in_order.tip().work);
        let most = in_order.tip().work;
        let winners = blocks.iter().filter(|block| chain.work_of(&block.hash()) == Some(most)).count();
        if winners == 1 {
            prop_assert_eq!(chain.tip(), in_order.tip());
            prop_assert_eq!(chain.ledger(), in_order.ledger());
        }
    }

    /// A branch's own ledger, worked out from its first block on, says which of its blocks can be paid for. The chain
    /// says the same, whichever branch is active and however few branches it may keep the ledger of.
    #[test]
    fn a_block_is_judged_by_its_own_branch(tries in tries(), accounts_max in prop::sample::select(vec![0, 4, 1_000])) {
        let mut builders = vec![base()];
        let mut chain = builders[0].chain();
        chain.branches.accounts_max = accounts_max;
        for (parent, interval, (from, to), amount) in tries {
            let parent = builders.len() - 1 - parent % builders.len().min(7);
            let height = builders[parent].height().as_u64();
            let mut builder = builders[parent].fork_at(height);
            builder.set_interval_ms(1_000 + interval * 997);
            let mut block = builder.draft(to, &[builder.pay(from, to, coins(amount), Amount::from_units(amount))]);
            solve(&mut block);
            let expected = builder.ledger().clone().apply(&block, builder.params().reward);
            let answer = insert(&mut chain, &block);
            prop_assert_eq!(answer.as_ref().err(), expected.as_ref().err());
            if expected.is_ok() {
                builder.push(block);
                let index = chain.tree.find(&builder.tip().hash()).expect("just taken");
                if let Some(branch) = chain.branches.kept.get(&index) {
                    prop_assert_eq!(branch.supply, builder.ledger().supply());
                }
                let kept: usize = chain.branches.kept.values().map(|branch| branch.accounts.len()).sum();
                prop_assert!(kept <= accounts_max);
                if chain.tip().hash == builder.tip().hash() {
                    prop_assert_eq!(chain.ledger(), builder.ledger());
                }
                builders.push(builder);
            }
        }
        let most = builders.iter().map(|builder| chain.work_of(&builder.tip().hash())).max().flatten();
        prop_assert_eq!(Some(chain.tip().work), most);
        assert_consistent(&chain);
    }

    /// Some blocks spend what is not there. Whatever the order, the chain ends on the best that is valid.
    #[test]
    fn invalid_blocks_never_keep_the_chain_from_the_best_valid_tip(
        shape in prop::collection::vec((any::<prop::sample::Index>(), 0..20_u64, any::<bool>()), 1..12),
        poisoned in any::<prop::sample::Index>(),
        keys in prop::collection::vec(any::<u32>(), 16),
    ) {
        let mut blocks = tree_of_blocks(&shape);
        // On top of some block stand two that spend what is not there.
        let below = blocks[poisoned.index(blocks.len())].clone();
        let mut theft = base().draft(1, &[payment(easy_params().network(), 40, 41, coins(1), Amount::ZERO, 0)]);
        let probe = { let mut chain = empty(); insert_all(&mut chain, &blocks); chain };
        let target = |chain: &Chain, hash: &BlockHash| chain.next_target(chain.tree.find(hash).expect("known")).to_compact();
        theft.header.previous_hash = below.hash();
        theft.header.height = below.header.height.next();
        theft.header.timestamp = below.header.timestamp.plus_ms(10);
        theft.header.target = target(&probe, &below.hash());
        if let Transaction::Reward(reward) = &mut theft.transactions[0] {
            reward.height = theft.header.height;
        }
        solve(&mut theft);
        let mut probe = probe;
        probe.insert_header(theft.header, late()).expect("its header is valid");
        let mut above = theft.header;
        above.previous_hash = theft.hash();
        above.height = above.height.next();
        above.timestamp = above.timestamp.plus_ms(10);
        above.target = target(&probe, &theft.hash());
        solve_header(&mut above);

        let mut valid = empty();
        insert_all(&mut valid, &blocks);
        blocks.push(theft.clone());
        let mut chain = empty();
        insert_headers(&mut chain, &blocks);
        chain.insert_header(above, late()).expect("its header is valid");
        let mut shuffled: Vec<_> = (0..blocks.len()).collect();
        shuffled.sort_by_key(|at| keys[*at % keys.len()]);
        let mut refused = 0;
        for at in shuffled {
            match insert(&mut chain, &blocks[at]) {
                Ok(outcome) => refused += outcome.refused.len(),
                Err(_) => refused += 1,
            }
        }
        assert_consistent(&chain);
        prop_assert_eq!(chain.tip().work, valid.tip().work);
        prop_assert!(refused <= 1);
        if refused == 1 {
            prop_assert_eq!(chain.status(&above.hash()), Some(BlockStatus::Invalid));
            prop_assert_eq!(chain.best_header().work, valid.tip().work);
        }
    }
}
