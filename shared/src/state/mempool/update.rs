//! What a change of the tip does to the mempool: confirmed payments leave, those of abandoned blocks return, and what no
//! longer fits the ledger is dropped by name.

use std::collections::{BTreeMap, BTreeSet};

use super::{FeeRate, Mempool, MempoolError, Waiting};
use crate::rules::block::payments;
use crate::rules::transaction::{self, PaymentError};
use crate::state::chain::TipChange;
use crate::state::ledger::Ledger;
use crate::values::{Address, Amount, Block, SignedPayment, Transaction, TransactionId};

/// A payment that left the pool without being confirmed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dropped {
    /// The payment.
    pub payment: SignedPayment,
    /// Why.
    pub reason: MempoolError,
}

/// What a change of the tip did to the pool.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MempoolChange {
    /// Payments that waited and now stand on the chain.
    pub confirmed: Vec<TransactionId>,
    /// Payments of abandoned blocks that wait again.
    pub returned: Vec<TransactionId>,
    /// Payments that waited, or came from abandoned blocks, and no longer fit.
    pub dropped: Vec<Dropped>,
}

impl Mempool {
    /// Follows a change of the tip, of which `ledger` is the outcome. Payments of abandoned blocks were verified when
    /// their block was.
    pub fn update(&mut self, change: &TipChange, ledger: &Ledger) -> MempoolChange {
        let mut outcome = MempoolChange::default();
        // So it is while a node catches up, with many blocks to look through.
        if self.is_empty() && change.disconnected().is_empty() {
            return outcome;
        }
        let on_chain: BTreeSet<TransactionId> =
            change.connected().iter().flat_map(payments).map(|signed| signed.id()).collect();
        let mut returning: BTreeMap<Address, Vec<SignedPayment>> = BTreeMap::new();
        for signed in change.disconnected().iter().rev().flat_map(payments) {
            if !on_chain.contains(&signed.id()) {
                returning.entry(signed.payment.sender.address()).or_default().push(signed.clone());
            }
        }
        let mut returned = Vec::new();
        for address in touched(change) {
            let mut queue = self.take_queue(&address);
            queue.retain(|waiting| {
                let is_confirmed = on_chain.contains(&waiting.id);
                if is_confirmed {
                    outcome.confirmed.push(waiting.id);
                }
                !is_confirmed
            });
            for signed in returning.remove(&address).unwrap_or_default() {
                let id = signed.id();
                let cost = transaction::cost(&signed.payment).expect("the payments of a valid block have a cost");
                queue.push(Waiting::new(id, signed, cost, self.arrivals));
                self.arrivals += 1;
                returned.push(id);
            }
            self.requeue(address, queue, ledger, &mut outcome.dropped);
        }
        self.shrink(&mut outcome.dropped);
        outcome.returned = returned.into_iter().filter(|id| self.contains(id)).collect();
        outcome
    }

    fn take_queue(&mut self, address: &Address) -> Vec<Waiting> {
        let sequences: Vec<u64> =
            self.queues.get(address).map_or(Vec::new(), |queue| queue.waiting.keys().copied().collect());
        sequences.into_iter().filter_map(|sequence| self.remove(address, sequence)).collect()
    }

    /// Puts one sender's payments in a queue again, as far as they follow each other and the balance lasts.
    fn requeue(&mut self, sender: Address, mut candidates: Vec<Waiting>, ledger: &Ledger, dropped: &mut Vec<Dropped>) {
        // Of one sequence number the highest fee comes first, and of equal fees the one that waited already.
        candidates.sort_by_key(|waiting| {
            (waiting.sequence(), std::cmp::Reverse(waiting.signed.payment.fee), waiting.arrival)
        });
        let account = ledger.account(&sender);
        let (mut expected, mut balance, mut last_fee) = (account.next_sequence, account.balance, Amount::ZERO);
        for waiting in candidates {
            let found = waiting.sequence();
            let reason = if found < account.next_sequence {
                MempoolError::SequenceUsed { expected, found }
            } else if found < expected {
                MempoolError::FeeTooLow { waiting: last_fee, found: waiting.signed.payment.fee }
            } else if found > expected {
                MempoolError::SequenceGap { expected, found }
            } else if let Some(left) = balance.checked_sub(waiting.cost) {
                (expected, balance, last_fee) = (expected + 1, left, waiting.signed.payment.fee);
                self.add(waiting);
                continue;
            } else {
                PaymentError::Balance { cost: waiting.cost, balance }.into()
            };
            dropped.push(Dropped { payment: waiting.signed, reason });
        }
    }

    /// Drops the lowest fee rates, and what follows them in their queues, until the pool is within its size.
    fn shrink(&mut self, dropped: &mut Vec<Dropped>) {
        while self.bytes > self.bytes_max {
            let Some((lowest, _, id)) = self.ranks.first().copied() else { return };
            let (sender, sequence) = self.places[&id];
            dropped.extend(self.remove_from(&sender, sequence).into_iter().map(|payment| {
                let found = FeeRate::of(payment.payment.fee, payment.encoded_len());
                Dropped { payment, reason: MempoolError::Full { lowest, found } }
            }));
        }
    }
}

/// Everybody whose queue a change may touch: who paid in a block of either branch, and who was paid in an abandoned one.
fn touched(change: &TipChange) -> BTreeSet<Address> {
    let senders = |blocks: &[Block]| -> Vec<Address> {
        blocks.iter().flat_map(payments).map(|signed| signed.payment.sender.address()).collect()
    };
    let transactions = change.disconnected().iter().flat_map(|block| &block.transactions);
    let receivers = transactions.map(|transaction| match transaction {
        Transaction::Reward(reward) => reward.receiver,
        Transaction::Payment(signed) => signed.payment.receiver,
    });
    let mut touched: BTreeSet<Address> = receivers.collect();
    touched.extend(senders(change.disconnected()));
    touched.extend(senders(change.connected()));
    touched
}
