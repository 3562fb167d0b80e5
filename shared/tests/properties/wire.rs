//! Values of every type that is sent, hashed or stored.

use proptest::prelude::*;
use shared::exchange::{Answer, Body, Request, ToMember, ToRelay};
use shared::protocol::{Agent, Hello, Member, Message, Role, Status};
use shared::state::Tip;
use shared::{
    Address, AddressPrefix, Amount, Block, BlockHash, CompactTarget, ExtraNonce, Header, Height, Memo, MerkleRoot,
    NetworkId, NodeId, NodeName, Params, Payment, Proof, PublicKey, Receipt, Reward, RoomName, Signature,
    SignedPayment, Timestamp, Transaction, Work, decode,
};

pub(crate) fn hashes() -> impl Strategy<Value = BlockHash> {
    any::<[u8; 32]>().prop_map(BlockHash::from_bytes)
}

fn addresses() -> impl Strategy<Value = Address> {
    any::<[u8; 20]>().prop_map(Address::from_bytes)
}

fn names() -> impl Strategy<Value = NodeName> {
    any::<[u8; 16]>().prop_map(|bytes| NodeName::from_id(&NodeId::from_bytes(bytes)))
}

fn work() -> impl Strategy<Value = Work> {
    any::<[u8; 32]>().prop_map(|bytes| decode(&bytes).expect("any 32 bytes are a number"))
}

pub(crate) fn headers() -> impl Strategy<Value = Header> {
    let first = (any::<u32>(), hashes(), any::<u64>(), any::<u64>());
    let rest = (any::<[u8; 12]>(), any::<[u8; 32]>(), any::<u32>(), any::<u128>());
    (first, rest).prop_map(|((version, previous_hash, height, time), (extra, root, target, proof))| Header {
        version,
        previous_hash,
        height: Height::from(height),
        timestamp: Timestamp::from_ms(time),
        extra_nonce: ExtraNonce(extra),
        root: MerkleRoot::from_bytes(root),
        target: CompactTarget::from_bits(target),
        proof: Proof(proof),
    })
}

pub(crate) fn payments() -> impl Strategy<Value = SignedPayment> {
    let who = (any::<[u8; 32]>(), any::<[u8; 32]>(), addresses());
    let what = (any::<u64>(), any::<u64>(), any::<u64>(), "[a-zé]{0,20}");
    (who, what, any::<[u8; 64]>()).prop_map(
        |((network, sender, receiver), (amount, fee, sequence, memo), signature)| {
            let payment = Payment {
                network: NetworkId::from_bytes(network),
                sender: PublicKey::from_bytes(sender),
                receiver,
                amount: Amount::from_units(amount),
                fee: Amount::from_units(fee),
                sequence,
                memo: Memo::new(memo).expect("at most 40 bytes"),
            };
            SignedPayment { payment, signature: Signature::from_bytes(signature) }
        },
    )
}

pub(crate) fn transactions() -> impl Strategy<Value = Transaction> {
    let rewards = (any::<u64>(), addresses(), any::<u64>()).prop_map(|(height, receiver, amount)| {
        Transaction::Reward(Reward { height: Height::from(height), receiver, amount: Amount::from_units(amount) })
    });
    prop_oneof![rewards, payments().prop_map(Transaction::Payment)]
}

pub(crate) fn blocks() -> impl Strategy<Value = Block> {
    let transactions = prop::collection::vec(transactions(), 0..4);
    (headers(), transactions).prop_map(|(header, transactions)| Block { header, transactions })
}

pub(crate) fn params() -> impl Strategy<Value = Params> {
    let numbers = (any::<u64>(), 0..4_000_000_u64, 0..3_000_000_000_u64, any::<u32>(), any::<u64>());
    ("[a-z0-9-]{1,32}", "[a-z]{1,8}", numbers).prop_map(
        |(room, prefix, (reward, interval, half_life, target, time))| Params {
            room: RoomName::new(room).expect("letters"),
            address_prefix: AddressPrefix::new(prefix).expect("letters"),
            reward: Amount::from_units(reward),
            interval_ms: interval,
            half_life_ms: half_life,
            target_limit: CompactTarget::from_bits(target),
            genesis_time: Timestamp::from_ms(time),
        },
    )
}

fn tips() -> impl Strategy<Value = Tip> {
    (hashes(), any::<u64>(), work(), any::<u64>()).prop_map(|(hash, height, work, time)| Tip {
        hash,
        height: Height::from(height),
        work,
        timestamp: Timestamp::from_ms(time),
    })
}

fn roles() -> impl Strategy<Value = Role> {
    prop_oneof![Just(Role::Tab), Just(Role::Relay), Just(Role::Bridge)]
}

fn statuses() -> impl Strategy<Value = Status> {
    (names(), addresses(), tips(), any::<bool>()).prop_map(|(name, address, tip, auto_sync)| Status {
        name,
        address,
        tip,
        auto_sync,
    })
}

