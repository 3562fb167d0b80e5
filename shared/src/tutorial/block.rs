//! A sealed block as the tutorial's clients read it: its five fields first, what else there is after them.
//!
//! Amounts are exact decimal numbers of coins, the proof is an integer. Where a client that reads numbers in floating
//! point would round them, they are text.

use serde::Serialize;
use serde::ser::Serializer;
use serde_json::value::RawValue;

use crate::values::{AddressPrefix, Amount, Block, Height, Proof, SignedPayment, Transaction, json_integer};

/// How many digits a decimal number may have for 64-bit floating point to give each of them back (C's `DBL_DIG`).
const DIGITS_MAX: usize = 15;

/// The tutorial counts its first block as 1.
pub(super) fn index(height: Height) -> u64 {
    height.as_u64().saturating_add(1)
}

/// A block's JSON.
#[derive(Serialize)]
pub(super) struct BlockJson {
    index: u64,
    timestamp: String,
    #[serde(serialize_with = "proof")]
    proof: Proof,
    previous_hash: String,
    transactions: Vec<TransactionJson>,
    hash: String,
    height: Height,
    version: u32,
    timestamp_ms: u64,
    extra_nonce: String,
    root: String,
    target: u32,
}

impl BlockJson {
    pub(super) fn new(block: &Block, prefix: &AddressPrefix) -> Self {
        let header = &block.header;
        let transactions = block.transactions.iter().map(|transaction| TransactionJson::new(transaction, prefix));
        Self {
            index: index(header.height),
            timestamp: header.timestamp.to_text(),
            proof: header.proof,
            previous_hash: header.previous_hash.to_string(),
            transactions: transactions.collect(),
            hash: header.hash().to_string(),
            height: header.height,
            version: header.version,
            timestamp_ms: header.timestamp.as_ms(),
            extra_nonce: hex::encode(header.extra_nonce.0),
            root: header.root.to_string(),
            target: header.target.bits(),
        }
    }
}

/// A transaction's JSON.
#[derive(Serialize)]
pub(super) struct TransactionJson {
    /// Nobody sends a reward.
    sender: Option<String>,
    receiver: String,
    #[serde(serialize_with = "coins")]
    amount: Amount,
    #[serde(rename = "type")]
    kind: &'static str,
    id: String,
    #[serde(flatten)]
    payment: Option<PaymentJson>,
}

/// What only a payment has.
#[derive(Serialize)]
struct PaymentJson {
    #[serde(serialize_with = "coins")]
    fee: Amount,
    sequence: u64,
    memo: String,
    public_key: String,
    signature: String,
}

impl TransactionJson {
    fn new(transaction: &Transaction, prefix: &AddressPrefix) -> Self {
        match transaction {
            Transaction::Payment(signed) => Self::payment(signed, prefix),
            Transaction::Reward(reward) => Self {
                sender: None,
                receiver: reward.receiver.encode(prefix),
                amount: reward.amount,
                kind: "reward",
                id: transaction.id().to_string(),
                payment: None,
            },
        }
    }

    pub(super) fn payment(signed: &SignedPayment, prefix: &AddressPrefix) -> Self {
        let payment = &signed.payment;
        Self {
            sender: Some(payment.sender.address().encode(prefix)),
            receiver: payment.receiver.encode(prefix),
            amount: payment.amount,
            kind: "payment",
            id: signed.id().to_string(),
            payment: Some(PaymentJson {
                fee: payment.fee,
                sequence: payment.sequence,
                memo: payment.memo.as_str().to_owned(),
                public_key: payment.sender.to_string(),
                signature: signed.signature.to_string(),
            }),
        }
    }
}

/// An amount of coins, every digit of it: a number, or its text where it has more than [`DIGITS_MAX`] digits.
fn coins<S: Serializer>(amount: &Amount, serializer: S) -> Result<S::Ok, S::Error> {
    let text = amount.to_string();
    if amount.units().to_string().trim_end_matches('0').len() > DIGITS_MAX {
        return text.serialize(serializer);
    }
    let number = RawValue::from_string(text).expect("digits and a point are a JSON number");
    number.serialize(serializer)
}

fn proof<S: Serializer>(proof: &Proof, serializer: S) -> Result<S::Ok, S::Error> {
    json_integer::serialize(proof.0, serializer)
}

/// One block's JSON, of a network with this address prefix.
pub fn block_json(block: &Block, prefix: &AddressPrefix) -> String {
    text(&BlockJson::new(block, prefix))
}

pub(super) fn text(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("these types have text keys and no values that JSON lacks")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::ChainBuilder;
    use crate::values::Proof;

    #[test]
    fn the_tutorials_fields_come_first_and_in_its_order() {
        let mut builder = ChainBuilder::easy();
        builder.mine(1, &[]);
        let payment = builder.pay(1, 2, Amount::from_units(1_000_001), Amount::from_units(100_000));
        let block = builder.mine(1, &[payment]);
        let json = block_json(&block, &builder.params().address_prefix);
        let order = ["\"index\":3,", "\"timestamp\":\"2026-", "\"proof\":", "\"previous_hash\":", "\"transactions\":["];
        let places: Vec<usize> = order.iter().map(|key| json.find(key).expect(key)).collect();
        assert!(places.is_sorted(), "{json}");
        assert!(json.starts_with("{\"index\":3,\"timestamp\":\""), "{json}");
        let reward = json.find("{\"sender\":null,\"receiver\":\"tab1").expect("the reward first");
        let payment = json.find("{\"sender\":\"tab1").expect("then the payment");
        assert!(reward < payment);
        assert!(json.contains("\"amount\":10.1,\"type\":\"reward\""), "{json}");
        assert!(json.contains("\"amount\":1.000001,\"type\":\"payment\""), "{json}");
        assert!(json.contains("\"fee\":0.1,"), "{json}");
    }

    #[test]
    fn a_proof_is_a_number_and_text_where_a_float_would_round_it() {
        let mut block = ChainBuilder::easy().mine(1, &[]);
        for (proof, json) in [
            (533, "533".to_owned()),
            ((1 << 53) - 1, "9007199254740991".to_owned()),
            (1 << 53, "\"9007199254740992\"".to_owned()),
            (u128::MAX, format!("\"{}\"", u128::MAX)),
        ] {
            block.header.proof = Proof(proof);
            let block = block_json(&block, &crate::testing::easy_params().address_prefix);
            assert!(block.contains(&format!("\"proof\":{json},")), "{block}");
        }
    }

    #[test]
    fn an_amount_is_a_number_of_coins_and_text_where_a_float_would_round_it() {
        let mut block = ChainBuilder::easy().mine(1, &[]);
        for (units, json) in [
            (1, "0.000001"),
            (10_000_000, "10"),
            (999_999_999_999_999, "999999999.999999"),
            (1_000_000_000_000_001, "\"1000000000.000001\""),
            // Large, and of few digits.
            (9_100_000_000_000_000_000, "9100000000000"),
            (u64::MAX, "\"18446744073709.551615\""),
        ] {
            let Transaction::Reward(reward) = &mut block.transactions[0] else { panic!("the reward is first") };
            reward.amount = Amount::from_units(units);
            let block = block_json(&block, &crate::testing::easy_params().address_prefix);
            assert!(block.contains(&format!("\"amount\":{json},")), "{block}");
        }
    }
}
