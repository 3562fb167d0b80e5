//! How fast this tab mines, and how far it is with the block.

use yew::prelude::*;

use super::meter::Meter;
use crate::format;
use crate::node::view::{MiningMode, MiningView};

/// Properties of [`MiningPace`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct MiningPaceProps {
    /// The miner.
    pub mining: MiningView,
}

/// Tries a second, and the tries so far of those that are expected for a block.
#[component]
pub fn MiningPace(props: &MiningPaceProps) -> Html {
    let mining = &props.mining;
    let percent = match mining.mode {
        MiningMode::Off => 0,
        MiningMode::On | MiningMode::Once => format::share(mining.attempts, mining.expected_attempts),
    };
    html! {
        <>
            <p class="big">
                <span data-testid="hash-rate">{ format::million_tries(mining.rate_hps) }</span>
                { " " }<small>{ "million tries a second" }</small>
            </p>
            <Meter label="Work for this block, of what is expected" {percent} />
        </>
    }
}
