//! The rules of a payment: those of the payment alone, and those that ask its sender's account.
//!
//! Each takes plain values, so that the mempool, a block and the wallet's form refuse by the same rule in the same
//! words. Where the account stands is the [ledger](crate::state::ledger)'s to say.

use super::receipt::{Receipt, Refusal};
use crate::values::{
    Amount, NetworkId, ParsedKey, Payment, PublicKey, Signature, SignatureError, SignedPayment, TRANSACTION_BYTES_MAX,
    verify_batch,
};

/// Why a payment is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PaymentError {
    /// It takes more bytes than a transaction may.
    #[error("payment of {bytes} bytes, allowed {TRANSACTION_BYTES_MAX}")]
    Size {
        /// Its encoded length.
        bytes: usize,
    },
    /// It was made for another network.
    #[error("payment for network {found}, this is {expected}")]
    Network {
        /// This network.
        expected: NetworkId,
        /// The one it names.
        found: NetworkId,
    },
    /// It pays nothing.
    #[error("payment of nothing")]
    NoAmount,
    /// Amount and fee together are more than can be written.
    #[error("payment of {amount} and a fee of {fee} overflow")]
    Overflow {
        /// What the receiver would get.
        amount: Amount,
        /// What the miner would get.
        fee: Amount,
    },
    /// It does not come next after its sender's last payment.
    #[error("payment has sequence number {found}, the sender's next is {expected}")]
    Sequence {
        /// The sender's next sequence number.
        expected: u64,
        /// The one it has.
        found: u64,
    },
    /// Its sender has too little.
    #[error("payment costs {cost}, the sender has {balance}")]
    Balance {
        /// Amount and fee.
        cost: Amount,
        /// What the sender can spend.
        balance: Amount,
    },
    /// The signature is not the sender's, by ZIP 215.
    #[error("signature is not by the sender {sender}")]
    Signature {
        /// The key it should be by.
        sender: PublicKey,
    },
}

impl PaymentError {
    /// Whether the payment is wrong on every chain of every network, so that whoever passed it on broke a rule.
    pub fn is_misbehaviour(&self) -> bool {
        match self {
            Self::Size { .. }
            | Self::Network { .. }
            | Self::NoAmount
            | Self::Overflow { .. }
            | Self::Signature { .. } => true,
            Self::Sequence { .. } | Self::Balance { .. } => false,
        }
    }
}

impl Refusal for PaymentError {
    fn receipt(&self) -> Receipt {
        match self {
            Self::Size { bytes } => Receipt::new(
                "transaction size",
                format!("at most {TRANSACTION_BYTES_MAX} bytes"),
                format!("{bytes} bytes"),
            ),
            Self::Network { expected, found } => Receipt::new(
                "network",
                format!("a payment for network {}", expected.short()),
                format!("one for {}", found.short()),
            ),
            Self::NoAmount => Receipt::new("amount", "more than zero coins", "zero"),
            Self::Overflow { amount, fee } => Receipt::new(
                "amount",
                format!("amount and fee of at most {} coins together", Amount::MAX),
                format!("{amount} and {fee}"),
            ),
            Self::Sequence { expected, found } => {
                Receipt::new("sequence number", format!("{expected}, the sender's next"), found.to_string())
            }
            Self::Balance { cost, balance } => {
                Receipt::new("balance", format!("at least {}, amount and fee", cost.with_unit()), balance.with_unit())
            }
            Self::Signature { sender } => {
                Receipt::new("signature", format!("one by the sender's key {sender}"), "one that is not")
            }
        }
    }
}

/// A transaction takes at most [`TRANSACTION_BYTES_MAX`] bytes.
///
/// # Errors
/// [`PaymentError::Size`].
pub fn check_size(bytes: usize) -> Result<(), PaymentError> {
    if bytes > TRANSACTION_BYTES_MAX { Err(PaymentError::Size { bytes }) } else { Ok(()) }
}

/// A payment names the network it is made on, so it cannot be replayed on another.
///
/// # Errors
/// [`PaymentError::Network`].
pub fn check_network(payment: &Payment, network: NetworkId) -> Result<(), PaymentError> {
    if payment.network == network {
        Ok(())
    } else {
        Err(PaymentError::Network { expected: network, found: payment.network })
    }
}

/// A payment pays more than nothing.
///
/// # Errors
/// [`PaymentError::NoAmount`].
pub fn check_amount(payment: &Payment) -> Result<(), PaymentError> {
    if payment.amount.is_zero() { Err(PaymentError::NoAmount) } else { Ok(()) }
}

