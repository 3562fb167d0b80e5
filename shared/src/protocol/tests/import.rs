//! Chains that come as files.

use crate::protocol::limits::IMPORT_BLOCKS_MAX;
use crate::protocol::{Config, Event, ImportError, Imported, Node, Output, Role, StoreOp};
use crate::rules::receipt::Refusal;
use crate::state::MemoryBodies;
use crate::testing::{ChainBuilder, address, easy_params, key, solve};
use crate::values::{Amount, Block, Height, NodeName, Params, RoomName, Timestamp, Transaction};

fn node(params: Params) -> Node {
    let name = NodeName::new("Ada").expect("letters");
    let config = Config { role: Role::Relay, name, agent: String::new(), auto_sync: true, address: address(9) };
    Node::new(config, params, key(9), [9; 32], Box::new(MemoryBodies::default()))
}

/// Imports step by step; says how many were new.
fn import(node: &mut Node, blocks: Vec<Block>, now: Timestamp) -> Result<usize, ImportError> {
    let mut blocks = blocks.into_iter();
    let mut taken = 0;
    loop {
        match node.import(&mut blocks, now)? {
            Imported { seen: 0, .. } => return Ok(taken),
            step => taken += step.taken,
        }
    }
}

fn whole(builder: &ChainBuilder) -> Vec<Block> {
    std::iter::once(builder.params().genesis()).chain(builder.blocks().iter().cloned()).collect()
}

fn outputs(node: &mut Node) -> Vec<Output> {
    std::iter::from_fn(|| node.poll_output()).collect()
}

#[test]
fn a_chain_with_more_work_is_adopted_stored_and_told_of_in_steps() {
    let mut builder = ChainBuilder::easy();
    builder.mine_many(1, 2 * IMPORT_BLOCKS_MAX);
    let mut node = node(easy_params());
    let first = node.import(&mut whole(&builder).into_iter(), builder.now()).expect("valid");
    assert_eq!((first.seen, first.taken), (IMPORT_BLOCKS_MAX, IMPORT_BLOCKS_MAX - 1), "the genesis is here already");
    assert_eq!(first.tip.map(|tip| tip.height), Some(Height::from(IMPORT_BLOCKS_MAX as u64 - 1)));
    assert_eq!(import(&mut node, whole(&builder), builder.now()), Ok(IMPORT_BLOCKS_MAX + 1), "the others");
    assert_eq!(node.chain().tip().hash, builder.tip().hash());
    let outputs = outputs(&mut node);
    let stored = outputs.iter().filter(|output| matches!(output, Output::Store(StoreOp::Block { .. }))).count();
    assert_eq!(stored, 2 * IMPORT_BLOCKS_MAX);
    assert!(outputs.iter().any(|output| matches!(output, Output::Event(Event::TipChanged { from: None, .. }))));
    assert_eq!(import(&mut node, whole(&builder), builder.now()), Ok(0), "nothing is new the second time");
}

#[test]
fn a_branch_with_less_work_is_kept_and_not_adopted() {
    let mut builder = ChainBuilder::easy();
    builder.mine_many(1, 3);
    let mut rival = builder.fork_at(1);
    rival.mine_many(2, 1);
    let mut node = node(easy_params());
    import(&mut node, whole(&builder), builder.now()).expect("valid");
    assert_eq!(import(&mut node, whole(&rival), builder.now()), Ok(1));
    assert_eq!(node.chain().tip().hash, builder.tip().hash());
    assert!(node.chain().is_complete(&rival.tip().hash()));
}

#[test]
fn the_first_refusal_ends_it_and_what_came_before_stays() {
    let mut builder = ChainBuilder::easy();
    builder.mine_many(1, 2);
    let mut forged = builder.draft(1, &[]);
    let Some(Transaction::Reward(reward)) = forged.transactions.first_mut() else { panic!("a reward") };
    reward.amount = Amount::from_coins(1_000);
    solve(&mut forged);
    let mut unworked = builder.draft(1, &[]);
    unworked.header.timestamp = Timestamp::from_ms(unworked.header.timestamp.as_ms() + 1);
    while builder.params().target_limit().is_met_by(&unworked.hash()) {
        unworked.header.timestamp = unworked.header.timestamp.plus_ms(1);
    }
    for (bad, rule) in [(forged, "reward"), (unworked, "proof of work")] {
        let mut node = node(easy_params());
        let mut blocks = whole(&builder);
        blocks.push(bad);
        let error = import(&mut node, blocks, builder.now().plus_ms(60_000)).expect_err(rule);
        let receipt = error.receipt();
        assert_eq!(receipt.rule, rule);
        assert!(receipt.found.ends_with("in block #3"), "{receipt}");
        assert_eq!(node.chain().tip().hash, builder.tip().hash(), "the two before it are adopted");
    }
}

#[test]
fn a_gap_is_refused() {
    let mut builder = ChainBuilder::easy();
    builder.mine_many(1, 3);
    let error = import(&mut node(easy_params()), builder.blocks()[1..].to_vec(), builder.now()).expect_err("a gap");
    assert_eq!(error.receipt().rule, "previous hash");
}

#[test]
fn another_networks_chain_and_a_classic_rooms_node_have_nothing_to_import() {
    let other = Params { reward: Amount::from_coins(11), ..easy_params() };
    let mut builder = ChainBuilder::new(other.clone());
    builder.mine_many(1, 1);
    let mut here = node(easy_params());
    assert_eq!(here.check_import(&easy_params()), Ok(()));
    let refused = here.check_import(&other).expect_err("another network");
    assert_eq!(refused.receipt().rule, "network");
    assert_eq!(import(&mut here, whole(&builder), builder.now()), Err(refused));
    assert_eq!(here.chain().tip().height, Height::ZERO);

    let classic = Params { room: RoomName::new("classic").expect("letters"), ..easy_params() };
    let mut classic_builder = ChainBuilder::new(classic.clone());
    classic_builder.mine_many(1, 1);
    let mut here = node(classic.clone());
    assert_eq!(here.check_import(&classic), Err(ImportError::Classic));
    let now = classic_builder.now();
    assert_eq!(import(&mut here, whole(&classic_builder), now), Err(ImportError::Classic));
}
