//! The book: every block that any node ever kept, checked once by rules written down here a second time, and the
//! accounts as they are after any of them.
//!
//! It shares with the nodes what is not a rule (encodings, hashes, signatures) and the target's formula, which has
//! vectors of its own; the rest it works out by itself.

use std::collections::BTreeMap;

use shared::state::{Chain, Ledger};
use shared::{
    Address, BLOCK_BYTES_MAX, Block, BlockHash, Height, MEDIAN_SPAN, NetworkId, Params, Target, Timestamp, Transaction,
    TransactionId,
};

/// What an account has: units, which would be below zero if somebody could overspend, and the next sequence number.
type Account = (i128, u64);

/// A payment, as far as accounts are concerned.
#[derive(Debug)]
struct Paid {
    from: Address,
    to: Address,
    amount: i128,
    fee: i128,
}

/// A block in the book.
#[derive(Debug)]
struct Entry {
    parent: BlockHash,
    height: u64,
    timestamp: Timestamp,
    target: Target,
    payments: Vec<Paid>,
    miner: Address,
    reward: i128,
}

/// The book.
#[derive(Debug)]
pub(super) struct Book {
    params: Params,
    network: NetworkId,
    genesis: BlockHash,
    entries: BTreeMap<BlockHash, Entry>,
    /// The accounts after the block `at`.
    accounts: BTreeMap<Address, Account>,
    at: BlockHash,
    /// Payments whose signatures were verified, by id and signature.
    verified: BTreeMap<TransactionId, [u8; 64]>,
}

fn check(holds: bool, found: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(found()) }
}

impl Book {
    pub(super) fn new(params: &Params) -> Self {
        let genesis = params.genesis();
        let hash = genesis.hash();
        let entry = Entry {
            parent: BlockHash::ZERO,
            height: 0,
            timestamp: genesis.header.timestamp,
            target: params.target_limit(),
            payments: Vec::new(),
            miner: Address::of(&shared::PublicKey::from_bytes([0; 32])),
            reward: 0,
        };
        Self {
            network: params.network(),
            params: params.clone(),
            genesis: hash,
            entries: BTreeMap::from([(hash, entry)]),
            accounts: BTreeMap::new(),
            at: hash,
            verified: BTreeMap::new(),
        }
    }

    pub(super) fn genesis(&self) -> BlockHash {
        self.genesis
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len() - 1
    }

    pub(super) fn contains(&self, hash: &BlockHash) -> bool {
        self.entries.contains_key(hash)
    }

    pub(super) fn accounts_len(&self) -> usize {
        self.accounts.len()
    }

    /// Checks a block and takes it down. Says what is wrong with it.
    pub(super) fn take(&mut self, hash: BlockHash, block: &Block) -> Result<(), String> {
        let header = &block.header;
        check(header.hash() == hash, || format!("kept as {hash}, it is {}", header.hash()))?;
        let parent = self.entries.get(&header.previous_hash);
        let parent = parent.ok_or_else(|| format!("its parent {} was not kept before it", header.previous_hash))?;
        check(header.height == Height::from(parent.height + 1), || format!("height {}", header.height))?;
        let target = self.next_target(parent);
        check(header.target == target.to_compact(), || format!("target {}, due is {target}", header.target))?;
        let target = Target::from_compact(header.target).map_err(|error| error.to_string())?;
        check(target.is_met_by(&hash), || format!("hash {hash} exceeds {target}"))?;
        let median = self.median(&header.previous_hash);
        check(header.timestamp > median, || format!("time {:?}, the median is {median:?}", header.timestamp))?;
        check(block.root() == header.root, || "another root".to_owned())?;
        check(block.encoded_len() <= BLOCK_BYTES_MAX, || format!("{} bytes", block.encoded_len()))?;
        let entry = self.entry(block, target)?;
        self.verify(block)?;
        self.go_to(header.previous_hash);
        self.try_apply(&entry)?;
        self.at = hash;
        self.entries.insert(hash, entry);
        Ok(())
    }

    fn next_target(&self, parent: &Entry) -> Target {
        match self.entries.get(&parent.parent) {
            None => self.params.target_limit(),
            Some(grandparent) => {
                let solve_ms = parent.timestamp.signed_ms_since(grandparent.timestamp);
                Target::next(parent.target, solve_ms, &self.params)
            }
        }
    }

    fn median(&self, from: &BlockHash) -> Timestamp {
        let back = std::iter::successors(self.entries.get(from), |entry| self.entries.get(&entry.parent));
        let mut times: Vec<Timestamp> = back.take(MEDIAN_SPAN).map(|entry| entry.timestamp).collect();
        times.sort_unstable();
        times[times.len() / 2]
    }

