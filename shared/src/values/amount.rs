//! Amounts of coin: integers of the smallest unit, never floating point.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::de::{Deserialize, Deserializer, Error, Visitor};
use serde::{Serialize, Serializer};

use super::json_integer;
use crate::rules::receipt::{Receipt, Refusal};

/// Digits after the point when an amount is written in coins.
pub const DECIMALS: usize = 6;
/// 1 coin = 1,000,000 units.
pub const UNITS_PER_COIN: u64 = 1_000_000;

/// The longest text that is quoted in a refusal, in characters.
const FOUND_CHARS_MAX: usize = 40;
/// The longest text whose marks are looked at, in bytes: the largest amount with thousands apart is a third of it.
const TYPED_BYTES_MAX: usize = 120;
/// What people put between thousands: a space, a no-break space, a thin and a narrow one, and apostrophes.
const THOUSANDS: [char; 7] = [' ', '\u{a0}', '\u{2009}', '\u{202f}', '\'', '’', '_'];
/// The digit zero of scripts whose keyboards write their own digits: Arabic, Persian, Devanagari, Bengali, full width.
const ZEROS: [u32; 5] = [0x0660, 0x06f0, 0x0966, 0x09e6, 0xff10];

/// An amount in units, 0 to 2⁶⁴ − 1. JSON carries the units, as an integer up to
/// [`JSON_INTEGER_MAX`](super::JSON_INTEGER_MAX) and as its text above, and is read in either form; people read and write
/// coins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
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

    /// The amount with its noun: `1 coin`, `0.5 coins`.
    pub fn with_unit(self) -> String {
        format!("{self} {}", if self == Self::from_coins(1) { "coin" } else { "coins" })
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

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        json_integer::serialize(self.0.into(), serializer)
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Units;

        impl Visitor<'_> for Units {
            type Value = Amount;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "whole units from 0 to {}, as a number or as its text", u64::MAX)
            }

            fn visit_u64<E: Error>(self, units: u64) -> Result<Amount, E> {
                Ok(Amount(units))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Amount, E> {
                let is_digits = text.bytes().all(|byte| byte.is_ascii_digit());
                let units = text.parse().ok().filter(|_| is_digits);
                units.map(Amount).ok_or_else(|| E::invalid_value(serde::de::Unexpected::Str(text), &self))
            }
        }

        deserializer.deserialize_any(Units)
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
    /// A comma or a foreign digit, in text that a program sent: `1,5`.
    #[error("{found:?} is written for people, and programs write {plain}")]
    Typed {
        /// The text.
        found: String,
        /// The same amount as programs write it.
        plain: String,
    },
    /// A mark that stands before decimals in one country and between thousands in another: `1,500`.
    #[error("{found:?} can mean {as_decimals} or {as_thousands}")]
    Ambiguous {
        /// The text.
        found: String,
        /// What it means where the mark stands before decimals.
        as_decimals: String,
        /// What it means where the mark stands between thousands.
        as_thousands: String,
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
            Self::Typed { found, plain } => {
                (format!("digits with a point before the decimals: {plain}"), format!("{found:?}"))
            }
            Self::Ambiguous { found, as_decimals, as_thousands } => {
                (format!("{as_decimals} or {as_thousands}"), format!("{found:?}, which can mean either"))
            }
            Self::Negative { found } => ("an amount that is not below zero".to_owned(), format!("{found:?}")),
            Self::TooManyDecimals { found, decimals } => {
                (format!("at most {DECIMALS} decimals"), format!("{decimals} decimals in {found:?}"))
            }
            Self::TooLarge { found } => (format!("at most {} coins", Amount::MAX), format!("{found:?}")),
        };
        Receipt::new("amount", expected, found)
    }
}

impl Amount {
    /// Reads coins as people type them: like [`parse`](str::parse), and also with a comma before the decimals, with
    /// spaces, apostrophes, points or commas between thousands, and with the digits of other scripts.
    ///
    /// A point alone always stands before decimals, as the app writes it. A comma alone before exactly three digits could
    /// be either.
    ///
    /// # Errors
    /// When it is no amount, or could be two.
    pub fn from_typed(text: &str) -> Result<Self, AmountError> {
        let text = ascii_digits(text);
        let text = text.trim();
        let (unsigned, is_negative) = match text.strip_prefix(['-', '−']) {
            Some(rest) => (rest, true),
            None => (text, false),
        };
        let plain = match plain(unsigned) {
            Plain::One(plain) => plain,
            Plain::None => return text.parse(),
            Plain::Two { as_decimals, as_thousands } => {
                return Err(AmountError::Ambiguous { found: cut(text), as_decimals, as_thousands });
            }
        };
        let plain = if is_negative { format!("-{plain}") } else { plain };
        plain.parse()
    }
}

/// Reads coins as programs write them: ASCII digits, and at most one point with up to six digits after it. White space
/// around the number is ignored; thousands separators, signs and exponents are not read.
impl std::str::FromStr for Amount {
    type Err = AmountError;

