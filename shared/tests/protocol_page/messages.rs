//! Examples of messages, one of each, and of the handshake; and every limit by its name.

use shared::protocol::{Agent, Hello, Member, Message, PROTOCOL_VERSION, Role, Status, limits, proof_bytes};
use shared::state::{MEMPOOL_BYTES_MAX, Tip};
use shared::{
    Address, BLOCK_BYTES_MAX, CompactTarget, FUTURE_MS_MAX, HEADER_BYTES, MEDIAN_SPAN, MEMO_BYTES_MAX, NAME_CHARS_MAX,
    NodeId, NodeName, Params, Receipt, SecretKey, TRANSACTION_BYTES_MAX, Target, Timestamp, encode,
};

use crate::Example;
use crate::chain::{blocks, key, payment};

pub(crate) fn examples() -> Vec<Example> {
    vec![handshake(), messages(), limits()]
}

fn relay_key() -> SecretKey {
    SecretKey::from_bytes([9; 32])
}

/// Where a node stands that has the first `height` blocks of the examples.
fn tip(height: usize) -> Tip {
    let (header, target) = (blocks()[height].header, CompactTarget::from_bits(0x1e02_0000));
    let work = Target::from_compact(target).expect("a target").work();
    let work = (0..height).fold(shared::Work::ZERO, |sum, _| sum.saturating_add(work));
    Tip { hash: header.hash(), height: header.height, work, timestamp: header.timestamp }
}

fn status(name: &str, key: &SecretKey, height: usize) -> Status {
    let name = NodeName::new(name).expect("a name");
    Status { name, address: address(key), tip: tip(height), auto_sync: true }
}

/// In the examples nodes are paid by the key that is their identity; real ones have two.
fn address(key: &SecretKey) -> Address {
    key.public().address()
}

fn hello(key: &SecretKey, role: Role, nonce: u8, status: Status) -> Hello {
    Hello {
        version: PROTOCOL_VERSION,
        network: Params::main().network(),
        key: key.public(),
        role,
        agent: Agent::new("example/1"),
        nonce: [nonce; 32],
        status,
    }
}

fn hellos() -> (Hello, Hello) {
    let tab = hello(&key(), Role::Tab, 0x11, status("Ana", &key(), 0));
    let relay = hello(&relay_key(), Role::Relay, 0x22, status("relay", &relay_key(), 2));
    (tab, relay)
}

fn handshake() -> Example {
    let (tab, relay) = hellos();
    let signed = proof_bytes(&tab, &relay);
    let signature = key().sign(&signed);
    Example::new("handshake")
        .hex("Hello of the tab", encode(&Message::Hello(tab.clone())))
        .hex("Hello of the relay", encode(&Message::Hello(relay.clone())))
        .hex("what the tab signs", signed)
        .hex("Proof of the tab", encode(&Message::Proof(signature)))
        .hex("what the relay signs", proof_bytes(&relay, &tab))
        .hex("Proof of the relay", encode(&Message::Proof(relay_key().sign(&proof_bytes(&relay, &tab)))))
}

fn messages() -> Example {
    let blocks = blocks();
    let (genesis, first, second) = (&blocks[0], &blocks[1], &blocks[2]);
    let member = Member {
        id: NodeId::of(&key().public()),
        name: NodeName::new("Ana").expect("a name"),
        address: address(&key()),
        role: Role::Tab,
        tip: tip(1),
        auto_sync: false,
        online: true,
        seen: Timestamp::from_ms(1_767_225_615_000),
    };
    let receipt = Receipt::new("target", "0x1e020000", "0x1f00ffff");
    let locator = vec![first.hash(), genesis.hash()];
    let messages = [
        Message::Ping(1),
        Message::Pong(1),
        Message::GetHeaders { locator: locator.clone(), stop: Some(second.hash()) },
        Message::GetHeaders { locator, stop: None },
        Message::Headers { headers: vec![second.header], more: false },
        Message::Announce(second.header),
        Message::GetBlocks(vec![first.hash()]),
        Message::Blocks(vec![first.clone()]),
        Message::NotFound(vec![second.hash()]),
        Message::GetMempool,
        Message::Payments(vec![payment()]),
        Message::Status(status("Ana", &key(), 2)),
        Message::Members { changed: vec![member], left: vec![NodeId::of(&relay_key().public())] },
        Message::Refused(receipt),
    ];
    messages.iter().fold(Example::new("messages"), |example, message| example.hex(message.name(), encode(message)))
}

