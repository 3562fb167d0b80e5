//! The app: the node around everything, the router, and the frame that every page stands in.

use yew::prelude::*;
use yew_router::prelude::*;

use crate::arrival::{self, Arrival};
use crate::base;
use crate::components::{Frame, NoRoom};
use crate::hooks::Clock;
use crate::node::NodeProvider;
use crate::pages::Nowhere;
use crate::room;

/// The whole page.
#[component]
pub fn App() -> Html {
    let basename = use_memo((), |()| room::base_here());
    let arrival = use_memo((), |()| {
        let path = web_sys::window().and_then(|window| window.location().pathname().ok());
        arrival::at(path.as_deref().unwrap_or("/"), &base::path())
    });
    match &*arrival {
        Arrival::Page => {}
        Arrival::NoRoom(asked) => return html! { <main class="lone"><NoRoom asked={asked.clone()} /></main> },
        Arrival::NoPage => return html! { <main class="lone"><Nowhere alone=true /></main> },
    }
    html! {
        <NodeProvider>
            <Clock>
                <BrowserRouter basename={(*basename).clone().map(AttrValue::from)}>
                    <Frame />
                </BrowserRouter>
            </Clock>
        </NodeProvider>
    }
}
