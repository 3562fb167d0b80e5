//! Work ahead of the node: its inputs, in order, and the shares of their signatures that somebody may verify until it is
//! their turn.
//!
//! An input waits until no share of its is out or to be had. Shares are given out in the order of the inputs, to whoever
//! has a processor to spare; the one who waits for an input is one of them. Inputs are never overtaken: also those
//! without a signature wait for those before them. Nothing here verifies or counts processors: that is the shell's.

use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;

use crate::rules::batch::{SHARE_MAX, SHARE_MIN, SignatureBatch, SignatureShare, VerifiedSignatures};

/// Into how many shares for each who verifies the signatures that are left are divided at least, so that near the end
/// nobody has much left when the others have nothing.
const SHARES_LEFT: usize = 2;

/// A share that is out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Share(u64);

/// Inputs that wait, and what is to be verified for them.
#[derive(Debug)]
pub struct Ahead<T> {
    waiting: VecDeque<Waiting<T>>,
    /// The number of the first input that waits.
    first: u64,
    /// What is out, by the number of its input.
    out: BTreeMap<Share, u64>,
    given: u64,
    /// How many signatures are to be had.
    left: usize,
}

#[derive(Debug)]
struct Waiting<T> {
    input: T,
    batch: SignatureBatch,
    /// Which signatures of the batch are to be had.
    left: Range<usize>,
    out: usize,
    verified: Vec<VerifiedSignatures>,
}

impl<T> Default for Ahead<T> {
    fn default() -> Self {
        Self { waiting: VecDeque::new(), first: 0, out: BTreeMap::new(), given: 0, left: 0 }
    }
}

impl<T> Ahead<T> {
    /// Puts an input behind all others, with the signatures that it will ask for.
    pub fn push(&mut self, input: T, batch: SignatureBatch) {
        let left = 0..batch.len();
        self.left += left.len();
        self.waiting.push_back(Waiting { input, batch, left, out: 0, verified: Vec::new() });
    }

    /// Whether no input waits.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Whether a share can be had.
    pub fn has_share(&self) -> bool {
        self.left > 0
    }

    /// The next share, to be verified and brought [back](Self::put_back). `workers` is how many verify: while there is
    /// much left their shares are large, because many signatures together cost less, and towards the end small.
    pub fn take_share(&mut self, workers: usize) -> Option<(Share, SignatureShare)> {
        if !self.has_share() {
            return None;
        }
        let (place, waiting) = self.waiting.iter_mut().enumerate().find(|(_, waiting)| !waiting.left.is_empty())?;
        let start = waiting.left.start;
        let end = start + share_len(waiting.left.len(), self.left, workers);
        let signatures = waiting.batch.share(start..end);
        waiting.left.start = end;
        waiting.out += 1;
        self.left -= signatures.len();
        self.given += 1;
        let share = Share(self.given);
        self.out.insert(share, self.first + place as u64);
        Some((share, signatures))
    }

    /// Takes back what became of a share: `None` when a signature of it is not valid, or when nobody verified it. The
    /// node verifies those itself.
    pub fn put_back(&mut self, share: Share, verified: Option<VerifiedSignatures>) {
        let Some(number) = self.out.remove(&share) else { return };
        let place = usize::try_from(number - self.first).unwrap_or(usize::MAX);
        if let Some(waiting) = self.waiting.get_mut(place) {
            waiting.out -= 1;
            waiting.verified.extend(verified);
        }
    }

    /// Takes back everything that is out, unverified: whoever had it is gone.
    pub fn give_up(&mut self) {
        for share in self.out.keys().copied().collect::<Vec<_>>() {
            self.put_back(share, None);
        }
    }

    /// The first input, if nothing of it is out or to be had, and what was verified for it.
    pub fn take_input(&mut self) -> Option<(T, Vec<VerifiedSignatures>)> {
        self.waiting.front().filter(|first| first.left.is_empty() && first.out == 0)?;
        let Waiting { input, verified, .. } = self.waiting.pop_front()?;
        self.first += 1;
        Some((input, verified))
    }
}

