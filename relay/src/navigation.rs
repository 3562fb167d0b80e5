//! Tells a browser that opens a page for its user from a program and from a script.

use axum::http::header::ACCEPT;
use axum::http::{HeaderMap, HeaderName, Method};

const SEC_FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");

/// Whether a browser opens a page: it says so, or, where it says nothing of it (plain http on a LAN, old ones), it asks for
/// HTML by name, which programs do not.
pub(crate) fn is_navigation(method: &Method, headers: &HeaderMap) -> bool {
    let text = |name: &HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let asks_for_html = || text(&ACCEPT).is_some_and(|accept| accept.contains("text/html"));
    matches!(*method, Method::GET | Method::HEAD)
        && text(&SEC_FETCH_MODE).map_or_else(asks_for_html, |mode| mode == "navigate")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_that_opens_a_page_is_told_from_a_program_and_from_a_script() {
        let check = |headers: &[(HeaderName, &'static str)], expect: bool| {
            let headers = headers.iter().map(|(name, value)| (name.clone(), value.parse().expect("text"))).collect();
            assert_eq!(is_navigation(&Method::GET, &headers), expect, "{headers:?}");
            assert!(!is_navigation(&Method::POST, &headers));
        };
        check(&[], false);
        check(&[(ACCEPT, "*/*")], false);
        check(&[(ACCEPT, "application/json")], false);
        check(&[(ACCEPT, "text/html,application/xhtml+xml,*/*;q=0.8")], true);
        check(&[(ACCEPT, "text/html"), (SEC_FETCH_MODE, "navigate")], true);
        check(&[(ACCEPT, "text/html"), (SEC_FETCH_MODE, "cors")], false);
        check(&[(ACCEPT, "*/*"), (SEC_FETCH_MODE, "no-cors")], false);
    }
}
