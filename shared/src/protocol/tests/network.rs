//! A network in memory: nodes, links with a delay, a clock that jumps to whatever is next.

use std::collections::BTreeMap;

use crate::protocol::{Config, Event, Member, Mining, Node, Output, PeerId, Role, StoreOp};
use crate::rules::receipt::Receipt;
use crate::state::{Job, MemoryBodies, MempoolError};
use crate::testing::{address, easy_params, payment, solve_header};
use crate::values::{Amount, Block, BlockHash, NodeName, Params, SignedPayment, Timestamp, TransactionId};
use crate::{Seed, decode};

/// How long a message is under way.
const DELAY_MS: u64 = 5;

/// What a node's shell would keep.
#[derive(Clone, Default)]
pub(super) struct Disk {
    pub(super) blocks: Vec<Block>,
    pub(super) payments: BTreeMap<TransactionId, SignedPayment>,
    pub(super) members: BTreeMap<crate::NodeId, Member>,
}

/// A node and what its shell knows.
pub(super) struct Host {
    pub(super) node: Node,
    /// How far its clock is ahead of the network's, in milliseconds.
    ahead_ms: i64,
    pub(super) disk: Disk,
    pub(super) events: Vec<Event>,
    pub(super) job: Option<Job>,
    /// Who is at the other end of each link: the host and its name for this one. `None` is the test itself.
    links: BTreeMap<PeerId, Option<(usize, PeerId)>>,
    /// What was sent over links that end in the test.
    pub(super) heard: Vec<Vec<u8>>,
    pub(super) cut_off: Vec<(PeerId, Receipt)>,
}

/// Hosts by number, and what is under way between them.
pub(super) struct Network {
    pub(super) params: Params,
    pub(super) hosts: Vec<Host>,
    pub(super) now: Timestamp,
    under_way: BTreeMap<(Timestamp, u64), (usize, PeerId, Vec<u8>)>,
    sent: u64,
    next_peer: u64,
}

impl Network {
    /// A relay, number 0, and so many tabs, all linked to it and greeted.
    pub(super) fn of_tabs(tabs: usize, auto_sync: bool) -> Self {
        Self::of_tabs_with(easy_params(), tabs, auto_sync)
    }

    /// The same in a room with other parameters.
    pub(super) fn of_tabs_with(params: Params, tabs: usize, auto_sync: bool) -> Self {
        let mut network = Self::with_params(params);
        network.add(Role::Relay, true);
        for _ in 0..tabs {
            let tab = network.add(Role::Tab, auto_sync);
            network.link(tab, 0);
        }
        network.run(1_000);
        network
    }

    pub(super) fn empty() -> Self {
        Self::with_params(easy_params())
    }

    fn with_params(params: Params) -> Self {
        Self {
            now: params.genesis_time.plus_ms(86_400_000),
            params,
            hosts: Vec::new(),
            under_way: BTreeMap::new(),
            sent: 0,
            next_peer: 1,
        }
    }

    pub(super) fn add(&mut self, role: Role, auto_sync: bool) -> usize {
        let number = self.hosts.len();
        let node = self.node(number, role, auto_sync);
        self.hosts.push(Host {
            node,
            ahead_ms: 0,
            disk: Disk::default(),
            events: Vec::new(),
            job: None,
            links: BTreeMap::new(),
            heard: Vec::new(),
            cut_off: Vec::new(),
        });
        number
    }

    fn node(&self, number: usize, role: Role, auto_sync: bool) -> Node {
        let config = Config {
            role,
            name: NodeName::new(&format!("host {number}")).expect("a name"),
            agent: "test".to_owned(),
            auto_sync,
            address: address(number as u64),
        };
        let seed = Seed::from_bytes([number as u8 + 1; 32]);
        Node::new(config, self.params.clone(), seed.node_key(), [number as u8; 32], Box::new(MemoryBodies::default()))
    }

