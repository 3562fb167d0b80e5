//! Integers of any size, as decimal text: that is how they come, how they are hashed and how they leave.

/// An integer as Python writes it: no leading zeros, no plus, no `-0`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Integer(String);

impl Integer {
    /// Takes digits with or without a minus before them. `-0` is `0`.
    ///
    /// The caller has seen that the text is an integer of JSON.
    pub(super) fn from_json(text: &str) -> Self {
        Self(if text == "-0" { "0" } else { text }.to_owned())
    }

    /// The decimal text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is below zero.
    pub fn is_negative(&self) -> bool {
        self.0.starts_with('-')
    }

    /// The digits, without a sign.
    pub fn digits(&self) -> &str {
        self.0.trim_start_matches('-')
    }

    /// One more, where both have at most 38 digits.
    pub fn plus_one(&self) -> Option<Self> {
        let number: i128 = self.0.parse().ok()?;
        Some(Self(number.checked_add(1)?.to_string()))
    }

    /// The number, where it fits.
    pub fn to_u64(&self) -> Option<u64> {
        self.0.parse().ok()
    }
}

impl From<u64> for Integer {
    fn from(number: u64) -> Self {
        Self(number.to_string())
    }
}

impl From<i64> for Integer {
    fn from(number: i64) -> Self {
        Self(number.to_string())
    }
}

impl std::fmt::Display for Integer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}
