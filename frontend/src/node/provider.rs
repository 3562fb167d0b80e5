//! The node as yew sees it: a context with the newest state and the handle.

use std::rc::Rc;

use wasm_bindgen::prelude::*;
use yew::prelude::*;

use super::client::NodeHandle;
use super::handle::{Found, Query};
use super::page_cache::PageCache;
use super::surroundings::Watch;
use super::view::TabState;

#[derive(Clone, Debug)]
struct Context {
    state: Rc<TabState>,
    handle: NodeHandle,
}

impl PartialEq for Context {
    fn eq(&self, other: &Self) -> bool {
        // Every state that arrives is a new allocation, and comparing whole views would cost more than drawing them.
        Rc::ptr_eq(&self.state, &other.state) && self.handle == other.handle
    }
}

/// Properties of [`NodeProvider`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct NodeProviderProps {
    /// What may use the node.
    #[prop_or_default]
    pub children: Html,
}

/// Starts the tab's node once, and gives it to everything below.
#[component]
pub fn NodeProvider(props: &NodeProviderProps) -> Html {
    let state = use_state_eq(|| SharedState(Rc::new(TabState::Starting { doing: "starting the node".to_owned() })));
    let handle = use_state({
        let setter = state.setter();
        move || NodeHandle::start(move |next| setter.set(SharedState(Rc::new(next))))
    });
    use_effect_with((*handle).clone(), |handle| {
        let listeners = (wake_with_the_page(handle.clone()), PageCache::watch(handle.clone()));
        let told = handle.clone();
        let watch = Watch::start(move |surroundings| told.surround(surroundings));
        move || drop((listeners, watch))
    });
    let context = Context { state: Rc::clone(&state.0), handle: (*handle).clone() };
    html! { <ContextProvider<Context> {context}>{ props.children.clone() }</ContextProvider<Context>> }
}

/// A state that is the same only where it is the same allocation.
struct SharedState(Rc<TabState>);

impl PartialEq for SharedState {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

/// The tab's newest state and the handle that reaches its node.
///
/// # Panics
///
/// Panics outside a [`NodeProvider`].
#[hook]
pub fn use_node() -> (Rc<TabState>, NodeHandle) {
    let context = use_context::<Context>().expect("a NodeProvider is around the app");
    (context.state, context.handle)
}

/// Looks `query` up, and looks again when it changes or when `moves_with` does (the tip's hash, say). `None` until the
/// first answer; the last answer stays while the next is on its way, so nothing on a page jumps.
#[hook]
pub fn use_query<M: Clone + PartialEq + 'static>(query: Query, moves_with: M) -> Option<Found> {
    let (_, handle) = use_node();
    let found = use_state(|| None::<(Query, Found)>);
    {
        let found = found.clone();
        use_effect_with((query.clone(), moves_with), move |(query, _)| {
            let query = query.clone();
            let alive = Rc::new(std::cell::Cell::new(true));
            let asked = Rc::clone(&alive);
            yew::platform::spawn_local(async move {
                let answer = handle.query(query.clone()).await;
                if asked.get() {
                    found.set(Some((query, answer)));
                }
            });
            move || alive.set(false)
        });
    }
    match &*found {
        Some((answered, found)) if same_kind(answered, &query) => Some(found.clone()),
        _ => None,
    }
}

/// Whether an answer to `old` may stand while `new` is looked up: another page of the same list may, another block
/// may not.
fn same_kind(old: &Query, new: &Query) -> bool {
    match (old, new) {
        (Query::Blocks { .. }, Query::Blocks { .. }) => true,
        (Query::Identities { .. }, Query::Identities { .. }) => true,
        (Query::Address { address: old, .. }, Query::Address { address: new, .. }) => old == new,
        _ => old == new,
    }
}

/// Wakes the node when the browser comes online and when the page is shown again.
fn wake_with_the_page(handle: NodeHandle) -> Option<Listeners> {
    let window = web_sys::window()?;
    let document = window.document()?;
    let wake = Closure::<dyn FnMut()>::new({
        let document = document.clone();
        move || {
            if !document.hidden() {
                handle.wake();
            }
        }
    });
    let function = wake.as_ref().unchecked_ref();
    window.add_event_listener_with_callback("online", function).ok()?;
    document.add_event_listener_with_callback("visibilitychange", function).ok()?;
    Some(Listeners { window, document, wake })
}

struct Listeners {
    window: web_sys::Window,
    document: web_sys::Document,
    wake: Closure<dyn FnMut()>,
}

impl Drop for Listeners {
    fn drop(&mut self) {
        let function = self.wake.as_ref().unchecked_ref();
        self.window.remove_event_listener_with_callback("online", function).ok();
        self.document.remove_event_listener_with_callback("visibilitychange", function).ok();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_page_of_a_list_may_stand_but_not_another_block() {
        let page = |from| Query::Blocks { from, count: 10 };
        assert!(same_kind(&page(None), &page(Some(7))));
        assert!(!same_kind(&page(None), &Query::Search(String::new())));
        assert!(!same_kind(&Query::Search("1".to_owned()), &Query::Search("2".to_owned())));
    }
}
