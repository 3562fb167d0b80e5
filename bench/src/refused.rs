//! What it costs a relay to refuse blocks and headers without work: what an attacker makes for nothing must cost next to
//! nothing.
//!
//! Who sends a block without work is cut off for it, so each comes from a peer of its own. Their handshakes cost them as
//! much as the relay, and are not measured. Headers of little work are nobody's fault; they come in full messages.

use shared::protocol::{
    Agent, Config, Hello, Message, Node, Output, PROTOCOL_VERSION, PeerId, Role, Status, proof_bytes,
};
use shared::rules::header::check_work;
use shared::state::{MemoryBodies, Tip};
use shared::testing::{ChainBuilder, address, easy_params, key};
use shared::{Block, CompactTarget, Header, NodeName, Params, Proof, Target, Timestamp, decode, encode};

use crate::sample::{Clock, Sample, measure};

/// A target that every other attempt meets: the least work there is here.
const EASIEST: CompactTarget = CompactTarget::from_bits(0x207f_ffff);
/// Peers, each of which sends one thing, in a group: few, as a node looks through its links now and then.
const PEERS: usize = 50;
/// Groups in a round.
const GROUPS: usize = 20;
/// Blocks of the relay's own chain, found a millisecond apart, so that each has more work than the one before.
const OWN_BLOCKS: usize = 160;
/// Messages of headers in a round, and headers in each of them.
const MESSAGES: usize = 25;
const HEADERS_A_MESSAGE: usize = 2_000;

/// What is refused.
#[derive(Debug)]
pub struct Worthless {
    chain: ChainBuilder,
    headers: Vec<Vec<u8>>,
    /// The end of the headers, as somebody claims it to be.
    claimed: Tip,
    announcement: Vec<u8>,
    block: Vec<u8>,
}

fn params() -> Params {
    Params { target_limit: EASIEST, interval_ms: 1_000, half_life_ms: 10_000, ..easy_params() }
}

/// A header whose hash does not meet its target.
fn without_work(header: Header) -> Header {
    let target = Target::from_compact(header.target).expect("a builder's targets are targets");
    let with = |proof| Header { proof: Proof(proof), ..header };
    (0..).map(with).find(|header| check_work(header.hash(), target).is_err()).expect("most hashes are too high")
}

impl Worthless {
    /// Mines the relay's chain, and what is worth less.
    pub fn prepare() -> Self {
        let mut chain = ChainBuilder::new(params());
        chain.set_interval_ms(1);
        chain.mine_many(1, OWN_BLOCKS);
        let mut low = ChainBuilder::new(params());
        low.mine_many(2, MESSAGES * HEADERS_A_MESSAGE);
        let headers: Vec<Header> = low.blocks().iter().map(|block| block.header).collect();
        let message = |headers: &[Header]| encode(&Message::Headers { headers: headers.to_vec(), more: true });
        let draft = chain.draft(3, &[]);
        let header = without_work(draft.header);
        let tip = chain.chain().tip();
        Self {
            headers: headers.chunks(HEADERS_A_MESSAGE).map(message).collect(),
            claimed: Tip { hash: low.tip().hash(), work: tip.work.saturating_add(tip.work), ..tip },
            announcement: encode(&Message::Announce(header)),
            block: encode(&Message::Blocks(vec![Block { header, ..draft }])),
            chain,
        }
    }

    /// Refuses one round of everything.
    ///
    /// # Panics
    /// When something is not refused.
    pub fn round(&self, clock: &Clock) -> Vec<Sample> {
        vec![
            self.cut_off(clock, "headers without work refused", "headers", &self.announcement),
            self.cut_off(clock, "blocks without work refused", "blocks", &self.block),
            self.looked_at(clock),
        ]
    }

    fn now(&self) -> Timestamp {
        // The headers are a second apart, and none of them is ahead of its time.
        self.chain.now().plus_ms((MESSAGES * HEADERS_A_MESSAGE) as u64 * 1_000)
    }

