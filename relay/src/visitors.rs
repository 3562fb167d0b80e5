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
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, HOST, ORIGIN, VARY,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use shared::Receipt;
use shared::tutorial::Route;

use crate::forwarded::client_address;
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
    let home = check_home(headers, relay.is_loopback(), &relay.allowed_origins);
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
fn check_home(headers: &HeaderMap, is_loopback: bool, allowed: &[String]) -> Result<(), Receipt> {
    if is_loopback {
        check_host(headers, allowed)?;
    }
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

/// On a relay that is for this machine alone, a page from elsewhere can be of the same origin: its name had this
/// machine's address when it was looked up again. Then the host still has that name.
fn check_host(headers: &HeaderMap, allowed: &[String]) -> Result<(), Receipt> {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let is_allowed = || {
        let of_origin = |origin: &String| origin.split_once("://").is_some_and(|(_, of)| of.eq_ignore_ascii_case(host));
        allowed.iter().any(of_origin)
    };
    if is_loopback_host(host) || is_allowed() {
        return Ok(());
    }
    let expected = "127.0.0.1, [::1] or localhost, since this relay is for this machine alone";
    Err(Receipt::new("host", expected, cut(host)))
}

/// Whether a host, with or without a port, is a name of this machine for itself.
fn is_loopback_host(host: &str) -> bool {
    let name = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, _)) => address,
        None => host.split(':').next().unwrap_or_default(),
    };
    let name = name.to_ascii_lowercase();
    let is_address = name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    is_address || name == "localhost" || name.ends_with(".localhost")
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
    use super::*;

    fn home(is_loopback: bool, headers: &[(HeaderName, &'static str)]) -> Result<(), String> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(name, HeaderValue::from_static(value));
        }
        let allowed = ["http://localhost:8080".to_owned(), "https://coin.example".to_owned()];
        check_home(&map, is_loopback, &allowed).map_err(|receipt| receipt.rule)
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
            assert_eq!(home(true, headers), Ok(()), "{headers:?}");
        }
        for headers in [
            &[here.clone(), (SEC_FETCH_SITE, "cross-site")][..],
            &[here.clone(), (SEC_FETCH_SITE, "same-site")],
            &[here.clone(), (SEC_FETCH_SITE, "something new")],
            &[here.clone(), (ORIGIN, "http://evil.example")],
            &[here.clone(), (ORIGIN, "null")],
            &[here.clone(), (ORIGIN, "http://127.0.0.1:5002"), (SEC_FETCH_SITE, "same-site")],
        ] {
            assert_eq!(home(true, headers), Err("origin".to_owned()), "{headers:?}");
            assert_eq!(home(false, headers), Err("origin".to_owned()), "{headers:?}");
        }
    }

    #[test]
    fn on_this_machine_alone_a_host_from_elsewhere_is_no_home() {
        for host in ["127.0.0.1:5001", "127.9.9.9", "[::1]:5001", "localhost:5001", "LOCALHOST", "ab.localhost:5001"] {
            assert_eq!(home(true, &[(HOST, host)]), Ok(()), "{host}");
        }
        for host in ["evil.example:5001", "127.0.0.1.evil.example", "localhost.evil.example", "10.0.0.1", "", "[::2]"] {
            assert_eq!(home(true, &[(HOST, host)]), Err("host".to_owned()), "{host}");
            assert_eq!(home(false, &[(HOST, host)]), Ok(()), "{host}");
        }
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
