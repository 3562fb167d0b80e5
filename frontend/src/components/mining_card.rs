//! The miner at a glance.

use yew::prelude::*;

use super::card::{Card, Row};
use super::meter::Meter;
use super::mining_buttons::MiningButtons;
use super::progress_card::expected;
use crate::format;
use crate::hooks::View;
use crate::node::view::MiningMode;

/// Properties of [`MiningCard`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct MiningCardProps {
    /// The node.
    pub view: View,
    /// Whether mining is the page's main action.
    #[prop_or_default]
    pub main: bool,
}

/// Rate, progress, expected time, and the buttons.
#[component]
pub fn MiningCard(props: &MiningCardProps) -> Html {
    let mining = &props.view.mining;
    let off = mining.mode == MiningMode::Off;
    let share = format::share(mining.attempts, mining.expected_attempts);
    html! {
        <Card title="Mining">
            <p class="big">
                <span data-testid="hash-rate">{ format::million_tries(mining.rate_hps) }</span>
                { " " }<small>{ "million tries a second" }</small>
            </p>
            <Meter label="Work for this block, of what is expected" percent={if off { 0 } else { share }} />
            <dl class="rows">
                <Row label="Block expected in">{ expected(mining.expected_ms) }</Row>
                <Row label="Blocks found">{ format::number(mining.blocks_found) }</Row>
            </dl>
            <MiningButtons mode={mining.mode} main={props.main} />
        </Card>
    }
}
