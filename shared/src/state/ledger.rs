//! The ledger: every account's balance and next sequence number, as the active chain leaves them.
//!
//! A block is applied whole or not at all; what it changed comes back as an [`Undo`], which takes it away again. The
//! ledger asks the rules that need an account. Everything else about a block is checked before it comes here.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::convert::Infallible;

use crate::rules::block::{self, BlockError};
use crate::rules::transaction::{self, PaymentError};
use crate::values::{Address, Amount, Block, Payment, Transaction};

/// What belongs to an address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// The coins it can spend.
    pub balance: Amount,
    /// The sequence number that its next payment must have: how many payments it has made.
    pub next_sequence: u64,
}

/// What a block changed: each account as it was before, by address, and the supply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undo {
    accounts: Box<[(Address, Account)]>,
    supply: Amount,
}

impl Undo {
    /// An account as it was before the block, if the block touched it.
    pub(super) fn account_before(&self, address: &Address) -> Option<Account> {
        self.accounts.binary_search_by_key(address, |(address, _)| *address).ok().map(|at| self.accounts[at].1)
    }

    /// Everybody that the block pays to or takes from, rising.
    pub(super) fn addresses(&self) -> impl Iterator<Item = Address> {
        self.accounts.iter().map(|(address, _)| *address)
    }

    /// The supply as it was before the block.
    pub(super) fn supply_before(&self) -> Amount {
        self.supply
    }
}

/// Accounts that a block can be applied to: the ledger, or a view of what it would be on another branch.
pub(super) trait Accounts {
    /// The account of an address, empty where there is none.
    fn account(&self, address: &Address) -> Account;

    /// Writes an account.
    fn write(&mut self, address: Address, account: Account);

    /// Changes an account, if the change can be made, and gives it as it was before.
    fn change<E>(
        &mut self,
        address: Address,
        change: impl FnOnce(&mut Account) -> Result<(), E>,
    ) -> Result<Account, E> {
        let before = self.account(&address);
        let mut account = before;
        change(&mut account)?;
        self.write(address, account);
        Ok(before)
    }

    /// The coins there are.
    fn supply(&self) -> Amount;

    /// Writes the supply.
    fn set_supply(&mut self, supply: Amount);

    /// Applies a block whose form is checked: its payments in order, then its reward. So a payment may spend what an
    /// earlier payment of the same block brought, and a reward is spent from the next block on. `senders` are those of
    /// the payments, in order.
    fn apply_block(&mut self, block: &Block, senders: &[Address], reward: Amount) -> Result<Undo, BlockError> {
        let supply = self.supply();
        let grown = supply.checked_add(reward).ok_or(BlockError::SupplyOverflow { supply, reward })?;
        let mut before = Vec::with_capacity(2 * senders.len() + 1);
        for (signed, sender) in block::payments(block).zip(senders) {
            if let Err(error) = self.apply_payment(&signed.payment, *sender, &mut before) {
                before.into_iter().rev().for_each(|(address, account)| self.write(address, account));
                return Err(BlockError::Payment { id: signed.id(), error });
            }
        }
        for transaction in &block.transactions {
            if let Transaction::Reward(reward) = transaction {
                self.credit(reward.receiver, reward.amount, &mut before);
            }
        }
        self.set_supply(grown);
        // The sort keeps the order of equals, so what is left of each account is how it was before the first change.
        before.sort_by_key(|(address, _)| *address);
        before.dedup_by_key(|(address, _)| *address);
        Ok(Undo { accounts: before.into(), supply })
    }

    /// Applies one payment, noting in `before` how each account was before each change.
    fn apply_payment(
        &mut self,
        payment: &Payment,
        sender: Address,
        before: &mut Vec<(Address, Account)>,
    ) -> Result<(), PaymentError> {
        let cost = transaction::cost(payment)?;
        let account = self.change(sender, |account| {
            transaction::check_sequence(payment, account.next_sequence)?;
            transaction::check_balance(cost, account.balance)?;
            account.balance = account.balance.saturating_sub(cost);
            account.next_sequence = account.next_sequence.saturating_add(1);
            Ok(())
        })?;
        before.push((sender, account));
        // The sender is changed before the receiver is: they may be one.
        self.credit(payment.receiver, payment.amount, before);
        Ok(())
    }

    /// Adds to an account.
    fn credit(&mut self, receiver: Address, amount: Amount, before: &mut Vec<(Address, Account)>) {
        let Ok(account) = self.change(receiver, |account| {
            let balance = account.balance.checked_add(amount);
            account.balance = balance.expect("all balances together are at most the supply");
            Ok::<(), Infallible>(())
        });
        before.push((receiver, account));
    }
}

/// All accounts that are not empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    accounts: BTreeMap<Address, Account>,
    supply: Amount,
}

