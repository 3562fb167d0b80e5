//! Targets, the work they stand for, and the pace that ASERT keeps.

use proptest::prelude::*;
use shared::{BlockHash, CompactTarget, Params, Target};

/// Any target, by its four bytes.
pub(crate) fn targets() -> impl Strategy<Value = Target> {
    (1..=33_u32, 1..0x80_0000_u32).prop_filter_map("a target", |(length, mantissa)| {
        Target::from_compact(CompactTarget::from_bits(length << 24 | mantissa)).ok()
    })
}

fn params(half_life_ms: u64) -> Params {
    Params { half_life_ms, target_limit: CompactTarget::from_bits(0x2000_ffff), ..Params::main() }
}

proptest! {
    #![proptest_config(crate::config())]

    #[test]
    fn four_bytes_name_one_target_or_none(bits: u32, length in 0..40_u32) {
        for bits in [bits, length << 24 | bits & 0x00ff_ffff] {
            let compact = CompactTarget::from_bits(bits);
            if let Ok(target) = Target::from_compact(compact) {
                prop_assert_eq!(target.to_compact(), compact);
                prop_assert!(target.is_met_by(&BlockHash::ZERO));
            }
        }
    }

    #[test]
    fn a_harder_target_stands_for_at_least_as_much_work(one in targets(), other in targets()) {
        let (harder, easier) = (one.min(other), one.max(other));
        prop_assert!(harder.work() >= easier.work());
        // work = 2^256 / (target + 1), rounded down, so that work and target give 2^256 back but for the rounding.
        let attempts = one.work().to_f64();
        let number = one.to_be_bytes().iter().fold(0.0, |number, byte| number * 256.0 + f64::from(*byte));
        let product = attempts * (number + 1.0) / 2f64.powi(256);
        prop_assert!(product <= 1.0 + 1e-9 && (product > 0.5), "{}", product);
    }

    #[test]
    fn a_hash_meets_a_target_exactly_when_its_number_is_not_above_it(target in targets(), hash: [u8; 32]) {
        let mut most_significant_first = hash;
        most_significant_first.reverse();
        let expected = most_significant_first <= target.to_be_bytes();
        prop_assert_eq!(target.is_met_by(&BlockHash::from_bytes(hash)), expected);
        let mut limit = target.to_be_bytes();
        limit.reverse();
        prop_assert!(target.is_met_by(&BlockHash::from_bytes(limit)), "a hash equal to the target meets it");
    }

    #[test]
    fn the_later_a_block_the_easier_the_next(parent in targets(), a in -9_000_000..9_000_000_i64, b in -9_000_000..9_000_000_i64, half_life_ms in 10_000..1_000_000_u64) {
        let params = params(half_life_ms);
        let parent = parent.min(params.target_limit());
        let next = |solve_ms| Target::next(parent, solve_ms, &params);
        prop_assert!(next(a.min(b)) <= next(a.max(b)));
    }

    #[test]
    fn the_next_target_is_a_target_and_never_easier_than_the_limit(parent in targets(), solve_ms: i64, half_life_ms in 10_000..2_000_000_000_u64) {
        let params = params(half_life_ms);
        let next = Target::next(parent.min(params.target_limit()), solve_ms, &params);
        prop_assert!(next <= params.target_limit());
        let compact = next.to_compact();
        prop_assert!(Target::from_compact(compact).is_ok_and(|rounded| rounded <= next && rounded.to_compact() == compact));
    }

    #[test]
    fn a_block_in_time_leaves_the_target_and_one_a_half_life_late_doubles_it(parent in targets(), half_life_ms in 10_000..1_000_000_u64) {
        let params = params(half_life_ms);
        prop_assume!(parent.to_be_bytes()[..2] == [0, 0]);
        let interval = params.interval_ms as i64;
        prop_assert_eq!(Target::next(parent, interval, &params), parent);
        let twice = Target::next(parent, interval + half_life_ms as i64, &params);
        let half = Target::next(twice, interval - half_life_ms as i64, &params);
        prop_assert_eq!(half, parent);
        prop_assert!(twice > parent);
        prop_assert!(parent.work() >= twice.work());
    }
}
