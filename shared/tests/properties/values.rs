//! Hashes, times, seals and parameters.

use proptest::prelude::*;
use shared::{
    BlockHash, CompactTarget, ExtraNonce, MerkleRoot, NetworkId, Params, SEAL_COLOURS, Seal, Timestamp, TransactionId,
    decode, encode,
};

use crate::wire;

proptest! {
    #![proptest_config(crate::config())]

    #[test]
    fn a_hash_is_read_as_it_is_written(bytes: [u8; 32], text in "[0-9a-fA-F]{63,65}|[0-9a-fé]{62,64}") {
        let hash = BlockHash::from_bytes(bytes);
        prop_assert_eq!(hash.to_string().parse(), Ok(hash));
        prop_assert_eq!(serde_json::from_str::<BlockHash>(&serde_json::to_string(&hash).expect("text")).ok(), Some(hash));
        prop_assert_eq!(NetworkId::from_bytes(bytes).to_string(), hash.to_string());
        let plain = hex::encode(bytes);
        prop_assert_eq!(TransactionId::from_bytes(bytes).to_string(), plain.clone());
        prop_assert_eq!(plain.parse(), Ok(MerkleRoot::from_bytes(bytes)));
        prop_assert_eq!(text.parse::<BlockHash>().is_ok(), text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit()));
    }

    #[test]
    fn times_are_written_in_their_order(a in 0..253_402_300_800_000_u64, b in 0..253_402_300_800_000_u64) {
        let (one, other) = (Timestamp::from_ms(a), Timestamp::from_ms(b));
        // Whole seconds leave out the fraction, which sorts before a point.
        prop_assert_eq!(one.cmp(&other), one.to_text().cmp(&other.to_text()));
        prop_assert_eq!(one.signed_ms_since(other), -other.signed_ms_since(one));
        prop_assert_eq!(one.ms_since(other) as i64, one.signed_ms_since(other).max(0));
        prop_assert_eq!(other.plus_ms(one.ms_since(other)), one.max(other));
    }

    #[test]
    fn any_time_has_a_text_and_none_overflows(ms: u64, more: u64, other: u64) {
        let time = Timestamp::from_ms(ms);
        prop_assert!(time.plus_ms(more) >= time);
        prop_assert!(time.to_text().len() >= "1970-01-01 00:00:00".len());
        let difference = i128::from(ms) - i128::from(other);
        let expected = difference.clamp(i64::MIN.into(), i64::MAX.into());
        prop_assert_eq!(i128::from(time.signed_ms_since(Timestamp::from_ms(other))), expected);
    }

    #[test]
    fn a_seal_is_a_picture_of_the_first_nine_bytes(bytes: [u8; 32], other: [u8; 32]) {
        let seal = Seal::of(&BlockHash::from_bytes(bytes));
        prop_assert!(seal.cells.iter().all(|cell| *cell < SEAL_COLOURS));
        let mut alike = other;
        alike[..9].copy_from_slice(&bytes[..9]);
        prop_assert_eq!(Seal::of(&BlockHash::from_bytes(alike)), seal);
    }

    #[test]
    fn an_extra_nonce_counts_on_without_a_gap(bytes: [u8; 12], a: u64, b: u64) {
        let nonce = ExtraNonce(bytes);
        prop_assert_eq!(nonce.plus(a).plus(b), nonce.plus(b).plus(a));
        prop_assert_eq!(nonce.plus(a) == nonce.plus(b), a == b);
    }

    #[test]
    fn parameters_come_back_from_bytes_and_json_and_name_their_own_network(params in wire::params(), units in 1..1000_u64) {
        prop_assert_eq!(decode::<Params>(&encode(&params)), Ok(params.clone()));
        let json = serde_json::to_string(&params).expect("plain values");
        prop_assert_eq!(serde_json::from_str::<Params>(&json).expect("as it was written"), params.clone());
        let others = [
            Params { interval_ms: params.interval_ms.wrapping_add(units), ..params.clone() },
            Params { half_life_ms: params.half_life_ms.wrapping_sub(units), ..params.clone() },
            Params { target_limit: CompactTarget::from_bits(params.target_limit.bits() ^ units as u32), ..params.clone() },
        ];
        for other in others {
            prop_assert_ne!(other.network(), params.network());
        }
    }

    #[test]
    fn parameters_that_are_checked_never_panic(params in wire::params(), solve_ms: i64) {
        if params.check().is_ok() {
            let target = params.target_limit();
            prop_assert!(shared::Target::next(target, solve_ms, &params) <= target);
            let (genesis, network) = (params.genesis().hash(), params.network());
            prop_assert_eq!(genesis.as_bytes(), network.as_bytes());
        }
    }
}
