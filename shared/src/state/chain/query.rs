//! Questions about the chain: for peers that sync, and for people who look.

use super::tree::{GENESIS, NodeIndex, State};
use super::{BlockHash, BlockStatus, Chain, FoundTransaction, Tip};
use crate::values::{Address, Amount, Block, Header, Height, Target, Timestamp, TransactionId, Work};

/// How far above the last complete block bodies are asked for, in blocks: bounds what may wait for a body below it.
pub const MISSING_WINDOW: u64 = 1024;
/// How many steps of a locator lead to the next block down, before they double.
const LOCATOR_DENSE: usize = 10;

impl Chain {
    /// The genesis.
    pub fn genesis_hash(&self) -> BlockHash {
        self.tree.node(GENESIS).hash
    }

    /// The end of the active chain.
    pub fn tip(&self) -> Tip {
        self.summary(self.top())
    }

    /// The end of the header chain with the most work that is not known to be invalid, whether its bodies are here or
    /// not.
    pub fn best_header(&self) -> Tip {
        self.summary(self.best_header)
    }

    /// The chain that ends at a known header.
    pub fn tip_of(&self, hash: &BlockHash) -> Option<Tip> {
        self.tree.find(hash).map(|index| self.summary(index))
    }

    /// A known header of any branch.
    pub fn header(&self, hash: &BlockHash) -> Option<&Header> {
        self.tree.find(hash).map(|index| &self.tree.node(index).header)
    }

    /// The height of a known header.
    pub fn height_of(&self, hash: &BlockHash) -> Option<Height> {
        self.tip_of(hash).map(|tip| tip.height)
    }

    /// The work of the chain that ends at a known header.
    pub fn work_of(&self, hash: &BlockHash) -> Option<Work> {
        self.tip_of(hash).map(|tip| tip.work)
    }

    /// How far a known block has come.
    pub fn status(&self, hash: &BlockHash) -> Option<BlockStatus> {
        let index = self.tree.find(hash)?;
        Some(match self.tree.node(index).state {
            State::HeaderOnly => BlockStatus::HeaderOnly,
            State::Invalid => BlockStatus::Invalid,
            State::Complete { .. } if self.is_active_index(index) => BlockStatus::Active,
            State::Stored | State::Complete { .. } => BlockStatus::Stored,
        })
    }

    /// Whether a block's body is here.
    pub fn has_body(&self, hash: &BlockHash) -> bool {
        matches!(self.status(hash), Some(BlockStatus::Stored | BlockStatus::Active))
    }

    /// Whether a block and all below it are here and valid to the last payment, on whichever branch.
    pub fn is_complete(&self, hash: &BlockHash) -> bool {
        self.tree.find(hash).is_some_and(|index| matches!(self.tree.node(index).state, State::Complete { .. }))
    }

    /// A block whose body is here, as it is encoded.
    pub fn body_bytes(&self, hash: &BlockHash) -> Option<Vec<u8>> {
        if self.has_body(hash) { self.bodies.get(hash) } else { None }
    }

    /// A block whose body is here.
    pub fn block(&self, hash: &BlockHash) -> Option<Block> {
        let index = self.tree.find(hash)?;
        self.has_body(hash).then(|| self.load(index))
    }

    /// Whether a block is on the active chain.
    pub fn is_active(&self, hash: &BlockHash) -> bool {
        self.tree.find(hash).is_some_and(|index| self.is_active_index(index))
    }

    /// The block of the active chain at a height.
    pub fn hash_at(&self, height: Height) -> Option<BlockHash> {
        self.active_at(height).map(|index| self.tree.node(index).hash)
    }

    /// The target of a block on top of the active chain.
    pub fn tip_target(&self) -> Target {
        self.next_target(self.top())
    }

    /// The time that a block on top of the active chain must be later than.
    pub fn median_time(&self) -> Timestamp {
        self.tree.median_time(self.top())
    }

    /// What a block's miner gets besides the fees.
    pub fn reward(&self) -> Amount {
        self.params.reward
    }

    /// Hashes of the active chain from its tip down: ten steps of one block, then each step twice the one before, and the
    /// genesis.
    pub fn locator(&self) -> Vec<BlockHash> {
        self.locator_from(self.top())
    }

    /// The same from a known header down.
    pub fn locator_of(&self, hash: &BlockHash) -> Option<Vec<BlockHash>> {
        self.tree.find(hash).map(|index| self.locator_from(index))
    }

    /// Up to `max` headers above the first hash of the locator that is on the chain asked for: the one that ends at
    /// `stop` where that is a known block, and else the active one.
    ///
    /// Of no known hash, everything above the genesis is served. Blocks known to be invalid are not.
    pub fn headers_after(&self, locator: &[BlockHash], stop: Option<BlockHash>, max: usize) -> Vec<Header> {
        let is_valid = |index: &NodeIndex| self.tree.node(*index).state != State::Invalid;
        let end = stop.and_then(|stop| self.tree.find(&stop)).filter(is_valid).unwrap_or(self.top());
        let known = locator.iter().filter_map(|hash| self.tree.find(hash));
        let start = known.into_iter().find(|index| self.tree.is_ancestor(*index, end)).unwrap_or(GENESIS);
        let last = self.tree.height(start).as_u64().saturating_add(max as u64);
        let last = self.tree.ancestor(end, Height::from(last));
        let down = self.tree.ancestry(last).take_while(|index| *index != start);
        let mut headers: Vec<Header> = down.map(|index| self.tree.node(index).header).collect();
        headers.reverse();
        headers
    }

