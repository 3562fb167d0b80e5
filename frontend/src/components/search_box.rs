//! The search for whatever the app shows: a height, a hash, an id, an address, a name, a seal.

use shared::Receipt;
use web_sys::SubmitEvent;
use yew::prelude::*;
use yew_router::prelude::*;

use super::field::TextField;
use crate::node::handle::{Found, Place, Query};
use crate::node::use_node;
use crate::route::Route;

/// Goes to what was searched for, or says that there is no such thing.
#[component]
pub fn SearchBox() -> Html {
    let (_, node) = use_node();
    let navigator = use_navigator();
    let typed = use_state_eq(String::new);
    let refusal = use_state_eq(|| None::<Receipt>);
    let onsubmit = {
        let (typed, refusal) = (typed.clone(), refusal.setter());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let (node, navigator, refusal, text) = (node.clone(), navigator.clone(), refusal.clone(), (*typed).clone());
            yew::platform::spawn_local(async move {
                match node.query(Query::Search(text)).await {
                    Found::Place(place) => {
                        refusal.set(None);
                        if let Some(navigator) = navigator {
                            navigator.push(&route(place));
                        }
                    }
                    Found::Nothing(receipt) => refusal.set(Some(receipt)),
                    _ => {}
                }
            });
        })
    };
    let oninput = {
        let typed = typed.setter();
        Callback::from(move |text| typed.set(text))
    };
    html! {
        <form class="search" role="search" {onsubmit} novalidate=true>
            <div class="form-line">
                <TextField
                    id="search" label="Search the chain" code=true
                    hint="A height, a hash, an id, an address, a node's name, or the words of a seal"
                    value={(*typed).clone()} {oninput} refusal={(*refusal).clone()}
                />
                <button type="submit" class="btn quiet">{ "Search" }</button>
            </div>
        </form>
    }
}

/// The page of what a search found.
pub fn route(place: Place) -> Route {
    match place {
        Place::Block(hash) => Route::Block { hash: hash.to_string() },
        Place::Transaction(id) => Route::Transaction { id: id.to_string() },
        Place::Address(address) => Route::Address { address },
    }
}
