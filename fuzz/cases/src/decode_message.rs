//! Bytes as a message: refused, or the one encoding of what they say.

use shared::protocol::Message;
use shared::{decode, encode};

/// Reads a message.
pub fn run(input: &[u8]) {
    if let Ok(message) = decode::<Message>(input) {
        assert_eq!(encode(&message), input);
    }
}
