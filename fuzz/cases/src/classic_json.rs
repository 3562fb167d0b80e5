//! The tutorial's JSON: what is read has one way to be written, in every style, and reads back as the same.

use shared::classic::json::{compact, dumps, dumps_sorted, jsonify, parse};

/// Reads a text as Python would, and writes it as Python would.
pub fn run(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let Ok(value) = parse(text) else { return };
    let written = dumps(&value);
    assert!(written.is_ascii());
    // Compared as text: NaN is not equal to itself.
    assert_eq!(dumps(&parse(&written).expect("it was just written")), written);
    assert_eq!(dumps(&parse(&compact(&value)).expect("it was just written")), written);
    let sorted = dumps_sorted(&value);
    assert_eq!(dumps_sorted(&parse(&sorted).expect("it was just written")), sorted);
    assert_eq!(jsonify(&parse(&jsonify(&value)).expect("it was just written")), jsonify(&value));
    let _ = value.plain();
}
