//! Claims that do not hold, and what a node does that is not to follow others of its own accord.

use super::network::Network;
use super::stranger::Stranger;
use crate::protocol::limits::{REPLACE_MS, REQUEST_MS};
use crate::protocol::{Event, Message, Node, Role, Verdict};
use crate::rules::receipt::Receipt;
use crate::state::Tip;
use crate::testing::{ChainBuilder, solve};
use crate::values::{Amount, Block, BlockHash, Height, Signature};

/// A stranger at a tab that follows nobody of its own accord.
fn stranger_at_a_tab() -> Stranger {
    let mut network = Network::of_tabs(1, false);
    network.mine(1);
    network.run(100);
    Stranger::at(network, 1).greets()
}

fn replace_chain(stranger: &mut Stranger) {
    stranger.news();
    stranger.network.with(1, Node::replace_chain);
}

fn verdict(stranger: &Stranger) -> Verdict {
    let report = stranger.network.hosts[1].node.replace_report().expect("Replace chain is done");
    report.verdicts.iter().find(|peer| peer.id == stranger.id()).expect("asked").verdict.clone()
}

#[track_caller]
fn expect_refused_by(stranger: &Stranger, rule: &str) -> Receipt {
    match verdict(stranger) {
        Verdict::Refused(receipt) if receipt.rule == rule => receipt,
        other => panic!("refused by {rule}, not {other:?}"),
    }
}

fn better_chain(stranger: &Stranger) -> ChainBuilder {
    let mut builder = stranger.builder();
    builder.mine_many(5, 4);
    builder
}

fn send_headers(stranger: &mut Stranger, blocks: &[Block]) {
    let headers = blocks.iter().map(|block| block.header).collect();
    stranger.say(&Message::Headers { headers, more: false });
}

#[test]
fn a_chain_that_is_shown_is_adopted() {
    let mut stranger = stranger_at_a_tab();
    let builder = better_chain(&stranger);
    stranger.claim(builder.chain().tip());
    assert_eq!(stranger.network.height(1), 1, "not of its own accord");
    replace_chain(&mut stranger);
    send_headers(&mut stranger, builder.blocks());
    stranger.say(&Message::Blocks(builder.blocks().to_vec()));
    assert_eq!(verdict(&stranger), Verdict::Adopted);
    assert_eq!(stranger.network.tip(1), builder.tip().hash());
}

#[test]
fn a_claim_that_nobody_backs_is_no_answer() {
    let mut stranger = stranger_at_a_tab();
    let claimed = Tip { hash: BlockHash::from_bytes([9; 32]), ..better_chain(&stranger).chain().tip() };
    stranger.claim(claimed);
    replace_chain(&mut stranger);
    assert!(stranger.network.hosts[1].node.replace_progress().is_some());
    stranger.network.run(REQUEST_MS + 1_000);
    assert_eq!(verdict(&stranger), Verdict::NoAnswer);
    stranger.is_not_cut_off();
}

#[test]
fn a_claim_that_headers_do_not_lead_to_is_refused() {
    let mut stranger = stranger_at_a_tab();
    let builder = better_chain(&stranger);
    stranger.claim(Tip { hash: BlockHash::from_bytes([9; 32]), ..builder.chain().tip() });
    replace_chain(&mut stranger);
    send_headers(&mut stranger, builder.blocks());
    expect_refused_by(&stranger, "claimed work");
    assert_eq!(stranger.network.height(1), 1);
}

#[test]
fn a_claim_of_more_work_than_is_shown_is_refused() {
    let mut stranger = stranger_at_a_tab();
    let mut builder = better_chain(&stranger);
    let shown = builder.fork_at(2);
    stranger.claim(Tip { hash: shown.tip().hash(), ..builder.chain().tip() });
    replace_chain(&mut stranger);
    send_headers(&mut stranger, shown.blocks());
    let receipt = expect_refused_by(&stranger, "claimed work");
    assert_eq!(receipt.found, shown.chain().tip().work.to_string());
}

