//! Mining: what the next block would hold, and the search for the proof that makes it one.
//!
//! A [`Template`] is made by the node, which knows the chain and the mempool. Its [`Job`] is small and goes to a worker
//! that knows neither; what the worker finds, the template turns into a block.

use borsh::{BorshDeserialize, BorshSerialize};

use super::chain::Chain;
use super::mempool::Mempool;
use super::pow::{Kernel, LANES_MAX, PreparedHeader};
use crate::rules::block::reward_and_fees;
use crate::values::{
    Address, Amount, BLOCK_BYTES_MAX, Block, ExtraNonce, HEADER_BYTES, HEADER_VERSION, Header, Height, Proof, Reward,
    SignedPayment, Timestamp, Transaction, merkle_root,
};

/// What a block takes besides its payments: the header, the count of transactions and the reward.
const EMPTY_BLOCK_BYTES: usize = HEADER_BYTES + 4 + 37;

/// The next block, but for its proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    header: Header,
    transactions: Vec<Transaction>,
    fees: Amount,
}

/// Names one job among those that a node gave out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub struct JobId(pub u64);

/// A header to find a proof for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Job {
    /// Which.
    pub id: JobId,
    /// The header; its extra nonce is where to begin, its target what to meet.
    pub header: Header,
}

impl Template {
    /// Makes the block that would follow the tip: the best payments that wait, and the reward for `payout`.
    pub fn build(chain: &Chain, mempool: &Mempool, payout: Address, now: Timestamp) -> Self {
        let tip = chain.tip();
        let height = tip.height.next();
        let payments = mempool.select(BLOCK_BYTES_MAX - EMPTY_BLOCK_BYTES);
        let amount =
            reward_and_fees(chain.reward(), &payments).expect("fees that senders can pay are within the supply");
        let reward = Reward { height, receiver: payout, amount };
        let payments = payments.into_iter().map(Transaction::Payment);
        let transactions: Vec<_> = std::iter::once(Transaction::Reward(reward)).chain(payments).collect();
        let header = Header {
            version: HEADER_VERSION,
            previous_hash: tip.hash,
            height,
            // A clock behind the chain's would make a block too early for its own rules.
            timestamp: now.max(chain.median_time().plus_ms(1)),
            extra_nonce: ExtraNonce::default(),
            root: merkle_root(&transactions),
            target: chain.tip_target().to_compact(),
            proof: Proof::default(),
        };
        Self { header, transactions, fees: amount.saturating_sub(chain.reward()) }
    }

    /// The header, its proof still to be found.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The height of the block to be.
    pub fn height(&self) -> Height {
        self.header.height
    }

    /// What its miner gets: the network's reward and the fees.
    pub fn reward(&self) -> Amount {
        match self.transactions.first() {
            Some(Transaction::Reward(reward)) => reward.amount,
            _ => Amount::ZERO,
        }
    }

    /// The fees alone.
    pub fn fees(&self) -> Amount {
        self.fees
    }

    /// The payments it holds.
    pub fn payments(&self) -> impl Iterator<Item = &SignedPayment> {
        self.transactions.iter().filter_map(|transaction| match transaction {
            Transaction::Payment(signed) => Some(signed),
            Transaction::Reward(_) => None,
        })
    }

    /// How many bytes the block will take.
    pub fn encoded_len(&self) -> usize {
        HEADER_BYTES + 4 + self.transactions.iter().map(Transaction::encoded_len).sum::<usize>()
    }

    /// Whether it promises the same as another: the same parent, transactions and target, whatever the time.
    pub fn is_same_work(&self, other: &Self) -> bool {
        let key = |header: &Header| (header.previous_hash, header.root, header.target);
        key(&self.header) == key(&other.header)
    }

    /// The job for a worker.
    pub fn job(&self, id: JobId) -> Job {
        Job { id, header: self.header }
    }

    /// The block with what a worker found. Whether that is a proof, the chain says.
    pub fn block(&self, extra_nonce: ExtraNonce, proof: Proof) -> Block {
        Block { header: Header { extra_nonce, proof, ..self.header }, transactions: self.transactions.clone() }
    }
}

/// Where a search stands.
///
/// It goes through the rows of [`PreparedHeader`] in the order of the proof and, within a row, of the extra nonce. What it
/// comes to does not depend on the kernel, and kernels may take turns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SearchCursor {
    /// The extra nonce of the first lane.
    extra_nonce: ExtraNonce,
    /// How many extra nonces, counted on from the first, are tried with each proof.
    lanes: u32,
    /// The proof of the next attempt.
    proof: Proof,
    /// The lane of the next attempt.
    lane: u32,
}

