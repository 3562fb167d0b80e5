//! The mempool: payments that wait for a block, bounded in bytes and ordered by fee rate.
//!
//! Every sender's payments stand in a queue without a gap, from the sequence number that the ledger expects next, and
//! together cost no more than the ledger says the sender has. So any choice that takes queues from the front makes a
//! valid block. Coins that are still to arrive do not count.
//!
//! The pool must be told of every change of the tip before it is asked anything else.

mod error;
#[cfg(test)]
mod tests;
mod update;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

pub use self::error::MempoolError;
pub use self::update::{Dropped, MempoolChange};
use super::ledger::Ledger;
use crate::rules::transaction::{self, PaymentError};
use crate::values::{Address, Amount, NetworkId, SignedPayment, TransactionId};

/// The most that all waiting payments may take, in encoded bytes: sixteen full blocks.
pub const MEMPOOL_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Fee per length, in units per 1000 bytes, rounded down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FeeRate(u128);

impl FeeRate {
    /// The rate of a fee for so many bytes, of which there is at least one.
    pub fn of(fee: Amount, bytes: usize) -> Self {
        Self(u128::from(fee.units()) * 1000 / bytes.max(1) as u128)
    }
}

impl std::fmt::Display for FeeRate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} units per 1000 bytes", self.0)
    }
}

/// A payment that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// Its id.
    pub id: TransactionId,
    /// The payment whose place it took.
    pub replaced: Option<SignedPayment>,
    /// Payments that had to leave for it.
    pub evicted: Vec<SignedPayment>,
}

/// A payment in the pool.
#[derive(Clone, Debug)]
struct Waiting {
    id: TransactionId,
    signed: SignedPayment,
    sender: Address,
    cost: Amount,
    bytes: usize,
    rate: FeeRate,
    /// The how-manieth to come: of equal rates, the first goes first.
    arrival: u64,
}

impl Waiting {
    fn new(id: TransactionId, signed: SignedPayment, cost: Amount, arrival: u64) -> Self {
        let (bytes, sender) = (signed.encoded_len(), signed.payment.sender.address());
        Self { id, sender, cost, bytes, rate: FeeRate::of(signed.payment.fee, bytes), arrival, signed }
    }

    fn sequence(&self) -> u64 {
        self.signed.payment.sequence
    }

    /// The first to go has the lowest; see [`Mempool::ranks`].
    fn rank(&self) -> Rank {
        (self.rate, Reverse(self.arrival), self.id)
    }
}

type Rank = (FeeRate, Reverse<u64>, TransactionId);

/// One sender's payments, by sequence number, without a gap.
#[derive(Clone, Debug, Default)]
struct Queue {
    waiting: BTreeMap<u64, Waiting>,
    cost: Amount,
}

/// A payment that would be taken if its signature is valid.
struct Fitting {
    id: TransactionId,
    sender: Address,
    cost: Amount,
    /// Who would have to leave for it: senders, and the sequence numbers from which theirs go.
    victims: BTreeMap<Address, u64>,
}

/// The payments that wait for a block.
#[derive(Clone, Debug)]
pub struct Mempool {
    network: NetworkId,
    bytes_max: usize,
    queues: BTreeMap<Address, Queue>,
    places: BTreeMap<TransactionId, (Address, u64)>,
    /// All payments by fee rate, the lowest first, and of equals the newest first.
    ranks: BTreeSet<Rank>,
    bytes: usize,
    arrivals: u64,
}

impl Mempool {
    /// An empty pool of [`MEMPOOL_BYTES_MAX`].
    pub fn new(network: NetworkId) -> Self {
        Self::with_bytes_max(network, MEMPOOL_BYTES_MAX)
    }

    /// An empty pool of another size.
    pub fn with_bytes_max(network: NetworkId, bytes_max: usize) -> Self {
        Self {
            network,
            bytes_max,
            queues: BTreeMap::new(),
            places: BTreeMap::new(),
            ranks: BTreeSet::new(),
            bytes: 0,
            arrivals: 0,
        }
    }

    /// How many payments wait.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether none waits.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// How many bytes they take.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// A waiting payment.
    pub fn get(&self, id: &TransactionId) -> Option<&SignedPayment> {
        self.waiting(id).map(|waiting| &waiting.signed)
    }

    /// Whether a payment waits.
    pub fn contains(&self, id: &TransactionId) -> bool {
        self.places.contains_key(id)
    }

    /// Whether this very payment waits, signature and all: then its signature was verified.
    pub fn holds(&self, signed: &SignedPayment) -> bool {
        !self.is_empty() && self.get(&signed.id()) == Some(signed)
    }

    /// All payments, the highest fee rate first.
    pub fn iter(&self) -> impl Iterator<Item = &SignedPayment> {
        self.ranks.iter().rev().filter_map(|(_, _, id)| self.get(id))
    }

    /// What one sender's payments cost together.
    pub fn leaving(&self, sender: &Address) -> Amount {
        self.queues.get(sender).map_or(Amount::ZERO, |queue| queue.cost)
    }