    fn entry(&self, block: &Block, target: Target) -> Result<Entry, String> {
        let mut payments = Vec::new();
        let mut reward = None;
        for (position, transaction) in block.transactions.iter().enumerate() {
            match transaction {
                Transaction::Reward(found) => {
                    check(position == 0, || format!("a reward at position {position}"))?;
                    check(found.height == block.header.height, || format!("a reward for {}", found.height))?;
                    reward = Some(found);
                }
                Transaction::Payment(signed) => {
                    let payment = &signed.payment;
                    check(payment.network == self.network, || "a payment of another network".to_owned())?;
                    payments.push(Paid {
                        from: payment.sender.address(),
                        to: payment.receiver,
                        amount: payment.amount.units().into(),
                        fee: payment.fee.units().into(),
                    });
                }
            }
        }
        let reward = reward.ok_or("no reward")?;
        let due = i128::from(self.params.reward.units()) + payments.iter().map(|paid| paid.fee).sum::<i128>();
        let found = i128::from(reward.amount.units());
        check(found == due, || format!("a reward of {found} units, due are {due}"))?;
        Ok(Entry {
            parent: block.header.previous_hash,
            height: block.header.height.as_u64(),
            timestamp: block.header.timestamp,
            target,
            payments,
            miner: reward.receiver,
            reward: found,
        })
    }

    /// Every payment is signed, and has the sequence number that is its sender's next.
    fn verify(&mut self, block: &Block) -> Result<(), String> {
        self.go_to(block.header.previous_hash);
        let mut next: BTreeMap<Address, u64> = BTreeMap::new();
        for transaction in &block.transactions {
            let Transaction::Payment(signed) = transaction else { continue };
            let (id, sender) = (signed.id(), signed.payment.sender.address());
            let due = next.entry(sender).or_insert_with(|| self.accounts.get(&sender).map_or(0, |account| account.1));
            check(signed.payment.sequence == *due, || {
                format!("payment {id} has number {}, due is {due}", signed.payment.sequence)
            })?;
            *due += 1;
            let signature = *signed.signature.as_bytes();
            if self.verified.get(&id) != Some(&signature) {
                let verdict = signed.payment.sender.verify(&signed.payment.signing_bytes(), &signed.signature);
                verdict.map_err(|error| error.to_string())?;
                self.verified.insert(id, signature);
            }
        }
        Ok(())
    }

    /// Makes the accounts those after this block.
    fn go_to(&mut self, hash: BlockHash) {
        let (mut up, mut down, mut forth) = (hash, self.at, Vec::new());
        let height = |book: &Self, hash: &BlockHash| book.entries[hash].height;
        while up != down {
            if height(self, &up) >= height(self, &down) {
                forth.push(up);
                up = self.entries[&up].parent;
            } else {
                let entry = &self.entries[&down];
                revert(&mut self.accounts, entry);
                down = entry.parent;
            }
        }
        for hash in forth.into_iter().rev() {
            apply(&mut self.accounts, &self.entries[&hash]);
        }
        self.at = hash;
    }

    /// Applies a block to the accounts, unless somebody would overspend.
    fn try_apply(&mut self, entry: &Entry) -> Result<(), String> {
        let mut trial: BTreeMap<Address, i128> = BTreeMap::new();
        let has = |accounts: &BTreeMap<Address, Account>, address| accounts.get(address).map_or(0, |account| account.0);
        for paid in &entry.payments {
            let from = trial.entry(paid.from).or_insert_with(|| has(&self.accounts, &paid.from));
            *from -= paid.amount + paid.fee;
            check(*from >= 0, || format!("a balance of {from} units"))?;
            *trial.entry(paid.to).or_insert_with(|| has(&self.accounts, &paid.to)) += paid.amount;
        }
        apply(&mut self.accounts, entry);
        Ok(())
    }

    /// Compares a node's accounts with those after this block. Says where they differ.
    pub(super) fn compare(&mut self, hash: &BlockHash, ledger: &Ledger) -> Result<(), String> {
        self.go_to(*hash);
        let mut own = self.accounts.iter();
        let mut theirs = ledger.accounts();
        loop {
            match (own.next(), theirs.next()) {
                (None, None) => return Ok(()),
                (Some((address, (units, next))), Some((found, account))) => {
                    let is_same = address == found
                        && *units == i128::from(account.balance.units())
                        && *next == account.next_sequence;
                    check(is_same, || {
                        format!("{address:?} has {units} units, next {next}; found {found:?} {account:?}")
                    })?;
                }
                (own, theirs) => return Err(format!("{own:?} and {theirs:?}")),
            }
        }
    }

    /// Whether a chain's active blocks are the book's, from the tip to the genesis. Says where they are not.
    pub(super) fn is_chain(&self, chain: &Chain) -> Result<(), String> {
        let mut hash = chain.tip().hash;
        let mut height = chain.tip().height;
        loop {
            let found = chain.hash_at(height);
            check(found == Some(hash), || format!("{found:?} at {height}, the chain has {hash}"))?;
            let entry = self.entries.get(&hash).ok_or_else(|| format!("{hash} at {height} was never kept"))?;
            check(entry.height == height.as_u64(), || format!("{hash} at {height} has height {}", entry.height))?;
            let Some(below) = height.previous() else { break };
            (hash, height) = (entry.parent, below);
        }
        check(hash == self.genesis, || format!("it begins with {hash}"))
    }
}

