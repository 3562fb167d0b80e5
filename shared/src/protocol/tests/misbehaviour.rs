//! Peers that break rules: each is cut off, the rule is named, and nobody else notices.

use super::network::Network;
use crate::protocol::limits::{GET_BLOCKS_MAX, HANDSHAKE_MS, MESSAGE_BYTES_MAX, ORPHANS_MAX, SILENCE_MS};
use crate::protocol::{Hello, Message, PROTOCOL_VERSION, PeerId, Role, Status, proof_bytes};
use crate::testing::{ChainBuilder, address, key, solve, solve_header};
use crate::values::{Amount, BlockHash, NetworkId, NodeName, Proof, SecretKey, Signature};
use crate::{decode, encode};

/// A peer that says what the test wants, from a link of the relay.
struct Stranger {
    network: Network,
    peer: PeerId,
    key: SecretKey,
}

impl Stranger {
    /// Linked, and not yet greeted.
    fn new() -> Self {
        let mut network = Network::of_tabs(1, true);
        let peer = network.link_to_test(0);
        Self { network, peer, key: key(1_000) }
    }

    /// Linked and greeted.
    fn greeted() -> Self {
        let mut stranger = Self::new();
        let hello = stranger.hello();
        stranger.say(&Message::Hello(hello.clone()));
        let theirs = stranger.heard().into_iter().find_map(|message| match message {
            Message::Hello(hello) => Some(hello),
            _ => None,
        });
        let proof = stranger.key.sign(&proof_bytes(&hello, &theirs.expect("a node greets first")));
        stranger.say(&Message::Proof(proof));
        assert!(
            stranger.network.hosts[0].node.peers().iter().any(|info| info.peer == stranger.peer && info.id.is_some())
        );
        stranger
    }

    fn hello(&self) -> Hello {
        Hello {
            version: PROTOCOL_VERSION,
            network: self.network.params.network(),
            key: self.key.public(),
            role: Role::Tab,
            agent: crate::protocol::Agent::new("stranger"),
            nonce: [7; 32],
            status: Status {
                name: NodeName::new("stranger").expect("a name"),
                address: address(1_000),
                tip: self.network.hosts[0].node.chain().tip(),
                auto_sync: true,
            },
        }
    }

    fn say(&mut self, message: &Message) {
        self.say_bytes(&encode(message));
    }

    fn say_bytes(&mut self, bytes: &[u8]) {
        let peer = self.peer;
        self.network.deliver(0, peer, bytes);
    }

    fn heard(&self) -> Vec<Message> {
        self.network.hosts[0].heard.iter().map(|bytes| decode(bytes).expect("a message")).collect()
    }

    /// It is cut off by this rule, was told so, and the others go on.
    #[track_caller]
    fn expect_cut_off_by(mut self, rule: &str) {
        let [(peer, receipt)] = &self.network.hosts[0].cut_off[..] else {
            panic!("one peer is cut off, not {:?}", self.network.hosts[0].cut_off)
        };
        assert_eq!((*peer, receipt.rule.as_str()), (self.peer, rule), "{receipt}");
        assert_eq!(self.heard().last(), Some(&Message::Refused(receipt.clone())));
        self.network.run(200);
        self.network.mine(1);
        self.network.run(200);
        assert_eq!(self.network.tip(0), self.network.tip(1), "the others go on");
    }

    #[track_caller]
    fn is_not_cut_off(&self) {
        assert_eq!(self.network.hosts[0].cut_off, []);
    }
}

#[test]
fn bytes_that_are_no_message() {
    let mut stranger = Stranger::greeted();
    stranger.say_bytes(&[0xff; 40]);
    stranger.expect_cut_off_by("message");
}

#[test]
fn a_message_with_bytes_left_over() {
    let mut stranger = Stranger::greeted();
    stranger.say_bytes(&[&encode(&Message::GetMempool)[..], &[0]].concat());
    stranger.expect_cut_off_by("message");
}

#[test]
fn a_message_that_is_too_long() {
    let mut stranger = Stranger::greeted();
    stranger.say_bytes(&vec![0; MESSAGE_BYTES_MAX + 1]);
    stranger.expect_cut_off_by("message size");
}

