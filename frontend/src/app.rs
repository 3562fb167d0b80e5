//! The app: the node around everything, the router, and the frame that every page stands in.

use yew::prelude::*;
use yew_router::prelude::*;

use crate::components::Frame;
use crate::hooks::Clock;
use crate::node::NodeProvider;
use crate::room;

/// The whole page.
#[component]
pub fn App() -> Html {
    let basename = use_memo((), |()| room::base_here());
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
