//! The chain as a list.

use yew::prelude::*;

use super::ago::Ago;
use super::link::Go;
use super::seal::SealMark;
use crate::format;
use crate::node::view::BlockSummary;
use crate::route::Route;

/// Properties of [`BlockList`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct BlockListProps {
    /// Newest first.
    pub blocks: Vec<BlockSummary>,
}

/// A table on a desk, a card for each block on a phone.
#[component]
pub fn BlockList(props: &BlockListProps) -> Html {
    html! {
        <table class="blocks">
            <thead>
                <tr>
                    <th scope="col">{ "Height" }</th>
                    <th scope="col">{ "Seal" }</th>
                    <th scope="col">{ "Hash" }</th>
                    <th scope="col">{ "Miner" }</th>
                    <th scope="col" class="end">{ "Payments" }</th>
                    <th scope="col" class="end">{ "Reward" }</th>
                    <th scope="col" class="end">{ "Age" }</th>
                </tr>
            </thead>
            <tbody>{ for props.blocks.iter().map(line) }</tbody>
        </table>
    }
}

fn line(block: &BlockSummary) -> Html {
    let to = Route::Block { hash: block.hash.to_string() };
    html! {
        <tr key={block.hash.to_string()}>
            <th scope="row"><Go to={to.clone()} class="link">{ format!("#{}", format::number(block.height)) }</Go></th>
            <td class="seal-column"><SealMark seal={block.seal.clone()} words=true /></td>
            <td class="hash-column"><code translate="no" class="soft" title={block.hash.to_string()}>{ block.hash.short() }</code></td>
            <td class="miner-column">{ miner(block) }</td>
            <td class="end payments-column">
                { format::number(u64::from(block.payments)) }
                <span class="phone">{ if block.payments == 1 { " payment" } else { " payments" } }</span>
            </td>
            <td class="end reward-column">{ format::coins(block.reward) }<span class="phone">{ " " }{ format::coin_word(block.reward) }</span></td>
            <td class="end age-column"><Ago ms={block.timestamp_ms} /></td>
        </tr>
    }
}

/// The miner of a block, linked to its address.
pub fn miner(block: &BlockSummary) -> Html {
    if block.miner.is_empty() {
        return html! { <span class="soft">{ "nobody" }</span> };
    }
    let to = Route::Address { address: block.miner.clone() };
    let name = match (&block.miner_name, block.mine) {
        (_, true) => html! { <span class="own">{ "you" }</span> },
        (Some(name), false) => html! { <bdi translate="no">{ name }</bdi> },
        (None, false) => html! { <code translate="no">{ format::short_address(&block.miner) }</code> },
    };
    html! { <Go {to} class="link" title={block.miner.clone()}>{ name }</Go> }
}
