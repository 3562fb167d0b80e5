//! What happened in a room, told to whoever listens, and the last of it kept for whoever was away for a moment.
//!
//! Told only after it was committed; that nothing can be is told at once. The queue is bounded and shared: a listener that is too slow is told that it missed
//! something, and nobody waits for it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use shared::protocol::Member;
use shared::state::Tip;
use shared::{NodeId, Receipt, SignedPayment};
use tokio::sync::broadcast;

use super::StoreState;

/// Happenings kept for listeners that come back, and for those that are behind.
pub const EVENTS_KEPT: usize = 1_024;

/// Something that happened in a room.
#[derive(Clone, Debug, PartialEq)]
pub enum Happening {
    /// The active chain changed.
    Tip {
        /// Its end before.
        old: Tip,
        /// Its end now.
        new: Tip,
        /// How many blocks were left behind.
        left: u64,
        /// How many were adopted.
        adopted: u64,
        /// How many payments went back to wait.
        returned: u64,
        /// Who sent the last of the blocks; `None` where the relay's own node mined it.
        from: Option<NodeId>,
    },
    /// A payment was taken into the mempool.
    PaymentTaken {
        /// It.
        payment: SignedPayment,
    },
    /// A payment of an abandoned block waits again.
    PaymentReturned {
        /// It.
        payment: SignedPayment,
    },
    /// A payment can wait no longer.
    PaymentDropped {
        /// It.
        payment: SignedPayment,
        /// Why.
        receipt: Receipt,
    },
    /// A member came.
    MemberCame(Member),
    /// A member went.
    MemberWent(Member),
    /// A member is known by another name, stands on another block, or changed something else about itself.
    MemberChanged(Member),
    /// The room's store takes writes no longer, or again.
    Store(StoreState),
}

/// A happening and its number, which rises by one each time.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// The number.
    pub number: u64,
    /// What happened.
    pub happening: Happening,
}

/// Where a listener stands: which run of the relay, and the last number it has seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The run.
    pub run: u64,
    /// The number.
    pub number: u64,
}

/// What a listener gets.
#[derive(Debug)]
pub struct Listening {
    /// Where it begins: the run of the relay, and the number before the first that will come.
    pub from: Place,
    /// What happened since the place where the listener left off; `None` when not all of it is known any more.
    pub missed: Option<Vec<Arc<Told>>>,
    /// What happens from now on. Says `Lagged` to who is more than [`EVENTS_KEPT`] behind.
    pub coming: broadcast::Receiver<Arc<Told>>,
}

/// The happenings of a room.
#[derive(Debug)]
pub struct Events {
    run: u64,
    sender: broadcast::Sender<Arc<Told>>,
    recent: Mutex<VecDeque<Arc<Told>>>,
}

impl Events {
    /// None yet, in this run of the relay.
    pub fn new(run: u64) -> Self {
        Self { run, sender: broadcast::Sender::new(EVENTS_KEPT), recent: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Arc<Told>>> {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn tell(&self, happening: Happening) {
        let mut recent = self.lock();
        let number = recent.back().map_or(0, |last| last.number) + 1;
        let told = Arc::new(Told { number, happening });
        if recent.len() == EVENTS_KEPT {
            recent.pop_front();
        }
        recent.push_back(Arc::clone(&told));
        // Nobody may be listening.
        let _ = self.sender.send(told);
    }

    /// Listens from now on, or from the place where the listener left off.
    pub fn listen(&self, after: Option<Place>) -> Listening {
        let recent = self.lock();
        let last = recent.back().map_or(0, |last| last.number);
        let first = recent.front().map_or(1, |first| first.number);
        let now = Place { run: self.run, number: last };
        let (from, missed) = match after {
            None => (now, Some(Vec::new())),
            // A place in the future was made up.
            Some(place) if place.run == self.run && (first - 1..=last).contains(&place.number) => {
                (place, Some(recent.iter().filter(|told| told.number > place.number).cloned().collect()))
            }
            Some(_) => (now, None),
        };
        Listening { from, missed, coming: self.sender.subscribe() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::testing::payment;
    use shared::{Amount, Params};

    fn happening(sequence: u64) -> Happening {
        Happening::PaymentTaken {
            payment: payment(Params::main().network(), 1, 2, Amount::from_coins(1), Amount::ZERO, sequence),
        }
    }

    fn missed(events: &Events, run: u64, number: u64) -> Option<Vec<u64>> {
        let listening = events.listen(Some(Place { run, number }));
        listening.missed.map(|missed| missed.iter().map(|told| told.number).collect())
    }

    #[test]
    fn who_comes_back_gets_what_it_missed_and_who_was_away_too_long_is_told_so() {
        let events = Events::new(7);
        assert_eq!(missed(&events, 7, 0), Some(vec![]));
        for sequence in 1..=5 {
            events.tell(happening(sequence));
        }
        assert_eq!(missed(&events, 7, 3), Some(vec![4, 5]));
        assert_eq!(missed(&events, 7, 5), Some(vec![]));
        assert_eq!(missed(&events, 6, 3), None, "another run");
        assert_eq!(missed(&events, 7, 6), None, "the future");
        for sequence in 6..=EVENTS_KEPT as u64 + 5 {
            events.tell(happening(sequence));
        }
        assert_eq!(missed(&events, 7, 5).map(|missed| missed.len()), Some(EVENTS_KEPT), "the oldest kept is the next");
        assert_eq!(missed(&events, 7, 4), None, "one is forgotten");
        assert_eq!(events.listen(None).from, Place { run: 7, number: EVENTS_KEPT as u64 + 5 });
    }

    #[tokio::test]
    async fn a_listener_that_is_behind_is_told_that_it_missed_something() {
        let events = Events::new(1);
        let mut listening = events.listen(None);
        for sequence in 0..=EVENTS_KEPT as u64 {
            events.tell(happening(sequence));
        }
        assert_eq!(listening.coming.recv().await, Err(broadcast::error::RecvError::Lagged(1)));
        assert_eq!(listening.coming.recv().await.map(|told| told.number), Ok(2));
    }
}
