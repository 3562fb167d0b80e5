//! `visible` writes foreign text so that it cannot act on what shows it.
//!
//! A terminal obeys control characters, a line of a log ends at a line separator, and a bidi mark makes a text read as
//! another. All of them become escapes such as `\u{1b}`, as Rust writes them. It is not an encoding: data keeps its bytes,
//! and what is shown to people passes through here.

use std::borrow::Cow;

/// Writes a text with its hidden characters as escapes.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if is_hidden(character) {
            // These all have escapes: none of them is printable.
            shown.extend(character.escape_debug());
        } else {
            shown.push(character);
        }
    }
    Cow::Owned(shown)
}

/// Whether a character is seen by nobody and changes what others look like: control characters (C0, DEL, C1), line and
/// paragraph separators, marks of the writing direction (UAX 9), and characters without width. The joiners that some
/// scripts and emoji are written with are not among them.
pub fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{2028}' | '\u{2029}' // separators
                | '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' // direction
                | '\u{ad}' | '\u{180e}' | '\u{200b}' | '\u{2060}'..='\u{2064}' | '\u{206a}'..='\u{206f}' | '\u{feff}' // no width
                | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}' // annotations and tags
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_obeys_is_written_out() {
        for (text, shown) in [
            ("plain, é, 🫖, العربية", "plain, é, 🫖, العربية"),
            ("\x1b[2Jgone", "\\u{1b}[2Jgone"),
            ("one\r\ntwo\tthree", "one\\r\\ntwo\\tthree"),
            ("\u{9b}31m\u{7f}\0", "\\u{9b}31m\\u{7f}\\0"),
            ("a\u{2028}b\u{2029}c\u{85}d", "a\\u{2028}b\\u{2029}c\\u{85}d"),
            ("tab1\u{202e}cba\u{2069}", "tab1\\u{202e}cba\\u{2069}"),
            ("\u{feff}{}", "\\u{feff}{}"),
            // A joiner of an emoji and of Persian stays.
            ("👩\u{200d}🔧 می\u{200c}خواهم", "👩\u{200d}🔧 می\u{200c}خواهم"),
        ] {
            assert_eq!(visible(text), shown);
            assert_eq!(visible(&visible(text)), shown, "an escape is plain text");
        }
    }
}
