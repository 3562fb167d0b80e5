//! Mining: what the next block would hold, and the search for the proof that makes it one.
//!
//! A [`Template`] is made by the node, which knows the chain and the mempool. Its [`Job`] is small and goes to a worker
//! that knows neither; what the worker finds, the template turns into a block.

use borsh::{BorshDeserialize, BorshSerialize};

use super::chain::Chain;
use super::mempool::Mempool;
use super::pow::{Kernel, PreparedHeader};
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct SearchCursor {
    /// Which of the many headers; workers that share a job begin with different ones.
    pub extra_nonce: ExtraNonce,
    /// The next proof to try.
    pub proof: Proof,
}

/// What a slice of a search came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SearchOutcome {
    /// What was found.
    pub found: Option<(ExtraNonce, Proof)>,
    /// How many proofs were tried.
    pub attempts: u64,
    /// Where to go on.
    pub next: SearchCursor,
}

/// Tries up to `attempts` proofs from the cursor on, and stops at the first that meets the job's target.
///
/// The kernel searches the low 32 bits of the proof; when they are used up, the search goes on with the next higher
/// bits, of which there are more than a miner can use.
///
/// # Panics
/// When the job's target is none; a job comes from a [`Template`].
pub fn search(kernel: &dyn Kernel, job: &Job, from: SearchCursor, attempts: u64) -> SearchOutcome {
    let SearchCursor { extra_nonce, proof: Proof(mut proof) } = from;
    let mut made = 0;
    while made < attempts {
        let low = proof as u32;
        let until_carry = (1 << 32) - u64::from(low);
        let count = (attempts - made).min(until_carry).min(u64::from(u32::MAX)) as u32;
        let header = Header { extra_nonce, proof: Proof(proof), ..job.header };
        let found = kernel.search(&PreparedHeader::new(&header), low, count);
        let tried = found.map_or(count, |found| found - low + 1);
        let first = proof;
        proof = proof.wrapping_add(u128::from(tried));
        made += u64::from(tried);
        if found.is_some() {
            let found = Proof(first.wrapping_add(u128::from(tried - 1)));
            let next = SearchCursor { extra_nonce, proof: Proof(proof) };
            return SearchOutcome { found: Some((extra_nonce, found)), attempts: made, next };
        }
    }
    SearchOutcome { found: None, attempts: made, next: SearchCursor { extra_nonce, proof: Proof(proof) } }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::pow::Scalar;
    use crate::testing::{ChainBuilder, address, payment};

    fn cursor(proof: u128) -> SearchCursor {
        SearchCursor { extra_nonce: ExtraNonce([3; 12]), proof: Proof(proof) }
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

    #[test]
    fn a_search_goes_on_past_the_low_word() {
        let (_, chain, mempool) = setting();
        let template = Template::build(&chain, &mempool, address(7), chain.tip().timestamp);
        let job = template.job(JobId(1));
        // A kernel that only meets proofs whose low word is 1, so that the search must carry.
        struct Second;
        impl Kernel for Second {
            fn name(&self) -> &'static str {
                "second"
            }
            fn search(&self, _: &PreparedHeader, first: u32, count: u32) -> Option<u32> {
                (first <= 1 && 1 - first < count).then_some(1)
            }
        }
        let high = 5_u128 << 32;
        let outcome = search(&Second, &job, cursor(high + u128::from(u32::MAX) - 2), u64::MAX);
        assert_eq!(outcome.found, Some((ExtraNonce([3; 12]), Proof((6 << 32) + 1))));
        assert_eq!(outcome.attempts, 5);
        let longest = search(&Second, &job, cursor(high + 2), 1 << 33);
        assert_eq!((longest.found.map(|found| found.1), longest.attempts), (Some(Proof((6 << 32) + 1)), 1 << 32));
        let last = search(&Second, &job, cursor(u128::MAX), 3);
        assert_eq!(last.found.map(|found| found.1), Some(Proof(1)), "after the last proof comes the first");
    }
}
