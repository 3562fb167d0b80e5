//! A button that asks once more before it does what cannot be undone.

use yew::prelude::*;

/// Properties of [`Confirm`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub(super) struct ConfirmProps {
    /// What is done.
    pub(super) label: &'static str,
    /// What is lost by it.
    pub(super) lost: String,
    /// Told once the owner is sure.
    pub(super) sure: Callback<()>,
    /// Whether something else is under way.
    #[prop_or_default]
    pub(super) busy: bool,
}

/// A quiet button; pressed, it says what is lost and asks.
#[component]
pub(super) fn Confirm(props: &ConfirmProps) -> Html {
    let asked = use_state_eq(|| false);
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
    html! {
        if *asked {
            <div class="said" role="status"><p>{ &props.lost }</p></div>
            <div class="actions">
                <button type="button" class="btn" aria-disabled={props.busy.then_some("true")} onclick={sure}>
                    { format!("Yes, {}", lower(props.label)) }
                </button>
                <button type="button" class="btn quiet" onclick={set(false)}>{ "No" }</button>
            </div>
        } else {
            <div class="actions">
                <button type="button" class="btn quiet" onclick={set(true)}>{ props.label }</button>
            </div>
        }
    }
}

fn lower(label: &str) -> String {
    let mut letters = label.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}
