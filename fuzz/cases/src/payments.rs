//! The rules of a payment: what the mempool takes keeps every rule, and single and batch verdicts agree.

use shared::rules::transaction;
use shared::state::Mempool;
use shared::{SignedPayment, TRANSACTION_BYTES_MAX, decode, encode, verify_batch};

use crate::world::{Dice, PAYMENTS, RICH};

/// Judges a payment that was made of the input: as it is, or a good one with bytes changed.
pub fn run(input: &[u8]) {
    if let Ok(signed) = decode::<SignedPayment>(input) {
        judge(&[signed]);
    }
    let mut dice = Dice::new(input);
    let mut changed = Vec::new();
    for _ in 0..1 + dice.below(3) {
        let mut bytes = encode(dice.pick(&PAYMENTS));
        for _ in 0..dice.below(4) {
            let at = dice.below(bytes.len());
            bytes[at] ^= dice.byte();
        }
        changed.extend(decode::<SignedPayment>(&bytes));
    }
    judge(&changed);
}

fn judge(payments: &[SignedPayment]) {
    let network = RICH.network();
    let singly = payments.iter().all(|signed| signed.verify().is_ok());
    let batch: Vec<_> = payments
        .iter()
        .map(|signed| (signed.payment.sender, signed.signature, signed.payment.signing_bytes()))
        .collect();
    assert_eq!(verify_batch(&batch), singly);
    assert_eq!(transaction::check_signatures(&payments.iter().collect::<Vec<_>>()).is_ok(), singly);
    let mut mempool = Mempool::new(network);
    for signed in payments {
        let payment = &signed.payment;
        let is_in_form = signed.encoded_len() <= TRANSACTION_BYTES_MAX
            && payment.network == network
            && !payment.amount.is_zero()
            && payment.amount.checked_add(payment.fee).is_some();
        assert_eq!(transaction::check_form(signed, network).is_ok(), is_in_form);
        match mempool.insert(signed.clone(), RICH.ledger()) {
            Ok(accepted) => {
                assert!(is_in_form && signed.verify().is_ok());
                assert_eq!(accepted.id, signed.id());
            }
            Err(_) => assert!(!mempool.holds(signed) || payments.len() > 1),
        }
    }
}
