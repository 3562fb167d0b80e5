//! A button that asks once more before it does what cannot be undone.

use yew::prelude::*;

use crate::hooks::use_focus_after;

/// Properties of [`Confirm`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub(super) struct ConfirmProps {
    /// What is done.
    pub(super) label: &'static str,
    /// What is lost by it.
    pub(super) lost: String,
    /// Told once the owner is sure.
    pub(super) sure: Callback<()>,
    /// Whether its buttons are as wide as their words, and not as the card.
    #[prop_or_default]
    pub(super) start: bool,
    /// Whether something else is under way.
    #[prop_or_default]
    pub(super) busy: bool,
}

/// A quiet button; pressed, it says what is lost and asks. The focus is then on No, and after the answer on the button.
#[component]
pub(super) fn Confirm(props: &ConfirmProps) -> Html {
    let asked = use_state_eq(|| false);
    let answer = use_focus_after(*asked);
    let set = |value: bool| {
        let asked = asked.setter();
        Callback::from(move |_: MouseEvent| asked.set(value))
    };
    let sure = {
        let (asked, sure, busy) = (asked.setter(), props.sure.clone(), props.busy);
        Callback::from(move |_: MouseEvent| {
            if !busy {
                asked.set(false);
                sure.emit(());
            }
        })
    };
    let actions = classes!("actions", props.start.then_some("start"));
    let question = format!("confirm-{}", lower(props.label).replace(' ', "-"));
    html! {
        if *asked {
            <div class="confirm" key="question">
                <p id={question.clone()}>{ &props.lost }</p>
                <div class={actions.clone()}>
                    <button
                        type="button" class="btn quiet" ref={answer} aria-describedby={question} onclick={set(false)}
                    >{ "No" }</button>
                    <button type="button" class="btn quiet danger" aria-disabled={props.busy.then_some("true")} onclick={sure}>
                        { format!("Yes, {}", lower(props.label)) }
                    </button>
                </div>
            </div>
        } else {
            <div class={actions} key="button">
                <button type="button" class="btn quiet" ref={answer} onclick={set(true)}>{ props.label }</button>
            </div>
        }
    }
}

fn lower(label: &str) -> String {
    let mut letters = label.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}
