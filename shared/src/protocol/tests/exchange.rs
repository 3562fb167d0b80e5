//! Questions and answers: late ones, missing ones, ones in another order, and too many.

use super::network::Network;
use super::stranger::Stranger;
use crate::protocol::limits::{ANSWER_BYTES_MAX, BLOCKS_OWED_MAX, GET_BLOCKS_MAX, REQUEST_MS, UNJUDGED_MAX};
use crate::protocol::{Event, Message, Mining, Node, Output, Role, StoreOp};
use crate::testing::{ChainBuilder, address, payment, solve_header};
use crate::values::{Amount, Block, BlockHash, Header};
use crate::{decode, encode};

fn headers(blocks: &[Block]) -> Vec<Header> {
    blocks.iter().map(|block| block.header).collect()
}

/// The request for headers among what was heard.
fn asked_for_headers(messages: &[Message]) -> Option<BlockHash> {
    messages.iter().find_map(|message| match message {
        Message::GetHeaders { stop, .. } => *stop,
        _ => None,
    })
}

fn asked_for_blocks(messages: &[Message]) -> Vec<BlockHash> {
    let hashes = messages.iter().filter_map(|message| match message {
        Message::GetBlocks(hashes) => Some(hashes.clone()),
        _ => None,
    });
    hashes.flatten().collect()
}

fn ping(stranger: &mut Stranger) {
    stranger.say(&Message::Ping(1));
}

#[test]
fn an_answer_to_a_request_that_was_given_up_is_late_and_no_fault() {
    let mut stranger = Stranger::greeted();
    let mut builder = stranger.builder();
    builder.mine_many(1, 3);
    stranger.claim(builder.chain().tip());
    assert_eq!(asked_for_headers(&stranger.news()), Some(builder.tip().hash()));
    stranger.network.run(REQUEST_MS + 1);
    stranger.say(&Message::Headers { headers: headers(builder.blocks()), more: false });
    stranger.is_not_cut_off();
    assert_eq!(stranger.network.hosts[0].node.chain().best_header().height.as_u64(), 3, "and it is of use");
    // Asked again meanwhile, it may answer again; a third answer was never asked for.
    stranger.say(&Message::Headers { headers: Vec::new(), more: false });
    stranger.is_not_cut_off();
    stranger.say(&Message::Headers { headers: Vec::new(), more: false });
    stranger.expect_cut_off_by("unsolicited answer");
}

#[test]
fn what_one_peer_does_not_answer_another_is_asked_for() {
    let mut network = Network::of_tabs(0, true);
    let mut builder = ChainBuilder::easy();
    builder.mine_many(7, 20);
    network.hosts[0].node.restore(builder.blocks().iter().cloned()).expect("its own store");
    let tab = network.add(Role::Tab, true);
    // The first to be linked, so the first to be asked.
    let mut stranger = Stranger::at(network, tab).greets();
    stranger.claim(builder.chain().tip());
    stranger.say(&Message::Headers { headers: headers(builder.blocks()), more: false });
    assert_eq!(asked_for_blocks(&stranger.news()).len(), 16, "bodies of unknown size are asked for with care");
    stranger.network.link(tab, 0);
    stranger.network.run(REQUEST_MS - 1_000);
    assert_eq!(stranger.network.height(tab), 0, "the lowest are still waited for");
    stranger.network.run(2_000);
    assert_eq!(stranger.network.height(tab), 20);
    stranger.is_not_cut_off();
}

#[test]
fn bodies_may_come_in_any_order_and_are_stored_parents_first() {
    let mut stranger = Stranger::greeted();
    let mut builder = stranger.builder();
    builder.mine_many(1, 6);
    stranger.claim(builder.chain().tip());
    stranger.say(&Message::Headers { headers: headers(builder.blocks()), more: false });
    let asked = asked_for_blocks(&stranger.news());
    assert_eq!(asked, builder.blocks().iter().map(Block::hash).collect::<Vec<_>>(), "lowest first");
    for at in [5, 3, 1, 4, 2] {
        stranger.say(&Message::Blocks(vec![builder.blocks()[at].clone()]));
        assert_eq!(stranger.network.hosts[0].disk.blocks, []);
    }
    stranger.say(&Message::Blocks(vec![builder.blocks()[0].clone()]));
    assert_eq!(stranger.network.hosts[0].disk.blocks, builder.blocks());
    let moves = stranger.network.hosts[0].events.iter().filter(|event| matches!(event, Event::TipChanged { .. }));
    assert_eq!(moves.count(), 1, "the tip moved once");
    stranger.network.run(1_000);
    assert_eq!(stranger.network.height(1), 6, "and the others follow");
}

#[test]
fn a_peer_that_keeps_sending_is_not_asked_twice() {
    let mut stranger = Stranger::greeted();
    let mut builder = stranger.builder();
    builder.mine_many(1, 10);
    stranger.claim(builder.chain().tip());
    stranger.say(&Message::Headers { headers: headers(builder.blocks()), more: false });
    assert_eq!(asked_for_blocks(&stranger.news()).len(), 10);
    for block in builder.blocks() {
        // A slow link: all of it takes five times as long as one answer may.
        stranger.network.run(REQUEST_MS / 2);
        ping(&mut stranger);
        stranger.say(&Message::Blocks(vec![block.clone()]));
    }
    assert_eq!(stranger.network.height(0), 10);
    assert_eq!(asked_for_blocks(&stranger.news()), []);
}

