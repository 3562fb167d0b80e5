//! The stories that the whole thing is for.

use super::network::Network;
use crate::protocol::{Event, ReplaceReport, Role, SyncProgress, Verdict};
use crate::testing::ChainBuilder;
use crate::values::Amount;

fn coins(text: &str) -> Amount {
    text.parse().expect("an amount")
}

fn report(network: &Network, host: usize) -> &ReplaceReport {
    network.hosts[host].node.replace_report().expect("Replace chain was pressed and is done")
}

#[test]
fn the_tutorial_with_three_tabs_and_replace_chain() {
    let mut network = Network::of_tabs(3, false);
    network.mine(1);
    assert_eq!(network.balance(1, 1), coins("10"));
    network.pay(1, 2, coins("4"), coins("0.1"));
    network.mine(1);
    network.run(20_000);
    assert_eq!([1, 2, 3].map(|tab| network.height(tab)), [2, 0, 0], "nothing arrives by itself");
    for tab in [2, 3] {
        network.with(tab, crate::protocol::Node::replace_chain);
        network.run(1_000);
        let report = report(&network, tab);
        assert!(report.replaced);
        assert_eq!(report.verdicts.iter().filter(|peer| peer.verdict == Verdict::Adopted).count(), 1);
    }
    assert_eq!(network.tip(2), network.tip(1));
    assert_eq!(network.tip(3), network.tip(1));
    assert_eq!(network.balance(2, 2), coins("4"));
    assert_eq!(network.balance(3, 1), coins("16"), "10 + 10.1 − 4.1");
}

#[test]
fn with_auto_sync_a_block_reaches_everybody_at_once() {
    let mut network = Network::of_tabs(3, true);
    network.mine(3);
    network.run(100);
    assert_eq!([0, 1, 2, 3].map(|host| network.height(host)), [1; 4]);
    let from = network.hosts[0].node.id();
    let event = network.hosts[1].events.iter().find_map(|event| match event {
        Event::TipChanged { from, .. } => Some(*from),
        _ => None,
    });
    assert_eq!(event, Some(Some(from)));
}

#[test]
fn the_branch_with_more_work_wins_and_the_losers_payment_waits_again_and_confirms_later() {
    let mut network = Network::of_tabs(2, true);
    network.mine(1);
    network.run(1_000);
    for tab in [1, 2] {
        network.with(tab, |node, now| node.set_auto_sync(false, now));
    }
    let payment = network.pay(1, 2, coins("3"), coins("0.5"));
    network.mine(1);
    // The other does not hear of the payment in time to mine it.
    network.mine(2);
    network.mine(2);
    network.run(1_000);
    assert_eq!(network.tip(0), network.tip(2), "the relay follows the work");
    network.with(1, crate::protocol::Node::replace_chain);
    network.run(1_000);
    assert_eq!(network.tip(1), network.tip(2));
    let returned = |event: &Event| matches!(event, Event::PaymentReturned { payment: back } if back.id() == payment);
    assert!(network.hosts[1].events.iter().any(returned));
    assert!(network.hosts[1].node.mempool().contains(&payment));
    network.mine(1);
    network.run(1_000);
    assert!(network.hosts[1].node.chain().find_transaction(&payment).is_some());
    assert_eq!(network.balance(0, 2), coins("23"));
}

#[test]
fn the_relay_keeps_a_losing_branch_for_whoever_has_it() {
    let mut network = Network::of_tabs(2, false);
    network.mine(1);
    network.run(100);
    network.mine(2);
    network.run(100);
    let relay = network.hosts[0].node.chain();
    assert!(relay.has_body(&network.tip(1)) && relay.has_body(&network.tip(2)));
    assert_eq!(relay.tip().hash, network.tip(1), "of equal work the first seen stays");
}

#[test]
fn a_relay_that_is_killed_goes_on_from_its_disk() {
    let mut network = Network::of_tabs(3, true);
    network.mine(1);
    network.run(200);
    let payment = network.pay(1, 2, coins("1"), coins("0"));
    network.run(200);
    let tip = network.tip(0);
    network.restart(0);
    assert_eq!(network.tip(0), tip);
    assert!(network.hosts[0].node.mempool().contains(&payment));
    assert_eq!(network.hosts[0].node.members().iter().filter(|member| !member.online).count(), 3);
    for tab in [1, 2, 3] {
        network.link(tab, 0);
    }
    network.run(1_000);
    assert_eq!(network.hosts[0].node.members().iter().filter(|member| member.online).count(), 3);
    network.mine(3);
    network.run(200);
    assert_eq!([0, 1, 2, 3].map(|host| network.height(host)), [2; 4]);
}

#[test]
fn blocks_mined_while_the_relay_was_away_reach_it_when_it_is_back() {
    let mut network = Network::of_tabs(2, true);
    network.unlink(1);
    for _ in 0..3 {
        network.mine(1);
        network.run(1_000);
    }
    assert_eq!([0, 1, 2].map(|host| network.height(host)), [0, 3, 0]);
    network.link(1, 0);
    network.run(1_000);
    assert_eq!([0, 1, 2].map(|host| network.height(host)), [3; 3]);
}

