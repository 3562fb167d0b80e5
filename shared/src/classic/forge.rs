//! Breaking the tutorial's coin: what anybody can do to a classic chain without any work, since a proof commits to the
//! proof before it and not to the block it stands in.
//!
//! For the first lesson, which shows the numbers. None of this works on a sealed chain.

use super::block::Block;
use super::chain::{Chain, ChainError};
use super::json::{Integer, Value};
use super::proof::{GENESIS_PROOF, KNOWN_PROOFS, ProofError, ProofSearch};
use crate::classic::limits::PROOF_ATTEMPTS_MAX;
use crate::counted;
use crate::rules::receipt::{Receipt, Refusal};
use crate::values::Timestamp;

/// An old block rewritten, and the blocks after it linked again.
#[derive(Clone, Debug, PartialEq)]
pub struct Forgery {
    /// The forged chain.
    pub chain: Chain,
    /// The place of the rewritten block, counted from 0.
    pub place: usize,
    /// Its hash before.
    pub hash_before: String,
    /// Its hash now.
    pub hash_after: String,
    /// The amount before.
    pub amount_before: Value,
    /// The amount now.
    pub amount_after: Value,
    /// The blocks after it, each of which names another hash now.
    pub relinked: Vec<Relinked>,
    /// How many proofs were tried: none.
    pub attempts: u64,
}

/// A block that names another previous hash, and so has another hash itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relinked {
    /// Its place, counted from 0.
    pub place: usize,
    /// Its proof, as it was and as it stays.
    pub proof: Option<Integer>,
    /// Its hash before.
    pub hash_before: String,
    /// Its hash now.
    pub hash_after: String,
}

/// A block put on top.
#[derive(Clone, Debug, PartialEq)]
pub struct Appended {
    /// The longer chain.
    pub chain: Chain,
    /// The new block's proof.
    pub proof: u64,
    /// How many proofs were tried: none where it is one that every chain has.
    pub attempts: u64,
}

/// Why there is nothing to forge.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ForgeError {
    /// No such block.
    #[error("no block {} in a chain of {length}", place + 1)]
    Block {
        /// The place, counted from 0.
        place: usize,
        /// How many blocks there are.
        length: usize,
    },
    /// No such transaction, or none that has an amount.
    #[error("no transaction {} with an amount among {count}", place + 1)]
    Transaction {
        /// The place, counted from 0.
        place: usize,
        /// How many transactions the block has.
        count: usize,
    },
    /// The forged chain is longer than is kept, or its last block has no proof.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// There is no proof after its last one.
    #[error(transparent)]
    Proof(#[from] ProofError),
}

impl Refusal for ForgeError {
    fn receipt(&self) -> Receipt {
        match self {
            Self::Block { place, length } => {
                Receipt::new("block", format!("one of {}", counted(*length, "block")), format!("block {}", place + 1))
            }
            Self::Transaction { place, count } => {
                let expected = format!("one of the block's {}, with an amount", counted(*count, "transaction"));
                Receipt::new("transaction", expected, format!("transaction {}", place + 1))
            }
            Self::Chain(error) => error.receipt(),
            Self::Proof(error) => error.receipt(),
        }
    }
}

/// Rewrites the amount of a transaction in an old block and lets every later block name its predecessor's new hash. No
/// proof changes. Places are counted from 0.
///
/// # Errors
/// When there is no such transaction, or the chain would be longer than is kept.
pub fn forge(chain: &Chain, place: usize, transaction: usize, amount: Value) -> Result<Forgery, ForgeError> {
    let block = chain.get(place).ok_or(ForgeError::Block { place, length: chain.length() })?;
    let mut transactions = block.transactions().to_vec();
    let missing = ForgeError::Transaction { place: transaction, count: transactions.len() };
    let Some(Value::Object(entry)) = transactions.get_mut(transaction) else { return Err(missing) };
    let amount_before = entry.get("amount").cloned().ok_or(missing)?;
    entry.insert("amount", amount.clone());
    let rewritten = block.with("transactions", Value::List(transactions));
    let (hash_before, hash_after) = (block.hash(), rewritten.hash());
    let mut blocks = chain.blocks()[..place].to_vec();
    let mut previous_hash = hash_after.clone();
    blocks.push(rewritten);
    let mut relinked = Vec::new();
    for (place, block) in chain.blocks().iter().enumerate().skip(place + 1) {
        let linked = block.with("previous_hash", previous_hash);
        previous_hash = linked.hash();
        let (hash_before, hash_after) = (block.hash(), previous_hash.clone());
        relinked.push(Relinked { place, proof: linked.proof(), hash_before, hash_after });
        blocks.push(linked);
    }
    let chain = Chain::from_blocks(blocks)?;
    Ok(Forgery { chain, place, hash_before, hash_after, amount_before, amount_after: amount, relinked, attempts: 0 })
}

/// The proof after this one, where it is known because every chain has it.
pub fn known_proof(previous: &Integer) -> Option<u64> {
    let before = std::iter::once(GENESIS_PROOF).chain(KNOWN_PROOFS);
    before.zip(KNOWN_PROOFS).find(|(before, _)| Some(*before) == previous.to_u64()).map(|(_, proof)| proof)
}

