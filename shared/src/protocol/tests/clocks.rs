//! Clocks that are wrong: nobody is punished, what waits is said and taken in its time, and all comes right by itself.

use super::network::Network;
use super::stranger::Stranger;
use crate::protocol::limits::{EARLY_RETRY_MS, ORPHANS_MAX, PING_MS};
use crate::protocol::{ClockTrouble, Event, Message, Mining, Verdict};
use crate::rules::receipt::Refusal;
use crate::testing::address;
use crate::values::{FUTURE_MS_MAX, Height, Timestamp};

const HOUR: i64 = 3_600_000;

/// A relay whose clock is so far ahead of the tabs', all of them linked.
fn relay_ahead(tabs: usize, ahead_ms: i64) -> Network {
    let mut network = Network::of_tabs(tabs, true);
    network.set_clock(0, ahead_ms);
    network.run(2 * PING_MS);
    network
}

fn trouble(network: &Network, host: usize) -> Option<ClockTrouble> {
    network.hosts[host].node.clock_trouble(network.clock(host))
}

fn is_any_cut_off(network: &Network) -> bool {
    network.hosts.iter().any(|host| !host.cut_off.is_empty())
}

fn says(network: &Network, host: usize) -> String {
    trouble(network, host).expect("something is wrong with the time").to_string()
}

#[test]
fn clocks_that_agree_are_in_no_trouble() {
    let network = relay_ahead(2, 0);
    for host in 0..3 {
        assert_eq!(trouble(&network, host), None);
        let offset = network.hosts[host].node.clock_offset().expect("a peer's clock was measured");
        assert_eq!(
            (offset.ahead_ms, offset.peers),
            (0, if host == 0 { 2 } else { 1 }),
            "half of the round trip counts"
        );
    }
}

#[test]
fn the_limit_of_a_blocks_time_is_the_limit_of_a_clock() {
    let max = FUTURE_MS_MAX as i64;
    for (ahead_ms, is_wrong) in [(max, false), (max + 1_000, true), (-max, false), (-max - 1_000, true)] {
        assert_eq!(trouble(&relay_ahead(1, ahead_ms), 1).is_some(), is_wrong, "{ahead_ms} ms");
    }
}

#[test]
fn each_side_says_whose_clock_is_where_and_against_how_many() {
    let ahead = relay_ahead(1, HOUR);
    assert_eq!(says(&ahead, 1), "this computer's clock is 1 h 0 min behind the relay's");
    assert_eq!(says(&ahead, 0), "this relay's clock is 1 h 0 min ahead of its one member's");
    let behind = relay_ahead(3, -HOUR);
    assert_eq!(says(&behind, 1), "this computer's clock is 1 h 0 min ahead of the relay's");
    assert_eq!(says(&behind, 0), "this relay's clock is 1 h 0 min behind the median of its 3 members'");
    let trouble = trouble(&behind, 1).expect("an hour");
    let receipt = trouble.receipt();
    assert_eq!((receipt.rule.as_str(), receipt.expected.as_str()), ("time", "clocks at most 2 min apart"));
    let advice = trouble.advice();
    assert!(advice.starts_with("Set the clock that is wrong: this computer's clock shows "), "{advice}");
    assert!(advice.ends_with("Until then the others refuse this node's blocks."), "{advice}");
}

#[test]
fn one_member_with_a_wrong_clock_moves_neither_the_relay_nor_the_others() {
    let mut network = Network::of_tabs(3, true);
    network.set_clock(1, -HOUR);
    network.run(2 * PING_MS);
    assert_eq!([0, 2, 3].map(|host| trouble(&network, host)), [None; 3]);
    assert_eq!(says(&network, 1), "this computer's clock is 1 h 0 min behind the relay's");
    let told: Vec<_> = network.hosts[1]
        .events
        .iter()
        .filter_map(|event| if let Event::RefusedBy { receipt, .. } = event { Some(receipt) } else { None })
        .collect();
    let [receipt] = &told[..] else { panic!("told once, not {told:?}") };
    assert_eq!(receipt.rule, "time");
    assert!(receipt.expected.ends_with("with which 2 of 2 other members agree"), "{receipt}");
    assert_eq!(receipt.found, "one that is 1 h 0 min behind it");
    assert!(!is_any_cut_off(&network));
}

