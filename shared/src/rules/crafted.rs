//! Payments whose signatures are valid or not for a reason that implementations of Ed25519 disagree about, for tests.

use curve25519_dalek::constants::EIGHT_TORSION;
use curve25519_dalek::edwards::EdwardsPoint;
use curve25519_dalek::scalar::Scalar;
use ruint::aliases::U256;
use sha2::{Digest, Sha512};

use crate::testing::{easy_params, key, payment};
use crate::values::{Amount, Payment, PublicKey, Signature, SignedPayment};

/// Each with the verdict of ZIP 215.
pub(crate) fn payments() -> Vec<(&'static str, SignedPayment, bool)> {
    let mut all = Vec::new();
    let small = small_order_encodings();
    for key in &small {
        for commitment in &small {
            let signed = signed_by(*key, 0, |_| (*commitment, [0; 32]));
            all.push(("key and commitment of small order, s = 0", signed, true));
        }
    }
    for (number, torsion) in EIGHT_TORSION.iter().enumerate() {
        let none = EIGHT_TORSION[0];
        for (name, of_key, of_commitment) in [
            ("a key with a torsion component", *torsion, none),
            ("a commitment with a torsion component", none, *torsion),
            ("both with the same torsion component", *torsion, *torsion),
            ("both with opposite torsion components", *torsion, -torsion),
        ] {
            all.push((name, with_torsion(number as u64, of_key, of_commitment), true));
        }
    }
    let good = |number| payment(easy_params().network(), number, 0, Amount::from_units(1), Amount::ZERO, 0);
    let changed = |change: fn(&mut [u8; 64])| {
        let signed = good(7);
        let mut bytes = *signed.signature.as_bytes();
        change(&mut bytes);
        SignedPayment { signature: Signature::from_bytes(bytes), ..signed }
    };
    let not_a_point = (0..=255).find(|byte| PublicKey::from_bytes([*byte; 32]).parse().is_err());
    let not_a_point = [not_a_point.expect("about half of all numbers are no point's y"); 32];
    all.extend([
        ("an ordinary signature", good(7), true),
        ("another ordinary signature", good(8), true),
        ("s plus the group's order", changed(add_order), false),
        ("another s", changed(|bytes| bytes[32] ^= 1), false),
        ("another commitment", changed(|bytes| bytes[..32].copy_from_slice(&key(8).public().as_bytes()[..])), false),
        ("all bits of s set", changed(|bytes| bytes[32..].fill(0xff)), false),
        ("a key that is no point", signed_by(not_a_point, 0, |_| (small[0], [0; 32])), false),
        ("a commitment that is no point", signed_by(small[0], 0, |_| (not_a_point, [0; 32])), false),
        ("a key of small order and s = 1", signed_by(small[0], 0, |_| (small[0], Scalar::ONE.to_bytes())), false),
    ]);
    all
}

fn signed_by(sender: [u8; 32], sequence: u64, sign: impl FnOnce(&[u8]) -> ([u8; 32], [u8; 32])) -> SignedPayment {
    let template = payment(easy_params().network(), 1, 0, Amount::from_units(1), Amount::ZERO, sequence).payment;
    let payment = Payment { sender: PublicKey::from_bytes(sender), ..template };
    let (commitment, s) = sign(&payment.signing_bytes());
    let mut signature = [0; 64];
    signature[..32].copy_from_slice(&commitment);
    signature[32..].copy_from_slice(&s);
    SignedPayment { payment, signature: Signature::from_bytes(signature) }
}

/// A signature by somebody who knows the secret scalar, and added points of small order where they cancel out only when
/// both sides are multiplied by eight.
fn with_torsion(number: u64, of_key: EdwardsPoint, of_commitment: EdwardsPoint) -> SignedPayment {
    let secret = Scalar::from_bytes_mod_order(key(number).to_bytes());
    let nonce = Scalar::from_bytes_mod_order(key(number + 1).to_bytes());
    let public = (EdwardsPoint::mul_base(&secret) + of_key).compress().to_bytes();
    let commitment = (EdwardsPoint::mul_base(&nonce) + of_commitment).compress().to_bytes();
    signed_by(public, number, |message| {
        let hash = Sha512::new().chain_update(commitment).chain_update(public).chain_update(message).finalize();
        let challenge = Scalar::from_bytes_mod_order_wide(&hash.into());
        (commitment, (nonce + challenge * secret).to_bytes())
    })
}

/// The same s as another number.
fn add_order(signature: &mut [u8; 64]) {
    let order = (U256::ONE << 252) + U256::from(27_742_317_777_372_353_535_851_937_790_883_648_493_u128);
    let s: U256 = U256::from_le_slice(&signature[32..]) + order;
    signature[32..].copy_from_slice(&s.to_le_bytes::<32>());
}

/// The 14 encodings of the 8-torsion: the eight points' own encodings, and those among them that can also be written with
/// y + p or with the sign of a zero x set.
pub(crate) fn small_order_encodings() -> Vec<[u8; 32]> {
    let p = (U256::ONE << 255) - U256::from(19);
    let order_8 = U256::from_le_bytes(EIGHT_TORSION[1].compress().to_bytes()) & (U256::MAX >> 1);
    let ys = [U256::ONE, p - U256::ONE, U256::ZERO, order_8, p - order_8];
    let mut encodings = Vec::new();
    for y in ys {
        for written in [y, y.wrapping_add(p)] {
            if written >> 255 != U256::ZERO || written < y {
                continue;
            }
            for sign in [U256::ZERO, U256::ONE << 255] {
                encodings.push((written | sign).to_le_bytes());
            }
        }
    }
    encodings
}
