//! The way to a new node: the app's own link, and the question where somebody else's link asked for one.

use wasm_bindgen::prelude::*;
use web_sys::Window;
use yew::prelude::*;

use crate::hooks::View;
use crate::node::view::Origin;
use crate::node::{invitation, use_node};
use crate::room;

/// Properties of [`NewNode`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct NewNodeProps {
    /// The room.
    pub room: AttrValue,
    /// Classes.
    #[prop_or_default]
    pub class: Classes,
    /// Whether it opens in another tab.
    #[prop_or_default]
    pub beside: bool,
    /// What it says.
    #[prop_or_default]
    pub children: Html,
}

/// A link to a new node. It carries the word of the moment, so that opening it in any way (a click, a middle click, the
/// browser's menu) makes one without a question.
#[component]
pub fn NewNode(props: &NewNodeProps) -> Html {
    let word = use_word();
    html! {
        <a
            class={props.class.clone()}
            href={room::new_node(&props.room, word.as_deref())}
            target={props.beside.then_some("_blank")}
            rel={props.beside.then_some("noopener")}
        >{ props.children.clone() }</a>
    }
}

/// The word of the moment. When a tab of this browser has used it, the others learn the next one.
#[hook]
fn use_word() -> Option<String> {
    let word = use_state_eq(invitation::word);
    {
        let word = word.setter();
        use_effect_with((), move |()| {
            let listening = Listening::start(move || word.set(invitation::word()));
            move || drop(listening)
        });
    }
    (*word).clone()
}

/// Hears of changes that other tabs make in `localStorage`, for as long as it is kept.
struct Listening {
    window: Window,
    changed: Closure<dyn FnMut(web_sys::Event)>,
}

impl Listening {
    fn start(on_change: impl Fn() + 'static) -> Option<Self> {
        let window = web_sys::window()?;
        let key = JsValue::from_str(invitation::KEY);
        let changed = Closure::<dyn FnMut(web_sys::Event)>::new(move |event: web_sys::Event| {
            // Without a key all of it was deleted.
            let changed = js_sys::Reflect::get(&event, &"key".into()).unwrap_or_default();
            if changed.is_null() || changed == key {
                on_change();
            }
        });
        window.add_event_listener_with_callback("storage", changed.as_ref().unchecked_ref()).ok()?;
        Some(Self { window, changed })
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.window.remove_event_listener_with_callback("storage", self.changed.as_ref().unchecked_ref()).ok();
    }
}

/// Properties of [`AskedForNewNode`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct AskedForNewNodeProps {
    /// The node.
    pub view: View,
}

/// What a tab says that was opened by a link to a new node which the app did not make: who it is instead, and the way to
/// a new node for an owner who wants one.
#[component]
pub fn AskedForNewNode(props: &AskedForNewNodeProps) -> Html {
    let (_, node) = use_node();
    let answered = use_state_eq(|| false);
    let identity = &props.view.identity;
    if !node.was_asked_by_a_stranger() || *answered || identity.origin == Origin::New {
        return Html::default();
    }
    let keep = {
        let answered = answered.setter();
        Callback::from(move |_| answered.set(true))
    };
    html! {
        <section class="card tight" role="status">
            <h2>{ "This link asked for a new node" }</h2>
            <p>
                { "It did not come from this app, so this tab is still " }<bdi translate="no" class="strong">{ &identity.name }</bdi>
                { ", with its coins." }
            </p>
            <div class="actions start">
                <button type="button" class="btn" onclick={keep}>{ "Stay who I am" }</button>
                <NewNode room={props.view.room.name.clone()} class="btn quiet">{ "Start as a new node" }</NewNode>
            </div>
        </section>
    }
}
