//! The block tree: the header of every branch, how it hangs together, and how far each block has come.
//!
//! The tree knows links, work and states, and no rule. Blocks are numbered in the order in which their headers came, so
//! a parent always has a smaller number than its child.

use std::collections::BTreeMap;

use crate::values::{BlockHash, Header, Height, MEDIAN_SPAN, Target, Timestamp, Work};

/// A block's number in the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct NodeIndex(u32);

/// The genesis is the first.
pub(super) const GENESIS: NodeIndex = NodeIndex(0);

/// How far a block has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Only the header is here.
    HeaderOnly,
    /// The body is here and its form and signatures hold, but a body below it is missing.
    Stored,
    /// Its body and all below it are here.
    Complete {
        /// The how-manieth to become so: the first seen wins a tie.
        arrival: u64,
    },
    /// It or a block below it breaks a rule.
    Invalid,
}

/// A block of the tree.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) header: Header,
    pub(super) hash: BlockHash,
    /// Work of the chain that ends here.
    pub(super) work: Work,
    pub(super) state: State,
    /// The length of the body's encoding in bytes; 0 until it was stored.
    body_bytes: u32,
    parent: NodeIndex,
    /// An ancestor further down, so that any ancestor is found in a number of steps logarithmic in the height.
    skip: NodeIndex,
    first_child: Option<NodeIndex>,
    next_sibling: Option<NodeIndex>,
}

/// All known headers.
#[derive(Clone, Debug)]
pub(super) struct Tree {
    nodes: Vec<Node>,
    by_hash: BTreeMap<BlockHash, NodeIndex>,
}

impl Tree {
    /// A tree of the genesis alone, which is complete.
    pub(super) fn new(genesis: Header) -> Self {
        let hash = genesis.hash();
        let node = Node {
            header: genesis,
            hash,
            work: Work::ZERO,
            state: State::Complete { arrival: 0 },
            body_bytes: 0,
            parent: GENESIS,
            skip: GENESIS,
            first_child: None,
            next_sibling: None,
        };
        Self { nodes: vec![node], by_hash: BTreeMap::from([(hash, GENESIS)]) }
    }

    /// How many blocks there are.
    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    pub(super) fn find(&self, hash: &BlockHash) -> Option<NodeIndex> {
        // Most often it is the one that came last: the parent of the next.
        let last = self.nodes.len() - 1;
        if self.nodes[last].hash == *hash { Some(NodeIndex(last as u32)) } else { self.by_hash.get(hash).copied() }
    }

    pub(super) fn node(&self, index: NodeIndex) -> &Node {
        &self.nodes[index.0 as usize]
    }

    pub(super) fn set_state(&mut self, index: NodeIndex, state: State) {
        self.nodes[index.0 as usize].state = state;
    }

    /// Notes that the body is stored now, and how long its encoding is in bytes.
    pub(super) fn set_stored(&mut self, index: NodeIndex, body_bytes: usize) {
        let node = &mut self.nodes[index.0 as usize];
        node.state = State::Stored;
        node.body_bytes = u32::try_from(body_bytes).expect("a block that keeps the rules has at most 256 KiB");
    }

    /// The length of a stored body's encoding in bytes; 0 where it was never stored.
    pub(super) fn body_bytes(&self, index: NodeIndex) -> usize {
        self.node(index).body_bytes as usize
    }

    pub(super) fn height(&self, index: NodeIndex) -> Height {
        self.node(index).header.height
    }

    /// The parent; `None` for the genesis.
    pub(super) fn parent(&self, index: NodeIndex) -> Option<NodeIndex> {
        (index != GENESIS).then(|| self.node(index).parent)
    }

    /// All blocks, parents before their children.
    pub(super) fn indices(&self) -> impl Iterator<Item = NodeIndex> + use<> {
        (0..self.nodes.len() as u32).map(NodeIndex)
    }

    /// Adds a header that keeps all rules below its parent. Its work is the parent's and that of its own target.
    pub(super) fn insert(&mut self, header: Header, hash: BlockHash, parent: NodeIndex, target: Target) -> NodeIndex {
        let index = NodeIndex(u32::try_from(self.nodes.len()).expect("2^32 headers do not fit in memory"));
        let skip = self.ancestor(parent, Height::from(skip_height(header.height.as_u64())));
        let above = &mut self.nodes[parent.0 as usize];
        let work = above.work.saturating_add(target.work());
        let next_sibling = above.first_child.replace(index);
        self.nodes.push(Node {
            header,
            hash,
            work,
            state: State::HeaderOnly,
            body_bytes: 0,
            parent,
            skip,
            first_child: None,
            next_sibling,
        });
        self.by_hash.insert(hash, index);
        index
    }

    pub(super) fn children(&self, index: NodeIndex) -> impl Iterator<Item = NodeIndex> {
        std::iter::successors(self.node(index).first_child, |child| self.node(*child).next_sibling)
    }

    /// A block and all below it, itself first, the genesis last.
    pub(super) fn ancestry(&self, index: NodeIndex) -> impl Iterator<Item = NodeIndex> {
        std::iter::successors(Some(index), |index| self.parent(*index))
    }

    /// A block and all that build on it, in no particular order but parents before their children.
    pub(super) fn descendants(&self, index: NodeIndex) -> impl Iterator<Item = NodeIndex> {
        let mut open = vec![index];
        std::iter::from_fn(move || {
            let next = open.pop()?;
            open.extend(self.children(next));
            Some(next)
        })
    }