#[test]
fn a_chain_whose_bodies_are_withheld_is_not_adopted_however_good_its_headers() {
    let mut stranger = stranger_at_a_tab();
    let builder = better_chain(&stranger);
    stranger.claim(builder.chain().tip());
    replace_chain(&mut stranger);
    send_headers(&mut stranger, builder.blocks());
    stranger.network.run(REPLACE_MS + 1_000);
    assert_eq!(verdict(&stranger), Verdict::NoAnswer);
    // What comes after it is over is not adopted behind its owner's back.
    stranger.say(&Message::Blocks(builder.blocks().to_vec()));
    stranger.network.run(30_000);
    assert_eq!(stranger.network.height(1), 1);
    stranger.is_not_cut_off();
}

#[test]
fn whoever_withholds_the_bodies_of_a_longer_chain_silences_nobody() {
    let mut network = Network::of_tabs(2, true);
    network.mine(1);
    network.run(100);
    let mut stranger = Stranger::at(network, 0).greets();
    let builder = better_chain(&stranger);
    send_headers_of_a_claim(&mut stranger, &builder);
    let mined = stranger.network.mine(1);
    stranger.network.run(1_000);
    assert_eq!(stranger.network.tip(2), mined, "the relay passes on what it has");
    stranger.say(&Message::Blocks(builder.blocks().to_vec()));
    stranger.network.run(1_000);
    assert_eq!(stranger.network.tip(2), builder.tip().hash(), "and the longer chain, when it is to be had");
}

#[test]
fn bodies_that_a_longer_chain_withholds_are_had_from_whoever_has_them_below_another() {
    let mut network = Network::of_tabs(1, true);
    network.unlink(1);
    let mut stranger = Stranger::at(network, 0).greets();
    let mut shared = stranger.builder();
    shared.mine_many(5, 2);
    let mut longer = shared.clone();
    longer.mine_many(5, 4);
    shared.mine(6, &[]);
    let mut blocks = shared.blocks().iter().cloned();
    stranger.network.with(1, |node, now| node.import(&mut blocks, now)).expect("a valid chain");
    send_headers_of_a_claim(&mut stranger, &longer);
    stranger.network.run(REQUEST_MS + 1_000);
    stranger.network.link(0, 1);
    stranger.network.run(1_000);
    assert_eq!(stranger.network.tip(0), shared.tip().hash());
}

fn send_headers_of_a_claim(stranger: &mut Stranger, builder: &ChainBuilder) {
    stranger.claim(builder.chain().tip());
    send_headers(stranger, builder.blocks());
}

#[test]
fn a_chain_whose_blocks_are_not_to_be_had_is_refused() {
    let mut stranger = stranger_at_a_tab();
    let builder = better_chain(&stranger);
    stranger.claim(builder.chain().tip());
    replace_chain(&mut stranger);
    send_headers(&mut stranger, builder.blocks());
    stranger.say(&Message::NotFound(builder.blocks().iter().map(Block::hash).collect()));
    expect_refused_by(&stranger, "blocks");
}

#[test]
fn an_invalid_chain_is_refused_by_its_rule_and_whoever_sent_it_is_cut_off() {
    let mut stranger = stranger_at_a_tab();
    let mut builder = better_chain(&stranger);
    let mut forged = builder.pay(5, 2, Amount::from_coins(1), Amount::ZERO);
    forged.signature = Signature::from_bytes([3; 64]);
    let mut bad = builder.draft(5, &[forged]);
    solve(&mut bad);
    let blocks = [builder.blocks(), &[bad.clone()]].concat();
    let good = builder.chain().tip();
    stranger.claim(Tip { hash: bad.hash(), height: good.height.next(), ..good });
    replace_chain(&mut stranger);
    send_headers(&mut stranger, &blocks);
    stranger.say(&Message::Blocks(blocks));
    expect_refused_by(&stranger, "signature");
    assert_eq!(stranger.network.height(1), 4, "what is valid of it has the most work all the same");
    assert_eq!(stranger.network.hosts[1].cut_off[0].1.rule, "signature");
    assert_eq!(builder.mine(1, &[]).header.height, Height::from(5));
}

