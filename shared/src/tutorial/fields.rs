//! The fields of a request's body, each as it was written, and where a body that is none goes wrong.
//!
//! What a field means is not known here.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::classic::json::{self, Value};
use crate::rules::receipt::{Receipt, Refusal};
use crate::text::without_mark;

/// The most of a body that a receipt repeats, in characters.
const FOUND_CHARS_MAX: usize = 80;

/// The fields of a JSON object, in its order.
#[derive(Debug)]
pub(super) struct Fields<'a>(Vec<(String, &'a RawValue)>);

impl<'a> Fields<'a> {
    /// Reads a body.
    ///
    /// # Errors
    /// When it is no JSON object, by the byte where it goes wrong, or has a field twice.
    pub(super) fn read(body: &'a str) -> Result<Self, Receipt> {
        let body = without_mark(body);
        let fields: Self = serde_json::from_str(body).map_err(|error| unreadable(body, &error))?;
        let mut seen = BTreeSet::new();
        let twice = fields.names().find(|name| !seen.insert(*name)).map(quoted);
        match twice {
            Some(twice) => Err(Receipt::new("body", "each field once", format!("{twice} twice"))),
            None => Ok(fields),
        }
    }

    /// The value of a field, as it was written.
    pub(super) fn get(&self, name: &str) -> Option<&'a RawValue> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| *value)
    }

    /// The first field that is none of these, in quotes.
    pub(super) fn other_than(&self, known: &[&str]) -> Option<String> {
        self.names().find(|name| !known.contains(name)).map(quoted)
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Fields<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Vec<(String, &'de RawValue)>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(fields)
            }
        }
        deserializer.deserialize_map(InOrder).map(Self)
    }
}

/// Why a body is not read, in the words of a classic room, whose reader knows what was due where.
fn unreadable(body: &str, error: &serde_json::Error) -> Receipt {
    if body.trim().is_empty() {
        return Receipt::new("body", "a JSON object", "nothing");
    }
    match json::parse(body) {
        Err(error) => error.receipt(),
        // Python takes more than JSON has.
        Ok(Value::Object(_)) => {
            let at = byte_of(body, error);
            let found: String = body.get(at..).unwrap_or_default().chars().take("Infinity".len()).collect();
            Receipt::new("JSON", format!("a number in digits at byte {at}"), quoted(&found))
        }
        Ok(_) => Receipt::new("body", "a JSON object", body.chars().take(FOUND_CHARS_MAX).collect::<String>()),
    }
}

/// Where reading stopped, in bytes from 0.
fn byte_of(body: &str, error: &serde_json::Error) -> usize {
    let lines = body.split_inclusive('\n').take(error.line().saturating_sub(1));
    lines.map(str::len).sum::<usize>() + error.column().saturating_sub(1)
}

fn quoted(text: &str) -> String {
    format!("{:?}", text.chars().take(FOUND_CHARS_MAX).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_that_is_not_read_is_told_by_the_byte_where_it_goes_wrong() {
        for (body, expected) in [
            ("", "body: expected a JSON object, found nothing"),
            ("[1]", "body: expected a JSON object, found [1]"),
            ("{\"amount\": 1,5}", "JSON: expected a key in double quotes at byte 13, found '5'"),
            ("{\"a\": 1,\n}", "JSON: expected a key in double quotes at byte 9, found '}'"),
            ("{\u{201c}a\u{201d}: 1}", "JSON: expected a key in double quotes at byte 1, found '\u{201c}'"),
            ("{\"a\": 1 // one\n}", "JSON: expected a comma or the object's end at byte 8, found '/'"),
            ("{\"a\":", "JSON: expected a value at byte 5, found the end"),
            ("{\n\"a\": NaN}", "JSON: expected a number in digits at byte 7, found \"NaN}\""),
            ("{\"a\": [Infinity]}", "JSON: expected a number in digits at byte 7, found \"Infinity\""),
            ("{\"a\": 1, \"b\": 2, \"a\": 1}", "body: expected each field once, found \"a\" twice"),
        ] {
            assert_eq!(Fields::read(body).expect_err(body).to_string(), expected);
        }
    }

    #[test]
    fn fields_are_read_as_they_were_written_and_another_is_named() {
        let fields = Fields::read("\u{feff}{\"a\": 1.50, \"\\u0062\": {\"x\": 1, \"x\": 2}}").expect("an object");
        assert_eq!(fields.get("a").map(RawValue::get), Some("1.50"));
        assert_eq!(fields.get("b").map(RawValue::get), Some("{\"x\": 1, \"x\": 2}"));
        assert_eq!(fields.other_than(&["a"]).as_deref(), Some("\"b\""));
        assert_eq!(fields.other_than(&["b", "a"]), None);
    }

    proptest::proptest! {
        #[test]
        fn no_body_breaks_its_reader(body in "[{}\\[\\]\",:0-9a-zNI \n\u{e9}\\\\-]{0,40}") {
            drop(Fields::read(&body));
        }
    }
}
