//! How many workers mine.

use web_sys::HtmlSelectElement;
use yew::prelude::*;

use crate::format;
use crate::hooks::use_choice;
use crate::node::handle::Command;
use crate::node::view::{AutoWorkers, WORKERS_MAX, WorkersWanted};

/// Properties of [`WorkersChoice`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct WorkersChoiceProps {
    /// How many there should be, and who said so.
    pub wanted: WorkersWanted,
    /// The most there may be.
    pub most: u32,
}

/// A list from one to the most there may be, and "automatic".
#[component]
pub fn WorkersChoice(props: &WorkersChoiceProps) -> Html {
    let settled = match props.wanted {
        WorkersWanted::Auto(_) => None,
        WorkersWanted::Chosen(workers) => Some(workers),
    };
    let choice = use_choice(settled, Command::SetWorkers);
    let chosen = choice.shown;
    let onchange = Callback::from(move |event: Event| {
        if let Some(select) = event.target_dyn_into::<HtmlSelectElement>() {
            choice.choose.emit(select.value().parse().ok());
        }
    });
    html! {
        <div class="field">
            <label for="workers">{ "Workers" }</label>
            <select id="workers" aria-describedby="workers-hint" {onchange}>
                <option value="" selected={chosen.is_none()}>{ "Automatic" }</option>
                { for (1..=props.most).map(|workers| html! {
                    <option key={workers} value={workers.to_string()} selected={chosen == Some(workers)}>{ workers }</option>
                }) }
            </select>
            <p class="hint" id="workers-hint">{ reason(props.wanted, props.most) }</p>
        </div>
    }
}

/// How many there are, and why.
fn reason(wanted: WorkersWanted, most: u32) -> String {
    match wanted {
        WorkersWanted::Auto(AutoWorkers::AllCores) => match most {
            1 => "One, for this computer's only core.".to_owned(),
            WORKERS_MAX => format!("{WORKERS_MAX}, the most there may be."),
            _ => format!("{most}, one for each core."),
        },
        WorkersWanted::Auto(AutoWorkers::OnBattery) => {
            "One, because this computer runs on its battery. Choose more and it mines with more.".to_owned()
        }
        WorkersWanted::Auto(AutoWorkers::OnPhone) => {
            "One, because this is a phone. Choose more and it mines with more.".to_owned()
        }
        WorkersWanted::Chosen(_) => {
            format!(
                "Your choice. Each keeps one core busy; this computer has {}.",
                format::count(u64::from(most), "core", "cores")
            )
        }
    }
}

/// How many there should be.
pub(super) fn wanted(wanted: WorkersWanted, most: u32) -> u32 {
    match wanted {
        WorkersWanted::Auto(AutoWorkers::AllCores) => most,
        WorkersWanted::Auto(AutoWorkers::OnBattery | AutoWorkers::OnPhone) => 1,
        WorkersWanted::Chosen(workers) => workers,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_automatic_choice_says_why() {
        for (auto, most, number, text) in [
            (AutoWorkers::AllCores, 8, 8, "8, one for each core."),
            (AutoWorkers::AllCores, 1, 1, "One, for this computer's only core."),
            (AutoWorkers::AllCores, WORKERS_MAX, WORKERS_MAX, "64, the most there may be."),
            (AutoWorkers::OnBattery, 8, 1, "One, because this computer runs on its battery."),
            (AutoWorkers::OnPhone, 8, 1, "One, because this is a phone."),
        ] {
            let auto = WorkersWanted::Auto(auto);
            assert!(reason(auto, most).starts_with(text), "{}", reason(auto, most));
            assert_eq!(wanted(auto, most), number);
        }
    }

    #[test]
    fn the_owners_choice_is_the_owners() {
        assert!(
            reason(WorkersWanted::Chosen(3), 4).contains("Your choice")
                && reason(WorkersWanted::Chosen(3), 4).contains("4 cores")
        );
        assert_eq!(wanted(WorkersWanted::Chosen(3), 4), 3);
    }
}
