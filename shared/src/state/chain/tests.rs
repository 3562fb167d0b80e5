//! What the chain does with headers and bodies, valid and not: one branch here, more in the files beside.

mod branches;
mod queries;
mod random;

use super::*;
use crate::rules::receipt::Refusal;
use crate::rules::transaction::PaymentError;
use crate::state::bodies::MemoryBodies;
use crate::testing::{ChainBuilder, address, easy_params, key, payment, solve, solve_header};
use crate::values::{Amount, CompactTarget, FUTURE_MS_MAX};

const NOBODY: &dyn Fn(&SignedPayment) -> bool = &|_| false;

fn empty() -> Chain {
    Chain::new(easy_params(), Box::new(MemoryBodies::default()))
}

fn coins(coins: u64) -> Amount {
    Amount::from_coins(coins)
}

/// A time later than all that builders make here.
fn late() -> Timestamp {
    easy_params().genesis_time.plus_ms(86_400_000)
}

fn insert(chain: &mut Chain, block: &Block) -> Result<BodyOutcome, BlockError> {
    chain.insert_block(block.clone(), late(), NOBODY)
}

fn insert_all(chain: &mut Chain, blocks: &[Block]) {
    for block in blocks {
        insert(chain, block).expect("a valid block");
    }
}

fn insert_headers(chain: &mut Chain, blocks: &[Block]) {
    for block in blocks {
        chain.insert_header(block.header, late()).expect("a valid header");
    }
}

/// A builder with three blocks mined by key 1.
fn base() -> ChainBuilder {
    let mut builder = ChainBuilder::easy();
    builder.mine_many(1, 3);
    builder
}

/// A block on top of a builder's, changed and solved again.
fn broken(builder: &ChainBuilder, change: impl FnOnce(&mut Block)) -> Block {
    let mut block = builder.draft(1, &[]);
    change(&mut block);
    solve(&mut block);
    block
}

fn hashes(blocks: &[Block]) -> Vec<BlockHash> {
    blocks.iter().map(Block::hash).collect()
}

fn active_hashes(chain: &Chain) -> Vec<BlockHash> {
    (0..=chain.tip().height.as_u64()).filter_map(|height| chain.hash_at(Height::from(height))).collect()
}

/// The state that people and peers see must be that of a chain that was built of the active blocks alone.
fn assert_consistent(chain: &Chain) {
    let mut fresh = empty();
    for hash in active_hashes(chain).iter().skip(1) {
        insert(&mut fresh, &chain.block(hash).expect("an active block has a body")).expect("active blocks are valid");
    }
    assert_eq!(chain.tip(), fresh.tip());
    assert_eq!(chain.ledger(), fresh.ledger());
    assert_eq!(chain.locator(), fresh.locator());
    assert_eq!(chain.index, fresh.index);
    assert_eq!(chain.undos, fresh.undos);
}

#[test]
fn a_new_chain_is_its_genesis() {
    let chain = empty();
    let tip = chain.tip();
    assert_eq!((tip.hash, tip.height, tip.work), (easy_params().genesis().hash(), Height::ZERO, Work::ZERO));
    assert_eq!(chain.best_header(), tip);
    assert_eq!(chain.block(&tip.hash), Some(easy_params().genesis()));
    assert_eq!(chain.locator(), [tip.hash]);
}

#[test]
fn a_chain_grows_block_by_block() {
    let builder = base();
    let mut chain = empty();
    for block in builder.blocks() {
        let outcome = insert(&mut chain, block).expect("valid");
        assert!(outcome.is_new);
        assert_eq!(outcome.change, TipChange::Extended { connected: vec![block.clone()] });
    }
    assert_eq!(chain.tip().hash, builder.tip().hash());
    assert_eq!(chain.ledger(), builder.ledger());
    assert_eq!(chain.tip().work.to_string(), (3 * 256).to_string());
}

#[test]
fn a_block_or_header_that_is_known_changes_nothing() {
    let builder = base();
    let mut chain = builder.chain();
    let tip = chain.tip();
    let outcome = insert(&mut chain, &builder.blocks()[1]).expect("known");
    assert!(!outcome.is_new && outcome.change == TipChange::Unchanged);
    let known = chain.insert_header(builder.tip().header, late());
    assert_eq!(known, Ok(HeaderOutcome::Known(tip)));
    let genesis = insert(&mut chain, &builder.params().genesis()).expect("the genesis is known");
    assert!(!genesis.is_new);
}

