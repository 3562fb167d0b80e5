//! What people do: mine, pay, ask for chains.

use shared::protocol::Mining;
use shared::state::{Scalar, SearchCursor, search};
use shared::{Amount, Memo, Payment, Proof, Target};

use super::{Event, World};
use crate::checker::Violation;
use crate::plan::Proofs;

/// How long a miner searches before it looks up, in milliseconds, where every attempt is made.
const SLICE_MS: u64 = 250;

impl World {
    /// A miner has a new job, or another rate: when it finds a proof is drawn anew. What it tried before does not count,
    /// as the chance of each attempt does not depend on the attempts before.
    pub(super) fn mine_later(&mut self, number: usize) {
        let host = &mut self.hosts[number];
        let Some(process) = host.process.as_mut() else { return };
        let Some(job) = process.job.filter(|_| host.rate > 0) else { return };
        let wait_us = match self.plan.proofs {
            Proofs::Searched => SLICE_MS * 1_000,
            Proofs::Drawn => {
                let Ok(target) = Target::from_compact(job.header.target) else { return };
                (host.luck.wait(target.work().to_f64() / host.rate as f64 * 1e6)) as u64
            }
        };
        let event = Event::Mines { host: number, life: host.life, job: process.job_number };
        self.agenda.put(self.now.plus_us(wait_us), event);
    }

    pub(super) fn mine(&mut self, number: usize, job_number: u64) -> Result<(), Violation> {
        let host = &mut self.hosts[number];
        let Some(process) = host.process.as_mut() else { return Ok(()) };
        let Some(job) = process.job.filter(|_| process.job_number == job_number) else { return Ok(()) };
        let attempts = match self.plan.proofs {
            Proofs::Drawn => u64::MAX,
            Proofs::Searched => (host.rate * SLICE_MS / 1_000).max(1),
        };
        let from = process.cursor.unwrap_or(SearchCursor::at(job.header.extra_nonce, Proof::default()));
        let outcome = search(&Scalar, &job, from, attempts);
        process.cursor = Some(outcome.next);
        let Some((extra_nonce, proof)) = outcome.found else {
            self.mine_later(number);
            return Ok(());
        };
        process.job_number += 1;
        // A proof that comes too late, or for a time that is yet to come, is of no use and nobody's fault.
        let mined = self.with(number, |node, now| node.mined(job.id, extra_nonce, proof, now))?;
        self.trace.say(self.now, number, || format!("mined: {mined:?}"));
        Ok(())
    }

    /// Another hash rate.
    pub(super) fn set_rate(&mut self, number: usize, rate: u64) -> Result<(), Violation> {
        let was = std::mem::replace(&mut self.hosts[number].rate, rate);
        let payout = self.hosts[number].address;
        if rate == 0 {
            self.with(number, |node, now| node.set_mining(Mining::Off, now))?;
        } else if was == 0 {
            self.with(number, |node, now| node.set_mining(Mining::On { payout }, now))?;
        } else if let Some(process) = self.process(number) {
            process.job_number += 1;
            self.mine_later(number);
        }
        Ok(())
    }

    pub(super) fn pay(&mut self, from: usize, to: usize, amount: u64, fee: u64) -> Result<(), Violation> {
        let receiver = self.hosts[to].address;
        let Some(node) = self.hosts[from].process.as_ref().map(|process| &process.node) else { return Ok(()) };
        let sequence = node.mempool().next_sequence(&self.hosts[from].address, node.ledger());
        self.submit(from, receiver, amount, fee, sequence)
    }

    /// Pays oneself instead of whoever the first waiting payment is for.
    pub(super) fn replace(&mut self, number: usize) -> Result<(), Violation> {
        let address = self.hosts[number].address;
        let Some(node) = self.hosts[number].process.as_ref().map(|process| &process.node) else { return Ok(()) };
        let own = node.mempool().concerning(&address);
        let own = own.into_iter().filter(|signed| signed.payment.sender.address() == address);
        let Some(first) = own.min_by_key(|signed| signed.payment.sequence) else { return Ok(()) };
        let Payment { fee, sequence, .. } = first.payment;
        self.submit(number, address, 1, fee.units().saturating_mul(2).saturating_add(1), sequence)
    }

    fn submit(
        &mut self,
        from: usize,
        receiver: shared::Address,
        amount: u64,
        fee: u64,
        sequence: u64,
    ) -> Result<(), Violation> {
        let host = &self.hosts[from];
        let payment = Payment {
            network: self.params.network(),
            sender: host.wallet.public(),
            receiver,
            amount: Amount::from_units(amount),
            fee: Amount::from_units(fee),
            sequence,
            memo: Memo::default(),
        };
        let signed = payment.sign(&host.wallet);
        let taken = self.with(from, |node, now| node.submit(signed.clone(), now))?;
        self.trace.say(self.now, from, || format!("pays {amount} and {fee}, number {sequence}: {taken:?}"));
        // What becomes of a cheat's own payments is its own affair.
        if let Some(Ok(id)) = taken.filter(|_| self.hosts[from].plan.mind.is_honest()) {
            self.checker.issued(from, id, &signed);
        }
        Ok(())
    }
}
