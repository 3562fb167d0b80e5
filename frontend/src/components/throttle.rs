//! How much of its core each worker takes.

use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::hooks::use_choice;
use crate::node::handle::Command;

/// Properties of [`Throttle`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct ThrottleProps {
    /// 1 to 100.
    pub percent: u8,
    /// How many workers there should be.
    pub workers: u32,
}

/// A slider in per cent of a core.
#[component]
pub fn Throttle(props: &ThrottleProps) -> Html {
    let choice = use_choice(props.percent, Command::SetThrottle);
    let shown = choice.shown;
    let oninput = Callback::from(move |event: InputEvent| {
        if let Some(percent) = event.target_dyn_into::<HtmlInputElement>().and_then(|input| percent(&input)) {
            choice.choose.emit(percent);
        }
    });
    html! {
        <div class="slider">
            <div class="slider-line">
                <label class="label" for="throttle">{ "Effort of each worker" }</label>
                <span class="strong">{ format!("{shown}\u{a0}% of a core") }</span>
            </div>
            <input
                id="throttle" type="range" min="1" max="100" step="1"
                value={shown.to_string()}
                aria-valuetext={format!("{shown} per cent of a core")}
                aria-describedby="throttle-hint"
                {oninput}
            />
            <p class="hint" id="throttle-hint">{ meaning(shown, props.workers) }</p>
        </div>
    }
}

fn percent(input: &HtmlInputElement) -> Option<u8> {
    input.value().parse().ok().filter(|percent| (1..=100).contains(percent))
}

/// What it comes to.
fn meaning(percent: u8, workers: u32) -> String {
    let cores = f64::from(workers) * f64::from(percent) / 100.0;
    match (percent, workers) {
        (100, 1) => "One worker without a rest: one whole core.".to_owned(),
        (100, _) => format!("{workers} workers without a rest: {workers} whole cores."),
        (_, 1) => format!("One worker that rests {}\u{a0}% of the time: {cores:.2} of a core.", 100 - percent),
        (_, _) => {
            format!("{workers} workers, each resting {}\u{a0}% of the time: {cores:.2} cores in all.", 100 - percent)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_workers_take_together_is_told() {
        assert_eq!(meaning(100, 1), "One worker without a rest: one whole core.");
        assert_eq!(meaning(100, 2), "2 workers without a rest: 2 whole cores.");
        assert_eq!(meaning(40, 1), "One worker that rests 60\u{a0}% of the time: 0.40 of a core.");
        assert_eq!(meaning(40, 4), "4 workers, each resting 60\u{a0}% of the time: 1.60 cores in all.");
    }
}
