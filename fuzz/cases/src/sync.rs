//! Sync: a relay and two tabs, links that come, go and keep messages waiting, blocks and payments on all sides. When the
//! faults stop, all have the work of the chain that had the most, and payments that wait anywhere wait everywhere.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use shared::protocol::{Mining, Node, Output, PeerId, Role};
use shared::rules::block::payments;
use shared::testing::{address, solve_header};
use shared::{Address, SignedPayment, Timestamp, TransactionId};

use crate::node::node;
use crate::world::{Dice, FORKS, PAYMENTS, check_supply, late};

/// The relay and the tabs. The relay is the first.
const NODES: usize = 3;
/// The most steps of one run.
const STEPS_MAX: usize = 80;
/// How long the network is given to come to rest, in milliseconds: some requests that are answered by nobody.
const REST_MS: u64 = 120_000;
/// More messages than a network of this size exchanges in that time.
const MESSAGES_MAX: usize = 20_000;

struct Network {
    nodes: Vec<Node>,
    now: Timestamp,
    /// What is under way on each link, from one node to another.
    links: BTreeMap<(usize, usize), VecDeque<Vec<u8>>>,
    jobs: Vec<Option<shared::state::Job>>,
    /// The payments that were made, by their senders and numbers.
    made: BTreeMap<(Address, u64), BTreeSet<TransactionId>>,
}

/// Plays a network.
pub fn run(input: &[u8]) {
    let mut dice = Dice::new(input);
    let nodes = (0..NODES).map(|at| node(at as u64, if at == 0 { Role::Relay } else { Role::Tab })).collect();
    let mut network =
        Network { nodes, now: late(), links: BTreeMap::new(), jobs: vec![None; NODES], made: BTreeMap::new() };
    for _ in 0..STEPS_MAX {
        if dice.is_over() {
            break;
        }
        network.step(&mut dice);
    }
    network.rest();
}

/// The number of a link, at the end of `at`.
fn peer(other: usize) -> PeerId {
    PeerId(other as u64)
}

impl Network {
    fn step(&mut self, dice: &mut Dice<'_>) {
        let (at, tab) = (dice.below(NODES), 1 + dice.below(NODES - 1));
        let now = self.now;
        match dice.below(8) {
            0 => self.link(tab),
            1 => self.unlink(tab),
            2 => {
                let fork = dice.pick(&FORKS);
                let count = 1 + dice.below(fork.len());
                fork[..count].iter().flat_map(payments).for_each(|signed| self.note(signed));
                let _ = self.nodes[at].import(&mut fork[..count].iter().cloned(), now);
                self.perform(at);
            }
            3 => {
                let signed = dice.pick(&PAYMENTS);
                self.note(signed);
                let _ = self.nodes[at].submit(signed.clone(), now);
                self.perform(at);
            }
            4 => self.mine(at),
            5 => {
                self.now = now.plus_ms(dice.number() % 30_000);
                self.wake();
            }
            _ => {
                for _ in 0..dice.below(16) {
                    let way = if dice.is_yes() { (0, tab) } else { (tab, 0) };
                    self.deliver(way);
                }
            }
        }
    }

    fn link(&mut self, tab: usize) {
        if self.links.contains_key(&(0, tab)) {
            return;
        }
        self.links.insert((0, tab), VecDeque::new());
        self.links.insert((tab, 0), VecDeque::new());
        self.nodes[0].peer_joined(peer(tab), self.now);
        self.nodes[tab].peer_joined(peer(0), self.now);
        self.perform(0);
        self.perform(tab);
    }

    fn unlink(&mut self, tab: usize) {
        if self.links.remove(&(0, tab)).is_some() {
            self.links.remove(&(tab, 0));
            self.nodes[0].peer_left(peer(tab), self.now);
            self.nodes[tab].peer_left(peer(0), self.now);
            self.perform(0);
            self.perform(tab);
        }
    }

    fn deliver(&mut self, (from, to): (usize, usize)) -> bool {
        let Some(bytes) = self.links.get_mut(&(from, to)).and_then(VecDeque::pop_front) else { return false };
        self.nodes[to].receive(peer(from), &bytes, self.now);
        self.perform(to);
        true
    }