/// Puts a block of these transactions on top, with the proof that every chain has at that place; only where that is not
/// known is one searched for. A longer chain is one that others adopt.
///
/// # Errors
/// When there is no proof after the last one, or the chain would be longer than is kept.
pub fn append(chain: &Chain, transactions: Vec<Value>, now: Timestamp) -> Result<Appended, ForgeError> {
    let last = chain.last().proof().ok_or(ChainError::NoProof { block: chain.length() })?;
    let (proof, attempts) = match known_proof(&last) {
        Some(proof) => (proof, 0),
        None => {
            let mut search = ProofSearch::new(&last)?;
            let proof = search.run(PROOF_ATTEMPTS_MAX).ok_or(ProofError::NotFound)?;
            (proof, search.attempts())
        }
    };
    let mut chain = chain.clone();
    let index = chain.length() as u64 + 1;
    chain.push(Block::new(index, now, proof, &chain.last().hash(), transactions))?;
    Ok(Appended { chain, proof, attempts })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classic::node::Node;
    use crate::classic::node::transaction;
    use crate::values::NodeId;

    fn node(number: u8, blocks: usize) -> Node {
        let mut node = Node::new(NodeId::from_bytes([number; 16]), "Ana", Timestamp::from_ms(u64::from(number)));
        for at in 1..=blocks {
            node.add_transaction("Ana".into(), "Ben".into(), (at as u64).into()).expect("room");
            node.mine(Timestamp::from_ms(at as u64 * 1_000)).expect("a block");
        }
        node
    }

    #[test]
    fn an_old_amount_is_rewritten_without_work_and_the_chain_is_still_valid() {
        let honest = node(1, 4);
        let forgery = forge(honest.chain(), 2, 0, 1_000u64.into()).expect("a transaction");
        assert!(forgery.chain.is_valid());
        assert_eq!(forgery.attempts, 0);
        assert_eq!((forgery.amount_before.plain(), forgery.amount_after.plain()), ("2".to_owned(), "1000".to_owned()));
        let changed = &forgery.chain.blocks()[2];
        assert_eq!(changed.transactions()[0], transaction("Ana".into(), "Ben".into(), 1_000u64.into()));
        assert_eq!((&forgery.hash_before, &forgery.hash_after), (&honest.chain().blocks()[2].hash(), &changed.hash()));
        assert_ne!(forgery.hash_before, forgery.hash_after);
        assert_eq!(forgery.chain.blocks()[..2], honest.chain().blocks()[..2], "the blocks before it stay");
        assert_eq!(forgery.relinked.iter().map(|block| block.place).collect::<Vec<_>>(), [3, 4]);
        for block in &forgery.relinked {
            let (before, after) = (&honest.chain().blocks()[block.place], &forgery.chain.blocks()[block.place]);
            assert_eq!((block.hash_before.clone(), block.hash_after.clone()), (before.hash(), after.hash()));
            assert_eq!(before.proof(), after.proof());
            assert_eq!(block.proof, after.proof());
            assert_ne!(before.hash(), after.hash());
        }
    }

    #[test]
    fn without_relinking_the_chain_is_not_valid() {
        let honest = node(1, 3);
        let mut blocks = honest.chain().blocks().to_vec();
        blocks[1] = blocks[1].with("transactions", Value::List(Vec::new()));
        let error = Chain::from_blocks(blocks).expect("short").check().expect_err("it was rewritten");
        assert!(matches!(error, ChainError::PreviousHash { block: 3, .. }), "{error}");
    }

    #[test]
    fn a_forged_chain_with_one_more_block_is_adopted_by_another_node() {
        let (honest, mut victim) = (node(1, 3), node(2, 3));
        let forged = forge(honest.chain(), 1, 0, 1_000u64.into()).expect("a transaction").chain;
        assert!(!victim.replace([forged.clone()]), "it is no longer");
        let appended = append(&forged, Vec::new(), Timestamp::from_ms(9)).expect("a proof");
        assert_eq!((appended.proof, appended.attempts), (8_018, 0));
        assert!(victim.replace([appended.chain.clone()]));
        assert_eq!(victim.chain(), &appended.chain);
    }

    #[test]
    fn a_proof_that_not_every_chain_has_is_searched_for() {
        let first = Block::genesis(Timestamp::from_ms(0)).with("proof", 7u64);
        let appended = append(&Chain::new(first), Vec::new(), Timestamp::from_ms(1)).expect("a proof");
        assert!(appended.chain.is_valid());
        assert_eq!(appended.attempts, appended.proof);
    }

    #[test]
    fn every_known_proof_follows_the_one_before_it_and_nothing_follows_the_last() {
        let mut proof = GENESIS_PROOF;
        for expected in KNOWN_PROOFS {
            assert_eq!(known_proof(&Integer::from(proof)), Some(expected));
            proof = expected;
        }
        assert_eq!(known_proof(&Integer::from(proof)), None);
    }

    #[test]
    fn what_is_not_there_cannot_be_rewritten() {
        let chain = node(1, 1).chain().clone();
        let rule = |place, transaction| {
            forge(&chain, place, transaction, 1u64.into()).map(drop).map_err(|error| error.receipt().rule)
        };
        assert_eq!(rule(1, 0), Ok(()));
        assert_eq!(rule(1, 1), Ok(()), "the reward");
        assert_eq!(rule(2, 0), Err("block".to_owned()));
        assert_eq!(rule(1, 2), Err("transaction".to_owned()));
        assert_eq!(rule(0, 0), Err("transaction".to_owned()), "a genesis has none");
    }
}
