//! How far this tab has come with the next block.

use yew::prelude::*;

use super::card::{Card, Row};
use super::mining_buttons::MiningButtons;
use super::mining_pace::MiningPace;
use crate::format;
use crate::hooks::View;
use crate::node::view::MiningMode;

/// Properties of [`ProgressCard`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct ProgressCardProps {
    /// The node.
    pub view: View,
}

/// Rate, tries so far and tries expected, and the buttons.
#[component]
pub fn ProgressCard(props: &ProgressCardProps) -> Html {
    let mining = &props.view.mining;
    let state = match mining.mode {
        MiningMode::Off => html! { <span class="soft">{ "off" }</span> },
        MiningMode::On => html! { <span class="own">{ "mining until stopped" }</span> },
        MiningMode::Once => html! { <span class="own">{ "mining one block" }</span> },
    };
    html! {
        <Card title="The miner" aside={state}>
            <MiningPace mining={mining.clone()} />
            <dl class="rows">
                <Row label="Tries for this block">{ format::large(mining.attempts as f64) }</Row>
                <Row label="Expected">{ format::large(mining.expected_attempts) }</Row>
                <Row label="Block expected in">{ expected(mining.expected_ms) }</Row>
                <Row label="Blocks found by this tab">{ format::number(mining.blocks_found) }</Row>
            </dl>
            <p class="hint">{ "Every try is a throw of dice: a full bar means the block is due, not that it must come." }</p>
            <MiningButtons mode={mining.mode} main=true />
        </Card>
    }
}

/// The expected time to a block, in words.
pub(super) fn expected(ms: Option<u64>) -> String {
    match ms {
        None => "not mining".to_owned(),
        Some(0..1_000) => "less than 1 s".to_owned(),
        Some(ms) => format!("about {}", format::duration(ms)),
    }
}
