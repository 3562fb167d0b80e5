//! A node says how much it keeps, and never keeps more than it says it may.

use super::network::Network;
use super::stranger::Stranger;
use crate::protocol::Message;
use crate::protocol::limits::UNJUDGED_MAX;
use crate::testing::payment;
use crate::values::Amount;

fn kept(network: &Network, host: usize, what: &str) -> usize {
    let gauges = network.hosts[host].node.gauges();
    assert!(gauges.iter().all(|gauge| gauge.kept <= gauge.max), "{gauges:?}");
    gauges.iter().find(|gauge| gauge.what == what).expect("a gauge of this name").kept
}

#[test]
fn a_node_says_how_much_it_keeps() {
    let mut network = Network::of_tabs(2, true);
    assert_eq!(kept(&network, 0, "bytes of payments that wait"), 0);
    network.mine(1);
    network.run(1_000);
    network.pay(1, 2, Amount::from_coins(1), Amount::from_units(1_000));
    network.run(1_000);
    assert_eq!(kept(&network, 0, "bytes of payments that wait"), network.hosts[0].node.mempool().bytes());
    assert!(kept(&network, 0, "bytes of payments that wait") > 0);
    assert_eq!(kept(&network, 0, "payments known to a peer"), 1);
    assert_eq!(kept(&network, 0, "payments remembered as signed"), 1);
    assert_eq!(kept(&network, 0, "keys that are kept parsed"), 1);
    assert_eq!(kept(&network, 1, "members that are remembered"), 2, "the relay and the other tab");
}

#[test]
fn what_a_peer_sends_too_much_of_is_kept_up_to_the_limit() {
    let mut stranger = Stranger::greeted();
    let network = stranger.network.params.network();
    // Nobody has coins yet, so all of these may fit later.
    let pay = |from| payment(network, from, 2, Amount::from_coins(1), Amount::from_units(5), 0);
    stranger.say(&Message::Payments((0..2 * UNJUDGED_MAX as u64).map(pay).collect()));
    assert_eq!(kept(&stranger.network, 0, "payments of a peer that may fit later"), UNJUDGED_MAX);
}
