//! What names a transaction, and the root over all that a block holds.

use proptest::prelude::*;
use shared::{Amount, Signature, Transaction, merkle_root};

use crate::wire;

proptest! {
    #![proptest_config(crate::config())]

    #[test]
    fn another_list_of_transactions_has_another_root(
        transactions in prop::collection::vec(wire::transactions(), 1..6),
        at: prop::sample::Index,
        other in wire::transactions(),
    ) {
        let (at, root) = (at.index(transactions.len()), merkle_root(&transactions));
        let changed = |change: &dyn Fn(&mut Vec<Transaction>)| {
            let mut list = transactions.clone();
            change(&mut list);
            list
        };
        let others = [
            changed(&|list| list[at] = other.clone()),
            changed(&|list| list.insert(at, other.clone())),
            changed(&|list| list.insert(at, list[at].clone())),
            changed(&|list| drop(list.remove(at))),
            changed(&|list| list.rotate_left(1)),
            changed(&|list| list.push(list[list.len() - 1].clone())),
        ];
        for list in others {
            prop_assert_eq!(merkle_root(&list) == root, list == transactions);
        }
    }

    #[test]
    fn a_payments_name_is_what_it_says_and_not_who_signed(signed in wire::payments(), signature: [u8; 64], other: u64) {
        let mut resigned = signed.clone();
        resigned.signature = Signature::from_bytes(signature);
        prop_assert_eq!(resigned.id(), signed.id());
        let mut payment = signed.payment.clone();
        payment.sequence = other;
        prop_assert_eq!(payment.id() == signed.id(), payment == signed.payment);
        let mut payment = signed.payment.clone();
        (payment.amount, payment.fee) = (payment.fee, payment.amount);
        prop_assert_eq!(payment.id() == signed.id(), payment.amount == payment.fee);
        let mut payment = signed.payment.clone();
        payment.amount = Amount::from_units(payment.amount.units() ^ 1 << (other % 64));
        prop_assert_ne!(payment.id(), signed.id());
    }

    #[test]
    fn a_blocks_root_commits_to_every_signature(block in wire::blocks(), flip in 0..64_usize) {
        let root = block.root();
        for at in 0..block.transactions.len() {
            let mut changed = block.clone();
            if let Transaction::Payment(signed) = &mut changed.transactions[at] {
                let mut bytes = *signed.signature.as_bytes();
                bytes[flip] ^= 1;
                signed.signature = Signature::from_bytes(bytes);
                prop_assert_ne!(changed.root(), root);
            }
        }
    }
}
