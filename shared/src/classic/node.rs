//! A node of the tutorial: one of its scripts, without its socket, its clock and its `uuid4`.
//!
//! Everything is manual, as there: others are connected by hand, and a longer chain is adopted when the node is told to
//! replace its own. Its shell fetches the others' chains, saves the node when its [revision](Node::revision) has
//! changed, and hands in the time.

use std::collections::BTreeSet;

use super::block::Block;
use super::chain::{Chain, ChainError};
use super::json::{JsonError, Object, Value, compact, parse};
use super::limits::{
    CLASSIC_CHAIN_BYTES_MAX, CLASSIC_TRANSACTION_BYTES_MAX, NODES_MAX, PENDING_BYTES_MAX, PENDING_MAX,
    PROOF_ATTEMPTS_MAX,
};
use super::netloc::{UrlError, netloc};
use super::proof::{ProofError, ProofSearch, is_proof_hash, proof_hash};
use crate::counted;
use crate::rules::receipt::{Receipt, Refusal};
use crate::values::{NodeId, Timestamp};

/// What a block brings its miner, in coins.
pub const REWARD_COINS: u64 = 10;

/// The most bytes of JSON that a block of the reward alone adds to a chain: its five fields with the longest numbers that a
/// chain of this size can have, and a name of which each character is written as an escape.
const BLOCK_BYTES: usize = 640;

/// A node.
#[derive(Clone, Debug)]
pub struct Node {
    id: NodeId,
    name: String,
    chain: Chain,
    pending: Pending,
    nodes: BTreeSet<String>,
    revision: u64,
}

/// Transactions that wait for a block.
#[derive(Clone, Debug, Default)]
struct Pending {
    transactions: Vec<Value>,
    bytes: usize,
}

