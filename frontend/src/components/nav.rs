//! The places: a sidebar on a desk, a bar at the bottom on a phone.

use yew::prelude::*;

use super::icon::{Glyph, Icon};
use super::link::Go;
use crate::format;
use crate::hooks::View;
use crate::route::Route;

const PLACES: [(Route, Icon); 5] = [
    (Route::Overview, Icon::Overview),
    (Route::Wallet, Icon::Wallet),
    (Route::Mine, Icon::Mine),
    (Route::Blocks, Icon::Blocks),
    (Route::Peers, Icon::Peers),
];

/// Properties of [`Sidebar`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct SidebarProps {
    /// Where the page is.
    pub route: Route,
    /// The node, once it runs.
    #[prop_or_default]
    pub view: Option<View>,
}

/// The sidebar: the name, the places, the room.
#[component]
pub fn Sidebar(props: &SidebarProps) -> Html {
    html! {
        <nav class="sidebar" aria-label="Pages">
            <Go to={Route::Overview} class="brand" label="Tabcoin, to the overview"><Brand />{ "Tabcoin" }</Go>
            { places(&props.route) }
            <div class="room">
                <p class="faint">{ "Room" }</p>
                if let Some(view) = &props.view {
                    <p class="strong"><bdi>{ &view.room.name }</bdi></p>
                    <p class="soft">
                        { format!(
                            "{} a block, one every {}",
                            format::coins_named(view.room.reward),
                            format::duration(view.room.interval_ms),
                        ) }
                    </p>
                } else {
                    <p class="strong">{ "…" }</p>
                    <p class="soft">{ "\u{a0}" }</p>
                }
            </div>
        </nav>
    }
}

/// Properties of [`TabBar`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct NavProps {
    /// Where the page is.
    pub route: Route,
}

/// The bar at the bottom of a phone.
#[component]
pub fn TabBar(props: &NavProps) -> Html {
    html! { <nav class="tab-bar" aria-label="Pages">{ places(&props.route) }</nav> }
}

/// The mark: a tab that is a coin.
#[component]
fn Brand() -> Html {
    html! {
        <svg class="mark" viewBox="0 0 22 22" aria-hidden="true" focusable="false">
            <rect class="mark-ground" width="22" height="22" rx="7" />
            <rect class="mark-ring" x="6.5" y="6.5" width="9" height="9" rx="2.5" />
        </svg>
    }
}

fn places(route: &Route) -> Html {
    let links = PLACES.iter().map(|(place, icon)| {
        let current = route.is_within(place);
        html! {
            <Go to={place.clone()} class={classes!("place", current.then_some("on"))} {current}>
                <Glyph icon={*icon} /><span>{ place.title() }</span>
            </Go>
        }
    });
    html! { { for links } }
}
