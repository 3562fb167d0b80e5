//! The chain's workloads: headers, signatures, blocks.

use shared::state::{Chain, MemoryBodies};
use shared::testing::{ChainBuilder, address, easy_params, key};
use shared::{
    Amount, Block, CompactTarget, Header, Memo, Params, Payment, PublicKey, Signature, SignedPayment, Timestamp,
    Transaction, verify_batch,
};

use crate::sample::{Clock, Sample, measure};

/// Headers in a round: eleven days of blocks.
pub const HEADERS: usize = 100_000;
/// A target that every other attempt meets.
const EASIEST: CompactTarget = CompactTarget::from_bits(0x207f_ffff);
/// Payments in a round of signatures.
const PAYMENTS: usize = 1_000;
/// Blocks in a round, and payments in each of them.
const BLOCKS: usize = 150;
/// See [`BLOCKS`].
const PAYMENTS_A_BLOCK: u64 = 10;

/// What the workloads work on. Making it costs more than they do, so a process makes it once.
#[derive(Debug)]
pub struct Material {
    params: Params,
    header_params: Params,
    headers: Vec<Header>,
    payments: Vec<SignedPayment>,
    blocks: Vec<Block>,
    now: Timestamp,
}

impl Material {
    /// Mines, signs and keeps what a round needs, of which the most is headers.
    pub fn prepare(headers: usize) -> Self {
        // What a proof costs to make is nothing to whoever checks it.
        let mut quiet = ChainBuilder::new(Params { target_limit: EASIEST, ..easy_params() });
        quiet.mine_many(1, headers);
        let mut busy = ChainBuilder::easy();
        busy.mine_busy(BLOCKS, 1, PAYMENTS_A_BLOCK);
        let network = quiet.network();
        let pay = |number: usize| {
            let sender = key(number as u64);
            Payment {
                network,
                sender: sender.public(),
                receiver: address(0),
                amount: Amount::from_coins(1),
                fee: Amount::from_units(1),
                sequence: 0,
                memo: Memo::default(),
            }
            .sign(&sender)
        };
        Self {
            params: easy_params(),
            header_params: quiet.params().clone(),
            headers: quiet.blocks().iter().map(|block| block.header).collect(),
            payments: (0..PAYMENTS).map(pay).collect(),
            now: quiet.now().max(busy.now()),
            blocks: busy.blocks().to_vec(),
        }
    }

    /// Does one round of every workload.
    ///
    /// # Panics
    /// When a workload's verdict is not the right one: a benchmark of wrong answers is worth nothing.
    pub fn round(&self, clock: &Clock) -> Vec<Sample> {
        vec![self.headers(clock), self.single(clock), self.batch(clock), self.blocks(clock), self.restore(clock)]
    }

    fn headers(&self, clock: &Clock) -> Sample {
        let mut chain = Chain::new(self.header_params.clone(), Box::new(MemoryBodies::default()));
        let name = format!("{},000 headers verified", self.headers.len() / 1_000);
        let sample = measure(clock, &name, "headers", self.headers.len(), || {
            for header in &self.headers {
                chain.insert_header(*header, self.now).expect("a builder's headers are valid");
            }
        });
        assert_eq!(chain.best_header().height.as_u64(), self.headers.len() as u64);
        sample
    }

    fn single(&self, clock: &Clock) -> Sample {
        measure(clock, "payments verified, singly", "payments", self.payments.len(), || {
            assert!(self.payments.iter().all(|payment| payment.verify().is_ok()));
        })
    }

    fn batch(&self, clock: &Clock) -> Sample {
        measure(clock, "payments verified, in a batch", "payments", self.payments.len(), || {
            let signed: Vec<(PublicKey, Signature, Vec<u8>)> = self
                .payments
                .iter()
                .map(|signed| (signed.payment.sender, signed.signature, signed.payment.signing_bytes()))
                .collect();
            assert!(verify_batch(&signed));
        })
    }

    fn blocks(&self, clock: &Clock) -> Sample {
        let mut chain = self.empty_chain();
        let blocks = self.blocks.clone();
        let sample = measure(clock, "blocks of 10 payments applied", "blocks", blocks.len(), || {
            for block in blocks {
                chain.insert_block(block, self.now, &|_| false).expect("a builder's blocks are valid");
            }
        });
        assert_eq!(chain.tip().height.as_u64(), self.blocks.len() as u64);
        sample
    }

    fn restore(&self, clock: &Clock) -> Sample {
        let mut chain = self.empty_chain();
        let blocks = self.blocks.clone();
        let sample =
            measure(clock, "blocks of 10 payments restored from the own store", "blocks", blocks.len(), || {
                for block in blocks {
                    chain.restore(block).expect("a builder's blocks are valid");
                }
            });
        assert_eq!(chain.tip().height.as_u64(), self.blocks.len() as u64);
        sample
    }

    fn empty_chain(&self) -> Chain {
        Chain::new(self.params.clone(), Box::new(MemoryBodies::default()))
    }
}

/// A chain of so many blocks with ten payments each, for a tab to join.
pub fn busy_chain(blocks: usize) -> ChainBuilder {
    let mut chain = ChainBuilder::easy();
    chain.mine_busy(blocks, 1, PAYMENTS_A_BLOCK);
    chain
}

/// How many payments a chain holds.
pub fn payments_in(chain: &ChainBuilder) -> usize {
    let is_payment = |transaction: &&Transaction| matches!(transaction, Transaction::Payment(_));
    chain.blocks().iter().map(|block| block.transactions.iter().filter(is_payment).count()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_workload_does_its_work_and_counts_it() {
        let ticks = std::cell::Cell::new(0.0);
        let samples = Material::prepare(4_000).round(&move || {
            ticks.set(ticks.get() + 1_000.0);
            ticks.get()
        });
        let counts: Vec<f64> = samples.iter().map(|sample| sample.per_second).collect();
        let blocks = (BLOCKS + PAYMENTS_A_BLOCK as usize) as f64;
        assert_eq!(counts, [4_000.0, PAYMENTS as f64, PAYMENTS as f64, blocks, blocks]);
    }

    #[test]
    fn a_busy_chain_has_ten_payments_a_block_once_there_are_coins() {
        assert_eq!(payments_in(&busy_chain(7)), 70);
    }
}
