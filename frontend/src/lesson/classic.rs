//! The lesson's steps on the tutorial's chain.

use shared::classic::forge::{append, forge};
use shared::classic::{Block, Chain, Node, Value};
use shared::{NodeId, Refusal, Timestamp};

use super::sketch::{Row, Sketch, mark};
use super::{FORGED, Finding, PAID};
use crate::format;

/// What the blocks after the genesis hold.
const PAYMENTS: [(&str, &str, u64); 3] = [("Bob", "Mallory", PAID), ("Alice", "Bob", 3), ("Mallory", "Alice", 2)];
/// The rewritten block's place, counted from 0.
const PLACE: usize = 1;
/// How far apart the blocks are, in milliseconds.
const STEP_MS: u64 = 1_000;
/// No search for a proof of the lesson takes more.
const TRIES_MAX: u64 = 1_000_000;

const NEVER: &str = "the lesson's own chain is short and valid, which a test walks through";

/// Bob's node, Mallory's node, and the chain on her disk.
#[derive(Clone, Debug)]
pub(super) struct Story {
    now: Timestamp,
    bob: Node,
    mallory: Node,
    /// The chain as it was mined.
    honest: Vec<Sketch>,
}

impl Story {
    pub(super) fn new(now: Timestamp) -> Self {
        let node = |number: u8, name: &str| Node::new(NodeId::from_bytes([number; 16]), name, now);
        Self { now, bob: node(0xb0, "Bob"), mallory: node(0xe5, "Mallory"), honest: Vec::new() }
    }

    pub(super) fn mine(&mut self) -> Finding {
        let mut tries = 0;
        for (at, (sender, receiver, amount)) in PAYMENTS.into_iter().enumerate() {
            self.mallory.add_transaction(sender.into(), receiver.into(), amount.into()).expect(NEVER);
            let mut search = self.mallory.search().expect(NEVER);
            let proof = search.run(TRIES_MAX).expect(NEVER);
            tries += search.attempts();
            self.mallory.mined(proof, self.now.plus_ms(STEP_MS * (at as u64 + 1))).expect(NEVER);
        }
        self.bob.replace([self.mallory.chain().clone()]);
        self.honest = sketches(self.bob.chain());
        let proofs: Vec<String> = proofs(self.bob.chain());
        Finding {
            said: format!(
                "Three blocks took {} tries, and their proofs are {}. Every chain of the tutorial has exactly these \
                 proofs, for each is worked out of the proof before it and of nothing else.",
                format::number(tries),
                proofs.join(", "),
            ),
            facts: vec![
                ("Tries", format::number(tries)),
                ("Proofs", proofs.join(", ")),
                ("Newest hash", tip(&self.bob)),
            ],
            rows: vec![row("Mallory's node", &self.mallory), row("Bob's node", &self.bob)],
            receipt: None,
        }
    }

    pub(super) fn rewrite(&mut self) -> Finding {
        let honest = self.mallory.chain();
        let forgery = forge(honest, PLACE, 0, FORGED.into()).expect(NEVER);
        // As it stands on her disk after the first stroke: one block rewritten, the rest as it was.
        let mut blocks = honest.blocks().to_vec();
        blocks[PLACE] = forgery.chain.blocks()[PLACE].clone();
        let chain = Chain::from_blocks(blocks).expect(NEVER);
        let receipt = chain.check().err().map(|error| error.receipt());
        self.mallory.adopt(chain);
        Finding {
            said: format!(
                "Block 2 says {FORGED} where it said {PAID}, and so it has another hash, which is taken of all that is in \
                 it. Block 3 still names the old hash, and is_valid refuses the chain."
            ),
            facts: vec![("Hash of block 2 before", forgery.hash_before), ("Hash of block 2 now", forgery.hash_after)],
            rows: vec![self.marked("Mallory's disk")],
            receipt,
        }
    }

    pub(super) fn relink(&mut self) -> Finding {
        // From what Bob still has, which is what she had.
        let forgery = forge(self.bob.chain(), PLACE, 0, FORGED.into()).expect(NEVER);
        self.mallory.adopt(forgery.chain);
        let linked: Vec<String> = forgery
            .relinked
            .iter()
            .map(|block| {
                format!(
                    "block {}: {} → {}",
                    block.place + 1,
                    format::short(&block.hash_before),
                    format::short(&block.hash_after)
                )
            })
            .collect();
        Finding {
            said: format!(
                "{} now name the new hash of the block before them, which gives them new hashes too. Not one proof was \
                 tried, since a proof is held against the proof before it and never against the block it stands in.",
                format::count(forgery.relinked.len() as u64, "later block", "later blocks"),
            ),
            facts: vec![
                ("Tries", format::number(forgery.attempts)),
                ("New hashes", linked.join("; ")),
                ("Proofs", proofs(self.mallory.chain()).join(", ")),
            ],
            rows: vec![self.marked("Mallory's disk")],
            receipt: None,
        }
    }

