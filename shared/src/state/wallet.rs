//! The wallet: what an address has, what became of it, and a form's text made into a signed payment.
//!
//! It reads the chain and the mempool and changes neither; a drafted payment still has to be submitted.

use borsh::{BorshDeserialize, BorshSerialize};

use super::chain::Chain;
use super::ledger::Ledger;
use super::mempool::Mempool;
use crate::rules::receipt::{Receipt, Refusal};
use crate::rules::transaction::{self, PaymentError};
use crate::values::{
    Address, Amount, BlockHash, Height, Memo, Params, Payment, SecretKey, SignedPayment, Timestamp, Transaction,
    TransactionId,
};

/// What an address has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Balance {
    /// Confirmed by the active chain.
    pub confirmed: Amount,
    /// What can be sent now: confirmed less what is leaving.
    pub spendable: Amount,
    /// Waiting payments from the address, fees included.
    pub leaving: Amount,
    /// Waiting payments to the address.
    pub arriving: Amount,
}

impl Balance {
    /// What an address has now.
    pub fn of(address: &Address, ledger: &Ledger, mempool: &Mempool) -> Self {
        let (confirmed, leaving) = (ledger.account(address).balance, mempool.leaving(address));
        Self { confirmed, spendable: confirmed.saturating_sub(leaving), leaving, arriving: mempool.arriving(address) }
    }
}

/// What is needed to draft the next payment of an address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Funds {
    /// What can be sent now.
    pub spendable: Amount,
    /// The next payment's sequence number, after all that wait.
    pub next_sequence: u64,
}

impl Funds {
    /// What an address can spend now.
    pub fn of(address: &Address, ledger: &Ledger, mempool: &Mempool) -> Self {
        let spendable = ledger.account(address).balance.saturating_sub(mempool.leaving(address));
        Self { spendable, next_sequence: mempool.next_sequence(address, ledger) }
    }
}

/// The form, as it was typed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Form<'a> {
    /// The receiver's address.
    pub receiver: &'a str,
    /// Coins for the receiver.
    pub amount: &'a str,
    /// Coins for the miner; empty for none.
    pub fee: &'a str,
    /// A few words; may be empty.
    pub memo: &'a str,
}

/// A field of the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub enum Field {
    /// The receiver's address.
    Receiver,
    /// Coins for the receiver.
    Amount,
    /// Coins for the miner.
    Fee,
    /// The words.
    Memo,
}

/// What is wrong with a field.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct FieldError {
    /// Which.
    pub field: Field,
    /// Why.
    pub receipt: Receipt,
}

/// Makes a signed payment of a form, or says what is wrong with each field.
///
/// # Errors
/// One for each field that is refused; a payment that costs more than there is, is the amount's fault.
pub fn draft(params: &Params, funds: Funds, key: &SecretKey, form: Form<'_>) -> Result<SignedPayment, Vec<FieldError>> {
    let receiver = field(Field::Receiver, Address::decode(form.receiver, &params.address_prefix));
    let amount = field(Field::Amount, Amount::from_typed(form.amount)).and_then(|amount| {
        if amount.is_zero() { field(Field::Amount, Err(PaymentError::NoAmount)) } else { Ok(amount) }
    });
    let fee =
        if form.fee.trim().is_empty() { Ok(Amount::ZERO) } else { field(Field::Fee, Amount::from_typed(form.fee)) };
    let memo = field(Field::Memo, Memo::new(form.memo));
    let (receiver, amount, fee, memo) = match (receiver, amount, fee, memo) {
        (Ok(receiver), Ok(amount), Ok(fee), Ok(memo)) => (receiver, amount, fee, memo),
        (receiver, amount, fee, memo) => {
            return Err([receiver.err(), amount.err(), fee.err(), memo.err()].into_iter().flatten().collect());
        }
    };
    let payment = Payment {
        network: params.network(),
        sender: key.public(),
        receiver,
        amount,
        fee,
        sequence: funds.next_sequence,
        memo,
    };
    let affordable = transaction::cost(&payment).and_then(|cost| transaction::check_balance(cost, funds.spendable));
    field(Field::Amount, affordable).map_err(|error| vec![error])?;
    Ok(payment.sign(key))
}

fn field<T, E: Refusal>(field: Field, result: Result<T, E>) -> Result<T, FieldError> {
    result.map_err(|error| FieldError { field, receipt: error.receipt() })
}

