//! The three states besides having something to show: starting, failing, empty.

use shared::Receipt;
use yew::prelude::*;

use super::meter::Meter;
use super::receipt::ReceiptTable;
use crate::worker::port::MUST_START;

/// Properties of [`Starting`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct StartingProps {
    /// What is being done.
    pub doing: AttrValue,
}

/// A page whose node is starting: what it does, and the places where things will be.
#[component]
pub fn Starting(props: &StartingProps) -> Html {
    html! {
        <>
            <section class="card" role="status">
                <h2>{ "This tab becomes a node" }</h2>
                <p>{ capitalised(&props.doing) }{ "…" }</p>
                <Meter label="Starting" />
            </section>
            <div class="cards" aria-hidden="true">
                { for (0..3).map(|_| html! {
                    <div class="card ghost"><span></span><span class="tall"></span><span></span><span></span></div>
                }) }
            </div>
        </>
    }
}

/// Properties of [`Failed`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct FailedProps {
    /// Why.
    pub receipt: Receipt,
}

/// A page whose node cannot run: why, and what to do.
#[component]
pub fn Failed(props: &FailedProps) -> Html {
    let reload = Callback::from(|_| {
        if let Some(window) = web_sys::window() {
            // A page that cannot be loaded again stays as it is, which is all it could do.
            window.location().reload().ok();
        }
    });
    html! {
        <section class="card narrow">
            <h2>{ "This tab's node cannot run" }</h2>
            <ReceiptTable receipt={props.receipt.clone()} alert=true />
            <p class="soft">{ "Nothing that was saved is lost. " }{ advice(&props.receipt) }</p>
            <div class="actions"><button type="button" class="btn" onclick={reload}>{ "Load again" }</button></div>
        </section>
    }
}

/// What to do about it.
fn advice(receipt: &Receipt) -> &'static str {
    if receipt.rule == MUST_START {
        "Load the page again. If the same receipt comes back with a status, a filter or a proxy holds the app's files \
         back: ask your teacher, or whoever looks after this network, to allow them. Otherwise try a current version of \
         Firefox, Chrome or Safari."
    } else {
        "Load the page again; if the same receipt comes back, try a current version of Firefox, Chrome or Safari, outside \
         a private window."
    }
}

/// Properties of [`Empty`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct EmptyProps {
    /// What will be here.
    pub title: AttrValue,
    /// How to get it.
    #[prop_or_default]
    pub children: Html,
}

/// A place where something will be, and how to get it.
#[component]
pub fn Empty(props: &EmptyProps) -> Html {
    html! { <div class="empty"><p class="strong">{ props.title.clone() }</p><p class="soft">{ props.children.clone() }</p></div> }
}

/// The same text with its first letter large.
pub(super) fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}
