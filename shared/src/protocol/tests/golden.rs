//! The bytes of every message, pinned: a change here is another protocol version.

use crate::protocol::{Agent, Hello, Member, Message, Role, Status};
use crate::rules::receipt::Receipt;
use crate::state::Tip;
use crate::testing::{ChainBuilder, address, easy_params, key};
use crate::values::{Amount, BlockHash, Height, NodeId, NodeName, PublicKey, Signature, Timestamp, Work};
use crate::{decode, encode};

fn messages() -> Vec<Message> {
    let tip = Tip {
        hash: BlockHash::from_bytes([1; 32]),
        height: Height::from(2),
        work: Work::ZERO,
        timestamp: Timestamp::from_ms(3),
    };
    let name = NodeName::new("Ana").expect("a name");
    let status = Status { name: name.clone(), address: address(1), tip, auto_sync: true };
    let member = Member {
        id: NodeId::from_bytes([4; 16]),
        name,
        address: address(1),
        role: Role::Tab,
        tip,
        auto_sync: false,
        online: true,
        seen: Timestamp::from_ms(5),
    };
    let mut builder = ChainBuilder::easy();
    let block = builder.mine(1, &[]);
    let payment = builder.pay(1, 2, Amount::from_coins(4), Amount::from_units(100_000));
    vec![
        Message::Hello(Hello {
            version: 1,
            network: easy_params().network(),
            key: PublicKey::from_bytes([6; 32]),
            role: Role::Relay,
            agent: Agent::new("test"),
            nonce: [7; 32],
            status: status.clone(),
        }),
        Message::Proof(Signature::from_bytes([8; 64])),
        Message::Ping(9),
        Message::Pong(9),
        Message::GetHeaders { locator: vec![BlockHash::from_bytes([1; 32])], stop: None },
        Message::Headers { headers: vec![block.header], more: true },
        Message::Announce(block.header),
        Message::GetBlocks(vec![BlockHash::from_bytes([1; 32])]),
        Message::Blocks(vec![block]),
        Message::NotFound(vec![BlockHash::from_bytes([1; 32])]),
        Message::GetMempool,
        Message::Payments(vec![payment]),
        Message::Status(status),
        Message::Members { changed: vec![member], left: vec![NodeId::from_bytes([10; 16])] },
        Message::Refused(Receipt::new("rule", "expected", "found")),
        // The signature of a key that is not secret, so that the key itself is pinned too.
        Message::Proof(key(1).sign(b"golden")),
    ]
}

#[test]
fn the_bytes_of_every_message_are_pinned() {
    let written: String =
        messages().iter().map(|message| format!("{} {}\n", message.name(), hex::encode(encode(message)))).collect();
    assert_eq!(written, include_str!("../../../golden/messages.txt"));
}

#[test]
fn every_message_decodes_to_itself_and_no_shorter_one_decodes() {
    for message in messages() {
        let bytes = encode(&message);
        assert_eq!(decode(&bytes), Ok(message));
        assert!((0..bytes.len()).all(|cut| decode::<Message>(&bytes[..cut]).is_err()));
    }
}
