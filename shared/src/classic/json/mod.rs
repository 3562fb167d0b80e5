//! JSON exactly as CPython's `json` reads and writes it, since what Python writes is what the tutorial's chain hashes.
//!
//! Not a general JSON library: numbers keep whether they were written as integers or floats, integers have any size,
//! and keys keep their order. Texts come from learners, other nodes and the tab's own store, and go to the hash, to
//! answers and back to the store.

mod error;
mod float;
mod integer;
mod parse;
mod write;

pub use self::error::JsonError;
pub use self::integer::Integer;
pub use self::parse::parse;
pub use self::write::{compact, dumps, dumps_sorted, jsonify};

/// A value of JSON.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number without a point and an exponent.
    Int(Integer),
    /// A number with a point or an exponent, or one of `NaN`, `Infinity` and `-Infinity`, which Python reads too.
    Float(f64),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Self>),
    /// An object.
    Object(Object),
}

impl Value {
    /// The text, if it is one.
    pub fn as_text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// The list, if it is one.
    pub fn as_list(&self) -> Option<&[Self]> {
        if let Self::List(values) = self { Some(values) } else { None }
    }

    /// The object, if it is one.
    pub fn as_object(&self) -> Option<&Object> {
        if let Self::Object(object) = self { Some(object) } else { None }
    }

    /// The integer, if it is one. To Python `true` and `false` are integers too.
    pub fn to_integer(&self) -> Option<Integer> {
        match self {
            Self::Int(integer) => Some(integer.clone()),
            Self::Bool(bool) => Some(Integer::from(u64::from(*bool))),
            _ => None,
        }
    }

    /// For people: a text without quotes and escapes, all else as JSON has it.
    pub fn plain(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            other => dumps(other),
        }
    }
}

impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Self::Int(Integer::from(number))
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Object> for Value {
    fn from(object: Object) -> Self {
        Self::Object(object)
    }
}

/// An object: each key once, in the order in which they first came, as in a Python `dict`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Object(Vec<(String, Value)>);

impl Object {
    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.iter().find(|(other, _)| *other == key).map(|(_, value)| value)
    }

    /// Sets the value of a key; a key that is there keeps its place.
    pub fn insert(&mut self, key: &str, value: impl Into<Value>) {
        match self.0.iter_mut().find(|(other, _)| other == key) {
            Some((_, old)) => *old = value.into(),
            None => self.0.push((key.to_owned(), value.into())),
        }
    }

    /// The same object with a key set.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.insert(key, value);
        self
    }

    /// The keys and their values in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value))
    }

    /// Takes entries as they were read: of equal keys the last value counts, at the place of the first.
    fn from_entries(entries: Vec<(String, Value)>) -> Self {
        let mut places = std::collections::BTreeMap::new();
        let mut last = Vec::with_capacity(entries.len());
        for (place, (key, _)) in entries.iter().enumerate() {
            let first = *places.entry(key.as_str()).or_insert(place);
            last.push(first);
        }
        if places.len() == entries.len() {
            return Self(entries);
        }
        let mut kept: Vec<Option<(String, Value)>> = vec![None; entries.len()];
        for ((key, value), first) in entries.into_iter().zip(last) {
            kept[first] = Some((key, value));
        }
        Self(kept.into_iter().flatten().collect())
    }
}

#[cfg(test)]
mod tests;
