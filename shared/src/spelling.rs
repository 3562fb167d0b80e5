//! Finds the word that was likely meant by a misspelled one.
//!
//! It knows no list of words of its own, and decides nothing: what it finds is suggested to a person.

use std::cmp::Reverse;

/// The most edits between a misspelled word and the one that is suggested for it.
const EDITS_MAX: usize = 3;

/// The word that takes the fewest edits to become `typed`; of equally near ones, the one that begins most like it. `None`
/// where no word is near. Takes time in proportion to the length of `typed` times that of all words.
pub fn nearest<'a>(typed: &str, words: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let typed: Vec<char> = typed.chars().collect();
    let alike = |word: &str| word.chars().zip(&typed).take_while(|(one, other)| one == *other).count();
    let near = words.into_iter().map(|word| (edits(&typed, word), Reverse(alike(word)), word));
    let (edits, _, nearest) = near.min()?;
    // A short text is near to every short word.
    (edits <= EDITS_MAX && edits < typed.len()).then_some(nearest)
}

/// Insertions, deletions, substitutions and swaps of neighbours that make one word of the other (the optimal string
/// alignment distance).
fn edits(typed: &[char], word: &str) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=typed.len()).collect();
    let mut above = None;
    for (row, letter) in word.chars().enumerate() {
        let mut next = vec![row + 1];
        for (column, &other) in typed.iter().enumerate() {
            let changed = last[column] + usize::from(letter != other);
            let mut least = changed.min(last[column + 1] + 1).min(next[column] + 1);
            if column > 0 && above == Some(other) && letter == typed[column - 1] {
                least = least.min(before[column - 1] + 1);
            }
            next.push(least);
        }
        (before, last, above) = (last, next, Some(letter));
    }
    last[typed.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_with_the_fewest_edits_is_meant_and_no_word_where_none_is_near() {
        let words = ["wallet", "mine", "blocks", "peers"];
        for (typed, meant) in [
            ("walet", Some("wallet")),
            ("wlalet", Some("wallet")),
            ("wallet", Some("wallet")),
            ("block", Some("blocks")),
            ("peer", Some("peers")),
            ("x", None),
            ("", None),
            ("settings", None),
        ] {
            assert_eq!(nearest(typed, words), meant, "{typed}");
        }
        assert_eq!(nearest("walet", []), None);
    }

    #[test]
    fn an_edit_is_a_letter_more_less_or_other_or_two_that_changed_places() {
        for (typed, word, expect) in [
            ("", "art", 3),
            ("art", "", 3),
            ("art", "art", 0),
            ("rat", "art", 1),
            ("at", "art", 1),
            ("arrt", "art", 1),
            ("ant", "art", 1),
        ] {
            assert_eq!(edits(&typed.chars().collect::<Vec<_>>(), word), expect, "{typed} {word}");
        }
    }
}
