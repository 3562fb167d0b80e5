//! Peers that break rules: each is cut off, the rule is named, and nobody else notices.

use super::network::Network;
use super::stranger::Stranger;
use crate::encode;
use crate::protocol::limits::{
    BAR_MS, GET_BLOCKS_MAX, HANDSHAKE_BYTES_MAX, HANDSHAKE_MS, HEADERS_MAX, LOCATOR_MAX, MEMBERS_MAX,
    MESSAGE_BYTES_MAX, ORPHANS_MAX, PAYMENTS_MAX, REQUEST_MS, SILENCE_MS,
};
use crate::protocol::{Hello, Message};
use crate::rules::receipt::Receipt;
use crate::testing::{solve, solve_header};
use crate::values::{Amount, BlockHash, HEADER_BYTES, NetworkId, NodeId, Proof, Signature, sha256};

#[test]
fn bytes_that_are_no_message() {
    let mut stranger = Stranger::greeted();
    stranger.say_bytes(&[0xff; 40]);
    stranger.expect_cut_off_by("message");
}

#[test]
fn who_broke_a_rule_is_barred_for_a_while_and_told_until_when() {
    let mut stranger = Stranger::greeted();
    let began = stranger.network.now;
    stranger.say_bytes(&[0xff; 40]);
    stranger.network.run(1_000);
    stranger.comes_back();
    let receipt = stranger.network.hosts[0].cut_off[0].1.clone();
    let until = began.plus_ms(BAR_MS).to_text();
    assert_eq!(receipt.rule, "barred");
    assert_eq!(receipt.expected, format!("nobody who broke the rule \"message\" before {until} UTC"));
    assert_eq!(receipt.found, format!("a return {} s too early", BAR_MS / 1_000 - 1));
    let signed = stranger.heard().iter().filter(|said| matches!(said, Message::Proof(_))).count();
    assert_eq!(signed, 1, "nothing was signed for it again");
    stranger.network.run(BAR_MS - 1_001);
    stranger.comes_back();
    stranger.network.run(1);
    assert_eq!(stranger.network.hosts[0].cut_off[0].1.rule, "barred", "coming back does not help");
    stranger.comes_back();
    stranger.is_not_cut_off();
}

#[test]
fn a_fault_that_the_shell_finds_counts_like_any_other() {
    let mut stranger = Stranger::greeted();
    let receipt = Receipt::new("WebSocket framing", "frames by RFC 6455", "others");
    let peer = stranger.peer;
    stranger.network.with(0, |node, now| node.fault(peer, receipt.clone(), now));
    assert_eq!(stranger.network.hosts[0].cut_off, [(peer, receipt)]);
    stranger.comes_back();
    stranger.expect_cut_off_by("barred");
}

#[test]
fn who_is_late_elsewhere_or_not_proved_to_be_who_it_says_is_not_barred() {
    let mut stranger = Stranger::greeted();
    stranger.network.run(SILENCE_MS + 1_000);
    stranger.comes_back();
    stranger.is_not_cut_off();
    // With another's key and a false proof.
    stranger.say(&Message::Proof(Signature::from_bytes([1; 64])));
    assert_eq!(stranger.network.hosts[0].cut_off[0].1.rule, "handshake proof");
    stranger.comes_back();
    stranger.is_not_cut_off();
}

#[test]
fn a_tab_bars_nobody_since_it_has_one_relay() {
    let network = Network::of_tabs(1, true);
    let mut stranger = Stranger::at(network, 1).greets();
    stranger.say_bytes(&[0xff; 40]);
    stranger.comes_back();
    stranger.is_not_cut_off();
}

#[test]
fn a_message_with_bytes_left_over() {
    let mut stranger = Stranger::greeted();
    stranger.say_bytes(&[&encode(&Message::GetMempool)[..], &[0]].concat());
    stranger.expect_cut_off_by("message");
}

#[test]
fn a_message_that_is_too_long() {
    let mut stranger = Stranger::greeted();
    stranger.say_bytes(&vec![0; MESSAGE_BYTES_MAX + 1]);
    stranger.expect_cut_off_by("message size");
}

#[test]
fn a_message_that_is_too_long_for_somebody_who_has_not_said_who_it_is() {
    let mut stranger = Stranger::new();
    let mut bytes = encode(&Message::Hello(stranger.hello()));
    bytes.resize(HANDSHAKE_BYTES_MAX + 1, 0);
    stranger.say_bytes(&bytes);
    stranger.expect_cut_off_by("message size");
}

