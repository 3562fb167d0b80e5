//! A button that copies a text.

use gloo_timers::callback::Timeout;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{FocusEvent, HtmlDocument, HtmlElement, HtmlInputElement, HtmlTextAreaElement};
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
    /// The browser lets no page copy: the text is shown, selected, for the person to copy.
    ByHand,
}

/// Copies a text, and says whether the browser let it.
#[component]
pub fn Copy(props: &CopyProps) -> Html {
    let state = use_state_eq(|| State::Ready);
    {
        let setter = state.setter();
        use_effect_with(*state, move |state| {
            let back = (*state == State::Copied).then(|| Timeout::new(COPIED_MS, move || setter.set(State::Ready)));
            move || drop(back)
        });
    }
    let onclick = {
        let (text, setter) = (props.text.clone(), state.setter());
        Callback::from(move |_| {
            let (text, setter) = (text.clone(), setter.clone());
            yew::platform::spawn_local(async move {
                setter.set(if copy(&text).await { State::Copied } else { State::ByHand });
            });
        })
    };
    let by_hand = use_node_ref();
    {
        let by_hand = by_hand.clone();
        use_effect_with(*state, move |_| {
            if let Some(field) = by_hand.cast::<HtmlInputElement>() {
                // Without the focus the text is there all the same, to be selected.
                field.focus().ok();
                field.select();
            }
        });
    }
    let done = {
        let setter = state.setter();
        Callback::from(move |_: FocusEvent| setter.set(State::Ready))
    };
    let icon = match *state {
        State::Ready => Icon::Copy,
        State::Copied => Icon::Done,
        State::ByHand => Icon::Refused,
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
            <span class="copy-said" role="status">
                if *state == State::Copied { { "Copied" } }
                if *state == State::ByHand {
                    { "This browser lets no page copy. Copy it from here:" }
                    <input ref={by_hand} type="text" readonly=true value={props.text.clone()} aria-label="The text to copy" onblur={done} />
                }
            </span>
        </span>
    }
}

/// Puts a text on the clipboard. A page served over plain HTTP from another machine has none, and copies what is selected.
async fn copy(text: &str) -> bool {
    let Some(window) = web_sys::window() else { return false };
    let navigator = window.navigator();
    let present = js_sys::Reflect::get(&navigator, &"clipboard".into()).is_ok_and(|clipboard| clipboard.is_object());
    let copied = present && JsFuture::from(navigator.clipboard().write_text(text)).await.is_ok();
    copied || copy_selected(&window, text).unwrap_or(false)
}

/// Selects a text that stands nowhere else, and has the browser copy what is selected.
fn copy_selected(window: &web_sys::Window, text: &str) -> Option<bool> {
    let document: HtmlDocument = window.document()?.dyn_into().ok()?;
    let focused = document.active_element().and_then(|element| element.dyn_into::<HtmlElement>().ok());
    let field: HtmlTextAreaElement = document.create_element("textarea").ok()?.dyn_into().ok()?;
    field.set_value(text);
    field.set_read_only(true);
    field.set_class_name("unseen");
    // Beside the body, whose children are the app's.
    let root = document.document_element()?;
    root.append_child(&field).ok()?;
    field.select();
    let copied = document.exec_command("copy").unwrap_or(false);
    field.remove();
    if let Some(focused) = focused {
        // The button that was pressed; without the focus all is copied the same.
        focused.focus().ok();
    }
    Some(copied)
}
