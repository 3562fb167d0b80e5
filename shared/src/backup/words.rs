//! Writes a seed as 24 words, and reads the words that a person typed.
//!
//! The words are BIP 39's: 256 bits of the seed and 8 bits of checksum make 24 words of the English list. Only the
//! encoding is BIP 39's. The keys follow from the seed's 32 bytes, and not from BIP 39's PBKDF2, so a wallet of another
//! currency makes other keys of the same words.

use bip39::{Language, Mnemonic};

use crate::counted;
use crate::rules::receipt::{Receipt, Refusal};
use crate::spelling;
use crate::values::Seed;

/// How many words a seed has.
pub const WORDS: usize = 24;
/// The longest unknown word that an error repeats, in characters.
const SHOWN_CHARS_MAX: usize = 24;

/// A text that is not the words of a seed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WordsError {
    /// A word that the list does not have.
    #[error("word {place} is {found:?}, which is not in the list{}", suggestion(*nearest))]
    Unknown {
        /// Its place among the words, from 1.
        place: usize,
        /// The word, cut where it is long.
        found: String,
        /// The word of the list that is most like it, if any is.
        nearest: Option<&'static str>,
    },
    /// Another number of words.
    #[error("{}, and a backup has {WORDS}", counted(*found, "word"))]
    Count {
        /// How many there are.
        found: usize,
    },
    /// Every word is in the list, but the last does not fit the others.
    #[error(
        "the checksum in the last word does not hold: a word is not the one that was written down, or two changed places"
    )]
    Checksum,
}

fn suggestion(nearest: Option<&'static str>) -> String {
    nearest.map(|word| format!("; {word:?} is most like it")).unwrap_or_default()
}

impl Refusal for WordsError {
    fn receipt(&self) -> Receipt {
        match self {
            Self::Unknown { place, found, nearest: Some(nearest) } => Receipt::new(
                "backup words",
                format!("a word of the list, such as {nearest}"),
                format!("{found:?} as word {place}"),
            ),
            Self::Unknown { place, found, nearest: None } => Receipt::new(
                "backup words",
                "a word of the list (BIP 39, English)",
                format!("{found:?} as word {place}"),
            ),
            Self::Count { found } => Receipt::new("backup words", format!("{WORDS} words"), format!("{found}")),
            Self::Checksum => Receipt::new(
                "backup words",
                "a last word that fits the others",
                "another: a word is not the one that was written down, or two changed places",
            ),
        }
    }
}

/// The 24 words of a seed.
pub fn words(seed: &Seed) -> [&'static str; WORDS] {
    let mnemonic = Mnemonic::from_entropy(&seed.to_bytes()).expect("BIP 39 takes 32 bytes");
    let mut words = mnemonic.words();
    std::array::from_fn(|_| words.next().expect("32 bytes make 24 words"))
}

/// Reads the words of a seed as a person writes them: in capitals or not, numbered or not, in lines, columns or lists.
///
/// # Errors
/// The first word that is not in the list, else the number of words, else the checksum.
pub fn parse_words(text: &str) -> Result<Seed, WordsError> {
    if let Some(unknown) = unknown_words(text).next() {
        return Err(unknown);
    }
    let mut indices = [0; WORDS];
    let mut found = 0;
    for index in typed_words(text).filter_map(index_of) {
        if let Some(slot) = indices.get_mut(found) {
            *slot = index;
        }
        found += 1;
    }
    if found != WORDS {
        return Err(WordsError::Count { found });
    }
    let list = Language::English.word_list();
    let canonical = indices.map(|index| list[usize::from(index)]).join(" ");
    let mnemonic = Mnemonic::parse_in_normalized(Language::English, &canonical).map_err(|_| WordsError::Checksum)?;
    let (entropy, _) = mnemonic.to_entropy_array();
    Ok(Seed::from_bytes(*entropy.first_chunk().expect("24 words hold 32 bytes")))
}

