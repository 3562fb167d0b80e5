//! Small choices that this browser remembers.

use yew::prelude::*;

/// A yes or no kept in `localStorage` under `key`, and how to set it. Where the browser keeps nothing, it lasts as long
/// as the page.
#[hook]
pub fn use_stored_flag(key: &'static str) -> (bool, Callback<bool>) {
    let flag = use_state_eq(|| read(key).is_some());
    let set = {
        let flag = flag.setter();
        use_callback(key, move |value: bool, key| {
            write(key, value.then_some("yes"));
            flag.set(value);
        })
    };
    (*flag, set)
}

/// A text that this tab remembers over a reload under `key`, and how to set it or forget it.
#[hook]
pub fn use_tab_text(key: String) -> (Option<String>, Callback<Option<String>>) {
    let text = use_state_eq(|| session()?.get_item(&key).ok().flatten());
    let set = {
        let text = text.setter();
        use_callback(key, move |value: Option<String>, key| {
            if let Some(storage) = session() {
                // Where the browser keeps nothing, it lasts as long as the page.
                match &value {
                    Some(value) => storage.set_item(key, value).ok(),
                    None => storage.remove_item(key).ok(),
                };
            }
            text.set(value);
        })
    };
    ((*text).clone(), set)
}

fn session() -> Option<web_sys::Storage> {
    web_sys::window()?.session_storage().ok().flatten()
}

/// What is stored under a key.
pub(super) fn read(key: &str) -> Option<String> {
    storage()?.get_item(key).ok().flatten()
}

/// Stores under a key, or removes it. A browser that keeps nothing is no trouble: the choice then lasts for the page.
pub(super) fn write(key: &str, value: Option<&str>) {
    let Some(storage) = storage() else { return };
    match value {
        Some(value) => storage.set_item(key, value).ok(),
        None => storage.remove_item(key).ok(),
    };
}

fn storage() -> Option<web_sys::Storage> {
    web_sys::window()?.local_storage().ok().flatten()
}
