//! Signatures verified on several processors, ahead of the node that will ask for them.
//!
//! A room's node is handed its inputs one after the other, by one thread. Where inputs that wait carry many signatures,
//! helpers verify shares of them meanwhile, and so does the thread itself when it would otherwise wait. The node stays
//! the judge: it is told what was valid, and looks at everything else itself.

use std::num::NonZero;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use shared::protocol::{Ahead, Share};
use shared::rules::{SignatureBatch, VerifiedSignatures};

/// The most helpers of one room at a time: beyond, applying blocks takes longer than verifying them.
const HELPERS_MAX: usize = 7;

/// How many helpers there are at most: a processor each, beside the thread that waits for them.
pub fn helpers() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get).saturating_sub(1).min(HELPERS_MAX)
}

/// Where the shares lie.
#[derive(Default)]
struct Table {
    ahead: Mutex<Ahead<()>>,
    is_back: Condvar,
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
        self.table.lock().put_back(self.share, self.verified.take());
        self.table.is_back.notify_all();
    }
}

impl Table {
    fn lock(&self) -> MutexGuard<'_, Ahead<()>> {
        // Nothing panics while it holds the lock.
        self.ahead.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Verifies a share; says whether there was one.
    fn verify_share(&self) -> bool {
        let Some((share, batch)) = self.lock().take_share() else { return false };
        let mut held = Held { table: self, share, verified: None };
        held.verified = batch.verify();
        true
    }
}

impl Verified<'_> {
    /// What is known to be valid of the next input's signatures; waits until all of them were looked at.
    pub fn of_next(&mut self) -> Vec<VerifiedSignatures> {
        loop {
            let mut ahead = self.0.lock();
            if let Some(((), verified)) = ahead.take_input() {
                return verified;
            }
            if ahead.is_empty() {
                return Vec::new();
            }
            if ahead.has_share() {
                drop(ahead);
                self.0.verify_share();
            } else {
                drop(self.0.is_back.wait(ahead));
            }
        }
    }
}

/// Runs `work` while helpers verify what each of its inputs will ask for, in the order of the inputs.
pub fn meanwhile<T>(helpers: usize, inputs: Vec<SignatureBatch>, work: impl FnOnce(&mut Verified<'_>) -> T) -> T {
    let table = Table::default();
    let mut shares: usize = 0;
    for batch in inputs {
        shares += batch.len() / shared::rules::batch::SHARE_MIN;
        table.lock().push((), batch);
    }
    thread::scope(|scope| {
        for _ in 0..helpers.min(shares.saturating_sub(1)) {
            // Without a helper it only takes longer.
            let _ =
                thread::Builder::new().name("verify".to_owned()).spawn_scoped(scope, || while table.verify_share() {});
        }
        let outcome = work(&mut Verified(&table));
        // What was not asked for need not be verified.
        *table.lock() = Ahead::default();
        outcome
    })
}

/// Verifies signatures at once; returns those that are valid, as far as they are worth sharing.
pub fn at_once(batch: SignatureBatch) -> Vec<VerifiedSignatures> {
    if batch.is_worth_sharing() { meanwhile(helpers(), vec![batch], |verified| verified.of_next()) } else { Vec::new() }
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

    #[test]
    fn each_input_gets_what_was_verified_for_it_with_and_without_helpers() {
        let inputs =
            || vec![SignatureBatch::new(payments(300)), SignatureBatch::default(), SignatureBatch::new(payments(128))];
        for helpers in [0, 1, 3] {
            let verified = meanwhile(helpers, inputs(), |verified| [(); 4].map(|()| verified.of_next().len()));
            assert_eq!(verified, [2, 0, 2, 0], "with {helpers} helpers");
        }
    }

    #[test]
    fn a_forged_signature_spoils_its_share_alone() {
        let mut signed = payments(256);
        signed[9].signature = Signature::from_bytes([3; 64]);
        assert_eq!(at_once(SignatureBatch::new(signed)).len(), 1);
        assert_eq!(at_once(SignatureBatch::new(payments(9))), []);
    }

    #[test]
    fn nobody_waits_for_what_is_not_asked_for() {
        let inputs = (0..50).map(|_| SignatureBatch::new(payments(128))).collect();
        assert_eq!(meanwhile(1, inputs, |verified| verified.of_next().len()), 2);
    }
}