fn hellos() -> impl Strategy<Value = Hello> {
    let keys = (any::<u16>(), any::<[u8; 32]>(), any::<[u8; 32]>(), any::<[u8; 32]>());
    (keys, roles(), "[ -é]{0,9}", statuses()).prop_map(|((version, network, key, nonce), role, agent, status)| Hello {
        version,
        network: NetworkId::from_bytes(network),
        key: PublicKey::from_bytes(key),
        role,
        agent: Agent::new(&agent),
        nonce,
        status,
    })
}

fn members() -> impl Strategy<Value = Member> {
    (any::<[u8; 16]>(), roles(), statuses(), any::<bool>(), any::<u64>()).prop_map(
        |(id, role, Status { name, address, tip, auto_sync }, online, seen)| Member {
            id: NodeId::from_bytes(id),
            name,
            address,
            role,
            tip,
            auto_sync,
            online,
            seen: Timestamp::from_ms(seen),
        },
    )
}

fn receipts() -> impl Strategy<Value = Receipt> {
    ("\\PC{0,4}", "\\PC{0,4}", "\\PC{0,4}").prop_map(|(rule, expected, found)| Receipt::new(rule, expected, found))
}

/// Every message of the protocol.
pub(crate) fn messages() -> impl Strategy<Value = Message> {
    let some_hashes = || prop::collection::vec(hashes(), 0..4);
    prop_oneof![
        hellos().prop_map(Message::Hello),
        any::<[u8; 64]>().prop_map(|bytes| Message::Proof(Signature::from_bytes(bytes))),
        any::<u64>().prop_map(Message::Ping),
        any::<u64>().prop_map(Message::Pong),
        (some_hashes(), prop::option::of(hashes())).prop_map(|(locator, stop)| Message::GetHeaders { locator, stop }),
        (prop::collection::vec(headers(), 0..3), any::<bool>())
            .prop_map(|(headers, more)| Message::Headers { headers, more }),
        headers().prop_map(Message::Announce),
        some_hashes().prop_map(Message::GetBlocks),
        prop::collection::vec(blocks(), 0..3).prop_map(Message::Blocks),
        some_hashes().prop_map(Message::NotFound),
        Just(Message::GetMempool),
        prop::collection::vec(payments(), 0..3).prop_map(Message::Payments),
        statuses().prop_map(Message::Status),
        (prop::collection::vec(members(), 0..3), prop::collection::vec(any::<[u8; 16]>(), 0..3)).prop_map(
            |(changed, left)| Message::Members { changed, left: left.into_iter().map(NodeId::from_bytes).collect() }
        ),
        receipts().prop_map(Message::Refused),
    ]
}

fn requests() -> impl Strategy<Value = Request> {
    let words = ("GET|POST|HEAD|\\PC{0,5}", "/[a-z_]{0,12}|\\PC{0,4}", "[a-z=&]{0,9}", "\\PC{0,6}");
    let more =
        (prop::option::of("[a-z]{1,6}/[a-z+]{1,6}"), prop::option::of("\\PC{0,4}"), prop::option::of("\\PC{0,4}"));
    (any::<u64>(), words, more, any::<bool>(), any::<u64>()).prop_map(
        |(number, (method, path, query, body), (content_type, token, agent), is_foreign, within_ms)| Request {
            number,
            method,
            path,
            query,
            content_type,
            body,
            token,
            agent,
            is_foreign,
            within_ms,
        },
    )
}

fn answers() -> impl Strategy<Value = Answer> {
    let bodies = prop_oneof![
        "\\PC{0,6}".prop_map(Body::Json),
        "\\PC{0,6}".prop_map(Body::Text),
        hashes().prop_map(|tip| Body::Chain { tip }),
        (hashes(), any::<bool>(), "\\PC{0,6}").prop_map(|(tip, replaced, nodes)| Body::Replaced {
            tip,
            replaced,
            nodes
        }),
    ];
    (any::<u16>(), bodies).prop_map(|(status, body)| Answer { status, body })
}

/// What a relay says to a member in text frames.
pub(crate) fn to_member() -> impl Strategy<Value = ToMember> {
    prop_oneof![
        requests().prop_map(ToMember::Request),
        any::<u64>().prop_map(|number| ToMember::Cancel { number }),
        (any::<u64>(), prop::result::maybe_ok("\\PC{0,6}", receipts()))
            .prop_map(|(number, result)| ToMember::Fetched { number, result }),
    ]
}

/// What a member says to its relay in text frames.
pub(crate) fn to_relay() -> impl Strategy<Value = ToRelay> {
    prop_oneof![
        (any::<u64>(), answers()).prop_map(|(number, answer)| ToRelay::Answer { number, answer }),
        (any::<u64>(), "\\PC{0,6}").prop_map(|(number, netloc)| ToRelay::Fetch { number, netloc }),
        "\\PC{0,6}".prop_map(|chain| ToRelay::Keep { chain }),
    ]
}
