//! What people paste, without what they cannot see: marks of no width, and white space that a page or a chat put in.
//!
//! It is no judgement of the text: what is left is parsed, and refused, where it is used.

/// Characters that are not seen and mean nothing at the ends of a text or in a number, an id or an address: the soft
/// hyphen, spaces of no width, marks of direction, the byte order mark.
fn is_unseen(letter: char) -> bool {
    matches!(letter, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// The text without white space and marks of no width at its ends. What stands inside stays, and so do marks of
/// direction, for a name's own rules.
pub fn trimmed(text: &str) -> &str {
    let is_mark = |letter| matches!(letter, '\u{ad}' | '\u{200b}' | '\u{2060}' | '\u{feff}');
    text.trim_matches(|letter: char| letter.is_whitespace() || is_mark(letter))
}

/// A number or a sentence: the unseen marks taken out, every run of white space one space.
pub fn line(text: &str) -> String {
    let seen: String = text.chars().filter(|letter| !is_unseen(*letter)).collect();
    seen.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A hash, an id, an address or a URL: no white space either, for lines are broken in the middle of them.
pub fn code(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_whitespace() && !is_unseen(*letter)).collect()
}

/// An address: like [`code`], in lower case, for a phone's keyboard begins a text with a capital. The checksum still
/// tells whether it is one.
pub fn address(text: &str) -> String {
    code(text).to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_taken_out() {
        assert_eq!(trimmed("\u{200b} ada\u{feff}\n"), "ada");
        assert_eq!(trimmed("a\u{200b}da"), "a\u{200b}da", "a name's inside is judged by its own rules");
        assert_eq!(trimmed("ada\u{202e}"), "ada\u{202e}");
        assert_eq!(line("\u{200b}1\u{202f}234\u{a0}567\t"), "1 234 567");
        assert_eq!(code("tab1 qy2s\r\n dfas\u{ad}d\u{2060}fk4tz"), "tab1qy2sdfasdfk4tz");
        assert_eq!(address(" Tab1QY2S\n"), "tab1qy2s");
    }
}
