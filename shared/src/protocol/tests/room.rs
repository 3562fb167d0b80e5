//! Members of the room: who is here, who was here, and who is who.

use super::network::Network;
use crate::protocol::{ConnectError, Event, Role};
use crate::values::{NodeId, NodeName};

#[test]
fn everybody_is_told_who_is_here_and_where_they_stand() {
    let mut network = Network::of_tabs(3, false);
    network.mine(2);
    network.run(1_000);
    let members = network.hosts[1].node.members();
    assert_eq!(members.iter().filter(|member| member.role == Role::Relay).count(), 1);
    let tabs: Vec<_> = members.iter().filter(|member| member.role == Role::Tab).collect();
    assert_eq!(tabs.len(), 2, "itself left out");
    let second = network.hosts[2].node.id();
    assert_eq!(tabs.iter().find(|member| member.id == second).expect("told of").tip.hash, network.tip(2));
}

#[test]
fn the_relay_is_a_member_from_the_first_word_on() {
    let network = Network::of_tabs(1, true);
    let relay = network.hosts[0].node.id();
    assert!(network.hosts[1].node.members().iter().any(|member| member.id == relay && member.online));
}

#[test]
fn a_new_name_is_told_and_a_member_who_leaves_is_remembered() {
    let mut network = Network::of_tabs(2, true);
    network.with(2, |node, now| node.rename(NodeName::new("Ana").expect("a name"), now));
    network.run(1_000);
    let id = network.hosts[2].node.id();
    let seen = |network: &Network| {
        let members = network.hosts[1].node.members();
        members.into_iter().find(|member| member.id == id).expect("told of")
    };
    assert_eq!(seen(&network).name.as_str(), "Ana");
    network.unlink(2);
    network.run(1_000);
    assert!(!seen(&network).online);
    assert!(network.hosts[1].events.iter().any(|event| matches!(event, Event::MemberLeft(member) if member.id == id)));
    assert_eq!(network.with(1, |node, now| node.connect(id, now)).expect("remembered").as_str(), "Ana");
}

#[test]
fn connecting_to_nobody_or_to_oneself_is_refused_by_name() {
    let mut network = Network::of_tabs(1, true);
    let nobody = NodeId::from_bytes([9; 16]);
    let own = network.hosts[1].node.id();
    assert!(matches!(network.with(1, |node, now| node.connect(nobody, now)), Err(ConnectError::Unknown { .. })));
    assert!(matches!(network.with(1, |node, now| node.connect(own, now)), Err(ConnectError::Oneself { .. })));
}

#[test]
fn of_two_links_of_one_node_the_newer_stays() {
    let mut network = Network::of_tabs(2, true);
    network.link(1, 0);
    network.run(1_000);
    // Both ends see it; whichever does first cuts the older link off.
    let cut_off: Vec<_> = network.hosts.iter().flat_map(|host| &host.cut_off).collect();
    assert!(!cut_off.is_empty() && cut_off.iter().all(|(_, receipt)| receipt.rule == "one link a node"), "{cut_off:?}");
    assert_eq!(network.hosts[0].node.peers().len(), 2);
    let id = network.hosts[1].node.id();
    let member = network.hosts[0].node.members().into_iter().find(|member| member.id == id).expect("a member");
    assert!(member.online, "it never left the room");
    network.mine(1);
    network.run(200);
    assert_eq!(network.height(2), 1);
}

#[test]
fn a_peer_is_pinged_and_its_latency_known() {
    let network = Network::of_tabs(1, true);
    let info = network.hosts[1].node.peers().remove(0);
    assert_eq!(info.latency_ms, Some(10));
    assert_eq!(info.role, Some(Role::Relay));
    assert_eq!(info.id, Some(network.hosts[0].node.id()));
}