/// One line of an address's history.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct HistoryEntry {
    /// The transaction.
    pub id: TransactionId,
    /// What it was for the address.
    pub kind: HistoryKind,
    /// Coins for the receiver; for a mined block, reward and fees.
    pub amount: Amount,
    /// The fee, where the address paid it.
    pub fee: Amount,
    /// The other side; `None` for a mined block.
    pub other: Option<Address>,
    /// The payment's words.
    pub memo: Memo,
    /// Where it stands; `None` while it waits.
    pub place: Option<Place>,
    /// How many blocks stand for it: 0 while it waits, 1 in the tip.
    pub confirmations: u64,
}

/// What a transaction was for an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum HistoryKind {
    /// The reward of a block.
    Mined,
    /// Coins came in.
    Received,
    /// Coins went out.
    Sent,
    /// It paid itself.
    ToSelf,
}

/// A block of the active chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Place {
    /// Its height.
    pub height: Height,
    /// Its hash.
    pub hash: BlockHash,
    /// Its time.
    pub timestamp: Timestamp,
}

/// An address's history, newest first: what waits, then what the active chain holds. Blocks are read as they are reached.
pub fn history<'a>(
    chain: &'a Chain,
    mempool: &'a Mempool,
    address: &'a Address,
) -> impl Iterator<Item = HistoryEntry> + use<'a> {
    let waiting = mempool.concerning(address);
    let waiting = waiting.into_iter().filter_map(|signed| payment_entry(signed, address, None, 0));
    let confirmed = chain.heights_of(address).rev().flat_map(|height| block_entries(chain, address, height));
    waiting.chain(confirmed)
}

fn block_entries(chain: &Chain, address: &Address, height: Height) -> Vec<HistoryEntry> {
    let hash = chain.hash_at(height).expect("the index names heights of the active chain");
    let block = chain.block(&hash).expect("an active block has a body");
    let place = Some(Place { height, hash, timestamp: block.header.timestamp });
    let confirmations = chain.tip().height.as_u64() - height.as_u64() + 1;
    let entries = block.transactions.iter().rev().filter_map(|transaction| match transaction {
        Transaction::Payment(signed) => payment_entry(signed, address, place, confirmations),
        Transaction::Reward(reward) => (reward.receiver == *address).then(|| HistoryEntry {
            id: transaction.id(),
            kind: HistoryKind::Mined,
            amount: reward.amount,
            fee: Amount::ZERO,
            other: None,
            memo: Memo::default(),
            place,
            confirmations,
        }),
    });
    entries.collect()
}

