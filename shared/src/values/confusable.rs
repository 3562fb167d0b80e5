//! `skeleton` folds a name so that names which people take for each other are equal: case, accents, compatibility forms
//! and letters of other scripts that look alike, after UTS 39, section 4, and the pairs of small letters that look like
//! one: `rn` like `m`, `vv` like `w`, `cl` like `d`.
//!
//! What counts in a name is its letters and digits, by what they look like. A mark without a width of its own (category
//! Mn) stands above, below or within a letter, and a modifier letter (Lm) beside it, so neither makes another name.
//! Vowels that have a width (Mc) count.
//!
//! It decides nothing by itself: two names of one skeleton are two names, and a payment by such a name is refused. So
//! names that differ in such marks alone, as some of Arabic, Hebrew, Hindi or Thai do, are valid, and are paid by their
//! addresses. The table was made once from `unicode-security`, `unicode-normalization` and `unicode-properties`, which are
//! too large for the app, and a test compares all of Unicode with them.

use std::sync::OnceLock;

/// Of each letter that is not its own, in order, what it is folded to, which may be nothing. The letter is written before
/// that, with a tab, where it is not the next after the one above.
const TABLE: &str = include_str!("confusables.txt");

/// The syllables of Hangul, each of which is two or three of its letters (The Unicode Standard, section 3.12).
const HANGUL: std::ops::RangeInclusive<char> = '\u{ac00}'..='\u{d7a3}';

fn folded(letter: char) -> Option<&'static str> {
    static PARSED: OnceLock<Vec<(char, &str)>> = OnceLock::new();
    let table = PARSED.get_or_init(|| {
        let mut letters = '\0'..=char::MAX;
        let entry = |line: &'static str| {
            let (start, folded) = line.split_once('\t').unwrap_or(("", line));
            if let Some(start) = start.chars().next() {
                letters = start..=char::MAX;
            }
            Some((letters.next()?, folded))
        };
        TABLE.lines().filter_map(entry).collect()
    });
    let at = table.binary_search_by_key(&letter, |(letter, _)| *letter).ok()?;
    Some(table[at].1)
}

/// Whether people may take one name for the other.
pub fn looks_like(one: &str, other: &str) -> bool {
    skeleton(one) == skeleton(other) || skeleton(&in_latin_capitals(one)) == skeleton(&in_latin_capitals(other))
}

/// Writes the capitals that look like one of ASCII, and whose small letters look like others, as those.
fn in_latin_capitals(name: &str) -> String {
    name.chars().map(|letter| latin_capital(letter).unwrap_or(letter)).collect()
}

fn latin_capital(letter: char) -> Option<char> {
    Some(match letter {
        'Ν' => 'n',
        // With and without accents.
        'Η' | '\u{389}' | '\u{1f28}'..='\u{1f2f}' | '\u{1f98}'..='\u{1f9f}' | '\u{1fca}'..='\u{1fcc}' => 'h',
        'Υ' | '\u{38e}' | '\u{3ab}' | '\u{1f59}'..='\u{1f5f}' | '\u{1fe8}'..='\u{1feb}' => 'y',
        'Б' => 'b',
        'Յ' => '3',
        'Ƽ' => '5',
        'Ϭ' => '6',
        '𑢦' => 'e',
        '𑢵' => 'o',
        '𑢼' => 't',
        _ => return None,
    })
}

/// What a name looks like in small letters: equal for names that people take for each other. Marks between letters do not
/// count.
pub fn skeleton(name: &str) -> String {
    let mut skeleton = String::with_capacity(name.len());
    for letter in name.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase) {
        if HANGUL.contains(&letter) {
            for letter in letters_of_hangul(letter) {
                push_folded(&mut skeleton, letter);
            }
        } else {
            push_folded(&mut skeleton, letter);
        }
    }
    skeleton
}

fn push_folded(skeleton: &mut String, letter: char) {
    match letter {
        '0' => skeleton.push('o'),
        '1' | 'i' => skeleton.push('l'),
        'm' => skeleton.push_str("rn"),
        'w' => skeleton.push_str("vv"),
        'd' => skeleton.push_str("cl"),
        _ if letter.is_ascii() => skeleton.push(letter),
        _ => match folded(letter) {
            Some(folded) => folded.chars().for_each(|letter| push_folded(skeleton, letter)),
            // A mark that was split off its letter by lowercasing is no letter.
            None if letter.is_alphanumeric() => skeleton.push(letter),
            None => {}
        },
    }
}