/// What a payment takes from its sender: amount and fee, which together must be an amount.
///
/// # Errors
/// [`PaymentError::Overflow`].
pub fn cost(payment: &Payment) -> Result<Amount, PaymentError> {
    let (amount, fee) = (payment.amount, payment.fee);
    amount.checked_add(fee).ok_or(PaymentError::Overflow { amount, fee })
}

/// A sender's payments are numbered from 0 without a gap, so each is made once and in order.
///
/// # Errors
/// [`PaymentError::Sequence`].
pub fn check_sequence(payment: &Payment, expected: u64) -> Result<(), PaymentError> {
    let found = payment.sequence;
    if found == expected { Ok(()) } else { Err(PaymentError::Sequence { expected, found }) }
}

/// A sender has at least what the payment costs.
///
/// # Errors
/// [`PaymentError::Balance`].
pub fn check_balance(cost: Amount, balance: Amount) -> Result<(), PaymentError> {
    if cost <= balance { Ok(()) } else { Err(PaymentError::Balance { cost, balance }) }
}

/// The signature is the sender's, by ZIP 215.
///
/// # Errors
/// [`PaymentError::Signature`].
pub fn check_signature(payment: &SignedPayment) -> Result<(), PaymentError> {
    payment.verify().map_err(|SignatureError { key }| PaymentError::Signature { sender: key })
}

/// The same with the sender's key as it was parsed before.
///
/// # Errors
/// [`PaymentError::Signature`].
pub fn check_signature_with(payment: &SignedPayment, key: &ParsedKey) -> Result<(), PaymentError> {
    let sender = payment.payment.sender;
    let verified = key.public() == sender && key.verify(&payment.payment.signing_bytes(), &payment.signature).is_ok();
    if verified { Ok(()) } else { Err(PaymentError::Signature { sender }) }
}

/// Whether all of many payments are signed by their senders. Together this costs about half of checking each, and under
/// ZIP 215 both ways agree.
pub fn are_signed<'a>(payments: impl IntoIterator<Item = &'a SignedPayment>) -> bool {
    let batch: Vec<(PublicKey, Signature, Vec<u8>)> = payments
        .into_iter()
        .map(|signed| (signed.payment.sender, signed.signature, signed.payment.signing_bytes()))
        .collect();
    verify_batch(&batch)
}

/// The signatures of many payments are their senders'.
///
/// # Errors
/// The first payment that was forged, and [`PaymentError::Signature`].
pub fn check_signatures<'a>(payments: &[&'a SignedPayment]) -> Result<(), (&'a SignedPayment, PaymentError)> {
    if are_signed(payments.iter().copied()) {
        return Ok(());
    }
    // A failed batch says that one is forged, not which.
    payments.iter().try_for_each(|signed| check_signature(signed).map_err(|error| (*signed, error)))
}

