//! The one encoding of everything that is hashed, signed, sent between nodes or stored: borsh.
//!
//! Borsh is canonical for the types used here: integers are little-endian and fixed in width, lists carry a 32-bit
//! count, an enum a one-byte tag. Types with more than one way to write a value (a compact target, a memo) refuse all
//! but one when decoded. So decoding and encoding again gives the same bytes, and a hash names a value.

use borsh::{BorshDeserialize, BorshSerialize};

use crate::counted;
use crate::rules::receipt::{Receipt, Refusal};

/// Bytes that are not the encoding of the value they should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {what}, found {}: {why}", counted(*len, "byte"))]
pub struct DecodeError {
    /// The type that was expected.
    pub what: &'static str,
    /// How many bytes there were.
    pub len: usize,
    /// The decoder's reason.
    pub why: String,
}

impl Refusal for DecodeError {
    fn receipt(&self) -> Receipt {
        Receipt::new(
            "encoding",
            format!("the canonical encoding of {}", self.what),
            format!("{}: {}", counted(self.len, "byte"), self.why),
        )
    }
}

/// Encodes a value.
pub fn encode<T: BorshSerialize>(value: &T) -> Vec<u8> {
    borsh::to_vec(value).expect("writing to memory does not fail, and no list here is longer than 2^32")
}

/// Decodes a value from exactly these bytes.
///
/// # Errors
/// When the bytes are too short, not canonical, or more than the value needs.
pub fn decode<T: BorshDeserialize>(bytes: &[u8]) -> Result<T, DecodeError> {
    borsh::from_slice(bytes).map_err(|error| DecodeError {
        what: short_type_name::<T>(),
        len: bytes.len(),
        why: error.to_string(),
    })
}

/// The type's name without its path.
fn short_type_name<T>() -> &'static str {
    let full = std::any::type_name::<T>();
    full.rsplit("::").next().unwrap_or(full)
}

/// Shorthand for a decoder's refusal.
pub(crate) fn invalid_data(why: &str) -> borsh::io::Error {
    borsh::io::Error::new(borsh::io::ErrorKind::InvalidData, why)
}
