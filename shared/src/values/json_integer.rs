//! Whole numbers in JSON, written so that no reader rounds them.
//!
//! JavaScript, jq and others hold every number in 64-bit floating point (RFC 8259, section 6). A number that may be larger
//! than that holds is written as text where it is, and is read in either form.

use serde::Serializer;

/// The largest number up to which 64-bit floating point holds every whole one: 2⁵³ − 1, JavaScript's
/// `Number.MAX_SAFE_INTEGER`.
pub const JSON_INTEGER_MAX: u64 = (1 << 53) - 1;

/// Writes a number, or its decimal text where it is larger than [`JSON_INTEGER_MAX`].
pub(crate) fn serialize<S: Serializer>(number: u128, serializer: S) -> Result<S::Ok, S::Error> {
    match u64::try_from(number) {
        Ok(number) if number <= JSON_INTEGER_MAX => serializer.serialize_u64(number),
        _ => serializer.collect_str(&number),
    }
}