#[test]
fn a_newer_version_is_told_apart_from_an_older_one() {
    for (version, advice) in [([0, 0], "reload"), ([2, 0], "newer")] {
        let mut stranger = Stranger::new();
        stranger.say_bytes(&[&[0], &version[..], &[9; 3_000]].concat());
        let receipt = stranger.network.hosts[0].cut_off[0].1.clone();
        assert!(receipt.to_string().contains(advice), "{receipt}");
        stranger.expect_cut_off_by("protocol version");
    }
}

#[test]
fn this_node_itself() {
    let mut stranger = Stranger::new();
    let Some(Message::Hello(own)) = stranger.heard().into_iter().next() else { panic!("a node greets first") };
    stranger.say(&Message::Hello(Hello { nonce: [8; 32], ..own }));
    stranger.expect_cut_off_by("node id");
}

#[test]
fn another_version_even_if_nothing_else_of_it_can_be_read() {
    let mut stranger = Stranger::new();
    stranger.say_bytes(&[0, 0, 0, 1, 2, 3]);
    stranger.expect_cut_off_by("protocol version");
}

#[test]
fn another_network() {
    let mut stranger = Stranger::new();
    let hello = Hello { network: NetworkId::ZERO, ..stranger.hello() };
    stranger.say(&Message::Hello(hello));
    stranger.expect_cut_off_by("network");
}

#[test]
fn somebody_elses_key() {
    let mut stranger = Stranger::new();
    let hello = stranger.hello();
    stranger.say(&Message::Hello(hello));
    stranger.say(&Message::Proof(Signature::from_bytes([1; 64])));
    stranger.expect_cut_off_by("handshake proof");
}

#[test]
fn anything_before_the_handshake_and_a_handshake_after_it() {
    let mut stranger = Stranger::new();
    stranger.say(&Message::GetMempool);
    stranger.expect_cut_off_by("message order");
    let mut stranger = Stranger::greeted();
    let hello = stranger.hello();
    stranger.say(&Message::Hello(hello));
    stranger.expect_cut_off_by("message order");
}

#[test]
fn no_handshake_in_time_and_silence_after_it() {
    let mut stranger = Stranger::new();
    stranger.network.run(HANDSHAKE_MS);
    stranger.expect_cut_off_by("handshake time");
    let mut stranger = Stranger::greeted();
    stranger.network.run(SILENCE_MS + 1_000);
    stranger.expect_cut_off_by("silence");
}

#[test]
fn a_header_without_work() {
    let mut stranger = Stranger::greeted();
    let mut header = stranger.builder().draft(1, &[]).header;
    solve_header(&mut header);
    header.proof = Proof(header.proof.0.wrapping_add(1));
    stranger.say(&Message::Announce(header));
    stranger.expect_cut_off_by("proof of work");
}

#[test]
fn a_block_with_a_forged_signature() {
    let mut stranger = Stranger::greeted();
    let mut builder = stranger.builder();
    let first = builder.mine(1, &[]);
    let mut forged = builder.pay(1, 2, Amount::from_coins(1), Amount::ZERO);
    forged.signature = Signature::from_bytes([3; 64]);
    let mut second = builder.draft(1, &[forged]);
    solve(&mut second);
    for block in [first, second] {
        stranger.say(&Message::Announce(block.header));
        stranger.say(&Message::Blocks(vec![block]));
    }
    assert_eq!(stranger.network.height(0), 1, "the block before it is good");
    stranger.expect_cut_off_by("signature");
}

#[test]
fn a_body_that_is_not_its_headers() {
    let mut stranger = Stranger::greeted();
    let mut builder = stranger.builder();
    let good = builder.mine(1, &[]);
    let mut bad = good.clone();
    bad.transactions.push(bad.transactions[0].clone());
    stranger.say(&Message::Announce(good.header));
    stranger.say(&Message::Blocks(vec![bad]));
    let status = stranger.network.hosts[0].node.chain().status(&good.hash());
    assert_eq!(status, Some(crate::state::BlockStatus::HeaderOnly), "the header is none the worse for it");
    stranger.expect_cut_off_by("root");
}