#[test]
fn who_asks_for_much_is_answered_in_time_and_who_asks_for_more_is_cut_off() {
    let mut builder = ChainBuilder::easy();
    builder.mine_busy(1, 100, 500);
    let big = builder.tip().clone();
    let mut network = Network::of_tabs(0, true);
    network.hosts[0].node.restore(builder.blocks().iter().cloned()).expect("its own store");
    let tab = network.add(Role::Tab, true);
    network.link(tab, 0);
    network.run(5_000);
    let mut stranger = Stranger::at(network, 0).greets();
    stranger.news();
    let request = Message::GetBlocks(vec![big.hash(); GET_BLOCKS_MAX]);
    let sent = |messages: Vec<Message>| -> usize {
        messages.iter().map(|message| if let Message::Blocks(blocks) = message { blocks.len() } else { 0 }).sum()
    };
    let times = 2 * ANSWER_BYTES_MAX / (GET_BLOCKS_MAX * big.encoded_len());
    assert!(times * GET_BLOCKS_MAX <= BLOCKS_OWED_MAX);
    for _ in 0..times {
        stranger.say(&request);
    }
    let at_once = sent(stranger.news());
    assert!(at_once * big.encoded_len() <= ANSWER_BYTES_MAX + (1 << 20), "{at_once} blocks at once");
    ping(&mut stranger);
    stranger.network.run(1_000);
    assert_eq!(at_once + sent(stranger.news()), times * GET_BLOCKS_MAX, "the rest came in time");
    for _ in 0..=(ANSWER_BYTES_MAX / (GET_BLOCKS_MAX * big.encoded_len()) + BLOCKS_OWED_MAX / GET_BLOCKS_MAX) {
        stranger.say(&request);
    }
    stranger.expect_cut_off_by("message limit");
}

#[test]
fn a_question_that_is_repeated_is_answered_each_time_while_there_is_credit() {
    let mut network = Network::of_tabs(2, true);
    network.mine(1);
    network.run(100);
    network.pay(1, 2, Amount::from_coins(1), Amount::ZERO);
    network.run(100);
    let mut stranger = Stranger::at(network, 0).greets();
    stranger.news();
    for _ in 0..3 {
        stranger.say(&Message::GetMempool);
    }
    let answers = stranger.news().into_iter().filter(|message| matches!(message, Message::Payments(_))).count();
    assert_eq!(answers, 3);
}

#[test]
fn a_payment_that_is_quicker_than_the_block_it_needs_is_kept_for_it() {
    let mut stranger = Stranger::greeted();
    let mut builder = stranger.builder();
    let block = builder.mine(1, &[]);
    let quick = builder.pay(1, 2, Amount::from_coins(1), Amount::ZERO);
    stranger.say(&Message::Payments(vec![quick.clone()]));
    assert!(stranger.network.hosts[0].node.mempool().is_empty());
    stranger.say(&Message::Announce(block.header));
    stranger.say(&Message::Blocks(vec![block]));
    assert!(stranger.network.hosts[0].node.mempool().contains(&quick.id()));
    stranger.network.run(100);
    assert!(stranger.network.hosts[1].node.mempool().contains(&quick.id()), "and passed on");
}

#[test]
fn a_forgery_that_could_not_be_judged_is_judged_later() {
    let mut stranger = Stranger::greeted();
    let mut builder = stranger.builder();
    let block = builder.mine(1, &[]);
    let mut forged = builder.pay(1, 2, Amount::from_coins(1), Amount::ZERO);
    forged.signature = crate::Signature::from_bytes([3; 64]);
    stranger.say(&Message::Payments(vec![forged]));
    stranger.is_not_cut_off();
    stranger.say(&Message::Announce(block.header));
    stranger.say(&Message::Blocks(vec![block]));
    stranger.expect_cut_off_by("signature");
}

#[test]
fn of_too_many_payments_that_cannot_be_judged_all_are_asked_for_again() {
    let mut stranger = Stranger::greeted();
    let network = stranger.network.params.network();
    let block = stranger.builder().mine(1, &[]);
    let poor = |from: u64| payment(network, from, 2, Amount::from_coins(1), Amount::ZERO, 0);
    stranger.say(&Message::Payments((50..=50 + UNJUDGED_MAX as u64).map(poor).collect()));
    stranger.news();
    stranger.say(&Message::Announce(block.header));
    stranger.say(&Message::Blocks(vec![block]));
    assert!(stranger.news().contains(&Message::GetMempool));
    stranger.is_not_cut_off();
}

