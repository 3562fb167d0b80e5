//! The frame that every page stands in, and what it shows while there is no node.

use yew::prelude::*;
use yew_router::prelude::*;

use super::header::Header;
use super::nav::{Sidebar, TabBar};
use super::new_node::AskedForNewNode;
use super::no_room::NoRoom;
use super::notice::{Failed, Starting};
use crate::hooks::{View, focus, use_kept_focus, use_question_before_leaving};
use crate::node::use_node;
use crate::node::view::TabState;
use crate::pages;
use crate::room;
use crate::route::Route;
use crate::worker::room::ROOM;

/// Sidebar, head, page, and the bar of a phone.
#[component]
pub fn Frame() -> Html {
    let (state, _) = use_node();
    let route = use_route::<Route>().unwrap_or(Route::Nowhere);
    let (shell, main) = (use_node_ref(), use_node_ref());
    let view = View::of(&state);
    let room = view.as_ref().map(|view| view.room.name.clone());
    use_effect_with((route.title(), room), |(title, room)| name_window(title, room.as_deref()));
    use_arrival(&route, &main);
    use_kept_focus(&shell);
    use_question_before_leaving(view.as_ref().is_some_and(would_lose_coins));
    if let TabState::Failed(receipt) = &*state
        && receipt.rule == ROOM
    {
        return html! { <main class="lone"><NoRoom asked={receipt.found.clone()} /></main> };
    }
    let page = match (&*state, &view) {
        (TabState::Starting { doing }, _) => html! { <Starting doing={doing.clone()} /> },
        (TabState::Failed(receipt), _) => html! { <Failed receipt={receipt.clone()} /> },
        (TabState::Running(_), Some(view)) => html! {
            <><AskedForNewNode view={view.clone()} />{ pages::page(&route, view.clone()) }</>
        },
        (TabState::Running(_), None) => Html::default(),
    };
    html! {
        <div class="shell" ref={shell}>
            <a class="skip" href="#page">{ "Skip to the page" }</a>
            <Sidebar route={route.clone()} view={view.clone()} />
            <div class="column">
                <Header title={route.title()} view={view.clone()} />
                <main id="page" ref={main} tabindex="-1">{ page }</main>
            </div>
            <TabBar route={route.clone()} view={view.clone()} />
        </div>
    }
}

/// After a move to another page, it is shown from its top and the focus is in it; not when the app is first opened.
#[hook]
fn use_arrival(route: &Route, main: &NodeRef) {
    let opened = use_mut_ref(|| false);
    let main = main.clone();
    use_effect_with(route.clone(), move |_| {
        if opened.replace(true) {
            focus(&main);
            if let Some(window) = web_sys::window() {
                window.scroll_to_with_x_and_y(0.0, 0.0);
            }
        }
    });
}

/// Whether coins would be gone with the page: the keys may be in this tab's memory alone.
fn would_lose_coins(view: &View) -> bool {
    view.storage.trouble.is_some() && !view.identity.is_backed_up && !view.wallet.balance.is_zero()
}

/// Names the window after the page, and after the room where that is not the usual one.
fn name_window(title: &str, room: Option<&str>) {
    if let Some(document) = web_sys::window().and_then(|window| window.document()) {
        let room = room.filter(|room| *room != room::MAIN).map(|room| format!("{room} · ")).unwrap_or_default();
        document.set_title(&format!("{title} · {room}Tabcoin"));
    }
}
