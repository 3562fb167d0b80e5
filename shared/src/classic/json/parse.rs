//! Reading: what Python's `json.loads` takes, within limits.

use super::{Integer, JsonError, Object, Value};
use crate::classic::limits::{INTEGER_DIGITS_MAX, JSON_BYTES_MAX, JSON_DEPTH_MAX};

/// Reads a text as `json.loads` does.
///
/// # Errors
/// When it is not JSON, holds half a character, or passes a limit.
pub fn parse(text: &str) -> Result<Value, JsonError> {
    if text.len() > JSON_BYTES_MAX {
        return Err(JsonError::Size { bytes: text.len() });
    }
    let mut parser = Parser { text, at: 0, depth: 0 };
    parser.skip_space();
    let value = parser.value()?;
    parser.skip_space();
    if parser.at < text.len() {
        return Err(parser.expected("the end"));
    }
    Ok(value)
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn expected(&self, expected: &'static str) -> JsonError {
        let found = self.text[self.at..].chars().next();
        let found = found.map_or_else(|| "the end".to_owned(), |character| format!("{character:?}"));
        JsonError::Syntax { at: self.at, expected, found }
    }

    fn skip_space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    /// Passes over a word if it is next.
    fn take(&mut self, word: &str) -> bool {
        let is_next = self.text.as_bytes()[self.at..].starts_with(word.as_bytes());
        if is_next {
            self.at += word.len();
        }
        is_next
    }

    fn value(&mut self) -> Result<Value, JsonError> {
        match self.peek() {
            Some(b'"') => self.string().map(Value::Text),
            Some(b'[') => self.nested(Self::list),
            Some(b'{') => self.nested(Self::object),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ if self.take("null") => Ok(Value::Null),
            _ if self.take("true") => Ok(Value::Bool(true)),
            _ if self.take("false") => Ok(Value::Bool(false)),
            _ if self.take("NaN") => Ok(Value::Float(f64::NAN)),
            _ if self.take("Infinity") => Ok(Value::Float(f64::INFINITY)),
            _ => Err(self.expected("a value")),
        }
    }

    fn nested(&mut self, read: fn(&mut Self) -> Result<Value, JsonError>) -> Result<Value, JsonError> {
        if self.depth == JSON_DEPTH_MAX {
            return Err(JsonError::Depth { at: self.at });
        }
        self.depth += 1;
        self.at += 1;
        self.skip_space();
        let value = read(self)?;
        self.depth -= 1;
        Ok(value)
    }

    fn list(&mut self) -> Result<Value, JsonError> {
        let mut values = Vec::new();
        if self.take("]") {
            return Ok(Value::List(values));
        }
        loop {
            values.push(self.value()?);
            self.skip_space();
            if self.take("]") {
                return Ok(Value::List(values));
            }
            if !self.take(",") {
                return Err(self.expected("a comma or the list's end"));
            }
            self.skip_space();
        }
    }

    fn object(&mut self) -> Result<Value, JsonError> {
        let mut entries = Vec::new();
        if self.take("}") {
            return Ok(Value::Object(Object::default()));
        }
        loop {
            if self.peek() != Some(b'"') {
                return Err(self.expected("a key in double quotes"));
            }
            let key = self.string()?;
            self.skip_space();
            if !self.take(":") {
                return Err(self.expected("a colon"));
            }
            self.skip_space();
            entries.push((key, self.value()?));
            self.skip_space();
            if self.take("}") {
                return Ok(Value::Object(Object::from_entries(entries)));
            }
            if !self.take(",") {
                return Err(self.expected("a comma or the object's end"));
            }
            self.skip_space();
        }
    }

    fn skip_digits(&mut self) -> usize {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        self.at - start
    }

    fn number(&mut self) -> Result<Value, JsonError> {
        let start = self.at;
        let is_negative = self.take("-");
        if is_negative && self.take("Infinity") {
            return Ok(Value::Float(f64::NEG_INFINITY));
        }
        let digits = if self.take("0") { 1 } else { self.skip_digits() };
        if digits == 0 {
            return Err(self.expected("a digit"));
        }
        let mut is_float = false;
        if self.take(".") {
            is_float = true;
            if self.skip_digits() == 0 {
                return Err(self.expected("a digit"));
            }
        }
        if let Some(b'e' | b'E') = self.peek() {
            is_float = true;
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            if self.skip_digits() == 0 {
                return Err(self.expected("a digit"));
            }
        }
        let text = &self.text[start..self.at];
        if is_float {
            // Both round to the nearest, ties to even, and to infinity where there is nothing near.
            return Ok(Value::Float(text.parse().expect("digits with a point or an exponent are a float")));
        }
        if digits > INTEGER_DIGITS_MAX {
            return Err(JsonError::Digits { digits });
        }
        Ok(Value::Int(Integer::from_json(text)))
    }

    fn string(&mut self) -> Result<String, JsonError> {
        self.at += 1;
        let mut text = String::new();
        loop {
            let start = self.at;
            while self.peek().is_some_and(|byte| byte >= b' ' && byte != b'"' && byte != b'\\') {
                self.at += 1;
            }
            text.push_str(&self.text[start..self.at]);
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(text);
                }
                Some(b'\\') => {
                    self.at += 1;
                    text.push(self.escape()?);
                }
                Some(_) => return Err(self.expected("no control character in a text")),
                None => return Err(self.expected("a double quote")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, JsonError> {
        let character = match self.peek() {
            Some(byte @ (b'"' | b'\\' | b'/')) => char::from(byte),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode(),
            _ => return Err(self.expected("an escape")),
        };
        self.at += 1;
        Ok(character)
    }

    /// Reads `uXXXX`, and where that is the first half of a character, `\uXXXX` with the second.
    fn unicode(&mut self) -> Result<char, JsonError> {
        let at = self.at - 1;
        let first = self.unit()?;
        let mut units = vec![first];
        if (0xd800..0xdc00).contains(&first) && self.take("\\") {
            if self.peek() != Some(b'u') {
                return Err(JsonError::Surrogate { at, unit: first });
            }
            units.push(self.unit()?);
        }
        match char::decode_utf16(units).next() {
            Some(Ok(character)) => Ok(character),
            _ => Err(JsonError::Surrogate { at, unit: first }),
        }
    }

    fn unit(&mut self) -> Result<u16, JsonError> {
        self.at += 1;
        let mut unit = 0;
        for _ in 0..4 {
            let digit = self.peek().and_then(|byte| char::from(byte).to_digit(16));
            let digit = digit.ok_or_else(|| self.expected("four hex digits"))?;
            unit = unit << 4 | digit as u16;
            self.at += 1;
        }
        Ok(unit)
    }
}
