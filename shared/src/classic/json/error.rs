//! Why a text is not read.

use crate::classic::limits::{INTEGER_DIGITS_MAX, JSON_BYTES_MAX, JSON_DEPTH_MAX};
use crate::rules::receipt::{Receipt, Refusal};

/// A text that is not JSON, or more of it than is read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JsonError {
    /// Not JSON.
    #[error("{found} where {expected} was due, at byte {at}")]
    Syntax {
        /// Where, in bytes from 0.
        at: usize,
        /// What was due.
        expected: &'static str,
        /// What is there.
        found: String,
    },
    /// Half of a character: Python reads it, and nothing else can.
    #[error("\\u{unit:04x} at byte {at} is half of a character")]
    Surrogate {
        /// Where, in bytes from 0.
        at: usize,
        /// The lone surrogate.
        unit: u16,
    },
    /// Too long a text.
    #[error("a text of {bytes} bytes, and {JSON_BYTES_MAX} are read")]
    Size {
        /// Its length.
        bytes: usize,
    },
    /// Lists in lists without end.
    #[error("more than {JSON_DEPTH_MAX} lists and objects within each other, at byte {at}")]
    Depth {
        /// Where, in bytes from 0.
        at: usize,
    },
    /// An integer too large for Python.
    #[error("an integer of {digits} digits, and {INTEGER_DIGITS_MAX} are read")]
    Digits {
        /// How many digits it has.
        digits: usize,
    },
}

impl Refusal for JsonError {
    fn receipt(&self) -> Receipt {
        match self {
            Self::Syntax { at, expected, found } => {
                Receipt::new("JSON", format!("{expected} at byte {at}"), found.clone())
            }
            Self::Surrogate { at, unit } => Receipt::new(
                "JSON text",
                "whole characters",
                format!("\\u{unit:04x} at byte {at}, which is half of one"),
            ),
            Self::Size { bytes } => {
                Receipt::new("JSON size", format!("at most {JSON_BYTES_MAX} bytes"), format!("{bytes} bytes"))
            }
            Self::Depth { at } => Receipt::new(
                "JSON depth",
                format!("at most {JSON_DEPTH_MAX} lists and objects within each other"),
                format!("more at byte {at}"),
            ),
            Self::Digits { digits } => {
                Receipt::new("JSON integer", format!("at most {INTEGER_DIGITS_MAX} digits"), format!("{digits} digits"))
            }
        }
    }
}
