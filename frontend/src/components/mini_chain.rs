//! A chain of a lesson, in a row of small blocks.

use yew::prelude::*;

use super::seal::SealBand;
use crate::format;
use crate::lesson::{Row, Sketch};

/// Properties of [`MiniChain`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct MiniChainProps {
    /// The chain.
    pub row: Row,
}

/// The blocks, newest first. What was changed is amber, a link that leads nowhere is red; the words say the same.
#[component]
pub fn MiniChain(props: &MiniChainProps) -> Html {
    let row = &props.row;
    html! {
        <div class="mini">
            <p class="label">{ row.label }</p>
            <ol class="mini-blocks" tabindex="0" aria-label={format!("{}, newest block first", row.label)}>
                { for row.blocks.iter().map(block) }
            </ol>
        </div>
    }
}

fn block(block: &Sketch) -> Html {
    let class = classes!("mini-block", block.changed.then_some("changed"), block.broken.then_some("broken-link"));
    html! {
        <li {class} key={block.number} title={block.hash.clone()}>
            <SealBand seal={block.seal.clone()} />
            <p class="mini-head"><span class="strong">{ format!("#{}", block.number) }</span><code translate="no">{ format::short(&block.hash) }</code></p>
            <p>{ &block.says }</p>
            <p class="soft">{ "proof " }<span title={block.proof.clone()}>{ format::short(&block.proof) }</span></p>
            <p class="mini-note">
                if block.broken { <span class="bad">{ "names the old hash" }</span> }
                else if block.changed { <span class="own">{ "changed" }</span> }
            </p>
        </li>
    }
}