    /// What all payments to one receiver bring together. They are found by looking at every payment.
    pub fn arriving(&self, receiver: &Address) -> Amount {
        let to_receiver = self.iter().filter(|signed| signed.payment.receiver == *receiver);
        Amount::sum(to_receiver.map(|signed| signed.payment.amount)).unwrap_or(Amount::MAX)
    }

    /// Payments from or to an address, the newest first. They are found by looking at every payment.
    pub fn concerning(&self, address: &Address) -> Vec<&SignedPayment> {
        let all = self.queues.values().flat_map(|queue| queue.waiting.values());
        let mut found: Vec<_> =
            all.filter(|waiting| waiting.sender == *address || waiting.signed.payment.receiver == *address).collect();
        found.sort_unstable_by_key(|waiting| Reverse(waiting.arrival));
        found.into_iter().map(|waiting| &waiting.signed).collect()
    }

    /// The sequence number that a sender's next payment should have, after all that wait.
    pub fn next_sequence(&self, sender: &Address, ledger: &Ledger) -> u64 {
        let queued = self.queues.get(sender).map_or(0, |queue| queue.waiting.len() as u64);
        ledger.account(sender).next_sequence.saturating_add(queued)
    }

    /// Takes a payment, cheap checks before the signature. Of a sender's payments with the same sequence number only
    /// the one with the highest fee stays.
    ///
    /// # Errors
    /// When the payment breaks a rule, or does not fit what waits already.
    pub fn insert(&mut self, signed: SignedPayment, ledger: &Ledger) -> Result<Accepted, MempoolError> {
        self.insert_with(signed, ledger, transaction::check_signature)
    }

    /// The same, with another way to come to the verdict on the signature: somebody may remember it.
    ///
    /// # Errors
    /// As [`insert`](Self::insert).
    pub fn insert_with(
        &mut self,
        signed: SignedPayment,
        ledger: &Ledger,
        check_signature: impl FnOnce(&SignedPayment) -> Result<(), PaymentError>,
    ) -> Result<Accepted, MempoolError> {
        let Fitting { id, sender, cost, victims } = self.fit(&signed, ledger)?;
        check_signature(&signed)?;

        let evicted = victims.into_iter().flat_map(|(sender, from)| self.remove_from(&sender, from)).collect();
        let replaced = self.remove(&sender, signed.payment.sequence).map(|waiting| waiting.signed);
        let waiting = Waiting::new(id, signed, cost, self.arrivals);
        self.arrivals += 1;
        self.add(waiting);
        Ok(Accepted { id, replaced, evicted })
    }

    /// Of some payments, in their order, those that would be taken if their signatures are valid, as far as that can be
    /// told without taking them; up to the first that is wrong in itself.
    pub fn worth_verifying(&self, payments: Vec<SignedPayment>, ledger: &Ledger) -> Vec<SignedPayment> {
        let (mut ahead, mut bytes) = (BTreeMap::<Address, (u64, Amount)>::new(), self.bytes);
        let mut is_worth = |signed: &SignedPayment| {
            let sender = signed.payment.sender.address();
            let fits = match ahead.get(&sender) {
                Some(ahead) => self.follows(signed, *ahead, bytes),
                None => self.fit(signed, ledger).ok().map(|fitting| fitting.cost),
            };
            let Some(cost) = fits else { return false };
            let left = ledger.account(&sender).balance.saturating_sub(self.leaving(&sender));
            let (next, left) = ahead.remove(&sender).unwrap_or((signed.payment.sequence, left));
            ahead.insert(sender, (next.saturating_add(1), left.saturating_sub(cost)));
            bytes += signed.encoded_len();
            true
        };
        let is_in_form = |signed: &SignedPayment| transaction::check_form(signed, self.network).is_ok();
        payments.into_iter().take_while(is_in_form).filter(|signed| is_worth(signed)).collect()
    }

    /// What a payment costs that has this sequence number, and for which there is this much left.
    fn follows(&self, signed: &SignedPayment, (next, left): (u64, Amount), bytes: usize) -> Option<Amount> {
        let cost = transaction::cost(&signed.payment).ok()?;
        let is_next = signed.payment.sequence == next && !self.contains(&signed.id());
        (is_next && cost <= left && bytes + signed.encoded_len() <= self.bytes_max).then_some(cost)
    }

