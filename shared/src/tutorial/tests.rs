//! The tutorial's way through, on a node.

use super::*;
use crate::exchange::{Answer, Body};
use crate::protocol::{Config, Node, Role};
use crate::state::MemoryBodies;
use crate::testing::{ChainBuilder, address, easy_params, key};
use crate::values::{Amount, NodeId, NodeName, Timestamp};

/// A node of key 1, which has mined two blocks, and the time.
fn setting() -> (Node, Timestamp) {
    let mut builder = ChainBuilder::easy();
    builder.mine_many(1, 2);
    let name = NodeName::from_id(&NodeId::of(&key(1).public()));
    let config = Config { role: Role::Tab, name, agent: String::new(), auto_sync: true, address: address(1) };
    let mut node = Node::new(config, easy_params(), key(1), [7; 32], Box::new(MemoryBodies::default()));
    node.restore(builder.blocks().iter().cloned()).expect("this network's");
    (node, builder.now())
}

fn add(node: &mut Node, now: Timestamp, body: &str) -> (u16, String) {
    let (key, contacts) = (key(1), [("Ana".to_owned(), address(2))]);
    let keys = [OwnKey { label: "savings", key: &key }];
    let answer = add_transaction(node, &Wallet { keys: &keys, contacts: &contacts }, body, now);
    match answer {
        Answer { status, body: Body::Json(text) | Body::Text(text) } => (status, text),
        Answer { .. } => panic!("a text"),
    }
}

#[test]
fn the_tutorials_payment_works_as_written_once_the_sender_has_coins() {
    let (mut node, now) = setting();
    let sender = node.name().as_str().to_owned();
    let body = format!("{{\"sender\": \"{sender}\", \"receiver\": \"Ana\", \"amount\": 5}}");
    let (status, text) = add(&mut node, now, &body);
    assert_eq!(status, 201, "{text}");
    assert!(text.starts_with("{\"message\":\"transaction added in the block 4\",\"transaction\":\""), "{text}");
    assert!(text.contains("\"amount\":5,"), "{text}");
    let ana = address(2).encode(&node.params().address_prefix);
    let means = format!("\"receiver_name\":{{\"name\":\"Ana\",\"who\":\"a contact\",\"address\":\"{ana}\",\"note\":");
    assert!(text.contains(&means), "{text}");
    let waiting = node.mempool().arriving(&address(2));
    assert_eq!(waiting, Amount::from_coins(5));
    let (status, text) = add(&mut node, now, "{\"sender\":\"savings\",\"receiver\":\"Ana\",\"amount\":15.000000}");
    assert_eq!(status, 201, "a second payment follows the first: {text}");
}

#[test]
fn what_cannot_be_paid_is_refused_with_the_receipt() {
    let (mut node, now) = setting();
    for (sender, receiver, amount, rule) in [
        ("savings", "Ana", "20.000001", "balance"),
        ("savings", "Ana", "0", "amount"),
        ("savings", "Ana", "0.0000001", "amount"),
        ("savings", "Ben", "1", "receiver"),
        ("Ana", "savings", "1", "sender"),
    ] {
        let body = format!("{{\"sender\":\"{sender}\",\"receiver\":\"{receiver}\",\"amount\":{amount}}}");
        let (status, text) = add(&mut node, now, &body);
        assert_eq!(status, 400);
        assert!(text.starts_with(&format!("{{\"rule\":\"{rule}\",\"expected\":\"")), "{text}");
    }
    let (status, text) = add(&mut node, now, "{\"sender\":\"savings\",\"receiver\":\"Ana\"}");
    assert_eq!((status, text.as_str()), (400, "elements of transaction missing"));
    assert!(node.mempool().is_empty());
}

#[test]
fn the_chain_is_named_by_its_tip() {
    let (node, _) = setting();
    let answer = super::chain(node.chain());
    assert_eq!(answer, Answer { status: 200, body: Body::Chain { tip: node.chain().tip().hash } });
}