impl Default for SearchCursor {
    /// The first of all attempts, with one extra nonce.
    fn default() -> Self {
        Self::at(ExtraNonce::default(), Proof::default())
    }
}

impl SearchCursor {
    /// Begins with this proof, and keeps to one extra nonce. For a single proof that is easily found: the vector kernels
    /// are fast with many extra nonces.
    pub fn at(extra_nonce: ExtraNonce, proof: Proof) -> Self {
        Self { extra_nonce, lanes: 1, proof, lane: 0 }
    }

    /// Where one of many workers begins on a job that they share. Each has its own extra nonces, and with them more
    /// attempts than it can make, so no two workers ever make the same.
    pub fn of_worker(job: &Job, worker: u32) -> Self {
        let first = u64::from(worker) * u64::from(LANES_MAX);
        Self { lanes: LANES_MAX, ..Self::at(job.header.extra_nonce.plus(first), job.header.proof) }
    }

    /// The same with fewer extra nonces or more, from 1 to [`LANES_MAX`].
    #[must_use]
    pub fn with_lanes(self, lanes: u32) -> Self {
        Self { lanes: lanes.clamp(1, LANES_MAX), ..self }
    }

    /// The extra nonce and the proof of the next attempt.
    pub fn next_attempt(&self) -> (ExtraNonce, Proof) {
        (self.extra_nonce.plus(self.lane.into()), self.proof)
    }

    /// The cursor so many attempts further on. After the last proof comes the first.
    #[must_use]
    pub fn plus(self, attempts: u64) -> Self {
        let lanes = u64::from(self.lanes);
        let (rows, lane) = (attempts / lanes, u64::from(self.lane) + attempts % lanes);
        let proof = Proof(self.proof.0.wrapping_add(u128::from(rows + lane / lanes)));
        Self { proof, lane: (lane % lanes) as u32, ..self }
    }
}

/// What a slice of a search came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SearchOutcome {
    /// What was found.
    pub found: Option<(ExtraNonce, Proof)>,
    /// How many attempts were made.
    pub attempts: u64,
    /// Where to go on.
    pub next: SearchCursor,
}

