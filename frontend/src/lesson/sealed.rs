//! The lesson's steps on a sealed chain: the same payments, the same attack, under the real rules with easy proofs.

use shared::rules::block::BlockError;
use shared::state::{Chain, Job, JobId, Scalar, SearchCursor, search};
use shared::testing::{ChainBuilder, easy_params};
use shared::{Amount, Block, Proof, Refusal, Seal, Target, Transaction};

use super::sketch::{Row, Sketch, mark};
use super::{FORGED, Finding, PAID};
use crate::format;

/// The numbers of their keys.
const BOB: u64 = 1;
const MALLORY: u64 = 2;
const ALICE: u64 = 3;

/// The rewritten block's place among the blocks after the genesis, counted from 0.
const PLACE: usize = 1;
/// No search for an easy proof takes more, by any chance worth naming: it is five hundred times what is expected.
const TRIES_MAX: u64 = 1 << 17;

const NEVER: &str = "the lesson's own chain is short and valid, which a test walks through";

/// Bob's chain.
#[derive(Clone, Debug)]
pub(super) struct Story {
    bob: ChainBuilder,
    honest: Vec<Sketch>,
}

impl Story {
    pub(super) fn new() -> Self {
        Self { bob: ChainBuilder::new(easy_params()), honest: Vec::new() }
    }

    pub(super) fn mine(&mut self) -> Finding {
        // Bob has coins to pay with, from a block of his own.
        let mut tries = self.add(BOB, &[]);
        let first = self.bob.pay(BOB, MALLORY, Amount::from_coins(PAID), Amount::ZERO);
        tries += self.add(ALICE, &[first]);
        let second = self.bob.pay(ALICE, BOB, Amount::from_coins(3), Amount::ZERO);
        tries += self.add(MALLORY, &[second]);
        let third = self.bob.pay(MALLORY, ALICE, Amount::from_coins(2), Amount::ZERO);
        tries += self.add(BOB, &[third]);
        self.honest = sketches(self.bob.blocks());
        let blocks = self.bob.blocks().len() as u64;
        Finding {
            said: format!(
                "Bob mined a block to have coins, and three more hold the three payments: {} tries, where {} were expected. \
                 Each try hashed a whole header, with the hash of the block before, the root of the payments and the time in \
                 it.",
                format::number(tries),
                format::number(expected(self.bob.tip()) * blocks),
            ),
            facts: vec![
                ("Tries", format::number(tries)),
                ("Expected for each block", format::number(expected(self.bob.tip()))),
                ("Newest hash", self.bob.tip().hash().to_string()),
            ],
            rows: vec![Row { label: "Bob's sealed chain", blocks: self.honest.clone() }],
            receipt: None,
        }
    }

    pub(super) fn attack(&mut self) -> Finding {
        let forged = self.forged(|_| 0);
        let receipt = self.offer(&forged[0]).err().map(|error| error.receipt());
        let holding = forged.iter().filter(|block| holds(block)).count();
        let (each, count) = (expected(&forged[0]), forged.len() as u64);
        Finding {
            said: "The rewritten block has another hash, and with the old proof that hash is far from small enough, so Bob's \
                   node refuses it. The old proof was a proof for the old payments alone: it commits to the whole header, \
                   and the header to every payment."
                .to_owned(),
            facts: vec![
                ("Hash of block 2 before", self.bob.blocks()[PLACE].hash().to_string()),
                ("Hash of block 2 now", forged[0].hash().to_string()),
                ("Old proofs that still hold", format!("{holding} of {count}")),
                ("Tries expected to redo them", format!("{each} × {count} = {}", each * count)),
            ],
            rows: vec![self.marked(&forged)],
            receipt,
        }
    }

