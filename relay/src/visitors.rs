//! What every request for data passes before it is answered, and what its answer says about who may read it: the pace of
//! its address, pages of other sites, and CORS (the Fetch standard).
//!
//! Reading is open to pages from anywhere. What changes a node is refused to pages of other sites, unless it carries a
//! token, which such a page cannot know; and since the tutorial changes things by GET, which a browser sends for any
//! picture on any page, what counts is what the browser says of where the request comes from (`Sec-Fetch-Site`,
//! `Origin`). Programs that are no browser say nothing of it, and pass.
//!
//! The app's files and WebSockets do not come through here.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use axum::extract::{Request, State};
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use shared::Receipt;
use shared::tutorial::Route;

use crate::forwarded::client_address;
use crate::hosts::Hosts;
use crate::refusal::refusal;
use crate::relay::{PeerAddress, Relay};
use crate::security::check_origin;
use crate::tabs::Credentials;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const SEC_FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");
const CORP: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
/// How long a browser may remember the answer to a preflight, in seconds.
const PREFLIGHT_S: &str = "600";

/// Who asks, as the door found it. In the extensions of every request for data.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Visitor {
    /// Where the request comes from.
    pub(crate) address: IpAddr,
    /// Whether a page of another site makes a browser send it.
    pub(crate) is_foreign: bool,
}

/// The door.
pub(crate) async fn admit(State(relay): State<Arc<Relay>>, mut request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<PeerAddress>().copied();
    let peer = peer.expect("every connection's requests carry its address");
    let address = client_address(peer.0, request.headers(), &relay.trusted_proxies);
    if let Err(receipt) = relay.requests.step(address, Instant::now()) {
        return open_to_all(refusal(StatusCode::TOO_MANY_REQUESTS, receipt));
    }
    let headers = request.headers();
    if request.method() == Method::OPTIONS && headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD) {
        return preflight();
    }
    let is_change = is_change(request.method(), request.uri().path());
    let home = check_home(headers, &relay.hosts, &relay.allowed_origins);
    let has_token = Credentials::read(headers).token.is_some() && (home.is_ok() || is_asked_by_script(headers));
    let origin = headers.get(ORIGIN).cloned();
    if is_change
        && !has_token
        && let Err(receipt) = home
    {
        return refusal(StatusCode::FORBIDDEN, receipt);
    }
    let is_foreign = home.is_err();
    request.extensions_mut().insert(Visitor { address, is_foreign });
    let response = next.run(request).await;
    match origin {
        _ if !is_change || has_token => open_to_all(response),
        // Of this relay, or one that the operator allows.
        Some(origin) if !is_foreign => open_to(response, origin),
        _ => response,
    }
}

/// Whether a request may change something, by its method and path.
fn is_change(method: &Method, path: &str) -> bool {
    let route = path.rfind('/').and_then(|slash| Route::of(&path[slash..]));
    !method.is_safe() || route.is_some_and(Route::is_change)
}

/// Whether a request comes from a page of this relay, of an origin that the operator allows, or of no page at all.
///
/// # Errors
/// When a page of another site makes a browser send it.
fn check_home(headers: &HeaderMap, hosts: &Hosts, allowed: &[String]) -> Result<(), Receipt> {
    hosts.check(headers)?;
    if headers.contains_key(ORIGIN) {
        return check_origin(headers, allowed);
    }
    let site = headers.get(SEC_FETCH_SITE).map(|site| site.to_str().unwrap_or("no text"));
    match site {
        None | Some("none" | "same-origin") => Ok(()),
        Some(other) => {
            let expected = "a request of the relay's own pages, of no page, or one with the node's token";
            Err(Receipt::new("origin", expected, format!("a {} page", cut(other))))
        }
    }
}

/// Whether a script could have put the token there: a browser may send one that its user typed into another page's
/// address, with any picture on any page. A browser that does not say how it asks is taken at its word.
fn is_asked_by_script(headers: &HeaderMap) -> bool {
    headers.get(SEC_FETCH_MODE).is_none_or(|mode| mode == "cors")
}

