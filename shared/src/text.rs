//! `read_utf8` reads text as people's machines write it: UTF-8, with or without the byte order mark that Windows puts before
//! it. Text in UTF-16, as some of its shells write files, is refused by its name; `read_text` takes it.

use std::borrow::Cow;

/// The byte order mark.
const MARK: char = '\u{feff}';

/// Bytes that are no text in UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Two bytes a character.
    #[error("text in UTF-16: save it as UTF-8")]
    Utf16,
    /// Something else.
    #[error("bytes that are not UTF-8, the first after {after}")]
    NotUtf8 {
        /// How many bytes before it are.
        after: usize,
    },
}

/// A text without the byte order mark at its beginning, if it has one.
pub fn without_mark(text: &str) -> &str {
    text.strip_prefix(MARK).unwrap_or(text)
}

/// Reads text in UTF-8; a byte order mark at its beginning is no part of it.
///
/// # Errors
/// When it is none; UTF-16 is told apart from other bytes.
pub fn read_utf8(bytes: &[u8]) -> Result<&str, TextError> {
    if is_utf16(bytes) {
        return Err(TextError::Utf16);
    }
    let text = std::str::from_utf8(bytes).map_err(|error| TextError::NotUtf8 { after: error.valid_up_to() })?;
    Ok(without_mark(text))
}

/// Reads text in UTF-8 or UTF-16, as a shell may write what a person hands on in a file; a byte order mark at its beginning
/// is no part of it.
///
/// # Errors
/// When it is neither.
pub fn read_text(bytes: &[u8]) -> Result<Cow<'_, str>, TextError> {
    if !is_utf16(bytes) {
        return read_utf8(bytes).map(Cow::Borrowed);
    }
    let is_big = matches!(bytes, [0xfe, 0xff, ..] | [0, ..]);
    let (pairs, odd) = bytes.as_chunks::<2>();
    let unit = |pair: &[u8; 2]| if is_big { u16::from_be_bytes(*pair) } else { u16::from_le_bytes(*pair) };
    let text: Result<String, _> = char::decode_utf16(pairs.iter().map(unit)).collect();
    match text {
        Ok(text) if odd.is_empty() => Ok(Cow::Owned(without_mark(&text).to_owned())),
        _ => Err(TextError::Utf16),
    }
}

/// Whether the first two bytes are a byte order mark of UTF-16, or a character of ASCII in it.
fn is_utf16(bytes: &[u8]) -> bool {
    match bytes {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => true,
        [first, second, ..] => bytes.len().is_multiple_of(2) && (*first == 0) != (*second == 0),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16(text: &str, is_little: bool) -> Vec<u8> {
        let unit = |unit: u16| if is_little { unit.to_le_bytes() } else { unit.to_be_bytes() };
        text.encode_utf16().flat_map(unit).collect()
    }

    #[test]
    fn text_of_either_encoding_is_read_where_both_are_taken() {
        for is_little in [true, false] {
            for (written, read) in [("abandon zoo", "abandon zoo"), ("\u{feff}é 𝄞\r\n", "é 𝄞\r\n")] {
                assert_eq!(read_text(&utf16(written, is_little)).as_deref(), Ok(read));
                assert_eq!(read_text(written.as_bytes()).as_deref(), Ok(read));
            }
        }
        // An odd byte at the end, and half a pair of surrogates.
        for broken in [&b"\xff\xfea\0b"[..], &b"\xff\xfe\x00\xd8a\0"[..]] {
            assert_eq!(read_text(broken), Err(TextError::Utf16));
        }
        assert_eq!(read_text(b"ab\xff"), Err(TextError::NotUtf8 { after: 2 }));
    }

    #[test]
    fn a_mark_is_no_part_of_the_text_and_utf_16_is_named() {
        for text in ["", "{}", "é", "\0"] {
            assert_eq!(read_utf8(text.as_bytes()), Ok(text));
            assert_eq!(read_utf8(format!("\u{feff}{text}").as_bytes()), Ok(text));
        }
        // Once, and at the beginning.
        assert_eq!(read_utf8("\u{feff}\u{feff}a\u{feff}".as_bytes()), Ok("\u{feff}a\u{feff}"));
        for is_little in [true, false] {
            for text in ["{}", "\u{feff}{\"é\": 1}"] {
                assert_eq!(read_utf8(&utf16(text, is_little)), Err(TextError::Utf16), "{text}");
            }
        }
        assert_eq!(read_utf8(b"ab\xff"), Err(TextError::NotUtf8 { after: 2 }));
    }
}