    pub(super) fn link(&mut self, a: usize, b: usize) {
        let (at_a, at_b) = (PeerId(self.next_peer), PeerId(self.next_peer + 1));
        self.next_peer += 2;
        self.hosts[a].links.insert(at_a, Some((b, at_b)));
        self.hosts[b].links.insert(at_b, Some((a, at_a)));
        for (host, peer) in [(a, at_a), (b, at_b)] {
            let now = self.clock(host);
            self.hosts[host].node.peer_joined(peer, now);
        }
        self.perform(a);
        self.perform(b);
    }

    /// A link of a host to the test itself.
    pub(super) fn link_to_test(&mut self, host: usize) -> PeerId {
        let peer = PeerId(self.next_peer);
        self.next_peer += 1;
        self.hosts[host].links.insert(peer, None);
        let now = self.clock(host);
        self.hosts[host].node.peer_joined(peer, now);
        self.perform(host);
        peer
    }

    /// Ends all links of a host, at both ends.
    pub(super) fn unlink(&mut self, host: usize) {
        for (peer, other) in std::mem::take(&mut self.hosts[host].links) {
            self.peer_left(host, peer);
            if let Some((other, at_other)) = other {
                self.hosts[other].links.remove(&at_other);
                self.peer_left(other, at_other);
                self.perform(other);
            }
        }
        self.perform(host);
    }

    fn peer_left(&mut self, host: usize, peer: PeerId) {
        let now = self.clock(host);
        self.hosts[host].node.peer_left(peer, now);
    }

    /// What a host's clock shows.
    pub(super) fn clock(&self, host: usize) -> Timestamp {
        Timestamp::from_ms(self.now.as_ms().saturating_add_signed(self.hosts[host].ahead_ms))
    }

    /// Sets a host's clock, so far ahead of the network's, and wakes it as its shell would.
    pub(super) fn set_clock(&mut self, host: usize, ahead_ms: i64) {
        self.hosts[host].ahead_ms = ahead_ms;
        self.wake_due(host);
    }

    fn wake_due(&mut self, host: usize) {
        let now = self.clock(host);
        if self.hosts[host].node.is_due(now) {
            self.with(host, Node::wake);
        }
    }

    /// Ends a host as a power cut would, and starts it again from its disk.
    pub(super) fn restart(&mut self, host: usize) {
        let (role, auto_sync) = (self.hosts[host].node.role(), self.hosts[host].node.auto_sync());
        let others: Vec<_> = self.hosts[host].links.values().flatten().copied().collect();
        self.hosts[host].links.clear();
        for (other, peer) in others {
            self.hosts[other].links.remove(&peer);
            self.peer_left(other, peer);
            self.perform(other);
        }
        let mut node = self.node(host, role, auto_sync);
        let disk = self.hosts[host].disk.clone();
        node.restore(disk.blocks.into_iter()).expect("its own store");
        node.restore_payments(disk.payments.into_values());
        node.restore_members(disk.members.into_values());
        self.hosts[host].node = node;
        self.perform(host);
    }

    pub(super) fn deliver(&mut self, host: usize, peer: PeerId, bytes: &[u8]) {
        let now = self.clock(host);
        self.hosts[host].node.receive(peer, bytes, now);
        self.perform(host);
    }

    /// Does something with a node, and then what it wants done.
    pub(super) fn with<T>(&mut self, host: usize, act: impl FnOnce(&mut Node, Timestamp) -> T) -> T {
        let now = self.clock(host);
        let result = act(&mut self.hosts[host].node, now);
        self.perform(host);
        result
    }

