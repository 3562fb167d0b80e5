//! Chains of nodes elsewhere: a page may not ask them, so the relay is asked to. Pure.
//!
//! One round asks every node at once and ends when each has answered, when the time is up, or when the relay is lost.

use std::collections::BTreeMap;

use shared::exchange::ToRelay;
use shared::{Receipt, Timestamp};

/// How long a round may take, in milliseconds: twice what a relay allows a node, and shorter than anybody waits for
/// Replace chain.
const ROUND_MS: u64 = 10_000;
/// What is found of a node that the relay cannot be asked about.
const NO_RELAY: &str = "no relay to ask it through";

/// What came of asking one node.
pub type Fetched = (String, Result<String, Receipt>);

/// The rounds of a tab.
#[derive(Clone, Debug, Default)]
pub struct Fetches {
    asked: u64,
    round: Option<Round>,
}

#[derive(Clone, Debug)]
struct Round {
    open: BTreeMap<u64, String>,
    done: Vec<Fetched>,
    until: Timestamp,
}

impl Fetches {
    /// Starts a round, in place of one that is under way; returns what to tell the relay. A round of nobody, or without
    /// a relay, ends at once.
    pub fn start(&mut self, netlocs: &[String], is_linked: bool, now: Timestamp) -> Vec<ToRelay> {
        let first = self.asked;
        self.asked += netlocs.len() as u64;
        let open: BTreeMap<u64, String> = (first..).zip(netlocs.iter().cloned()).collect();
        let tell = |(number, netloc): (&u64, &String)| ToRelay::Fetch { number: *number, netloc: netloc.clone() };
        let told = open.iter().map(tell).collect();
        self.round = Some(Round { open, done: Vec::new(), until: now.plus_ms(ROUND_MS) });
        if is_linked {
            return told;
        }
        self.relay_lost();
        Vec::new()
    }

    /// Hears what came of one fetch. One that nobody waits for any more is of no use.
    pub fn hear(&mut self, number: u64, result: Result<String, Receipt>) {
        if let Some(round) = &mut self.round
            && let Some(netloc) = round.open.remove(&number)
        {
            round.done.push((netloc, result.map_err(Receipt::bounded)));
        }
    }

    /// Notes that the relay is gone, and with it what it was asked.
    pub fn relay_lost(&mut self) {
        self.give_up(NO_RELAY);
    }

    fn give_up(&mut self, found: &str) {
        if let Some(round) = &mut self.round {
            for (_, netloc) in std::mem::take(&mut round.open) {
                let receipt = Receipt::new("answer of a node", "its chain", found);
                round.done.push((netloc, Err(receipt)));
            }
        }
    }

    /// What came of the round, once, when it is over.
    pub fn take_done(&mut self, now: Timestamp) -> Option<Vec<Fetched>> {
        if self.round.as_ref()?.until <= now {
            self.give_up("nothing in time");
        }
        self.round.take_if(|round| round.open.is_empty()).map(|round| round.done)
    }

    /// When the round's time is up.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.round.as_ref().map(|round| round.until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(told: &[ToRelay]) -> Vec<u64> {
        let number = |told: &ToRelay| match told {
            ToRelay::Fetch { number, .. } => *number,
            other => panic!("{other:?}"),
        };
        told.iter().map(number).collect()
    }

    fn netlocs(count: u64) -> Vec<String> {
        (0..count).map(|at| format!("127.0.0.1:{}", 5_000 + at)).collect()
    }

    const NOW: Timestamp = Timestamp::from_ms(1_000);

    #[test]
    fn a_round_ends_when_each_has_answered() {
        let mut fetches = Fetches::default();
        let told = numbers(&fetches.start(&netlocs(2), true, NOW));
        assert_eq!(fetches.take_done(NOW), None);
        fetches.hear(told[1], Ok("chain".to_owned()));
        fetches.hear(told[1], Ok("again".to_owned()));
        fetches.hear(99, Ok("nobody asked".to_owned()));
        assert_eq!(fetches.take_done(NOW), None);
        fetches.hear(told[0], Err(Receipt::new("fetch", "a", "b")));
        let done = fetches.take_done(NOW).expect("both answered");
        assert_eq!(done[0], ("127.0.0.1:5001".to_owned(), Ok("chain".to_owned())));
        assert!(done[1].1.is_err());
        assert_eq!((fetches.take_done(NOW), fetches.next_due()), (None, None));
    }

    #[test]
    fn a_round_of_nobody_ends_at_once() {
        let mut fetches = Fetches::default();
        assert!(fetches.start(&[], true, NOW).is_empty());
        assert_eq!(fetches.take_done(NOW), Some(Vec::new()));
    }

    #[test]
    fn whoever_is_late_or_out_of_reach_has_not_answered() {
        let mut fetches = Fetches::default();
        fetches.start(&netlocs(1), true, NOW);
        let until = fetches.next_due().expect("a round is under way");
        let done = fetches.take_done(until).expect("the time is up");
        assert_eq!(done[0].1.as_ref().expect_err("late").found, "nothing in time");
        fetches.start(&netlocs(1), true, NOW);
        fetches.relay_lost();
        let found = |done: Option<Vec<Fetched>>| done.expect("it is over")[0].1.clone().expect_err("lost").found;
        assert_eq!(found(fetches.take_done(NOW)), NO_RELAY);
        assert!(fetches.start(&netlocs(1), false, NOW).is_empty());
        assert_eq!(found(fetches.take_done(NOW)), NO_RELAY);
    }

    #[test]
    fn answers_to_an_earlier_round_are_not_taken_for_this_ones() {
        let mut fetches = Fetches::default();
        let old = numbers(&fetches.start(&netlocs(1), true, NOW));
        fetches.start(&netlocs(1), true, NOW);
        fetches.hear(old[0], Ok("old".to_owned()));
        assert_eq!(fetches.take_done(NOW), None);
    }
}