    fn relay(&self) -> Node {
        let config = Config {
            role: Role::Relay,
            name: NodeName::new("relay").expect("a name"),
            agent: "bench".to_owned(),
            auto_sync: true,
            address: address(1),
        };
        let mut node = Node::new(config, params(), key(1), [7; 32], Box::new(MemoryBodies::default()));
        node.restore(self.chain.blocks().iter().cloned()).expect("a chain on this genesis");
        node
    }

    /// A peer with a key of its own is welcomed.
    fn greet(&self, node: &mut Node, peer: PeerId) {
        let (secret, now) = (key(1_000 + peer.0), self.now());
        let status = Status {
            name: NodeName::new("peer").expect("a name"),
            address: address(2),
            tip: node.chain().tip(),
            auto_sync: true,
        };
        let hello = Hello {
            version: PROTOCOL_VERSION,
            network: params().network(),
            key: secret.public(),
            role: Role::Tab,
            agent: Agent::new("bench"),
            nonce: [3; 32],
            status,
        };
        node.peer_joined(peer, now);
        let theirs = std::iter::from_fn(|| node.poll_output()).find_map(|output| match output {
            Output::Send { bytes, .. } => match decode(&bytes) {
                Ok(Message::Hello(hello)) => Some(hello),
                _ => None,
            },
            _ => None,
        });
        let proof = secret.sign(&proof_bytes(&hello, &theirs.expect("a node greets first")));
        node.receive(peer, &encode(&Message::Hello(hello)), now);
        node.receive(peer, &encode(&Message::Proof(proof)), now);
        while node.poll_output().is_some() {}
        assert!(node.member_at(peer).is_some(), "it is welcomed");
    }

    /// Many peers send this, and are cut off for it.
    fn cut_off(&self, clock: &Clock, name: &str, unit: &'static str, frame: &[u8]) -> Sample {
        let (mut node, now, mut took_ms) = (self.relay(), self.now(), 0.0);
        for group in 0..GROUPS {
            let peers = (0..PEERS).map(|number| PeerId((group * PEERS + number) as u64));
            peers.clone().for_each(|peer| self.greet(&mut node, peer));
            let began = clock();
            for peer in peers {
                node.receive(peer, frame, now);
            }
            took_ms += clock() - began;
            assert!(node.peers().is_empty(), "all are cut off");
            while node.poll_output().is_some() {}
        }
        Sample::of(name, unit, GROUPS * PEERS, took_ms)
    }

    /// A peer claims a chain of much work, and shows one of little.
    fn looked_at(&self, clock: &Clock) -> Sample {
        let (mut node, now, peer) = (self.relay(), self.now(), PeerId(0));
        self.greet(&mut node, peer);
        let status = Status {
            name: NodeName::new("peer").expect("a name"),
            address: address(2),
            tip: self.claimed,
            auto_sync: true,
        };
        node.receive(peer, &encode(&Message::Status(status)), now);
        let sample =
            measure(clock, "headers of little work looked at", "headers", MESSAGES * HEADERS_A_MESSAGE, || {
                self.headers.iter().for_each(|frame| node.receive(peer, frame, now));
            });
        assert_eq!((node.peers().len(), node.chain().beside()), (1, 0), "nobody is cut off, and nothing kept");
        let asked = std::iter::from_fn(|| node.poll_output()).filter_map(|output| match output {
            Output::Send { bytes, .. } => match decode(&bytes) {
                Ok(Message::GetHeaders { locator, .. }) => locator.first().copied(),
                _ => None,
            },
            _ => None,
        });
        assert_eq!(asked.last(), Some(self.claimed.hash), "it has looked at all of them, and asks for more");
        sample
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_without_work_is_refused() {
        let ticks = std::cell::Cell::new(0.0);
        let samples = Worthless::prepare().round(&move || {
            ticks.set(ticks.get() + 1_000.0);
            ticks.get()
        });
        let counts: Vec<f64> = samples.iter().map(|sample| sample.per_second).collect();
        assert_eq!(counts, [PEERS as f64, PEERS as f64, (MESSAGES * HEADERS_A_MESSAGE) as f64]);
    }
}