    pub(super) fn check(&mut self) -> Finding {
        let verdict = self.mallory.chain().check();
        let answer = if verdict.is_ok() { "all good, the chain is valid" } else { "the chain is not valid" };
        Finding {
            said: "The tutorial's check finds nothing wrong with the forged chain. It asks whether each link names the \
                   right hash and whether each proof fits the proof before it: the links were redone, and the proofs were \
                   never touched."
                .to_owned(),
            facts: vec![("is_valid", answer.to_owned()), ("Links checked", links(self.mallory.chain())), ("Proofs checked", links(self.mallory.chain()))],
            rows: Vec::new(),
            receipt: verdict.err().map(|error| error.receipt()),
        }
    }

    pub(super) fn append(&mut self) -> Finding {
        let (reward, honest_tries) = honestly(&self.mallory);
        let now = self.now.plus_ms(STEP_MS * (self.mallory.chain().length() as u64 + 1));
        let appended = append(self.mallory.chain(), vec![reward], now).expect(NEVER);
        self.mallory.adopt(appended.chain);
        let (theirs, ours) = (self.mallory.chain().length(), self.bob.chain().length());
        Finding {
            said: format!(
                "Block 5 went on top with the proof {}, which she looked up: it stands in every chain of the tutorial at \
                 this place. The forged chain has {theirs} blocks now, and Bob's has {ours}.",
                appended.proof,
            ),
            facts: vec![
                ("Proof of block 5", appended.proof.to_string()),
                ("Tries", format::number(appended.attempts)),
                ("Tries of whoever searches", format::number(honest_tries)),
            ],
            rows: vec![self.marked("Mallory's node")],
            receipt: None,
        }
    }

    pub(super) fn convince(&mut self) -> Finding {
        let before = tip(&self.bob);
        let is_replaced = self.bob.replace([self.mallory.chain().clone()]);
        let answer = if is_replaced { "nodes updated." } else { "already largest chain" };
        let mut bobs = row("Bob's node", &self.bob);
        mark(&mut bobs.blocks, &self.honest);
        Finding {
            said: format!(
                "Bob's node was handed a longer chain that keeps all the tutorial's rules, and adopted it. His own node now \
                 says that he paid Mallory {FORGED}, and nothing that it holds remembers otherwise."
            ),
            facts: vec![
                ("replace_chain", answer.to_owned()),
                ("Newest hash before", before),
                ("Newest hash now", tip(&self.bob)),
            ],
            rows: vec![bobs],
            receipt: None,
        }
    }

    /// Mallory's chain, with what differs from the honest one marked.
    fn marked(&self, label: &'static str) -> Row {
        let mut row = row(label, &self.mallory);
        mark(&mut row.blocks, &self.honest);
        row
    }
}

/// What a node that does not look the next proof up would do for its block: the reward it pays itself, and the tries.
fn honestly(node: &Node) -> (Value, u64) {
    let mut miner = node.clone();
    let mut search = miner.search().expect(NEVER);
    let proof = search.run(TRIES_MAX).expect(NEVER);
    let block = miner.mined(proof, Timestamp::from_ms(0)).expect(NEVER);
    let reward = block.transactions().last().cloned().expect("a mined block ends in its reward");
    (reward, search.attempts())
}

fn proofs(chain: &Chain) -> Vec<String> {
    chain.blocks().iter().skip(1).map(proof).collect()
}

fn proof(block: &Block) -> String {
    block.proof().map_or_else(|| "none".to_owned(), |proof| proof.as_str().to_owned())
}

fn links(chain: &Chain) -> String {
    format::count(chain.length() as u64 - 1, "right", "right")
}

fn tip(node: &Node) -> String {
    node.chain().last().hash()
}

fn row(label: &'static str, node: &Node) -> Row {
    Row { label, blocks: sketches(node.chain()) }
}

/// The blocks newest first.
fn sketches(chain: &Chain) -> Vec<Sketch> {
    let mut previous: Option<String> = None;
    let mut blocks = Vec::new();
    for (at, block) in chain.blocks().iter().enumerate() {
        let mut sketch = Sketch::new(at as u64 + 1, block.hash(), block.seal(), proof(block), says(block));
        sketch.broken = previous.is_some() && block.previous_hash() != previous.as_deref();
        previous = Some(block.hash());
        blocks.push(sketch);
    }
    blocks.reverse();
    blocks
}

/// A block's first payment, in words.
fn says(block: &Block) -> String {
    let Some(first) = block.transactions().first().and_then(Value::as_object) else {
        return "the beginning".to_owned();
    };
    let field = |name: &str| first.get(name).map(Value::plain).unwrap_or_default();
    let sender = field("sender");
    let sender = if sender.len() == 32 { "reward".to_owned() } else { sender };
    format!("{sender} → {} {}", field("receiver"), field("amount"))
}
