//! SHA-256 digests, each with the type of what it names.

use std::cmp::Ordering;

use borsh::{BorshDeserialize, BorshSerialize};
use sha2::{Digest, Sha256};

use crate::rules::receipt::{Receipt, Refusal};

/// SHA-256 (FIPS 180-4) of the parts, one after the other.
pub fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize().into()
}

/// Compares bytes of a hash as bytes are compared. Nearly all hashes differ in their first eight, and maps compare so
/// often that a call for each comparison would take most of the time.
#[inline]
pub(super) fn compare_digests(one: &[u8], other: &[u8]) -> Ordering {
    match (one.split_first_chunk::<8>(), other.split_first_chunk::<8>()) {
        (Some((one, rest_of_one)), Some((other, rest_of_other))) => {
            u64::from_be_bytes(*one).cmp(&u64::from_be_bytes(*other)).then_with(|| rest_of_one.cmp(rest_of_other))
        }
        _ => one.cmp(other),
    }
}

/// Text that is not a hash.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected 64 hex digits, found {found:?}")]
pub struct HashError {
    /// The text.
    pub found: String,
}

impl Refusal for HashError {
    fn receipt(&self) -> Receipt {
        Receipt::new("hash", "64 hex digits", format!("{:?}", self.found))
    }
}

macro_rules! digest_type {
    ($(#[$doc:meta])* $name:ident, reversed: $reversed:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Default, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
        pub struct $name([u8; 32]);

        impl Ord for $name {
            fn cmp(&self, other: &Self) -> Ordering {
                compare_digests(&self.0, &other.0)
            }
        }

        impl PartialOrd for $name {
            fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
                Some(self.cmp(other))
            }
        }

        impl $name {
            /// All zero.
            pub const ZERO: Self = Self([0; 32]);

            /// Takes the digest's bytes, in the order SHA-256 gives them.
            pub const fn from_bytes(bytes: [u8; 32]) -> Self {
                Self(bytes)
            }

            /// The digest's bytes, in the order SHA-256 gives them.
            pub const fn as_bytes(&self) -> &[u8; 32] {
                &self.0
            }

            /// The first and the last four digits of the text form: `7c1e…a40f`.
            pub fn short(&self) -> String {
                let text = self.to_string();
                format!("{}…{}", &text[..4], &text[60..])
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                let mut bytes = self.0;
                if $reversed {
                    bytes.reverse();
                }
                f.write_str(&hex::encode(bytes))
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }

        impl std::str::FromStr for $name {
            type Err = HashError;

            fn from_str(text: &str) -> Result<Self, HashError> {
                let mut bytes = [0; 32];
                hex::decode_to_slice(text, &mut bytes).map_err(|_| HashError { found: text.to_owned() })?;
                if $reversed {
                    bytes.reverse();
                }
                Ok(Self(bytes))
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <String as serde::Deserialize>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

digest_type! {
    /// Names a block: the SHA-256 of its 116-byte header.
    ///
    /// A block hash is read as a little-endian number and compared with a target, so its text form is that number's
    /// hex, most significant digit first (the digest's bytes reversed): hard-won hashes begin with zeros.
    BlockHash, reversed: true
}
digest_type! {
    /// Names a transaction: the SHA-256 of what it says, signature left out.
    TransactionId, reversed: false
}
digest_type! {
    /// The root over everything that a block commits to.
    MerkleRoot, reversed: false
}
digest_type! {
    /// Names a network: the hash of its genesis block, which commits to the network's parameters.
    NetworkId, reversed: true
}

#[cfg(test)]
mod tests {
    use super::*;

    /// NIST FIPS 180-4 example messages, and the long message of the SHA test vectors.
    #[test]
    fn sha256_agrees_with_the_nist_vectors() {
        let million = vec![b'a'; 1_000_000];
        let vectors: [(&[u8], &str); 4] = [
            (b"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            (b"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
            ),
            (&million, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"),
        ];
        for (message, digest) in vectors {
            assert_eq!(hex::encode(sha256(&[message])), digest);
            let (head, tail) = message.split_at(message.len() / 3);
            assert_eq!(hex::encode(sha256(&[head, tail])), digest, "in two parts");
        }
    }

    #[test]
    fn hashes_are_ordered_as_their_bytes_are() {
        let bytes = [[0; 32], [1; 32], [0xff; 32]].into_iter().flat_map(|bytes: [u8; 32]| {
            [0, 7, 8, 31].into_iter().map(move |at| std::array::from_fn(|byte| bytes[byte] ^ u8::from(byte == at)))
        });
        let all: Vec<[u8; 32]> = bytes.collect();
        for one in &all {
            for other in &all {
                let hash = BlockHash::from_bytes;
                assert_eq!(hash(*one).cmp(&hash(*other)), one.cmp(other), "{one:?} and {other:?}");
                assert_eq!(compare_digests(&one[..20], &other[..20]), one[..20].cmp(&other[..20]));
            }
        }
    }

    #[test]
    fn a_block_hash_reads_as_a_number_and_a_transaction_id_as_bytes() {
        let mut bytes = [0; 32];
        bytes[0] = 0xab;
        assert!(BlockHash::from_bytes(bytes).to_string().ends_with("00ab"));
        assert!(TransactionId::from_bytes(bytes).to_string().starts_with("ab00"));
        assert_eq!(TransactionId::from_bytes(bytes).short(), "ab00…0000");
    }

    #[test]
    fn text_of_the_wrong_length_or_alphabet_is_refused() {
        let text = BlockHash::from_bytes([7; 32]).to_string();
        assert_eq!(text.parse(), Ok(BlockHash::from_bytes([7; 32])));
        for bad in ["", "abc", &text[1..], &format!("{text}0"), &text.replace('7', "g")] {
            assert_eq!(bad.parse::<BlockHash>(), Err(HashError { found: bad.to_owned() }));
        }
    }
}