#[test]
fn a_block_of_a_clock_that_is_ahead_waits_and_is_taken_when_its_time_has_come() {
    let mut network = relay_ahead(1, 10 * 60_000);
    network.mine(0);
    network.mine(0);
    network.run(1_000);
    assert_eq!((network.height(0), network.height(1)), (2, 0));
    let told = network.hosts[1].events.iter().filter(|event| matches!(event, Event::BlockEarly { .. })).count();
    assert_eq!(told, 1, "once, not for every block and every try");
    assert!(trouble(&network, 1).is_some());
    network.run(8 * 60_000 - 120_000);
    assert_eq!(network.height(1), 0, "not before its time");
    network.run(120_000 + 1_000);
    assert_eq!(network.tip(1), network.tip(0), "its time has come");
    assert!(!is_any_cut_off(&network));
}

#[test]
fn a_clock_that_is_set_right_takes_what_waited_within_a_minute() {
    let mut network = relay_ahead(1, HOUR);
    network.mine(0);
    network.run(1_000);
    network.set_clock(1, HOUR);
    network.run(PING_MS + 1_000);
    assert_eq!(network.tip(1), network.tip(0));
    assert_eq!(trouble(&network, 1), None);
}

#[test]
fn a_relay_that_is_set_right_is_overtaken_and_all_agree() {
    let mut network = relay_ahead(2, HOUR);
    network.mine(0);
    network.mine(0);
    network.run(1_000);
    network.set_clock(0, 0);
    network.run(2 * PING_MS);
    let early = trouble(&network, 1).expect("the relay's chain has more work, and waits");
    assert!(matches!(early, ClockTrouble::Early { .. }), "{early}");
    assert!(matches!(trouble(&network, 0), Some(ClockTrouble::OwnChain { .. })), "{:?}", trouble(&network, 0));
    for _ in 0..3 {
        network.run(10_000);
        network.mine(1);
    }
    network.run(EARLY_RETRY_MS);
    assert!((0..3).all(|host| network.tip(host) == network.tip(1) && trouble(&network, host).is_none()));
}

#[test]
fn nobody_is_cut_off_for_any_number_of_blocks_that_are_dated_ahead() {
    let mut network = Network::of_tabs(2, true);
    network.set_clock(1, HOUR);
    for _ in 0..ORPHANS_MAX + 10 {
        network.mine(1);
        network.run(10_000);
    }
    assert!(!is_any_cut_off(&network));
    assert_eq!((network.height(0), network.height(2)), (0, 0));
    network.mine(2);
    network.run(1_000);
    assert_eq!(network.height(0), 1, "the others go on");
}

#[test]
fn replace_chain_names_the_time_and_not_the_one_who_was_asked() {
    let mut network = relay_ahead(1, HOUR);
    network.mine(0);
    network.run(1_000);
    network.with(1, |node, now| node.replace_chain(now));
    network.run(1_000);
    let report = network.hosts[1].node.replace_report().expect("it is done").clone();
    let [verdict] = &report.verdicts[..] else { panic!("{report:?}") };
    let Verdict::Refused(receipt) = &verdict.verdict else { panic!("{verdict:?}") };
    assert_eq!(receipt.rule, "time");
    assert_eq!(receipt.expected, "at most 2 min ahead of this node's clock");
    assert!(receipt.found.ends_with(" ahead of it"), "{receipt}");
}

#[test]
fn a_block_is_taken_when_another_has_it_and_not_before() {
    let mut network = Network::of_tabs(2, true);
    let taken = |network: &Network| network.hosts[1].node.taken_height().as_u64();
    let told = |network: &Network| {
        network.hosts[1].events.iter().filter(|event| matches!(event, Event::BlockTaken { .. })).count()
    };
    network.mine(1);
    assert_eq!((taken(&network), told(&network)), (0, 0));
    network.run(1_000);
    assert_eq!((taken(&network), told(&network)), (1, 1));
    network.set_clock(1, HOUR);
    network.mine(1);
    network.mine(1);
    network.run(60_000);
    assert_eq!((network.height(1), taken(&network), told(&network)), (3, 1, 1), "nobody takes what is dated ahead");
    network.run(HOUR as u64);
    assert_eq!((taken(&network), told(&network)), (3, 3), "until its time has come");
}

