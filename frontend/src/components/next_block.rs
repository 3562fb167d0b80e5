//! The block that is, or would be, mined next.

use yew::prelude::*;

use super::block_card::BlockHeight;
use super::link::Go;
use super::search_card::share;
use crate::format;
use crate::hooks::View;
use crate::node::view::MiningMode;
use crate::route::Route;

/// Properties of [`NextBlock`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct NextBlockProps {
    /// The node.
    pub view: View,
}

/// The dashed card at the head of the strip; it fills as this tab works.
#[component]
pub fn NextBlock(props: &NextBlockProps) -> Html {
    let mining = &props.view.mining;
    let template = &mining.template;
    let here = mining.mode != MiningMode::Off;
    let filled = if here { format::share(mining.attempts, mining.expected_attempts) } else { 0 };
    let tried = format::per_cent(share(mining.attempts, mining.expected_attempts));
    html! {
        <li class="block next">
            <Go to={Route::Mine} class="block-link">
                <svg class="block-fill" viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true" focusable="false">
                    <rect y={(100 - filled).to_string()} width="100" height={filled.to_string()} />
                </svg>
                <span class="block-hash strong">{ "Next" }</span>
                <BlockHeight height={template.height} />
                <span class="block-text">
                    <span>{ format::count(u64::from(template.payments), "payment", "payments") }</span>
                    if here {
                        <span class="own">{ format!("mining, {tried}") }</span>
                    } else {
                        <span>{ "not mining here" }</span>
                    }
                </span>
            </Go>
        </li>
    }
}
