//! Signatures: one verdict, singly and in a batch, on honest input and on crafted.

use std::sync::LazyLock;

use proptest::prelude::*;
use ruint::aliases::U256;
use shared::{PublicKey, SecretKey, Signature, verify_batch};

use crate::fixtures::SECRETS;

type Signed = (PublicKey, Signature, Vec<u8>);

/// The order of the base point, 2²⁵² + 27742317777372353535851937790883648493.
static ORDER: LazyLock<U256> =
    LazyLock::new(|| (U256::ONE << 252) + U256::from(27_742_317_777_372_353_535_851_937_790_883_648_493_u128));

/// The encodings, canonical or not, of the points of small order, and some that are no points.
static ODD_POINTS: LazyLock<Vec<[u8; 32]>> = LazyLock::new(|| {
    let p = (U256::ONE << 255) - U256::from(19);
    let order_8 = U256::from_le_bytes(
        <[u8; 32]>::try_from(
            hex::decode("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05").expect("hex"),
        )
        .expect("32 bytes"),
    );
    let ys =
        [U256::ONE, p - U256::ONE, U256::ZERO, order_8, p - order_8, U256::from(2), U256::from(7), p, U256::MAX >> 1];
    let mut encodings = Vec::new();
    for y in ys {
        for written in [y, y.wrapping_add(p) & (U256::MAX >> 1)] {
            for sign in [U256::ZERO, U256::ONE << 255] {
                encodings.push((written | sign).to_le_bytes());
            }
        }
    }
    encodings
});

/// Honest signatures, made once.
static HONEST: LazyLock<Vec<Signed>> = LazyLock::new(|| {
    let sign = |(number, key): (usize, &SecretKey)| {
        let message = vec![number as u8; number * 9];
        (key.public(), key.sign(&message), message)
    };
    SECRETS.iter().enumerate().map(sign).collect()
});

/// A signature that somebody took pains with: odd points for the key and the commitment, and a scalar that is zero,
/// reduced or not, or somebody else's.
fn crafted() -> impl Strategy<Value = Signed> {
    let point = || any::<prop::sample::Index>().prop_map(|at| *at.get(&ODD_POINTS));
    let honest = || any::<prop::sample::Index>().prop_map(|at| at.get(&HONEST).clone());
    let scalar = prop_oneof![
        Just([0; 32]),
        Just(ORDER.to_le_bytes()),
        Just((*ORDER - U256::ONE).to_le_bytes()),
        any::<[u8; 32]>(),
    ];
    let made_up = (point(), point(), scalar, prop::collection::vec(any::<u8>(), 0..4)).prop_map(
        |(key, commitment, s, message)| {
            let signature = [commitment, s].concat().try_into().expect("64 bytes");
            (PublicKey::from_bytes(key), Signature::from_bytes(signature), message)
        },
    );
    // An honest one, changed: not at all, in a bit, by the order of the group, or with an odd point for a part.
    let changed = (honest(), 0..5_u8, any::<prop::sample::Index>(), point()).prop_map(
        |((key, signature, message), how, at, point)| {
            let mut bytes = *signature.as_bytes();
            let mut key = key;
            match how {
                0 => {}
                1 => {
                    let bit = at.index(512);
                    bytes[bit / 8] ^= 1 << (bit % 8);
                }
                2 => {
                    let s = U256::from_le_bytes(<[u8; 32]>::try_from(&bytes[32..]).expect("32 bytes"));
                    bytes[32..].copy_from_slice(&s.wrapping_add(*ORDER).to_le_bytes::<32>());
                }
                3 => bytes[..32].copy_from_slice(&point),
                _ => key = PublicKey::from_bytes(point),
            }
            (key, Signature::from_bytes(bytes), message)
        },
    );
    prop_oneof![made_up, changed]
}

proptest! {
    #![proptest_config(crate::config())]

    #[test]
    fn single_and_batch_verdicts_agree_on_crafted_input(signed in prop::collection::vec(crafted(), 1..4)) {
        let singly = signed.iter().all(|(key, signature, message)| key.verify(message, signature).is_ok());
        prop_assert_eq!(verify_batch(&signed), singly);
    }

    #[test]
    fn what_a_key_signs_it_has_signed_and_nothing_near_it(number: prop::sample::Index, message in prop::collection::vec(any::<u8>(), 1..40), bit: prop::sample::Index) {
        let key = number.get(&SECRETS);
        let signature = key.sign(&message);
        prop_assert!(key.public().verify(&message, &signature).is_ok());
        let mut other = message.clone();
        let at = bit.index(8 * other.len());
        other[at / 8] ^= 1 << (at % 8);
        prop_assert!(key.public().verify(&other, &signature).is_err());
        let mut other = *signature.as_bytes();
        let at = bit.index(512);
        other[at / 8] ^= 1 << (at % 8);
        prop_assert!(key.public().verify(&message, &Signature::from_bytes(other)).is_err());
    }

    #[test]
    fn one_forgery_anywhere_fails_a_batch(count in 1..6_usize, at: prop::sample::Index, bit in 0..512_usize) {
        let mut batch = HONEST[..count].to_vec();
        prop_assert!(verify_batch(&batch));
        let (_, signature, _) = &mut batch[at.index(count)];
        let mut bytes = *signature.as_bytes();
        bytes[bit / 8] ^= 1 << (bit % 8);
        *signature = Signature::from_bytes(bytes);
        prop_assert!(!verify_batch(&batch));
    }
}
