//! A node and anything that can happen to it, in the order that the input says: peers that come, go, tell the truth and
//! lie, payments, mining, imports, time, a power cut.
//!
//! After each step: the coins add up, what is sent goes to somebody who is there and can be read, a block is stored
//! after its parent, and the work of the chain never falls.

use std::collections::{BTreeMap, BTreeSet};

use shared::protocol::{
    Config, Hello, MESSAGE_BYTES_MAX, Member, Message, Mining, Node, Output, PROTOCOL_VERSION, PeerId, Role, Status,
    StoreOp, proof_bytes,
};
use shared::state::{Job, MEMPOOL_BYTES_MAX, MemoryBodies, Tip};
use shared::testing::{address, key, solve, solve_header};
use shared::{Block, BlockHash, NodeId, NodeName, SignedPayment, Timestamp, TransactionId, Work, decode, encode};

use crate::world::{Dice, PAYMENTS, TREE, check_supply, late, trivial_params};

/// The most steps of one run.
const STEPS_MAX: usize = 60;
/// The links there may be, and so the most peers.
const LINKS: u64 = 3;

/// A node that is a tab.
pub(crate) fn member(number: u64) -> Node {
    node(number, Role::Tab)
}

/// A node of the world.
pub(crate) fn node(number: u64, role: Role) -> Node {
    let config = Config {
        role,
        name: NodeName::new("node").expect("letters"),
        agent: "fuzz".to_owned(),
        auto_sync: true,
        address: address(number),
    };
    let entropy = [number as u8; 32];
    Node::new(config, trivial_params(), key(100 + number), entropy, Box::new(MemoryBodies::default()))
}

/// Performs what a node wants, and returns the blocks that it wants stored.
pub(crate) fn stored_blocks(node: &mut Node) -> Vec<Block> {
    let mut blocks = Vec::new();
    while let Some(output) = node.poll_output() {
        if let Output::Store(StoreOp::Block { bytes, .. }) = output {
            blocks.push(decode(&bytes).expect("a stored block"));
        }
    }
    blocks
}

/// What a node wanted kept.
#[derive(Default)]
struct Disk {
    blocks: Vec<Block>,
    hashes: BTreeSet<BlockHash>,
    payments: BTreeMap<TransactionId, SignedPayment>,
    members: BTreeMap<NodeId, Member>,
}