#[test]
fn a_newcomer_is_sent_each_senders_payments_in_sequence() {
    let mut network = Network::of_tabs(1, true);
    network.mine(1);
    network.run(100);
    // The later ones offer more, so the best paid come last in sequence.
    let ids: Vec<_> =
        (1..=5).map(|fee| network.pay(1, 9, Amount::from_coins(1), Amount::from_units(fee * 1_000))).collect();
    let tab = network.add(Role::Tab, true);
    network.link(tab, 0);
    network.run(1_000);
    let mempool = network.hosts[tab].node.mempool();
    assert!(ids.iter().all(|id| mempool.contains(id)), "{} of 5", mempool.len());
}

#[test]
fn a_payment_that_is_outbid_is_dropped_by_name() {
    let mut network = Network::of_tabs(2, true);
    network.mine(1);
    network.run(100);
    let outbid = network.pay(1, 2, Amount::from_coins(1), Amount::ZERO);
    network.run(100);
    let better = payment(network.params.network(), 1, 2, Amount::from_coins(2), Amount::from_units(10), 0);
    network.with(1, |node, now| node.submit(better.clone(), now)).expect("it offers more");
    network.run(100);
    for host in 0..=2 {
        let Network { hosts, .. } = &network;
        assert!(hosts[host].node.mempool().contains(&better.id()));
        assert_eq!(hosts[host].disk.payments.keys().copied().collect::<Vec<_>>(), [better.id()]);
        let dropped = hosts[host].events.iter().find_map(|event| match event {
            Event::PaymentDropped { payment, receipt } => Some((payment.id(), receipt.rule.clone())),
            _ => None,
        });
        assert_eq!(dropped, Some((outbid, "replacement".to_owned())));
    }
}

#[test]
fn nothing_is_told_before_it_is_to_be_stored() {
    let mut network = Network::of_tabs(1, true);
    let node = &mut network.hosts[1].node;
    let now = network.now;
    node.set_mining(Mining::On { payout: address(1) }, now);
    let mut job = None;
    while let Some(output) = node.poll_output() {
        if let Output::Mine(new) = output {
            job = new;
        }
    }
    let job = job.expect("a job");
    let mut header = job.header;
    solve_header(&mut header);
    let hash = node.mined(job.id, header.extra_nonce, header.proof, now).expect("a block");
    let outputs: Vec<Output> = std::iter::from_fn(|| node.poll_output()).collect();
    assert!(matches!(&outputs[0], Output::Store(StoreOp::Block { hash: stored, .. }) if *stored == hash));
    let announced = |output: &Output| match output {
        Output::Send { bytes, .. } => matches!(decode(bytes), Ok(Message::Announce(header)) if header.hash() == hash),
        _ => false,
    };
    assert_eq!(outputs.iter().filter(|output| announced(output)).count(), 1);
    assert!(outputs.iter().any(|output| matches!(output, Output::Mine(Some(next)) if next.id != job.id)));
    let payment = payment(network.params.network(), 1, 2, Amount::from_coins(1), Amount::ZERO, 0);
    node.submit(payment, now).expect("coins enough");
    let outputs: Vec<Output> = std::iter::from_fn(|| node.poll_output()).collect();
    assert!(matches!(&outputs[0], Output::Store(StoreOp::Payment { .. })), "{outputs:?}");
    assert!(outputs[1..].iter().any(|output| matches!(output, Output::Send { .. })));
}

#[test]
fn mining_once_ends_with_the_block_it_mined() {
    let mut network = Network::of_tabs(1, true);
    network.mine(1);
    assert_eq!(network.hosts[1].node.mining(), Mining::Off);
    assert_eq!(network.hosts[1].job, None);
    assert!(network.hosts[1].node.template().is_none());
    let payout = address(1);
    network.with(1, |node, now| node.set_mining(Mining::On { payout }, now));
    let job = network.hosts[1].job.expect("a job");
    let not_a_proof = network.with(1, |node, now| node.mined(job.id, job.header.extra_nonce, job.header.proof, now));
    assert!(not_a_proof.is_err() && network.height(1) == 1, "a worker that is wrong does no harm");
    assert_eq!(network.hosts[1].node.mining(), Mining::On { payout });
}

#[test]
fn a_link_that_ends_while_catching_up_does_not_look_like_the_end_of_it() {
    let mut builder = ChainBuilder::easy();
    builder.mine_many(7, 2_000);
    let mut network = Network::of_tabs(0, true);
    network.hosts[0].node.restore(builder.blocks().iter().cloned()).expect("its own store");
    let tab = network.add(Role::Tab, true);
    network.link(tab, 0);
    while network.height(tab) < 500 {
        network.run(1);
    }
    network.unlink(tab);
    let synced = |network: &Network| {
        network.hosts[tab].events.iter().filter(|event| matches!(event, Event::Synced { .. })).count()
    };
    assert_eq!(synced(&network), 0);
    network.run(60_000);
    network.link(tab, 0);
    network.run(2_000);
    assert_eq!((network.height(tab), synced(&network)), (2_000, 1));
    let received = network.hosts[tab].node.peers()[0].bytes_in;
    assert!(received < 1_500 * 200 + 20_000, "{received} bytes: headers came before and do not come again");
}

#[test]
fn a_node_may_be_moved_between_threads() {
    fn is_send<T: Send>() {}
    is_send::<Node>();
    is_send::<Output>();
    assert!(encode(&Message::Ping(0)).len() == 9);
}
