//! Start, stop, and one block.

use yew::prelude::*;

use crate::hooks::use_choice;
use crate::node::handle::Command;
use crate::node::use_node;
use crate::node::view::MiningMode;

/// Properties of [`MiningButtons`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct MiningButtonsProps {
    /// Whether the miner runs.
    pub mode: MiningMode,
    /// Whether mining is the page's main action.
    #[prop_or_default]
    pub main: bool,
}

/// Starts or stops the miner, or has it find one block.
#[component]
pub fn MiningButtons(props: &MiningButtonsProps) -> Html {
    let (_, node) = use_node();
    let command = |on| if on { Command::StartMining } else { Command::StopMining };
    let choice = use_choice(props.mode != MiningMode::Off, command);
    let off = !choice.shown;
    let first = choice.choose.reform(move |_| off);
    let once = Callback::from(move |_| node.tell(Command::MineOne));
    let class = if props.main && off { "btn" } else { "btn quiet" };
    html! {
        <div class="actions">
            <button type="button" {class} onclick={first}>{ if off { "Start mining" } else { "Stop mining" } }</button>
            <button type="button" class="btn quiet" onclick={once}>{ "Mine a block" }</button>
        </div>
    }
}
