//! Those who wait for the same thing: the next block, the end of a Replace chain. Bounded, each with a time limit.

use std::collections::VecDeque;

use shared::{Receipt, Timestamp};

/// Who asked, and so who is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asker {
    /// The relay, for somebody who sent it a request.
    Relay {
        /// The link over which it asked.
        link: u64,
        /// Its number for the request.
        number: u64,
        /// The line of the request in the log.
        line: u64,
    },
    /// The page, with a command of this number.
    Page {
        /// The command's number.
        number: u64,
    },
}

/// A queue of askers.
#[derive(Clone, Debug)]
pub struct Queue {
    max: usize,
    waiting: VecDeque<(Asker, Timestamp)>,
}

impl Queue {
    /// A queue in which at most so many wait.
    pub fn new(max: usize) -> Self {
        Self { max, waiting: VecDeque::new() }
    }

    /// Lets somebody wait until `until`.
    pub fn push(&mut self, asker: Asker, until: Timestamp) -> Result<(), Receipt> {
        if self.waiting.len() >= self.max {
            let found = format!("{} that wait already", self.waiting.len());
            return Err(Receipt::new("requests that wait", format!("fewer than {}", self.max), found));
        }
        self.waiting.push_back((asker, until));
        Ok(())
    }

    /// Whether nobody waits.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Takes the one who has waited longest.
    pub fn pop(&mut self) -> Option<Asker> {
        self.waiting.pop_front().map(|(asker, _)| asker)
    }

    /// Takes everybody.
    pub fn take_all(&mut self) -> Vec<Asker> {
        self.waiting.drain(..).map(|(asker, _)| asker).collect()
    }

    /// Takes those whose time is up.
    pub fn take_late(&mut self, now: Timestamp) -> Vec<Asker> {
        let (late, waiting) = std::mem::take(&mut self.waiting).into_iter().partition(|(_, until)| *until <= now);
        self.waiting = waiting;
        VecDeque::into_iter(late).map(|(asker, _)| asker).collect()
    }

    /// Takes those who fit.
    pub fn take_if(&mut self, mut fits: impl FnMut(&Asker) -> bool) -> Vec<Asker> {
        let (taken, waiting) = std::mem::take(&mut self.waiting).into_iter().partition(|(asker, _)| fits(asker));
        self.waiting = waiting;
        VecDeque::into_iter(taken).map(|(asker, _)| asker).collect()
    }

    /// When somebody's time is up next.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.waiting.iter().map(|(_, until)| *until).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAX: usize = 4;

    fn page(number: u64) -> Asker {
        Asker::Page { number }
    }

    #[test]
    fn the_first_to_come_is_the_first_to_go() {
        let mut queue = Queue::new(MAX);
        for number in [1, 2] {
            queue.push(page(number), Timestamp::from_ms(10)).expect("room for two");
        }
        assert_eq!((queue.pop(), queue.pop(), queue.pop()), (Some(page(1)), Some(page(2)), None));
    }

    #[test]
    fn no_more_wait_than_allowed() {
        let mut queue = Queue::new(MAX);
        for number in 0..MAX as u64 {
            queue.push(page(number), Timestamp::from_ms(10)).expect("there is room");
        }
        let refused = queue.push(page(99), Timestamp::from_ms(10)).expect_err("one too many");
        assert_eq!(refused.rule, "requests that wait");
        assert_eq!(queue.take_all().len(), MAX);
        assert!(queue.is_empty());
    }

    #[test]
    fn those_whose_time_is_up_are_taken_and_the_others_wait_on() {
        let mut queue = Queue::new(MAX);
        for (number, until) in [(1, 30), (2, 10), (3, 20)] {
            queue.push(page(number), Timestamp::from_ms(until)).expect("there is room");
        }
        assert_eq!(queue.next_due(), Some(Timestamp::from_ms(10)));
        assert_eq!(queue.take_late(Timestamp::from_ms(9)), []);
        assert_eq!(queue.take_late(Timestamp::from_ms(20)), [page(2), page(3)]);
        assert_eq!(queue.take_if(|asker| *asker == page(1)), [page(1)]);
        assert_eq!(queue.next_due(), None);
    }
}
