//! A button that copies a text.

use gloo_timers::callback::Timeout;
use wasm_bindgen_futures::JsFuture;
use yew::prelude::*;

use super::icon::{Glyph, Icon};

/// How long "Copied" stands.
const COPIED_MS: u32 = 2_000;

/// Properties of [`Copy`](struct@Copy).
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct CopyProps {
    /// What is copied.
    pub text: AttrValue,
    /// What it is, for the button's name: "the address".
    pub what: AttrValue,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Ready,
    Copied,
    Forbidden,
}

/// Copies a text, and says whether the browser let it.
#[component]
pub fn Copy(props: &CopyProps) -> Html {
    let state = use_state_eq(|| State::Ready);
    {
        let setter = state.setter();
        use_effect_with(*state, move |state| {
            let back = (*state != State::Ready).then(|| Timeout::new(COPIED_MS, move || setter.set(State::Ready)));
            move || drop(back)
        });
    }
    let onclick = {
        let (text, setter) = (props.text.clone(), state.setter());
        Callback::from(move |_| {
            let (text, setter) = (text.clone(), setter.clone());
            yew::platform::spawn_local(async move {
                setter.set(if copy(&text).await { State::Copied } else { State::Forbidden });
            });
        })
    };
    let (icon, said) = match *state {
        State::Ready => (Icon::Copy, ""),
        State::Copied => (Icon::Done, "Copied"),
        State::Forbidden => (Icon::Refused, "Not allowed here: select the text and copy it"),
    };
    html! {
        <span class="copy">
            <button
                type="button"
                class="icon-button"
                aria-label={format!("Copy {}", props.what)}
                title={format!("Copy {}", props.what)}
                {onclick}
            >
                <Glyph {icon} />
            </button>
            <span class="copy-said" role="status">{ said }</span>
        </span>
    }
}

/// Puts a text on the clipboard. A page served over plain HTTP from another machine has none.
async fn copy(text: &str) -> bool {
    let Some(window) = web_sys::window() else { return false };
    let navigator = window.navigator();
    let present = js_sys::Reflect::get(&navigator, &"clipboard".into()).is_ok_and(|clipboard| clipboard.is_object());
    present && JsFuture::from(navigator.clipboard().write_text(text)).await.is_ok()
}
