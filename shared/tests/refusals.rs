//! The words of refusals: each names the rule, what it asks for and what was there instead. People meet them in the page,
//! in REST and in the log, so they are compared to the letter.

use shared::classic::json::{JsonError, parse};
use shared::export::Format;
use shared::protocol::{ConnectError, MinedError, RestoreError};
use shared::rules::{BlockError, HeaderError, PaymentError};
use shared::state::JobId;
use shared::{
    Address, AddressPrefix, Amount, BlockHash, CompactTarget, Height, Memo, MerkleRoot, NodeId, NodeName, Params,
    PublicKey, Refusal, RoomName, Signature, Target, Timestamp, TransactionId,
};

/// Compares receipts, as they are printed, with what they should say.
#[track_caller]
fn check(refusals: &[(&dyn Refusal, &str)]) {
    for (refusal, expected) in refusals {
        assert_eq!(refusal.receipt().to_string(), *expected);
        let words = refusal.to_string();
        assert!(!words.is_empty() && !words.ends_with('.'), "{words}");
    }
}

fn refused<T>(result: Result<T, impl Refusal>) -> String {
    result.err().expect("a refusal").receipt().to_string()
}

#[test]
fn blocks_are_refused_in_these_words() {
    let root = MerkleRoot::ZERO;
    check(&[
        (
            &BlockError::UnknownHeader { hash: BlockHash::ZERO },
            &format!("header: expected a block whose header is known, found {}", "0".repeat(64)),
        ),
        (&BlockError::Root { expected: root, found: root }, &format!("root: expected {root}, found {root}")),
        (&BlockError::Size { bytes: 262_145 }, "block size: expected at most 262144 bytes, found 262145 bytes"),
        (&BlockError::NoReward, "reward: expected a reward first, found none"),
        (&BlockError::SecondReward { position: 3 }, "reward: expected one reward, found a second as transaction 3"),
        (
            &BlockError::RewardHeight { expected: Height::from(5), found: Height::from(6) },
            "reward height: expected 5, found 6",
        ),
        (
            &BlockError::RewardAmount { allowed: Amount::from_coins(10), paid: Amount::from_coins(11) },
            "reward: expected 10 coins, reward and fees, found 11 coins",
        ),
        (&BlockError::FeesOverflow, "reward: expected at most 18446744073709.551615 coins, found more"),
        (
            &BlockError::SupplyOverflow { supply: Amount::MAX, reward: Amount::from_coins(1) },
            "supply: expected at most 18446744073709.551615 coins in all, found 18446744073709.551615 and 1 more",
        ),
        (
            &BlockError::Payment { id: TransactionId::ZERO, error: PaymentError::NoAmount },
            "amount: expected more than zero coins, found zero, in payment 0000…0000",
        ),
    ]);
}

#[test]
fn headers_are_refused_in_these_words() {
    let (hash, time) = (BlockHash::ZERO, Timestamp::from_ms(9));
    let target = Target::from_compact(CompactTarget::from_bits(0x2000_ffff)).expect("a target");
    let zeros = "0".repeat(64);
    check(&[
        (&HeaderError::Version { found: 2 }, "header version: expected 1, found 2"),
        (
            &HeaderError::UnknownParent { parent: hash },
            &format!("previous hash: expected a block that is known, found {zeros}"),
        ),
        (
            &HeaderError::InvalidParent { parent: hash },
            &format!("previous hash: expected a valid block, found invalid block {zeros}"),
        ),
        (
            &HeaderError::Height { expected: Height::from(3), found: Height::ZERO },
            "height: expected 3, one above the parent, found 0",
        ),
        (
            &HeaderError::Target { expected: CompactTarget::from_bits(1), found: CompactTarget::from_bits(2) },
            "target: expected 0x00000001, found 0x00000002",
        ),
        (
            &HeaderError::TooEarly { median: time, found: time },
            "time: expected later than 9 ms, the median of the blocks before, found 9 ms",
        ),
        (
            &HeaderError::TooFarAhead { latest: Timestamp::from_ms(120_009), found: Timestamp::from_ms(3_600_009) },
            "time: expected at most 2 min ahead of this node's clock, found 1 h 0 min ahead of it",
        ),
        (
            &HeaderError::Work { target, hash },
            &format!("proof of work: expected a hash of at most {target}, found {zeros}"),
        ),
    ]);
}

#[test]
fn payments_are_refused_in_these_words() {
    let (one, sender) = (Amount::from_coins(1), PublicKey::from_bytes([0; 32]));
    check(&[
        (&PaymentError::Size { bytes: 513 }, "transaction size: expected at most 512 bytes, found 513 bytes"),
        (&PaymentError::NoAmount, "amount: expected more than zero coins, found zero"),
        (
            &PaymentError::Overflow { amount: Amount::MAX, fee: one },
            "amount: expected amount and fee of at most 18446744073709.551615 coins together, \
             found 18446744073709.551615 and 1",
        ),
        (&PaymentError::Sequence { expected: 4, found: 6 }, "sequence number: expected 4, the sender's next, found 6"),
        (
            &PaymentError::Balance { cost: one, balance: Amount::ZERO },
            "balance: expected at least 1 coin, amount and fee, found 0 coins",
        ),
        (
            &PaymentError::Signature { sender },
            &format!("signature: expected one by the sender's key {sender}, found one that is not"),
        ),
    ]);
    let error = sender.verify(b"", &Signature::from_bytes([9; 64])).expect_err("no signature");
    check(&[(
        &error,
        &format!("signature: expected a signature by key {sender}, found one that is not valid (Ed25519, ZIP 215)"),
    )]);
}