fn change(accounts: &mut BTreeMap<Address, Account>, address: Address, units: i128, steps: i64) {
    let account = accounts.entry(address).or_default();
    account.0 += units;
    account.1 = account.1.saturating_add_signed(steps);
    if *account == Account::default() {
        accounts.remove(&address);
    }
}

fn apply(accounts: &mut BTreeMap<Address, Account>, entry: &Entry) {
    for paid in &entry.payments {
        change(accounts, paid.from, -paid.amount - paid.fee, 1);
        change(accounts, paid.to, paid.amount, 0);
    }
    if entry.height > 0 {
        change(accounts, entry.miner, entry.reward, 0);
    }
}

fn revert(accounts: &mut BTreeMap<Address, Account>, entry: &Entry) {
    if entry.height > 0 {
        change(accounts, entry.miner, -entry.reward, 0);
    }
    for paid in entry.payments.iter().rev() {
        change(accounts, paid.to, -paid.amount, 0);
        change(accounts, paid.from, paid.amount + paid.fee, -1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::Amount;
    use shared::testing::{ChainBuilder, solve};

    fn coins(coins: u64) -> Amount {
        Amount::from_coins(coins)
    }

    /// A chain on which key 1 has 10 coins and key 2 has 10, and a book of it.
    fn book() -> (ChainBuilder, Book) {
        let mut builder = ChainBuilder::easy();
        let mut book = Book::new(builder.params());
        for miner in [1, 2] {
            let block = builder.mine(miner, &[]);
            book.take(block.hash(), &block).expect("a valid block");
        }
        (builder, book)
    }

    #[test]
    fn a_valid_chain_and_its_branches_are_taken_in_any_order() {
        let (mut builder, mut book) = book();
        let payment = builder.pay(1, 2, coins(4), coins(1));
        let mut fork = builder.fork_at(1);
        let blocks = [builder.mine(3, &[payment]), fork.mine(1, &[]), builder.mine(3, &[]), fork.mine(1, &[])];
        for block in &blocks {
            book.take(block.hash(), block).expect("a valid block");
        }
        for chain in [&builder, &fork] {
            book.compare(&chain.tip().hash(), chain.ledger()).expect("the same accounts");
            book.is_chain(&chain.chain()).expect("the same blocks");
        }
        assert!(book.compare(&builder.tip().hash(), fork.ledger()).is_err(), "another branch's accounts");
    }

    #[test]
    fn a_block_that_breaks_a_rule_is_not_taken() {
        type Break = fn(&ChainBuilder, &mut Block);
        let cases: [(&str, Break); 8] = [
            ("a reward of", |_, block| {
                if let Transaction::Reward(reward) = &mut block.transactions[0] {
                    reward.amount = coins(11);
                }
            }),
            ("a balance of", |builder, block| {
                block.transactions.push(Transaction::Payment(builder.pay(1, 2, coins(11), Amount::ZERO)));
            }),
            ("has number", |builder, block| {
                let signed = builder.pay(1, 2, coins(1), Amount::ZERO);
                block.transactions.extend([signed.clone(), signed].map(Transaction::Payment));
            }),
            ("signature", |builder, block| {
                let mut signed = builder.pay(1, 2, coins(1), Amount::ZERO);
                signed.payment.amount = coins(2);
                block.transactions.push(Transaction::Payment(signed));
            }),
            ("a reward at position", |_, block| block.transactions.push(block.transactions[0].clone())),
            ("target", |_, block| block.header.target = shared::CompactTarget::from_bits(0x1f7f_ff00)),
            ("time", |builder, block| block.header.timestamp = builder.params().genesis_time),
            ("its parent", |_, block| block.header.previous_hash = BlockHash::from_bytes([7; 32])),
        ];
        for (words, break_it) in cases {
            let (builder, mut book) = book();
            let mut block = builder.draft(3, &[]);
            break_it(&builder, &mut block);
            solve(&mut block);
            let found = book.take(block.hash(), &block).expect_err(words);
            assert!(found.contains(words), "{words}: {found}");
            let valid = builder.clone().mine(3, &[]);
            book.take(valid.hash(), &valid).expect("what was refused has changed nothing");
        }
    }

    #[test]
    fn a_proof_that_is_none_and_a_root_of_something_else_are_found() {
        let (builder, mut book) = book();
        let mut block = builder.draft(3, &[]);
        block.header.root = shared::MerkleRoot::from_bytes([1; 32]);
        shared::testing::solve_header(&mut block.header);
        assert!(book.take(block.hash(), &block).is_err_and(|found| found.contains("root")));
        let mut block = builder.draft(3, &[]);
        while Target::from_compact(block.header.target).is_ok_and(|target| target.is_met_by(&block.hash())) {
            block.header.proof = shared::Proof(block.header.proof.0 + 1);
        }
        assert!(book.take(block.hash(), &block).is_err_and(|found| found.contains("exceeds")));
    }
}