    /// Whether a payment fits what waits, whatever its signature.
    fn fit(&self, signed: &SignedPayment, ledger: &Ledger) -> Result<Fitting, MempoolError> {
        let id = signed.id();
        if self.contains(&id) {
            return Err(MempoolError::Known { id });
        }
        transaction::check_form(signed, self.network)?;
        let payment = &signed.payment;
        let (cost, sender, found) = (transaction::cost(payment)?, payment.sender.address(), payment.sequence);
        let account = ledger.account(&sender);
        if found < account.next_sequence {
            return Err(MempoolError::SequenceUsed { expected: account.next_sequence, found });
        }
        let expected = self.next_sequence(&sender, ledger);
        if found > expected {
            return Err(MempoolError::SequenceGap { expected, found });
        }
        let rival = self.queues.get(&sender).and_then(|queue| queue.waiting.get(&found));
        if let Some(rival) = rival.filter(|rival| payment.fee <= rival.signed.payment.fee) {
            return Err(MempoolError::FeeTooLow { waiting: rival.signed.payment.fee, found: payment.fee });
        }
        let others = self.leaving(&sender).saturating_sub(rival.map_or(Amount::ZERO, |rival| rival.cost));
        transaction::check_balance(cost, account.balance.saturating_sub(others))?;
        let victims = self.make_room(signed, &sender, rival.map_or(0, |rival| rival.bytes))?;
        Ok(Fitting { id, sender, cost, victims })
    }

    /// Chooses payments for a block of which `bytes_left` are free, the highest fee rates first, each sender's in
    /// sequence.
    pub fn select(&self, mut bytes_left: usize) -> Vec<SignedPayment> {
        let front = self.queues.values().filter_map(|queue| queue.waiting.values().next());
        let mut open: BinaryHeap<Rank> = front.map(Waiting::rank).collect();
        let mut chosen = Vec::new();
        while let Some((_, _, id)) = open.pop() {
            let Some(waiting) = self.waiting(&id).filter(|waiting| waiting.bytes <= bytes_left) else {
                continue;
            };
            bytes_left -= waiting.bytes;
            chosen.push(waiting.signed.clone());
            let next = self.queues[&waiting.sender].waiting.get(&(waiting.sequence() + 1));
            open.extend(next.map(Waiting::rank));
        }
        chosen
    }

    /// Which payments must leave for a new one: senders, and the sequence numbers from which theirs go. They have the
    /// lowest rates, all below the new one's; what follows them in their queues goes with them.
    fn make_room(
        &self,
        new: &SignedPayment,
        paying: &Address,
        freed: usize,
    ) -> Result<BTreeMap<Address, u64>, MempoolError> {
        let (new_rate, new_sequence) = (FeeRate::of(new.payment.fee, new.encoded_len()), new.payment.sequence);
        let mut bytes = self.bytes - freed + new.encoded_len();
        let mut victims = BTreeMap::new();
        for (rate, _, id) in &self.ranks {
            if bytes <= self.bytes_max {
                break;
            }
            let (sender, sequence) = self.places[id];
            // A payment cannot push out one that it follows.
            if *rate >= new_rate || (sender == *paying && sequence < new_sequence) {
                return Err(MempoolError::Full { lowest: *rate, found: new_rate });
            }
            if sender == *paying && sequence == new_sequence {
                continue;
            }
            let from = victims.get(&sender).copied().unwrap_or(u64::MAX);
            if sequence < from {
                bytes -=
                    self.queues[&sender].waiting.range(sequence..from).map(|(_, waiting)| waiting.bytes).sum::<usize>();
                victims.insert(sender, sequence);
            }
        }
        if bytes > self.bytes_max { Err(MempoolError::Full { lowest: new_rate, found: new_rate }) } else { Ok(victims) }
    }

    fn waiting(&self, id: &TransactionId) -> Option<&Waiting> {
        let (sender, sequence) = self.places.get(id)?;
        self.queues.get(sender)?.waiting.get(sequence)
    }

    /// Adds a payment at the end of its sender's queue, or in the gap that its removal will close.
    fn add(&mut self, waiting: Waiting) {
        self.bytes += waiting.bytes;
        self.ranks.insert(waiting.rank());
        self.places.insert(waiting.id, (waiting.sender, waiting.sequence()));
        let queue = self.queues.entry(waiting.sender).or_default();
        queue.cost = queue.cost.checked_add(waiting.cost).expect("a queue costs at most its sender's balance");
        queue.waiting.insert(waiting.sequence(), waiting);
    }

    fn remove(&mut self, sender: &Address, sequence: u64) -> Option<Waiting> {
        let queue = self.queues.get_mut(sender)?;
        let waiting = queue.waiting.remove(&sequence)?;
        queue.cost = queue.cost.saturating_sub(waiting.cost);
        if queue.waiting.is_empty() {
            self.queues.remove(sender);
        }
        self.places.remove(&waiting.id);
        self.ranks.remove(&waiting.rank());
        self.bytes -= waiting.bytes;
        Some(waiting)
    }

    /// Removes a sender's payments from a sequence number on.
    fn remove_from(&mut self, sender: &Address, from: u64) -> Vec<SignedPayment> {
        let sequences: Vec<u64> = self
            .queues
            .get(sender)
            .map_or(Vec::new(), |queue| queue.waiting.range(from..).map(|(sequence, _)| *sequence).collect());
        sequences
            .into_iter()
            .filter_map(|sequence| self.remove(sender, sequence))
            .map(|waiting| waiting.signed)
            .collect()
    }
}