#[test]
fn what_was_restored_counts_as_taken_until_somebody_is_heard() {
    let mut network = Network::of_tabs(1, true);
    network.unlink(1);
    network.mine(1);
    network.restart(1);
    assert_eq!(network.hosts[1].node.taken_height(), Height::from(1));
    network.link(1, 0);
    network.run(12);
    assert_eq!(network.hosts[1].node.taken_height(), Height::ZERO, "the relay is at the genesis");
    network.run(1_000);
    assert_eq!(network.hosts[1].node.taken_height(), Height::from(1));
}

#[test]
fn a_clock_that_is_set_back_stops_nothing() {
    let mut network = Network::of_tabs(2, true);
    for host in [0, 1] {
        network.set_clock(host, HOUR);
        network.run(2 * PING_MS);
        network.set_clock(host, 0);
    }
    network.hosts[1].events.clear();
    network.mine(2);
    network.run(1_000);
    assert_eq!(network.tip(1), network.tip(2), "blocks go round");
    let relays = network.hosts[2].node.members();
    assert!(
        relays.iter().all(|member| member.tip.hash == network.tip(2)),
        "and so does what the relay tells of members"
    );
    network.run(3 * 60_000);
    assert!(!is_any_cut_off(&network), "and pings");
    assert_eq!([0, 1, 2].map(|host| trouble(&network, host)), [None; 3]);
}

#[test]
fn a_miner_whose_clock_is_set_back_gets_a_job_that_can_be_taken() {
    let mut network = Network::of_tabs(1, true);
    network.set_clock(1, HOUR);
    network.with(1, |node, now| node.set_mining(Mining::On { payout: address(1) }, now));
    network.set_clock(1, 0);
    let job = network.hosts[1].job.expect("a new job");
    assert!(job.header.timestamp <= network.clock(1).plus_ms(FUTURE_MS_MAX));
}

#[test]
fn nothing_is_mined_on_a_chain_that_is_dated_ahead() {
    let mut network = Network::of_tabs(1, true);
    network.set_clock(1, HOUR);
    network.mine(1);
    network.mine(1);
    network.set_clock(1, 0);
    network.with(1, |node, now| node.set_mining(Mining::On { payout: address(1) }, now));
    assert_eq!(network.hosts[1].job, None);
    assert!(matches!(trouble(&network, 1), Some(ClockTrouble::OwnChain { .. })));
    network.run(HOUR as u64);
    assert!(network.hosts[1].job.is_some(), "its time has come");
}

#[test]
fn a_clock_that_is_set_forward_cuts_nobody_off() {
    let mut network = Network::of_tabs(2, true);
    network.set_clock(0, HOUR);
    network.run(1_000);
    assert!(!is_any_cut_off(&network));
    network.run(2 * PING_MS);
    assert_eq!(network.hosts[0].node.peers().len(), 2);
}

#[test]
fn a_lying_peer_moves_the_measure_only_as_far_as_it_is_believed_alone() {
    let network = Network::of_tabs(3, true);
    let mut stranger = Stranger::at(network, 0).greets();
    let now = stranger.network.now;
    for lie in [0, now.as_ms() / 2, now.as_ms() * 2, (1 << 48) - 1] {
        stranger.say(&Message::Ping(super::super::clocks::ping_number(Timestamp::from_ms(lie))));
        assert_eq!(trouble(&stranger.network, 0), None, "three of four agree");
    }
    stranger.is_not_cut_off();
}

#[test]
fn a_ping_that_is_no_clock_measures_nothing() {
    let mut stranger = Stranger::greeted();
    let measured = |stranger: &Stranger| stranger.network.hosts[0].node.clock_offset().map(|offset| offset.peers);
    let before = measured(&stranger);
    for number in [0, 9, u64::MAX, 0x7abb << 48, 0x7abd << 48] {
        stranger.say(&Message::Ping(number));
        assert_eq!(stranger.heard().last(), Some(&Message::Pong(number)));
    }
    assert_eq!(measured(&stranger), before);
}
