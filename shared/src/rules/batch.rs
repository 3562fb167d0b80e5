//! Signatures that are verified away from the node that asks for them: on another thread, in another worker.
//!
//! A node says which signatures it will have to verify ([`Node::signatures_ahead`](crate::protocol::Node::signatures_ahead)),
//! its shell has them verified wherever there is a processor to spare, and tells the node which were valid
//! ([`Node::note_verified`](crate::protocol::Node::note_verified)). What is not told the node verifies itself, by the same
//! rule: so no verdict depends on who verified, on how the work was divided, or on whether it was done at all.

use borsh::{BorshDeserialize, BorshSerialize};

use super::transaction::are_signed;
use crate::values::SignedPayment;

/// A share of a batch has at least so many signatures: fewer gain less by being in a batch than by being shared.
pub const SHARE_MIN: usize = 64;
/// A share has at most so many: in WebAssembly they keep a worker busy for about fifteen milliseconds, and more of them
/// together gain little.
pub const SHARE_MAX: usize = 512;

/// Payments whose signatures are to be verified together.
#[derive(Clone, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct SignatureBatch {
    payments: Vec<SignedPayment>,
}

/// Payments whose signatures were found valid. [`SignatureBatch::verify`] alone makes one; its encoding is for the way
/// back from a program's own worker, and means nothing from anybody else.
#[derive(Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct VerifiedSignatures {
    digests: Vec<[u8; 32]>,
}

impl SignatureBatch {
    /// A batch of these payments.
    pub fn new(payments: Vec<SignedPayment>) -> Self {
        Self { payments }
    }

    /// How many signatures there are.
    pub fn len(&self) -> usize {
        self.payments.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.payments.is_empty()
    }

    /// Whether there are enough signatures for two to share.
    pub fn is_worth_sharing(&self) -> bool {
        self.len() >= 2 * SHARE_MIN
    }

    /// Divides the batch into shares of about the same size, from [`SHARE_MIN`] to [`SHARE_MAX`] signatures, and two at
    /// least where there are enough for two. The payments of one sender stay together as far as they can, because a
    /// batch works each key out once.
    pub fn split(mut self) -> Vec<Self> {
        let shares = self.len().div_ceil(SHARE_MAX).max(if self.is_worth_sharing() { 2 } else { 1 });
        if self.is_empty() {
            return Vec::new();
        }
        self.payments.sort_by_key(|signed| signed.payment.sender);
        let most = self.payments.len().div_ceil(shares);
        self.payments.chunks(most).map(|share| Self::new(share.to_vec())).collect()
    }

    /// Verifies all signatures by the rule for one, ZIP 215. `None` when one of them is not valid; which, the node finds.
    pub fn verify(&self) -> Option<VerifiedSignatures> {
        let digests = || self.payments.iter().map(SignedPayment::digest).collect();
        are_signed(&self.payments).then(|| VerifiedSignatures { digests: digests() })
    }
}

impl VerifiedSignatures {
    /// The digests of the payments, signatures and all.
    pub(crate) fn digests(&self) -> &[[u8; 32]] {
        &self.digests
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::crafted;
    use crate::testing::{easy_params, payment};
    use crate::values::{Amount, Signature};

    fn payments(senders: u64, each: u64) -> Vec<SignedPayment> {
        let pay = |sender, sequence| {
            payment(easy_params().network(), sender, 0, Amount::from_units(1), Amount::ZERO, sequence)
        };
        (0..each).flat_map(|sequence| (0..senders).map(move |sender| pay(sender, sequence))).collect()
    }

    #[test]
    fn shares_are_neither_small_nor_large() {
        let all = payments(1, 1_027);
        let lengths = |count: usize| -> Vec<usize> {
            let shares = SignatureBatch::new(all[..count].to_vec()).split();
            shares.iter().map(SignatureBatch::len).collect()
        };
        assert_eq!(lengths(0), [0; 0]);
        assert_eq!(lengths(127), [127]);
        assert_eq!(lengths(128), [64, 64]);
        assert_eq!(lengths(1_024), [512, 512]);
        assert_eq!(lengths(1_025), [342, 342, 341]);
        assert_eq!(lengths(1_027), [343, 343, 341]);
    }

    #[test]
    fn shares_hold_what_the_batch_held_and_keep_senders_together() {
        let all = payments(2, SHARE_MIN as u64);
        let shares = SignatureBatch::new(all.clone()).split();
        let mut back: Vec<_> = shares.iter().flat_map(|share| share.payments.clone()).collect();
        for share in &shares {
            assert!(share.payments.iter().all(|signed| signed.payment.sender == share.payments[0].payment.sender));
        }
        let by_id = |signed: &SignedPayment| signed.id();
        let mut all = all;
        all.sort_by_key(by_id);
        back.sort_by_key(by_id);
        assert_eq!(back, all);
    }

    #[test]
    fn one_forgery_fails_its_share_alone() {
        let mut all = payments(2, SHARE_MIN as u64);
        all[5].signature = Signature::from_bytes([3; 64]);
        let verdicts: Vec<bool> =
            SignatureBatch::new(all.clone()).split().iter().map(|share| share.verify().is_some()).collect();
        assert_eq!(verdicts.iter().filter(|verdict| **verdict).count(), 1);
        assert_eq!(SignatureBatch::new(all).verify(), None);
    }

    #[test]
    fn what_was_verified_comes_back_from_a_worker_as_it_was() {
        let batch = SignatureBatch::new(payments(3, 1));
        let there: SignatureBatch = crate::decode(&crate::encode(&batch)).expect("a batch");
        let verified = there.verify().expect("valid");
        assert_eq!(verified.digests(), batch.payments.iter().map(SignedPayment::digest).collect::<Vec<_>>());
        assert_eq!(crate::decode(&crate::encode(&verified)), Ok(verified));
    }

    #[test]
    fn crafted_signatures_get_one_verdict_singly_with_a_parsed_key_and_in_a_batch() {
        use crate::rules::transaction::{check_signature, check_signature_with};
        for (name, signed, is_valid) in crafted::payments() {
            assert_eq!(check_signature(&signed).is_ok(), is_valid, "{name}: singly");
            let key = signed.payment.sender.parse();
            let verdict = key.is_ok_and(|key| check_signature_with(&signed, &key).is_ok());
            assert_eq!(verdict, is_valid, "{name}: with a parsed key");
            assert_eq!(SignatureBatch::new(vec![signed]).verify().is_some(), is_valid, "{name}: in a batch of one");
        }
    }

    #[test]
    fn crafted_signatures_get_one_verdict_in_shares_on_several_threads() {
        let (valid, invalid): (Vec<_>, Vec<_>) =
            crafted::payments().into_iter().partition(|(_, _, is_valid)| *is_valid);
        assert!(valid.len() > 2 * SHARE_MIN && invalid.len() > 6);
        let valid: Vec<SignedPayment> = valid.into_iter().map(|(_, signed, _)| signed).collect();
        let failed = |payments: &[SignedPayment]| {
            let shares = SignatureBatch::new(payments.to_vec()).split();
            assert!(shares.len() > 1);
            let verdicts: Vec<bool> = std::thread::scope(|scope| {
                let threads: Vec<_> = shares.iter().map(|share| scope.spawn(|| share.verify().is_some())).collect();
                threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
            });
            verdicts.iter().filter(|verdict| !**verdict).count()
        };
        assert_eq!(failed(&valid), 0);
        for (name, signed, _) in invalid {
            let with_it = [&valid[..], &[signed]].concat();
            assert_eq!(failed(&with_it), 1, "{name}");
        }
    }
}