#[test]
fn the_chain_of_a_member_who_has_left_is_had_from_the_relay_once_it_is_connected_to() {
    let mut network = Network::of_tabs(2, false);
    network.mine(1);
    network.run(1_000);
    let away = network.hosts[1].node.id();
    network.unlink(1);
    // The relay itself follows another, heavier chain.
    network.mine(2);
    network.mine(2);
    network.run(1_000);
    let tab = network.add(Role::Tab, false);
    network.link(tab, 0);
    network.run(1_000);
    let verdict_on = |network: &Network| {
        let report = network.hosts[tab].node.replace_report().expect("done");
        report.verdicts.iter().find(|peer| peer.id == away).map(|peer| peer.verdict.clone())
    };
    network.with(tab, |node, now| node.connect(away, now)).expect("the relay tells of who was here");
    network.with(tab, Node::replace_chain);
    network.run(2_000);
    assert!(matches!(verdict_on(&network), Some(Verdict::LessWork { .. })), "{:?}", verdict_on(&network));
    assert_eq!(network.tip(tab), network.tip(2));
}

#[test]
fn replace_chain_asks_again_for_what_waits_and_reports_once() {
    let mut network = Network::of_tabs(3, false);
    network.mine(1);
    network.run(50);
    network.pay(1, 2, Amount::from_coins(1), Amount::from_units(5));
    network.run(1_000);
    assert!(network.hosts[3].node.mempool().is_empty(), "it knows of no coins to pay with");
    network.with(3, Node::replace_chain);
    network.run(1_000);
    assert_eq!(network.hosts[3].node.mempool().len(), 1);
    let finished = |event: &&Event| matches!(event, Event::ReplaceFinished(_));
    assert_eq!(network.hosts[3].events.iter().filter(finished).count(), 1);
}

#[test]
fn auto_sync_that_is_turned_off_half_way_stops_there_and_goes_on_when_it_is_turned_on() {
    let mut builder = ChainBuilder::easy();
    builder.mine_many(7, 1_000);
    let mut network = Network::of_tabs(0, true);
    network.hosts[0].node.restore(builder.blocks().iter().cloned()).expect("its own store");
    let tab = network.add(Role::Tab, true);
    network.link(tab, 0);
    while network.height(tab) < 100 {
        network.run(1);
    }
    network.with(tab, |node, now| node.set_auto_sync(false, now));
    let height = network.height(tab);
    assert!(height < 1_000);
    network.run(60_000);
    assert_eq!(network.height(tab), height);
    network.with(tab, |node, now| node.set_auto_sync(true, now));
    network.run(2_000);
    assert_eq!(network.height(tab), 1_000);
}

#[test]
fn a_relay_tells_of_a_members_chain_only_what_it_has_of_it() {
    let network = Network::of_tabs(1, false);
    let mut stranger = Stranger::at(network, 0).greets();
    let builder = better_chain(&stranger);
    let told = |stranger: &Stranger| {
        let members = stranger.network.hosts[1].node.members();
        members.into_iter().find(|member| member.id == stranger.id()).expect("a member").tip
    };
    stranger.claim(builder.chain().tip());
    stranger.network.run(500);
    assert_eq!(told(&stranger).height, Height::ZERO, "a claim alone is not passed on");
    send_headers(&mut stranger, builder.blocks());
    stranger.say(&Message::Blocks(builder.blocks().to_vec()));
    stranger.network.run(500);
    assert_eq!(told(&stranger), builder.chain().tip());
    // Nor is work that it does not have.
    let work = stranger.builder().chain().tip().work;
    stranger.claim(Tip { work, ..builder.chain().tip() });
    stranger.network.run(500);
    assert_eq!(told(&stranger), builder.chain().tip());
}