/// How many signatures the next share has, of so many that its input still has and so many that all have: from
/// [`SHARE_MIN`] to [`SHARE_MAX`], and an input's about alike.
fn share_len(of_input: usize, of_all: usize, workers: usize) -> usize {
    let most = if workers > 1 { of_all / (SHARES_LEFT * workers) } else { SHARE_MAX };
    let shares = of_input.div_ceil(most.clamp(SHARE_MIN, SHARE_MAX)).min(of_input / SHARE_MIN).max(1);
    of_input.div_ceil(shares)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{easy_params, payment};
    use crate::values::{Amount, SignedPayment};

    /// Enough for two shares.
    fn batch(sequence: u64) -> SignatureBatch {
        let network = easy_params().network();
        let signed: SignedPayment = payment(network, 1, 2, Amount::from_units(1), Amount::ZERO, sequence);
        SignatureBatch::new(vec![signed; 2 * SHARE_MIN])
    }

    #[test]
    fn an_input_waits_for_its_shares_and_for_those_before_it() {
        let mut ahead = Ahead::default();
        ahead.push("blocks", batch(0));
        ahead.push("ping", SignatureBatch::default());
        assert!(ahead.take_input().is_none(), "two shares are to be had");
        let (one, first) = ahead.take_share(2).expect("a share");
        let (other, second) = ahead.take_share(2).expect("a share");
        assert!(!ahead.has_share() && ahead.take_share(2).is_none());
        ahead.put_back(other, second.verify());
        assert!(ahead.take_input().is_none(), "one is out");
        ahead.put_back(one, first.verify());
        let (input, verified) = ahead.take_input().expect("all are back");
        assert_eq!((input, verified.len()), ("blocks", 2));
        assert_eq!(ahead.take_input(), Some(("ping", Vec::new())));
        assert!(ahead.take_input().is_none() && ahead.is_empty());
    }

    #[test]
    fn shares_are_given_out_in_the_order_of_the_inputs() {
        let mut ahead = Ahead::default();
        ahead.push(0, batch(0));
        ahead.push(1, batch(1));
        let mut taken = Vec::new();
        while let Some((share, batch)) = ahead.take_share(2) {
            taken.push((share, batch));
        }
        assert_eq!(taken.len(), 4);
        let first = [0..SHARE_MIN, SHARE_MIN..2 * SHARE_MIN].map(|range| batch(0).share(range));
        assert_eq!(taken[..2].iter().map(|(_, share)| share).collect::<Vec<_>>(), first.iter().collect::<Vec<_>>());
        // The later input's come back first.
        for (share, batch) in taken.into_iter().rev() {
            ahead.put_back(share, batch.verify());
        }
        assert_eq!(ahead.take_input().map(|(input, _)| input), Some(0));
        assert_eq!(ahead.take_input().map(|(input, _)| input), Some(1));
    }

    #[test]
    fn shares_are_large_while_much_is_left_and_small_towards_the_end() {
        let lengths = |inputs: &[usize], workers| -> Vec<usize> {
            let mut left: usize = inputs.iter().sum();
            let mut lengths = Vec::new();
            for input in inputs {
                let mut of_input = *input;
                while of_input > 0 {
                    let share = share_len(of_input, left, workers);
                    lengths.push(share);
                    (of_input, left) = (of_input - share, left - share);
                }
            }
            lengths
        };
        assert_eq!(lengths(&[127], 2), [127], "not worth sharing");
        assert_eq!(lengths(&[128], 2), [64, 64]);
        assert_eq!(lengths(&[10_000, 2_000], 2)[..3], [2_000; 3]);
        assert_eq!(lengths(&[1_000], 2), [250, 150, 150, 90, 90, 68, 68, 67, 67]);
        assert_eq!(lengths(&[1_000], 8)[..2], [67; 2], "a little for each of many");
        assert_eq!(lengths(&[6_000], 1), [2_000; 3], "who is alone divides for nobody");
        for inputs in [&[130][..], &[1_025, 129, 700], &[5_000, 64], &[200; 30]] {
            for workers in 0..6 {
                let shares = lengths(inputs, workers);
                assert!(shares.iter().all(|share| (SHARE_MIN..=SHARE_MAX).contains(share)), "{shares:?}");
                assert_eq!(shares.iter().sum::<usize>(), inputs.iter().sum::<usize>());
            }
        }
    }

    #[test]
    fn a_share_that_nobody_verified_holds_up_nothing() {
        let mut ahead = Ahead::default();
        ahead.push((), batch(0));
        let (share, _) = ahead.take_share(2).expect("a share");
        ahead.take_share(2).expect("another");
        ahead.give_up();
        assert_eq!(ahead.take_input(), Some(((), Vec::new())));
        ahead.put_back(share, None);
        assert!(ahead.is_empty(), "a late answer is nothing");
    }
}
