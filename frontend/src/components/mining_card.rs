//! The miner at a glance.

use yew::prelude::*;

use super::card::{Card, Row};
use super::mining_buttons::MiningButtons;
use super::mining_pace::MiningPace;
use super::search_card::expected;
use crate::format;
use crate::hooks::View;

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
    html! {
        <Card title="Mining">
            <MiningPace mining={mining.clone()} />
            <dl class="rows">
                <Row label="Block expected in">{ expected(mining.expected_ms) }</Row>
                <Row label="Blocks found">{ format::number(mining.blocks_found) }</Row>
            </dl>
            <MiningButtons mode={mining.mode} main={props.main} />
        </Card>
    }
}
