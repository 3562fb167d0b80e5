//! Amounts: their text, and sums that are never wrong.

use proptest::prelude::*;
use shared::{Amount, UNITS_PER_COIN};

proptest! {
    #![proptest_config(crate::config())]

    #[test]
    fn an_amount_is_read_as_it_is_written(units: u64) {
        let amount = Amount::from_units(units);
        let text = amount.to_string();
        prop_assert_eq!(text.parse(), Ok(amount));
        prop_assert_eq!(format!("  {text}\t").parse(), Ok(amount));
        prop_assert!(!text.contains('.') || !text.ends_with(['0', '.']), "{}", text);
    }

    #[test]
    fn any_text_is_an_amount_with_one_text_or_is_refused(text in "[ +−0-9.,eE-]{0,24}|\\PC{0,12}") {
        if let Ok(amount) = text.parse::<Amount>() {
            prop_assert!(text.trim().bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'), "{:?}", text);
            prop_assert_eq!(amount.to_string().parse(), Ok(amount));
        }
    }

    #[test]
    fn sums_and_differences_are_exact_or_refused(a: u64, b: u64, near in 0..3_u64) {
        // Near the limit of the type every other case, where the interesting sums are.
        let b = if b % 2 == 0 { b } else { (u64::MAX - a).wrapping_add(near).wrapping_sub(1) };
        let (one, other) = (Amount::from_units(a), Amount::from_units(b));
        let sum = u64::try_from(u128::from(a) + u128::from(b)).ok().map(Amount::from_units);
        prop_assert_eq!(one.checked_add(other), sum);
        prop_assert_eq!(Amount::sum([one, other]), sum);
        prop_assert_eq!(one.checked_sub(other).is_some(), a >= b);
        prop_assert_eq!(one.checked_sub(other).unwrap_or_default(), one.saturating_sub(other));
        if let Some(sum) = sum {
            prop_assert_eq!(sum.checked_sub(other), Some(one));
        }
    }

    #[test]
    fn a_sum_of_many_does_not_depend_on_their_order(units in prop::collection::vec(0..=u64::MAX / 4, 0..12), turn: usize) {
        let amounts: Vec<Amount> = units.iter().copied().map(Amount::from_units).collect();
        let mut turned = amounts.clone();
        turned.rotate_left(turn % amounts.len().max(1));
        let exact: u128 = units.iter().map(|units| u128::from(*units)).sum();
        let expected = u64::try_from(exact).ok().map(Amount::from_units);
        prop_assert_eq!(Amount::sum(amounts), expected);
        prop_assert_eq!(Amount::sum(turned), expected);
    }

    #[test]
    fn more_decimals_than_a_coin_has_are_refused(coins in 0..u64::MAX / UNITS_PER_COIN, decimals in "[0-9]{7,12}") {
        let text = format!("{coins}.{decimals}");
        prop_assert!(text.parse::<Amount>().is_err());
        let text = format!("{coins}.{}", &decimals[..6]);
        prop_assert!(text.parse::<Amount>().is_ok());
    }
}
