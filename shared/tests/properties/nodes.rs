//! Nodes: whatever is said to one, it keeps its limits; whatever two have, they come to the chain with the most work.

use std::collections::VecDeque;

use proptest::prelude::*;
use shared::protocol::{Config, MESSAGE_BYTES_MAX, Node, Output, PeerId, Role, StoreOp};
use shared::state::MemoryBodies;
use shared::testing::address;
use shared::{Block, NodeName, Params, Seed, Timestamp, decode, encode};

use crate::fixtures::{FORKS, late, signed, trivial_params};
use crate::wire;

/// The link between two nodes, at either end.
const PEER: PeerId = PeerId(1);
/// More messages than any two nodes here exchange.
const MESSAGES_MAX: usize = 200;

fn node(number: u8, role: Role, params: Params, blocks: &[Block]) -> Node {
    let config = Config {
        role,
        name: NodeName::new("node").expect("letters"),
        agent: "test".to_owned(),
        auto_sync: true,
        address: address(number.into()),
    };
    let key = Seed::from_bytes([number; 32]).node_key();
    let mut node = Node::new(config, params, key, [number; 32], Box::new(MemoryBodies::default()));
    node.restore(blocks.iter().cloned()).expect("its own network");
    node
}

/// Performs what a node wants until it wants nothing more. Returns what is to be sent, and what is to be stored.
fn perform(node: &mut Node) -> (Vec<Vec<u8>>, Vec<StoreOp>, bool) {
    let (mut sent, mut stored, mut is_cut_off) = (Vec::new(), Vec::new(), false);
    while let Some(output) = node.poll_output() {
        match output {
            Output::Send { bytes, .. } => sent.push(bytes),
            Output::Store(op) => stored.push(op),
            Output::CutOff { .. } => is_cut_off = true,
            Output::Mine(_) | Output::Event(_) => {}
        }
    }
    (sent, stored, is_cut_off)
}

/// Links two nodes and carries their messages until there are none.
fn talk(one: &mut Node, other: &mut Node, now: Timestamp) -> Result<(), TestCaseError> {
    one.peer_joined(PEER, now);
    other.peer_joined(PEER, now);
    let mut under_way: VecDeque<(bool, Vec<u8>)> = VecDeque::new();
    let mut count = 0;
    loop {
        for (is_one, node) in [(true, &mut *one), (false, &mut *other)] {
            let (sent, _, is_cut_off) = perform(node);
            prop_assert!(!is_cut_off, "two honest nodes get on");
            under_way.extend(sent.into_iter().map(|bytes| (is_one, bytes)));
        }
        let Some((is_from_one, bytes)) = under_way.pop_front() else { return Ok(()) };
        prop_assert!(bytes.len() <= MESSAGE_BYTES_MAX);
        if is_from_one {
            other.receive(PEER, &bytes, now)
        } else {
            one.receive(PEER, &bytes, now)
        }
        count += 1;
        prop_assert!(count <= MESSAGES_MAX, "they never stop talking");
    }
}

proptest! {
    #![proptest_config(crate::config())]

    #[test]
    fn two_nodes_come_to_the_chain_with_the_most_work_and_store_all_of_it(mine in 0..5_usize, theirs in 0..5_usize, at: prop::sample::Index, fee in 0..3_usize) {
        let length = at.index(FORKS[mine].len() + 1);
        let mut one = node(1, Role::Relay, trivial_params(), &FORKS[mine][..length]);
        let mut other = node(2, Role::Tab, trivial_params(), &FORKS[theirs]);
        let most = one.chain().tip().work.max(other.chain().tip().work);
        let payment = signed(1, 0, fee);
        let is_waiting = other.submit(payment.clone(), late()).is_ok();
        talk(&mut one, &mut other, late())?;
        prop_assert_eq!((one.chain().tip().work, other.chain().tip().work), (most, most));
        let payment_is_everywhere = [&one, &other].iter().all(|node| node.mempool().contains(&payment.id()));
        let still_fits = one.ledger().account(&payment.payment.sender.address()).next_sequence == 0;
        prop_assert!(!is_waiting || !still_fits || payment_is_everywhere);
    }

    #[test]
    fn whatever_a_stranger_says_it_is_answered_or_cut_off_and_nothing_is_stored(said in prop::collection::vec(wire::messages(), 1..3), garbage in prop::collection::vec(any::<u8>(), 0..30)) {
        let mut node = node(1, Role::Relay, trivial_params(), &[]);
        node.peer_joined(PEER, late());
        let mut is_over = false;
        for bytes in said.iter().map(encode).chain([garbage]) {
            node.receive(PEER, &bytes, late());
            let (sent, stored, is_cut_off) = perform(&mut node);
            prop_assert_eq!(stored, vec![], "a stranger has proved nothing");
            prop_assert!(!is_over || sent.is_empty(), "whoever is cut off is told nothing more");
            is_over |= is_cut_off;
        }
        prop_assert_eq!(node.chain().tip().hash, node.chain().genesis_hash());
        prop_assert_eq!(node.peers().is_empty(), is_over);
    }

    #[test]
    fn what_a_node_stores_is_what_it_comes_back_with(mine in 0..5_usize, theirs in 0..5_usize, fee in 0..3_usize) {
        let mut one = node(1, Role::Relay, trivial_params(), &[]);
        let (mut blocks, mut payments) = (Vec::new(), Vec::new());
        let mut iterator = FORKS[mine].iter().chain(&FORKS[theirs]).cloned();
        while one.import(&mut iterator, late()).expect("valid").seen > 0 {}
        let _ = one.submit(signed(1, 0, fee).clone(), late());
        for op in perform(&mut one).1 {
            match op {
                StoreOp::Block { bytes, .. } => blocks.push(decode::<Block>(&bytes).expect("a block")),
                StoreOp::Payment { bytes, .. } => payments.push(decode(&bytes).expect("a payment")),
                StoreOp::PaymentGone { .. } | StoreOp::Member(_) | StoreOp::MemberGone { .. } => {}
            }
        }
        let mut again = node(1, Role::Relay, trivial_params(), &blocks);
        again.restore_payments(payments);
        prop_assert_eq!(again.chain().tip(), one.chain().tip());
        prop_assert_eq!(again.ledger(), one.ledger());
        prop_assert!(again.mempool().iter().eq(one.mempool().iter()));
    }
}
