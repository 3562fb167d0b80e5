//! A node that catches up with a chain full of payments: all that its peer sends, recorded once and handed to a fresh
//! node as often as is wanted, alone or with others that verify signatures ahead.

use std::collections::VecDeque;
use std::rc::Rc;

use crate::chain::payments_in;
use shared::protocol::{Config, Node, Output, PeerId, Prepared, Role};
use shared::rules::{SignatureBatch, VerifiedSignatures};
use shared::state::MemoryBodies;
use shared::testing::{ChainBuilder, address, key, payment};
use shared::{Amount, BlockHash, NodeName, Params, Timestamp};

/// Blocks of the chain, beside those that give the senders their coins.
pub const BLOCKS: usize = 24;
/// Senders in each block, each with one payment: together two thirds of what a block may hold.
pub const SENDERS: u64 = 1_000;
/// Groups of senders, who pay in turns: nobody is so eager to pay as to be in every block.
const GROUPS: u64 = 3;
/// What a sender is given.
const GIVEN: Amount = Amount::from_units(100_000);
/// The link in question.
const PEER: PeerId = PeerId(1);

/// What is measured.
pub fn verifying(workers: usize) -> String {
    format!("payment-heavy chain verified, {workers} at work")
}

/// What a peer sends to a node that has nothing but the genesis.
#[derive(Debug)]
pub struct Recording {
    params: Params,
    now: Timestamp,
    tip: BlockHash,
    payments: usize,
    frames: Vec<Vec<u8>>,
}

/// A node that is handed a recording.
#[derive(Debug)]
pub struct Replay {
    recording: Rc<Recording>,
    node: Node,
    /// The frame that is to be looked at next.
    next: usize,
    /// Whether there was one with bodies.
    are_bodies: bool,
}

/// A frame of a recording, as far as it was looked at.
#[derive(Debug)]
pub struct Frame {
    number: usize,
    prepared: Option<Prepared>,
}

impl Recording {
    /// Mines a chain of so many blocks with so many payments each, and records the conversation.
    ///
    /// # Panics
    /// When the node does not catch up.
    pub fn prepare(blocks: usize, senders: u64) -> Self {
        let builder = busy_chain(blocks, senders);
        let (params, now) = (builder.params().clone(), builder.now());
        let mut from = node(&params, 1);
        from.restore(builder.blocks().iter().cloned()).expect("blocks of this network");
        let mut recording =
            Self { tip: builder.tip().hash(), now, payments: payments_in(&builder), frames: Vec::new(), params };
        let mut to = recording.fresh_node();
        from.peer_joined(PEER, now);
        let mut frames = VecDeque::from(sent(&mut from));
        while let Some(frame) = frames.pop_front() {
            to.receive(PEER, &frame, now);
            recording.frames.push(frame);
            for answer in sent(&mut to) {
                from.receive(PEER, &answer, now);
            }
            frames.extend(sent(&mut from));
        }
        recording.check(&to);
        recording
    }

    /// How many payments the chain has.
    pub fn payments(&self) -> usize {
        self.payments
    }

    fn fresh_node(&self) -> Node {
        // What it says is the same each time, because its entropy is.
        let mut node = node(&self.params, 2);
        node.peer_joined(PEER, self.now);
        node
    }

    fn check(&self, node: &Node) {
        assert_eq!(node.chain().tip().hash, self.tip, "the node has caught up");
    }
}

impl Replay {
    /// A fresh node.
    pub fn new(recording: &Rc<Recording>) -> Self {
        Self { node: recording.fresh_node(), recording: Rc::clone(recording), next: 0, are_bodies: false }
    }

    /// Hands it all frames, and leaves all to it.
    pub fn alone(&mut self) {
        for frame in &self.recording.frames {
            self.node.receive(PEER, frame, self.recording.now);
        }
    }

    /// Looks at the next frame, if there is one, and for the signatures that it asks for. Those at the beginning that ask
    /// for none are handled on the way, as a shell would have before the first body came.
    pub fn look(&mut self) -> Option<(Frame, SignatureBatch)> {
        while let Some(frame) = self.recording.frames.get(self.next) {
            let number = self.next;
            self.next += 1;
            let prepared = self.node.prepare(PEER, frame);
            let signatures = prepared.as_ref().map_or_else(SignatureBatch::default, Prepared::signatures);
            self.are_bodies |= !signatures.is_empty();
            if self.are_bodies {
                return Some((Frame { number, prepared }, signatures));
            }
            self.node.receive(PEER, frame, self.recording.now);
        }
        None
    }

    /// Hands a frame to the node, and what was verified for it.
    pub fn take(&mut self, frame: Frame, verified: &[VerifiedSignatures]) {
        match frame.prepared {
            Some(prepared) => self.node.receive_prepared(prepared, verified, self.recording.now),
            None => self.node.receive(PEER, &self.recording.frames[frame.number], self.recording.now),
        }
    }

    /// Looks whether it has caught up.
    ///
    /// # Panics
    /// When it has not.
    pub fn finish(self) {
        self.recording.check(&self.node);
    }
}

fn busy_chain(blocks: usize, senders: u64) -> ChainBuilder {
    const BANK: u64 = 0;
    let mut builder = ChainBuilder::easy();
    let coins = GIVEN.units() * senders * GROUPS;
    builder.mine_many(BANK, coins.div_ceil(builder.params().reward.units()) as usize);
    let network = builder.network();
    for group in 0..GROUPS {
        let first = builder.ledger().account(&address(BANK)).next_sequence;
        let give = |number| {
            let receiver = 1 + group * senders + number;
            payment(network, BANK, receiver, GIVEN, Amount::ZERO, first + number)
        };
        builder.mine(BANK, &(0..senders).map(give).collect::<Vec<_>>());
    }
    for block in 0..blocks as u64 {
        let first = 1 + block % GROUPS * senders;
        let pay = |sender| builder.pay(sender, BANK, Amount::from_units(1_000), Amount::from_units(10));
        let payments: Vec<_> = (first..first + senders).map(pay).collect();
        builder.mine(BANK, &payments);
    }
    builder
}

fn node(params: &Params, number: u8) -> Node {
    let config = Config {
        role: Role::Tab,
        name: NodeName::new("bench").expect("letters"),
        agent: "bench".to_owned(),
        auto_sync: true,
        address: address(0),
    };
    Node::new(config, params.clone(), key(u64::from(number)), [number; 32], Box::new(MemoryBodies::default()))
}

fn sent(node: &mut Node) -> Vec<Vec<u8>> {
    let outputs = std::iter::from_fn(|| node.poll_output());
    let bytes = |output| match output {
        Output::Send { bytes, .. } => Some(bytes),
        _ => None,
    };
    outputs.filter_map(bytes).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::protocol::Ahead;

    #[test]
    fn a_node_catches_up_alone_and_with_what_was_verified_ahead() {
        let recording = Rc::new(Recording::prepare(3, 150));
        let mut replay = Replay::new(&recording);
        replay.alone();
        replay.finish();
        let mut replay = Replay::new(&recording);
        let mut ahead = Ahead::default();
        while let Some((frame, signatures)) = replay.look() {
            ahead.push(frame, signatures);
        }
        let mut payments = 0;
        while !ahead.is_empty() {
            while let Some((share, signatures)) = ahead.take_share(2) {
                payments += signatures.len();
                ahead.put_back(share, signatures.verify());
            }
            let (frame, verified) = ahead.take_input().expect("nothing is out");
            replay.take(frame, &verified);
        }
        replay.finish();
        assert_eq!((payments, recording.payments()), (900, 900), "every signature was verified ahead");
    }
}