    /// How many blocks beside the active chain are known, or above it.
    pub fn beside(&self) -> usize {
        self.tree.len() - self.active.len()
    }

    /// How many bytes the blocks take that are kept beside the active chain.
    pub fn beside_bytes(&self) -> usize {
        self.beside_bytes
    }

    /// Up to `max` blocks whose bodies are missing on the way to a known header, lowest first, none of them more than
    /// [`MISSING_WINDOW`] above the last block that is complete. None of an invalid block.
    pub fn missing_bodies(&self, toward: &BlockHash, max: usize) -> Vec<BlockHash> {
        let Some(toward) = self.tree.find(toward).filter(|index| self.tree.node(*index).state != State::Invalid) else {
            return Vec::new();
        };
        let complete = self.last_complete(toward);
        let top = self.tree.ancestor(toward, Height::from(complete.as_u64().saturating_add(MISSING_WINDOW)));
        let window = self.tree.ancestry(top).take_while(|index| self.tree.height(*index) > complete);
        let mut missing: Vec<BlockHash> = window
            .map(|index| self.tree.node(index))
            .filter(|node| node.state == State::HeaderOnly)
            .map(|node| node.hash)
            .collect();
        missing.reverse();
        missing.truncate(max);
        missing
    }

    /// Whether the way to a known header leads through a known block, or ends in it.
    pub fn leads_through(&self, toward: &BlockHash, block: &BlockHash) -> bool {
        let (Some(toward), Some(block)) = (self.tree.find(toward), self.tree.find(block)) else { return false };
        let height = self.tree.height(block);
        self.tree.height(toward) >= height && self.tree.ancestor(toward, height) == block
    }

    /// The height of the highest block that the active chain and the chain of a known header have in common.
    pub fn common_height(&self, hash: &BlockHash) -> Option<Height> {
        let index = self.tree.find(hash)?;
        Some(self.tree.height(self.tree.fork_point(index, self.top())))
    }

    /// Known blocks that are not invalid, on branches that leave the active chain at height `from` or above.
    pub fn rivals(&self, from: Height) -> Vec<BlockHash> {
        let from = (from.as_u64() as usize).min(self.active.len());
        let beside = self.active[from..].iter().flat_map(|fork| self.tree.children(*fork));
        beside
            .filter(|child| !self.is_active_index(*child))
            .flat_map(|branch| self.tree.descendants(branch))
            .map(|index| self.tree.node(index))
            .filter(|node| node.state != State::Invalid)
            .map(|node| node.hash)
            .collect()
    }

    /// The height of the active chain's block that holds a transaction.
    pub fn transaction_height(&self, id: &TransactionId) -> Option<Height> {
        self.index.height_of(id)
    }

    /// Finds a transaction of the active chain.
    pub fn find_transaction(&self, id: &TransactionId) -> Option<FoundTransaction> {
        let index = self.active_at(self.index.height_of(id)?)?;
        let block = self.load(index);
        let position = block.transactions.iter().position(|transaction| transaction.id() == *id)?;
        Some(FoundTransaction {
            block: self.tree.node(index).hash,
            height: block.header.height,
            timestamp: block.header.timestamp,
            position,
            transaction: block.transactions.into_iter().nth(position)?,
        })
    }

    /// The heights of the active chain's blocks that pay to or from an address, rising.
    pub fn heights_of(&self, address: &Address) -> impl DoubleEndedIterator<Item = Height> + ExactSizeIterator {
        self.index.heights_of(address)
    }

    fn active_at(&self, height: Height) -> Option<NodeIndex> {
        self.active.get(usize::try_from(height.as_u64()).ok()?).copied()
    }

    fn locator_from(&self, top: NodeIndex) -> Vec<BlockHash> {
        let mut hashes = Vec::new();
        let (mut index, mut step) = (top, 1);
        loop {
            hashes.push(self.tree.node(index).hash);
            let height = self.tree.height(index).as_u64();
            if height == 0 {
                return hashes;
            }
            if hashes.len() > LOCATOR_DENSE {
                step *= 2;
            }
            index = self.tree.ancestor(index, Height::from(height.saturating_sub(step)));
        }
    }

    /// The height of the highest complete block of the chain that ends at `index`, by bisection: all below a complete
    /// block are complete.
    fn last_complete(&self, index: NodeIndex) -> Height {
        let is_complete = |height: u64| {
            let index = self.tree.ancestor(index, Height::from(height));
            matches!(self.tree.node(index).state, State::Complete { .. })
        };
        let (mut complete, mut above) = (0, self.tree.height(index).as_u64() + 1);
        while complete + 1 < above {
            let middle = complete + (above - complete) / 2;
            if is_complete(middle) { complete = middle } else { above = middle }
        }
        Height::from(complete)
    }
}
