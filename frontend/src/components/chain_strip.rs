//! The chain as a strip: the next block, the newest blocks, and forks in rows below, joined where they left.

use std::collections::{BTreeMap, BTreeSet};

use shared::BlockHash;
use yew::prelude::*;

use super::block_card::{BlockCard, ForkCard};
use super::next_block::NextBlock;
use crate::hooks::View;
use crate::node::view::BlockSummary;

/// How many columns the strip has: the next block's and one for each recent block.
const COLUMNS: u64 = 25;
/// How many rows of forks are drawn.
const FORK_ROWS: u64 = 2;

/// Properties of [`ChainStrip`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct ChainStripProps {
    /// The node.
    pub view: View,
}

/// The chain, newest first.
#[component]
pub fn ChainStrip(props: &ChainStripProps) -> Html {
    let view = &props.view;
    let forks = place(&view.forks, view.tip.height);
    let last = view.recent.last().map(|block| block.hash);
    html! {
        <section class="chain" aria-labelledby="chain-title">
            <div class="title-line">
                <h2 id="chain-title">{ "The chain" }</h2>
                <span class="faint wide">{ "newest first, the same colours on every tab that agrees" }</span>
            </div>
            <ol class="strip">
                <NextBlock key="next" view={view.clone()} />
                { for view.recent.iter().map(|block| html! {
                    <BlockCard key={block.hash.to_string()} block={block.clone()} last={Some(block.hash) == last} />
                }) }
                { for forks.into_iter().map(|fork| html! {
                    <ForkCard
                        key={format!("fork-{}", fork.block.hash)}
                        block={fork.block.clone()}
                        column={fork.column}
                        row={fork.row}
                        joins={fork.joins}
                    />
                }) }
            </ol>
        </section>
    }
}

/// Where a block of a fork stands.
#[derive(Debug, PartialEq)]
struct Placed<'a> {
    block: &'a BlockSummary,
    /// Counted from 1; the next block's column is the first.
    column: u64,
    /// Counted from 1 below the chain.
    row: u64,
    /// Whether its parent stands in the row of the chain rather than beside it.
    joins: bool,
}

/// Places the blocks of forks under the heights they have, each branch in a row of its own as far as there are rows.
fn place(forks: &[BlockSummary], tip: u64) -> Vec<Placed<'_>> {
    let known: BTreeSet<BlockHash> = forks.iter().map(|block| block.hash).collect();
    let mut rows: BTreeMap<BlockHash, u64> = BTreeMap::new();
    let mut taken: BTreeSet<(u64, u64)> = BTreeSet::new();
    let mut placed = Vec::new();
    let mut oldest_first: Vec<&BlockSummary> = forks.iter().collect();
    oldest_first.sort_by_key(|block| (block.height, block.hash));
    for block in oldest_first {
        let column = (tip + 2).saturating_sub(block.height);
        if !(1..=COLUMNS).contains(&column) {
            continue;
        }
        let wanted = rows.get(&block.previous).copied();
        let row = wanted.into_iter().chain(1..=FORK_ROWS).find(|row| !taken.contains(&(column, *row)));
        let Some(row) = row else { continue };
        taken.insert((column, row));
        rows.insert(block.hash, row);
        placed.push(Placed { block, column, row, joins: !known.contains(&block.previous) });
    }
    placed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::view::SealView;
    use shared::Amount;

    fn block(number: u8, previous: u8, height: u64) -> BlockSummary {
        let hash = BlockHash::from_bytes([number; 32]);
        BlockSummary {
            hash,
            previous: BlockHash::from_bytes([previous; 32]),
            seal: SealView { cells: [0; 5], words: [String::new(), String::new()] },
            height,
            timestamp_ms: 0,
            payments: 0,
            reward: Amount::ZERO,
            miner: String::new(),
            miner_name: None,
            mine: false,
            bytes: 0,
        }
    }

    #[test]
    fn a_branch_keeps_its_row_and_joins_the_chain_once() {
        let forks = [block(3, 2, 9), block(2, 1, 8)];
        let placed = place(&forks, 10);
        let seen: Vec<_> = placed.iter().map(|p| (p.column, p.row, p.joins)).collect();
        assert_eq!(seen, [(4, 1, true), (3, 1, false)]);
    }

    #[test]
    fn two_branches_at_one_height_take_two_rows_and_a_third_is_left_out() {
        let forks = [block(2, 1, 8), block(3, 1, 8), block(4, 1, 8)];
        let rows: Vec<_> = place(&forks, 8).iter().map(|p| p.row).collect();
        assert_eq!(rows, [1, 2]);
    }

    #[test]
    fn blocks_outside_the_strip_are_left_out() {
        let forks = [block(2, 1, 12), block(3, 1, 1)];
        assert!(place(&forks, 40).is_empty());
        assert!(place(&[block(2, 1, 12)], 10).is_empty());
        assert_eq!(place(&forks, 11).len(), 2);
    }
}
