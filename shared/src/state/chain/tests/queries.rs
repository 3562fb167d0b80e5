//! What the chain answers to peers that sync and to people who look.

use super::*;

#[test]
fn a_locator_names_the_last_blocks_and_then_fewer_and_fewer() {
    let mut builder = ChainBuilder::easy();
    builder.mine_many(1, 60);
    let chain = builder.chain();
    let heights: Vec<u64> = chain.locator().iter().map(|hash| chain.height_of(hash).expect("known").as_u64()).collect();
    assert_eq!(heights, [60, 59, 58, 57, 56, 55, 54, 53, 52, 51, 50, 48, 44, 36, 20, 0]);
    assert_eq!(chain.locator_of(&builder.blocks()[1].hash()).expect("known").len(), 3);
    assert_eq!(chain.locator_of(&BlockHash::ZERO), None);
}

#[test]
fn headers_are_served_from_the_last_common_block_on_the_branch_that_is_asked_for() {
    let mut builder = ChainBuilder::easy();
    builder.mine_many(1, 30);
    let mut fork = builder.fork_at(20);
    fork.mine_many(2, 5);
    let mut chain = builder.chain();
    insert_all(&mut chain, fork.blocks());
    let headers = |blocks: &[Block]| blocks.iter().map(|block| block.header).collect::<Vec<_>>();
    let (main, rival) = (builder.blocks(), fork.blocks());
    assert_eq!(chain.headers_after(&[], None, 100), headers(main), "nothing in common but the genesis");
    assert_eq!(chain.headers_after(&[main[9].hash()], None, 4), headers(&main[10..14]));
    assert_eq!(chain.headers_after(&[main[29].hash()], None, 4), []);
    let at_20 = fork.chain().locator();
    assert_eq!(chain.headers_after(&at_20, None, 100), headers(&main[20..]), "the rival's own blocks are passed over");
    let stop = Some(rival[23].hash());
    assert_eq!(chain.headers_after(&chain.locator(), stop, 100), headers(&rival[20..24]));
    assert_eq!(chain.headers_after(&[rival[21].hash()], stop, 100), headers(&rival[22..24]));
    assert_eq!(chain.headers_after(&[BlockHash::ZERO, main[1].hash()], Some(BlockHash::ZERO), 1), headers(&main[2..3]));
}

#[test]
fn bodies_are_asked_for_no_further_ahead_than_the_window() {
    let mut builder = ChainBuilder::easy();
    builder.mine_many(1, MISSING_WINDOW as usize + 5);
    let blocks = builder.blocks();
    let mut chain = empty();
    insert_headers(&mut chain, blocks);
    let tip = builder.tip().hash();
    assert_eq!(chain.missing_bodies(&tip, usize::MAX), hashes(&blocks[..MISSING_WINDOW as usize]));
    insert(&mut chain, &blocks[0]).expect("valid");
    assert_eq!(chain.missing_bodies(&tip, usize::MAX).last(), Some(&blocks[MISSING_WINDOW as usize].hash()));
    assert_eq!(chain.missing_bodies(&BlockHash::ZERO, 9), []);
    assert_eq!(chain.missing_bodies(&blocks[2].hash(), 9), hashes(&blocks[1..3]));
}

#[test]
fn transactions_and_addresses_are_found_on_the_active_chain() {
    let mut builder = base();
    let block = builder.mine(1, &[builder.pay(1, 2, coins(1), Amount::ZERO)]);
    let chain = builder.chain();
    let payment = &block.transactions[1];
    let found = chain.find_transaction(&payment.id()).expect("on the chain");
    assert_eq!((found.block, found.position, &found.transaction), (block.hash(), 1, payment));
    assert_eq!(found.height, Height::from(4));
    let heights = |number| chain.heights_of(&address(number)).map(Height::as_u64).collect::<Vec<_>>();
    assert_eq!(heights(1), [1, 2, 3, 4]);
    assert_eq!(heights(2), [4]);
    assert!(heights(3).is_empty());
}
