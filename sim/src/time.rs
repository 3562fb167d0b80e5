//! Virtual time: it stands still while something happens, and then jumps to what is next.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Microseconds in a millisecond.
const MS: u64 = 1_000;

/// Microseconds since the start of a run. Finer than the nodes' milliseconds, so that few things happen at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time(u64);

impl Time {
    /// The start.
    pub const START: Self = Self(0);
    /// Never.
    pub const NEVER: Self = Self(u64::MAX);

    /// So many milliseconds after the start.
    pub const fn from_ms(ms: u64) -> Self {
        Self(ms.saturating_mul(MS))
    }

    /// Microseconds after the start.
    pub const fn as_us(self) -> u64 {
        self.0
    }

    /// Whole milliseconds after the start.
    pub const fn as_ms(self) -> u64 {
        self.0 / MS
    }

    /// So many milliseconds later.
    #[must_use]
    pub const fn plus_ms(self, ms: u64) -> Self {
        Self(self.0.saturating_add(ms.saturating_mul(MS)))
    }

    /// So many microseconds later.
    #[must_use]
    pub const fn plus_us(self, us: u64) -> Self {
        Self(self.0.saturating_add(us))
    }
}

/// What is to happen, by its time; what was put in first comes first of what happens at once.
#[derive(Debug)]
pub struct Agenda<T> {
    heap: BinaryHeap<Reverse<Entry<T>>>,
    put: u64,
}

#[derive(Debug)]
struct Entry<T> {
    at: Time,
    number: u64,
    what: T,
}

impl<T> PartialEq for Entry<T> {
    fn eq(&self, other: &Self) -> bool {
        (self.at, self.number) == (other.at, other.number)
    }
}

impl<T> Eq for Entry<T> {}

impl<T> PartialOrd for Entry<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for Entry<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.number).cmp(&(other.at, other.number))
    }
}

impl<T> Default for Agenda<T> {
    fn default() -> Self {
        Self { heap: BinaryHeap::new(), put: 0 }
    }
}

impl<T> Agenda<T> {
    /// Has something happen at a time.
    pub fn put(&mut self, at: Time, what: T) {
        self.put += 1;
        self.heap.push(Reverse(Entry { at, number: self.put, what }));
    }

    /// When the next thing happens.
    pub fn next_at(&self) -> Option<Time> {
        self.heap.peek().map(|Reverse(entry)| entry.at)
    }

    /// The next thing.
    pub fn take(&mut self) -> Option<(Time, T)> {
        self.heap.pop().map(|Reverse(Entry { at, what, .. })| (at, what))
    }

    /// How many things are to happen.
    pub fn len(&self) -> usize {
        self.heap.len()
    }

    /// Whether nothing is.
    pub fn is_empty(&self) -> bool {
        self.heap.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn things_happen_by_their_time_and_then_in_the_order_they_were_put_in() {
        let mut agenda = Agenda::default();
        for (ms, what) in [(5, 'c'), (1, 'a'), (5, 'd'), (3, 'b')] {
            agenda.put(Time::from_ms(ms), what);
        }
        let order: String = std::iter::from_fn(|| agenda.take()).map(|(_, what)| what).collect();
        assert_eq!(order, "abcd");
    }
}
