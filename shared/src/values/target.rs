//! Targets: the number a block's hash must not exceed, its four-byte form, and how it follows the pace of the chain.

use borsh::{BorshDeserialize, BorshSerialize};
use ruint::{Uint, aliases::U256};
use serde::{Deserialize, Serialize};

use super::{BlockHash, Params, Work};
use crate::rules::receipt::{Receipt, Refusal};

/// A target in the four bytes of Bitcoin's `nBits`: the high byte is a length in bytes, the low three the leading
/// bytes of the number; `0x1e020000` is `0x020000` followed by 27 zero bytes, which is 2²³³.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct CompactTarget(u32);

impl CompactTarget {
    /// Takes the four bytes as a number, unchecked: [`Target::from_compact`] says whether they name a target.
    pub const fn from_bits(bits: u32) -> Self {
        Self(bits)
    }

    /// The four bytes as a number.
    pub const fn bits(self) -> u32 {
        self.0
    }
}

impl std::fmt::Display for CompactTarget {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:#010x}", self.0)
    }
}

/// Four bytes that name no target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// Zero: no hash could meet it.
    #[error("compact target {0} is zero")]
    Zero(CompactTarget),
    /// The sign bit is set.
    #[error("compact target {0} is negative")]
    Negative(CompactTarget),
    /// More than 256 bits.
    #[error("compact target {0} exceeds 256 bits")]
    TooLarge(CompactTarget),
    /// The same number has a shorter or fuller form.
    #[error("compact target {found} is written {canonical}")]
    NotCanonical {
        /// What was written.
        found: CompactTarget,
        /// How that number is written.
        canonical: CompactTarget,
    },
}

impl Refusal for TargetError {
    fn receipt(&self) -> Receipt {
        let (expected, found) = match self {
            Self::Zero(found) => ("a number above zero".to_owned(), found),
            Self::Negative(found) => ("a number without the sign bit".to_owned(), found),
            Self::TooLarge(found) => ("a number of at most 256 bits".to_owned(), found),
            Self::NotCanonical { found, canonical } => (format!("its one form, {canonical}"), found),
        };
        Receipt::new("target encoding", expected, found.to_string())
    }
}

/// The number a hash is compared with, 1 to 2²⁵⁶ − 1. Smaller is harder.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Target(U256);

impl Target {
    /// Reads the four-byte form.
    ///
    /// # Errors
    /// When the bytes are zero, negative, too large or not the one form of their number.
    pub fn from_compact(compact: CompactTarget) -> Result<Self, TargetError> {
        let (length, mantissa) = (compact.0 >> 24, compact.0 & 0x007f_ffff);
        if compact.0 & 0x0080_0000 != 0 {
            return Err(TargetError::Negative(compact));
        }
        let number = if length <= 3 {
            U256::from(mantissa >> (8 * (3 - length)))
        } else {
            let shift = 8 * (length as usize - 3);
            let bits = (32 - mantissa.leading_zeros()) as usize;
            if bits + shift > 256 {
                return Err(TargetError::TooLarge(compact));
            }
            U256::from(mantissa) << shift
        };
        if number.is_zero() {
            return Err(TargetError::Zero(compact));
        }
        let target = Self(number);
        match target.to_compact() {
            canonical if canonical == compact => Ok(target),
            canonical => Err(TargetError::NotCanonical { found: compact, canonical }),
        }
    }

    /// The four-byte form, rounded toward zero (toward more work).
    pub fn to_compact(self) -> CompactTarget {
        let mut length = self.0.bit_len().div_ceil(8);
        let mut mantissa: u32 = if length <= 3 {
            self.0.to::<u32>() << (8 * (3 - length))
        } else {
            (self.0 >> (8 * (length - 3))).to::<u32>()
        };
        if mantissa & 0x0080_0000 != 0 {
            mantissa >>= 8;
            length += 1;
        }
        CompactTarget((length as u32) << 24 | mantissa)
    }

    /// Whether a hash, read as a little-endian number, does not exceed this target.
    pub fn is_met_by(self, hash: &BlockHash) -> bool {
        U256::from_le_bytes(*hash.as_bytes()) <= self.0
    }

