//! Anything in any order: bytes that mean nothing, messages that mean something else, and networks where everything
//! happens at once. Seeded, so that each run is the same; a failure names its seed.

use super::network::Network;
use super::stranger::Stranger;
use crate::encode;
use crate::protocol::{Member, Message, Node, Role};
use crate::rules::receipt::Receipt;
use crate::state::Tip;
use crate::testing::{address, payment, solve};
use crate::values::{Amount, Block, BlockHash, Height, NodeId, NodeName, Signature, Timestamp, sha256};

/// xorshift64*.
struct Dice(u64);

impl Dice {
    fn new(seed: u64) -> Self {
        Self(u64::from_le_bytes(sha256(&[&seed.to_le_bytes()])[..8].try_into().expect("8 bytes")) | 1)
    }

    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % bound
    }

    fn is_one_in(&mut self, chances: usize) -> bool {
        self.below(chances) == 0
    }
}

#[test]
fn no_bytes_whatever_panic_a_node() {
    for seed in 0..200 {
        let mut dice = Dice::new(seed);
        let mut stranger = if seed % 4 == 0 { Stranger::new() } else { Stranger::greeted() };
        for _ in 0..20 {
            let len = dice.below(200);
            let mut bytes: Vec<u8> = (0..len).map(|_| dice.below(256) as u8).collect();
            if let Some(first) = bytes.first_mut() {
                *first %= 16;
            }
            stranger.say_bytes(&bytes);
        }
    }
}

/// Messages that fit the stranger's and the relay's chains, and some that nearly do.
fn plausible(dice: &mut Dice, stranger: &Stranger, blocks: &[Block]) -> Message {
    let pick = |dice: &mut Dice| blocks[dice.below(blocks.len())].clone();
    let some = |dice: &mut Dice| -> Vec<Block> { (0..dice.below(4)).map(|_| pick(dice)).collect() };
    let hash = |dice: &mut Dice| {
        if dice.is_one_in(5) { BlockHash::from_bytes([dice.below(256) as u8; 32]) } else { pick(dice).hash() }
    };
    let tip = |dice: &mut Dice| Tip {
        hash: hash(dice),
        height: Height::from(dice.below(20) as u64),
        work: stranger.network.hosts[0].node.chain().work_of(&hash(dice)).unwrap_or_default(),
        timestamp: Timestamp::from_ms(dice.below(1_000) as u64),
    };
    match dice.below(15) {
        0 => Message::Hello(stranger.hello()),
        1 => Message::Proof(Signature::from_bytes([dice.below(256) as u8; 64])),
        2 => Message::Ping(dice.below(9) as u64),
        3 => Message::Pong(dice.below(9) as u64),
        4 => Message::GetHeaders {
            locator: (0..dice.below(4)).map(|_| hash(dice)).collect(),
            stop: dice.is_one_in(2).then(|| hash(dice)),
        },
        5 => {
            Message::Headers { headers: some(dice).iter().map(|block| block.header).collect(), more: dice.is_one_in(2) }
        }
        6 => Message::Announce(pick(dice).header),
        7 => Message::GetBlocks((0..dice.below(4)).map(|_| hash(dice)).collect()),
        8 => Message::Blocks(some(dice)),
        9 => Message::NotFound((0..dice.below(4)).map(|_| hash(dice)).collect()),
        10 => Message::GetMempool,
        11 => {
            let network = stranger.network.params.network();
            let (from, sequence) = (dice.below(4) as u64, dice.below(3) as u64);
            let fee = Amount::from_units(dice.below(5) as u64);
            Message::Payments(vec![payment(network, from, 2, Amount::from_coins(1), fee, sequence)])
        }
        12 => Message::Status(stranger.status(tip(dice))),
        13 => Message::Members {
            changed: vec![Member {
                id: NodeId::from_bytes([dice.below(4) as u8; 16]),
                name: NodeName::new("Ana").expect("a name"),
                address: address(1),
                role: if dice.is_one_in(3) { Role::Relay } else { Role::Tab },
                tip: tip(dice),
                auto_sync: dice.is_one_in(2),
                online: dice.is_one_in(2),
                seen: Timestamp::from_ms(1),
            }],
            left: vec![NodeId::from_bytes([dice.below(4) as u8; 16])],
        },
        _ => Message::Refused(Receipt::new("a rule", "this", "that")),
    }
}

