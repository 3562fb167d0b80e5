//! `skeleton` folds a name so that names which people take for each other are equal: case, accents, compatibility forms
//! and letters of other scripts that look alike, after UTS 39, section 4.
//!
//! It decides nothing by itself: two names of one skeleton are two names, and a payment by such a name is refused. The
//! table was made once from `unicode-security` and `unicode-normalization`, which are too large for the app, and a test
//! compares every line of it with them. It leaves out Hangul syllables, Arabic ligatures and most of what lies beyond the
//! basic plane.

use std::collections::BTreeMap;
use std::sync::OnceLock;

/// A line for each letter: the letter, and what it is folded to.
const TABLE: &str = include_str!("confusables.txt");

fn table() -> &'static BTreeMap<char, &'static str> {
    static PARSED: OnceLock<BTreeMap<char, &'static str>> = OnceLock::new();
    PARSED.get_or_init(|| {
        let entry = |line: &'static str| {
            let letter = line.chars().next()?;
            Some((letter, &line[letter.len_utf8()..]))
        };
        TABLE.lines().filter_map(entry).collect()
    })
}

/// Whether people may take one name for the other.
pub fn looks_like(one: &str, other: &str) -> bool {
    skeleton(one) == skeleton(other) || skeleton(&in_latin_capitals(one)) == skeleton(&in_latin_capitals(other))
}

/// Writes the Greek capitals as Latin ones whose small letters look like others.
fn in_latin_capitals(name: &str) -> String {
    let latin = |letter| match letter {
        'Η' => 'h',
        'Ν' => 'n',
        'Υ' => 'y',
        _ => letter,
    };
    name.chars().map(latin).collect()
}

/// What a name looks like in small letters: equal for names that people take for each other. Marks between letters do not
/// count.
pub fn skeleton(name: &str) -> String {
    let mut skeleton = String::with_capacity(name.len());
    for letter in name.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase) {
        match letter {
            '0' => skeleton.push('o'),
            '1' | 'i' => skeleton.push('l'),
            'm' => skeleton.push_str("rn"),
            _ if letter.is_ascii() => skeleton.push(letter),
            _ => match table().get(&letter) {
                Some(folded) => skeleton.push_str(folded),
                // A mark that was split off its letter by lowercasing is no letter.
                None if letter.is_alphanumeric() => skeleton.push(letter),
                None => {}
            },
        }
    }
    skeleton
}

#[cfg(test)]
mod tests {
    use super::*;
    use unicode_normalization::UnicodeNormalization as _;

    #[test]
    fn names_that_people_take_for_each_other_have_one_skeleton() {
        for (one, other) in [
            ("ada", "Ada"),
            ("ada", "ADA"),
            ("ada", "а\u{501}а"), // Cyrillic a and komi de
            ("ada", "ａｄａ"),    // full width
            ("ada", "𝐚𝖽𝓪"),       // mathematical
            ("ada", "ádä"),
            ("ada", "a\u{301}da"), // an accent of its own
            ("ada", "a\u{200b}d\u{ad}a"),
            ("Brave Otter", "brave_otter"),
            ("Brave Otter", "BraveOtter"),
            ("Ian", "lan"),
            ("Bob", "B0b"),
            ("Bill", "Bi1l"),
            ("modern", "rnodern"),
            ("paypal", "раураl"),
            ("Вен", "BEH"), // Cyrillic capitals
            ("вова", "ВОВА"),
            ("Νina", "Nina"), // a Greek capital
            ("ΝΗΡΑ", "νηρα"),
            ("οmega", "omega"), // Greek omicron
            ("Straße", "straße"),
            ("車", "\u{f902}"), // a compatibility ideograph
        ] {
            assert!(looks_like(one, other) && looks_like(other, one), "{one} and {other}");
        }
        for (one, other) in [("ada", "adam"), ("ada", "bda"), ("車", "東"), ("анна", "инна"), ("가", "나"), ("ada", "")]
        {
            assert!(!looks_like(one, other), "{one} and {other}");
        }
        assert_eq!(skeleton(" -_'."), "");
    }

    #[test]
    fn every_line_of_the_table_is_what_unicode_says() {
        let letters = |text: &str| text.chars().filter(|letter| letter.is_alphanumeric()).collect::<String>();
        let folded_as = |text: String| {
            let lower: String = text.nfkd().collect();
            let once = letters(
                &unicode_security::skeleton(&lower).collect::<String>().to_lowercase().nfkd().collect::<String>(),
            );
            letters(&unicode_security::skeleton(&once).collect::<String>().to_lowercase()).replace('i', "l")
        };
        // A small letter that looks like none of ASCII counts as its capital where that does.
        let folded = |letter: char| {
            let small = folded_as(letter.to_lowercase().collect());
            let capital = folded_as(letter.to_uppercase().collect());
            if !small.is_ascii() && capital.is_ascii() { capital } else { small }
        };
        let mut last = '\u{7f}';
        for line in TABLE.lines() {
            let letter = line.chars().next().expect("no line is empty");
            assert!(letter > last && letter.is_alphanumeric(), "{line:?} stands in order");
            assert_eq!(&line[letter.len_utf8()..], folded(letter), "{letter:?}");
            last = letter;
        }
        // Digits are letters of names too, and ASCII is folded by hand.
        for letter in ('a'..='z').chain('0'..='9') {
            assert_eq!(skeleton(&letter.to_string()), folded(letter), "{letter}");
        }
    }
}
