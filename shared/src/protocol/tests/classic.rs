//! A classic room: its members know each other, and its sealed chain stays at the genesis.

use super::network::Network;
use super::stranger::Stranger;
use crate::protocol::{Message, Mining, Output};
use crate::rules::receipt::Refusal;
use crate::state::MempoolError;
use crate::testing::{address, easy_params, payment};
use crate::values::{Amount, Params, RoomName, SignedPayment};
use crate::{NodeName, Rules};

fn params() -> Params {
    let params = Params { room: RoomName::new("classic-7b").expect("a name"), ..easy_params() };
    assert_eq!(params.rules(), Rules::Classic);
    params
}

fn room() -> Network {
    Network::of_tabs_with(params(), 2, true)
}

fn a_payment() -> SignedPayment {
    payment(params().network(), 1, 2, Amount::from_coins(1), Amount::ZERO, 0)
}

#[test]
fn members_are_told_of_each_other_as_in_any_room() {
    let mut network = room();
    network.with(2, |node, now| node.rename(NodeName::new("Ana").expect("a name"), now));
    network.run(1_000);
    let second = network.hosts[2].node.id();
    let members = network.hosts[1].node.members();
    assert_eq!(members.iter().find(|member| member.id == second).expect("told of").name.as_str(), "Ana");
    assert_eq!(network.with(1, |node, now| node.connect(second, now)).expect("it is here").as_str(), "Ana");
    network.with(1, |node, now| node.replace_chain(now));
    network.run(60_000);
    assert!(network.hosts.iter().all(|host| host.cut_off.is_empty()), "nobody breaks a rule by asking");
}

#[test]
fn a_payment_of_this_node_is_refused_with_a_receipt() {
    let mut network = room();
    let error = network.with(1, |node, now| node.submit(a_payment(), now)).expect_err("a classic room");
    assert_eq!(error, MempoolError::ClassicRoom);
    assert_eq!(error.receipt().rule, "room");
    assert!(network.hosts[1].disk.payments.is_empty());
}

#[test]
fn nothing_is_mined() {
    let mut network = room();
    for mining in [Mining::On { payout: address(1) }, Mining::Once { payout: address(1) }] {
        let node = &mut network.hosts[1].node;
        node.set_mining(mining, network.now);
        let outputs: Vec<Output> = std::iter::from_fn(|| node.poll_output()).collect();
        assert_eq!(outputs, [Output::Mine(None)]);
        assert_eq!((node.mining(), node.template().is_some()), (Mining::Off, false));
    }
}

#[test]
fn what_an_earlier_store_holds_is_left_out() {
    let mut network = room();
    let block = Stranger::at(room(), 0).builder().mine(1, &[]);
    let node = &mut network.hosts[1].node;
    assert_eq!(node.restore(std::iter::once(block)), Ok(0));
    node.restore_payments([a_payment()]);
    assert_eq!((network.height(1), network.hosts[1].node.mempool().len()), (0, 0));
}

#[test]
fn whoever_has_a_block_a_payment_or_a_chain_for_it_is_cut_off() {
    let block = Stranger::at(room(), 0).builder().mine(1, &[]);
    let tip = {
        let stranger = Stranger::at(room(), 0);
        let mut builder = stranger.builder();
        builder.mine(1, &[]);
        builder.chain().tip()
    };
    let status = Stranger::at(room(), 0).status(tip);
    for (message, what) in [
        (Message::Announce(block.header), "a header"),
        (Message::Headers { headers: vec![block.header], more: false }, "headers"),
        (Message::Blocks(vec![block]), "blocks"),
        (Message::Payments(vec![a_payment()]), "payments"),
        (Message::Status(status), "a chain"),
    ] {
        let mut stranger = Stranger::at(room(), 0).greets();
        stranger.is_not_cut_off();
        stranger.say(&message);
        expect_cut_off(&stranger, what);
    }
    let mut stranger = Stranger::at(room(), 0);
    let mut hello = stranger.hello();
    hello.status.tip = tip;
    stranger.say(&Message::Hello(hello));
    expect_cut_off(&stranger, "a chain");
}

#[track_caller]
fn expect_cut_off(stranger: &Stranger, what: &str) {
    let host = &stranger.network.hosts[0];
    let [(peer, receipt)] = &host.cut_off[..] else { panic!("one peer is cut off, not {:?}", host.cut_off) };
    assert_eq!((*peer, receipt.rule.as_str()), (stranger.peer, "room"));
    assert!(receipt.found.starts_with(what), "{receipt}");
    assert_eq!(stranger.heard().last(), Some(&Message::Refused(receipt.clone())));
    assert_eq!(stranger.network.height(0), 0);
}

#[test]
fn whoever_has_none_is_not() {
    let mut stranger = Stranger::at(room(), 0).greets();
    for message in [
        Message::Payments(Vec::new()),
        Message::GetMempool,
        Message::Status(stranger.status(stranger.network.hosts[0].node.chain().tip())),
        Message::GetHeaders { locator: Vec::new(), stop: None },
    ] {
        stranger.say(&message);
        stranger.is_not_cut_off();
    }
}
