//! How much of the machine mining takes.

use yew::prelude::*;

use super::card::Card;
use super::graphics_switch::GraphicsSwitch;
use super::throttle::Throttle;
use super::workers_choice::{WorkersChoice, wanted};
use crate::node::view::MiningView;

/// Properties of [`EffortCard`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct EffortCardProps {
    /// The miner.
    pub mining: MiningView,
}

/// Workers, their effort, and the graphics card.
#[component]
pub fn EffortCard(props: &EffortCardProps) -> Html {
    let mining = &props.mining;
    html! {
        <Card title="How hard this computer works">
            <div class="effort">
                <WorkersChoice wanted={mining.workers_wanted} most={mining.workers_max} />
                <Throttle percent={mining.throttle_percent} workers={wanted(mining.workers_wanted, mining.workers_max)} />
                <GraphicsSwitch graphics={mining.graphics.clone()} />
            </div>
        </Card>
    }
}
