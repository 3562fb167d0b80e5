//! Branches: which one wins, and what happens to one that holds an invalid block.

use super::*;

#[test]
fn of_two_branches_with_equal_work_the_first_stays() {
    let mut one = base();
    let mut other = one.fork_at(3);
    let mut chain = one.chain();
    let (first, second) = (one.mine(1, &[]), other.mine(2, &[]));
    insert(&mut chain, &first).expect("valid");
    let outcome = insert(&mut chain, &second).expect("valid");
    assert!(outcome.is_new && outcome.change == TipChange::Unchanged);
    assert_eq!(chain.tip().hash, first.hash());
    assert_eq!(chain.status(&second.hash()), Some(BlockStatus::Stored));
    assert_eq!(chain.rivals(Height::from(3)), [second.hash()]);
    assert_eq!(chain.rivals(Height::from(4)), []);
}

#[test]
fn the_branch_with_more_work_takes_over_and_gives_the_other_back() {
    let mut one = base();
    let mut other = one.fork_at(3);
    let mut chain = one.chain();
    let paid = one.mine(1, &[one.pay(1, 2, coins(4), Amount::ZERO)]);
    let second = one.mine(1, &[]);
    insert_all(&mut chain, &[paid.clone(), second.clone()]);
    assert!(chain.find_transaction(&paid.transactions[1].id()).is_some());
    other.mine_many(3, 3);
    let rivals = &other.blocks()[3..];
    insert_all(&mut chain, &rivals[..2]);
    assert_eq!(chain.tip().hash, second.hash());
    let outcome = insert(&mut chain, &rivals[2]).expect("valid");
    let (disconnected, connected) = (vec![second, paid.clone()], rivals.to_vec());
    assert_eq!(outcome.change, TipChange::Reorganised { disconnected, connected });
    assert_eq!(chain.ledger(), other.ledger());
    assert_eq!(chain.find_transaction(&paid.transactions[1].id()), None);
    assert_eq!(chain.status(&paid.hash()), Some(BlockStatus::Stored));
    assert_consistent(&chain);
}

#[test]
fn a_shorter_branch_with_more_work_wins() {
    let mut one = base();
    let mut other = one.fork_at(0);
    one.mine_many(1, 2);
    // Blocks a millisecond apart: every target is harder than the one before, until four are worth more than five.
    other.set_interval_ms(1);
    let mut chain = one.chain();
    for _ in 0..4 {
        other.mine(2, &[]);
    }
    assert!(other.height() < one.height());
    insert_all(&mut chain, other.blocks());
    let is_heavier = chain.work_of(&other.tip().hash()) > chain.work_of(&one.tip().hash());
    assert_eq!(chain.tip().hash == other.tip().hash(), is_heavier);
    while chain.work_of(&other.tip().hash()) <= chain.work_of(&one.tip().hash()) {
        one.mine(1, &[]);
        let block = other.mine(2, &[]);
        insert(&mut chain, &block).expect("valid");
        insert(&mut chain, one.tip()).expect("valid");
    }
    assert!(other.height() < one.height());
    assert_eq!(chain.tip().hash, other.tip().hash());
    assert_consistent(&chain);
}

/// Two blocks, the first of which spends what its sender does not have, and a chain that they would take over.
fn overspent() -> (Chain, ChainBuilder, [Block; 3]) {
    let mut builder = base();
    let good = builder.fork_at(3);
    let chain = good.chain();
    let first = builder.mine(1, &[]);
    let theft = payment(builder.network(), 5, 6, coins(1), Amount::ZERO, 0);
    let mut bad = builder.draft(1, &[theft]);
    solve(&mut bad);
    let mut above = bad.clone();
    above.header.previous_hash = bad.hash();
    above.header.height = bad.header.height.next();
    above.header.timestamp = bad.header.timestamp.plus_ms(10_000);
    above.transactions.truncate(1);
    if let Transaction::Reward(reward) = &mut above.transactions[0] {
        reward.height = above.header.height;
    }
    solve(&mut above);
    (chain, good, [first, bad, above])
}

