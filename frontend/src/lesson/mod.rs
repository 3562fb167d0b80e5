//! The lesson "Break the tutorial's coin": what each step does to real nodes, and what it found.
//!
//! Pure: the nodes are `shared`'s own, the classic ones as a classic room runs them, the sealed chain as every room
//! does, with easy proofs. Nothing of it reaches a network. Time is handed in once; each step tells in two sentences
//! what happened and why, with the numbers that were computed.

mod classic;
mod live;
mod sealed;
mod sketch;

use shared::{Receipt, Timestamp};

pub use live::{LiveForgery, forge_live};
pub use sketch::{Row, Sketch};

/// What Bob paid Mallory, in coins.
pub const PAID: u64 = 5;
/// What Mallory makes of it.
pub const FORGED: u64 = 5_000;

/// A step of the lesson.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Bob and Mallory come to hold the same classic chain.
    Mine,
    /// Mallory rewrites an amount.
    Rewrite,
    /// She links the later blocks again.
    Relink,
    /// `is_valid` is asked.
    Check,
    /// She puts a block on top.
    Append,
    /// Bob replaces his chain.
    Convince,
    /// The same payments on a sealed chain.
    Seal,
    /// The same attack on it.
    Attack,
    /// The attack with its work.
    Work,
}

impl Step {
    /// All of them in order.
    pub const ALL: [Self; 9] = [
        Self::Mine,
        Self::Rewrite,
        Self::Relink,
        Self::Check,
        Self::Append,
        Self::Convince,
        Self::Seal,
        Self::Attack,
        Self::Work,
    ];

    /// What its button says.
    pub fn button(self) -> &'static str {
        match self {
            Self::Mine => "Mine three blocks",
            Self::Rewrite => "Rewrite the amount",
            Self::Relink => "Link the blocks again",
            Self::Check => "Ask is_valid",
            Self::Append => "Add one block",
            Self::Convince => "Replace Bob's chain",
            Self::Seal => "Mine three sealed blocks",
            Self::Attack => "Rewrite and link again",
            Self::Work => "Do the work after all",
        }
    }

    /// Its heading.
    pub fn title(self) -> &'static str {
        match self {
            Self::Mine => "Bob and Mallory hold the same chain",
            Self::Rewrite => "Mallory rewrites an old payment",
            Self::Relink => "She links the blocks again",
            Self::Check => "Is the forged chain valid?",
            Self::Append => "She makes it the longer one",
            Self::Convince => "Bob replaces his chain",
            Self::Seal => "The same payments, sealed",
            Self::Attack => "The same attack, refused",
            Self::Work => "And if she did the work?",
        }
    }

    /// What is about to be done.
    pub fn plan(self) -> &'static str {
        match self {
            Self::Mine => {
                "Two nodes of the tutorial, in this page. Three blocks are mined, with payments in them, and both nodes hold them."
            }
            Self::Rewrite => {
                "In the second block Bob pays Mallory 5. On her own disk she makes that 5000, and nothing else."
            }
            Self::Relink => {
                "Each later block has to name the hash of the block before it. She writes the new hashes in, and mines nothing."
            }
            Self::Check => "The tutorial's own check, on the forged chain.",
            Self::Append => "A node adopts only a longer chain. So she puts one block on top.",
            Self::Convince => "Bob's node asks Mallory's for its chain, as the tutorial's replace_chain does.",
            Self::Seal => {
                "A chain of Tabcoin's own rules, with easy proofs: the same payments, signed, in mined blocks."
            }
            Self::Attack => {
                "Mallory does to it what she did before: another amount, the root of the payments worked out anew, all later blocks linked again. Then she hands it to Bob."
            }
            Self::Work => "She has a fast computer, and finds a new proof for every block she touched.",
        }
    }
}

/// What a step found.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// Two sentences: what happened, and why.
    pub said: String,
    /// The numbers, each with what it is.
    pub facts: Vec<(&'static str, String)>,
    /// The chains as they are now, newest block first.
    pub rows: Vec<Row>,
    /// The refusal, where there was one.
    pub receipt: Option<Receipt>,
}

/// The lesson as far as it was done.
#[derive(Clone, Debug)]
pub struct Lesson {
    classic: classic::Story,
    sealed: sealed::Story,
    findings: Vec<Finding>,
}

