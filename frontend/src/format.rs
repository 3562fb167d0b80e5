//! Numbers, times and names as people read them.
//!
//! Numbers come with their thousands apart (a narrow no-break space), coins without trailing zeros, times as "6 s",
//! "4 min", "3 h". Nothing here knows what time or which language it is.

use shared::{Amount, counted};

/// Stands between thousands: a narrow no-break space.
pub const THOUSANDS: char = '\u{202f}';

const SECOND_MS: u64 = 1_000;
const MINUTE_MS: u64 = 60 * SECOND_MS;
const HOUR_MS: u64 = 60 * MINUTE_MS;
const DAY_MS: u64 = 24 * HOUR_MS;

/// A whole number with its thousands apart.
pub fn number(value: u64) -> String {
    groups(&value.to_string())
}

/// Decimal digits with their thousands apart; four digits stay together.
pub fn groups(digits: &str) -> String {
    if digits.len() < 5 {
        return digits.to_owned();
    }
    let mut text = String::with_capacity(digits.len() * 2);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(THOUSANDS);
        }
        text.push(digit);
    }
    text
}

/// Coins with their thousands apart, without the word.
pub fn coins(amount: Amount) -> String {
    let text = amount.to_string();
    match text.split_once('.') {
        Some((whole, decimals)) => format!("{}.{decimals}", groups(whole)),
        None => groups(&text),
    }
}

/// Coins with the word: "1 coin", "36.1 coins".
pub fn coins_named(amount: Amount) -> String {
    format!("{} {}", coins(amount), coin_word(amount))
}

/// The word that goes with an amount.
pub fn coin_word(amount: Amount) -> &'static str {
    if amount == Amount::from_coins(1) { "coin" } else { "coins" }
}

/// A count with its word: "no payments", "1 payment", "12 payments".
pub fn count(value: u64, one: &str, many: &str) -> String {
    match value {
        0 => format!("no {many}"),
        1 => format!("1 {one}"),
        _ => format!("{} {many}", number(value)),
    }
}

/// How long something took or will take: "50 ms", "0.2 s", "1.5 s", "6 s", "4 min", "3 h", "2 days".
pub fn duration(ms: u64) -> String {
    match ms {
        1..100 => format!("{ms} ms"),
        100..10_000 if !ms.is_multiple_of(SECOND_MS) => {
            // Never rounded up to what is told in whole seconds.
            let tenths = ms / 100;
            let (seconds, tenth) = (tenths / 10, tenths % 10);
            if tenth == 0 { format!("{seconds} s") } else { format!("{seconds}.{tenth} s") }
        }
        0..MINUTE_MS => format!("{} s", ms / SECOND_MS),
        MINUTE_MS..HOUR_MS => format!("{} min", ms / MINUTE_MS),
        HOUR_MS..DAY_MS => format!("{} h", ms / HOUR_MS),
        _ => count(ms / DAY_MS, "day", "days"),
    }
}

/// How long ago something was, as long as that is told in seconds, minutes and hours; `None` after a day.
pub fn age(then_ms: u64, now_ms: u64) -> Option<String> {
    let age = now_ms.saturating_sub(then_ms);
    (age < DAY_MS).then(|| duration(age / SECOND_MS * SECOND_MS))
}

/// Tries a second in millions, with about three digits that count: "18.9", "0.042", "0".
///
/// One unit whatever the rate, so that two rates can be compared by their numbers alone.
pub fn million_tries(rate_hps: f64) -> String {
    let millions = rate_hps / 1e6;
    if !millions.is_finite() || millions <= 0.0 {
        return "0".to_owned();
    }
    let decimals = match millions {
        0.0..0.1 => 4,
        0.1..1.0 => 3,
        1.0..10.0 => 2,
        10.0..100.0 => 1,
        _ => 0,
    };
    format!("{millions:.decimals$}")
}

/// A rate with its unit: "18.9 million tries a second".
pub fn rate(rate_hps: f64) -> String {
    format!("{} million tries a second", million_tries(rate_hps))
}

/// A share as a whole per cent, a part of one as "less than 1": "34 %", "163 %".
pub fn per_cent(share: f64) -> String {
    let percent = share * 100.0;
    match percent {
        p if p.is_nan() || p <= 0.0 => "0\u{a0}%".to_owned(),
        p if p < 1.0 => "less than 1\u{a0}%".to_owned(),
        p if p >= 1e15 => "more than can be counted".to_owned(),
        p => format!("{}\u{a0}%", number(p as u64)),
    }
}

/// A large count in words: "950", "18.9 thousand", "1.2 million", "3.4 billion".
pub fn large(value: f64) -> String {
    let (scaled, word) = match value {
        v if !v.is_finite() => return "more than can be counted".to_owned(),
        v if v < 10_000.0 => return number(v.max(0.0).round() as u64),
        v if v < 1e6 => (v / 1e3, "thousand"),
        v if v < 1e9 => (v / 1e6, "million"),
        v if v < 1e12 => (v / 1e9, "billion"),
        v if v < 1e15 => (v / 1e12, "trillion"),
        v => return format!("{v:.2e}"),
    };
    let decimals = usize::from(scaled < 100.0);
    format!("{scaled:.decimals$} {word}")
}