    /// The most significant 32 bits: what a kernel compares first.
    pub fn high_word(self) -> u32 {
        (self.0 >> 224_usize).to::<u32>()
    }

    /// The number's 32 bytes, most significant first: for people, who read it beside a hash.
    pub fn to_be_bytes(self) -> [u8; 32] {
        self.0.to_be_bytes()
    }

    /// The expected number of attempts to meet this target, ⌊2²⁵⁶ / (target + 1)⌋.
    pub fn work(self) -> Work {
        // 2^256 / (t + 1) = (2^256 − t − 1) / (t + 1) + 1, and 2^256 − t − 1 is !t.
        match self.0.checked_add(U256::ONE) {
            Some(divisor) => Work::from_number(!self.0 / divisor + U256::ONE),
            None => Work::from_number(U256::ONE),
        }
    }

    /// The target of the block after one that had target `parent` and took `solve_ms` (its time less its own
    /// parent's, which may be below zero).
    ///
    /// This is aserti3-2d, the integer-only exponential average of Bitcoin Cash (CHIP "ASERT", 2020), taken from block
    /// to block: `next = parent · 2^((solve − interval) / half_life)`. Step by step the exponents add up to the
    /// absolute form's; but once the limit is reached, the time that passed there is forgotten, so a room that slept
    /// overnight does not owe the night's blocks when it wakes.
    pub fn next(parent: Self, solve_ms: i64, params: &Params) -> Self {
        let limit = params.target_limit();
        // In 16.16 fixed point, rounded toward zero.
        let exponent =
            (i128::from(solve_ms) - i128::from(params.interval_ms)) * 65_536 / i128::from(params.half_life_ms);
        let shifts = (exponent >> 16).clamp(-512, 512) as i32;
        let fraction = (exponent & 0xffff) as u128;
        // 2^x for 0 ≤ x < 1 by a cubic whose error is below 0.013 %.
        let polynomial = 195_766_423_245_049 * fraction
            + 971_821_376 * fraction * fraction
            + 5_127 * fraction * fraction * fraction
            + (1 << 47);
        let factor = 65_536 + (polynomial >> 48);
        // At most 256 + 17 bits, shifted left by less than 239 more: 512 bits are enough.
        let product = Uint::<512, 8>::from(parent.0) * Uint::<512, 8>::from(factor);
        let shifts = shifts - 16;
        let next = if shifts < 0 {
            product >> shifts.unsigned_abs() as usize
        } else if shifts as usize + product.bit_len() > 512 {
            return limit;
        } else {
            product << shifts as usize
        };
        if next > Uint::<512, 8>::from(limit.0) {
            return limit;
        }
        Self(next.to::<U256>().max(U256::ONE))
    }
}

/// 64 hex digits, most significant first.
impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:064x}", self.0)
    }
}

