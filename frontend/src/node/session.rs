//! What the page knows of its tab before there is a node: the room, from its path; the identity, in `sessionStorage`,
//! which survives a reload and ends with the tab; and whether the link asked for a new node (`?new`).
//!
//! A duplicated tab gets a copy of `sessionStorage`; the node worker's lock on the identity keeps the two apart.

use shared::RoomName;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Storage, Url, Window};

use crate::room;

const IDENTITY: &str = "tabcoin.identity";

/// The query parameter that asks for a new node.
const NEW: &str = "new";

/// The room that the page was opened for: the one that its path names, else the main one.
pub(super) fn room() -> RoomName {
    room::named_here().unwrap_or_else(|| RoomName::new(room::MAIN).expect("the main room's name is four letters"))
}

/// The identity this tab had before it was reloaded.
pub(super) fn identity() -> Option<String> {
    storage()?.get_item(IDENTITY).ok().flatten()
}

/// Remembers the identity for the next reload. Where the browser forbids it, a reload takes the most recently used
/// identity, which mostly is the same one.
pub(super) fn remember(id: &str) {
    if let Some(storage) = storage() {
        storage.set_item(IDENTITY, id).ok();
    }
}

/// Whether the link asked for a new node. The word is taken out of the address bar, so that a reload does not ask
/// again.
pub(super) fn take_fresh() -> bool {
    let window = window();
    let Some(url) = window.location().href().ok().and_then(|href| Url::new(&href).ok()) else {
        return false;
    };
    let parameters = url.search_params();
    if !parameters.has(NEW) {
        return false;
    }
    parameters.delete(NEW);
    if let Ok(history) = window.history() {
        let state = history.state().unwrap_or(JsValue::NULL);
        history.replace_state_with_url(&state, "", Some(&url.href())).ok();
    }
    true
}

/// Asks the browser not to throw this site's data away when room is short.
pub(super) fn ask_to_keep_data() {
    let navigator = window().navigator();
    // Pages that are not secure have no storage manager.
    if !js_sys::Reflect::get(&navigator, &"storage".into()).is_ok_and(|manager| manager.is_object()) {
        return;
    }
    if let Ok(asking) = navigator.storage().persist() {
        // Whatever the answer, there is nothing to do but go on.
        yew::platform::spawn_local(async move {
            JsFuture::from(asking).await.ok();
        });
    }
}

fn storage() -> Option<Storage> {
    window().session_storage().ok().flatten()
}

fn window() -> Window {
    web_sys::window().expect("only the page calls this, and a page has a window")
}