/// A size: "512 bytes", "3.4 KB".
pub fn bytes(size: u64) -> String {
    match size {
        0..1_000 => counted(size, "byte"),
        1_000..10_000 => format!("{} bytes", number(size)),
        10_000..10_000_000 => format!("{:.1} KB", size as f64 / 1e3),
        _ => format!("{:.1} MB", size as f64 / 1e6),
    }
}

/// The share of the expected tries that were made, as a whole per cent of at most 100.
pub fn share(attempts: u64, expected: f64) -> u32 {
    if expected <= 0.0 {
        return 0;
    }
    ((attempts as f64 / expected) * 100.0).clamp(0.0, 100.0) as u32
}

/// The first and the last digits of a hash, an id or a key: `7c1e…a40f`. Short texts stay whole.
pub fn short(text: &str) -> String {
    ends(text, 4, 4)
}

/// An address with its prefix and the first and last characters: `tab1qy2s…k4tz`.
pub fn short_address(address: &str) -> String {
    ends(address, 8, 4)
}

fn ends(text: &str, head: usize, tail: usize) -> String {
    let length = text.chars().count();
    if length <= head + tail + 1 {
        return text.to_owned();
    }
    let first: String = text.chars().take(head).collect();
    let last: String = text.chars().skip(length - tail).collect();
    format!("{first}…{last}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_stand_apart_from_five_digits_on() {
        for (value, text) in
            [(0, "0"), (999, "999"), (1_234, "1234"), (12_345, "12\u{202f}345"), (1_234_567, "1\u{202f}234\u{202f}567")]
        {
            assert_eq!(number(value), text);
        }
    }

    #[test]
    fn coins_keep_their_decimals_and_drop_the_zeros() {
        for (units, text) in [
            (36_100_000, "36.1 coins"),
            (1_000_000, "1 coin"),
            (0, "0 coins"),
            (12_345_000_001, "12\u{202f}345.000001 coins"),
        ] {
            assert_eq!(coins_named(Amount::from_units(units)), text);
        }
    }

    #[test]
    fn a_duration_is_told_in_its_largest_whole_unit() {
        for (ms, text) in [
            (0, "0 s"),
            (50, "50 ms"),
            (200, "0.2 s"),
            (1_500, "1.5 s"),
            (6_000, "6 s"),
            (6_999, "6.9 s"),
            (9_050, "9 s"),
            (10_900, "10 s"),
            (59_999, "59 s"),
            (60_000, "1 min"),
            (3_599_999, "59 min"),
            (3_600_000, "1 h"),
            (86_400_000, "1 day"),
            (172_800_000, "2 days"),
        ] {
            assert_eq!(duration(ms), text);
        }
    }

    #[test]
    fn an_age_is_told_for_a_day_and_never_negative() {
        assert_eq!(age(10_000, 4_000).as_deref(), Some("0 s"));
        assert_eq!(age(0, 6_900).as_deref(), Some("6 s"), "a clock that ticks in seconds");
        assert_eq!(age(0, DAY_MS - 1).as_deref(), Some("23 h"));
        assert_eq!(age(0, DAY_MS), None);
    }

    #[test]
    fn rates_share_one_unit() {
        for (rate, text) in [
            (0.0, "0"),
            (-1.0, "0"),
            (f64::NAN, "0"),
            (18_900_000.0, "18.9"),
            (2_500_000.0, "2.50"),
            (42_000.0, "0.0420"),
            (123_456_789.0, "123"),
        ] {
            assert_eq!(million_tries(rate), text);
        }
    }

    #[test]
    fn a_share_is_a_whole_per_cent_and_never_rounded_up_to_all() {
        for (share, text) in [
            (0.0, "0\u{a0}%"),
            (f64::NAN, "0\u{a0}%"),
            (0.004, "less than 1\u{a0}%"),
            (0.34, "34\u{a0}%"),
            (0.999, "99\u{a0}%"),
            (1.0, "100\u{a0}%"),
            (1.639, "163\u{a0}%"),
            (f64::INFINITY, "more than can be counted"),
        ] {
            assert_eq!(per_cent(share), text, "{share}");
        }
    }

    #[test]
    fn large_counts_are_told_in_words() {
        for (value, text) in
            [(950.0, "950"), (18_900.0, "18.9 thousand"), (215_000_000.0, "215 million"), (1.2e9, "1.2 billion")]
        {
            assert_eq!(large(value), text);
        }
    }

    #[test]
    fn the_share_of_the_work_stays_between_0_and_100() {
        assert_eq!(share(38, 100.0), 38);
        assert_eq!(share(500, 100.0), 100);
        assert_eq!(share(1, 0.0), 0);
    }

    #[test]
    fn long_texts_are_shortened_in_the_middle() {
        assert_eq!(short("7c1e22223333a40f"), "7c1e…a40f");
        assert_eq!(short("7c1ea40f"), "7c1ea40f");
        assert_eq!(short_address("tab1qy2sdfasdfasdfk4tz"), "tab1qy2s…k4tz");
    }

    #[test]
    fn counts_have_their_words() {
        assert_eq!(count(0, "payment", "payments"), "no payments");
        assert_eq!(count(1, "payment", "payments"), "1 payment");
        assert_eq!(count(3, "payment", "payments"), "3 payments");
    }
}
