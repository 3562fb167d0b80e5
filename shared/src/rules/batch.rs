//! Signatures that are verified away from the node that asks for them: on another thread, in another worker.
//!
//! A node says which signatures a message will have it verify ([`Node::prepare`](crate::protocol::Node::prepare)), its
//! shell has shares of them verified wherever there is a processor to spare, and hands what came of it back with the
//! message. What does not come back the node verifies itself, by the same rule: so no verdict depends on who verified, on
//! how the work was divided, or on whether it was done at all.

use std::ops::Range;
use std::sync::Arc;

use borsh::{BorshDeserialize, BorshSerialize};

use super::transaction::are_signed;
use crate::encoding::{encode, invalid_data};
use crate::values::{Block, SignedPayment, Transaction, sha256};

/// A share of a batch has at least so many signatures: fewer gain less by being in a batch than by being shared.
pub const SHARE_MIN: usize = 64;
/// A share has at most so many: in WebAssembly they keep a worker busy for about forty milliseconds, and more of them
/// together gain little. Half as many cost two per cent more each.
pub const SHARE_MAX: usize = 2_048;

/// Payments whose signatures are to be verified together. Clones share them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignatureBatch {
    /// Those of one sender stand together as far as they can, because whoever verifies them works each key out once.
    payments: Arc<[SignedPayment]>,
    name: BatchName,
}

/// Commits to the payments of a batch, their signatures and their order.
type BatchName = [u8; 32];

/// Some of a batch, which somebody verifies. Its encoding is for the way to a program's own worker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignatureShare {
    batch: BatchName,
    /// Where in the batch it begins.
    first: usize,
    payments: Arc<[SignedPayment]>,
    /// Which of `payments` it is.
    range: Range<usize>,
}

/// Says of some payments of a batch that their signatures are valid. [`SignatureShare::verify`] alone makes one; its
/// encoding is for the way back from a program's own worker, and means nothing from anybody else.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct VerifiedSignatures {
    batch: BatchName,
    first: u32,
    count: u32,
}

impl Default for SignatureBatch {
    fn default() -> Self {
        Self::new(Vec::new())
    }
}

impl SignatureBatch {
    /// A batch of these payments.
    pub fn new(mut payments: Vec<SignedPayment>) -> Self {
        payments.sort_by_key(|signed| signed.payment.sender);
        let name = sha256(&[b"tabcoin payments", &encode(&payments)]);
        Self { payments: payments.into(), name }
    }

    /// A batch of those payments of some blocks of which `is_wanted` says so. The blocks' roots must have been checked:
    /// then their hashes and the payments' places name the batch.
    pub(crate) fn of_blocks<'a>(
        blocks: impl IntoIterator<Item = &'a Block>,
        is_wanted: impl Fn(&SignedPayment) -> bool,
    ) -> Self {
        let mut name = Vec::new();
        let mut places: Vec<(&SignedPayment, [u32; 2])> = Vec::new();
        let mut count = 0_u32;
        for (number, block) in (0..).zip(blocks) {
            count += 1;
            name.extend_from_slice(block.hash().as_bytes());
            for (position, transaction) in (0..).zip(&block.transactions) {
                if let Transaction::Payment(signed) = transaction
                    && is_wanted(signed)
                {
                    places.push((signed, [number, position]));
                }
            }
        }
        places.sort_by_key(|(signed, _)| signed.payment.sender);
        for (_, place) in &places {
            name.extend(place.iter().flat_map(|number| number.to_le_bytes()));
        }
        let payments = places.into_iter().map(|(signed, _)| signed.clone()).collect();
        Self { payments, name: sha256(&[b"tabcoin blocks\0\0", &count.to_le_bytes(), &name]) }
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

    /// Some of the batch.
    ///
    /// # Panics
    /// When the batch has not so many.
    pub fn share(&self, range: Range<usize>) -> SignatureShare {
        assert!(range.start <= range.end && range.end <= self.len(), "a share is a part of its batch");
        SignatureShare { batch: self.name, first: range.start, payments: Arc::clone(&self.payments), range }
    }

    /// All of it.
    pub fn whole(&self) -> SignatureShare {
        self.share(0..self.len())
    }

    /// The payments that were verified, as far as what is said is said of this batch.
    pub(crate) fn verified<'a>(
        &'a self,
        verified: &'a [VerifiedSignatures],
    ) -> impl Iterator<Item = &'a SignedPayment> + 'a {
        self.ranges(verified).into_iter().filter_map(|range| self.payments.get(range)).flatten()
    }

    /// Whether all of them were verified.
    pub(crate) fn is_verified(&self, verified: &[VerifiedSignatures]) -> bool {
        let reached = self.ranges(verified).into_iter().try_fold(0, |reached, range| {
            let follows = range.start <= reached;
            follows.then(|| range.end.max(reached))
        });
        reached.is_some_and(|reached| reached >= self.len())
    }

    /// What is said of this batch, in order.
    fn ranges(&self, verified: &[VerifiedSignatures]) -> Vec<Range<usize>> {
        let of_this = verified.iter().filter(|verified| verified.batch == self.name);
        let range = |verified: &VerifiedSignatures| {
            let first = verified.first as usize;
            first..first.saturating_add(verified.count())
        };
        let mut ranges: Vec<_> = of_this.map(range).collect();
        ranges.sort_by_key(|range| range.start);
        ranges
    }
}

