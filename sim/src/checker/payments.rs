//! The payments: who made them, whether they were durable, and what became of them.

use std::collections::BTreeMap;

use shared::protocol::Node;
use shared::state::MEMPOOL_BYTES_MAX;
use shared::{Address, SignedPayment, TransactionId};

use crate::world::host::Host;

/// From how many bytes on a mempool may say that it is full.
const NEARLY_FULL_BYTES: usize = MEMPOOL_BYTES_MAX - (4 << 10);

/// A payment that a node took from its owner.
#[derive(Debug)]
struct Issued {
    host: usize,
    sender: Address,
    sequence: u64,
    cost: u128,
    /// Whether it was on the disk of who made it.
    was_durable: bool,
    /// Whether who made it had to let it go.
    was_let_go: bool,
}

/// All payments.
#[derive(Debug, Default)]
pub(super) struct Payments {
    issued: BTreeMap<TransactionId, Issued>,
    /// Those that are not durable yet.
    fresh: Vec<TransactionId>,
}

impl Payments {
    pub(super) fn issued(&mut self, host: usize, id: TransactionId, signed: &SignedPayment) {
        let payment = &signed.payment;
        let cost = u128::from(payment.amount.units()) + u128::from(payment.fee.units());
        let (sender, sequence) = (payment.sender.address(), payment.sequence);
        self.issued.insert(id, Issued { host, sender, sequence, cost, was_durable: false, was_let_go: false });
        self.fresh.push(id);
    }

    /// Something has been written, maybe.
    pub(super) fn noticed(&mut self, number: usize, host: &Host) {
        let Self { issued, fresh } = self;
        fresh.retain(|id| {
            let Some(issued) = issued.get_mut(id) else { return false };
            if issued.host == number && host.disk.has_payment(id) {
                issued.was_durable = true;
            }
            !issued.was_durable
        });
    }

    /// A process has started: what its disk does not have was lost before it was durable.
    pub(super) fn booted(&mut self, number: usize, host: &Host) {
        self.noticed(number, host);
        let Self { issued, fresh } = self;
        fresh.retain(|id| issued.get(id).is_some_and(|issued| issued.host != number));
    }

    /// A node lets a payment go. Says why it must not.
    pub(super) fn let_go(&mut self, host: usize, id: &TransactionId, node: &Node) -> Result<(), String> {
        let Some(issued) = self.issued.get_mut(id).filter(|issued| issued.host == host) else { return Ok(()) };
        if node.chain().transaction_height(id).is_some() {
            return Ok(());
        }
        let account = node.ledger().account(&issued.sender);
        let waiting = node.mempool().leaving(&issued.sender);
        let queue = node.mempool().next_sequence(&issued.sender, node.ledger());
        let is_lawful = issued.sequence < account.next_sequence
            || issued.sequence < queue
            || issued.sequence > queue
            || issued.cost + u128::from(waiting.units()) > u128::from(account.balance.units())
            || node.mempool().bytes() > NEARLY_FULL_BYTES;
        if !is_lawful {
            return Err(format!("{id}, number {} of {account:?}, was let go", issued.sequence));
        }
        issued.was_let_go = true;
        Ok(())
    }

    /// A payment that should be on the chain of this node by now and is not.
    pub(super) fn missing(&self, node: &Node, is_damaged: impl Fn(usize) -> bool) -> Option<String> {
        let missing = self.issued.iter().find(|(id, issued)| {
            let account = node.ledger().account(&issued.sender);
            issued.was_durable
                && !issued.was_let_go
                && !is_damaged(issued.host)
                && node.chain().transaction_height(id).is_none()
                // Otherwise another took its place, or one before it is missing, which then is itself the one.
                && issued.sequence == account.next_sequence
                && issued.cost <= u128::from(account.balance.units())
        });
        missing.map(|(id, issued)| format!("payment {id} of host {}, number {}", issued.host, issued.sequence))
    }
}
