//! A budget of bytes for all connections together, in which nobody keeps others from their share.
//!
//! Each holder has a free share. What it holds beyond that is counted in common, and when the common part is short, the
//! one that takes most of it is cut: the largest holder of the address that holds most. Whoever asks for little is never
//! refused for what others hold.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio_util::sync::CancellationToken;

use crate::limits::AddressKey;

/// The budget.
#[derive(Debug)]
pub struct Budget {
    /// What each holder may have before it counts.
    share: usize,
    /// How much there may be beyond the shares.
    beyond_max: usize,
    beyond: AtomicUsize,
    holders: Mutex<Holders>,
}

#[derive(Debug, Default)]
struct Holders {
    next: u64,
    // Looked at as a whole only when the budget is short.
    by_number: HashMap<u64, Arc<Holding>>,
}

/// What one holder has.
#[derive(Debug)]
struct Holding {
    address: AddressKey,
    // A std mutex: held for a few instructions, never across an await.
    held: Mutex<Held>,
    cut: CancellationToken,
}

#[derive(Debug, Default)]
struct Held {
    bytes: usize,
    is_cut: bool,
}

/// One that takes of the budget. What it holds is given back when it is dropped.
#[derive(Debug)]
pub struct Holder {
    budget: Arc<Budget>,
    number: u64,
    holding: Arc<Holding>,
}

/// A holder was cut, because it held most when the budget was short.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut;

impl Budget {
    /// A budget of so many bytes beyond the shares of its holders.
    pub fn new(share: usize, beyond_max: usize) -> Arc<Self> {
        Arc::new(Self { share, beyond_max, beyond: AtomicUsize::new(0), holders: Mutex::default() })
    }

    /// A holder, for a connection of this address.
    pub fn holder(self: &Arc<Self>, address: IpAddr) -> Holder {
        let holding =
            Arc::new(Holding { address: address.into(), held: Mutex::default(), cut: CancellationToken::new() });
        let mut holders = self.holders();
        let number = holders.next;
        holders.next += 1;
        holders.by_number.insert(number, Arc::clone(&holding));
        drop(holders);
        Holder { budget: Arc::clone(self), number, holding }
    }

    fn holders(&self) -> MutexGuard<'_, Holders> {
        self.holders.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What of a holder's bytes counts.
    fn beyond(&self, bytes: usize) -> usize {
        bytes.saturating_sub(self.share)
    }

    /// Cuts holders until what is left fits.
    fn make_room(&self) {
        let holders = self.holders();
        while self.beyond.load(Ordering::Relaxed) > self.beyond_max {
            let mut of_address: HashMap<AddressKey, usize> = HashMap::new();
            let mut counted = Vec::new();
            for holding in holders.by_number.values() {
                let bytes = self.beyond(holding.lock().bytes);
                if bytes > 0 {
                    *of_address.entry(holding.address).or_default() += bytes;
                    counted.push((holding, bytes));
                }
            }
            let largest = counted.into_iter().max_by_key(|(holding, bytes)| (of_address[&holding.address], *bytes));
            let Some((holding, _)) = largest else { return };
            self.cut(holding);
        }
    }

    /// What a holder that is cut had counts no longer: it is about to be freed.
    fn cut(&self, holding: &Holding) {
        let mut held = holding.lock();
        held.is_cut = true;
        self.beyond.fetch_sub(self.beyond(held.bytes), Ordering::Relaxed);
        held.bytes = 0;
        holding.cut.cancel();
    }
}

impl Holding {
    fn lock(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Holder {
    /// Takes so many bytes.
    ///
    /// # Errors
    /// When this holder is cut, by this or before.
    pub fn take(&self, bytes: usize) -> Result<(), Cut> {
        let is_short = {
            let mut held = self.holding.lock();
            if held.is_cut {
                return Err(Cut);
            }
            let more = self.budget.beyond(held.bytes + bytes) - self.budget.beyond(held.bytes);
            held.bytes += bytes;
            let before = self.budget.beyond.fetch_add(more, Ordering::Relaxed);
            more > 0 && before + more > self.budget.beyond_max
        };
        if is_short {
            self.budget.make_room();
        }
        if self.holding.lock().is_cut { Err(Cut) } else { Ok(()) }
    }

    /// Gives back so many bytes, or all that there are.
    pub fn give(&self, bytes: usize) {
        let mut held = self.holding.lock();
        let left = held.bytes.saturating_sub(bytes);
        let less = self.budget.beyond(held.bytes) - self.budget.beyond(left);
        held.bytes = left;
        self.budget.beyond.fetch_sub(less, Ordering::Relaxed);
    }

    /// How many bytes it holds.
    pub fn bytes(&self) -> usize {
        self.holding.lock().bytes
    }

    /// Waits until this holder is cut.
    pub async fn cut(&self) {
        self.holding.cut.cancelled().await;
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        self.give(usize::MAX);
        self.budget.holders().by_number.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holder(budget: &Arc<Budget>, address: &str) -> Holder {
        budget.holder(address.parse().expect("an address"))
    }

    #[test]
    fn a_budget_takes_its_limit_and_what_is_given_back_is_free_again() {
        let budget = Budget::new(10, 100);
        let one = holder(&budget, "10.0.0.1");
        one.take(110).expect("exactly the limit");
        assert_eq!(one.take(1), Err(Cut), "it is the largest itself");
        assert_eq!(budget.beyond.load(Ordering::Relaxed), 0);
        let other = holder(&budget, "10.0.0.1");
        other.take(110).expect("free again");
        other.give(50);
        assert_eq!((other.bytes(), budget.beyond.load(Ordering::Relaxed)), (60, 50));
        drop((one, other));
        assert_eq!(budget.beyond.load(Ordering::Relaxed), 0);
        assert!(budget.holders().by_number.is_empty());
    }

    #[test]
    fn the_largest_holder_is_cut_and_not_the_one_that_asks() {
        let budget = Budget::new(10, 100);
        let (hoarder, innocent) = (holder(&budget, "10.0.0.1"), holder(&budget, "10.0.0.2"));
        hoarder.take(110).expect("all there is");
        innocent.take(10).expect("its share");
        innocent.take(40).expect("more, for which the hoarder is cut");
        assert_eq!(hoarder.take(1), Err(Cut));
        assert!(hoarder.holding.cut.is_cancelled() && !innocent.holding.cut.is_cancelled());
        assert_eq!(budget.beyond.load(Ordering::Relaxed), 40);
    }

    #[test]
    fn many_small_holders_of_one_address_are_cut_before_a_larger_one_of_another() {
        let budget = Budget::new(0, 100);
        let crowd: Vec<Holder> = (0..10).map(|_| holder(&budget, "10.0.0.1")).collect();
        for one in &crowd {
            one.take(8).expect("room");
        }
        let innocent = holder(&budget, "10.0.0.2");
        innocent.take(50).expect("room is made");
        assert_eq!(crowd.iter().filter(|one| one.holding.cut.is_cancelled()).count(), 4);
    }
}