impl Disk {
    fn keep(&mut self, op: StoreOp) {
        match op {
            StoreOp::Block { hash, bytes, .. } => {
                let block: Block = decode(&bytes).expect("a stored block");
                let parent = block.header.previous_hash;
                assert!(self.hashes.contains(&parent) || parent == trivial_params().genesis().hash(), "parents first");
                assert_eq!(block.hash(), hash);
                self.hashes.insert(hash);
                self.blocks.push(block);
            }
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

struct Scene {
    node: Node,
    role: Role,
    now: Timestamp,
    disk: Disk,
    /// The links that are up, each with the Hello that the node greeted with.
    links: BTreeMap<PeerId, Option<Hello>>,
    job: Option<Job>,
    work: Work,
}

/// Plays a scene.
pub fn run(input: &[u8]) {
    let mut dice = Dice::new(input);
    let role = if dice.is_yes() { Role::Relay } else { Role::Tab };
    let node = node(1, role);
    let work = node.chain().tip().work;
    let mut scene = Scene { node, role, now: late(), disk: Disk::default(), links: BTreeMap::new(), job: None, work };
    for _ in 0..STEPS_MAX {
        if dice.is_over() {
            break;
        }
        scene.step(&mut dice);
        scene.perform();
        scene.check();
    }
    scene.restart();
    scene.check();
}

impl Scene {
    fn step(&mut self, dice: &mut Dice<'_>) {
        let (now, peer) = (self.now, PeerId(dice.below(LINKS as usize) as u64));
        match dice.byte() % 24 {
            0 | 1 => self.greet(peer, dice),
            2 => {
                self.links.remove(&peer);
                self.node.peer_left(peer, now);
            }
            3 => {
                let bytes = dice.bytes();
                self.node.receive(peer, bytes, now);
            }
            4..=12 => {
                let message = self.message(dice);
                self.node.receive(peer, &encode(&message), now);
            }
            13 => {
                let mut bytes = encode(&self.message(dice));
                let at = dice.number() as usize % bytes.len();
                bytes[at] ^= dice.byte();
                self.node.receive(peer, &bytes, now);
            }
            14 => {
                self.now = now.plus_ms(dice.number() % 70_000);
                self.node.wake(self.now);
            }
            15 => {
                if let Some(at) = self.node.next_wake() {
                    self.now = now.max(at);
                    self.node.wake(self.now);
                }
            }
            16 => {
                let _ = self.node.submit(dice.pick(&PAYMENTS).clone(), now);
            }
            17 => self.mine(dice),
            18 => self.node.replace_chain(now),
            19 => self.node.set_auto_sync(dice.is_yes(), now),
            20 => {
                let from = dice.below(TREE.len());
                let _ = self.node.import(&mut TREE[from..].iter().cloned(), now);
            }
            21 => {
                let _ = self.node.connect(NodeId::of(&key(200 + peer.0).public()), now);
            }
            22 => self.node.rename(NodeName::from_id(&NodeId::from_bytes([dice.byte(); 16])), now),
            _ => self.restart(),
        }
    }

    /// A peer comes and proves who it is, as it should.
    fn greet(&mut self, peer: PeerId, dice: &mut Dice<'_>) {
        let now = self.now;
        if self.links.contains_key(&peer) {
            return;
        }
        self.links.insert(peer, None);
        self.node.peer_joined(peer, now);
        self.perform();
        let own = key(200 + peer.0);
        let hello = Hello {
            version: PROTOCOL_VERSION,
            network: self.node.chain().network(),
            key: own.public(),
            role: if dice.is_yes() { Role::Relay } else { Role::Tab },
            agent: shared::protocol::Agent::new("fuzz"),
            nonce: [dice.byte(); 32],
            status: self.status(dice),
        };
        self.node.receive(peer, &encode(&Message::Hello(hello.clone())), now);
        self.perform();
        if let Some(Some(theirs)) = self.links.get(&peer) {
            let proof = own.sign(&proof_bytes(&hello, theirs));
            self.node.receive(peer, &encode(&Message::Proof(proof)), now);
        }
    }

    fn hash(&self, dice: &mut Dice<'_>) -> BlockHash {
        if dice.below(9) == 0 { BlockHash::from_bytes([dice.byte(); 32]) } else { dice.pick(&TREE).hash() }
    }

    /// Where a peer says it stands, true or not.
    fn status(&self, dice: &mut Dice<'_>) -> Status {
        let hash = self.hash(dice);
        let known = self.node.chain().tip_of(&hash);
        let claimed = Tip {
            hash,
            height: shared::Height::from(dice.byte() as u64),
            work: decode(&[[dice.byte(); 2].as_slice(), &[0; 30]].concat()).expect("any 32 bytes are a number"),
            timestamp: self.now,
        };
        let tip = known.filter(|_| dice.is_yes()).unwrap_or(claimed);
        let name = NodeName::from_id(&NodeId::from_bytes([dice.byte(); 16]));
        Status { name, address: address(dice.below(4) as u64), tip, auto_sync: dice.is_yes() }
    }

    /// A message that makes sense, or nearly.
    fn message(&self, dice: &mut Dice<'_>) -> Message {
        let hashes = |dice: &mut Dice<'_>| (0..dice.below(5)).map(|_| self.hash(dice)).collect::<Vec<_>>();
        match dice.byte() % 14 {
            0 => Message::Ping(dice.number()),
            1 => Message::Pong(dice.number()),
            2 => Message::GetHeaders { locator: hashes(dice), stop: dice.is_yes().then(|| self.hash(dice)) },
            3 | 4 => {
                let from = dice.below(TREE.len());
                let count = dice.below(TREE.len());
                let headers = TREE.iter().skip(from).take(count).map(|block| block.header).collect();
                Message::Headers { headers, more: dice.is_yes() }
            }
            5 => Message::Announce(dice.pick(&TREE).header),
            6 => Message::GetBlocks(hashes(dice)),
            7 | 8 => Message::Blocks((0..dice.below(5)).map(|_| self.block(dice)).collect()),
            9 => Message::NotFound(hashes(dice)),
            10 => Message::GetMempool,
            11 => Message::Payments((0..dice.below(4)).map(|_| dice.pick(&PAYMENTS).clone()).collect()),
            12 => Message::Status(self.status(dice)),
            _ => {
                let Status { name, address, tip, auto_sync } = self.status(dice);
                let id = NodeId::of(&key(200 + dice.below(5) as u64).public());
                let role = if dice.is_yes() { Role::Relay } else { Role::Tab };
                let (online, seen) = (dice.is_yes(), self.now);
                let member = Member { id, name, address, role, tip, auto_sync, online, seen };
                Message::Members { changed: vec![member], left: vec![NodeId::from_bytes([dice.byte(); 16])] }
            }
        }
    }

    /// A block of the tree, or one like it that breaks a rule or none.
    fn block(&self, dice: &mut Dice<'_>) -> Block {
        let mut block = dice.pick(&TREE).clone();
        match dice.below(8) {
            0 => block.transactions.reverse(),
            1 => {
                block.transactions.extend(block.transactions.first().cloned());
                solve(&mut block);
            }
            2 => {
                block.header.timestamp = block.header.timestamp.plus_ms(dice.number() % 200_000);
                solve_header(&mut block.header);
            }
            _ => {}
        }
        block
    }

    fn mine(&mut self, dice: &mut Dice<'_>) {
        let (now, payout) = (self.now, address(dice.below(4) as u64));
        let mining = [Mining::Off, Mining::On { payout }, Mining::Once { payout }];
        self.node.set_mining(*dice.pick(&mining), now);
        self.perform();
        if let Some(job) = self.job {
            let mut header = job.header;
            solve_header(&mut header);
            let _ = self.node.mined(job.id, header.extra_nonce, header.proof, now);
        }
    }

    fn perform(&mut self) {
        while let Some(output) = self.node.poll_output() {
            match output {
                Output::Send { peer, bytes } => {
                    let link = self.links.get_mut(&peer).expect("sent to somebody who is there");
                    assert!(bytes.len() <= MESSAGE_BYTES_MAX);
                    if let Message::Hello(hello) = decode(&bytes).expect("what a node sends can be read") {
                        *link = Some(hello);
                    }
                }
                Output::CutOff { peer, .. } => {
                    self.links.remove(&peer);
                }
                Output::Store(op) => self.disk.keep(op),
                Output::Mine(job) => self.job = job,
                Output::Event(_) => {}
            }
        }
    }

    fn check(&mut self) {
        let tip = self.node.chain().tip();
        assert!(tip.work >= self.work, "the work of the chain never falls");
        self.work = tip.work;
        check_supply(self.node.ledger(), tip.height.as_u64());
        assert!(self.node.mempool().bytes() <= MEMPOOL_BYTES_MAX);
        assert_eq!(self.node.peers().len(), self.links.len());
        for signed in self.node.mempool().iter() {
            assert!(self.disk.payments.contains_key(&signed.id()), "what waits is kept");
        }
    }

    /// Ends the node as a power cut would, and starts it again with what was stored.
    fn restart(&mut self) {
        self.perform();
        let mut node = node(1, self.role);
        node.restore(self.disk.blocks.iter().cloned()).expect("its own store");
        node.restore_payments(self.disk.payments.values().cloned());
        node.restore_members(self.disk.members.values().cloned());
        (self.node, self.job) = (node, None);
        self.links.clear();
        self.perform();
    }
}
