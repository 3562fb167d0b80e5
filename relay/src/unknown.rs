//! Answers requests for paths that are not there: 404 with a receipt that names the nearest path that is.
//!
//! Programs get no page in the place of an answer: a status of 200 would tell them that all is well.

use axum::http::header::ACCEPT;
use axum::http::{HeaderMap, HeaderName, Method, StatusCode};
use axum::response::Response;
use shared::Receipt;
use shared::pages::PAGES;
use shared::tutorial::Route;

use crate::refusal::refusal;

const SEC_FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");
/// Paths of the relay beside the tutorial's and the app's pages.
const OTHERS: [&str; 4] = ["/api/v1/rooms", "/healthz", "/openapi.json", "/docs"];
/// The longest path that is compared and quoted, in characters.
const PATH_CHARS_MAX: usize = 80;
/// How alike a path must be to be named, of 1.
const ALIKE_MIN: f64 = 0.3;

/// Whether a browser opens a page: it says so, or, where it says nothing of it (plain http on a LAN, old ones), it asks for
/// HTML by name, which programs do not.
pub(crate) fn is_navigation(method: &Method, headers: &HeaderMap) -> bool {
    let text = |name: &HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let asks_for_html = || text(&ACCEPT).is_some_and(|accept| accept.contains("text/html"));
    matches!(*method, Method::GET | Method::HEAD)
        && text(&SEC_FETCH_MODE).map_or_else(asks_for_html, |mode| mode == "navigate")
}

/// The answer for a path that is not there.
pub(crate) fn no_such_path(method: &Method, path: &str) -> Response {
    refusal(StatusCode::NOT_FOUND, receipt(method, path))
}

/// The receipt for a path that is not there.
pub(crate) fn receipt(method: &Method, path: &str) -> Receipt {
    let shown: String = path.chars().take(PATH_CHARS_MAX).collect();
    Receipt::new("path", nearest(&shown), format!("{method} {shown}"))
}

/// What may have been meant: the likest of the paths that are there, below the same room or node.
fn nearest(path: &str) -> String {
    let (before, rest) = addressee(path);
    let asked = rest.trim_matches('/').to_ascii_lowercase();
    let routes = Route::ALL.map(|route| (format!("{} {before}{}", route.method(), route.path()), route.path()));
    // A node has no more than the six.
    let is_node = before.starts_with("/nodes/");
    let pages =
        PAGES.iter().filter(|page| !is_node && !page.contains(':')).map(|page| (format!("{before}{page}"), *page));
    let others = OTHERS.iter().filter(|_| before.is_empty()).map(|other| ((*other).to_owned(), *other));
    let alike = |known: &str| {
        let known = known.trim_start_matches('/');
        let holds = !asked.is_empty() && known.contains(&asked);
        strsim::normalized_damerau_levenshtein(known, &asked) + if holds { 1.0 } else { 0.0 }
    };
    let candidates = routes.into_iter().chain(pages).chain(others).map(|(shown, path)| (alike(path), shown));
    let best = candidates.max_by(|(one, _), (other, _)| one.total_cmp(other));
    match best.filter(|(alike, _)| *alike >= ALIKE_MIN) {
        Some((_, shown)) => format!("a path that is there; the nearest is {shown}"),
        None => format!("one of {}", Route::ALL.map(|route| format!("{before}{}", route.path())).join(", ")),
    }
}

/// A path's part that says who is asked (`/nodes/ID`, `/rooms/NAME`), and the rest.
fn addressee(path: &str) -> (&str, &str) {
    let is_prefixed = path.starts_with("/nodes/") || path.starts_with("/rooms/");
    let end = path.match_indices('/').nth(2).map_or(path.len(), |(at, _)| at);
    if is_prefixed { path.split_at(end) } else { ("", path) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_path_is_named_below_the_same_room_or_node() {
        for (path, expected) in [
            ("/chain", "GET /get_chain"),
            ("/get_chain/", "GET /get_chain"),
            ("/getchain", "GET /get_chain"),
            ("/Get_Chain", "GET /get_chain"),
            ("/rooms/classic/chain", "GET /rooms/classic/get_chain"),
            ("/nodes/00ab/chain", "GET /nodes/00ab/get_chain"),
            ("/mine_blok", "GET /mine_block"),
            ("/transactions/new", "POST /add_transaction"),
            ("/add_transactions", "POST /add_transaction"),
            ("/connect_nodes", "POST /connect_node"),
            ("/replace", "GET /replace_chain"),
            ("/valid", "GET /is_valid"),
            ("/wallets", "/wallet"),
            ("/rooms/classic/wallett", "/rooms/classic/wallet"),
            ("/api/rooms", "/api/v1/rooms"),
        ] {
            let receipt = receipt(&Method::GET, path);
            assert_eq!(receipt.expected, format!("a path that is there; the nearest is {expected}"), "{path}");
            assert_eq!(receipt.found, format!("GET {path}"));
        }
        let none = receipt(&Method::GET, "/zzzzzzzzzzzzzzzzzz").expected;
        assert!(none.starts_with("one of /mine_block, ") || none.starts_with("one of /"), "{none}");
        // However long it is.
        assert!(receipt(&Method::GET, &"/x".repeat(5_000)).found.len() < 100);
    }

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
