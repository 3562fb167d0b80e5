//! The app: the node around everything, the router, and the frame that every page stands in.

use yew::prelude::*;
use yew_router::prelude::*;

use crate::components::Frame;
use crate::hooks::Clock;
use crate::node::NodeProvider;

/// The whole page.
#[component]
pub fn App() -> Html {
    html! {
        <NodeProvider>
            <Clock>
                <BrowserRouter>
                    <Frame />
                </BrowserRouter>
            </Clock>
        </NodeProvider>
    }
}