fn payment_entry(
    signed: &SignedPayment,
    address: &Address,
    place: Option<Place>,
    confirmations: u64,
) -> Option<HistoryEntry> {
    let payment = &signed.payment;
    let sender = payment.sender.address();
    let (kind, other, fee) = match (sender == *address, payment.receiver == *address) {
        (true, true) => (HistoryKind::ToSelf, sender, payment.fee),
        (true, false) => (HistoryKind::Sent, payment.receiver, payment.fee),
        (false, true) => (HistoryKind::Received, sender, Amount::ZERO),
        (false, false) => return None,
    };
    Some(HistoryEntry {
        id: signed.id(),
        kind,
        amount: payment.amount,
        fee,
        other: Some(other),
        memo: payment.memo.clone(),
        place,
        confirmations,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{ChainBuilder, address, key};

    /// Key 1 has mined three blocks and paid key 2 in the last; a payment each way waits.
    fn setting() -> (ChainBuilder, Chain, Mempool) {
        let mut builder = ChainBuilder::easy();
        builder.mine_many(1, 2);
        builder.mine(1, &[builder.pay(1, 2, Amount::from_coins(4), Amount::from_units(100_000))]);
        let chain = builder.chain();
        let mut mempool = Mempool::new(chain.network());
        for (from, to, coins) in [(1, 2, 5), (2, 1, 1), (1, 1, 2)] {
            let sequence = mempool.next_sequence(&address(from), chain.ledger());
            let (amount, fee) = (Amount::from_coins(coins), Amount::from_units(100_000));
            let signed = crate::testing::payment(chain.network(), from, to, amount, fee, sequence);
            mempool.insert(signed, chain.ledger()).expect("good");
        }
        (builder, chain, mempool)
    }

    /// Drafts a payment of 4 coins and a fee of 0.1, which is all there is, with other text in some fields.
    fn draft_with(texts: &[(Field, &str)]) -> Result<SignedPayment, Vec<(Field, String)>> {
        let params = crate::testing::easy_params();
        let receiver = address(2).encode(&params.address_prefix);
        let mut form = Form { receiver: &receiver, amount: "4", fee: "0.1", memo: "tea" };
        for (field, text) in texts {
            *match field {
                Field::Receiver => &mut form.receiver,
                Field::Amount => &mut form.amount,
                Field::Fee => &mut form.fee,
                Field::Memo => &mut form.memo,
            } = text;
        }
        let funds = Funds { spendable: Amount::from_units(4_100_000), next_sequence: 7 };
        draft(&params, funds, &key(1), form)
            .map_err(|errors| errors.into_iter().map(|error| (error.field, error.receipt.rule)).collect())
    }

    #[test]
    fn a_balance_is_split_into_what_can_be_sent_and_what_is_on_its_way() {
        let (_, chain, mempool) = setting();
        let balance = Balance::of(&address(1), chain.ledger(), &mempool);
        let units = Amount::from_units;
        assert_eq!(balance.confirmed, Amount::from_coins(26), "three rewards, a fee earned, 4.1 paid");
        assert_eq!((balance.leaving, balance.spendable), (units(7_200_000), units(18_800_000)));
        assert_eq!(balance.arriving, Amount::from_coins(3));
        let funds = Funds::of(&address(1), chain.ledger(), &mempool);
        assert_eq!(funds, Funds { spendable: balance.spendable, next_sequence: 3 });
        assert_eq!(Balance::of(&address(9), chain.ledger(), &mempool), Balance::default());
    }

    #[test]
    fn a_form_in_order_becomes_a_signed_payment_that_the_mempool_takes() {
        let (builder, chain, mut mempool) = setting();
        let funds = Funds::of(&address(1), chain.ledger(), &mempool);
        let receiver = address(2).encode(&builder.params().address_prefix);
        let all = funds.spendable.saturating_sub(Amount::from_units(100_000)).to_string();
        let form = Form { receiver: &receiver, amount: &all, fee: "0.1", memo: "the rest" };
        let signed = draft(builder.params(), funds, &key(1), form).expect("in order");
        assert!(mempool.insert(signed, chain.ledger()).is_ok());
        assert_eq!(Funds::of(&address(1), chain.ledger(), &mempool).spendable, Amount::ZERO);
    }

    #[test]
    fn each_field_is_refused_by_its_own_rule() {
        assert_eq!(draft_with(&[]).expect("in order").payment.sequence, 7);
        assert_eq!(draft_with(&[(Field::Fee, " ")]).expect("no fee").payment.fee, Amount::ZERO);
        let long = "x".repeat(65);
        for (field, text, rule) in [
            (Field::Receiver, "", "address"),
            (Field::Receiver, "tab1qqqq", "address"),
            (Field::Amount, "", "amount"),
            (Field::Amount, "0", "amount"),
            (Field::Amount, "-1", "amount"),
            (Field::Amount, "1.0000001", "amount"),
            (Field::Amount, "4.000001", "balance"),
            (Field::Amount, "18446744073709.551615", "amount"),
            (Field::Fee, "a little", "amount"),
            (Field::Memo, &long, "memo"),
        ] {
            assert_eq!(draft_with(&[(field, text)]), Err(vec![(field, rule.to_owned())]), "{text:?}");
        }
    }

    #[test]
    fn all_wrong_fields_are_named_at_once() {
        let errors = draft_with(&[(Field::Receiver, "nobody"), (Field::Amount, "0"), (Field::Fee, "x")]);
        let fields: Vec<_> = errors.expect_err("three").into_iter().map(|(field, _)| field).collect();
        assert_eq!(fields, [Field::Receiver, Field::Amount, Field::Fee]);
    }

    #[test]
    fn a_history_tells_what_waits_and_then_the_chain_from_the_top() {
        let (_, chain, mempool) = setting();
        let told = |number: u64| -> Vec<_> {
            history(&chain, &mempool, &address(number))
                .map(|entry| (entry.kind, entry.amount.to_string(), entry.fee.to_string(), entry.confirmations))
                .collect()
        };
        let entry =
            |kind, amount: &str, fee: &str, confirmations| (kind, amount.to_owned(), fee.to_owned(), confirmations);
        assert_eq!(
            told(1),
            [
                entry(HistoryKind::ToSelf, "2", "0.1", 0),
                entry(HistoryKind::Received, "1", "0", 0),
                entry(HistoryKind::Sent, "5", "0.1", 0),
                entry(HistoryKind::Sent, "4", "0.1", 1),
                entry(HistoryKind::Mined, "10.1", "0", 1),
                entry(HistoryKind::Mined, "10", "0", 2),
                entry(HistoryKind::Mined, "10", "0", 3),
            ]
        );
        assert_eq!(told(2).len(), 3);
        assert_eq!(told(9), []);
        let newest = history(&chain, &mempool, &address(2)).nth(2).and_then(|entry| entry.place);
        assert_eq!(newest.map(|place| (place.height, place.hash)), Some((chain.tip().height, chain.tip().hash)));
    }
}
