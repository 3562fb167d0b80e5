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
    /// Asked for the other state.
    pub onchange: Callback<bool>,
}

/// A switch with a label; the whole line is the target.
#[component]
pub fn Toggle(props: &ToggleProps) -> Html {
    let onclick = {
        let (on, onchange) = (props.on, props.onchange.clone());
        Callback::from(move |_| onchange.emit(!on))
    };
    html! {
        <div class="toggle">
            <button
                type="button"
                role="switch"
                class="toggle-button"
                aria-checked={if props.on { "true" } else { "false" }}
                {onclick}
            >
                <span class="toggle-name">{ props.label.clone() }</span>
                <span class="toggle-track" aria-hidden="true"><span class="toggle-knob"></span></span>
            </button>
            if let Some(hint) = &props.hint {
                <p class="hint">{ hint }</p>
            }
        </div>
    }
}
