//! The places: a sidebar on a desk, a bar at the bottom on a phone with what it has no room for behind "More".

use web_sys::{Element, FocusEvent, HtmlElement, KeyboardEvent, Node};
use yew::prelude::*;

use super::icon::{Glyph, Icon};
use super::link::Go;
use crate::format;
use crate::hooks::View;
use crate::node::view::RulesView;
use crate::room;
use crate::route::Route;

/// The places of a sealed room.
const SEALED: [(Route, Icon); 7] = [
    (Route::Overview, Icon::Overview),
    (Route::Wallet, Icon::Wallet),
    (Route::Mine, Icon::Mine),
    (Route::Blocks, Icon::Blocks),
    (Route::Peers, Icon::Peers),
    (Route::Lessons, Icon::Lessons),
    (Route::Developers, Icon::Developers),
];

/// The places of a classic room: the tutorial knows no wallet, and its chain is on the overview whole.
const CLASSIC: [(Route, Icon); 4] = [
    (Route::Overview, Icon::Overview),
    (Route::Peers, Icon::Peers),
    (Route::Lessons, Icon::Lessons),
    (Route::Developers, Icon::Developers),
];

/// How many places stand in a phone's bar; the fifth of it is "More".
const IN_BAR: usize = 4;

/// Properties of [`Sidebar`] and [`TabBar`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct NavProps {
    /// Where the page is.
    pub route: Route,
    /// The node, once it runs.
    #[prop_or_default]
    pub view: Option<View>,
}

/// The sidebar: the name, the places, the room.
#[component]
pub fn Sidebar(props: &NavProps) -> Html {
    html! {
        <nav class="sidebar" aria-label="Pages">
            <Go to={Route::Overview} class="brand" label="Tabcoin, to the overview"><Brand />{ "Tabcoin" }</Go>
            { links(places(rules(props)), &props.route) }
            <div class="room">
                <p class="faint">{ "Room" }</p>
                if let Some(view) = &props.view {
                    <p class="strong"><bdi translate="no">{ &view.room.name }</bdi></p>
                    <p class="soft">{ terms(view) }</p>
                } else {
                    <p class="strong">{ "…" }</p>
                    <p class="soft">{ "\u{a0}" }</p>
                }
                { other_room(rules(props), "room-link") }
            </div>
        </nav>
    }
}

/// The bar at the bottom of a phone.
#[component]
pub fn TabBar(props: &NavProps) -> Html {
    let all = places(rules(props));
    let (bar, rest) = all.split_at(IN_BAR.min(all.len()));
    html! {
        <nav class="tab-bar" aria-label="Pages">
            { links(bar, &props.route) }
            <More key={props.route.title()} route={props.route.clone()} {rest} other={other_room(rules(props), "place")} />
        </nav>
    }
}

/// Properties of [`More`].
#[derive(Clone, PartialEq, Properties)]
struct MoreProps {
    route: Route,
    rest: &'static [(Route, Icon)],
    other: Html,
}

/// The places that the bar has no room for, on a sheet above it. It closes on Escape, when the focus leaves it, and
/// when a place is taken (its key is the place).
#[component]
fn More(props: &MoreProps) -> Html {
    let open = use_state_eq(|| false);
    let button = use_node_ref();
    let within = props.rest.iter().any(|(place, _)| props.route.is_within(place));
    let toggle = {
        let open = open.clone();
        Callback::from(move |_| open.set(!*open))
    };
    let onkeydown = {
        let (open, button) = (open.setter(), button.clone());
        Callback::from(move |event: KeyboardEvent| {
            if event.key() == "Escape" {
                open.set(false);
                if let Some(button) = button.cast::<HtmlElement>() {
                    // Without the focus the sheet is closed all the same.
                    button.focus().ok();
                }
            }
        })
    };
    let onfocusout = {
        let open = open.setter();
        Callback::from(move |event: FocusEvent| {
            let group =
                event.current_target().and_then(|target| wasm_bindgen::JsCast::dyn_into::<Element>(target).ok());
            let to = event.related_target().and_then(|target| wasm_bindgen::JsCast::dyn_into::<Node>(target).ok());
            if let (Some(group), Some(to)) = (group, to)
                && !group.contains(Some(&to))
            {
                open.set(false);
            }
        })
    };
    html! {
        <div class="more" {onkeydown} {onfocusout}>
            <button
                ref={button}
                type="button"
                class={classes!("place", within.then_some("on"))}
                aria-expanded={if *open { "true" } else { "false" }}
                aria-controls="more-places"
                onclick={toggle}
            >
                <Glyph icon={Icon::More} /><span>{ "More" }</span>
            </button>
            <div id="more-places" class="more-places" hidden={!*open}>
                { links(props.rest, &props.route) }
                { props.other.clone() }
            </div>
        </div>
    }
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

fn links(places: &'static [(Route, Icon)], route: &Route) -> Html {
    let links = places.iter().map(|(place, icon)| {
        let current = route.is_within(place);
        html! {
            <Go to={place.clone()} class={classes!("place", current.then_some("on"))} {current}>
                <Glyph icon={*icon} /><span>{ place.title() }</span>
            </Go>
        }
    });
    html! { { for links } }
}

/// The places of a room of these rules, in their order.
pub fn places(rules: RulesView) -> &'static [(Route, Icon)] {
    match rules {
        RulesView::Sealed => &SEALED,
        RulesView::Classic => &CLASSIC,
    }
}

/// The rules of the room; while the node starts, those its name in the address bar stands for, so that nothing jumps.
fn rules(props: &NavProps) -> RulesView {
    props.view.as_ref().map_or_else(room::rules_here, |view| view.room.rules)
}

/// What a block brings and how often there is one.
fn terms(view: &View) -> String {
    match view.room.rules {
        RulesView::Sealed => format!(
            "{} a block, one every {}",
            format::coins_named(view.room.reward),
            format::duration(view.room.interval_ms),
        ),
        RulesView::Classic => "the tutorial's own chain".to_owned(),
    }
}

/// The way to the room of the other rules: in a tab of its own, for a tab is a node of one room.
fn other_room(rules: RulesView, class: &'static str) -> Html {
    let name = match rules {
        RulesView::Sealed => room::CLASSIC,
        RulesView::Classic => room::MAIN,
    };
    html! {
        <a {class} href={room::home(name)} target="_blank" rel="noopener" title="A room needs a node of its own: opens another tab">
            <Glyph icon={Icon::Away} /><span>{ format!("Room {name}") }</span><span class="unseen">{ ", in another tab" }</span>
        </a>
    }
}