fn limits() -> Example {
    Example::new("limits")
        .line("block, bytes", BLOCK_BYTES_MAX)
        .line("header, bytes", HEADER_BYTES)
        .line("transaction, bytes", TRANSACTION_BYTES_MAX)
        .line("memo, bytes", MEMO_BYTES_MAX)
        .line("blocks of the median time", MEDIAN_SPAN)
        .line("time ahead of the clock, ms", FUTURE_MS_MAX)
        .line("mempool, bytes", MEMPOOL_BYTES_MAX)
        .line("name, characters", NAME_CHARS_MAX)
        .line("message, bytes", limits::MESSAGE_BYTES_MAX)
        .line("headers in a message", limits::HEADERS_MAX)
        .line("hashes in a locator", limits::LOCATOR_MAX)
        .line("hashes in GetBlocks and NotFound", limits::GET_BLOCKS_MAX)
        .line("blocks or payments after which a message is sent, bytes", limits::BATCH_BYTES)
        .line("payments in a message", limits::PAYMENTS_MAX)
        .line("members in a message", limits::MEMBERS_MAX)
        .line("announcements with unknown parents in a row", limits::ORPHANS_MAX)
        .line("message before the handshake is done, bytes", limits::HANDSHAKE_BYTES_MAX)
        .line("answers to a peer at once, bytes", limits::ANSWER_BYTES_MAX)
        .line("answers to a peer each ms, bytes", limits::ANSWER_BYTES_PER_MS)
        .line("blocks that may wait to be sent to a peer", limits::BLOCKS_OWED_MAX)
        .line("requests for headers of a peer that may wait", limits::HEADERS_OWED_MAX)
        .line("payments of a peer kept until they can be judged", limits::UNJUDGED_MAX)
        .line("body, while others keep coming, ms", limits::BODY_MS)
        .line("handshake, ms", limits::HANDSHAKE_MS)
        .line("from ping to ping, ms", limits::PING_MS)
        .line("silence, ms", limits::SILENCE_MS)
        .line("request, ms", limits::REQUEST_MS)
        .line("look for more work, ms", limits::RESYNC_MS)
        .line("Replace chain without progress, ms", limits::REPLACE_MS)
        .line("bodies under way from a peer, bytes", limits::IN_FLIGHT_BYTES)
        .line("bodies under way from a peer", limits::IN_FLIGHT_MAX)
        .line("branches fetched at once", limits::WANTED_MAX)
        .line("blocks beside the chain, of no more work", limits::LOW_WORK_BLOCKS_MAX)
        .line("bytes beside the chain, of no more work", limits::LOW_WORK_BYTES_MAX)
        .line("headers looked through before they are kept", limits::PRESYNC_HEADERS_MAX)
        .line("headers for each that is marked", limits::PRESYNC_MARK_SPAN)
        .line("peers whose headers are looked through at once", limits::PRESYNCS_MAX)
        .line("payments known to a peer", limits::KNOWN_PAYMENTS_MAX)
        .line("members remembered by a tab", limits::ROSTER_MAX)
        .line("members gone that a newcomer is told of", limits::ABSENT_TOLD_MAX)
        .line("members gone that a relay remembers", limits::ABSENT_KEPT_MAX)
        .line("nodes that a relay bars", limits::BARRED_MAX)
        .line("barred by a relay, ms", limits::BAR_MS)
        .line("changes of members gathered, ms", limits::ROSTER_MS)
        .line("members told in that time, bytes", limits::ROSTER_BYTES)
}