/// Why a node does not do what it is asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NodeError {
    /// The chain.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// A proof.
    #[error(transparent)]
    Proof(#[from] ProofError),
    /// A URL.
    #[error(transparent)]
    Url(#[from] UrlError),
    /// A saved node that is none.
    #[error("what was saved is no node")]
    Saved,
    /// Too long a transaction.
    #[error("a transaction of {bytes} bytes, and {CLASSIC_TRANSACTION_BYTES_MAX} are taken")]
    TransactionSize {
        /// How many bytes of JSON it has.
        bytes: usize,
    },
    /// No room in the chain for what is asked.
    #[error("a chain of {bytes} bytes has no room for {what}, and {CLASSIC_CHAIN_BYTES_MAX} are kept")]
    ChainFull {
        /// How many bytes of JSON it has.
        bytes: usize,
        /// What there is no room for.
        what: &'static str,
    },
    /// No proof can be found after the last block's, so the chain ends there.
    #[error("the chain ends: {why}")]
    Ended {
        /// What is wrong with the last proof.
        why: String,
    },
    /// As many transactions wait as may.
    #[error("{} of {bytes} bytes waiting", counted(*count, "transaction"))]
    PendingFull {
        /// How many would wait.
        count: usize,
        /// How many bytes of JSON they would have.
        bytes: usize,
    },
    /// Connected to as many nodes as may be.
    #[error("connected to {NODES_MAX} nodes")]
    NodesFull,
    /// A proof that was searched for after another one than the chain's last.
    #[error("{proof} is no proof after the chain's last")]
    Stale {
        /// The proof.
        proof: u64,
    },
}

impl From<JsonError> for NodeError {
    fn from(error: JsonError) -> Self {
        Self::Chain(ChainError::Json(error))
    }
}

impl Refusal for NodeError {
    fn receipt(&self) -> Receipt {
        match self {
            Self::Chain(error) => error.receipt(),
            Self::Proof(error) => error.receipt(),
            Self::Url(error) => error.receipt(),
            Self::Saved => Receipt::new("saved node", "a chain, transactions and nodes", "something else"),
            Self::TransactionSize { bytes } => Receipt::new(
                "transaction size",
                format!("at most {CLASSIC_TRANSACTION_BYTES_MAX} bytes of JSON"),
                format!("{bytes} bytes"),
            ),
            Self::ChainFull { bytes, what } => Receipt::new(
                "chain size",
                format!(
                    "at most {CLASSIC_CHAIN_BYTES_MAX} bytes of JSON; begin a new chain: Start over on the page, or POST /start_over"
                ),
                format!("{bytes} bytes, and no room for {what}"),
            ),
            Self::Ended { why } => Receipt::new(
                "proof",
                "a last proof that another can follow; begin a new chain: Start over on the page, or POST /start_over",
                why.as_str(),
            ),
            Self::PendingFull { count, bytes } => Receipt::new(
                "waiting transactions",
                format!(
                    "at most {PENDING_MAX}, of {PENDING_BYTES_MAX} bytes of JSON: mine a block first, or drop them"
                ),
                format!("{count} of {bytes} bytes with this one"),
            ),
            Self::NodesFull => Receipt::new(
                "connected nodes",
                format!("at most {NODES_MAX}; POST /disconnect_node takes those that are named away"),
                "one more",
            ),
            Self::Stale { proof } => {
                Receipt::new("proof", "a proof after the chain's last one", format!("{proof}, found for another"))
            }
        }
    }
}

impl Node {
    /// A node with a genesis of its own, made now. `name` is who gets the reward.
    pub fn new(id: NodeId, name: impl Into<String>, now: Timestamp) -> Self {
        let chain = Chain::new(Block::genesis(now));
        Self { id, name: name.into(), chain, pending: Pending::default(), nodes: BTreeSet::new(), revision: 0 }
    }

    /// Takes a node up that was [saved](Self::save).
    ///
    /// # Errors
    /// When it was not, or what was saved passes a limit.
    pub fn restore(id: NodeId, name: impl Into<String>, saved: &str) -> Result<Self, NodeError> {
        let Value::Object(saved) = parse(saved)? else { return Err(NodeError::Saved) };
        let list = |key: &str| saved.get(key).and_then(Value::as_list).ok_or(NodeError::Saved);
        let chain = Chain::from_value(saved.get("chain").cloned().ok_or(NodeError::Saved)?)?;
        let mut pending = Pending::default();
        for transaction in list("transactions")? {
            // What passes a limit of now was within those of then: the chain is worth more than what waits.
            if pending.push(transaction.clone()).is_err() {
                break;
            }
        }
        let nodes = list("nodes")?.iter().map(|node| node.as_text().map(str::to_owned));
        let nodes = nodes.collect::<Option<BTreeSet<String>>>().ok_or(NodeError::Saved)?;
        if nodes.len() > NODES_MAX {
            return Err(NodeError::NodesFull);
        }
        Ok(Self { id, name: name.into(), chain, pending, nodes, revision: 0 })
    }

    /// Its chain, its waiting transactions and its nodes as one JSON text.
    pub fn save(&self) -> String {
        let nodes = self.nodes.iter().map(|node| Value::from(node.as_str())).collect();
        let saved = Object::default()
            .with("chain", self.chain.to_value())
            .with("transactions", Value::List(self.pending.transactions.clone()))
            .with("nodes", Value::List(nodes));
        compact(&saved.into())
    }

    /// Its id: who pays the reward.
    pub fn id(&self) -> NodeId {
        self.id
    }

    /// Its owner: who gets the reward.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its chain.
    pub fn chain(&self) -> &Chain {
        &self.chain
    }

    /// The transactions that wait for its next block.
    pub fn pending(&self) -> &[Value] {
        &self.pending.transactions
    }

    /// The places of the nodes it is connected to, in the order of their texts.
    pub fn nodes(&self) -> impl Iterator<Item = &str> {
        self.nodes.iter().map(String::as_str)
    }

    /// A number that goes up whenever the chain, the waiting transactions or the nodes change.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// Gives the rewards to another name from now on.
    pub fn rename(&mut self, name: impl Into<String>) {
        self.name = name.into();
    }

    /// The tutorial's `add_transaction`: returns the index of the block that it will be in. That is one more than what
    /// the last block says of itself. Where that is no number, and the tutorial's code fails, or has more than 38 digits,
    /// blocks are counted.
    ///
    /// # Errors
    /// When it is too long, too many wait, or there can be no next block.
    pub fn add_transaction(&mut self, sender: Value, receiver: Value, amount: Value) -> Result<Value, NodeError> {
        let transaction = transaction(sender, receiver, amount);
        let waiting = self.pending.check(&transaction)?;
        self.begin_search()?;
        // What waits fits into the next block, so that mining it never fails.
        if waiting > self.room_for_transactions() {
            let bytes = self.chain.bytes() + self.pending.bytes;
            return Err(NodeError::ChainFull { bytes, what: "another transaction" });
        }
        self.pending.push(transaction)?;
        self.revision += 1;
        let blocks = Value::from(self.chain.length() as u64 + 1);
        Ok(match self.chain.last().index() {
            Some(Value::Float(index)) => Value::Float(index + 1.0),
            Some(index) => index.to_integer().and_then(|index| index.plus_one()).map_or(blocks, Value::Int),
            None => blocks,
        })
    }

    /// The tutorial's `add_node` for each URL: keeps its [netloc].
    ///
    /// # Errors
    /// When one names no host, or too many would be known. Then none is kept.
    pub fn connect<'a>(&mut self, urls: impl IntoIterator<Item = &'a str>) -> Result<(), NodeError> {
        let mut added = BTreeSet::new();
        for url in urls {
            let netloc = netloc(url)?;
            if !self.nodes.contains(&netloc) {
                added.insert(netloc);
            }
            if self.nodes.len() + added.len() > NODES_MAX {
                return Err(NodeError::NodesFull);
            }
        }
        self.revision += u64::from(!added.is_empty());
        self.nodes.extend(added);
        Ok(())
    }

    /// Forgets a node; says whether it was known.
    pub fn disconnect(&mut self, netloc: &str) -> bool {
        let was_known = self.nodes.remove(netloc);
        self.revision += u64::from(was_known);
        was_known
    }

    /// Connects it to these nodes and no others, by their places; at most as many as may be known.
    pub fn connect_only(&mut self, netlocs: impl IntoIterator<Item = String>) {
        let nodes = netlocs.into_iter().take(NODES_MAX).collect();
        if self.nodes != nodes {
            self.nodes = nodes;
            self.revision += 1;
        }
    }

    /// Begins a new chain with a genesis of its own, as a restart of the tutorial's script does. What waits and the
    /// connected nodes are forgotten, as there.
    pub fn start_over(&mut self, now: Timestamp) {
        self.chain = Chain::new(Block::genesis(now));
        self.pending = Pending::default();
        self.nodes = BTreeSet::new();
        self.revision += 1;
    }

    /// Gives up what waits for a block; says how many transactions that were.
    pub fn drop_pending(&mut self) -> usize {
        let dropped = std::mem::take(&mut self.pending).transactions.len();
        self.revision += u64::from(dropped > 0);
        dropped
    }

    /// The search for the next block's proof, to be made in slices. What it finds goes to [`mined`](Self::mined).
    ///
    /// # Errors
    /// When there can be none, or the chain has no room for another block.
    pub fn search(&self) -> Result<ProofSearch, NodeError> {
        self.check_room()?;
        self.begin_search()
    }

    fn begin_search(&self) -> Result<ProofSearch, NodeError> {
        let last = self.chain.last().proof();
        let last = last.ok_or_else(|| NodeError::Ended { why: "a last block without a proof".to_owned() })?;
        ProofSearch::new(&last).map_err(|error| NodeError::Ended { why: error.to_string() })
    }

    /// The tutorial's `mine_block`, at once: usually about 65,000 attempts.
    ///
    /// # Errors
    /// When there can be no proof, or the chain would be longer than is kept.
    pub fn mine(&mut self, now: Timestamp) -> Result<&Block, NodeError> {
        let proof = self.search()?.run(PROOF_ATTEMPTS_MAX).ok_or(ProofError::NotFound)?;
        self.put_block(proof, now)
    }

    /// Makes a block with a proof that was searched for, of all that waits and the reward.
    ///
    /// # Errors
    /// When the chain has changed meanwhile so that the proof fits no longer, or would be longer than is kept.
    pub fn mined(&mut self, proof: u64, now: Timestamp) -> Result<&Block, NodeError> {
        let hash = proof_hash(&proof.into(), self.begin_search()?.previous())?;
        if !is_proof_hash(&hash) {
            return Err(NodeError::Stale { proof });
        }
        self.put_block(proof, now)
    }

    /// Puts a block of what waits on the chain, as much of it as there is room for: a longer chain may have been adopted
    /// since it came. The tutorial's block takes all, and so does this one wherever it fits.
    fn put_block(&mut self, proof: u64, now: Timestamp) -> Result<&Block, NodeError> {
        let taken = self.pending.fitting(self.room_for_transactions());
        let reward = transaction(self.id.to_string().into(), self.name.as_str().into(), REWARD_COINS.into());
        let mut transactions = self.pending.transactions[..taken].to_vec();
        transactions.push(reward);
        let index = self.chain.length() as u64 + 1;
        let block = Block::new(index, now, proof, &self.chain.last().hash(), transactions);
        self.chain.push(block)?;
        self.pending.take(taken);
        self.revision += 1;
        Ok(self.chain.last())
    }

    /// How many bytes of transactions the next block can hold beside the reward.
    fn room_for_transactions(&self) -> usize {
        CLASSIC_CHAIN_BYTES_MAX.saturating_sub(self.chain.bytes() + BLOCK_BYTES)
    }

    /// Whether the chain has room for a block of the reward alone.
    fn check_room(&self) -> Result<(), NodeError> {
        let bytes = self.chain.bytes();
        if bytes + BLOCK_BYTES > CLASSIC_CHAIN_BYTES_MAX {
            return Err(NodeError::ChainFull { bytes, what: "another block" });
        }
        Ok(())
    }

    /// The tutorial's `replace_chain`: adopts the longest of the valid chains that is longer than its own; of equally
    /// long ones the first. What waits goes on waiting, as there. Says whether one was adopted.
    pub fn replace(&mut self, candidates: impl IntoIterator<Item = Chain>) -> bool {
        let mut is_replaced = false;
        for candidate in candidates {
            if candidate.length() > self.chain.length() && candidate.is_valid() {
                self.adopt(candidate);
                is_replaced = true;
            }
        }
        is_replaced
    }

    /// Makes a chain this node's own, whatever it is. Nothing in the tutorial stops an owner from that.
    pub fn adopt(&mut self, chain: Chain) {
        self.chain = chain;
        self.revision += 1;
    }
}