#[test]
fn a_header_that_breaks_a_rule_is_refused_by_that_rule() {
    let builder = base();
    let chain = || builder.chain();
    let rule = |block: &Block| match chain().insert_header(block.header, late()) {
        Err(BlockError::Header(error)) => error,
        other => panic!("{other:?}"),
    };
    assert!(chain().insert_header(broken(&builder, |_| ()).header, late()).is_ok(), "unbroken, it is taken");
    assert!(matches!(rule(&broken(&builder, |block| block.header.version = 2)), HeaderError::Version { found: 2 }));
    assert!(matches!(
        rule(&broken(&builder, |block| block.header.height = Height::from(5))),
        HeaderError::Height { .. }
    ));
    assert!(matches!(
        rule(&broken(&builder, |block| block.header.target = CompactTarget::from_bits(0x2000_fffe))),
        HeaderError::Target { .. }
    ));
    let median = builder.blocks()[1].header.timestamp;
    assert!(
        chain()
            .insert_header(broken(&builder, |block| block.header.timestamp = median.plus_ms(1)).header, late())
            .is_ok()
    );
    assert!(matches!(rule(&broken(&builder, |block| block.header.timestamp = median)), HeaderError::TooEarly { .. }));
    let stranger = BlockHash::from_bytes([7; 32]);
    assert!(matches!(
        rule(&broken(&builder, |block| block.header.previous_hash = stranger)),
        HeaderError::UnknownParent { parent } if parent == stranger
    ));
    let mut unproven = builder.draft(1, &[]);
    while builder.next_target().is_met_by(&unproven.hash()) {
        unproven.header.proof.0 += 1;
    }
    assert!(matches!(rule(&unproven), HeaderError::Work { .. }));
}

#[test]
fn work_is_asked_before_the_clock_and_a_block_from_the_future_is_taken_when_its_time_has_come() {
    let builder = base();
    let mut chain = builder.chain();
    let block = broken(&builder, |_| ());
    let early = Timestamp::from_ms(block.header.timestamp.as_ms() - FUTURE_MS_MAX - 1);
    let error = chain.insert_header(block.header, early).expect_err("too far ahead");
    assert!(matches!(error, BlockError::Header(HeaderError::TooFarAhead { .. })) && !error.is_misbehaviour());
    let mut unproven = block.header;
    unproven.proof.0 ^= 1 << 100;
    assert!(matches!(chain.insert_header(unproven, early), Err(BlockError::Header(HeaderError::Work { .. }))));
    assert!(chain.insert_block(block, early.plus_ms(1), NOBODY).is_ok());
}

#[test]
fn a_body_without_a_header_may_come_later() {
    let builder = base();
    let block = &builder.blocks()[0];
    let mut chain = empty();
    let error = chain.insert_body(block.clone(), NOBODY).expect_err("no header");
    assert_eq!(error, BlockError::UnknownHeader { hash: block.hash() });
    assert!(!error.is_misbehaviour());
}

#[test]
fn wrong_transactions_under_a_right_header_say_nothing_against_the_block() {
    let mut builder = base();
    let mut chain = builder.chain();
    let block = builder.mine(1, &[builder.pay(1, 2, coins(1), Amount::ZERO)]);
    chain.insert_header(block.header, late()).expect("valid");
    let mut mutilated = block.clone();
    mutilated.transactions.pop();
    let error = chain.insert_body(mutilated, NOBODY).expect_err("another root");
    assert!(matches!(error, BlockError::Root { .. }) && error.is_misbehaviour());
    assert_eq!(chain.status(&block.hash()), Some(BlockStatus::HeaderOnly));
    assert!(insert(&mut chain, &block).is_ok());
}

#[test]
fn bodies_connect_as_far_as_they_can_in_whatever_order_they_come() {
    let mut builder = base();
    builder.mine_many(2, 3);
    let blocks = builder.blocks();
    let mut chain = empty();
    insert_headers(&mut chain, blocks);
    assert_eq!(chain.best_header().hash, builder.tip().hash());
    assert_eq!(chain.missing_bodies(&builder.tip().hash(), 9), hashes(blocks));
    for index in [5, 1, 2] {
        assert_eq!(insert(&mut chain, &blocks[index]).expect("valid").change, TipChange::Unchanged);
        assert!(chain.has_body(&blocks[index].hash()) && !chain.is_complete(&blocks[index].hash()));
    }
    assert_eq!(chain.missing_bodies(&builder.tip().hash(), 2), [blocks[0].hash(), blocks[3].hash()]);
    let outcome = insert(&mut chain, &blocks[0]).expect("valid");
    assert_eq!(outcome.change, TipChange::Extended { connected: blocks[..3].to_vec() });
    assert_eq!(chain.status(&blocks[5].hash()), Some(BlockStatus::Stored));
    insert(&mut chain, &blocks[4]).expect("valid");
    let outcome = insert(&mut chain, &blocks[3]).expect("valid");
    assert_eq!(outcome.change, TipChange::Extended { connected: blocks[3..].to_vec() });
    assert_eq!(chain.missing_bodies(&builder.tip().hash(), 9), []);
    assert_consistent(&chain);
}

