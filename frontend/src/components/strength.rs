//! How hard a password is to guess, in a word: an estimate from its length and its kinds of characters, not a promise.

use shared::backup::PASSWORD_CHARS_MIN;

/// What is said while a key is made from a password, which takes memory and time so that guessing does.
pub(super) const KEY_TAKES_LONG: &str = "Making the key from the password. It is slow so that guessing is slow: a moment here, up to half a minute on an old phone.";

/// Beginnings of what is tried first.
const COMMON: [&str; 8] = ["password", "passwort", "qwert", "tabcoin", "letmein", "iloveyou", "welcome", "monkey"];

/// The word for a password, and whether it is taken at all.
pub(super) fn strength(password: &str) -> (&'static str, bool) {
    let chars = password.chars().count();
    if chars < PASSWORD_CHARS_MIN {
        return ("Too short: at least 8 characters", false);
    }
    let word = match bits(password) {
        bits if bits < 45.0 => "Weak: somebody with the file could guess it",
        bits if bits < 65.0 => "Fair: a longer one is better",
        bits if bits < 85.0 => "Good",
        _ => "Strong",
    };
    (word, true)
}

/// About how many bits there are to guess. Characters that follow from the one before, and common words, count little.
fn bits(password: &str) -> f64 {
    let lower = password.to_lowercase();
    let common: usize = COMMON.iter().filter(|word| lower.contains(**word)).map(|word| word.len() - 1).sum();
    let mut last = None;
    let mut counted = 0_usize;
    for letter in password.chars().map(u32::from) {
        let follows = last.is_some_and(|last: u32| last.abs_diff(letter) <= 1);
        counted += usize::from(!follows);
        last = Some(letter);
    }
    counted.saturating_sub(common) as f64 * f64::from(kinds(password)).log2()
}

/// How many characters there are to choose from.
fn kinds(password: &str) -> u32 {
    let has = |is: fn(char) -> bool| password.chars().any(is);
    let kinds = [
        (has(|letter| letter.is_ascii_lowercase()), 26),
        (has(|letter| letter.is_ascii_uppercase()), 26),
        (has(|letter| letter.is_ascii_digit()), 10),
        (has(|letter| letter.is_ascii_punctuation() || letter == ' '), 33),
        (has(|letter| !letter.is_ascii()), 100),
    ];
    kinds.iter().filter(|(is_there, _)| *is_there).map(|(_, count)| count).sum::<u32>().max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_told_apart_by_how_hard_they_are_to_guess() {
        for (password, word) in [
            ("", "Too short"),
            ("1234567", "Too short"),
            ("éééé", "Too short"),
            ("12345678", "Weak"),
            ("aaaaaaaaaaaaaaaaaaaaaaaaaaaa", "Weak"),
            ("abcdefghijklmnop", "Weak"),
            ("password", "Weak"),
            ("Password1!", "Weak"),
            ("kxqzpwmf", "Weak"),
            ("correct horse", "Fair"),
            ("kX9!qzpw", "Fair"),
            ("correct horse battery", "Strong"),
            ("kX9!qzpw-mf7", "Good"),
        ] {
            let (found, is_taken) = strength(password);
            assert!(found.starts_with(word), "{password:?}: {found}");
            assert_eq!(is_taken, word != "Too short");
        }
    }
}