#[test]
fn a_block_that_pays_its_miner_too_much() {
    let mut stranger = Stranger::greeted();
    let mut block = stranger.builder().draft(1, &[]);
    let crate::values::Transaction::Reward(reward) = &mut block.transactions[0] else { panic!("a reward comes first") };
    reward.amount = Amount::from_coins(11);
    solve(&mut block);
    stranger.say(&Message::Announce(block.header));
    stranger.say(&Message::Blocks(vec![block]));
    stranger.expect_cut_off_by("reward");
}

#[test]
fn answers_that_were_not_asked_for() {
    let mut stranger = Stranger::greeted();
    stranger.say(&Message::Headers { headers: Vec::new(), more: false });
    stranger.expect_cut_off_by("unsolicited answer");
    let mut stranger = Stranger::greeted();
    let block = stranger.builder().mine(1, &[]);
    stranger.say(&Message::Blocks(vec![block]));
    stranger.expect_cut_off_by("unsolicited answer");
}

#[test]
fn blocks_that_were_not_asked_for_are_refused_before_they_are_decoded() {
    let mut stranger = Stranger::greeted();
    let block = stranger.builder().mine(1, &[]);
    let mut bytes = encode(&Message::Blocks(vec![block]));
    bytes.truncate(5 + HEADER_BYTES);
    bytes.resize(MESSAGE_BYTES_MAX, 0xff);
    stranger.say_bytes(&bytes);
    stranger.expect_cut_off_by("unsolicited answer");
    // So are those that are here already.
    let mut stranger = Stranger::greeted();
    let mut bytes = encode(&Message::Blocks(vec![stranger.network.params.genesis()]));
    bytes.truncate(5 + HEADER_BYTES);
    bytes.resize(MESSAGE_BYTES_MAX, 0xff);
    stranger.say_bytes(&bytes);
    stranger.expect_cut_off_by("unsolicited answer");
    // Of one that was asked for, the rest counts.
    let mut stranger = Stranger::greeted();
    let block = stranger.builder().mine(1, &[]);
    stranger.say(&Message::Announce(block.header));
    let mut bytes = encode(&Message::Blocks(vec![block]));
    bytes.truncate(5 + HEADER_BYTES);
    stranger.say_bytes(&bytes);
    stranger.expect_cut_off_by("message");
}

#[test]
fn blocks_that_were_asked_for_may_come_late_and_only_once() {
    let late = |copies: usize| {
        let mut stranger = Stranger::greeted();
        let mut builder = stranger.builder();
        builder.mine_many(1, 3);
        let blocks = builder.blocks().to_vec();
        stranger.say(&Message::Announce(blocks[0].header));
        // Given up, and asked for again.
        stranger.network.run(REQUEST_MS + 1);
        for _ in 0..copies {
            stranger.say(&Message::Blocks(vec![blocks[0].clone()]));
        }
        assert_eq!(stranger.network.height(0), 1);
        stranger
    };
    late(1).is_not_cut_off();
    late(2).is_not_cut_off();
    late(3).expect_cut_off_by("unsolicited answer");
    // In one message with one that was asked for they count too.
    let mut stranger = late(1);
    let mut builder = stranger.builder();
    builder.mine_many(1, 2);
    let [first, second] = &builder.blocks()[..2] else { panic!("two blocks") };
    stranger.say(&Message::Announce(second.header));
    stranger.say(&Message::Blocks(vec![second.clone(), first.clone(), first.clone()]));
    stranger.expect_cut_off_by("unsolicited answer");
}

#[test]
fn orphans_without_end() {
    let mut stranger = Stranger::greeted();
    let mut header = stranger.builder().draft(1, &[]).header;
    for number in 0..=ORPHANS_MAX {
        stranger.is_not_cut_off();
        header.previous_hash = BlockHash::from_bytes(sha256(&[&number.to_le_bytes()]));
        solve_header(&mut header);
        stranger.say(&Message::Announce(header));
    }
    stranger.expect_cut_off_by("orphans");
}

#[test]
fn a_forged_payment_and_one_of_another_network() {
    let mut stranger = Stranger::greeted();
    stranger.network.mine(1);
    stranger.network.run(200);
    let builder = stranger.builder();
    let mut forged = builder.pay(1, 2, Amount::from_coins(1), Amount::ZERO);
    forged.signature = Signature::from_bytes([3; 64]);
    stranger.say(&Message::Payments(vec![forged]));
    stranger.expect_cut_off_by("signature");
    let mut stranger = Stranger::greeted();
    let foreign = crate::testing::payment(NetworkId::ZERO, 1, 2, Amount::from_coins(1), Amount::ZERO, 0);
    stranger.say(&Message::Payments(vec![foreign]));
    stranger.expect_cut_off_by("network");
}