#[test]
fn another_version_even_if_nothing_else_of_it_can_be_read() {
    let mut stranger = Stranger::new();
    stranger.say_bytes(&[0, 0, 0, 1, 2, 3]);
    stranger.expect_cut_off_by("protocol version");
}

#[test]
fn another_network() {
    let mut stranger = Stranger::new();
    let hello = Hello { network: NetworkId::ZERO, ..stranger.hello() };
    stranger.say(&Message::Hello(hello));
    stranger.expect_cut_off_by("network");
}

#[test]
fn somebody_elses_key() {
    let mut stranger = Stranger::new();
    let hello = stranger.hello();
    stranger.say(&Message::Hello(hello));
    stranger.say(&Message::Proof(Signature::from_bytes([1; 64])));
    stranger.expect_cut_off_by("handshake proof");
}

#[test]
fn anything_before_the_handshake_and_a_handshake_after_it() {
    let mut stranger = Stranger::new();
    stranger.say(&Message::GetMempool);
    stranger.expect_cut_off_by("message order");
    let mut stranger = Stranger::greeted();
    let hello = stranger.hello();
    stranger.say(&Message::Hello(hello));
    stranger.expect_cut_off_by("message order");
}

#[test]
fn no_handshake_in_time_and_silence_after_it() {
    let mut stranger = Stranger::new();
    stranger.network.run(HANDSHAKE_MS);
    stranger.expect_cut_off_by("handshake time");
    let mut stranger = Stranger::greeted();
    stranger.network.run(SILENCE_MS + 1_000);
    stranger.expect_cut_off_by("silence");
}

#[test]
fn a_header_without_work() {
    let mut stranger = Stranger::greeted();
    let mut header = ChainBuilder::new(stranger.network.params.clone()).draft(1, &[]).header;
    solve_header(&mut header);
    header.proof = Proof(header.proof.0.wrapping_add(1));
    stranger.say(&Message::Announce(header));
    stranger.expect_cut_off_by("proof of work");
}

#[test]
fn a_block_with_a_forged_signature() {
    let mut stranger = Stranger::greeted();
    let mut builder = ChainBuilder::new(stranger.network.params.clone());
    let first = builder.mine(1, &[]);
    let mut forged = builder.pay(1, 2, Amount::from_coins(1), Amount::ZERO);
    forged.signature = Signature::from_bytes([3; 64]);
    let mut second = builder.draft(1, &[forged]);
    solve(&mut second);
    for block in [first, second] {
        stranger.say(&Message::Announce(block.header));
        stranger.say(&Message::Blocks(vec![block]));
    }
    assert_eq!(stranger.network.height(0), 1, "the block before it is good");
    stranger.expect_cut_off_by("signature");
}

#[test]
fn a_body_that_is_not_its_headers() {
    let mut stranger = Stranger::greeted();
    let mut builder = ChainBuilder::new(stranger.network.params.clone());
    let good = builder.mine(1, &[]);
    let mut bad = good.clone();
    bad.transactions.push(bad.transactions[0].clone());
    stranger.say(&Message::Announce(good.header));
    stranger.say(&Message::Blocks(vec![bad]));
    let status = stranger.network.hosts[0].node.chain().status(&good.hash());
    assert_eq!(status, Some(crate::state::BlockStatus::HeaderOnly), "the header is none the worse for it");
    stranger.expect_cut_off_by("root");
}

#[test]
fn a_block_that_pays_its_miner_too_much() {
    let mut stranger = Stranger::greeted();
    let mut block = ChainBuilder::new(stranger.network.params.clone()).draft(1, &[]);
    let crate::values::Transaction::Reward(reward) = &mut block.transactions[0] else { panic!("a reward comes first") };
    reward.amount = Amount::from_coins(11);
    solve(&mut block);
    stranger.say(&Message::Announce(block.header));
    stranger.say(&Message::Blocks(vec![block]));
    stranger.expect_cut_off_by("reward");
}