    pub(super) fn work(&mut self) -> Finding {
        let mut tries = 0;
        let forged = self.forged(|block| {
            let made = solve(block);
            tries += made;
            made
        });
        let receipt = self.offer(&forged[0]).err().map(|error| error.receipt());
        let meanwhile = tries / expected(&forged[0]);
        Finding {
            said: format!(
                "New proofs for {} took {} tries, and whoever mines as fast as she does has put {} on Bob's chain \
                 meanwhile. Even so her block is refused: Bob signed {PAID} and not {FORGED}, and his signature she cannot \
                 make.",
                format::count(forged.len() as u64, "block", "blocks"),
                format::number(tries),
                format::count(meanwhile, "block", "blocks"),
            ),
            facts: vec![
                ("Tries it took", tries.to_string()),
                (
                    "Expected",
                    format!(
                        "{} × {} = {}",
                        expected(&forged[0]),
                        forged.len(),
                        expected(&forged[0]) * forged.len() as u64
                    ),
                ),
                (
                    "Proofs that hold now",
                    format!("{} of {}", forged.iter().filter(|block| holds(block)).count(), forged.len()),
                ),
            ],
            rows: vec![self.marked(&forged)],
            receipt,
        }
    }

    /// Mines a block of these payments; returns the tries it took.
    fn add(&mut self, miner: u64, payments: &[shared::SignedPayment]) -> u64 {
        let mut block = self.bob.draft(miner, payments);
        let tries = solve(&mut block);
        self.bob.push(block);
        tries
    }

    /// Bob's chain from the rewritten block on: another amount, new roots, new links, and what `prove` does for a proof.
    fn forged(&self, mut prove: impl FnMut(&mut Block) -> u64) -> Vec<Block> {
        let honest = self.bob.blocks();
        let mut previous = honest[PLACE - 1].hash();
        let mut forged = Vec::new();
        for (at, block) in honest.iter().enumerate().skip(PLACE) {
            let mut block = block.clone();
            if at == PLACE
                && let Some(Transaction::Payment(payment)) = block.transactions.get_mut(1)
            {
                payment.payment.amount = Amount::from_coins(FORGED);
            }
            block.header.root = block.root();
            block.header.previous_hash = previous;
            prove(&mut block);
            previous = block.hash();
            forged.push(block);
        }
        forged
    }

    /// Hands a block to a node that holds Bob's chain.
    fn offer(&self, block: &Block) -> Result<(), BlockError> {
        let mut chain: Chain = self.bob.chain();
        chain.insert_block(block.clone(), self.bob.now(), &|_| false).map(drop)
    }

    /// The forged chain, with what differs from Bob's marked.
    fn marked(&self, forged: &[Block]) -> Row {
        let blocks: Vec<Block> = self.bob.blocks()[..PLACE].iter().chain(forged).cloned().collect();
        let mut blocks = sketches(&blocks);
        mark(&mut blocks, &self.honest);
        Row { label: "Mallory's sealed chain", blocks }
    }
}

/// Finds a proof, and counts the tries.
fn solve(block: &mut Block) -> u64 {
    block.header.root = block.root();
    let job = Job { id: JobId::default(), header: block.header };
    let from = SearchCursor::at(block.header.extra_nonce, Proof(0));
    let outcome = search(&Scalar, &job, from, TRIES_MAX);
    block.header.proof = outcome.found.expect(NEVER).1;
    outcome.attempts
}

/// The tries that a block's target takes on average.
fn expected(block: &Block) -> u64 {
    target(block).work().to_f64().round() as u64
}

/// Whether a block's proof holds.
fn holds(block: &Block) -> bool {
    target(block).is_met_by(&block.hash())
}

fn target(block: &Block) -> Target {
    Target::from_compact(block.header.target).expect(NEVER)
}

/// The blocks newest first.
fn sketches(blocks: &[Block]) -> Vec<Sketch> {
    let sketch = |block: &Block| {
        let hash = block.hash();
        let height = block.header.height.as_u64();
        Sketch::new(height, hash.to_string(), Seal::of(&hash), block.header.proof.0.to_string(), says(block))
    };
    blocks.iter().rev().map(sketch).collect()
}

/// A block's first payment, in words.
fn says(block: &Block) -> String {
    let Some(Transaction::Payment(payment)) = block.transactions.get(1) else { return "reward alone".to_owned() };
    let name =
        |address| match [BOB, MALLORY, ALICE].into_iter().find(|number| shared::testing::address(*number) == address) {
            Some(BOB) => "Bob",
            Some(MALLORY) => "Mallory",
            _ => "Alice",
        };
    let payment = &payment.payment;
    format!("{} → {} {}", name(payment.sender.address()), name(payment.receiver), payment.amount)
}