/// A transaction as the tutorial writes it.
pub(super) fn transaction(sender: Value, receiver: Value, amount: Value) -> Value {
    Object::default().with("sender", sender).with("receiver", receiver).with("amount", amount).into()
}

impl Pending {
    /// How many of the first fit into so many bytes.
    fn fitting(&self, bytes: usize) -> usize {
        let mut left = bytes;
        let fits = |transaction: &&Value| {
            let taken = compact(transaction).len() + ",".len();
            let fits = taken <= left;
            left = left.saturating_sub(taken);
            fits
        };
        self.transactions.iter().take_while(fits).count()
    }

    /// Removes the first of them.
    fn take(&mut self, count: usize) {
        let gone: usize = self.transactions.drain(..count).map(|gone| compact(&gone).len() + ",".len()).sum();
        self.bytes -= gone;
    }

    /// How many bytes would wait with this one.
    fn check(&self, transaction: &Value) -> Result<usize, NodeError> {
        let bytes = compact(transaction).len();
        if bytes > CLASSIC_TRANSACTION_BYTES_MAX {
            return Err(NodeError::TransactionSize { bytes });
        }
        let (count, bytes) = (self.transactions.len() + 1, self.bytes + bytes + ",".len());
        if count > PENDING_MAX || bytes > PENDING_BYTES_MAX {
            return Err(NodeError::PendingFull { count, bytes });
        }
        Ok(bytes)
    }

    fn push(&mut self, transaction: Value) -> Result<(), NodeError> {
        self.bytes = self.check(&transaction)?;
        self.transactions.push(transaction);
        Ok(())
    }
}