impl Lesson {
    /// Before the first step.
    pub fn new(now: Timestamp) -> Self {
        Self { classic: classic::Story::new(now), sealed: sealed::Story::new(), findings: Vec::new() }
    }

    /// What the steps found so far, in order.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// The step that comes next; `None` at the end.
    pub fn next(&self) -> Option<Step> {
        Step::ALL.get(self.findings.len()).copied()
    }

    /// The lesson after one more step.
    #[must_use]
    pub fn step(&self) -> Self {
        let mut lesson = self.clone();
        let Some(step) = self.next() else { return lesson };
        let finding = match step {
            Step::Mine => lesson.classic.mine(),
            Step::Rewrite => lesson.classic.rewrite(),
            Step::Relink => lesson.classic.relink(),
            Step::Check => lesson.classic.check(),
            Step::Append => lesson.classic.append(),
            Step::Convince => lesson.classic.convince(),
            Step::Seal => lesson.sealed.mine(),
            Step::Attack => lesson.sealed.attack(),
            Step::Work => lesson.sealed.work(),
        };
        lesson.findings.push(finding);
        lesson
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn done(steps: usize) -> Lesson {
        let start = Lesson::new(Timestamp::from_ms(1_795_376_000_123));
        (0..steps).fold(start, |lesson, _| lesson.step())
    }

    fn fact<'a>(lesson: &'a Lesson, name: &str) -> &'a str {
        let facts = &lesson.findings().last().expect("a step was done").facts;
        &facts.iter().find(|(label, _)| *label == name).unwrap_or_else(|| panic!("no {name} among {facts:?}")).1
    }

    #[test]
    fn every_step_finds_what_the_lesson_says_and_the_last_is_the_end() {
        let lesson = done(Step::ALL.len());
        assert_eq!(lesson.findings().len(), Step::ALL.len());
        assert_eq!(lesson.next(), None);
        assert_eq!(lesson.step().findings().len(), Step::ALL.len(), "after the end there is nothing to do");
        for finding in lesson.findings() {
            assert_eq!(finding.said.matches(". ").count() + 1, 2, "two sentences: {}", finding.said);
        }
    }

    #[test]
    fn mining_costs_the_tries_that_the_proofs_are() {
        let lesson = done(1);
        assert_eq!(fact(&lesson, "Tries"), "67\u{202f}217");
        let rows = &lesson.findings()[0].rows;
        assert_eq!(rows[0].blocks, rows[1].blocks, "both hold the same chain");
    }

    #[test]
    fn a_rewritten_block_alone_is_refused_for_the_link_after_it() {
        let lesson = done(2);
        let finding = &lesson.findings()[1];
        assert_eq!(finding.receipt.as_ref().expect("refused").rule, "previous hash");
        let broken: Vec<bool> = finding.rows[0].blocks.iter().map(|block| block.broken).collect();
        assert_eq!(broken, [false, true, false, false], "newest first: the third block's link is broken");
    }

    #[test]
    fn linked_again_the_lie_is_valid_and_bob_adopts_it_without_a_try() {
        assert_eq!(fact(&done(3), "Tries"), "0");
        let checked = done(4);
        assert_eq!(fact(&checked, "is_valid"), "all good, the chain is valid");
        assert_eq!(checked.findings()[3].receipt, None);
        let appended = done(5);
        assert_eq!((fact(&appended, "Tries"), fact(&appended, "Proof of block 5")), ("0", "8018"));
        let adopted = done(6);
        assert_eq!(fact(&adopted, "replace_chain"), "nodes updated.");
        let says = &adopted.findings()[5].rows[0].blocks[3].says;
        assert_eq!(says, "Bob → Mallory 5000");
    }

    #[test]
    fn the_sealed_chain_refuses_the_same_for_its_proof_of_work_and_then_for_the_signature() {
        let attacked = done(8);
        assert_eq!(attacked.findings()[7].receipt.as_ref().expect("refused").rule, "proof of work");
        assert_eq!(fact(&attacked, "Old proofs that still hold"), "0 of 3");
        assert_eq!(fact(&attacked, "Tries expected to redo them"), "256 × 3 = 768");
        let worked = done(9);
        assert_eq!(worked.findings()[8].receipt.as_ref().expect("refused").rule, "signature");
        let tries: u64 = fact(&worked, "Tries it took").parse().expect("a number below ten thousand");
        assert!(tries > 0);
    }
}