#[test]
fn what_people_type_is_refused_in_these_words() {
    let prefix = AddressPrefix::new("tab").expect("letters");
    let address = |text: &str| refused(Address::decode(text, &prefix));
    assert_eq!(address(" "), "address: expected an address, found nothing");
    let name = address("swift heron");
    assert!(name.starts_with(
        "address: expected an address, tab1 and 38 characters after it, and no name, found \"swift heron\""
    ));
    let mut slip = Address::from_bytes([7; 20]).encode(&prefix);
    slip.pop();
    let slip = address(&slip);
    assert!(slip.contains("copied whole: a character of this one is wrong or missing, found \"tab1"), "{slip}");
    let other = Address::from_bytes([7; 20]).encode(&AddressPrefix::new("les").expect("letters"));
    assert_eq!(address(&other), "address: expected an address that begins with tab1, found les1…");
    assert_eq!(refused(AddressPrefix::new("Tab")), "address: expected 1 to 8 lower-case letters, found \"Tab\"");
    let letters =
        "name: expected letters, digits, and single spaces, hyphens, dots, apostrophes or underscores between them";
    for (name, words) in [
        ("", "name: expected 1 to 24 characters, found nothing".to_owned()),
        (&"x".repeat(25), "name: expected at most 24 characters, found 25 characters".to_owned()),
        ("a<b", format!("{letters}, found the character <")),
        ("a\u{202e}b", format!("{letters}, found the character U+202E")),
        ("-a", "name: expected a letter or digit at either end, found '-'".to_owned()),
        ("a--b", format!("{letters}, found '-' after another mark")),
    ] {
        assert_eq!(refused(NodeName::new(name)), words);
    }
    assert_eq!(refused(Memo::new("x".repeat(65))), "memo: expected at most 64 bytes, found 65 bytes");
    assert_eq!(refused("7".parse::<NodeId>()), "node id: expected 32 hex digits, found \"7\"");
    assert_eq!(refused("7".parse::<BlockHash>()), "hash: expected 64 hex digits, found \"7\"");
    assert_eq!(refused("xml".parse::<Format>()), "export format: expected json or bytes, found \"xml\"");
    assert_eq!(
        refused(RoomName::new("A")),
        "room name: expected 1 to 32 lower-case letters, digits and hyphens, found \"A\""
    );
}

#[test]
fn parameters_and_targets_are_refused_in_these_words() {
    let with = |change: fn(&mut Params)| {
        let mut params = Params::main();
        change(&mut params);
        refused(params.check())
    };
    assert_eq!(
        with(|params| params.reward = Amount::from_coins(1_001)),
        "reward: expected at most 1000 coins, found 1001 coins"
    );
    assert_eq!(with(|params| params.interval_ms = 99), "interval: expected 100 to 3600000 ms, found 99 ms");
    assert_eq!(
        with(|params| params.half_life_ms = 119_999),
        "half-life: expected 120000 to 2592000000 ms, so that a clock that is 120 s ahead makes a block at most twice as \
         hard, found 119999 ms"
    );
    assert_eq!(
        with(|params| (params.interval_ms, params.half_life_ms) = (200_000, 199_999)),
        "half-life: expected 200000 (the interval) to 2592000000 ms, found 199999 ms"
    );
    for (bits, expected) in [
        (0, "a number above zero"),
        (0x0480_0000, "a number without the sign bit"),
        (0x2200_ffff, "a number of at most 256 bits"),
        (0x0400_0001, "its one form, 0x02010000"),
    ] {
        let found = CompactTarget::from_bits(bits);
        assert_eq!(
            refused(Target::from_compact(found)),
            format!("target encoding: expected {expected}, found {found}")
        );
    }
}

#[test]
fn a_node_refuses_in_these_words() {
    let id = NodeId::from_bytes([0x11; 16]);
    let room = "main".to_owned();
    let hash = BlockHash::ZERO;
    check(&[
        (
            &ConnectError::Unknown { id, room },
            &format!("node: expected the id of a node that is or was in room main, found {id}"),
        ),
        (&ConnectError::Oneself { id }, &format!("node: expected another node, found {id}, which is this node")),
        (
            &RestoreError::OtherNetwork { expected: hash, found: hash },
            &format!("stored chain: expected blocks on genesis {hash}, found a first block on {hash}"),
        ),
        (
            &MinedError::Stale { job: JobId(3) },
            "mining job: expected a job for the next block, found job 3, which is over",
        ),
        (&MinedError::Block(BlockError::NoReward), "reward: expected a reward first, found none"),
    ]);
}

#[test]
fn the_tutorials_json_is_refused_in_these_words() {
    let syntax = parse("[1,").expect_err("cut short");
    assert!(matches!(syntax, JsonError::Syntax { .. }));
    assert_eq!(refused(parse("[1,")).split(':').next(), Some("JSON"));
    for text in ["\"\\ud800\"".to_owned(), "[".repeat(1_000), "9".repeat(10_000), " ".repeat(8 << 20)] {
        let receipt = parse(&text).expect_err("refused").receipt();
        assert!(!receipt.rule.is_empty() && !receipt.expected.is_empty() && !receipt.found.is_empty(), "{receipt}");
    }
}