#[test]
fn no_messages_in_any_order_panic_a_node_or_harm_the_others() {
    for seed in 0..100 {
        let mut dice = Dice::new(1_000 + seed);
        let mut network = Network::of_tabs(1, seed % 2 == 0);
        let host = seed as usize % 2;
        for _ in 0..dice.below(3) {
            network.mine(1);
            network.run(50);
        }
        let mut stranger = Stranger::at(network, host).greets();
        let mut builder = stranger.builder();
        builder.mine_many(2, 3);
        let mut fork = builder.fork_at(1);
        fork.mine_many(3, 4);
        let mut bad = fork.draft(3, &[]);
        bad.transactions.push(bad.transactions[0].clone());
        solve(&mut bad);
        let blocks = [builder.blocks(), fork.blocks(), &[bad]].concat();
        for _ in 0..60 {
            let message = plausible(&mut dice, &stranger, &blocks);
            let mut bytes = encode(&message);
            if dice.is_one_in(20) {
                let at = dice.below(bytes.len());
                bytes[at] ^= 1 << dice.below(8);
            }
            stranger.say_bytes(&bytes);
            match dice.below(8) {
                0 => stranger.network.run(200),
                1 => stranger.network.run(6_000),
                2 => stranger.network.with(1, Node::replace_chain),
                _ => {}
            }
        }
        let own_relay = stranger.network.hosts[0].cut_off.iter().chain(&stranger.network.hosts[1].cut_off);
        assert!(
            own_relay.into_iter().all(|(peer, _)| *peer == stranger.peer),
            "seed {seed}: only the stranger is cut off"
        );
        stranger.network.run(30_000);
        stranger.network.with(1, |node, now| node.set_auto_sync(true, now));
        stranger.network.mine(1);
        stranger.network.run(20_000);
        assert_eq!(stranger.network.tip(0), stranger.network.tip(1), "seed {seed}");
    }
}

/// A relay and tabs that mine, pay, come, go, fail and follow or not, as the dice fall. Ends with all linked and
/// following; returns a digest of all that happened.
fn run(seed: u64) -> [u8; 32] {
    let mut dice = Dice::new(seed);
    let tabs = 2 + dice.below(4);
    let mut network = Network::of_tabs(tabs, true);
    let mut linked = vec![true; tabs + 1];
    let mut digest = [0; 32];
    for _ in 0..80 {
        let tab = 1 + dice.below(tabs);
        match dice.below(12) {
            0..=2 => {
                network.mine(tab);
            }
            3 | 4 => {
                let to = dice.below(9);
                let (amount, fee) = (Amount::from_units(1 + dice.below(3_000_000) as u64), dice.below(1_000) as u64);
                // It may have nothing to pay with.
                network.try_pay(tab, to, amount, Amount::from_units(fee)).ok();
            }
            5 => {
                let on = dice.is_one_in(2);
                network.with(tab, |node, now| node.set_auto_sync(on, now));
            }
            6 => network.with(tab, Node::replace_chain),
            7 => {
                network.unlink(tab);
                linked[tab] = false;
            }
            // Now and then by a second link.
            8 if !linked[tab] || dice.is_one_in(3) => {
                network.link(tab, 0);
                linked[tab] = true;
            }
            9 => {
                network.restart(tab);
                linked[tab] = false;
            }
            10 if dice.is_one_in(4) => {
                network.restart(0);
                linked.fill(false);
            }
            _ => {}
        }
        let ms = [0, 1, 7, 40, 900, 12_000][dice.below(6)];
        network.run(ms);
        for host in &network.hosts {
            let tip = host.node.chain().tip().hash;
            digest = sha256(&[&digest, tip.as_bytes(), &(host.node.mempool().len() as u64).to_le_bytes()]);
            let supply = host.node.ledger().supply();
            let height = host.node.chain().tip().height.as_u64();
            assert_eq!(supply, Amount::from_coins(10 * height), "seed {seed}: coins from nowhere");
        }
    }
    for (tab, is_linked) in linked.into_iter().enumerate().skip(1) {
        if !is_linked {
            network.link(tab, 0);
        }
        network.with(tab, |node, now| node.set_auto_sync(true, now));
    }
    network.run(30_000);
    let best = network.mine(1);
    network.run(30_000);
    let waiting = |network: &Network, host: usize| -> Vec<_> {
        let mut ids: Vec<_> = network.hosts[host].node.mempool().iter().map(|signed| signed.id()).collect();
        ids.sort();
        ids
    };
    for host in 0..=tabs {
        assert_eq!(network.tip(host), best, "seed {seed}: host {host} does not agree");
        assert_eq!(
            network.hosts[host].cut_off.iter().find(|(_, receipt)| receipt.rule != "one link a node"),
            None,
            "seed {seed}"
        );
        let stored: Vec<_> = network.hosts[host].disk.payments.keys().copied().collect();
        assert_eq!(stored, waiting(&network, host), "seed {seed}: host {host} has on disk what waits");
        let chain = network.hosts[host].node.chain();
        let active = chain.tip().height.as_u64() as usize;
        assert!(network.hosts[host].disk.blocks.len() >= active, "seed {seed}: host {host} has its chain on disk");
    }
    digest
}

#[test]
fn whatever_happens_all_agree_in_the_end() {
    for seed in 0..40 {
        run(seed);
    }
}

#[test]
fn the_same_seed_makes_the_same_run() {
    assert_eq!(run(7), run(7));
    assert_ne!(run(7), run(8));
}