#[test]
fn a_newcomer_fetches_a_long_chain_and_says_how_far_it_is() {
    let mut builder = ChainBuilder::easy();
    builder.mine_many(7, 5_000);
    let mut network = Network::of_tabs(0, true);
    network.hosts[0].node.restore(builder.blocks().iter().cloned()).expect("its own store");
    let tab = network.add(Role::Tab, true);
    network.link(tab, 0);
    let mut seen = Vec::new();
    while network.height(tab) < 5_000 {
        network.run(5);
        seen.push(network.hosts[tab].node.sync_progress());
        assert!(seen.len() < 10_000, "stuck at {}", network.height(tab));
    }
    assert!(seen.iter().any(|progress| matches!(progress, SyncProgress::Headers { .. })));
    let totals = seen.iter().filter_map(|progress| match progress {
        SyncProgress::Bodies { total, .. } => Some(*total),
        _ => None,
    });
    let totals: Vec<u64> = totals.collect();
    assert!(!totals.is_empty() && totals.iter().all(|total| *total == 5_000), "from the first on: {totals:?}");
    network.run(100);
    assert_eq!(network.hosts[tab].node.sync_progress(), SyncProgress::Idle);
    assert_eq!(network.hosts[tab].disk.blocks.len(), 5_000);
    let members = network.hosts[0].node.members();
    assert_eq!(members[0].tip.height.as_u64(), 5_000, "the room knows where it stands now");
}

#[test]
fn a_node_that_returns_fetches_only_what_it_missed() {
    let mut builder = ChainBuilder::easy();
    builder.mine_many(7, 3_000);
    let mut network = Network::of_tabs(0, true);
    network.hosts[0].node.restore(builder.blocks().iter().cloned()).expect("its own store");
    let tab = network.add(Role::Tab, true);
    network.hosts[tab].node.restore(builder.blocks()[..2_990].iter().cloned()).expect("its own store");
    network.link(tab, 0);
    network.run(2_000);
    assert_eq!(network.height(tab), 3_000);
    let received = network.hosts[tab].node.peers()[0].bytes_in;
    assert!(received < 10_000, "{received} bytes for ten blocks");
}

#[test]
fn replace_chain_says_what_came_of_every_peer() {
    let mut network = Network::of_tabs(4, false);
    network.mine(1);
    network.run(50);
    network.mine(1);
    network.run(50);
    network.mine(2);
    network.run(200);
    network.with(2, crate::protocol::Node::replace_chain);
    network.run(1_000);
    let verdicts = report(&network, 2).verdicts.clone();
    let verdict = |host: usize| {
        let id = network.hosts[host].node.id();
        verdicts.iter().find(|peer| peer.id == id).expect("every peer has one").verdict.clone()
    };
    let one_of = [verdict(0), verdict(1)];
    assert!(one_of.contains(&Verdict::Adopted) && one_of.contains(&Verdict::SameTip), "{one_of:?}");
    assert!(matches!(verdict(3), Verdict::LessWork { .. }));
    assert_eq!(verdicts.len(), 4);
    network.with(2, crate::protocol::Node::replace_chain);
    network.run(1_000);
    assert!(!report(&network, 2).replaced, "there is nothing better a second time");
}

#[test]
fn replace_chain_without_anybody_is_done_at_once() {
    let mut network = Network::empty();
    let tab = network.add(Role::Tab, false);
    network.with(tab, crate::protocol::Node::replace_chain);
    assert_eq!(report(&network, tab).verdicts, []);
}

#[test]
fn a_block_mined_for_a_parent_that_is_no_longer_the_tip_is_stale() {
    let mut network = Network::of_tabs(2, true);
    let payout = crate::testing::address(1);
    network.with(1, |node, now| node.set_mining(crate::protocol::Mining::On { payout }, now));
    let job = network.hosts[1].job.expect("a job");
    network.mine(2);
    network.run(100);
    let fresh = network.hosts[1].job.expect("a new job at once");
    assert_eq!(fresh.header.previous_hash, network.tip(2));
    let mut header = job.header;
    crate::testing::solve_header(&mut header);
    let late = network.with(1, |node, now| node.mined(job.id, header.extra_nonce, header.proof, now));
    assert!(late.is_err());
    assert_eq!(network.height(1), 1);
}

#[test]
fn a_job_follows_the_mempool_and_the_clock() {
    let mut network = Network::of_tabs(2, true);
    network.mine(1);
    network.run(100);
    let payout = crate::testing::address(2);
    network.with(2, |node, now| node.set_mining(crate::protocol::Mining::On { payout }, now));
    let first = network.hosts[2].job.expect("a job");
    network.pay(1, 2, coins("1"), coins("0.1"));
    network.run(1_000);
    let second = network.hosts[2].job.expect("a job");
    assert_ne!(second.header.root, first.header.root);
    network.run(6_000);
    let third = network.hosts[2].job.expect("a job");
    assert_eq!(third.header.root, second.header.root);
    assert!(third.header.timestamp > second.header.timestamp);
}

#[test]
fn a_block_found_at_any_moment_of_a_catch_up_does_not_wait_for_the_next_look_around() {
    for ms in 0..80 {
        let mut network = Network::of_tabs(2, true);
        network.unlink(1);
        network.mine(1);
        network.mine(1);
        network.link(1, 0);
        network.run(ms);
        // Two at once: the parent of the second is not known when it is announced.
        network.mine(1);
        network.mine(1);
        network.run(300);
        assert_eq!([0, 1, 2].map(|host| network.height(host)), [4; 3], "found {ms} ms after the link was up");
    }
}