    fn mine(&mut self, at: usize) {
        let now = self.now;
        self.nodes[at].set_mining(Mining::Once { payout: address(at as u64) }, now);
        self.perform(at);
        let job = self.jobs[at].expect("a job for a node that mines");
        let mut header = job.header;
        solve_header(&mut header);
        self.nodes[at].mined(job.id, header.extra_nonce, header.proof, now).expect("a valid block");
        self.perform(at);
    }

    fn wake(&mut self) {
        for at in 0..NODES {
            if self.nodes[at].next_wake().is_some_and(|due| due <= self.now) {
                self.nodes[at].wake(self.now);
                self.perform(at);
            }
        }
    }

    fn perform(&mut self, at: usize) {
        let mut lost = Vec::new();
        while let Some(output) = self.nodes[at].poll_output() {
            match output {
                Output::Send { peer, bytes } => {
                    if let Some(queue) = self.links.get_mut(&(at, peer.0 as usize)) {
                        queue.push_back(bytes);
                    }
                }
                // An honest node is cut off for silence at most, since its messages wait as long as the input likes.
                Output::CutOff { peer, receipt } => {
                    assert!(["silence", "handshake time"].contains(&receipt.rule.as_str()), "{receipt}");
                    lost.push(peer.0 as usize);
                }
                Output::Mine(job) => self.jobs[at] = job,
                Output::Store(_) | Output::Event(_) => {}
            }
        }
        for other in lost {
            self.links.remove(&(at, other));
            self.links.remove(&(other, at));
            self.nodes[other].peer_left(peer(at), self.now);
            self.perform(other);
        }
        check_supply(self.nodes[at].ledger(), self.nodes[at].chain().tip().height.as_u64());
    }

    /// All faults stop, and the network comes to rest.
    fn rest(&mut self) {
        let most = self.nodes.iter().map(|node| node.chain().tip().work).max().expect("some");
        let end = self.now.plus_ms(REST_MS);
        let mut messages = 0;
        loop {
            for tab in 1..NODES {
                self.link(tab);
            }
            let ways: Vec<(usize, usize)> = self.links.keys().copied().collect();
            let delivered = ways.into_iter().filter(|way| self.deliver(*way)).count();
            messages += delivered;
            assert!(messages <= MESSAGES_MAX, "they never stop talking");
            if delivered > 0 {
                continue;
            }
            let due = self.nodes.iter().filter_map(Node::next_wake).min().filter(|at| *at <= end);
            let Some(due) = due else { break };
            // A wake-up that is due and does nothing would be due again at once.
            self.now = self.now.max(due).plus_ms(1);
            self.wake();
        }
        for node in &self.nodes {
            assert_eq!(node.chain().tip().work, most, "everybody has the chain with the most work");
        }
        self.check_payments();
    }

    /// A payment is in the world: of two with one number, who has the one with the higher fee does not take the other.
    fn note(&mut self, signed: &SignedPayment) {
        let place = (signed.payment.sender.address(), signed.payment.sequence);
        self.made.entry(place).or_default().insert(signed.id());
    }

    /// What waits anywhere waits everywhere, but for what its sender has outbid, and what follows that.
    fn check_payments(&self) {
        let waiting = |node: &Node| -> BTreeSet<(Address, u64)> {
            let place = |signed: &SignedPayment| (signed.payment.sender.address(), signed.payment.sequence);
            node.mempool().iter().map(place).collect()
        };
        let relay = &self.nodes[0];
        for node in self.nodes[1..].iter().filter(|node| node.chain().tip().hash == relay.chain().tip().hash) {
            for (sender, number) in waiting(node).symmetric_difference(&waiting(relay)) {
                let next = relay.ledger().account(sender).next_sequence;
                let is_outbid =
                    self.made.range((*sender, next)..=(*sender, *number)).any(|(_, rivals)| rivals.len() > 1);
                assert!(is_outbid, "number {number} of {sender:?} waits at one of two, and nothing stands in its way");
            }
        }
    }
}
