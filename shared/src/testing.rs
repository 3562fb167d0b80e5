//! Valid chains, made quickly: for tests, benchmarks and whoever wants a network to play with.
//!
//! Everything here is deterministic and nothing is secret: keys are numbered, proofs are easy, time stands in the
//! blocks. What a [`ChainBuilder`] makes keeps all rules; a test that wants a broken block takes a
//! [draft](ChainBuilder::draft), breaks it, and [solves](solve) it. Misuse panics.

pub mod help;
pub mod world;

use crate::rules::block::reward_and_fees;
use crate::state::{Chain, Job, JobId, Ledger, MemoryBodies, Scalar, SearchCursor, search};
use crate::values::{
    Address, Amount, Block, CompactTarget, ExtraNonce, HEADER_VERSION, Header, Height, Memo, NetworkId, Params,
    Payment, Proof, Reward, SecretKey, SignedPayment, Target, Timestamp, Transaction, sha256,
};

/// The parameters of `main`, but a proof takes about 256 attempts.
pub fn easy_params() -> Params {
    Params { target_limit: CompactTarget::from_bits(0x2000_ffff), ..Params::main() }
}

/// The key with this number.
pub fn key(number: u64) -> SecretKey {
    SecretKey::from_bytes(sha256(&[b"tabcoin test key", &number.to_le_bytes()]))
}

/// The address of the key with this number.
pub fn address(number: u64) -> Address {
    key(number).public().address()
}

/// A payment between numbered keys, with all that a builder would fill in.
pub fn payment(network: NetworkId, from: u64, to: u64, amount: Amount, fee: Amount, sequence: u64) -> SignedPayment {
    let (key, receiver) = (key(from), address(to));
    let payment = Payment { network, sender: key.public(), receiver, amount, fee, sequence, memo: Memo::default() };
    payment.sign(&key)
}

/// Sets the root that the transactions have, and finds a proof.
pub fn solve(block: &mut Block) {
    block.header.root = block.root();
    solve_header(&mut block.header);
}

/// Finds a proof, the root as it is.
pub fn solve_header(header: &mut Header) {
    let from = SearchCursor::at(header.extra_nonce, Proof::default());
    let job = Job { id: JobId::default(), header: *header };
    let found = search(&Scalar, &job, from, u64::MAX).found;
    header.proof = found.expect("2^64 attempts find an easy proof").1;
}

/// Makes a chain, block by block, on top of the genesis of its parameters.
///
/// ```
/// use shared::Amount;
/// use shared::testing::ChainBuilder;
///
/// let mut chain = ChainBuilder::easy();
/// chain.mine(1, &[]);
/// let payment = chain.pay(1, 2, Amount::from_coins(4), Amount::from_units(100_000));
/// chain.mine(1, &[payment]);
/// assert_eq!(chain.balance(1), Amount::from_coins(16));
/// assert_eq!(chain.balance(2), Amount::from_coins(4));
/// ```
#[derive(Clone, Debug)]
pub struct ChainBuilder {
    params: Params,
    network: NetworkId,
    /// All blocks, the genesis first.
    blocks: Vec<Block>,
    ledger: Ledger,
    interval_ms: u64,
    /// Stands in the extra nonce, so that forks differ from what they fork from.
    branch: [u8; 12],
    forks: u64,
}

impl ChainBuilder {
    /// A chain of [`easy_params`].
    pub fn easy() -> Self {
        Self::new(easy_params())
    }

    /// A chain of other parameters, which had better be easy too.
    pub fn new(params: Params) -> Self {
        Self {
            network: params.network(),
            blocks: vec![params.genesis()],
            interval_ms: params.interval_ms,
            ledger: Ledger::default(),
            params,
            branch: [0; 12],
            forks: 0,
        }
    }

    /// The parameters.
    pub fn params(&self) -> &Params {
        &self.params
    }

    /// The network's name.
    pub fn network(&self) -> NetworkId {
        self.network
    }

    /// The ledger at the tip.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// What the key with this number has.
    pub fn balance(&self, number: u64) -> Amount {
        self.ledger.account(&address(number)).balance
    }

    /// All blocks after the genesis.
    pub fn blocks(&self) -> &[Block] {
        &self.blocks[1..]
    }

    /// The last block.
    pub fn tip(&self) -> &Block {
        self.blocks.last().expect("there is always a genesis")
    }

    /// The last block's height.
    pub fn height(&self) -> Height {
        self.tip().header.height
    }

