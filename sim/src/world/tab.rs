//! How a tab performs its node's outputs, as `frontend/src/worker/outbox.rs` does.
//!
//! All that is queued makes a round: what has nothing to store before it leaves at once, everything to be stored is one
//! transaction, and the rest leaves when that is durable. What is queued meanwhile makes the next round. Where the store
//! fails, the tab goes on in memory and says so; what the store lacks is copied to it once it works again.

use std::collections::VecDeque;

use shared::protocol::{Backoff, PeerId};

use crate::disk::Record;

/// The shortest and the longest wait before a failing store is tried again, in milliseconds.
const RETRY_MS: std::ops::RangeInclusive<u64> = 1_000..=60_000;

/// One thing to perform.
#[derive(Debug)]
pub enum Item {
    /// Keep this.
    Store(Record),
    /// Send this.
    Send(PeerId, Vec<u8>),
    /// Close the link.
    CutOff(PeerId),
}

/// The queue of things to perform, and the store's condition.
#[derive(Debug, Default)]
pub struct TabShell {
    items: VecDeque<Item>,
    /// What waits for the transaction that is being written.
    then: Vec<Item>,
    is_writing: bool,
    /// Whether the store fails, and the tab says so.
    pub is_in_trouble: bool,
    /// Whether what is being written is a copy of what the store lacks.
    is_recovering: bool,
    retry: Backoff,
}

/// What a shell wants done now.
#[derive(Debug, Default)]
pub struct Round {
    /// To be sent, or closed.
    pub first: Vec<Item>,
    /// To be written as one transaction.
    pub records: Option<Vec<Record>>,
    /// After how many milliseconds the store is to be tried again.
    pub retry_ms: Option<u64>,
}

impl TabShell {
    /// Queues something.
    pub fn put(&mut self, item: Item) {
        self.items.push_back(item);
    }

    /// Starts a round, unless one is under way.
    pub fn start(&mut self) -> Round {
        let mut round = Round::default();
        if self.is_writing || self.items.is_empty() {
            return round;
        }
        for item in std::mem::take(&mut self.items) {
            match item {
                // The node has what the store does not take.
                Item::Store(_) if self.is_in_trouble => {}
                Item::Store(record) => round.records.get_or_insert_default().push(record),
                sending if round.records.is_none() => round.first.push(sending),
                sending => self.then.push(sending),
            }
        }
        self.is_writing = round.records.is_some();
        round
    }

    /// The write has ended: what waited for it leaves, written or not.
    pub fn written(&mut self, is_durable: bool, random: u32) -> Round {
        self.is_writing = false;
        let is_recovered = std::mem::take(&mut self.is_recovering) && is_durable;
        let mut round = Round { first: std::mem::take(&mut self.then), ..Round::default() };
        if is_recovered {
            self.is_in_trouble = false;
            self.retry.succeeded();
        } else if !is_durable {
            self.is_in_trouble = true;
            let wait_ms = self.retry.failed(random) * 4;
            round.retry_ms = Some(wait_ms.clamp(*RETRY_MS.start(), *RETRY_MS.end()));
        }
        round
    }

    /// Copies to the store what it lacks.
    pub fn recover(&mut self, records: Vec<Record>) -> Round {
        self.is_writing = true;
        self.is_recovering = true;
        Round { records: Some(records), ..Round::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::TransactionId;

    fn store(byte: u8) -> Item {
        Item::Store(Record::PaymentGone(TransactionId::from_bytes([byte; 32])))
    }

    fn send(byte: u8) -> Item {
        Item::Send(PeerId(1), vec![byte])
    }

    fn sent(items: &[Item]) -> Vec<u8> {
        let byte = |item: &Item| match item {
            Item::Send(_, bytes) => Some(bytes[0]),
            Item::Store(_) | Item::CutOff(_) => None,
        };
        items.iter().filter_map(byte).collect()
    }

    #[test]
    fn only_what_comes_after_a_store_waits_for_it() {
        let mut shell = TabShell::default();
        for item in [send(1), store(1), send(2)] {
            shell.put(item);
        }
        let round = shell.start();
        assert_eq!((sent(&round.first), round.records.map(|records| records.len())), (vec![1], Some(1)));
        shell.put(send(3));
        assert!(shell.start().first.is_empty(), "one round at a time");
        assert_eq!(sent(&shell.written(true, 0).first), [2]);
        assert_eq!(sent(&shell.start().first), [3]);
    }

    #[test]
    fn a_tab_whose_store_fails_goes_on_and_tries_again() {
        let mut shell = TabShell::default();
        shell.put(store(1));
        shell.put(send(1));
        shell.start();
        let round = shell.written(false, u32::MAX);
        assert_eq!((sent(&round.first), round.retry_ms), (vec![1], Some(1_000)));
        shell.put(store(2));
        shell.put(send(2));
        let round = shell.start();
        assert_eq!((sent(&round.first), round.records), (vec![2], None));
        assert_eq!(shell.recover(Vec::new()).records, Some(Vec::new()), "that it takes nothing has to be tried too");
        shell.written(true, 0);
        assert!(!shell.is_in_trouble);
    }
}
