//! Who broke a rule and may not come back yet.
//!
//! A relay bars nodes, by the id that they have proved to be theirs. It never bars an address: behind that of a school
//! is a class, and one member's fault is not the others'. A tab bars nobody, since it has no other relay to turn to.
//!
//! A new id costs nothing. What barring ends is the node that breaks a rule, comes back and breaks it again; who makes
//! new ids is slowed by the shell, which knows addresses.

use std::collections::BTreeMap;

use super::limits::{BAR_MS, BARRED_MAX};
use crate::values::{NodeId, Timestamp};

/// A node that may not come back yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Bar {
    /// When it may.
    pub(super) until: Timestamp,
    /// The rule that it broke.
    pub(super) rule: String,
}

/// The nodes that may not come back yet, at most [`BARRED_MAX`].
#[derive(Debug, Default)]
pub(super) struct Barred(BTreeMap<NodeId, Bar>);

impl Barred {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Bars a node from now on for [`BAR_MS`].
    pub(super) fn bar(&mut self, id: NodeId, rule: &str, now: Timestamp) {
        if self.0.len() >= BARRED_MAX && !self.0.contains_key(&id) {
            self.0.retain(|_, bar| now < bar.until);
        }
        if self.0.len() >= BARRED_MAX && !self.0.contains_key(&id) {
            // Its time is nearly over anyway.
            let soonest = self.0.iter().min_by_key(|(_, bar)| bar.until).map(|(id, _)| *id);
            soonest.map(|id| self.0.remove(&id));
        }
        self.0.insert(id, Bar { until: now.plus_ms(BAR_MS), rule: rule.to_owned() });
    }

    /// The clock was set back.
    pub(super) fn set_back(&mut self, ms: u64) {
        self.0.values_mut().for_each(|bar| bar.until = bar.until.minus_ms(ms));
    }

    /// Whether a node is barred, and until when.
    pub(super) fn find(&mut self, id: &NodeId, now: Timestamp) -> Option<Bar> {
        if self.0.get(id)?.until <= now {
            self.0.remove(id);
        }
        self.0.get(id).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Timestamp {
        Timestamp::from_ms(ms)
    }

    fn id(number: usize) -> NodeId {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&number.to_le_bytes());
        NodeId::from_bytes(bytes)
    }

    #[test]
    fn a_node_is_barred_until_its_time_and_no_longer() {
        let mut barred = Barred::default();
        barred.bar(id(1), "root", at(5));
        assert_eq!(barred.find(&id(1), at(4 + BAR_MS)), Some(Bar { until: at(5 + BAR_MS), rule: "root".to_owned() }));
        assert_eq!(barred.find(&id(2), at(5)), None);
        assert_eq!(barred.find(&id(1), at(5 + BAR_MS)), None);
        assert!(barred.0.is_empty(), "and is forgotten");
    }

    #[test]
    fn who_breaks_another_rule_waits_from_then_on() {
        let mut barred = Barred::default();
        barred.bar(id(1), "root", at(0));
        barred.bar(id(1), "message", at(10));
        assert_eq!(barred.find(&id(1), at(BAR_MS)).map(|bar| bar.rule), Some("message".to_owned()));
    }

    #[test]
    fn the_table_is_bounded_and_gives_up_whose_time_is_soonest_over() {
        let mut barred = Barred::default();
        for number in 0..=BARRED_MAX {
            barred.bar(id(number), "root", at(number as u64 / 2_000));
        }
        assert_eq!(barred.0.len(), BARRED_MAX);
        assert_eq!(barred.find(&id(0), at(3)), None);
        assert!(barred.find(&id(BARRED_MAX), at(3)).is_some());
        barred.bar(id(BARRED_MAX + 1), "root", at(3 + BAR_MS));
        assert_eq!(barred.0.len(), 1, "those whose time is over leave first");
    }
}