impl Ledger {
    /// The account of an address; an empty one where nothing was ever paid to it.
    pub fn account(&self, address: &Address) -> Account {
        self.accounts.get(address).copied().unwrap_or_default()
    }

    /// All accounts that are not empty, in the order of their addresses.
    pub fn accounts(&self) -> impl Iterator<Item = (&Address, &Account)> {
        self.accounts.iter()
    }

    /// The coins there are: one reward for each block after the genesis.
    pub fn supply(&self) -> Amount {
        self.supply
    }

    /// Applies a block whose form is checked: its payments in order, then its reward. So a payment may spend what an
    /// earlier payment of the same block brought, and a reward is spent from the next block on.
    ///
    /// # Errors
    /// When a payment is out of sequence or its sender has too little. The ledger is then as it was.
    pub fn apply(&mut self, block: &Block, reward: Amount) -> Result<Undo, BlockError> {
        let senders: Vec<Address> = block::payments(block).map(|signed| signed.payment.sender.address()).collect();
        self.apply_block(block, &senders, reward)
    }

    /// Takes away the block that was applied last.
    pub fn revert(&mut self, undo: &Undo) {
        for (address, account) in &undo.accounts {
            self.write(*address, *account);
        }
        self.supply = undo.supply;
    }
}

impl Accounts for Ledger {
    fn account(&self, address: &Address) -> Account {
        self.account(address)
    }

    /// An empty account takes no place.
    fn write(&mut self, address: Address, account: Account) {
        if account == Account::default() {
            self.accounts.remove(&address);
        } else {
            self.accounts.insert(address, account);
        }
    }

    /// The same in one search.
    fn change<E>(
        &mut self,
        address: Address,
        change: impl FnOnce(&mut Account) -> Result<(), E>,
    ) -> Result<Account, E> {
        let entry = self.accounts.entry(address);
        let before = if let Entry::Occupied(entry) = &entry { *entry.get() } else { Account::default() };
        let mut account = before;
        change(&mut account)?;
        match entry {
            Entry::Occupied(entry) if account == Account::default() => drop(entry.remove()),
            Entry::Occupied(mut entry) => *entry.get_mut() = account,
            Entry::Vacant(_) if account == Account::default() => {}
            Entry::Vacant(entry) => drop(entry.insert(account)),
        }
        Ok(before)
    }

    fn supply(&self) -> Amount {
        self.supply
    }

