//! What a card tries next for a job: which headers, from which proof on. Pure.

use std::rc::Rc;

use shared::state::mining::{Job, JobId, SearchCursor};
use shared::state::pow::PreparedHeader;
use shared::state::pow::gpu::{Hit, LANES_MAX, Work};
use shared::{ExtraNonce, Header, Proof};

use crate::worker::miner::Share;

/// The search for one share of a job.
///
/// Its lanes are the first [`LANES_MAX`] extra nonces of its share; a processor's worker would use more.
#[derive(Debug)]
pub struct Plan {
    job: Job,
    header: Rc<PreparedHeader>,
    work: Work,
    /// The next proof.
    proof: u128,
}

/// One dispatch.
#[derive(Clone, Debug)]
pub struct Batch {
    /// The job it is for.
    pub job: JobId,
    /// What the card is given.
    pub work: Work,
    /// The header, to verify what it answers.
    pub header: Rc<PreparedHeader>,
    /// The first low word.
    pub first: u32,
    /// How many low words.
    pub count: u32,
    /// The extra nonce of the first lane.
    extra_nonce: ExtraNonce,
    /// The proof but for its low word.
    high: u128,
}

impl Plan {
    /// Begins where the share does.
    pub fn new(Share { job, number }: Share) -> Self {
        let (extra_nonce, _) = SearchCursor::of_worker(&job, number).next_attempt();
        let job = Job { header: Header { extra_nonce, ..job.header }, ..job };
        let proof = job.header.proof.0;
        let (header, work) = prepare(&job, proof);
        Self { job, header, work, proof }
    }

    /// The next attempts: about this many, at least one a lane, and no further than the low word goes.
    pub fn next(&mut self, attempts: u64) -> Batch {
        let first = self.proof as u32;
        let until_carry = (1 << 32) - u64::from(first);
        let count = (attempts / LANES_MAX as u64).clamp(1, until_carry).min(u64::from(u32::MAX)) as u32;
        let batch = Batch {
            job: self.job.id,
            work: self.work.clone(),
            header: Rc::clone(&self.header),
            first,
            count,
            extra_nonce: self.job.header.extra_nonce,
            high: self.proof & !u128::from(u32::MAX),
        };
        self.proof = self.proof.wrapping_add(u128::from(count));
        if self.proof as u32 == 0 {
            // The low word begins anew under the next higher bits, which the prepared header contains.
            (self.header, self.work) = prepare(&self.job, self.proof);
        }
        batch
    }
}

impl Batch {
    /// How many attempts it is.
    pub fn attempts(&self) -> u64 {
        u64::from(self.count) * self.header.midstates().len() as u64
    }

    /// What a hit stands for.
    pub fn found(&self, hit: Hit) -> (ExtraNonce, Proof) {
        (self.extra_nonce.plus(hit.lane.into()), Proof(self.high | u128::from(hit.proof)))
    }
}

fn prepare(job: &Job, proof: u128) -> (Rc<PreparedHeader>, Work) {
    let header = PreparedHeader::new(&Header { proof: Proof(proof), ..job.header }, LANES_MAX as u32);
    let work = Work::new(&header);
    (Rc::new(header), work)
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::{CompactTarget, Params, Target};

    const LANES: u64 = LANES_MAX as u64;

    fn plan(proof: u128) -> Plan {
        let genesis = Params::main().genesis().header;
        let header = Header { target: CompactTarget::from_bits(0x2000_ffff), proof: Proof(proof), ..genesis };
        Plan::new(Share { job: Job { id: JobId(4), header }, number: 7 })
    }

    #[test]
    fn batches_follow_each_other_without_gap_or_overlap() {
        let mut plan = plan(100);
        for (attempts, first, count) in
            [(0, 100, 1), (LANES - 1, 101, 1), (LANES * 10 + 3, 102, 10), (u64::MAX, 112, u32::MAX - 111)]
        {
            let batch = plan.next(attempts);
            assert_eq!((batch.job, batch.first, batch.count), (JobId(4), first, count));
            assert_eq!(batch.attempts(), u64::from(count) * LANES);
        }
        let batch = plan.next(LANES);
        assert_eq!((batch.first, batch.high), (0, 1 << 32), "the higher bits have gone up by one");
    }

    #[test]
    fn a_whole_low_word_takes_two_batches() {
        let mut plan = plan(7 << 32);
        assert_eq!((plan.next(u64::MAX).count, plan.next(u64::MAX).count), (u32::MAX, 1));
        assert_eq!(plan.next(LANES).high, 8 << 32);
    }

    #[test]
    fn what_is_found_meets_the_target_with_the_extra_nonce_and_the_proof_it_stands_for() {
        for proof in [0, (3 << 32) | 9, u128::MAX - 2] {
            let mut plan = plan(proof);
            // The second and third batches are on the other side of a carry where the proof is the highest there is.
            for _ in 0..3 {
                let batch = plan.next(LANES);
                for lane in 0..LANES_MAX as u32 {
                    let (extra_nonce, proof) = batch.found(Hit { lane, proof: batch.first });
                    let header = Header { extra_nonce, proof, ..plan.job.header };
                    let target = Target::from_compact(header.target).expect("a target");
                    let is_met = batch.header.first_in_row(batch.first, lane..lane + 1).is_some();
                    assert_eq!(is_met, target.is_met_by(&header.hash()));
                }
            }
        }
    }
}