impl SignatureShare {
    /// How many signatures there are.
    pub fn len(&self) -> usize {
        self.range.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.range.is_empty()
    }

    fn payments(&self) -> &[SignedPayment] {
        &self.payments[self.range.clone()]
    }

    /// Verifies all signatures by the rule for one, ZIP 215. `None` when one of them is not valid; which, the node finds.
    pub fn verify(&self) -> Option<VerifiedSignatures> {
        let (first, count) = (u32::try_from(self.first).ok()?, u32::try_from(self.len()).ok()?);
        are_signed(self.payments()).then_some(VerifiedSignatures { batch: self.batch, first, count })
    }
}

impl VerifiedSignatures {
    /// How many signatures it is about.
    pub fn count(&self) -> usize {
        self.count as usize
    }
}

impl BorshSerialize for SignatureShare {
    fn serialize<W: borsh::io::Write>(&self, writer: &mut W) -> borsh::io::Result<()> {
        (self.batch, self.first as u64).serialize(writer)?;
        self.payments().serialize(writer)
    }
}

impl BorshDeserialize for SignatureShare {
    fn deserialize_reader<R: borsh::io::Read>(reader: &mut R) -> borsh::io::Result<Self> {
        let (batch, first) = <(BatchName, u64)>::deserialize_reader(reader)?;
        let first = usize::try_from(first).map_err(|_| invalid_data("a place beyond memory"))?;
        let payments: Arc<[SignedPayment]> = Vec::deserialize_reader(reader)?.into();
        let range = 0..payments.len();
        Ok(Self { batch, first, payments, range })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::crafted;
    use crate::testing::{ChainBuilder, easy_params, payment};
    use crate::values::{Amount, Signature};

    fn payments(senders: u64, each: u64) -> Vec<SignedPayment> {
        let pay = |sender, sequence| {
            payment(easy_params().network(), sender, 0, Amount::from_units(1), Amount::ZERO, sequence)
        };
        (0..each).flat_map(|sequence| (0..senders).map(move |sender| pay(sender, sequence))).collect()
    }

    #[test]
    fn a_batch_keeps_each_senders_payments_together() {
        let batch = SignatureBatch::new(payments(2, 3));
        let senders: Vec<_> = batch.payments.iter().map(|signed| signed.payment.sender).collect();
        assert!(senders.is_sorted() && senders.len() == 6);
        let mut builder = ChainBuilder::easy();
        builder.mine_busy(3, 2, 4);
        let of_blocks = SignatureBatch::of_blocks(builder.blocks(), |_| true);
        assert!(of_blocks.payments.is_sorted_by_key(|signed| signed.payment.sender));
        let mut all: Vec<_> = builder.blocks().iter().flat_map(crate::rules::block::payments).cloned().collect();
        all.sort_by_key(|signed| signed.payment.sender);
        assert_eq!(of_blocks.payments.as_ref(), all);
    }

    #[test]
    fn one_forgery_fails_its_share_alone() {
        let mut all = payments(2, 10);
        all[5].signature = Signature::from_bytes([3; 64]);
        let batch = SignatureBatch::new(all);
        let verdicts = [0..10, 10..20].map(|range| batch.share(range).verify().is_some());
        assert_eq!(verdicts.iter().filter(|verdict| **verdict).count(), 1);
        assert_eq!(batch.whole().verify(), None);
    }

    #[test]
    fn a_batch_is_verified_when_all_its_shares_are_in_whatever_order() {
        let batch = SignatureBatch::new(payments(1, 6));
        let [one, two, three] = [0..1, 1..4, 4..6].map(|range| batch.share(range).verify().expect("valid"));
        let all = [three.clone(), one.clone(), two.clone()];
        assert!(batch.is_verified(&all) && batch.verified(&all).eq(batch.payments.iter()));
        for some in [vec![], vec![one.clone(), two.clone()], vec![three.clone(), two], vec![one, three.clone()]] {
            assert!(!batch.is_verified(&some));
            let count: usize = some.iter().map(VerifiedSignatures::count).sum();
            assert_eq!(batch.verified(&some).count(), count);
        }
        assert!(batch.is_verified(&[batch.share(0..5).verify().expect("valid"), three]), "they may overlap");
        assert!(SignatureBatch::default().is_verified(&[]));
    }

    #[test]
    fn what_is_said_of_one_batch_says_nothing_of_another() {
        let all = payments(2, 2);
        let verified = [SignatureBatch::new(all.clone()).whole().verify().expect("valid")];
        let mut forged = all.clone();
        forged[3].signature = Signature::from_bytes([3; 64]);
        for other in [SignatureBatch::new(forged), SignatureBatch::new(all[1..].to_vec())] {
            assert!(!other.is_verified(&verified) && other.verified(&verified).count() == 0);
        }
        let mut builder = ChainBuilder::easy();
        builder.mine_busy(3, 2, 2);
        let first = builder.blocks().iter().flat_map(crate::rules::block::payments).next().expect("a payment");
        let batches = [
            SignatureBatch::of_blocks(builder.blocks(), |_| true),
            SignatureBatch::of_blocks(builder.blocks(), |signed| signed != first),
            SignatureBatch::of_blocks(&builder.blocks()[..builder.blocks().len() - 1], |_| true),
        ];
        for (one, batch) in batches.iter().enumerate() {
            let verified = [batch.whole().verify().expect("valid")];
            for (other, batch) in batches.iter().enumerate() {
                assert_eq!(batch.is_verified(&verified), one == other);
            }
        }
    }

    #[test]
    fn what_was_verified_comes_back_from_a_worker_as_it_was() {
        let batch = SignatureBatch::new(payments(3, 2));
        let share = batch.share(2..5);
        let there: SignatureShare = crate::decode(&crate::encode(&share)).expect("a share");
        assert_eq!(there.len(), 3);
        let verified = there.verify().expect("valid");
        assert_eq!(crate::decode(&crate::encode(&verified)), Ok(verified.clone()));
        assert_eq!(share.verify().as_ref(), Some(&verified));
        assert!(batch.verified(&[verified]).eq(&batch.payments[2..5]));
    }

    #[test]
    fn crafted_signatures_get_one_verdict_singly_with_a_parsed_key_and_in_a_batch() {
        use crate::rules::transaction::{check_signature, check_signature_with};
        for (name, signed, is_valid) in crafted::payments() {
            assert_eq!(check_signature(&signed).is_ok(), is_valid, "{name}: singly");
            let key = signed.payment.sender.parse();
            let verdict = key.is_ok_and(|key| check_signature_with(&signed, &key).is_ok());
            assert_eq!(verdict, is_valid, "{name}: with a parsed key");
            assert_eq!(
                SignatureBatch::new(vec![signed]).whole().verify().is_some(),
                is_valid,
                "{name}: in a batch of one"
            );
        }
    }

    #[test]
    fn crafted_signatures_get_one_verdict_in_shares_on_several_threads() {
        let (valid, invalid): (Vec<_>, Vec<_>) =
            crafted::payments().into_iter().partition(|(_, _, is_valid)| *is_valid);
        assert!(valid.len() > 2 * SHARE_MIN && invalid.len() > 6);
        let valid: Vec<SignedPayment> = valid.into_iter().map(|(_, signed, _)| signed).collect();
        let failed = |payments: &[SignedPayment]| {
            let batch = SignatureBatch::new(payments.to_vec());
            let middle = batch.len() / 2;
            let shares = [batch.share(0..middle), batch.share(middle..batch.len())];
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
