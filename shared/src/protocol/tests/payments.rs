//! Payments that cannot be made when they come, and can be later: none waits for ever at one node alone.

use super::network::Network;
use super::stranger::Stranger;
use crate::protocol::{Event, Message};
use crate::testing::{ChainBuilder, payment};
use crate::values::{Amount, Block, SignedPayment, TransactionId};

fn waiting(network: &Network, host: usize) -> Vec<TransactionId> {
    network.hosts[host].node.mempool().iter().map(SignedPayment::id).collect()
}

fn import(network: &mut Network, host: usize, blocks: &[Block]) {
    network.with(host, |node, now| node.import(&mut blocks.iter().cloned(), now)).expect("valid blocks");
}

/// A relay, a tab that has 50 coins, and another tab.
fn rich() -> Network {
    let mut network = Network::of_tabs(2, true);
    for _ in 0..5 {
        network.mine(1);
    }
    network.run(1_000);
    network
}

#[test]
fn payments_that_come_before_those_they_follow_are_taken_with_them_and_not_with_the_next_block() {
    let mut stranger = Stranger::at(rich(), 0).greets();
    let room = stranger.network.params.network();
    let pay = |sequence| payment(room, 1, 2, Amount::from_coins(1), Amount::from_units(5), sequence);
    stranger.say(&Message::Payments(vec![pay(3), pay(1), pay(2)]));
    let mut network = stranger.network;
    assert_eq!(waiting(&network, 0), []);
    network.with(1, |node, now| node.submit(pay(0), now)).expect("the next one");
    network.run(1_000);
    for host in 0..3 {
        assert_eq!(waiting(&network, host).len(), 4, "at host {host}");
    }
}

#[test]
fn a_payment_that_another_branch_has_no_coins_for_waits_again_when_its_own_branch_is_back() {
    let mut network = rich();
    let id = network.pay(1, 2, Amount::from_coins(45), Amount::from_units(1_000));
    network.run(1_000);
    assert_eq!(waiting(&network, 2), [id]);
    // Everybody leaves the branch on which the sender has its coins, and comes back to it.
    let ours = network.hosts[0].disk.blocks.clone();
    let mut builder = ChainBuilder::new(network.params.clone());
    builder.mine_many(7, 6);
    import(&mut network, 0, builder.blocks());
    network.run(1_000);
    for host in 0..3 {
        assert_eq!((network.tip(host), waiting(&network, host).len()), (builder.tip().hash(), 0));
    }
    let mut builder = ChainBuilder::new(network.params.clone());
    ours.into_iter().for_each(|block| builder.push(block));
    builder.mine_many(8, 2);
    import(&mut network, 2, builder.blocks());
    network.run(1_000);
    for host in 0..3 {
        assert_eq!((network.tip(host), waiting(&network, host)), (builder.tip().hash(), vec![id]), "at host {host}");
        let is_told = |event: &Event| matches!(event, Event::PaymentReturned { payment } if payment.id() == id);
        assert!(network.hosts[host].events.iter().any(is_told));
        assert!(network.hosts[host].disk.payments.contains_key(&id), "and is kept");
    }
}

#[test]
fn a_payment_on_a_disk_that_lacks_its_senders_blocks_waits_again_when_they_are_there() {
    let mut network = rich();
    let id = network.pay(1, 2, Amount::from_coins(45), Amount::from_units(1_000));
    let blocks = std::mem::take(&mut network.hosts[1].disk.blocks);
    network.restart(1);
    assert_eq!((network.height(1), waiting(&network, 1)), (0, vec![]));
    assert!(network.hosts[1].disk.payments.contains_key(&id), "and is not let go");
    import(&mut network, 1, &blocks);
    assert_eq!(waiting(&network, 1), [id]);
    // One that nothing makes possible is kept too, until its number is used.
    network.hosts[1].disk.blocks.clear();
    network.restart(1);
    let mut builder = ChainBuilder::new(network.params.clone());
    blocks.into_iter().for_each(|block| builder.push(block));
    builder.mine(9, &[builder.pay(1, 3, Amount::from_coins(1), Amount::from_units(5))]);
    import(&mut network, 1, builder.blocks());
    assert_eq!(waiting(&network, 1), []);
    assert!(!network.hosts[1].disk.payments.contains_key(&id));
}
