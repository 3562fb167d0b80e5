//! The rules of a block: a good one, changed in some ways, is taken whole or leaves no trace.

use shared::rules::block;
use shared::state::{Chain, MemoryBodies};
use shared::testing::{solve, solve_header};
use shared::{
    Amount, Block, CompactTarget, ExtraNonce, Height, MerkleRoot, NetworkId, Refusal, Signature, Timestamp, Transaction,
};

use crate::world::{Dice, PAYMENTS, RICH, check_supply, late, trivial_params};

/// The most changes that are made to one block.
const CHANGES_MAX: usize = 6;

/// Changes a block and lets two chains judge it.
pub fn run(input: &[u8]) {
    let mut dice = Dice::new(input);
    let payments: Vec<_> = (0..dice.below(4)).map(|_| dice.pick(&PAYMENTS).clone()).collect();
    let mut found = RICH.draft(dice.number() % 9, &payments);
    let mut changes = 0;
    while !dice.is_over() && changes < CHANGES_MAX {
        change(&mut found, &mut dice);
        changes += 1;
    }
    // Another target may be one that nobody finds a proof for.
    if found.header.target == RICH.next_target().to_compact() {
        match dice.below(4) {
            0 => {}
            1 => solve_header(&mut found.header),
            _ => solve(&mut found),
        }
    }
    judge(found);
}

fn change(found: &mut Block, dice: &mut Dice<'_>) {
    let at = dice.below(found.transactions.len());
    match dice.byte() % 16 {
        0 => found.header.version = dice.byte().into(),
        1 => found.header.height = Height::from(dice.number()),
        2 => found.header.timestamp = Timestamp::from_ms(dice.number()),
        3 => found.header.target = CompactTarget::from_bits(dice.number() as u32),
        4 => found.header.root = MerkleRoot::from_bytes([dice.byte(); 32]),
        5 => found.header.extra_nonce = ExtraNonce([dice.byte(); 12]),
        6 => found.transactions.truncate(at),
        7 => found.transactions.extend(found.transactions.get(at).cloned()),
        8 => found.transactions.reverse(),
        9 => found.transactions.push(Transaction::Payment(dice.pick(&PAYMENTS).clone())),
        10 => found.header.timestamp = found.header.timestamp.plus_ms(dice.number() % 1_000_000),
        kind => match found.transactions.get_mut(at) {
            Some(Transaction::Reward(reward)) => match kind {
                11 => reward.amount = Amount::from_units(dice.number()),
                12 => reward.height = Height::from(dice.number()),
                _ => reward.amount = reward.amount.saturating_sub(Amount::from_units(dice.byte().into())),
            },
            Some(Transaction::Payment(signed)) => match kind {
                11 => signed.payment.amount = Amount::from_units(dice.number()),
                12 => signed.payment.fee = Amount::from_units(dice.number()),
                13 => signed.payment.sequence = dice.number(),
                14 => signed.payment.network = NetworkId::from_bytes([dice.byte(); 32]),
                _ => signed.signature = Signature::from_bytes([dice.byte(); 64]),
            },
            None => {}
        },
    }
}

fn judge(found: Block) {
    let (params, hash) = (trivial_params(), found.hash());
    let mut chain = RICH.chain();
    let (before, ledger) = (chain.tip(), chain.ledger().clone());
    let verdict = chain.insert_block(found.clone(), late(), &|_| false);
    match &verdict {
        Ok(outcome) => {
            assert!(outcome.is_new && outcome.refused.is_empty());
            assert_eq!(chain.tip().hash, hash);
            check_supply(chain.ledger(), chain.tip().height.as_u64());
            assert_eq!(block::check_root(&found), Ok(()));
            assert_eq!(block::check_form(&found, &params, RICH.network()), Ok(()));
            assert!(block::payments(&found).all(|signed| signed.verify().is_ok()));
        }
        Err(error) => {
            assert_eq!(chain.tip(), before);
            assert_eq!(*chain.ledger(), ledger);
            assert!(!error.receipt().rule.is_empty());
        }
    }
    // What the block says is judged the same when it comes among others, and when it comes back from a store.
    let mut other = RICH.chain();
    if other.insert_header(found.header, late()).is_ok() {
        let (_, again) = other.insert_bodies(vec![found.clone()], &|_| false).swap_remove(0);
        assert_eq!(again, verdict);
    }
    if verdict.is_ok() {
        let mut restored = Chain::new(params, Box::new(MemoryBodies::default()));
        for block in RICH.blocks().iter().cloned().chain([found]) {
            restored.restore(block).expect("it was taken before");
        }
        assert_eq!(restored.tip(), chain.tip());
    }
}
