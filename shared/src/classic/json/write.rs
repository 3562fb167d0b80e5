//! Writing: what Python's `json.dumps` and Flask's `jsonify` make of a value.

use super::{Object, Value, float};

/// `json.dumps(value)`.
pub fn dumps(value: &Value) -> String {
    Style { between: ", ", after_key: ": ", is_sorted: false }.text(value)
}

/// `json.dumps(value, sort_keys=True)`: what a block's hash is made of.
pub fn dumps_sorted(value: &Value) -> String {
    Style { between: ", ", after_key: ": ", is_sorted: true }.text(value)
}

/// `json.dumps(value, separators=(",", ":"))`: what is kept, and what limits count.
pub fn compact(value: &Value) -> String {
    Style { between: ",", after_key: ":", is_sorted: false }.text(value)
}

/// The body of Flask's `jsonify(value)`: compact, keys sorted, and a line feed at the end.
pub fn jsonify(value: &Value) -> String {
    let mut text = Style { between: ",", after_key: ":", is_sorted: true }.text(value);
    text.push('\n');
    text
}

#[derive(Clone, Copy)]
struct Style {
    between: &'static str,
    after_key: &'static str,
    is_sorted: bool,
}

impl Style {
    fn text(self, value: &Value) -> String {
        let mut out = String::new();
        self.value(value, &mut out);
        out
    }

    fn value(self, value: &Value, out: &mut String) {
        match value {
            Value::Null => out.push_str("null"),
            Value::Bool(true) => out.push_str("true"),
            Value::Bool(false) => out.push_str("false"),
            Value::Int(integer) => out.push_str(integer.as_str()),
            Value::Float(float) => float::write(*float, out),
            Value::Text(text) => quote(text, out),
            Value::List(values) => {
                out.push('[');
                for (at, value) in values.iter().enumerate() {
                    if at > 0 {
                        out.push_str(self.between);
                    }
                    self.value(value, out);
                }
                out.push(']');
            }
            Value::Object(object) => self.object(object, out),
        }
    }

    fn object(self, object: &Object, out: &mut String) {
        let mut entries: Vec<(&str, &Value)> = object.iter().collect();
        if self.is_sorted {
            // The order of UTF-8 is the order of code points, by which Python sorts.
            entries.sort_unstable_by_key(|(key, _)| *key);
        }
        out.push('{');
        for (at, (key, value)) in entries.into_iter().enumerate() {
            if at > 0 {
                out.push_str(self.between);
            }
            quote(key, out);
            out.push_str(self.after_key);
            self.value(value, out);
        }
        out.push('}');
    }
}

/// Writes a text in ASCII: what has no short escape and is not a printable character becomes `\uXXXX`, beyond the
/// sixteen-bit plane as two surrogates.
fn quote(text: &str, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            ' '..='~' => out.push(character),
            _ => {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    out.push_str(&format!("\\u{unit:04x}"));
                }
            }
        }
    }
    out.push('"');
}
