//! What the page knows of its tab before there is a node: the room, from its path; the identity, in `sessionStorage`,
//! which survives a reload and ends with the tab; and whether the link asked for a new node (`?new`), and whose link it
//! was.
//!
//! A duplicated tab gets a copy of `sessionStorage`; the node worker's lock on the identity keeps the two apart.

use shared::{Receipt, RoomName};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Storage, Url, Window};

use super::invitation;
use super::view::StoragePromise;
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

/// What a link asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// Nothing: who the tab was, or whoever was used last.
    Nothing,
    /// A new node, and the app itself made the link.
    New,
    /// A new node, and somebody else made the link: the owner is asked.
    NewByAStranger,
}

/// What the link asked for. The word is taken out of the address bar, so that a reload does not ask again.
pub(super) fn take_asked() -> Asked {
    let window = window();
    let Some(url) = window.location().href().ok().and_then(|href| Url::new(&href).ok()) else {
        return Asked::Nothing;
    };
    let parameters = url.search_params();
    let Some(word) = parameters.get(NEW) else { return Asked::Nothing };
    parameters.delete(NEW);
    if let Ok(history) = window.history() {
        let state = history.state().unwrap_or(JsValue::NULL);
        history.replace_state_with_url(&state, "", Some(&url.href())).ok();
    }
    if invitation::spend(&word) { Asked::New } else { Asked::NewByAStranger }
}

/// Has this tab be another identity: it is remembered, and the page loaded again.
///
/// # Errors
/// A receipt where the browser keeps nothing for a tab: then the reload would not know whom to be.
pub(super) fn become_identity(id: &str) -> Result<(), Receipt> {
    remember(id);
    if identity().as_deref() != Some(id) {
        let expected = "a browser that remembers something for a tab";
        return Err(Receipt::new("choose an identity", expected, "one that forbids it to this site"));
    }
    // A page that cannot be loaded again stays who it is.
    window().location().reload().ok();
    Ok(())
}

/// Whether the browser has promised to keep this site's data when room is short; it is asked to, where `ask` says so.
pub(super) async fn storage_promise(ask: bool) -> StoragePromise {
    let navigator = window().navigator();
    // Pages that are not secure have no storage manager.
    if !js_sys::Reflect::get(&navigator, &"storage".into()).is_ok_and(|manager| manager.is_object()) {
        return StoragePromise::Insecure;
    }
    let manager = navigator.storage();
    let asking = if ask { manager.persist() } else { manager.persisted() };
    let Ok(asking) = asking else { return StoragePromise::Refused };
    match JsFuture::from(asking).await.ok().and_then(|promised| promised.as_bool()) {
        Some(true) => StoragePromise::Given,
        _ if ask => StoragePromise::Refused,
        _ => StoragePromise::NotAsked,
    }
}

fn storage() -> Option<Storage> {
    window().session_storage().ok().flatten()
}

fn window() -> Window {
    web_sys::window().expect("only the page calls this, and a page has a window")
}
