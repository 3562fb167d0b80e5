//! Mining: workers never meet, and what a search comes to depends on neither the kernel nor the slices.

use proptest::prelude::*;
use shared::state::pow::kernels;
use shared::state::{Job, JobId, LANES_MAX, PreparedHeader, Scalar, SearchCursor, search};
use shared::{CompactTarget, ExtraNonce, Header, Proof, Target};

use crate::wire;

/// Targets that one hash in 16 meets, and one in 256.
const TARGETS: [u32; 2] = [0x2010_0000 - 1, 0x2000_ffff];

fn jobs() -> impl Strategy<Value = Job> {
    (wire::headers(), 0..TARGETS.len()).prop_map(|(header, target)| Job {
        id: JobId(1),
        header: Header { target: CompactTarget::from_bits(TARGETS[target]), ..header },
    })
}

fn number(ExtraNonce(bytes): ExtraNonce) -> u128 {
    let mut wide = [0; 16];
    wide[..12].copy_from_slice(&bytes);
    u128::from_le_bytes(wide)
}

proptest! {
    #![proptest_config(crate::config())]

    #[test]
    fn no_two_workers_ever_make_the_same_attempt(job in jobs(), one: u32, other: u32, a: u64, b: u64) {
        prop_assume!(one != other);
        let attempt = |worker, at| SearchCursor::of_worker(&job, worker).plus(at).next_attempt().0;
        // A worker keeps to extra nonces of its own, whatever the proof.
        let first = number(SearchCursor::of_worker(&job, one).next_attempt().0);
        let distance = number(attempt(one, a)).wrapping_sub(first) & ((1 << 96) - 1);
        prop_assert!(distance < u128::from(LANES_MAX));
        prop_assert_ne!(attempt(one, a), attempt(other, b));
    }

    #[test]
    fn a_cursor_goes_on_where_it_was_left(job in jobs(), worker: u32, lanes in 1..=LANES_MAX, a in 0..u64::MAX / 2, b in 0..u64::MAX / 2) {
        let from = SearchCursor::of_worker(&job, worker).with_lanes(lanes);
        prop_assert_eq!(from.plus(a).plus(b), from.plus(a + b));
        prop_assert_eq!(from.plus(a).next_attempt() == from.plus(b).next_attempt(), a == b);
    }

    #[test]
    fn what_is_found_meets_the_target_and_nothing_before_it_does(job in jobs(), lanes in 1..9_u32, attempts in 1..60_u64) {
        let from = SearchCursor::at(job.header.extra_nonce, job.header.proof).with_lanes(lanes);
        let target = Target::from_compact(job.header.target).expect("a target");
        let meets = |(extra_nonce, proof): (ExtraNonce, Proof)| target.is_met_by(&Header { extra_nonce, proof, ..job.header }.hash());
        let outcome = search(&Scalar, &job, from, attempts);
        let first = (0..attempts).find(|at| meets(from.plus(*at).next_attempt()));
        prop_assert_eq!(outcome.found, first.map(|at| from.plus(at).next_attempt()));
        prop_assert_eq!(outcome.attempts, first.map_or(attempts, |at| at + 1));
        prop_assert_eq!(outcome.next, from.plus(outcome.attempts));
    }

    #[test]
    fn slices_of_a_search_come_to_what_one_search_comes_to(job in jobs(), lanes in 1..=LANES_MAX, slice in 1..40_u64) {
        let mut from = SearchCursor::at(job.header.extra_nonce, job.header.proof).with_lanes(lanes);
        let whole = search(&Scalar, &job, from, 120);
        let mut made = 0;
        let found = loop {
            let outcome = search(&Scalar, &job, from, slice.min(120 - made));
            made += outcome.attempts;
            from = outcome.next;
            if outcome.found.is_some() || made == 120 {
                break outcome.found;
            }
        };
        prop_assert_eq!((found, made), (whole.found, whole.attempts));
    }

    #[test]
    fn every_kernel_of_this_machine_names_the_same_row(job in jobs(), lanes in 1..=LANES_MAX, first: u32, rows in 1..6_u32) {
        let first = first.min(u32::MAX - rows);
        let prepared = PreparedHeader::new(&job.header, lanes);
        let mut rows_found = kernels().into_iter().map(|kernel| (kernel.name(), kernel.first_row(&prepared, first, rows)));
        let (_, expected) = rows_found.next().expect("there is always one");
        for (name, found) in rows_found {
            prop_assert_eq!(found, expected, "{}", name);
        }
    }
}