#[test]
fn a_forged_signature_is_found_before_the_block_is_stored() {
    let builder = base();
    let mut chain = builder.chain();
    let mut signed = builder.pay(1, 2, coins(1), Amount::ZERO);
    signed.signature = key(2).sign(b"not this");
    let mut block = builder.draft(1, &[signed]);
    solve(&mut block);
    let error = insert(&mut chain, &block).expect_err("forged");
    assert_eq!(error.receipt().rule, "signature");
    assert_eq!(chain.status(&block.hash()), Some(BlockStatus::Invalid));
    let child = broken(&builder, |child| child.header.previous_hash = block.hash());
    assert!(chain.insert_header(child.header, late()).is_err());
    assert_eq!(chain.tip().hash, builder.tip().hash());
}

#[test]
fn bodies_that_come_together_are_judged_one_by_one() {
    let mut builder = base();
    let mut chain = builder.chain();
    builder.mine_busy(6, 1, 3);
    let mut fork = builder.fork_at(11);
    let mut signed = fork.pay(1, 2, coins(1), Amount::ZERO);
    signed.signature = key(2).sign(b"not this");
    let mut forged = fork.draft(1, &[signed]);
    solve(&mut forged);
    let good = &builder.blocks()[3..];
    fork.mine_many(2, 1);
    insert_headers(&mut chain, good);
    insert_headers(&mut chain, std::slice::from_ref(&forged));
    let mut together = good.to_vec();
    together.insert(2, base().blocks()[0].clone());
    together.insert(4, fork.tip().clone());
    together.push(forged.clone());
    together.push(good[0].clone());
    let expected: Vec<_> = {
        let mut chain = base().chain();
        insert_headers(&mut chain, good);
        insert_headers(&mut chain, std::slice::from_ref(&forged));
        together.iter().map(|block| (block.hash(), chain.insert_body(block.clone(), NOBODY))).collect()
    };
    let answers = chain.insert_bodies(together, NOBODY);
    assert_eq!(answers, expected);
    assert_eq!(answers.iter().filter(|(_, answer)| answer.is_err()).count(), 2, "one forged and one without a header");
    assert_eq!(chain.tip().hash, builder.tip().hash());
    assert_consistent(&chain);
}

#[test]
fn a_node_that_comes_back_has_the_chain_it_stored() {
    let mut builder = base();
    let mut fork = builder.fork_at(2);
    builder.mine_busy(4, 1, 3);
    fork.mine_many(4, 2);
    let mut chain = builder.chain();
    insert_all(&mut chain, fork.blocks());
    let mut restored = empty();
    for block in builder.blocks().iter().chain(&fork.blocks()[2..]) {
        restored.restore(block.clone()).expect("its own store");
    }
    assert_eq!(restored.tip(), chain.tip());
    assert_eq!(restored.ledger(), chain.ledger());
    assert_eq!(restored.status(&fork.tip().hash()), Some(BlockStatus::Stored));
    assert_consistent(&restored);
}

#[test]
fn a_store_that_was_tampered_with_is_refused_and_signatures_are_taken_on_trust() {
    let builder = base();
    let restore = |block: Block| builder.chain().restore(block);
    let mut unsigned = builder.pay(1, 2, coins(1), Amount::ZERO);
    unsigned.signature = key(2).sign(b"not this");
    let mut block = builder.draft(1, &[unsigned]);
    solve(&mut block);
    assert_eq!(restore(block.clone()), Ok(()));
    let mut other_payment = block.clone();
    other_payment.transactions.pop();
    assert!(matches!(restore(other_payment), Err(BlockError::Root { .. })));
    let mut without_proof = block;
    while builder.next_target().is_met_by(&without_proof.hash()) {
        without_proof.header.proof.0 += 1;
    }
    assert!(matches!(restore(without_proof), Err(BlockError::Header(HeaderError::Work { .. }))));
    let orphan = base().blocks()[2].clone();
    assert!(matches!(empty().restore(orphan), Err(BlockError::Header(HeaderError::UnknownParent { .. }))));
}

#[test]
fn the_bytes_beside_the_chain_are_those_of_the_bodies_that_are_not_on_it() {
    let mut ours = ChainBuilder::easy();
    ours.mine_many(1, 4);
    let mut theirs = ours.fork_at(1);
    theirs.mine_many(2, 6);
    let bytes = |blocks: &[Block]| blocks.iter().map(Block::encoded_len).sum::<usize>();
    let mut chain = Chain::new(ours.params().clone(), Box::new(MemoryBodies::default()));
    for block in ours.blocks() {
        chain.insert_block(block.clone(), theirs.now(), &|_| false).expect("valid");
        assert_eq!(chain.beside_bytes(), 0);
    }
    let theirs = &theirs.blocks()[1..];
    for block in &theirs[..3] {
        chain.insert_block(block.clone(), ours.now().plus_ms(86_400_000), &|_| false).expect("valid");
    }
    assert_eq!(chain.beside_bytes(), bytes(&theirs[..3]));
    for block in &theirs[3..] {
        chain.insert_block(block.clone(), ours.now().plus_ms(86_400_000), &|_| false).expect("valid");
    }
    assert_eq!(chain.beside_bytes(), bytes(&ours.blocks()[1..]), "the others have changed places");
}