/// Makes up to `attempts` attempts from the cursor on, and stops at the first that meets the job's target.
///
/// The kernel goes through the low 32 bits of the proof; when they are used up, the search goes on with the next higher
/// bits, of which there are more than a miner can use. Of a row that the limit cuts through, each part is tried by
/// itself, so that no attempt is made twice.
///
/// # Panics
/// When the job's target is none; a job comes from a [`Template`].
pub fn search(kernel: &dyn Kernel, job: &Job, from: SearchCursor, attempts: u64) -> SearchOutcome {
    let SearchCursor { extra_nonce, lanes, .. } = from;
    let mut prepared = PreparedHeader::new(&Header { extra_nonce, proof: from.proof, ..job.header }, lanes);
    let (mut next, mut made) = (from, 0);
    while made < attempts {
        if next.proof.0 >> 32 != from.proof.0 >> 32 {
            prepared.set_proof(next.proof);
        }
        let (low, left) = (next.proof.0 as u32, attempts - made);
        let rows = (left / u64::from(lanes)).min((1 << 32) - u64::from(low)).min(u64::from(u32::MAX)) as u32;
        let (tried, lane) = if next.lane > 0 || rows == 0 {
            let end = u64::from(lanes).min(u64::from(next.lane) + left) as u32;
            let lane = prepared.first_in_row(low, next.lane..end);
            (u64::from(lane.map_or(end, |lane| lane + 1) - next.lane), lane)
        } else if let Some(row) = kernel.first_row(&prepared, low, rows) {
            let lane = prepared.first_in_row(row, 0..lanes);
            (u64::from(row - low) * u64::from(lanes) + u64::from(lane.map_or(lanes, |lane| lane + 1)), lane)
        } else {
            (u64::from(rows) * u64::from(lanes), None)
        };
        made += tried;
        let last = next.plus(tried - 1);
        next = next.plus(tried);
        if lane.is_some() {
            return SearchOutcome { found: Some(last.next_attempt()), attempts: made, next };
        }
    }
    SearchOutcome { found: None, attempts: made, next }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::pow::{Scalar, kernels};
    use crate::testing::{ChainBuilder, address, payment};
    use crate::values::Target;

    fn cursor(proof: u128) -> SearchCursor {
        SearchCursor::at(ExtraNonce([3; 12]), Proof(proof))
    }

    /// A builder in which key 1 has 30 coins, its chain, and a pool with one payment.
    fn setting() -> (ChainBuilder, Chain, Mempool) {
        let mut builder = ChainBuilder::easy();
        builder.mine_many(1, 3);
        let chain = builder.chain();
        let mut mempool = Mempool::new(chain.network());
        mempool
            .insert(builder.pay(1, 2, Amount::from_coins(4), Amount::from_units(100_000)), chain.ledger())
            .expect("good");
        (builder, chain, mempool)
    }

    #[test]
    fn a_template_and_a_proof_make_a_block_that_the_chain_takes() {
        let (builder, mut chain, mempool) = setting();
        let now = builder.now().plus_ms(4_000);
        let template = Template::build(&chain, &mempool, address(7), now);
        assert_eq!((template.height(), template.payments().count()), (Height::from(4), 1));
        assert_eq!((template.reward(), template.fees()), (Amount::from_units(10_100_000), Amount::from_units(100_000)));
        let job = template.job(JobId(5));
        let (extra_nonce, proof) = search(&Scalar, &job, cursor(0), u64::MAX).found.expect("an easy proof");
        let block = template.block(extra_nonce, proof);
        assert_eq!(block.encoded_len(), template.encoded_len());
        chain.insert_block(block, now, &|signed| mempool.holds(signed)).expect("a valid block");
        assert_eq!(chain.ledger().account(&address(7)).balance, template.reward());
    }

    #[test]
    fn a_full_mempool_fills_a_block_to_its_limit_and_no_further() {
        let mut builder = ChainBuilder::easy();
        builder.mine_many(1, 3);
        let mut chain = builder.chain();
        let mut mempool = Mempool::new(chain.network());
        let bytes = builder.pay(1, 2, Amount::from_units(1), Amount::ZERO).encoded_len();
        for sequence in 0..(BLOCK_BYTES_MAX / bytes + 5) as u64 {
            let signed = payment(chain.network(), 1, 2, Amount::from_units(1), Amount::ZERO, sequence);
            mempool.insert(signed, chain.ledger()).expect("good");
        }
        let template = Template::build(&chain, &mempool, address(7), builder.now());
        let free = BLOCK_BYTES_MAX - template.encoded_len();
        assert!(free < bytes, "{free} bytes are free and a payment takes {bytes}");
        let (extra_nonce, proof) = search(&Scalar, &template.job(JobId(0)), cursor(0), u64::MAX).found.expect("easy");
        assert!(
            chain
                .insert_block(template.block(extra_nonce, proof), builder.now(), &|signed| mempool.holds(signed))
                .is_ok()
        );
    }

    #[test]
    fn the_bytes_set_aside_are_those_of_a_block_without_payments() {
        let (_, chain, _) = setting();
        let empty = Template::build(&chain, &Mempool::new(chain.network()), address(7), chain.tip().timestamp);
        assert_eq!(empty.encoded_len(), EMPTY_BLOCK_BYTES);
    }

    #[test]
    fn a_clock_that_is_behind_still_makes_a_block_in_time() {
        let (_, chain, mempool) = setting();
        let template = Template::build(&chain, &mempool, address(7), Timestamp::from_ms(0));
        assert_eq!(template.header().timestamp, chain.median_time().plus_ms(1));
    }

    #[test]
    fn a_template_that_differs_in_time_alone_is_the_same_work() {
        let (builder, chain, mempool) = setting();
        let at = |ms| Template::build(&chain, &mempool, address(7), builder.now().plus_ms(ms));
        assert!(at(1_000).is_same_work(&at(2_000)));
        assert!(!at(1_000).is_same_work(&Template::build(&chain, &mempool, address(8), builder.now())));
        let without = Template::build(&chain, &Mempool::new(chain.network()), address(7), builder.now());
        assert!(!at(1_000).is_same_work(&without));
    }

    #[test]
    fn a_search_in_slices_makes_every_attempt_once() {
        let (_, chain, mempool) = setting();
        let job = Template::build(&chain, &mempool, address(7), chain.tip().timestamp).job(JobId(1));
        let whole = search(&Scalar, &job, cursor(0), u64::MAX);
        let (_, Proof(found)) = whole.found.expect("an easy proof");
        assert_eq!((u128::from(whole.attempts), whole.next), (found + 1, cursor(found + 1)));
        for slice in [1, 7, 100] {
            let (mut from, mut attempts) = (cursor(0), 0);
            let outcome = loop {
                let outcome = search(&Scalar, &job, from, slice);
                attempts += outcome.attempts;
                from = outcome.next;
                if outcome.found.is_some() {
                    break outcome;
                }
                assert_eq!(outcome.attempts, slice);
            };
            assert_eq!((outcome.found, attempts, from), (whole.found, whole.attempts, whole.next));
        }
    }

    /// All hits among the first attempts from a cursor on, by hashing whole headers.
    fn reference(job: &Job, from: SearchCursor, attempts: u64) -> Vec<(ExtraNonce, Proof)> {
        let target = Target::from_compact(job.header.target).expect("a target");
        let meets = |(extra_nonce, proof): &(ExtraNonce, Proof)| {
            target.is_met_by(&Header { extra_nonce: *extra_nonce, proof: *proof, ..job.header }.hash())
        };
        (0..attempts).map(|attempt| from.plus(attempt).next_attempt()).filter(meets).collect()
    }

    fn easy_job() -> Job {
        let (_, chain, mempool) = setting();
        Template::build(&chain, &mempool, address(7), chain.tip().timestamp).job(JobId(1))
    }

    #[test]
    fn every_kernel_finds_every_hit_in_slices_of_any_length_and_past_the_low_word() {
        let job = easy_job();
        let carry = (6_u128 << 32) - 20;
        for lanes in [1, 17, LANES_MAX] {
            for proof in [0, carry, u128::MAX - 20] {
                let begin = cursor(proof).with_lanes(lanes);
                let all = 30 * u64::from(lanes);
                let expected = reference(&job, begin, all);
                for kernel in kernels() {
                    for slice in [7, 64, u64::MAX] {
                        let (mut from, mut left, mut found) = (begin, all, Vec::new());
                        while left > 0 {
                            let outcome = search(&*kernel, &job, from, slice.min(left));
                            assert!(outcome.found.is_some() || outcome.attempts == slice.min(left));
                            assert_eq!(outcome.next, from.plus(outcome.attempts));
                            left -= outcome.attempts;
                            from = outcome.next;
                            found.extend(outcome.found);
                        }
                        assert_eq!(found, expected, "{}, {lanes} lanes from {proof}, {slice}", kernel.name());
                    }
                }
            }
        }
    }

    #[test]
    fn more_attempts_than_the_low_word_holds_are_counted() {
        // A kernel that never finds anything, and is quick about it.
        struct Blind;
        impl Kernel for Blind {
            fn name(&self) -> &'static str {
                "blind"
            }
            fn first_row(&self, _: &PreparedHeader, first: u32, rows: u32) -> Option<u32> {
                assert!(first.checked_add(rows - 1).is_some(), "the rows go past the last");
                None
            }
        }
        let high = 5_u128 << 32;
        for lanes in [1, LANES_MAX] {
            let attempts = u64::from(lanes) << 33;
            let outcome = search(&Blind, &easy_job(), cursor(high + 2).with_lanes(lanes), attempts);
            assert_eq!((outcome.found, outcome.attempts), (None, attempts));
            assert_eq!(outcome.next, cursor((7 << 32) + 2).with_lanes(lanes));
        }
    }

    #[test]
    fn workers_of_one_job_share_no_attempt() {
        let job = Job { header: Header { extra_nonce: ExtraNonce([255; 12]), ..easy_job().header }, ..easy_job() };
        let mut seen = std::collections::BTreeSet::new();
        for worker in 0..5 {
            let from = SearchCursor::of_worker(&job, worker);
            for attempt in 0..300 {
                let (extra_nonce, Proof(proof)) = from.plus(attempt).next_attempt();
                assert!(seen.insert((extra_nonce, proof)), "attempt {attempt} of worker {worker} was made before");
            }
        }
        let extra_nonces = |worker| {
            let from = SearchCursor::of_worker(&job, worker);
            let all: std::collections::BTreeSet<_> = (0..1_000).map(|at| from.plus(at).next_attempt().0).collect();
            all
        };
        assert_eq!(extra_nonces(0).len(), LANES_MAX as usize);
        assert!(extra_nonces(u32::MAX).is_disjoint(&extra_nonces(0)), "the last worker and the first");
    }
}