/// Each word that is not in the list, as [`WordsError::Unknown`]: a person who mistyped several corrects them at once.
pub fn unknown_words(text: &str) -> impl Iterator<Item = WordsError> {
    let unknown = typed_words(text).zip(1..).filter(|(word, _)| index_of(word).is_none());
    unknown.map(|(word, place)| {
        let word = word.to_lowercase();
        let nearest = nearest_word(&word);
        WordsError::Unknown { place, found: word.chars().take(SHOWN_CHARS_MAX).collect(), nearest }
    })
}

/// The number of a word in the list, in capitals or not.
fn index_of(word: &str) -> Option<u16> {
    Language::English.find_word(&word.to_lowercase())
}

/// The parts of a text that are meant as words. Numbers, punctuation and invisible marks between them are not.
fn typed_words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|character: char| !character.is_alphanumeric())
        // "1abandon" is a number and a word; a digit within a word is a mistake that its error names.
        .map(|part| part.trim_start_matches(char::is_numeric))
        .filter(|part| !part.is_empty())
}

/// The word of the list that takes the fewest edits to become this one, where one is near.
pub fn nearest_word(typed: &str) -> Option<&'static str> {
    let typed: String = typed.chars().take(SHOWN_CHARS_MAX).collect();
    spelling::nearest(&typed, Language::English.word_list().iter().copied())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The vectors of 256 bits that BIP 39 refers to (github.com/trezor/python-mnemonic, vectors.json).
    const VECTORS: [(&str, &str); 8] = [
        (
            "0000000000000000000000000000000000000000000000000000000000000000",
            "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon art",
        ),
        (
            "7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f",
            "legal winner thank year wave sausage worth useful legal winner thank year wave sausage worth useful legal winner thank year wave sausage worth title",
        ),
        (
            "8080808080808080808080808080808080808080808080808080808080808080",
            "letter advice cage absurd amount doctor acoustic avoid letter advice cage absurd amount doctor acoustic avoid letter advice cage absurd amount doctor acoustic bless",
        ),
        (
            "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
            "zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo vote",
        ),
        (
            "68a79eaca2324873eacc50cb9c6eca8cc68ea5d936f98787c60c7ebc74e6ce7c",
            "hamster diagram private dutch cause delay private meat slide toddler razor book happy fancy gospel tennis maple dilemma loan word shrug inflict delay length",
        ),
        (
            "9f6a2878b2520799a44ef18bc7df394e7061a224d2c33cd015b157d746869863",
            "panda eyebrow bullet gorilla call smoke muffin taste mesh discover soft ostrich alcohol speed nation flash devote level hobby quick inner drive ghost inside",
        ),
        (
            "066dca1a2bb7e8a1db2832148ce9933eea0f3ac9548d793112d9a95c9407efad",
            "all hour make first leader extend hole alien behind guard gospel lava path output census museum junior mass reopen famous sing advance salt reform",
        ),
        (
            "f585c11aec520db57dd353c69554b21a89b20fb0650966fa0a9d6f74fd989d8f",
            "void come effort suffer camp survey warrior heavy shoot primary clutch crush open amazing screen patrol group space point ten exist slush involve unfold",
        ),
    ];

    fn read(text: &str) -> Result<[u8; 32], WordsError> {
        parse_words(text).map(|seed| seed.to_bytes())
    }

    fn art() -> String {
        format!("{}art", "abandon ".repeat(23))
    }

    #[test]
    fn the_published_vectors_hold_both_ways() {
        for (entropy, text) in VECTORS {
            let mut bytes = [0; 32];
            hex::decode_to_slice(entropy, &mut bytes).expect("hex");
            assert_eq!(words(&Seed::from_bytes(bytes)).join(" "), text);
            assert_eq!(read(text), Ok(bytes));
        }
    }

    #[test]
    fn words_are_read_however_people_write_them() {
        let (_, text) = VECTORS[4];
        let expect = read(text);
        let list = |form: fn(usize, &str) -> String, between: &str| {
            let parts: Vec<String> = text.split(' ').enumerate().map(|(at, word)| form(at + 1, word)).collect();
            parts.join(between)
        };
        let forms = [
            text.to_uppercase(),
            format!("\u{feff}  {text}\r\n"),
            list(|_, word| word.to_owned(), "\r\n"),
            list(|_, word| word.to_owned(), ", "),
            list(|at, word| format!("{at}. {word}"), "\n"),
            list(|at, word| format!("{at}.{word}"), " "),
            list(|at, word| format!("{at:02}) {word}"), "\t"),
            list(|at, word| format!("#{at} {word}"), "\n"),
            list(|at, word| format!("{at}: {word};"), "\u{a0}"),
            list(|at, word| format!("| {at} | {word} |"), "\n"),
            list(|at, word| format!("{at}{word}"), "\n"),
            list(|_, word| format!("\u{200b}\"{word}\""), "\u{2003}"),
        ];
        for form in forms {
            assert_eq!(read(&form), expect, "{form:?}");
        }
    }

    #[test]
    fn an_unknown_word_is_named_with_its_place_and_the_nearest_one() {
        let check = |typed: &str, nearest: Option<&'static str>| {
            let text = format!("1. abandon 2. {typed} 3. abandon");
            let found = typed.to_lowercase();
            assert_eq!(read(&text), Err(WordsError::Unknown { place: 2, found, nearest }));
        };
        check("abandan", Some("abandon"));
        check("Abnadon", Some("abandon"));
        check("aband0n", Some("abandon"));
        check("abando", Some("abandon"));
        check("teh", Some("ten"));
        check("qqqqqqqq", None);
        check("ж", None);
        let error = read("abandon abandan").expect_err("unknown");
        assert_eq!(error.to_string(), r#"word 2 is "abandan", which is not in the list; "abandon" is most like it"#);
        assert_eq!(
            error.receipt().to_string(),
            r#"backup words: expected a word of the list, such as abandon, found "abandan" as word 2"#
        );
    }

    #[test]
    fn every_unknown_word_is_named_in_its_place() {
        let places: Vec<usize> = unknown_words("1. abandan 2. zoo 3. teh zoo qqqqqqqq")
            .map(|error| match error {
                WordsError::Unknown { place, .. } => place,
                other => panic!("{other}"),
            })
            .collect();
        assert_eq!(places, [1, 3, 5]);
        assert_eq!(unknown_words(&art()).count(), 0);
    }

    #[test]
    fn a_long_unknown_word_is_cut() {
        let Err(WordsError::Unknown { found, nearest, .. }) = read(&"é".repeat(1 << 20)) else { panic!("unknown") };
        assert_eq!((found.chars().count(), nearest), (SHOWN_CHARS_MAX, None));
    }

    #[test]
    fn another_number_of_words_is_named() {
        for found in [0, 1, 12, 23, 25, 48] {
            assert_eq!(read(&"abandon ".repeat(found)), Err(WordsError::Count { found }));
        }
        assert_eq!(read("1. 2. 3."), Err(WordsError::Count { found: 0 }));
    }

    #[test]
    fn two_words_that_changed_places_fail_the_checksum() {
        assert!(read(&art()).is_ok());
        assert_eq!(read(&"abandon ".repeat(24)), Err(WordsError::Checksum));
        let (_, text) = VECTORS[5];
        assert_eq!(read(&text.replacen("panda eyebrow", "eyebrow panda", 1)), Err(WordsError::Checksum));
    }

    proptest! {
        #[test]
        fn every_seed_comes_back_from_its_words(bytes: [u8; 32]) {
            prop_assert_eq!(read(&words(&Seed::from_bytes(bytes)).join(" ")), Ok(bytes));
        }

        #[test]
        fn no_text_panics(text: String) {
            let _ = read(&text);
        }

        /// One in 256 by chance has a checksum that holds.
        #[test]
        fn another_word_in_any_place_never_gives_the_same_seed(bytes: [u8; 32], place in 0..WORDS, other in 0usize..2_048) {
            let mut list = words(&Seed::from_bytes(bytes));
            let word = Language::English.word_list()[other];
            prop_assume!(list[place] != word);
            list[place] = word;
            prop_assert_ne!(read(&list.join(" ")), Ok(bytes));
        }
    }
}
