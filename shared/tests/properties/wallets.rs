//! The wallet: a form never spends what is not there, and a history adds up to the balance.

use proptest::prelude::*;
use shared::state::Mempool;
use shared::state::wallet::{Field, Form, Funds, HistoryKind, draft, history};
use shared::testing::address;
use shared::{Amount, Refusal};

use crate::fixtures::{FORKS, RICH, SECRETS, empty, late, trivial_params};

proptest! {
    #![proptest_config(crate::config())]

    #[test]
    fn a_form_becomes_a_payment_within_the_funds_or_names_the_wrong_field(
        spendable in 0..20_000_000_u64,
        amount in "[0-9]{1,2}(\\.[0-9]{0,7})?|\\PC{0,6}",
        fee in "|0\\.[0-9]{1,7}|[0-9]{1,2}|\\PC{0,3}",
        memo in "[a-zé]{0,40}",
        to in 0..3_u64,
    ) {
        let params = trivial_params();
        let receiver = if to == 0 { "nobody".to_owned() } else { address(to).encode(&params.address_prefix) };
        let funds = Funds { spendable: Amount::from_units(spendable), next_sequence: 5 };
        match draft(&params, funds, &SECRETS[1], Form { receiver: &receiver, amount: &amount, fee: &fee, memo: &memo }) {
            Ok(signed) => {
                let payment = &signed.payment;
                let cost = payment.amount.checked_add(payment.fee);
                prop_assert!(cost.is_some_and(|cost| cost <= funds.spendable) && !payment.amount.is_zero());
                prop_assert_eq!(amount.parse(), Ok(payment.amount));
                prop_assert_eq!((payment.sequence, payment.network), (5, params.network()));
                prop_assert!(signed.verify().is_ok());
            }
            Err(errors) => {
                let is_wrong = |field| match field {
                    Field::Receiver => to == 0,
                    Field::Fee => !fee.trim().is_empty() && fee.parse::<Amount>().is_err(),
                    Field::Memo => memo.len() > 64,
                    // Whatever is too much together is the amount's fault.
                    Field::Amount => amount.parse::<Amount>().map_or(true, |amount| {
                        let fee = fee.parse::<Amount>().unwrap_or_default();
                        amount.is_zero() || amount.checked_add(fee).is_none_or(|cost| cost > funds.spendable)
                    }),
                };
                prop_assert!(!errors.is_empty() && errors.iter().all(|error| is_wrong(error.field)), "{:?}", errors);
                let fields: Vec<Field> = errors.iter().map(|error| error.field).collect();
                prop_assert!(fields.is_sorted(), "each at most once, in the form's order: {:?}", fields);
            }
        }
    }

    #[test]
    fn a_history_adds_up_to_the_balance(fork in 0..5_usize, length: prop::sample::Index, owner in 0..10_u64) {
        let blocks = &FORKS[fork];
        let mut chain = empty(&trivial_params());
        for block in &blocks[..=length.index(blocks.len())] {
            chain.insert_block(block.clone(), late(), &|_| false).map_err(|error| TestCaseError::fail(error.receipt().to_string()))?;
        }
        let who = address(owner);
        let mempool = Mempool::new(RICH.network());
        let (mut came, mut went) = (Amount::ZERO, Amount::ZERO);
        for entry in history(&chain, &mempool, &who) {
            let add = |sum: Amount, amount| sum.checked_add(amount).expect("little");
            match entry.kind {
                HistoryKind::Mined | HistoryKind::Received => came = add(came, entry.amount),
                HistoryKind::Sent => went = add(add(went, entry.amount), entry.fee),
                HistoryKind::ToSelf => went = add(went, entry.fee),
            }
            let place = entry.place.expect("nothing waits");
            prop_assert_eq!(entry.confirmations, chain.tip().height.as_u64() - place.height.as_u64() + 1);
        }
        prop_assert_eq!(came.checked_sub(went), Some(chain.ledger().account(&who).balance));
    }
}
