//! Where the app is served: at the root of its host, or under the path that a proxy gives it (`https://host/coin/`).
//!
//! The app learns it from the address of its own script, which the relay writes into the page. So one build serves every
//! path, and workers, which have no page, know it too.

use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// The address of the script that loaded this wasm, in the page and in every worker.
    #[wasm_bindgen(thread_local_v2, js_namespace = ["import", "meta"], js_name = url)]
    static SCRIPT_URL: String;
}

/// The address of the script that loaded this wasm.
pub fn script() -> String {
    SCRIPT_URL.with(Clone::clone)
}

/// The relay's address, without a slash at its end: `http://host:port`, or `https://host/coin` behind a proxy.
pub fn url() -> String {
    folder(&script()).to_owned()
}

/// The path of [`url`]: `/coin`, or empty at the root.
pub fn path() -> String {
    split(&url()).1.to_owned()
}

/// Leads a page that lies outside the base path into it: the relay was opened past its proxy. False where there is
/// nothing to do.
pub fn enter() -> bool {
    let Some(location) = web_sys::window().map(|window| window.location()) else { return false };
    let (base, path) = (path(), location.pathname().unwrap_or_default());
    !is_within(&path, &base) && location.replace(&format!("{base}{path}")).is_ok()
}

/// Splits an address into its origin and what follows, which is empty or begins with a slash.
pub fn split(url: &str) -> (&str, &str) {
    let host = url.find("://").map_or(0, |at| at + "://".len());
    url.split_at(url[host..].find('/').map_or(url.len(), |at| host + at))
}

fn folder(script: &str) -> &str {
    let script = script.split(['?', '#']).next().unwrap_or_default();
    script.rsplit_once('/').map_or(script, |(folder, _)| folder)
}

fn is_within(path: &str, base: &str) -> bool {
    path.strip_prefix(base).is_some_and(|rest| rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_lies_where_the_app_is_served() {
        for (script, expected, path) in [
            ("http://127.0.0.1:5001/tabcoin-1f.js", "http://127.0.0.1:5001", ""),
            ("https://coin.example/coin/tabcoin-1f.js?x=/y", "https://coin.example/coin", "/coin"),
            ("https://[::1]:8443/a/b/tabcoin.js", "https://[::1]:8443/a/b", "/a/b"),
        ] {
            assert_eq!((folder(script), split(folder(script)).1), (expected, path));
        }
    }

    #[test]
    fn a_path_is_within_the_base_path_or_not() {
        for (path, base, expected) in [
            ("/", "", true),
            ("/wallet", "", true),
            ("/coin/", "/coin", true),
            ("/coin/wallet", "/coin", true),
            ("/", "/coin", false),
            ("/coin", "/coin", false),
            ("/coins/", "/coin", false),
        ] {
            assert_eq!(is_within(path, base), expected, "{path} in {base}");
        }
    }
}