#[test]
fn a_block_that_spends_what_is_not_there_is_refused_and_leaves_no_trace() {
    let (mut chain, _, [first, bad, above]) = overspent();
    insert(&mut chain, &first).expect("valid");
    let before = chain.tip();
    let error = insert(&mut chain, &bad).expect_err("overspent");
    let expected = PaymentError::Balance { cost: coins(1), balance: Amount::ZERO };
    assert_eq!(error, BlockError::Payment { id: bad.transactions[1].id(), error: expected });
    assert_eq!(chain.tip(), before);
    assert_eq!(chain.best_header(), before);
    assert_eq!(chain.status(&bad.hash()), Some(BlockStatus::Invalid));
    assert_eq!(chain.body_bytes(&bad.hash()), None);
    assert_eq!(insert(&mut chain, &bad), Err(error), "the answer is the same the second time");
    let parent = bad.hash();
    assert_eq!(insert(&mut chain, &above), Err(HeaderError::InvalidParent { parent }.into()));
    assert_consistent(&chain);
}

#[test]
fn when_a_waiting_block_turns_out_to_be_invalid_the_chain_keeps_what_is_valid_below_it() {
    let (mut chain, _, [first, bad, above]) = overspent();
    insert_headers(&mut chain, &[first.clone(), bad.clone(), above.clone()]);
    assert_eq!(insert(&mut chain, &above).expect("waits").change, TipChange::Unchanged);
    assert_eq!(insert(&mut chain, &bad).expect("waits").change, TipChange::Unchanged);
    assert_eq!(chain.best_header().hash, above.hash());
    let outcome = insert(&mut chain, &first).expect("valid itself");
    assert_eq!(outcome.change, TipChange::Extended { connected: vec![first.clone()] });
    assert_eq!(outcome.refused.len(), 1);
    assert_eq!(outcome.refused[0].0, bad.hash());
    for block in [&bad, &above] {
        assert_eq!(chain.status(&block.hash()), Some(BlockStatus::Invalid));
        assert_eq!(chain.missing_bodies(&block.hash(), 9), []);
        let served = chain.headers_after(&[], Some(block.hash()), 9);
        assert_eq!(served.last(), Some(&first.header), "an invalid branch is not served");
    }
    assert_eq!(chain.best_header(), chain.tip());
    assert_consistent(&chain);
}

#[test]
fn a_block_of_a_rival_branch_is_refused_when_it_comes_and_not_when_its_branch_would_win() {
    let (mut chain, mut good, [first, bad, above]) = overspent();
    good.mine_many(4, 2);
    insert_all(&mut chain, &good.blocks()[3..]);
    let before = (chain.tip(), chain.ledger().clone());
    insert_headers(&mut chain, &[first.clone(), bad.clone(), above.clone()]);
    assert_eq!(chain.best_header().hash, above.hash(), "its header has the most work");
    assert_eq!(insert(&mut chain, &first).expect("valid").change, TipChange::Unchanged);
    let error = insert(&mut chain, &bad).expect_err("overspent, though its branch has less work");
    assert_eq!(error.receipt().rule, "balance");
    assert_eq!(insert(&mut chain, &above), Err(HeaderError::InvalidParent { parent: bad.hash() }.into()));
    assert_eq!((chain.tip(), chain.ledger().clone()), before);
    assert_eq!(chain.best_header(), chain.tip());
    assert_eq!(chain.status(&first.hash()), Some(BlockStatus::Stored));
    assert_consistent(&chain);
}

/// Bodies that a test can look into while a chain has them.
#[derive(Clone, Default)]
struct Seen(std::sync::Arc<std::sync::Mutex<MemoryBodies>>);

impl Bodies for Seen {
    fn get(&self, hash: &BlockHash) -> Option<Vec<u8>> {
        self.0.lock().expect("one thread").get(hash)
    }

    fn put(&mut self, hash: &BlockHash, bytes: Vec<u8>) {
        self.0.lock().expect("one thread").put(hash, bytes);
    }

    fn remove(&mut self, hash: &BlockHash) {
        self.0.lock().expect("one thread").remove(hash);
    }
}

#[test]
fn the_bodies_of_invalid_blocks_are_forgotten_and_all_others_kept() {
    let (_, good, [first, bad, above]) = overspent();
    let seen = Seen::default();
    let mut chain = Chain::new(easy_params(), Box::new(seen.clone()));
    insert_all(&mut chain, good.blocks());
    insert_headers(&mut chain, &[first.clone(), bad.clone(), above.clone()]);
    for block in [&above, &bad] {
        insert(&mut chain, block).expect("waits");
        assert!(seen.get(&block.hash()).is_some());
    }
    insert(&mut chain, &first).expect("valid itself");
    assert!(seen.get(&bad.hash()).is_none() && seen.get(&above.hash()).is_none());
    for block in good.blocks().iter().chain([&first]) {
        assert_eq!(seen.get(&block.hash()), Some(encode(block)));
    }
}
