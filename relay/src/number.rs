//! Numbers as options take them: each has a range outside of which it makes no sense.

use std::ops::RangeInclusive;

/// The most characters of a text that is quoted.
const FOUND_CHARS_MAX: usize = 40;
/// Places, or events a second: none makes no sense, and more than a million is a typing error.
pub(crate) const COUNT: RangeInclusive<u64> = 1..=1_000_000;
/// Milliseconds of waiting for a peer: below a tenth of a second no honest one is quick enough, and above an hour nobody
/// is cut off.
pub(crate) const WAIT_MS: RangeInclusive<u64> = 100..=3_600_000;

/// A parser of numbers in a range.
pub(crate) fn number<T: TryFrom<u64>>(
    range: RangeInclusive<u64>,
) -> impl Fn(&str) -> Result<T, String> + Clone + Send + Sync + 'static {
    move |text| {
        let number = text.parse::<u64>().ok().filter(|number| range.contains(number));
        number.and_then(|number| T::try_from(number).ok()).ok_or_else(|| refused(&range, text))
    }
}

fn refused(range: &RangeInclusive<u64>, text: &str) -> String {
    let found: String = text.chars().take(FOUND_CHARS_MAX).collect();
    format!("expected a whole number from {} to {}, found {found:?}", range.start(), range.end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_taken_up_to_either_end_of_its_range_and_no_further() {
        let parse = number::<u32>(2..=5_000_000_000);
        for text in ["2", "3", "4294967295"] {
            assert_eq!(parse(text), Ok(text.parse().expect("a number")));
        }
        for text in ["1", "4294967296", "5000000001", "-3", "3.5", "1e3", "", "many", "99999999999999999999999"] {
            let refused = parse(text).expect_err(text);
            assert_eq!(refused, format!("expected a whole number from 2 to 5000000000, found {text:?}"));
        }
    }
}
