//! The ledger: coins are neither made nor lost, and reverting is the way back.

use proptest::prelude::*;
use shared::state::Ledger;
use shared::{Address, Amount, Block, Height, PublicKey, Reward, Signature, SignedPayment, Transaction};

use crate::fixtures::{RICH, SECRETS, trivial_params};

/// Who takes part. The ledger asks for no signature, so none is made.
const PEOPLE: usize = 5;

/// A try to pay: from whom, to whom, how much, the fee, and how far off the sequence number is.
type Try = (usize, usize, u64, u64, u64);

fn tries() -> impl Strategy<Value = Vec<(usize, Vec<Try>)>> {
    let one = (0..PEOPLE, 0..PEOPLE, 0..15_000_000_u64, 0..1_000_000_u64, prop_oneof![9 => Just(0), 1 => 0..3_u64]);
    prop::collection::vec((0..PEOPLE, prop::collection::vec(one, 0..4)), 1..5)
}

fn key(person: usize) -> PublicKey {
    static KEYS: std::sync::LazyLock<Vec<PublicKey>> =
        std::sync::LazyLock::new(|| SECRETS.iter().map(shared::SecretKey::public).collect());
    KEYS[person]
}

/// A block whose form nobody has checked: the ledger is to keep its promises all the same.
fn block(ledger: &Ledger, height: u64, miner: usize, tries: &[Try]) -> Block {
    let reward = trivial_params().reward;
    let mut next: Vec<u64> = (0..PEOPLE).map(|person| ledger.account(&key(person).address()).next_sequence).collect();
    let mut fees = 0;
    let mut transactions = Vec::new();
    for (from, to, amount, fee, off) in tries {
        let payment = shared::Payment {
            network: RICH.network(),
            sender: key(*from),
            receiver: key(*to).address(),
            amount: Amount::from_units(*amount),
            fee: Amount::from_units(*fee),
            sequence: next[*from] + off,
            memo: shared::Memo::default(),
        };
        next[*from] += 1;
        fees += fee;
        transactions.push(Transaction::Payment(SignedPayment { payment, signature: Signature::from_bytes([0; 64]) }));
    }
    let amount = reward.checked_add(Amount::from_units(fees)).expect("little");
    transactions.insert(
        0,
        Transaction::Reward(Reward { height: Height::from(height), receiver: key(miner).address(), amount }),
    );
    Block { header: trivial_params().genesis().header, transactions }
}

fn total(ledger: &Ledger) -> Option<Amount> {
    Amount::sum(ledger.accounts().map(|(_, account)| account.balance))
}

proptest! {
    #![proptest_config(crate::config())]

    #[test]
    fn the_supply_is_one_reward_a_block_and_all_of_it_belongs_to_somebody(blocks in tries()) {
        let (mut ledger, mut height) = (Ledger::default(), 0);
        let reward = trivial_params().reward;
        for (miner, tries) in &blocks {
            if ledger.apply(&block(&ledger, height, *miner, tries), reward).is_ok() {
                height += 1;
            }
            prop_assert_eq!(ledger.supply().units(), reward.units() * height);
            prop_assert_eq!(total(&ledger), Some(ledger.supply()));
        }
    }

    #[test]
    fn applying_and_reverting_leads_back_block_by_block(blocks in tries()) {
        let (mut ledger, mut history) = (Ledger::default(), Vec::new());
        for (height, (miner, tries)) in blocks.iter().enumerate() {
            let before = ledger.clone();
            if let Ok(undo) = ledger.apply(&block(&ledger, height as u64, *miner, tries), trivial_params().reward) {
                history.push((before, undo));
            }
        }
        for (before, undo) in history.iter().rev() {
            ledger.revert(undo);
            prop_assert_eq!(&ledger, before);
        }
        prop_assert_eq!(ledger, Ledger::default());
    }

    #[test]
    fn a_refused_block_leaves_no_trace(blocks in tries(), extra in 1..u64::MAX) {
        let mut ledger = Ledger::default();
        for (height, (miner, tries)) in blocks.iter().enumerate() {
            let good = block(&ledger, height as u64, *miner, tries);
            let before = ledger.clone();
            if ledger.apply(&good, trivial_params().reward).is_err() {
                prop_assert_eq!(&ledger, &before);
            }
            // A payment of nobody's money behind all that is good.
            let before = ledger.clone();
            let stranger = shared::PublicKey::from_bytes([9; 32]);
            let mut bad = block(&ledger, height as u64, *miner, &[]);
            let payment = shared::Payment {
                network: RICH.network(),
                sender: stranger,
                receiver: Address::from_bytes([1; 20]),
                amount: Amount::from_units(extra),
                fee: Amount::ZERO,
                sequence: 0,
                memo: shared::Memo::default(),
            };
            bad.transactions.push(Transaction::Payment(SignedPayment { payment, signature: Signature::from_bytes([0; 64]) }));
            prop_assert!(ledger.apply(&bad, trivial_params().reward).is_err());
            prop_assert_eq!(&ledger, &before);
        }
    }

    #[test]
    fn a_sender_pays_in_sequence_and_never_more_than_there_is(blocks in tries()) {
        let mut ledger = Ledger::default();
        for (height, (miner, tries)) in blocks.iter().enumerate() {
            let next = block(&ledger, height as u64, *miner, tries);
            let before = ledger.clone();
            if ledger.apply(&next, trivial_params().reward).is_ok() {
                for person in 0..PEOPLE {
                    let address = key(person).address();
                    let made = tries.iter().filter(|(from, ..)| *from == person).count() as u64;
                    let (was, is) = (before.account(&address), ledger.account(&address));
                    prop_assert_eq!(is.next_sequence, was.next_sequence + made);
                }
            } else {
                let is_in_sequence = tries.iter().all(|(.., off)| *off == 0);
                let asked: u64 = tries.iter().map(|(_, _, amount, fee, _)| amount + fee).sum();
                let poorest = tries.iter().map(|(from, ..)| before.account(&key(*from).address()).balance.units()).min();
                prop_assert!(!is_in_sequence || poorest.is_some_and(|balance| balance < asked), "refused without a reason");
            }
        }
    }
}
