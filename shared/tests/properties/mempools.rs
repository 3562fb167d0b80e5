//! The mempool: bounded, in order, and never with more than its senders have.

use std::collections::BTreeMap;

use proptest::prelude::*;
use shared::state::{FeeRate, Mempool, MempoolError};
use shared::{Address, Amount, SignedPayment};

use crate::fixtures::{FEES, KEYS, RICH, SEQUENCES, signed};

/// Payments as they might come: from whom, with which sequence number and which fee.
fn arrivals() -> impl Strategy<Value = Vec<&'static SignedPayment>> {
    let one = (0..KEYS, 0..SEQUENCES, 0..FEES.len()).prop_map(|(sender, sequence, fee)| signed(sender, sequence, fee));
    prop::collection::vec(one, 1..12)
}

/// A pool with room for so many payments, and what came of each that arrived.
fn filled(room: usize, arrivals: &[&SignedPayment]) -> (Mempool, Vec<Result<(), MempoolError>>) {
    let bytes = arrivals[0].encoded_len();
    let mut mempool = Mempool::with_bytes_max(RICH.network(), room * bytes);
    let verdicts = arrivals.iter().map(|signed| mempool.insert((*signed).clone(), RICH.ledger()).map(drop)).collect();
    (mempool, verdicts)
}

fn rate(signed: &SignedPayment) -> FeeRate {
    FeeRate::of(signed.payment.fee, signed.encoded_len())
}

/// Waiting payments by sender.
fn by_sender<'a>(payments: impl IntoIterator<Item = &'a SignedPayment>) -> BTreeMap<Address, Vec<&'a SignedPayment>> {
    let mut by_sender: BTreeMap<Address, Vec<&SignedPayment>> = BTreeMap::new();
    for signed in payments {
        by_sender.entry(signed.payment.sender.address()).or_default().push(signed);
    }
    by_sender
}

fn cost(signed: &SignedPayment) -> Amount {
    signed.payment.amount.checked_add(signed.payment.fee).expect("little")
}

proptest! {
    #![proptest_config(crate::config())]

    #[test]
    fn the_pool_is_never_larger_than_it_may_be(room in 1..6_usize, arrivals in arrivals()) {
        let (mempool, _) = filled(room, &arrivals);
        prop_assert!(mempool.bytes() <= room * arrivals[0].encoded_len());
        prop_assert_eq!(mempool.bytes(), mempool.iter().map(SignedPayment::encoded_len).sum::<usize>());
        prop_assert_eq!(mempool.len(), mempool.iter().count());
        prop_assert!(mempool.iter().all(|signed| mempool.holds(signed) && mempool.contains(&signed.id())));
    }

    #[test]
    fn what_waits_is_in_the_order_of_what_it_offers(room in 1..9_usize, arrivals in arrivals()) {
        let (mempool, _) = filled(room, &arrivals);
        let rates: Vec<FeeRate> = mempool.iter().map(rate).collect();
        prop_assert!(rates.is_sorted_by(|higher, lower| higher >= lower));
    }

    #[test]
    fn every_queue_is_without_a_gap_and_within_the_balance(room in 1..9_usize, arrivals in arrivals()) {
        let (mempool, _) = filled(room, &arrivals);
        for (sender, payments) in by_sender(mempool.iter()) {
            let account = RICH.ledger().account(&sender);
            let mut sequences: Vec<u64> = payments.iter().map(|signed| signed.payment.sequence).collect();
            sequences.sort_unstable();
            let expected: Vec<u64> = (account.next_sequence..).take(payments.len()).collect();
            prop_assert_eq!(sequences, expected);
            let costs = Amount::sum(payments.into_iter().map(cost)).expect("little");
            prop_assert_eq!(mempool.leaving(&sender), costs);
            prop_assert!(costs <= account.balance);
        }
    }

    #[test]
    fn only_a_higher_fee_takes_the_place_of_what_waits(arrivals in arrivals()) {
        let mut mempool = Mempool::new(RICH.network());
        for payment in arrivals {
            let key = (payment.payment.sender, payment.payment.sequence);
            let rival = mempool.iter().find(|waiting| (waiting.payment.sender, waiting.payment.sequence) == key).cloned();
            let verdict = mempool.insert(payment.clone(), RICH.ledger());
            match (rival, verdict) {
                (None, Ok(accepted)) => prop_assert_eq!(accepted.replaced, None),
                (Some(rival), Ok(accepted)) => {
                    prop_assert!(rival.payment.fee < payment.payment.fee);
                    prop_assert!(!mempool.contains(&rival.id()));
                    prop_assert_eq!(accepted.replaced, Some(rival));
                }
                (Some(rival), Err(MempoolError::Known { .. })) => prop_assert_eq!(&rival, payment),
                (Some(rival), Err(MempoolError::FeeTooLow { .. })) => prop_assert!(rival.payment.fee >= payment.payment.fee),
                (_, Err(error)) => prop_assert!(!error.is_misbehaviour(), "{}", error),
            }
        }
    }

    #[test]
    fn what_is_chosen_fits_and_makes_a_block_that_the_ledger_takes(room in 1..9_usize, free in 0..9_usize, arrivals in arrivals()) {
        let (mempool, _) = filled(room, &arrivals);
        let bytes_left = free * arrivals[0].encoded_len();
        let chosen = mempool.select(bytes_left);
        prop_assert!(chosen.iter().map(SignedPayment::encoded_len).sum::<usize>() <= bytes_left);
        prop_assert_eq!(chosen.len(), free.min(mempool.len()), "all are of one length");
        let mut ledger = RICH.ledger().clone();
        prop_assert!(ledger.apply(&RICH.draft(1, &chosen), RICH.params().reward).is_ok());
    }

    #[test]
    fn a_refused_payment_leaves_no_trace(room in 1..6_usize, arrivals in arrivals()) {
        let (mut mempool, _) = filled(room, &arrivals);
        for payment in arrivals {
            let before: Vec<SignedPayment> = mempool.iter().cloned().collect();
            if mempool.insert(payment.clone(), RICH.ledger()).is_err() {
                prop_assert!(mempool.iter().eq(before.iter()));
            }
        }
    }

    #[test]
    fn a_block_takes_out_what_it_holds_and_what_no_longer_fits(arrivals in arrivals(), mined in prop::collection::vec((0..KEYS, 0..FEES.len()), 0..4)) {
        let (mut mempool, _) = filled(9, &arrivals);
        let mut payments: Vec<SignedPayment> = Vec::new();
        for (sender, fee) in mined {
            let sequence = payments.iter().filter(|other| other.payment.sender == signed(sender, 0, 0).payment.sender).count() as u64;
            // The fourth would cost more than the sender has.
            if sequence < SEQUENCES - 1 {
                payments.push(signed(sender, sequence, fee).clone());
            }
        }
        let mut ledger = RICH.ledger().clone();
        let block = RICH.draft(1, &payments);
        ledger.apply(&block, RICH.params().reward).expect("three coins of ten each");
        let before = mempool.len();
        let change = mempool.update(&shared::state::TipChange::Extended { connected: vec![block] }, &ledger);
        prop_assert_eq!(mempool.len() + change.confirmed.len() + change.dropped.len(), before);
        prop_assert!(change.returned.is_empty());
        prop_assert!(payments.iter().all(|signed| !mempool.contains(&signed.id())));
        for (sender, waiting) in by_sender(mempool.iter()) {
            let account = ledger.account(&sender);
            prop_assert!(waiting.iter().any(|signed| signed.payment.sequence == account.next_sequence));
            prop_assert!(mempool.leaving(&sender) <= account.balance);
        }
    }
}