/// The letters of a syllable: what begins it, its vowel, and what ends it, if anything does.
fn letters_of_hangul(syllable: char) -> impl Iterator<Item = char> {
    const VOWELS: u32 = 21;
    const ENDS: u32 = 28;
    let index = u32::from(syllable) - u32::from(*HANGUL.start());
    let end = index % ENDS;
    let begin = 0x1100 + index / ENDS / VOWELS;
    let vowel = 0x1161 + index / ENDS % VOWELS;
    let letters = [Some(begin), Some(vowel), (end > 0).then_some(0x11a7 + end)];
    letters.into_iter().flatten().filter_map(char::from_u32)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::LazyLock;

    use super::*;
    use unicode_normalization::UnicodeNormalization as _;
    use unicode_properties::{GeneralCategory, UnicodeGeneralCategory as _};

    /// Letters and digits that Unicode names after some of ASCII, and that UTS 39 leaves alone: small capitals, hooks,
    /// curls and strokes, and what is drawn in a disc or a square.
    const SHAPES: &str = "\
        ĸk ȡd ȴl ȵn ȶt ȿs ɀz ɋq ɕc ɢg ɬl ɴn ɶoe ɾr ʑz ʙb ʛg ʜh ʟl ᴀa ᴁae ᴅd ᴇe ᴊj ᴋk ᴌl ᴍm ᴘp ᴛt ᵬb ᵭd ᵱp ᵳr ᶀb ᶁd ᶂf \
        ᶄk ᶅl ᶆm ᶇn ᶈp ᶉr ᶊs ᶍx ᶎz ᶏa ᶑd ᶒe ᶖi ᶙu ⱡl ⱥa ⱱv ⱳw ⱴv ⱸe ⱺo ꜰf ꝃk ꝅk ꝉl ꝍo ꝑp ꝓp ꝕp ꝗq ꝙq ꝟv ꞎl ꞑn ꞔc ꞕh \
        ꞗb ꞡg ꞣk ꞥn ꞧr ꞩs ꞯq ꞹu ꟈd ꟊs ꬴe ꬷl ꬸl ꬹl ꬺm ꬻn ꭆr ꭉr ꭖx ꭗx ꭘx ꭙx 𝼄l 𝼉t 𝼑l 𝼓l 𝼖r 𝼚i 𝼛o 𝼝c 𝼞s \
        ⓫11 ⓬12 ⓭13 ⓮14 ⓯15 ⓰16 ⓱17 ⓲18 ⓳19 ⓴20 ⓵1 ⓶2 ⓷3 ⓸4 ⓹5 ⓺6 ⓻7 ⓼8 ⓽9 ⓾10 ⓿0 ❶1 ❷2 ❸3 ❹4 ❺5 ❻6 ❼7 ❽8 ❾9 ❿10 \
        ➀1 ➁2 ➂3 ➃4 ➄5 ➅6 ➆7 ➇8 ➈9 ➉10 ➊1 ➋2 ➌3 ➍4 ➎5 ➏6 ➐7 ➑8 ➒9 ➓10 🄋0 🄌0 \
        🅐a 🅑b 🅒c 🅓d 🅔e 🅕f 🅖g 🅗h 🅘i 🅙j 🅚k 🅛l 🅜m 🅝n 🅞o 🅟p 🅠q 🅡r 🅢s 🅣t 🅤u 🅥v 🅦w 🅧x 🅨y 🅩z \
        🅰a 🅱b 🅲c 🅳d 🅴e 🅵f 🅶g 🅷h 🅸i 🅹j 🅺k 🅻l 🅼m 🅽n 🅾o 🅿p 🆀q 🆁r 🆂s 🆃t 🆄u 🆅v 🆆w 🆇x 🆈y 🆉z";

    fn in_ascii(text: &str) -> String {
        static PARSED: LazyLock<BTreeMap<char, &str>> = LazyLock::new(|| {
            let entry =
                |shape: &'static str| Some((shape.chars().next()?, shape.trim_start_matches(|c: char| !c.is_ascii())));
            SHAPES.split(' ').filter_map(entry).collect()
        });
        let mut shown = String::new();
        for letter in text.chars() {
            match PARSED.get(&letter) {
                Some(ascii) => shown.push_str(ascii),
                None => shown.push(letter),
            }
        }
        shown
    }

    fn is_ignored(letter: char) -> bool {
        use GeneralCategory::{ModifierLetter, NonspacingMark};
        let is_filler = matches!(letter, '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}');
        is_filler || matches!(letter.general_category(), NonspacingMark | ModifierLetter)
    }

    fn letters(text: &str) -> String {
        text.chars().filter(|letter| letter.is_alphanumeric() && !is_ignored(*letter)).collect()
    }

    fn prototype(text: &str) -> String {
        unicode_security::skeleton(text).collect()
    }

    /// UTS 39 on small letters, but for what does not count.
    fn folded_once(letter: char) -> String {
        if letter.general_category() == GeneralCategory::NonspacingMark {
            return String::new();
        }
        let folded_as = |text: String| {
            let once = prototype(&in_ascii(&text.nfkd().collect::<String>()));
            let once = letters(&once.to_lowercase().nfkd().collect::<String>());
            in_ascii(&letters(&prototype(&once).to_lowercase())).replace('i', "l").replace('w', "vv").replace('d', "cl")
        };
        // A small letter that looks like none of ASCII counts as its capital where that does.
        let small = folded_as(letter.to_lowercase().collect());
        let capital = folded_as(letter.to_uppercase().collect());
        let is_of_ascii = |text: &str| text.is_ascii() && !text.is_empty();
        if !is_of_ascii(&small) && is_of_ascii(&capital) { capital } else { small }
    }

    /// What the table is made by: what a letter is folded to is folded again, until that changes nothing.
    fn expected(letter: char) -> String {
        let mut folded = folded_once(letter);
        loop {
            let again: String = folded.chars().map(folded_once).collect();
            if again == folded {
                return folded;
            }
            folded = again;
        }
    }

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
            ("wow", "vvow"),
            ("wow", "vv0VV"),
            ("dara", "clara"),
            ("dara", "cIara"),
            ("\u{51d}ow", "vvow"), // Cyrillic we
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
        for (one, other) in [
            ("ada", "adam"),
            ("wow", "vow"),
            ("dara", "cara"),
            ("ada", "bda"),
            ("車", "東"),
            ("анна", "инна"),
            ("가", "나"),
            ("ada", ""),
        ] {
            assert!(!looks_like(one, other), "{one} and {other}");
        }
        assert_eq!(skeleton(" -_'."), "");
    }

    #[test]
    fn a_mark_or_a_modifier_letter_makes_no_other_name() {
        for (one, other) in [
            ("ada", "ada\u{5bc}"),   // a point of Hebrew
            ("ada", "ad\u{64b}a"),   // a vowel of Arabic
            ("ada", "ad\u{6dc}a"),   // a small high letter of the Quran
            ("ada", "ada\u{345}"),   // iota subscript
            ("ada", "ada\u{363}"),   // a small a above
            ("ada", "a\u{2de0}da"),  // a small be above
            ("ada", "ada\u{1dd9}"),  // a small eth above
            ("ada", "ada\u{1bc9e}"), // a mark of shorthand
            ("ada", "adaʹ"),
            ("ada", "aˈda"),
            ("ada", "adaꓸ"), // a tone of Lisu
            ("سلام", "سـلام"), // tatweel
            ("سَلام", "سلام"),
            ("佐々木", "佐木"),
            ("ada", "ᵃda"),
        ] {
            assert!(looks_like(one, other) && looks_like(other, one), "{one} and {other}");
        }
        for (one, other) in [("राम", "रमा"), ("मीना", "मोना"), ("ada", "ادا"), ("アダ", "イダ")]
        {
            assert!(!looks_like(one, other), "{one} and {other}");
        }
    }

    #[test]
    fn letters_of_any_plane_and_any_shape_count_as_what_they_look_like() {
        for (one, other) in [
            ("oda", "𐐬da"), // Deseret
            ("tom", "ᴛom"),
            ("tom", "ᴛᴏᴍ"),
            ("ada", "🅐🅳🅰"),
            ("ada 12", "ada ➊❷"),
            ("ada", "aðа"),
            ("ﺍﺩﺍ", "ادا"),                               // forms for printers
            ("가나", "\u{1100}\u{1161}\u{1102}\u{1161}"), // syllables, and their letters
            ("流", "\u{2f902}"),
            ("Ήilde", "Hilde"),
            ("Боb", "bob"),
        ] {
            assert!(looks_like(one, other) && looks_like(other, one), "{one} and {other}");
        }
    }

    #[test]
    fn all_of_unicode_is_folded_as_its_data_say() {
        let is_small = |letter: &char| letter.to_lowercase().eq([*letter]);
        for letter in ('\0'..=char::MAX).filter(|letter| letter.is_alphanumeric()).filter(is_small) {
            assert_eq!(skeleton(&letter.to_string()), expected(letter), "U+{:04X}", u32::from(letter));
        }
    }

    #[test]
    fn a_capital_that_looks_like_one_of_ascii_counts_as_that_too() {
        let is_capital = |letter: &char| !letter.to_lowercase().eq([*letter]);
        for letter in ('\u{80}'..=char::MAX).filter(is_capital) {
            let look = letters(&prototype(&letter.nfkd().collect::<String>()));
            if look.is_ascii() && !look.is_empty() {
                assert!(looks_like(&letter.to_string(), &look), "{letter} and {look}");
            }
        }
    }
}
