//! What a node remembers of signatures.
//!
//! Remembered are payments that were found validly signed, so that no signature is verified twice whichever way it
//! comes, and the points of senders' keys. Neither changes a verdict: both save the work of coming to it again.

use std::collections::{BTreeMap, VecDeque};

use super::limits::{KEYS_MAX, VERIFIED_MAX};
use super::node::Node;
use super::peer::Recent;
use crate::rules::transaction::{self, PaymentError};
use crate::values::{ParsedKey, PublicKey, SignedPayment};

/// What is remembered.
#[derive(Debug)]
pub(super) struct Signatures {
    verified: Recent<[u8; 32]>,
    keys: BTreeMap<PublicKey, ParsedKey>,
    /// The keys, the first to come first.
    order: VecDeque<PublicKey>,
}

impl Default for Signatures {
    fn default() -> Self {
        Self { verified: Recent::new(VERIFIED_MAX), keys: BTreeMap::new(), order: VecDeque::new() }
    }
}

impl Signatures {
    /// How many payments are remembered as validly signed.
    pub(super) fn verified_len(&self) -> usize {
        self.verified.len()
    }

    /// How many senders' keys are kept parsed.
    pub(super) fn keys_len(&self) -> usize {
        self.keys.len()
    }

    /// Whether this very payment, signature and all, is remembered as valid.
    pub(super) fn holds(&self, signed: &SignedPayment) -> bool {
        !self.verified.is_empty() && self.verified.contains(&signed.digest())
    }

    /// Verifies a payment's signature, unless it is remembered, and remembers it.
    pub(super) fn check(&mut self, signed: &SignedPayment) -> Result<(), PaymentError> {
        let digest = signed.digest();
        if self.verified.contains(&digest) {
            return Ok(());
        }
        transaction::check_signature_with(signed, &self.parsed(signed.payment.sender)?)?;
        self.verified.insert(digest);
        Ok(())
    }

    /// Remembers a payment that somebody verified.
    pub(super) fn note(&mut self, signed: &SignedPayment) {
        self.verified.insert(signed.digest());
    }

    fn parsed(&mut self, sender: PublicKey) -> Result<ParsedKey, PaymentError> {
        if let Some(key) = self.keys.get(&sender) {
            return Ok(*key);
        }
        let key = sender.parse().map_err(|_| PaymentError::Signature { sender })?;
        self.keys.insert(sender, key);
        self.order.push_back(sender);
        if self.order.len() > KEYS_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.keys.remove(&oldest);
        }
        Ok(key)
    }
}

impl Node {
    /// Whether the signature of this very payment was verified before.
    pub(super) fn is_verified(&self, signed: &SignedPayment) -> bool {
        self.mempool.holds(signed) || self.signatures.holds(signed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::batch::SignatureBatch;
    use crate::rules::crafted;
    use crate::testing::{easy_params, payment};
    use crate::values::{Amount, Signature};

    #[test]
    fn crafted_signatures_get_the_same_verdict_once_and_again() {
        let mut signatures = Signatures::default();
        for (name, signed, is_valid) in crafted::payments() {
            for time in ["once", "again"] {
                assert_eq!(signatures.check(&signed).is_ok(), is_valid, "{name}, {time}");
                assert_eq!(signatures.holds(&signed), is_valid, "{name}, {time}");
            }
            let mut told = Signatures::default();
            let batch = SignatureBatch::new(vec![signed.clone()]);
            batch.verified(batch.whole().verify().as_slice()).for_each(|signed| told.note(signed));
            assert_eq!(told.holds(&signed), is_valid, "{name}, told");
            assert_eq!(told.check(&signed).is_ok(), is_valid, "{name}, told");
        }
    }

    #[test]
    fn the_same_payment_with_another_signature_is_another_matter() {
        let mut signatures = Signatures::default();
        let good = payment(easy_params().network(), 1, 2, Amount::from_units(1), Amount::ZERO, 0);
        let forged = SignedPayment { signature: Signature::from_bytes([3; 64]), ..good.clone() };
        assert!(signatures.check(&good).is_ok() && signatures.check(&good).is_ok());
        assert_eq!(forged.id(), good.id());
        assert!(!signatures.holds(&forged) && signatures.check(&forged).is_err());
    }

    #[test]
    fn at_the_limit_the_oldest_is_forgotten_and_verified_anew() {
        let mut signatures = Signatures::default();
        let pay = |sender| payment(easy_params().network(), sender, 2, Amount::from_units(1), Amount::ZERO, 0);
        let (first, second) = (pay(1), pay(2));
        assert!(signatures.check(&first).is_ok() && signatures.check(&second).is_ok());
        let digest = |number: usize| crate::values::sha256(&[&number.to_le_bytes()]);
        for number in 0..VERIFIED_MAX - 1 {
            signatures.verified.insert(digest(number));
        }
        assert!(!signatures.holds(&first) && signatures.holds(&second));
        assert!(signatures.check(&first).is_ok() && signatures.holds(&first));
        assert!(!signatures.holds(&second), "it has made room");
    }

    #[test]
    fn no_more_keys_are_kept_than_there_is_room_for() {
        let mut signatures = Signatures::default();
        let key = crate::testing::key(1).public();
        let parsed = key.parse().expect("a point");
        // What stands for other keys: many that cost nothing to make.
        for number in 0..KEYS_MAX as u64 {
            let mut bytes = [0; 32];
            bytes[..8].copy_from_slice(&number.to_le_bytes());
            signatures.keys.insert(PublicKey::from_bytes(bytes), parsed);
            signatures.order.push_back(PublicKey::from_bytes(bytes));
        }
        assert_eq!(signatures.parsed(key).map(|key| key.public()), Ok(key));
        assert_eq!((signatures.keys.len(), signatures.order.len()), (KEYS_MAX, KEYS_MAX));
        assert!(signatures.keys.contains_key(&key) && !signatures.keys.contains_key(&PublicKey::from_bytes([0; 32])));
    }

    #[test]
    fn what_is_remembered_is_not_verified_again() {
        let mut signatures = Signatures::default();
        let good = payment(easy_params().network(), 1, 2, Amount::from_units(1), Amount::ZERO, 0);
        let forged = SignedPayment { signature: Signature::from_bytes([3; 64]), ..good };
        // No shell can have this remembered: it says nothing of payments but that their batch was verified.
        signatures.note(&forged);
        assert_eq!(signatures.check(&forged), Ok(()));
    }
}