#[test]
fn answers_that_were_not_asked_for() {
    let mut stranger = Stranger::greeted();
    stranger.say(&Message::Headers { headers: Vec::new(), more: false });
    stranger.expect_cut_off_by("unsolicited answer");
    let mut stranger = Stranger::greeted();
    let block = ChainBuilder::new(stranger.network.params.clone()).mine(1, &[]);
    stranger.say(&Message::Blocks(vec![block]));
    stranger.expect_cut_off_by("unsolicited answer");
}

#[test]
fn orphans_without_end() {
    let mut stranger = Stranger::greeted();
    let mut header = ChainBuilder::new(stranger.network.params.clone()).draft(1, &[]).header;
    for number in 0..=ORPHANS_MAX as u8 {
        stranger.is_not_cut_off();
        header.previous_hash = BlockHash::from_bytes([number + 1; 32]);
        stranger.say(&Message::Announce(header));
    }
    stranger.expect_cut_off_by("orphans");
}

#[test]
fn a_forged_payment_and_one_of_another_network() {
    let mut stranger = Stranger::greeted();
    stranger.network.mine(1);
    stranger.network.run(200);
    let builder = ChainBuilder::new(stranger.network.params.clone());
    let mut forged = builder.pay(1, 2, Amount::from_coins(1), Amount::ZERO);
    forged.signature = Signature::from_bytes([3; 64]);
    stranger.say(&Message::Payments(vec![forged]));
    stranger.expect_cut_off_by("signature");
    let mut stranger = Stranger::greeted();
    let foreign = crate::testing::payment(NetworkId::ZERO, 1, 2, Amount::from_coins(1), Amount::ZERO, 0);
    stranger.say(&Message::Payments(vec![foreign]));
    stranger.expect_cut_off_by("network");
}

#[test]
fn a_payment_that_its_sender_cannot_make_here_is_nobodys_fault() {
    let mut stranger = Stranger::greeted();
    let builder = ChainBuilder::new(stranger.network.params.clone());
    stranger.say(&Message::Payments(vec![builder.pay(1, 2, Amount::from_coins(1), Amount::ZERO)]));
    stranger.is_not_cut_off();
    assert!(stranger.network.hosts[0].node.mempool().is_empty());
}

#[test]
fn a_block_from_the_future_is_nobodys_fault_and_is_taken_when_its_time_comes() {
    let mut network = Network::of_tabs(2, true);
    let real = network.now;
    // The clock of one host is five minutes fast.
    network.now = real.plus_ms(300_000);
    let hash = network.mine(1);
    network.now = real;
    network.run(30_000);
    assert_eq!(network.hosts[0].cut_off, []);
    assert_eq!(network.height(0), 0);
    network.run(300_000);
    assert_eq!(network.tip(0), hash);
}

#[test]
fn members_told_by_a_tab_and_too_many_of_anything() {
    let mut stranger = Stranger::greeted();
    stranger.say(&Message::Members { changed: Vec::new(), left: Vec::new() });
    stranger.expect_cut_off_by("members");
    let mut stranger = Stranger::greeted();
    stranger.say(&Message::GetBlocks(vec![BlockHash::ZERO; GET_BLOCKS_MAX + 1]));
    stranger.expect_cut_off_by("message limit");
}

#[test]
fn unknown_blocks_are_answered_as_not_found() {
    let mut stranger = Stranger::greeted();
    let unknown = BlockHash::from_bytes([5; 32]);
    stranger.say(&Message::GetBlocks(vec![unknown]));
    assert_eq!(stranger.heard().last(), Some(&Message::NotFound(vec![unknown])));
    stranger.is_not_cut_off();
}

/// Seeded: the same bytes every time.
#[test]
fn no_bytes_whatever_panic_a_node() {
    let mut seed = 0x7ab_c014_u64;
    let mut next = move || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed
    };
    for _ in 0..200 {
        let mut stranger = Stranger::greeted();
        for _ in 0..20 {
            let len = (next() % 200) as usize;
            let mut bytes: Vec<u8> = (0..len).map(|_| next() as u8).collect();
            if let Some(first) = bytes.first_mut() {
                *first %= 16;
            }
            stranger.say_bytes(&bytes);
            if !stranger.network.hosts[0].cut_off.is_empty() {
                break;
            }
        }
    }
}
