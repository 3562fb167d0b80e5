//! Amounts of coin: integers of the smallest unit, never floating point.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

use crate::rules::receipt::{Receipt, Refusal};

/// Digits after the point when an amount is written in coins.
pub const DECIMALS: usize = 6;
/// 1 coin = 1,000,000 units.
pub const UNITS_PER_COIN: u64 = 1_000_000;

/// An amount in units, 0 to 2⁶⁴ − 1. JSON carries the units as an integer; people read and write coins.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    BorshSerialize,
    BorshDeserialize,
    Serialize,
    Deserialize,
)]
#[serde(transparent)]
pub struct Amount(u64);

impl Amount {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// The most that can be written.
    pub const MAX: Self = Self(u64::MAX);

    /// Takes units.
    pub const fn from_units(units: u64) -> Self {
        Self(units)
    }

    /// Takes whole coins; for constants and tests.
    ///
    /// # Panics
    /// When the amount does not fit, which is past 18 million million coins.
    pub const fn from_coins(coins: u64) -> Self {
        match coins.checked_mul(UNITS_PER_COIN) {
            Some(units) => Self(units),
            None => panic!("an amount of coins that fits"),
        }
    }

    /// The units.
    pub const fn units(self) -> u64 {
        self.0
    }

    /// Whether this is nothing.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// The sum, unless it does not fit.
    pub const fn checked_add(self, other: Self) -> Option<Self> {
        match self.0.checked_add(other.0) {
            Some(units) => Some(Self(units)),
            None => None,
        }
    }

    /// The difference, unless it is below zero.
    pub const fn checked_sub(self, other: Self) -> Option<Self> {
        match self.0.checked_sub(other.0) {
            Some(units) => Some(Self(units)),
            None => None,
        }
    }

    /// The difference, or nothing where it would be below zero.
    #[must_use]
    pub const fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// The sum of many, unless it does not fit.
    pub fn sum(amounts: impl IntoIterator<Item = Self>) -> Option<Self> {
        amounts.into_iter().try_fold(Self::ZERO, Self::checked_add)
    }
}

/// Coins without trailing zeros: `36.1`, `10`, `0.000001`.
impl std::fmt::Display for Amount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (coins, units) = (self.0 / UNITS_PER_COIN, self.0 % UNITS_PER_COIN);
        if units == 0 {
            return write!(f, "{coins}");
        }
        let decimals = format!("{units:0DECIMALS$}");
        write!(f, "{coins}.{}", decimals.trim_end_matches('0'))
    }
}

/// Text that is not an amount of coins.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    /// Nothing was written.
    #[error("no amount was given")]
    Empty,
    /// Something other than digits and one point.
    #[error("{found:?} is not a number of coins")]
    NotANumber {
        /// The text.
        found: String,
    },
    /// A minus sign.
    #[error("{found:?} is less than zero")]
    Negative {
        /// The text.
        found: String,
    },
    /// Finer than the smallest unit.
    #[error("{found:?} has {decimals} decimals, and a coin has {DECIMALS}")]
    TooManyDecimals {
        /// The text.
        found: String,
        /// How many decimals it has.
        decimals: usize,
    },
    /// More than can be written.
    #[error("{found:?} is more than {}", Amount::MAX)]
    TooLarge {
        /// The text.
        found: String,
    },
}

impl Refusal for AmountError {
    fn receipt(&self) -> Receipt {
        let (expected, found) = match self {
            Self::Empty => ("an amount in coins, such as 4 or 0.1".to_owned(), "nothing".to_owned()),
            Self::NotANumber { found } => ("an amount in coins, such as 4 or 0.1".to_owned(), format!("{found:?}")),
            Self::Negative { found } => ("an amount that is not below zero".to_owned(), format!("{found:?}")),
            Self::TooManyDecimals { found, decimals } => {
                (format!("at most {DECIMALS} decimals"), format!("{decimals} decimals in {found:?}"))
            }
            Self::TooLarge { found } => (format!("at most {} coins", Amount::MAX), format!("{found:?}")),
        };
        Receipt::new("amount", expected, found)
    }
}

/// Reads coins as people write them: digits, and at most one point with up to six digits after it. White space around
/// the number is ignored; thousands separators, signs and exponents are not read.
impl std::str::FromStr for Amount {
    type Err = AmountError;

    fn from_str(text: &str) -> Result<Self, AmountError> {
        let trimmed = text.trim();
        let found = || trimmed.chars().take(40).collect::<String>();
        if trimmed.is_empty() {
            return Err(AmountError::Empty);
        }
        let is_number = |text: &str| {
            let (coins, decimals) = text.split_once('.').unwrap_or((text, ""));
            let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
            digits(coins) && digits(decimals) && !(coins.is_empty() && decimals.is_empty())
        };
        if let Some(rest) = trimmed.strip_prefix(['-', '−']) {
            return Err(if is_number(rest) {
                AmountError::Negative { found: found() }
            } else {
                AmountError::NotANumber { found: found() }
            });
        }
        if !is_number(trimmed) {
            return Err(AmountError::NotANumber { found: found() });
        }
        let (coins, decimals) = trimmed.split_once('.').unwrap_or((trimmed, ""));
        if decimals.len() > DECIMALS {
            return Err(AmountError::TooManyDecimals { found: found(), decimals: decimals.len() });
        }
        format!("0{coins}{decimals:0<DECIMALS$}")
            .parse()
            .map(Self)
            .map_err(|_| AmountError::TooLarge { found: found() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coins_are_written_without_trailing_zeros() {
        for (units, text) in [
            (0, "0"),
            (1, "0.000001"),
            (100_000, "0.1"),
            (10_000_000, "10"),
            (36_100_000, "36.1"),
            (u64::MAX, "18446744073709.551615"),
        ] {
            assert_eq!(Amount::from_units(units).to_string(), text);
            assert_eq!(text.parse(), Ok(Amount::from_units(units)));
        }
    }

    #[test]
    fn what_people_type_is_read_or_refused_by_name() {
        let accepted = [(" 4 ", 4_000_000), ("4.", 4_000_000), (".5", 500_000), ("007.10", 7_100_000), ("0.000001", 1)];
        for (text, units) in accepted {
            assert_eq!(text.parse(), Ok(Amount::from_units(units)), "{text:?}");
        }
        let check = |text: &str, expected: fn(&AmountError) -> bool| {
            let error = text.parse::<Amount>().expect_err(text);
            assert!(expected(&error), "{text:?} gave {error:?}");
        };
        check("  ", |error| matches!(error, AmountError::Empty));
        for text in ["four", "1,5", "1 000", "+1", "1e3", ".", "1.2.3", "0x10", "--1", "-", "١"] {
            check(text, |error| matches!(error, AmountError::NotANumber { .. }));
        }
        check("-0.5", |error| matches!(error, AmountError::Negative { .. }));
        check("0.0000001", |error| matches!(error, AmountError::TooManyDecimals { decimals: 7, .. }));
        check("18446744073709.551616", |error| matches!(error, AmountError::TooLarge { .. }));
        check(&"9".repeat(4000), |error| matches!(error, AmountError::TooLarge { found } if found.len() == 40));
    }

    #[test]
    fn sums_are_checked() {
        let one = Amount::from_units(1);
        assert_eq!(Amount::MAX.checked_add(one), None);
        assert_eq!(Amount::ZERO.checked_sub(one), None);
        assert_eq!(Amount::sum([one, Amount::MAX]), None);
        assert_eq!(Amount::sum([one, one]), Some(Amount::from_units(2)));
    }
}
