//! Makes a failing plan smaller: what is left is what it takes.
//!
//! Items are left out in ever smaller groups, as long as the run breaks the same rule (delta debugging: Zeller and
//! Hildebrandt, "Simplifying and Isolating Failure-Inducing Input", 2002). Everything draws from a stream of its own, so
//! what is left happens as it did.

use crate::checker::Violation;
use crate::plan::{Item, Plan};
use crate::run::run_guarded;

/// How many runs are made at most.
const RUNS_MAX: usize = 400;

/// The smallest plan found that breaks the rule that this one breaks.
pub fn shrink(plan: &Plan, violation: &Violation) -> Plan {
    let mut runs = 0;
    let mut fails = |items: &[Item]| {
        runs += 1;
        let outcome = run_guarded(&plan.with_items(items.to_vec()), false);
        outcome.violation.is_some_and(|found| found.rule == violation.rule)
    };
    let items = smallest(&plan.items, RUNS_MAX, &mut fails);
    plan.with_items(items)
}

/// The smallest part of a list found for which something still holds, with so many tries.
fn smallest<T: Clone>(all: &[T], tries_max: usize, holds: &mut dyn FnMut(&[T]) -> bool) -> Vec<T> {
    let mut left = all.to_vec();
    let (mut tries, mut group) = (0, left.len().div_ceil(2));
    while group > 0 {
        let mut at = 0;
        let mut is_smaller = false;
        while at < left.len() {
            if tries == tries_max {
                return left;
            }
            tries += 1;
            let end = (at + group).min(left.len());
            let without = [&left[..at], &left[end..]].concat();
            if holds(&without) {
                left = without;
                is_smaller = true;
            } else {
                at = end;
            }
        }
        // When single ones can be left out, others that could not be may be able to be now.
        group = if group == 1 && is_smaller { 1 } else { group / 2 };
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_is_what_it_takes() {
        let all: Vec<u32> = (0..40).collect();
        let mut tries = 0;
        let mut holds = |left: &[u32]| {
            tries += 1;
            [3, 17, 18, 39].iter().all(|needed| left.contains(needed))
        };
        assert_eq!(smallest(&all, 400, &mut holds), [3, 17, 18, 39]);
        assert!(tries < 150, "{tries} tries");
        assert!(smallest(&all, 10, &mut |left| left.contains(&3)).contains(&3), "few tries leave more");
        assert_eq!(smallest(&all, 400, &mut |_| true), Vec::<u32>::new());
    }
}