    fn set_supply(&mut self, supply: Amount) {
        self.supply = supply;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{ChainBuilder, address, payment};
    use crate::values::{SignedPayment, TransactionId};
    use proptest::prelude::*;

    const FEE: Amount = Amount::from_units(100_000);

    fn coins(coins: u64) -> Amount {
        Amount::from_coins(coins)
    }

    /// A ledger in which key 1 has 10 coins.
    fn builder() -> ChainBuilder {
        let mut builder = ChainBuilder::easy();
        builder.mine(1, &[]);
        builder
    }

    /// Applies a block that key 9 mines on top of `builder`'s.
    fn apply(builder: &ChainBuilder, payments: &[SignedPayment]) -> Result<Ledger, BlockError> {
        let mut ledger = builder.ledger().clone();
        let result = ledger.apply(&builder.draft(9, payments), builder.params().reward);
        if result.is_err() {
            assert_eq!(&ledger, builder.ledger(), "a refused block leaves no trace");
        }
        result.map(|_| ledger)
    }

    fn refusal(id: TransactionId, error: PaymentError) -> Result<Ledger, BlockError> {
        Err(BlockError::Payment { id, error })
    }

    #[test]
    fn a_payment_moves_the_amount_to_its_receiver_and_the_fee_to_the_miner() {
        let builder = builder();
        let ledger = apply(&builder, &[builder.pay(1, 2, coins(4), FEE)]).expect("paid");
        assert_eq!(ledger.account(&address(1)), Account { balance: Amount::from_units(5_900_000), next_sequence: 1 });
        assert_eq!(ledger.account(&address(2)), Account { balance: coins(4), next_sequence: 0 });
        assert_eq!(ledger.account(&address(9)), Account { balance: Amount::from_units(10_100_000), next_sequence: 0 });
        assert_eq!(ledger.supply(), coins(20));
    }

    #[test]
    fn a_sender_may_pay_itself() {
        let builder = builder();
        let ledger = apply(&builder, &[builder.pay(1, 1, coins(9), FEE)]).expect("paid");
        assert_eq!(ledger.account(&address(1)), Account { balance: Amount::from_units(9_900_000), next_sequence: 1 });
    }

    #[test]
    fn everything_may_be_spent_and_one_unit_more_may_not() {
        let builder = builder();
        let all = builder.pay(1, 2, coins(10).saturating_sub(FEE), FEE);
        let ledger = apply(&builder, &[all]).expect("paid");
        assert_eq!(ledger.account(&address(1)).balance, Amount::ZERO);
        let more = builder.pay(1, 2, coins(10), Amount::from_units(1));
        let (cost, balance) = (Amount::from_units(10_000_001), coins(10));
        assert_eq!(
            apply(&builder, std::slice::from_ref(&more)),
            refusal(more.id(), PaymentError::Balance { cost, balance })
        );
    }

    #[test]
    fn a_payment_is_made_once_and_in_order() {
        let builder = builder();
        let pay = |sequence| payment(builder.network(), 1, 2, coins(1), FEE, sequence);
        assert!(apply(&builder, &[pay(0), pay(1), pay(2)]).is_ok());
        let cases = [(vec![pay(1)], 0, 1), (vec![pay(0), pay(0)], 1, 0), (vec![pay(0), pay(2)], 1, 2)];
        for (payments, expected, found) in cases {
            let id = payments[payments.len() - 1].id();
            assert_eq!(apply(&builder, &payments), refusal(id, PaymentError::Sequence { expected, found }));
        }
    }

    #[test]
    fn what_an_earlier_payment_of_the_block_brought_may_be_spent_in_it_and_its_reward_may_not() {
        let builder = builder();
        let (first, second) = (builder.pay(1, 2, coins(4), FEE), builder.pay(2, 3, coins(3), FEE));
        assert!(apply(&builder, &[first.clone(), second.clone()]).is_ok());
        let (cost, balance) = (Amount::from_units(3_100_000), Amount::ZERO);
        assert_eq!(
            apply(&builder, &[second.clone(), first]),
            refusal(second.id(), PaymentError::Balance { cost, balance })
        );
        let miners = builder.pay(9, 3, coins(3), FEE);
        assert_eq!(
            apply(&builder, std::slice::from_ref(&miners)),
            refusal(miners.id(), PaymentError::Balance { cost, balance })
        );
    }

    #[test]
    fn a_reward_that_takes_the_supply_to_its_end_is_taken_and_one_unit_more_is_not() {
        let builder = builder();
        let reward = builder.params().reward;
        let at = |units: u64| Ledger { supply: Amount::from_units(units), ..Ledger::default() };
        let block = builder.draft(9, &[]);
        assert!(at(u64::MAX - reward.units()).apply(&block, reward).is_ok());
        let supply = Amount::from_units(u64::MAX - reward.units() + 1);
        assert_eq!(at(supply.units()).apply(&block, reward), Err(BlockError::SupplyOverflow { supply, reward }));
    }

    #[test]
    fn an_account_that_is_emptied_and_reverted_leaves_no_trace() {
        let builder = builder();
        let mut ledger = builder.ledger().clone();
        let undo = ledger.apply(&builder.draft(9, &[builder.pay(1, 2, coins(1), FEE)]), coins(10)).expect("paid");
        assert_eq!(ledger.accounts().count(), 3);
        ledger.revert(&undo);
        assert_eq!(&ledger, builder.ledger());
        assert_eq!(ledger.accounts().count(), 1);
    }

    /// Payments among five keys, some of them impossible.
    fn attempts() -> impl Strategy<Value = Vec<Vec<(u64, u64, u64, u64)>>> {
        let attempt = (0..5_u64, 0..5_u64, 1..20_000_000_u64, 0..2_000_000_u64);
        prop::collection::vec(prop::collection::vec(attempt, 0..6), 1..12)
    }

    proptest! {
        #![proptest_config(crate::state::proptest_config(64))]

        #[test]
        fn coins_are_neither_made_nor_lost_and_reverting_is_the_way_back(blocks in attempts()) {
            let mut builder = ChainBuilder::easy();
            let mut ledger = Ledger::default();
            let mut history = Vec::new();
            for (height, attempts) in blocks.iter().enumerate() {
                let mut payments = Vec::new();
                let mut trial = ledger.clone();
                for (from, to, amount, fee) in attempts {
                    let (amount, fee) = (Amount::from_units(*amount), Amount::from_units(*fee));
                    let sequence = trial.account(&address(*from)).next_sequence;
                    let signed = payment(builder.network(), *from, *to, amount, fee, sequence);
                    if trial.apply_payment(&signed.payment, address(*from), &mut Vec::new()).is_ok() {
                        payments.push(signed);
                    }
                }
                let block = builder.mine(height as u64 % 5, &payments);
                let before = ledger.clone();
                let undo = ledger.apply(&block, builder.params().reward).expect("tried before");
                let total = Amount::sum(ledger.accounts().map(|(_, account)| account.balance));
                prop_assert_eq!(total, Some(ledger.supply()));
                prop_assert_eq!(ledger.supply(), coins(10 * (height as u64 + 1)));
                prop_assert!(ledger.accounts().all(|(_, account)| *account != Account::default()));
                history.push((before, undo));
            }
            for (before, undo) in history.iter().rev() {
                ledger.revert(undo);
                prop_assert_eq!(&ledger, before);
            }
        }
    }
}