fn preflight() -> Response {
    let headers = [
        (ACCESS_CONTROL_ALLOW_METHODS, "GET, HEAD, POST"),
        (ACCESS_CONTROL_ALLOW_HEADERS, "authorization, content-type, if-none-match, last-event-id"),
        (ACCESS_CONTROL_MAX_AGE, PREFLIGHT_S),
    ];
    open_to_all((StatusCode::NO_CONTENT, headers).into_response())
}

/// Pages from anywhere may read this answer.
fn open_to_all(response: Response) -> Response {
    with_origin(response, HeaderValue::from_static("*"))
}

/// Pages of this origin may.
fn open_to(response: Response, origin: HeaderValue) -> Response {
    let mut response = with_origin(response, origin);
    response.headers_mut().append(VARY, HeaderValue::from_static("origin"));
    response
}

fn with_origin(mut response: Response, origin: HeaderValue) -> Response {
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("etag, link, retry-after"));
    headers.insert(CORP, HeaderValue::from_static("cross-origin"));
    response
}

fn cut(text: &str) -> String {
    text.chars().take(80).collect()
}

#[cfg(test)]
mod tests {
    use axum::http::header::HOST;

    use super::*;

    fn home(headers: &[(HeaderName, &'static str)]) -> Result<(), String> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(name, HeaderValue::from_static(value));
        }
        let allowed = ["http://localhost:8080".to_owned(), "https://coin.example".to_owned()];
        let hosts = Hosts::ThisMachine(vec!["coin.example".to_owned()]);
        check_home(&map, &hosts, &allowed).map_err(|receipt| receipt.rule)
    }

    #[test]
    fn programs_own_pages_and_typed_addresses_are_at_home_and_other_sites_are_not() {
        let here = (HOST, "127.0.0.1:5001");
        for headers in [
            &[here.clone()][..],
            &[here.clone(), (SEC_FETCH_SITE, "none")],
            &[here.clone(), (SEC_FETCH_SITE, "same-origin")],
            &[here.clone(), (ORIGIN, "http://127.0.0.1:5001"), (SEC_FETCH_SITE, "same-origin")],
            &[here.clone(), (ORIGIN, "http://localhost:8080"), (SEC_FETCH_SITE, "cross-site")],
            // A proxy on this machine hands on the public name, which the operator allows.
            &[(HOST, "coin.example"), (SEC_FETCH_SITE, "same-origin")],
        ] {
            assert_eq!(home(headers), Ok(()), "{headers:?}");
        }
        for headers in [
            &[here.clone(), (SEC_FETCH_SITE, "cross-site")][..],
            &[here.clone(), (SEC_FETCH_SITE, "same-site")],
            &[here.clone(), (SEC_FETCH_SITE, "something new")],
            &[here.clone(), (ORIGIN, "http://evil.example")],
            &[here.clone(), (ORIGIN, "null")],
            &[here.clone(), (ORIGIN, "http://127.0.0.1:5002"), (SEC_FETCH_SITE, "same-site")],
        ] {
            assert_eq!(home(headers), Err("origin".to_owned()), "{headers:?}");
        }
    }

    #[test]
    fn a_host_that_is_not_the_relays_is_no_home() {
        assert_eq!(home(&[(HOST, "evil.example:5001")]), Err("host".to_owned()));
    }

    #[test]
    fn what_changes_is_told_by_method_and_path() {
        for (method, path, expected) in [
            (Method::GET, "/get_chain", false),
            (Method::GET, "/nodes/ab/is_valid", false),
            (Method::GET, "/nodes/ab/mine_block", true),
            (Method::GET, "/replace_chain", true),
            (Method::HEAD, "/rooms/main/mine_block", true),
            (Method::POST, "/add_transaction", true),
            (Method::POST, "/api/v1/rooms/main/transactions", true),
            (Method::GET, "/api/v1/rooms/main", false),
            (Method::OPTIONS, "/get_chain", false),
        ] {
            assert_eq!(is_change(&method, path), expected, "{method} {path}");
        }
    }
}