impl std::fmt::Debug for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Target({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::FUTURE_MS_MAX;

    fn target(bits: u32) -> Target {
        Target::from_compact(CompactTarget(bits)).expect("a target")
    }

    #[test]
    fn a_compact_target_has_one_form() {
        for (bits, text) in [
            (0x0101_0000, "1"),
            (0x0200_8000, "80"),
            (0x0312_3456, "123456"),
            (0x1d00_ffff, "ffff0000000000000000000000000000000000000000000000000000"),
            (0x2100_ffff, "ffff000000000000000000000000000000000000000000000000000000000000"),
        ] {
            assert_eq!(target(bits).to_string(), format!("{text:0>64}"));
            assert_eq!(target(bits).to_compact(), CompactTarget(bits));
        }
        let error = |bits| Target::from_compact(CompactTarget(bits)).expect_err("no target");
        assert!(matches!(error(0), TargetError::Zero(_)));
        assert!(matches!(error(0x0100_8000), TargetError::Zero(_)));
        assert!(matches!(error(0x1d80_0001), TargetError::Negative(_)));
        assert!(matches!(error(0x2101_0000), TargetError::TooLarge(_)));
        assert!(matches!(error(0xff00_0001), TargetError::TooLarge(_)));
        assert!(matches!(error(0x1d00_00ff), TargetError::NotCanonical { .. }));
        assert!(matches!(error(0x0112_3456), TargetError::NotCanonical { .. }));
    }

    #[test]
    fn a_hash_equal_to_the_target_meets_it_and_one_above_does_not() {
        let limit = target(0x0312_3456);
        let mut hash = [0; 32];
        hash[..3].copy_from_slice(&[0x56, 0x34, 0x12]);
        assert!(limit.is_met_by(&BlockHash::from_bytes(hash)));
        hash[0] += 1;
        assert!(!limit.is_met_by(&BlockHash::from_bytes(hash)));
        hash[0] = 0;
        hash[31] = 1;
        assert!(!limit.is_met_by(&BlockHash::from_bytes(hash)), "the last byte is the most significant");
    }

    #[test]
    fn work_is_the_expected_number_of_attempts() {
        assert_eq!(target(0x2100_8000).work().to_string(), "1", "2^255 is met by a little over half of all hashes");
        assert_eq!(target(0x1e02_0000).work().to_string(), ((1u64 << 23) - 1).to_string());
        // Bitcoin's first target: the chain work of its genesis block is 0x100010001.
        assert_eq!(target(0x1d00_ffff).work().to_string(), 0x1_0001_0001_u64.to_string());
    }

    #[test]
    fn a_block_in_time_keeps_the_target_and_a_half_life_doubles_or_halves_it() {
        let params = Params::main();
        let (interval, half_life) = (params.interval_ms as i64, params.half_life_ms as i64);
        let parent = target(0x1b01_0000);
        let next = |solve_ms| Target::next(parent, solve_ms, &params);
        assert_eq!(next(interval), parent);
        assert_eq!(next(interval + half_life), target(0x1b02_0000));
        assert_eq!(next(interval - half_life), target(0x1b00_8000));
        assert!(next(0) < parent && next(interval + 1_000) > parent);
    }

    /// Such a clock costs nothing at the limit, where time that passed is forgotten: without a bound on the half-life one
    /// block of it would stop a room.
    #[test]
    fn a_clock_as_far_ahead_as_it_may_be_makes_the_next_block_at_most_twice_as_hard_in_any_room() {
        for interval_ms in [100, 1_000, 10_000, 120_000, 3_600_000] {
            let lives = (0..64).map(|bits| 1_u64 << bits).chain([777, 10_000, 119_999, 120_000, 120_001]);
            let rooms = lives.map(|half_life_ms| Params { interval_ms, half_life_ms, ..Params::main() });
            for params in rooms.filter(|params| params.check().is_ok()) {
                let (limit, ahead) = (params.target_limit(), FUTURE_MS_MAX as i64);
                assert_eq!(Target::next(limit, interval_ms as i64 + ahead, &params), limit);
                let next = Target::next(limit, interval_ms as i64 - ahead, &params);
                assert!(next.0 >= limit.0 / U256::from(2), "{params:?}: {next:?}");
            }
        }
    }

    #[test]
    fn the_cubic_is_within_its_stated_error_and_monotonic() {
        let params = Params::main();
        let parent = target(0x1b01_0000);
        let mut last = Target::next(parent, 0, &params);
        for solve_ms in (0..2 * params.half_life_ms as i64).step_by(1_000) {
            let next = Target::next(parent, solve_ms, &params);
            let exact = ((solve_ms - params.interval_ms as i64) as f64 / params.half_life_ms as f64).exp2();
            let leading = |target: Target| (target.0 >> 160usize).to::<u64>() as f64;
            let ratio = leading(next) / leading(parent);
            assert!((ratio / exact - 1.0).abs() < 2e-4, "{solve_ms} ms: {ratio} for {exact}");
            assert!(next >= last, "{solve_ms} ms");
            last = next;
        }
    }

    #[test]
    fn extremes_stay_between_one_and_the_limit() {
        let params = Params::main();
        let limit = params.target_limit();
        for solve_ms in [i64::MAX, 86_400_000 * 365] {
            assert_eq!(Target::next(limit, solve_ms, &params), limit);
            assert_eq!(Target::next(Target(U256::ONE), solve_ms, &params), limit);
        }
        assert_eq!(Target::next(limit, i64::MIN, &params), Target(U256::ONE));
        assert_eq!(Target::next(Target(U256::ONE), i64::MIN, &params), Target(U256::ONE));
    }
}
