//! An address that leads nowhere.

use yew::prelude::*;
use yew_router::Routable;

use crate::base;
use crate::components::{Card, Go, places};
use crate::room;
use crate::route::Route;

/// Properties of [`Nowhere`].
#[derive(Clone, Copy, Debug, PartialEq, Properties)]
pub struct NowhereProps {
    /// Whether the app was opened here, so that no node runs and no page is around it.
    #[prop_or_default]
    pub alone: bool,
}

/// No such page, the one that was likely meant, and, where nothing else leads to them, all there are.
#[component]
pub fn Nowhere(props: &NowhereProps) -> Html {
    let link = |route: &Route, class: &'static str| {
        let title = route.title();
        if props.alone {
            let home = room::home(&room::here());
            html! { <a {class} href={format!("{}{}", home.trim_end_matches('/'), route.to_path())}>{ title }</a> }
        } else {
            html! { <Go to={route.clone()} {class}>{ title }</Go> }
        }
    };
    html! {
        <Card title="There is no page at this address" class="narrow">
            if let Some(meant) = meant() {
                <p>{ "Did you mean " }{ link(&meant, "link") }{ "?" }</p>
            } else {
                <p>{ "A word in the address is wrong, or the page has moved." }</p>
            }
            if props.alone {
                <h2 class="label">{ format!("The pages of room {}", room::here()) }</h2>
                <nav aria-label="Pages">
                    <ul class="rooms">
                        { for places(room::rules_here()).iter().map(|(route, _)| html! { <li key={route.title()}>{ link(route, "link") }</li> }) }
                    </ul>
                </nav>
            } else {
                <div class="actions start">{ link(&Route::Overview, "btn") }</div>
            }
        </Card>
    }
}

/// The page that the address in the address bar is nearest to.
fn meant() -> Option<Route> {
    let path = web_sys::window()?.location().pathname().ok()?;
    let (_, page) = shared::pages::in_room(path.strip_prefix(&base::path()).unwrap_or(&path));
    Route::nearest(page)
}
