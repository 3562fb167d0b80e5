//! A block of the strip.

use yew::prelude::*;

use super::ago::Ago;
use super::link::Go;
use super::seal::{SealBand, spoken};
use crate::format;
use crate::node::view::BlockSummary;
use crate::route::Route;

/// Properties of [`BlockCard`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct BlockCardProps {
    /// The block.
    pub block: BlockSummary,
    /// Whether no older block stands beside it.
    #[prop_or_default]
    pub last: bool,
}

/// A block of the active chain.
#[component]
pub fn BlockCard(props: &BlockCardProps) -> Html {
    let block = &props.block;
    html! {
        <li class={classes!("block", props.last.then_some("last"))}>
            <Go to={to(block)} class="block-link" title={format!("{} · {}", spoken(&block.seal), block.hash)}>
                <SealBand seal={block.seal.clone()} />
                <code translate="no" class="block-hash">{ block.hash.short() }</code>
                <BlockHeight height={block.height} />
                <span class="block-text">
                    if block.height > 0 {
                        <span>
                            { payments(block) }
                            { " · " }<Ago ms={block.timestamp_ms} />
                        </span>
                    } else {
                        <span>{ "where it all began" }</span>
                    }
                    { miner(block) }
                </span>
            </Go>
        </li>
    }
}

/// Properties of [`BlockHeight`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct BlockHeightProps {
    /// The height.
    pub height: u64,
}

/// A height in the size of the card's title; from a million on, a size smaller, so that it keeps to its line.
#[component]
pub fn BlockHeight(props: &BlockHeightProps) -> Html {
    let long = (props.height >= 1_000_000).then_some("long");
    html! { <span class={classes!("block-height", long)}>{ format!("#{}", format::number(props.height)) }</span> }
}

/// Properties of [`ForkCard`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct ForkCardProps {
    /// The block.
    pub block: BlockSummary,
    /// Its column, from 1.
    pub column: u64,
    /// Its row below the chain, from 1.
    pub row: u64,
    /// Whether its parent is in the chain above.
    pub joins: bool,
}

/// A block of a fork: smaller, faded, joined to its parent.
#[component]
pub fn ForkCard(props: &ForkCardProps) -> Html {
    let block = &props.block;
    let class = classes!(
        "block",
        "fork",
        props.joins.then_some("joins"),
        format!("col-{}", props.column),
        format!("fork-row-{}", props.row),
    );
    html! {
        <li {class}>
            <Go to={to(block)} class="block-link" title={format!("{} · {}", spoken(&block.seal), block.hash)}>
                <SealBand seal={block.seal.clone()} />
                <span class="fork-line">
                    <span class="strong">{ format!("#{}", format::number(block.height)) }</span>
                    <code translate="no">{ block.hash.short() }</code>
                </span>
                <span class="block-text"><span>{ "on a branch" }</span>{ miner(block) }</span>
            </Go>
        </li>
    }
}

fn to(block: &BlockSummary) -> Route {
    Route::Block { hash: block.hash.to_string() }
}

/// How many payments it holds, in the few words that a card has room for.
fn payments(block: &BlockSummary) -> String {
    match block.payments {
        0 => "empty".to_owned(),
        payments => format::count(u64::from(payments), "payment", "payments"),
    }
}

fn miner(block: &BlockSummary) -> Html {
    if block.mine {
        return html! { <span class="own">{ format!("you, +{}", format::coins(block.reward)) }</span> };
    }
    if block.miner.is_empty() {
        return html! { <span>{ "nobody's reward" }</span> };
    }
    let name = block.miner_name.clone().unwrap_or_else(|| format::short_address(&block.miner));
    html! { <span><bdi translate="no">{ name }</bdi></span> }
}
