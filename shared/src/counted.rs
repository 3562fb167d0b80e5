//! A count with its noun, for people.

use std::fmt::Display;

/// Writes a count with what is counted, in the singular where there is one: `1 block`, `2 blocks`. `one` is a noun whose
/// plural ends in an s.
pub fn counted<T: Display + PartialEq + From<u8>>(count: T, one: &str) -> String {
    let ending = if count == T::from(1) { "" } else { "s" };
    format!("{count} {one}{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_singular_and_every_other_count_is_plural() {
        assert_eq!(counted(0_usize, "word"), "0 words");
        assert_eq!(counted(1_u64, "block"), "1 block");
        assert_eq!(counted(24_usize, "word"), "24 words");
    }
}
