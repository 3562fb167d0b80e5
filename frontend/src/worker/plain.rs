//! The core's values as the plain data that pages draw. What others wrote has its hidden characters as escapes there.

use shared::state::chain::{Chain, Tip};
use shared::state::wallet;
use shared::{
    Address, AddressPrefix, BlockHash, CompactTarget, Header, Seal, SignedPayment, Target, Transaction, TransactionId,
    visible,
};

use crate::node::view::{BlockRef, HistoryEntry, PaymentView, SealView, TipView};

/// The seal of a block.
pub fn seal(hash: &BlockHash) -> SealView {
    Seal::of(hash).into()
}

/// The end of a chain.
pub fn tip(tip: &Tip) -> TipView {
    TipView {
        hash: tip.hash,
        seal: seal(&tip.hash),
        height: tip.height.as_u64(),
        work: tip.work.to_string(),
        timestamp_ms: tip.timestamp.as_ms(),
    }
}

/// Names a block by its header.
pub fn block_ref(hash: BlockHash, header: &Header) -> BlockRef {
    BlockRef { height: header.height.as_u64(), hash, timestamp_ms: header.timestamp.as_ms() }
}

/// Names the block at the end of a chain.
pub fn tip_ref(tip: &Tip) -> BlockRef {
    BlockRef { height: tip.height.as_u64(), hash: tip.hash, timestamp_ms: tip.timestamp.as_ms() }
}

/// A payment.
pub fn payment(signed: &SignedPayment, prefix: &AddressPrefix) -> PaymentView {
    let payment = &signed.payment;
    PaymentView {
        id: signed.id(),
        sender: payment.sender.address().encode(prefix),
        receiver: payment.receiver.encode(prefix),
        amount: payment.amount,
        fee: payment.fee,
        sequence: payment.sequence,
        memo: visible(payment.memo.as_str()).into_owned(),
        bytes: signed.encoded_len() as u32,
    }
}

/// A line of an address's history.
pub fn history_entry(entry: &wallet::HistoryEntry, prefix: &AddressPrefix) -> HistoryEntry {
    HistoryEntry {
        id: entry.id,
        kind: entry.kind,
        amount: entry.amount,
        fee: entry.fee,
        other: entry.other.map_or_else(String::new, |other| other.encode(prefix)),
        memo: visible(entry.memo.as_str()).into_owned(),
        block: entry.place.map(|place| BlockRef {
            height: place.height.as_u64(),
            hash: place.hash,
            timestamp_ms: place.timestamp.as_ms(),
        }),
        confirmations: entry.confirmations,
    }
}

/// How many blocks of the active chain stand for a block of it: 1 for the tip.
pub fn confirmations(chain: &Chain, height: u64) -> u64 {
    (chain.tip().height.as_u64() + 1).saturating_sub(height)
}

/// A target as 64 hex digits, most significant first; empty where the four bytes are no target.
pub fn target_hex(target: CompactTarget) -> String {
    Target::from_compact(target).map_or_else(|_| String::new(), |target| hex::encode(target.to_be_bytes()))
}

/// The address that a block's reward went to, and the reward with fees; none for the genesis.
pub fn reward(transactions: &[Transaction]) -> Option<(TransactionId, Address, shared::Amount)> {
    match transactions.first() {
        Some(transaction @ Transaction::Reward(reward)) => Some((transaction.id(), reward.receiver, reward.amount)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use shared::testing::{address, easy_params, key};
    use shared::{Amount, Memo, Payment};

    #[test]
    fn a_memo_cannot_turn_the_text_around_it() {
        let payment = Payment {
            network: easy_params().network(),
            sender: key(1).public(),
            receiver: address(2),
            amount: Amount::from_coins(1),
            fee: Amount::ZERO,
            sequence: 0,
            memo: Memo::new("tea\n\u{202e}eert").expect("short"),
        };
        let view = super::payment(&payment.sign(&key(1)), &easy_params().address_prefix);
        assert_eq!(view.memo, "tea\\n\\u{202e}eert");
    }
}
