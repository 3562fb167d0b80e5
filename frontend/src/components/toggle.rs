//! A switch.

use yew::prelude::*;

/// Properties of [`Toggle`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct ToggleProps {
    /// Its name.
    pub label: AttrValue,
    /// One sentence on what it does.
    #[prop_or_default]
    pub hint: Option<AttrValue>,
    /// Whether it is on.
    pub on: bool,
    /// Whether it cannot be used; the hint says why.
    #[prop_or_default]
    pub disabled: bool,
    /// Asked for the other state.
    pub onchange: Callback<bool>,
}

/// A switch with a label; the whole line is the target. One that cannot be used still takes the focus, so that its hint
/// is heard.
#[component]
pub fn Toggle(props: &ToggleProps) -> Html {
    let onclick = {
        let (on, disabled, onchange) = (props.on, props.disabled, props.onchange.clone());
        Callback::from(move |_| {
            if !disabled {
                onchange.emit(!on);
            }
        })
    };
    let hint_id = props.hint.as_ref().map(|_| format!("{}-hint", props.label.to_lowercase().replace(' ', "-")));
    html! {
        <div class="toggle">
            <button
                type="button"
                role="switch"
                class="toggle-button"
                aria-checked={if props.on { "true" } else { "false" }}
                aria-disabled={props.disabled.then_some("true")}
                aria-describedby={hint_id.clone()}
                {onclick}
            >
                <span class="toggle-name">{ props.label.clone() }</span>
                <span class="toggle-track" aria-hidden="true"><span class="toggle-knob"></span></span>
            </button>
            if let Some(hint) = &props.hint {
                <p class="hint" id={hint_id}>{ hint }</p>
            }
        </div>
    }
}