#[test]
fn a_payment_that_its_sender_cannot_make_here_is_nobodys_fault() {
    let mut stranger = Stranger::greeted();
    let builder = stranger.builder();
    stranger.say(&Message::Payments(vec![builder.pay(1, 2, Amount::from_coins(1), Amount::ZERO)]));
    stranger.is_not_cut_off();
    assert!(stranger.network.hosts[0].node.mempool().is_empty());
}

#[test]
fn a_block_from_the_future_is_nobodys_fault_and_is_taken_when_its_time_comes() {
    let mut network = Network::of_tabs(2, true);
    let real = network.now;
    // The clock of one host is five minutes fast.
    network.now = real.plus_ms(300_000);
    let hash = network.mine(1);
    network.now = real;
    network.run(30_000);
    assert_eq!(network.hosts[0].cut_off, []);
    assert_eq!(network.height(0), 0);
    network.run(300_000);
    assert_eq!(network.tip(0), hash);
}

#[test]
fn members_told_by_a_tab_and_too_many_of_anything() {
    let mut stranger = Stranger::greeted();
    stranger.say(&Message::Members { changed: Vec::new(), left: Vec::new() });
    stranger.expect_cut_off_by("members");
    let stranger = Stranger::greeted();
    let block = stranger.builder().mine(1, &[]);
    let payment = stranger.builder().pay(1, 2, Amount::from_coins(1), Amount::ZERO);
    let too_many = [
        Message::GetBlocks(vec![BlockHash::ZERO; GET_BLOCKS_MAX + 1]),
        Message::NotFound(vec![BlockHash::ZERO; GET_BLOCKS_MAX + 1]),
        Message::GetHeaders { locator: vec![BlockHash::ZERO; LOCATOR_MAX + 1], stop: None },
        Message::Headers { headers: vec![block.header; HEADERS_MAX + 1], more: false },
        Message::Payments(vec![payment; PAYMENTS_MAX + 1]),
    ];
    for message in too_many {
        let mut stranger = Stranger::greeted();
        stranger.say(&message);
        stranger.expect_cut_off_by("message limit");
    }
}

#[test]
fn too_many_members_even_from_the_relay() {
    // The relay's own end of a link is played by the test.
    let mut network = Network::of_tabs(1, true);
    let relay = network.hosts[0].node.peers().remove(0);
    let at_tab = network.hosts[1].node.peers().remove(0).peer;
    assert_eq!(relay.id, Some(network.hosts[1].node.id()));
    let left = vec![NodeId::from_bytes([1; 16]); MEMBERS_MAX + 1];
    network.deliver(1, at_tab, &encode(&Message::Members { changed: Vec::new(), left }));
    assert_eq!(network.hosts[1].cut_off[0].1.rule, "message limit");
}

#[test]
fn an_orphan_without_work() {
    let mut stranger = Stranger::greeted();
    let mut header = stranger.builder().draft(1, &[]).header;
    header.previous_hash = BlockHash::from_bytes([1; 32]);
    solve_header(&mut header);
    header.proof = Proof(header.proof.0.wrapping_add(1));
    stranger.say(&Message::Announce(header));
    stranger.expect_cut_off_by("proof of work");
}

#[test]
fn a_header_for_a_target_that_the_chain_does_not_ask_for() {
    let mut stranger = Stranger::greeted();
    let mut header = stranger.builder().draft(1, &[]).header;
    header.target = crate::values::CompactTarget::from_bits(0x2100_ffff);
    solve_header(&mut header);
    stranger.say(&Message::Announce(header));
    stranger.expect_cut_off_by("target");
}

#[test]
fn unknown_blocks_are_answered_as_not_found() {
    let mut stranger = Stranger::greeted();
    let unknown = BlockHash::from_bytes([5; 32]);
    stranger.say(&Message::GetBlocks(vec![unknown]));
    assert_eq!(stranger.heard().last(), Some(&Message::NotFound(vec![unknown])));
    stranger.is_not_cut_off();
}
