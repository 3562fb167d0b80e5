//! A link to a place in the app.

use web_sys::MouseEvent;
use yew::prelude::*;
use yew_router::prelude::*;

use crate::route::Route;

/// Properties of [`Go`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct GoProps {
    /// Where to.
    pub to: Route,
    /// Classes.
    #[prop_or_default]
    pub class: Classes,
    /// Whether this is the place the page is at.
    #[prop_or_default]
    pub current: bool,
    /// Its name for a screen reader, where the content is not one.
    #[prop_or_default]
    pub label: Option<AttrValue>,
    /// The whole of what is shown short.
    #[prop_or_default]
    pub title: Option<AttrValue>,
    /// What is shown.
    #[prop_or_default]
    pub children: Html,
}

/// A link that changes the place without loading the page anew. Opening it in another tab works as with any link (and
/// makes another node).
#[component]
pub fn Go(props: &GoProps) -> Html {
    let navigator = use_navigator();
    let onclick = {
        let (to, navigator) = (props.to.clone(), navigator.clone());
        Callback::from(move |event: MouseEvent| {
            let elsewhere = event.meta_key() || event.ctrl_key() || event.shift_key() || event.alt_key();
            if let (Some(navigator), false) = (&navigator, elsewhere) {
                event.prevent_default();
                navigator.push(&to);
            }
        })
    };
    // What stands before the places of this room, as the navigator puts it there too.
    let base = navigator.as_ref().and_then(|navigator| navigator.basename().map(str::to_owned)).unwrap_or_default();
    html! {
        <a
            href={format!("{base}{}", props.to.to_path())}
            class={props.class.clone()}
            aria-current={props.current.then_some("page")}
            aria-label={props.label.clone()}
            title={props.title.clone()}
            {onclick}
        >
            { props.children.clone() }
        </a>
    }
}
