//! Signatures verified on several processors, ahead of the node that will ask for them.
//!
//! A room's node is handed its inputs one after the other, by one thread. Where inputs that wait carry many signatures,
//! helpers verify shares of them meanwhile, and so does the thread itself when it would otherwise wait. The node stays
//! the judge: it is told what was valid, and looks at everything else itself.

use std::num::NonZero;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use shared::protocol::{Ahead, Share};
use shared::rules::batch::SHARE_MIN;
use shared::rules::{SignatureBatch, SignatureShare, VerifiedSignatures};

/// The most helpers of one room at a time: beyond, applying blocks takes longer than verifying them.
const HELPERS_MAX: usize = 7;

/// How many helpers there are at most: a processor each, beside the thread that waits for them.
pub fn helpers() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get).saturating_sub(1).min(HELPERS_MAX)
}

/// Where the shares lie.
#[derive(Default)]
struct Table {
    lot: Mutex<Lot>,
    /// A share is back, or to be had, or none will come any more.
    has_changed: Condvar,
}

#[derive(Default)]
struct Lot {
    ahead: Ahead<()>,
    /// How many helpers there are.
    helpers: usize,
    /// Whether no more shares will come, so that helpers may go.
    is_closed: bool,
}

impl Lot {
    fn take_share(&mut self) -> Option<(Share, SignatureShare)> {
        self.ahead.take_share(1 + self.helpers)
    }
}

/// What was verified, input by input.
pub struct Verified<'a>(&'a Table);

/// A share in somebody's hands. It goes back whatever becomes of them.
struct Held<'a> {
    table: &'a Table,
    share: Share,
    verified: Option<VerifiedSignatures>,
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.table.lock().ahead.put_back(self.share, self.verified.take());
        self.table.has_changed.notify_all();
    }
}

/// Closes the table, so that helpers go, however the work at it ends.
struct Closing<'a>(&'a Table);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        // What was not asked for need not be verified.
        *self.0.lock() = Lot { is_closed: true, ..Lot::default() };
        self.0.has_changed.notify_all();
    }
}

impl Table {
    fn lock(&self) -> MutexGuard<'_, Lot> {
        // Nothing panics while it holds the lock.
        self.lot.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, lot: MutexGuard<'a, Lot>) -> MutexGuard<'a, Lot> {
        self.has_changed.wait(lot).unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, batch: SignatureBatch, helpers: usize) {
        let mut lot = self.lock();
        lot.ahead.push((), batch);
        lot.helpers = helpers;
        drop(lot);
        self.has_changed.notify_all();
    }

    fn verify(&self, share: Share, signatures: &SignatureShare) {
        let mut held = Held { table: self, share, verified: None };
        held.verified = signatures.verify();
    }

    /// Verifies shares as they come, until none will come any more.
    fn help(&self) {
        let mut lot = self.lock();
        loop {
            if let Some((share, signatures)) = lot.take_share() {
                drop(lot);
                self.verify(share, &signatures);
                lot = self.lock();
            } else if lot.is_closed {
                return;
            } else {
                lot = self.wait(lot);
            }
        }
    }
}

impl Verified<'_> {
    /// What is known to be valid of the next input's signatures; waits until all of them were looked at.
    pub fn of_next(&mut self) -> Vec<VerifiedSignatures> {
        let mut lot = self.0.lock();
        loop {
            if let Some(((), verified)) = lot.ahead.take_input() {
                return verified;
            }
            if lot.ahead.is_empty() {
                return Vec::new();
            }
            if let Some((share, signatures)) = lot.take_share() {
                drop(lot);
                self.0.verify(share, &signatures);
                lot = self.0.lock();
            } else {
                lot = self.0.wait(lot);
            }
        }
    }
}

/// Runs `work` while helpers verify what each of its inputs will ask for, in the order of the inputs.
///
/// `look` says what that is, input by input; helpers begin with the first while it is still looking at the others.
pub fn meanwhile<C, T>(
    helpers: usize,
    context: &mut C,
    look: impl FnOnce(&mut C, &mut dyn FnMut(SignatureBatch)),
    work: impl FnOnce(&mut C, &mut Verified<'_>) -> T,
) -> T {
    let table = Table::default();
    thread::scope(|scope| {
        let _closing = Closing(&table);
        let (mut signatures, mut started) = (0, 0);
        look(context, &mut |batch| {
            signatures += batch.len();
            // Each helper should find a share, beside the one for this thread.
            let wanted = helpers.min((signatures / SHARE_MIN).saturating_sub(1)).max(started);
            table.push(batch, wanted);
            while started < wanted {
                started += 1;
                // Without a helper it only takes longer.
                let _ = thread::Builder::new().name("verify".to_owned()).spawn_scoped(scope, || table.help());
            }
        });
        work(context, &mut Verified(&table))
    })
}

/// Verifies signatures at once; returns those that are valid, as far as they are worth sharing.
pub fn at_once(batch: SignatureBatch) -> Vec<VerifiedSignatures> {
    if !batch.is_worth_sharing() {
        return Vec::new();
    }
    meanwhile(
        helpers(),
        &mut Some(batch),
        |batch, push| batch.take().into_iter().for_each(push),
        |_, verified| verified.of_next(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::testing::{easy_params, payment};
    use shared::{Amount, Signature, SignedPayment};

    fn payments(count: u64) -> Vec<SignedPayment> {
        let pay = |sequence| payment(easy_params().network(), 1, 2, Amount::from_units(1), Amount::ZERO, sequence);
        (0..count).map(pay).collect()
    }

    fn count(verified: &[VerifiedSignatures]) -> usize {
        verified.iter().map(VerifiedSignatures::count).sum()
    }

    /// Has inputs verified meanwhile.
    fn with<T>(helpers: usize, mut inputs: Vec<SignatureBatch>, work: impl FnOnce(&mut Verified<'_>) -> T) -> T {
        meanwhile(helpers, &mut inputs, |inputs, push| inputs.drain(..).for_each(push), |_, verified| work(verified))
    }

    #[test]
    fn each_input_gets_what_was_verified_for_it_with_and_without_helpers() {
        let inputs =
            || vec![SignatureBatch::new(payments(300)), SignatureBatch::default(), SignatureBatch::new(payments(128))];
        for helpers in [0, 1, 3] {
            let verified = with(helpers, inputs(), |verified| [(); 4].map(|()| count(&verified.of_next())));
            assert_eq!(verified, [300, 0, 128, 0], "with {helpers} helpers");
        }
    }

    #[test]
    fn a_forged_signature_spoils_its_share_alone() {
        let mut signed = payments(256);
        signed[9].signature = Signature::from_bytes([3; 64]);
        let verified = with(1, vec![SignatureBatch::new(signed)], |verified| count(&verified.of_next()));
        assert!((1..256).contains(&verified), "{verified}");
    }

    #[test]
    fn what_is_verified_at_once_is_what_is_worth_sharing() {
        assert_eq!(count(&at_once(SignatureBatch::new(payments(256)))), 256);
        assert_eq!(at_once(SignatureBatch::new(payments(9))), []);
    }

    #[test]
    fn nobody_waits_for_what_is_not_asked_for() {
        let inputs = (0..50).map(|_| SignatureBatch::new(payments(128))).collect();
        assert_eq!(with(1, inputs, |verified| count(&verified.of_next())), 128);
    }
}