    /// The block at a height of the chain that ends at `index`; `index` itself where the height is not below it.
    pub(super) fn ancestor(&self, index: NodeIndex, height: Height) -> NodeIndex {
        let height = height.as_u64();
        let mut walk = index;
        while self.height(walk).as_u64() > height {
            let node = self.node(walk);
            let here = node.header.height.as_u64();
            let (skip, parents_skip) = (skip_height(here), skip_height(here - 1));
            // Skip unless the parent's skip is the better one.
            let better_from_parent = parents_skip + 2 < skip && parents_skip >= height;
            walk = if skip == height || (skip > height && !better_from_parent) { node.skip } else { node.parent };
        }
        walk
    }

    /// Whether `index` is on the chain that ends at `tip`.
    pub(super) fn is_ancestor(&self, index: NodeIndex, tip: NodeIndex) -> bool {
        self.height(index) <= self.height(tip) && self.ancestor(tip, self.height(index)) == index
    }

    /// The highest block of both chains.
    pub(super) fn fork_point(&self, one: NodeIndex, other: NodeIndex) -> NodeIndex {
        let height = self.height(one).min(self.height(other));
        let (mut one, mut other) = (self.ancestor(one, height), self.ancestor(other, height));
        while one != other {
            // Both are at one height, so their skips are too.
            let (a, b) = (self.node(one), self.node(other));
            (one, other) = if a.skip == b.skip { (a.parent, b.parent) } else { (a.skip, b.skip) };
        }
        one
    }

    /// The median time of the last [`MEDIAN_SPAN`] blocks of the chain that ends here, or of all if they are fewer; of
    /// an even number, the later of the middle two.
    pub(super) fn median_time(&self, index: NodeIndex) -> Timestamp {
        let mut times: Vec<_> =
            self.ancestry(index).take(MEDIAN_SPAN).map(|index| self.node(index).header.timestamp).collect();
        times.sort_unstable();
        times[times.len() / 2]
    }
}

/// The height that a block's skip leads to. It clears the lowest set bit, and for odd heights a few more, so that the
/// skips of neighbours lead to different heights (Bitcoin Core, `GetSkipHeight`).
fn skip_height(height: u64) -> u64 {
    let clear_lowest = |number: u64| number & number.saturating_sub(1);
    match height {
        0 | 1 => 0,
        odd if odd & 1 == 1 => clear_lowest(clear_lowest(odd - 1)) + 1,
        even => clear_lowest(even),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::{ExtraNonce, Params};

    /// A tree of a chain of `height` blocks on the genesis and a branch that leaves it at `fork`.
    fn forked(height: u64, fork: u64) -> (Tree, NodeIndex, NodeIndex) {
        let params = Params::main();
        let mut tree = Tree::new(params.genesis().header);
        let mut grow = |parent: NodeIndex, branch: u8| {
            let mut header = tree.node(parent).header;
            header.height = header.height.next();
            header.timestamp = header.timestamp.plus_ms(10_000);
            header.extra_nonce = ExtraNonce([branch; 12]);
            header.previous_hash = tree.node(parent).hash;
            tree.insert(header, header.hash(), parent, params.target_limit())
        };
        let mut chain = vec![GENESIS];
        for _ in 0..height {
            chain.push(grow(chain[chain.len() - 1], 0));
        }
        let mut rival = chain[fork as usize];
        for _ in fork..height {
            rival = grow(rival, 1);
        }
        let top = chain[height as usize];
        (tree, top, rival)
    }

    #[test]
    fn the_ancestor_at_any_height_is_the_one_that_walking_down_finds() {
        let (tree, top, rival) = forked(600, 250);
        for tip in [top, rival] {
            let walked: Vec<_> = tree.ancestry(tip).collect();
            for index in &walked {
                assert_eq!(tree.ancestor(tip, tree.height(*index)), *index);
            }
            assert_eq!(walked.len(), 601);
        }
        assert_eq!(tree.ancestor(top, Height::from(601)), top, "no ancestor is above");
    }

    #[test]
    fn branches_meet_where_they_forked() {
        for fork in [0, 1, 2, 63, 64, 65, 199] {
            let (tree, top, rival) = forked(200, fork);
            assert_eq!(tree.height(tree.fork_point(top, rival)), Height::from(fork));
            assert_eq!(
                tree.fork_point(top, tree.ancestor(top, Height::from(fork))),
                tree.ancestor(top, Height::from(fork))
            );
            assert!(!tree.is_ancestor(rival, top) && tree.is_ancestor(GENESIS, top));
        }
    }

    #[test]
    fn descendants_are_the_block_and_all_above_it_and_nothing_beside() {
        let (tree, top, rival) = forked(10, 4);
        let fork = tree.fork_point(top, rival);
        assert_eq!(tree.descendants(fork).count(), 1 + 6 + 6);
        assert_eq!(tree.descendants(rival).collect::<Vec<_>>(), [rival]);
    }

    #[test]
    fn the_median_is_of_eleven_or_of_all_if_they_are_fewer() {
        let (tree, top, _) = forked(30, 0);
        let at = |height: u64| tree.ancestor(top, Height::from(height));
        let time = |height: u64| tree.node(at(height)).header.timestamp;
        assert_eq!(tree.median_time(at(0)), time(0));
        assert_eq!(tree.median_time(at(1)), time(1), "of two, the later");
        assert_eq!(tree.median_time(at(2)), time(1));
        assert_eq!(tree.median_time(at(10)), time(5));
        assert_eq!(tree.median_time(at(30)), time(25));
    }
}
