//! Time and height: when a block says it was made, and how many came before it.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

/// How far ahead of a node's own clock a block's time may be, in milliseconds. Policy, not consensus: the node waits.
pub const FUTURE_MS_MAX: u64 = 120_000;
/// A block's time must be later than the median of this many blocks before it.
pub const MEDIAN_SPAN: usize = 11;

/// Milliseconds since the Unix epoch, leap seconds not counted.
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
pub struct Timestamp(u64);

impl Timestamp {
    /// Takes milliseconds since the Unix epoch.
    pub const fn from_ms(ms: u64) -> Self {
        Self(ms)
    }

    /// Milliseconds since the Unix epoch.
    pub const fn as_ms(self) -> u64 {
        self.0
    }

    /// This much later, or the end of time.
    #[must_use]
    pub const fn plus_ms(self, ms: u64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// This much earlier, or the epoch.
    #[must_use]
    pub const fn minus_ms(self, ms: u64) -> Self {
        Self(self.0.saturating_sub(ms))
    }

    /// Milliseconds from `earlier` to this; 0 where `earlier` is later.
    pub const fn ms_since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }

    /// The date and time in UTC as ISO 8601 has it, zone included: `2026-11-22T19:30:54.123000Z`.
    pub fn to_iso(self) -> String {
        format!("{}Z", self.to_text().replacen(' ', "T", 1))
    }

    /// The date and time in UTC as Python's `str(datetime)` has it: `2026-11-22 19:30:54.123000`, and without the
    /// fraction where that is zero. The calendar is that of Howard Hinnant's "chrono-Compatible Low-Level Date
    /// Algorithms", `civil_from_days`.
    pub fn to_text(self) -> String {
        const DAY_MS: u64 = 86_400_000;
        let (days, of_day) = (self.0 / DAY_MS, self.0 % DAY_MS);
        // Days since 0000-03-01, so that a leap day is its year's last.
        let days = days + 719_468;
        let (era, of_era) = (days / 146_097, days % 146_097);
        let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let from_march = (5 * of_year + 2) / 153;
        let day = of_year - (153 * from_march + 2) / 5 + 1;
        let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
        let year = era * 400 + year_of_era + u64::from(month <= 2);
        let (hours, minutes, seconds) = (of_day / 3_600_000, of_day / 60_000 % 60, of_day / 1_000 % 60);
        let whole = format!("{year:04}-{month:02}-{day:02} {hours:02}:{minutes:02}:{seconds:02}");
        match of_day % 1_000 {
            0 => whole,
            ms => format!("{whole}.{:06}", ms * 1_000),
        }
    }

    /// Milliseconds from `other` to this, below zero where `other` is later, cut at the ends of the type.
    pub fn signed_ms_since(self, other: Self) -> i64 {
        let difference = i128::from(self.0) - i128::from(other.0);
        difference.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64
    }
}

/// How many blocks came before: 0 for the genesis.
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
pub struct Height(u64);

impl Height {
    /// The genesis.
    pub const ZERO: Self = Self(0);

    /// The height above, or the highest there is.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// The height below; `None` below the genesis.
    pub const fn previous(self) -> Option<Self> {
        match self.0.checked_sub(1) {
            Some(height) => Some(Self(height)),
            None => None,
        }
    }

    /// The number.
    pub const fn as_u64(self) -> u64 {
        self.0
    }
}

impl From<u64> for Height {
    fn from(height: u64) -> Self {
        Self(height)
    }
}

impl std::fmt::Display for Height {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_cut_at_the_ends_of_the_type() {
        let (start, end) = (Timestamp::from_ms(0), Timestamp::from_ms(u64::MAX));
        assert_eq!(end.signed_ms_since(start), i64::MAX);
        assert_eq!(start.signed_ms_since(end), i64::MIN);
        assert_eq!(start.ms_since(end), 0);
        assert_eq!(end.plus_ms(1), end);
        assert_eq!(Timestamp::from_ms(7).signed_ms_since(Timestamp::from_ms(10)), -3);
    }

    #[test]
    fn a_time_is_written_as_python_writes_it() {
        for (ms, text) in [
            (0, "1970-01-01 00:00:00"),
            (951_782_400_000, "2000-02-29 00:00:00"),
            (951_868_799_999, "2000-02-29 23:59:59.999000"),
            (1_767_225_600_000, "2026-01-01 00:00:00"),
            (1_795_375_854_123, "2026-11-22 19:30:54.123000"),
            (1_709_164_800_001, "2024-02-29 00:00:00.001000"),
            (4_107_542_399_000, "2100-02-28 23:59:59"),
            (4_107_542_400_000, "2100-03-01 00:00:00"),
        ] {
            assert_eq!(Timestamp::from_ms(ms).to_text(), text);
            assert_eq!(Timestamp::from_ms(ms).to_iso(), format!("{}Z", text.replace(' ', "T")));
        }
        assert!(Timestamp::from_ms(u64::MAX).to_text().starts_with("584556019-04-03"), "the end of time has a date");
    }

    #[test]
    fn nothing_is_below_the_genesis() {
        assert_eq!(Height::ZERO.previous(), None);
        assert_eq!(Height::ZERO.next().previous(), Some(Height::ZERO));
    }
}
