//! Tells a browser that opens a page for its user from a program and from a script.

use axum::http::{HeaderMap, HeaderName, Method};

use crate::accept::prefers_html;

const SEC_FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");

/// Whether a browser opens a page: it says so, or, where it says nothing of it (plain http on a LAN, old ones), it wants
/// HTML rather than JSON. Whoever does not take HTML gets none.
pub(crate) fn is_navigation(method: &Method, headers: &HeaderMap) -> bool {
    let is_opened = || headers.get(SEC_FETCH_MODE).is_none_or(|mode| mode == "navigate");
    matches!(*method, Method::GET | Method::HEAD) && prefers_html(headers) && is_opened()
}

#[cfg(test)]
mod tests {
    use axum::http::header::ACCEPT;

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
        check(&[(ACCEPT, "text/html;q=0, application/json")], false);
        check(&[(ACCEPT, "application/json, text/html;q=0.1"), (SEC_FETCH_MODE, "navigate")], false);
        check(&[(ACCEPT, "text/html"), (SEC_FETCH_MODE, "navigate")], true);
        check(&[(ACCEPT, "text/html"), (SEC_FETCH_MODE, "cors")], false);
        check(&[(ACCEPT, "*/*"), (SEC_FETCH_MODE, "no-cors")], false);
    }
}
