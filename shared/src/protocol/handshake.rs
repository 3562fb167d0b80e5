//! The handshake: who a peer is, and that it holds the key it says it is.
//!
//! Either side sends a Hello at once and, having read the other's, a Proof: a signature that covers the other's nonce
//! (so it is fresh), the hash of its own Hello (so nothing in it can be swapped) and the other's key (so it cannot be
//! passed on to a third). Only then anything else is said.

use super::fault::PeerError;
use super::limits::PROTOCOL_VERSION;
use super::message::Hello;
use crate::encoding::encode;
use crate::values::{NetworkId, PublicKey, Signature, sha256};

/// Stands before what a Proof signs.
const TAG: &[u8] = b"tabcoin hello\0\0\0";
/// The number of Hello among the messages.
const HELLO: u8 = 0;

/// What a Proof signs: a 16-byte tag, the other side's nonce, SHA-256 of the own encoded Hello (without the message's
/// number), the other side's key.
pub fn proof_bytes(own: &Hello, other: &Hello) -> Vec<u8> {
    [TAG, &other.nonce, &sha256(&[&encode(own)]), other.key.as_bytes()].concat()
}

/// A Hello is of this version and this network, and not of this node itself.
pub(super) fn check_hello(hello: &Hello, network: NetworkId, own: &PublicKey) -> Result<(), PeerError> {
    if hello.network != network {
        return Err(PeerError::Network { expected: network, found: hello.network });
    }
    if hello.key == *own {
        return Err(PeerError::Oneself);
    }
    Ok(())
}

/// The Proof is the other side's.
pub(super) fn check_proof(own: &Hello, other: &Hello, signature: &Signature) -> Result<(), PeerError> {
    other.key.verify(&proof_bytes(other, own), signature).map_err(|_| PeerError::Proof { key: other.key })
}

/// The version is this one. It is read from the bytes alone, because the rest of another version's Hello may be anything.
pub(super) fn check_version(frame: &[u8]) -> Result<(), PeerError> {
    match frame {
        [HELLO, low, high, ..] => match u16::from_le_bytes([*low, *high]) {
            PROTOCOL_VERSION => Ok(()),
            found => Err(PeerError::Version { found }),
        },
        _ => Ok(()),
    }
}