    /// A time at which all blocks may be taken: the last one's.
    pub fn now(&self) -> Timestamp {
        self.tip().header.timestamp
    }

    /// Sets the time between blocks from here on. Short ones make the targets, block by block, harder.
    pub fn set_interval_ms(&mut self, interval_ms: u64) {
        self.interval_ms = interval_ms;
    }

    /// The target of the next block.
    pub fn next_target(&self) -> Target {
        let Some(grandparent) = self.blocks.len().checked_sub(2).map(|at| &self.blocks[at].header) else {
            return self.params.target_limit();
        };
        let parent = &self.tip().header;
        let target = Target::from_compact(parent.target).expect("blocks here have valid targets");
        Target::next(target, parent.timestamp.signed_ms_since(grandparent.timestamp), &self.params)
    }

    /// A payment between numbered keys, next in the sender's sequence.
    pub fn pay(&self, from: u64, to: u64, amount: Amount, fee: Amount) -> SignedPayment {
        payment(self.network, from, to, amount, fee, self.ledger.account(&address(from)).next_sequence)
    }

    /// The next block, unsolved, for the miner with this number.
    pub fn draft(&self, miner: u64, payments: &[SignedPayment]) -> Block {
        let parent = self.tip();
        let height = parent.header.height.next();
        let amount = reward_and_fees(self.params.reward, payments).expect("fees that fit");
        let reward = Transaction::Reward(Reward { height, receiver: address(miner), amount });
        let payments = payments.iter().cloned().map(Transaction::Payment);
        let mut block = Block {
            header: Header {
                version: HEADER_VERSION,
                previous_hash: parent.hash(),
                height,
                timestamp: parent.header.timestamp.plus_ms(self.interval_ms),
                extra_nonce: ExtraNonce(self.branch),
                root: parent.header.root,
                target: self.next_target().to_compact(),
                proof: Proof::default(),
            },
            transactions: std::iter::once(reward).chain(payments).collect(),
        };
        block.header.root = block.root();
        block
    }

    /// Puts a solved block on top.
    pub fn push(&mut self, block: Block) {
        assert_eq!(block.header.previous_hash, self.tip().hash(), "a block is pushed on its parent");
        self.ledger.apply(&block, self.params.reward).expect("payments that the ledger allows");
        self.blocks.push(block);
    }

    /// Mines a block of these payments for the miner with this number.
    pub fn mine(&mut self, miner: u64, payments: &[SignedPayment]) -> Block {
        let mut block = self.draft(miner, payments);
        solve(&mut block);
        self.push(block.clone());
        block
    }

    /// Mines so many blocks without payments.
    pub fn mine_many(&mut self, miner: u64, count: usize) {
        for _ in 0..count {
            self.mine(miner, &[]);
        }
    }

    /// Mines so many blocks, each with as many payments as `senders` keys, numbered from `first_sender`, can make: one
    /// each. They are paid out of blocks that come before.
    pub fn mine_busy(&mut self, count: usize, first_sender: u64, senders: u64) {
        let keys = first_sender..first_sender + senders;
        for sender in keys.clone() {
            self.mine(sender, &[]);
        }
        for round in 0..count as u64 {
            let receiver = |sender| first_sender + (sender - first_sender + 1 + round) % senders.max(1);
            let pay = |sender| self.pay(sender, receiver(sender), Amount::from_units(1_000), Amount::from_units(10));
            let payments: Vec<_> = keys.clone().map(pay).collect();
            self.mine(first_sender + round % senders.max(1), &payments);
        }
    }

    /// A second builder whose chain is this one's up to `height` and then goes its own way.
    pub fn fork_at(&mut self, height: u64) -> Self {
        self.forks += 1;
        let mut fork = Self::new(self.params.clone());
        let name = sha256(&[&self.branch, &self.forks.to_le_bytes()]);
        fork.branch.copy_from_slice(&name[..12]);
        fork.interval_ms = self.interval_ms;
        for block in &self.blocks[1..=height as usize] {
            fork.push(block.clone());
        }
        fork
    }

    /// A [`Chain`] that holds these blocks.
    pub fn chain(&self) -> Chain {
        let mut chain = Chain::new(self.params.clone(), Box::new(MemoryBodies::default()));
        for block in self.blocks() {
            chain.insert_block(block.clone(), self.now(), &|_| false).expect("a builder's blocks are valid");
        }
        chain
    }
}