/// All rules of a payment that need no account and no signature check.
///
/// # Errors
/// The first rule that is broken.
pub fn check_form(signed: &SignedPayment, network: NetworkId) -> Result<(), PaymentError> {
    check_size(signed.encoded_len())?;
    check_network(&signed.payment, network)?;
    check_amount(&signed.payment)?;
    cost(&signed.payment).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{easy_params, key, payment};
    use crate::values::{Memo, SecretKey, sha256};

    fn network() -> NetworkId {
        easy_params().network()
    }

    fn signed() -> SignedPayment {
        payment(network(), 1, 2, Amount::from_coins(4), Amount::from_units(100_000), 3)
    }

    fn changed(change: impl FnOnce(&mut Payment)) -> Payment {
        let mut payment = signed().payment;
        change(&mut payment);
        payment
    }

    #[test]
    fn a_transaction_at_the_size_limit_is_taken_and_one_byte_more_is_not() {
        assert_eq!(check_size(TRANSACTION_BYTES_MAX), Ok(()));
        assert_eq!(check_size(TRANSACTION_BYTES_MAX + 1), Err(PaymentError::Size { bytes: 513 }));
    }

    #[test]
    fn a_payment_for_another_network_is_refused() {
        let other = NetworkId::from_bytes(sha256(&[b"another room"]));
        assert_eq!(check_network(&signed().payment, network()), Ok(()));
        assert_eq!(
            check_network(&signed().payment, other),
            Err(PaymentError::Network { expected: other, found: network() })
        );
    }

    #[test]
    fn one_unit_can_be_paid_and_nothing_cannot() {
        assert_eq!(check_amount(&changed(|payment| payment.amount = Amount::from_units(1))), Ok(()));
        assert_eq!(check_amount(&changed(|payment| payment.amount = Amount::ZERO)), Err(PaymentError::NoAmount));
    }

    #[test]
    fn amount_and_fee_may_be_all_there_can_be_and_not_one_unit_more() {
        let fee = Amount::from_units(7);
        let amount = Amount::MAX.saturating_sub(fee);
        let most = changed(|payment| (payment.amount, payment.fee) = (amount, fee));
        assert_eq!(cost(&most), Ok(Amount::MAX));
        let fee = Amount::from_units(8);
        let more = changed(|payment| payment.fee = fee);
        let more = Payment { amount, ..more };
        assert_eq!(cost(&more), Err(PaymentError::Overflow { amount, fee }));
    }

    #[test]
    fn only_the_next_sequence_number_will_do() {
        let payment = signed().payment;
        assert_eq!(check_sequence(&payment, 3), Ok(()));
        for expected in [2, 4, 0, u64::MAX] {
            assert_eq!(check_sequence(&payment, expected), Err(PaymentError::Sequence { expected, found: 3 }));
        }
    }

    #[test]
    fn a_balance_may_be_spent_to_the_last_unit_and_not_beyond() {
        let cost = Amount::from_coins(5);
        let less = cost.saturating_sub(Amount::from_units(1));
        assert_eq!(check_balance(cost, cost), Ok(()));
        assert_eq!(check_balance(cost, less), Err(PaymentError::Balance { cost, balance: less }));
    }

    #[test]
    fn a_signature_by_another_key_or_over_other_words_is_refused() {
        let good = signed();
        let sender = good.payment.sender;
        assert_eq!(check_signature(&good), Ok(()));
        let by_another = SignedPayment { signature: key(9).sign(&good.payment.signing_bytes()), ..good.clone() };
        assert_eq!(check_signature(&by_another), Err(PaymentError::Signature { sender }));
        let over_others = SignedPayment { payment: changed(|payment| payment.memo = memo("tea")), ..good };
        assert_eq!(check_signature(&over_others), Err(PaymentError::Signature { sender }));
    }

    #[test]
    fn of_many_signatures_the_first_forged_one_is_named() {
        let mut payments: Vec<_> =
            (0..12).map(|from| payment(network(), from, 0, Amount::from_coins(1), Amount::ZERO, 0)).collect();
        assert_eq!(check_signatures(&payments.iter().collect::<Vec<_>>()), Ok(()));
        assert_eq!(check_signatures(&[]), Ok(()));
        for forged in [11, 4] {
            payments[forged].signature = SecretKey::from_bytes([1; 32]).sign(b"anything");
            let error = PaymentError::Signature { sender: payments[forged].payment.sender };
            assert_eq!(check_signatures(&payments.iter().collect::<Vec<_>>()), Err((&payments[forged], error)));
            assert!(!are_signed(&payments));
        }
    }

    #[test]
    fn form_asks_every_rule_that_needs_neither_account_nor_signature() {
        let check = |payment: Payment| check_form(&SignedPayment { payment, ..signed() }, network());
        assert_eq!(check(signed().payment), Ok(()));
        assert!(matches!(
            check(changed(|payment| payment.network = NetworkId::ZERO)),
            Err(PaymentError::Network { .. })
        ));
        assert!(matches!(check(changed(|payment| payment.amount = Amount::ZERO)), Err(PaymentError::NoAmount)));
        assert!(matches!(check(changed(|payment| payment.fee = Amount::MAX)), Err(PaymentError::Overflow { .. })));
    }

    #[test]
    fn what_depends_on_the_tip_is_nobodys_misbehaviour() {
        let (cost, balance) = (Amount::from_coins(2), Amount::from_coins(1));
        assert!(!PaymentError::Balance { cost, balance }.is_misbehaviour());
        assert!(!PaymentError::Sequence { expected: 1, found: 2 }.is_misbehaviour());
        assert!(PaymentError::NoAmount.is_misbehaviour());
        assert!(PaymentError::Signature { sender: key(1).public() }.is_misbehaviour());
    }

    #[test]
    fn a_receipt_names_the_rule_what_was_expected_and_what_was_found() {
        let error = PaymentError::Balance { cost: Amount::from_units(4_100_000), balance: Amount::from_coins(3) };
        assert_eq!(error.receipt(), Receipt::new("balance", "at least 4.1 coins, amount and fee", "3 coins"));
    }

    fn memo(text: &str) -> Memo {
        Memo::new(text).expect("short")
    }
}