    fn from_str(text: &str) -> Result<Self, AmountError> {
        let trimmed = text.trim();
        let found = || cut(trimmed);
        if trimmed.is_empty() {
            return Err(AmountError::Empty);
        }
        if let Some(rest) = trimmed.strip_prefix(['-', '−']) {
            return Err(if is_number(rest) {
                AmountError::Negative { found: found() }
            } else {
                AmountError::NotANumber { found: found() }
            });
        }
        if !is_number(trimmed) {
            return Err(match plain(&ascii_digits(trimmed)) {
                Plain::One(plain) => AmountError::Typed { found: found(), plain: cut(&plain) },
                Plain::Two { as_decimals, as_thousands } => {
                    AmountError::Ambiguous { found: found(), as_decimals, as_thousands }
                }
                Plain::None => AmountError::NotANumber { found: found() },
            });
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

/// Digits, and at most one point among them.
fn is_number(text: &str) -> bool {
    let (coins, decimals) = text.split_once('.').unwrap_or((text, ""));
    is_digits(coins) && is_digits(decimals) && !(coins.is_empty() && decimals.is_empty())
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The start of a text, for a refusal.
fn cut(text: &str) -> String {
    text.chars().take(FOUND_CHARS_MAX).collect()
}

/// Writes the decimal digits of other scripts, and the Arabic marks between them, as ASCII.
fn ascii_digits(text: &str) -> String {
    let ascii = |character: char| match character {
        '٫' | '，' => ',',
        '٬' => '\'',
        '．' => '.',
        _ => {
            let digit = ZEROS.iter().find_map(|zero| {
                let digit = u32::from(character).checked_sub(*zero).filter(|digit| *digit < 10);
                digit.and_then(|digit| char::from_digit(digit, 10))
            });
            digit.unwrap_or(character)
        }
    };
    text.chars().map(ascii).collect()
}

/// What a typed number means.
enum Plain {
    /// One number, with at most a point before its decimals.
    One(String),
    /// One of two.
    Two { as_decimals: String, as_thousands: String },
    /// Nothing that is read.
    None,
}

/// Reads the marks of a number without a sign.
fn plain(text: &str) -> Plain {
    // Too long for an amount in any way it could be written: nothing is spent on it.
    if text.len() > TYPED_BYTES_MAX || !text.bytes().any(|byte| byte.is_ascii_digit()) {
        return if is_number(text) { Plain::One(text.to_owned()) } else { Plain::None };
    }
    let (last_point, last_comma) = (text.rfind('.'), text.rfind(','));
    let one = |whole: &str, decimals: &str, mark: Option<char>| match whole_part(whole, mark) {
        Some(whole) if is_digits(decimals) => {
            Plain::One(format!("{whole}.{decimals}").trim_end_matches('.').to_owned())
        }
        _ => Plain::None,
    };
    match (last_point, last_comma) {
        (None, None) => one(text, "", None),
        // The mark that comes last stands before the decimals, the other between thousands.
        (Some(point), Some(comma)) if comma > point => one(&text[..comma], &text[comma + 1..], Some('.')),
        (Some(point), Some(_)) => one(&text[..point], &text[point + 1..], Some(',')),
        (Some(point), None) if text.find('.') == Some(point) => one(&text[..point], &text[point + 1..], None),
        (None, Some(comma)) if text.find(',') == Some(comma) => {
            let (whole, decimals) = (&text[..comma], &text[comma + 1..]);
            let as_thousands = whole_part(text, Some(',')).filter(|_| !whole.starts_with('0'));
            match (one(whole, decimals, None), as_thousands) {
                (Plain::One(as_decimals), Some(as_thousands)) => Plain::Two { as_decimals, as_thousands },
                (plain, _) => plain,
            }
        }
        // The same mark twice stands between thousands.
        (Some(_), None) => one(text, "", Some('.')),
        (None, Some(_)) => one(text, "", Some(',')),
    }
}

/// The digits before the decimals, without what stands between thousands: spaces, apostrophes or this mark, of one kind.
fn whole_part(text: &str, mark: Option<char>) -> Option<String> {
    let Some(separator) = text.chars().find(|character| !character.is_ascii_digit()) else {
        return Some(text.to_owned());
    };
    if !THOUSANDS.contains(&separator) && Some(separator) != mark {
        return None;
    }
    let mut groups = text.split(separator);
    let first = groups.next()?;
    let is_grouped = (1..=3).contains(&first.len()) && is_digits(first);
    let are_thousands = groups.all(|group| group.len() == 3 && is_digits(group));
    (is_grouped && are_thousands).then(|| text.split(separator).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::JSON_INTEGER_MAX;

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
        for text in ["four", "+1", "1e3", ".", ",", "1.2.3", "0x10", "--1", "-", "1,2,3", "1 00"] {
            check(text, |error| matches!(error, AmountError::NotANumber { .. }));
        }
        for text in ["1,5", "1 000", "١", "1.000,5"] {
            check(text, |error| matches!(error, AmountError::Typed { .. }));
        }
        check("1,500", |error| matches!(error, AmountError::Ambiguous { .. }));
        check("-0.5", |error| matches!(error, AmountError::Negative { .. }));
        check("0.0000001", |error| matches!(error, AmountError::TooManyDecimals { decimals: 7, .. }));
        check("18446744073709.551616", |error| matches!(error, AmountError::TooLarge { .. }));
        check(&"9".repeat(4000), |error| matches!(error, AmountError::TooLarge { found } if found.len() == 40));
    }

    #[test]
    fn a_typed_amount_may_have_a_comma_spaces_and_other_digits_and_means_one_number() {
        for (text, coins) in [
            ("1,5", "1.5"),
            (" 1,5 ", "1.5"),
            ("0,500", "0.5"),
            (",5", "0.5"),
            ("5,", "5"),
            ("1.500", "1.5"),
            ("10", "10"),
            ("1 000", "1000"),
            ("1\u{a0}000,25", "1000.25"),
            ("1\u{202f}000\u{202f}000", "1000000"),
            ("1’000.5", "1000.5"),
            ("1,234.5", "1234.5"),
            ("1.234,5", "1234.5"),
            ("1,234,567", "1234567"),
            ("1.234.567", "1234567"),
            ("1234,567890", "1234.56789"),
            ("١٢٫٥", "12.5"),
            ("۱۲", "12"),
            ("१२.५", "12.5"),
            ("１，５", "1.5"),
        ] {
            assert_eq!(Amount::from_typed(text), coins.parse(), "{text:?}");
        }
        for text in ["", "four", "1,2,3", "1,2.3,4", "1 00", "1 000\u{a0}000", ",", ".", "1e3", "+1", "1,5,"] {
            let refused = Amount::from_typed(text);
            assert!(
                matches!(refused, Err(AmountError::Empty | AmountError::NotANumber { .. })),
                "{text:?}: {refused:?}"
            );
        }
        assert!(matches!(Amount::from_typed("-1,5"), Err(AmountError::Negative { .. })));
        assert!(matches!(Amount::from_typed("0,1234567"), Err(AmountError::TooManyDecimals { decimals: 7, .. })));
        let refused = Amount::from_typed(&"9,".repeat(4_000)).expect_err("far too long");
        assert!(matches!(refused, AmountError::NotANumber { found } if found.len() == 40));
    }

    #[test]
    fn a_comma_that_could_stand_before_thousands_is_asked_about_and_a_program_is_told_of_the_point() {
        let refused = Amount::from_typed("1,500").expect_err("one and a half, or fifteen hundred");
        assert_eq!(
            refused.receipt().to_string(),
            "amount: expected 1.500 or 1500, found \"1,500\", which can mean either"
        );
        let refused = "1,5".parse::<Amount>().expect_err("programs write points");
        let told = "amount: expected digits with a point before the decimals: 1.5, found \"1,5\"";
        assert_eq!(refused.receipt().to_string(), told);
    }

    proptest::proptest! {
        #[test]
        fn what_a_program_writes_means_the_same_when_it_is_typed(units: u64) {
            let amount = Amount::from_units(units);
            proptest::prop_assert_eq!(Amount::from_typed(&amount.to_string()), Ok(amount));
            let with_a_comma = amount.to_string().replace('.', ",");
            let typed = Amount::from_typed(&with_a_comma);
            let is_same_or_asked = typed == Ok(amount) || matches!(typed, Err(AmountError::Ambiguous { .. }));
            proptest::prop_assert!(is_same_or_asked, "{with_a_comma}: {typed:?}");
        }

        #[test]
        fn no_typed_text_panics(text in "[-−.,' ’0-9٠-٩\u{a0}\u{202f}x]{0,200}") {
            let _ = Amount::from_typed(&text);
            let _ = text.parse::<Amount>();
        }
    }

    #[test]
    fn json_has_units_as_a_number_and_as_text_where_a_float_would_round_them() {
        for (units, json) in [
            (0, "0"),
            (10_000_000, "10000000"),
            (JSON_INTEGER_MAX, "9007199254740991"),
            (JSON_INTEGER_MAX + 1, "\"9007199254740992\""),
            (u64::MAX, "\"18446744073709551615\""),
        ] {
            let amount = Amount(units);
            assert_eq!(serde_json::to_string(&amount).expect("a number or a text"), json);
            for form in [json.to_owned(), units.to_string(), format!("\"{units}\"")] {
                assert_eq!(serde_json::from_str::<Amount>(&form).expect("either form"), amount, "{form}");
            }
        }
        for bad in ["-1", "1.0", "1e3", "\"\"", "\"1.0\"", "\"+1\"", "\" 1\"", "18446744073709551616", "true", "null"] {
            assert!(serde_json::from_str::<Amount>(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn one_coin_is_a_coin_and_any_other_amount_is_coins() {
        let texts = [0, 1, 999_999, 1_000_000, 1_000_001, 2_000_000].map(|units| Amount(units).with_unit());
        assert_eq!(texts, ["0 coins", "0.000001 coins", "0.999999 coins", "1 coin", "1.000001 coins", "2 coins"]);
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
