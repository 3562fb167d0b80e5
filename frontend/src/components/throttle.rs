//! How much of a core the miner takes.

use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::node::handle::Command;
use crate::node::use_node;

/// Properties of [`Throttle`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct ThrottleProps {
    /// 1 to 100.
    pub percent: u8,
}

/// A slider in per cent of one core. While it is moved it shows the hand's value; once let go, the node's.
#[component]
pub fn Throttle(props: &ThrottleProps) -> Html {
    let (_, node) = use_node();
    let moving = use_state_eq(|| None::<u8>);
    {
        let moving = moving.setter();
        use_effect_with(props.percent, move |_| moving.set(None));
    }
    let shown = moving.unwrap_or(props.percent);
    let oninput = {
        let moving = moving.setter();
        Callback::from(move |event: InputEvent| {
            if let Some(percent) = event.target_dyn_into::<HtmlInputElement>().and_then(|input| percent(&input)) {
                moving.set(Some(percent));
                node.tell(Command::SetThrottle(percent));
            }
        })
    };
    html! {
        <div class="slider">
            <div class="slider-line">
                <label class="label" for="throttle">{ "How hard to mine" }</label>
                <span class="strong">{ format!("{shown}\u{a0}% of one core") }</span>
            </div>
            <input
                id="throttle" type="range" min="1" max="100" step="1"
                value={shown.to_string()}
                aria-valuetext={format!("{shown} per cent of one core")}
                {oninput}
            />
            <p class="hint">{ "Less leaves the computer cool and quiet; blocks then take longer." }</p>
        </div>
    }
}

fn percent(input: &HtmlInputElement) -> Option<u8> {
    input.value().parse().ok().filter(|percent| (1..=100).contains(percent))
}
