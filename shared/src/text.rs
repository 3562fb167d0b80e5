//! `read_utf8` reads text as people's machines write it: UTF-8, with or without the byte order mark that Windows puts before
//! it. Text in UTF-16, as some of its shells write files, is refused by its name.

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