    fn perform(&mut self, host: usize) {
        while let Some(output) = self.hosts[host].node.poll_output() {
            match output {
                Output::Send { peer, bytes } => match self.hosts[host].links.get(&peer) {
                    Some(Some((other, at_other))) => {
                        self.sent += 1;
                        let at = (self.now.plus_ms(DELAY_MS), self.sent);
                        self.under_way.insert(at, (*other, *at_other, bytes));
                    }
                    Some(None) => self.hosts[host].heard.push(bytes),
                    None => {}
                },
                Output::CutOff { peer, receipt } => {
                    self.hosts[host].cut_off.push((peer, receipt));
                    if let Some(Some((other, at_other))) = self.hosts[host].links.remove(&peer) {
                        self.hosts[other].links.remove(&at_other);
                        self.peer_left(other, at_other);
                        self.perform(other);
                    }
                }
                Output::Store(op) => self.hosts[host].disk.keep(op),
                Output::Mine(job) => self.hosts[host].job = job,
                Output::Event(event) => self.hosts[host].events.push(event),
            }
        }
    }

    /// Lets so much time pass.
    pub(super) fn run(&mut self, ms: u64) {
        let end = self.now.plus_ms(ms);
        loop {
            let message = self.under_way.keys().next().map(|(at, _)| *at);
            let wake = |host: &Host| {
                Some(Timestamp::from_ms(host.node.next_wake()?.as_ms().saturating_add_signed(-host.ahead_ms)))
            };
            let wake = self.hosts.iter().filter_map(wake).min();
            let next = [message, wake].into_iter().flatten().min().filter(|at| *at <= end);
            let Some(next) = next else { break };
            self.now = self.now.max(next);
            if message == Some(next) {
                let (_, (host, peer, bytes)) = self.under_way.pop_first().expect("a message is under way");
                self.deliver(host, peer, &bytes);
                continue;
            }
            for host in 0..self.hosts.len() {
                self.wake_due(host);
            }
        }
        self.now = end;
    }

    /// Mines one block in a host, as its worker would, without letting time pass.
    pub(super) fn mine(&mut self, host: usize) -> BlockHash {
        self.with(host, |node, now| node.set_mining(Mining::Once { payout: address(host as u64) }, now));
        let job = self.hosts[host].job.expect("a job for a host that mines");
        let mut header = job.header;
        solve_header(&mut header);
        self.with(host, |node, now| node.mined(job.id, header.extra_nonce, header.proof, now)).expect("a valid block")
    }

    /// A payment of a host, whose coins belong to the key with its number.
    pub(super) fn pay(&mut self, from: usize, to: usize, amount: Amount, fee: Amount) -> TransactionId {
        self.try_pay(from, to, amount, fee).expect("a payment that the mempool takes")
    }

    /// The same, where the mempool may not take it.
    pub(super) fn try_pay(
        &mut self,
        from: usize,
        to: usize,
        amount: Amount,
        fee: Amount,
    ) -> Result<TransactionId, MempoolError> {
        let node = &self.hosts[from].node;
        let sequence = node.mempool().next_sequence(&address(from as u64), node.ledger());
        let signed = payment(self.params.network(), from as u64, to as u64, amount, fee, sequence);
        self.with(from, |node, now| node.submit(signed, now))
    }

    pub(super) fn height(&self, host: usize) -> u64 {
        self.hosts[host].node.chain().tip().height.as_u64()
    }

    pub(super) fn tip(&self, host: usize) -> BlockHash {
        self.hosts[host].node.chain().tip().hash
    }

    /// What the key with the number `owner` has, as `host` sees it.
    pub(super) fn balance(&self, host: usize, owner: usize) -> Amount {
        self.hosts[host].node.ledger().account(&address(owner as u64)).balance
    }
}

impl Disk {
    fn keep(&mut self, op: StoreOp) {
        match op {
            StoreOp::Block { bytes, .. } => self.blocks.push(decode(&bytes).expect("a stored block")),
            StoreOp::Payment { id, bytes } => {
                self.payments.insert(id, decode(&bytes).expect("a stored payment"));
            }
            StoreOp::PaymentGone { id } => {
                self.payments.remove(&id);
            }
            StoreOp::Member(member) => {
                self.members.insert(member.id, member);
            }
            StoreOp::MemberGone { id } => {
                self.members.remove(&id);
            }
        }
    }
}
