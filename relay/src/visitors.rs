//! What every request for data passes before it is answered, and what its answer says about who may read it: the pace of
//! its address, pages of other sites, and CORS (the Fetch standard).
//!
//! Reading is open to pages from anywhere. What changes a node is refused to pages of other sites, unless it carries a
//! token, which such a page cannot know; and since the tutorial changes things by GET, which a browser sends for any
//! picture on any page, what counts is what the browser says of where the request comes from ([`crate::asker`]).
//! Programs that are no browser say nothing of it, and pass.
//!
//! The app's files and WebSockets do not come through here. Nor do paths that are not there, whose receipts pages from
//! anywhere may read all the same.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use axum::extract::{Request, State};
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, Version};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use shared::Receipt;
use shared::tutorial::Route;

use crate::forwarded::client_address;
use crate::reach::Reach;
use crate::refusal::refusal;
use crate::relay::{PeerAddress, Relay};
use crate::{asker, confirm};

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
    if let Some(response) = preflight(&request) {
        return response;
    }
    let is_change = is_change(request.method(), request.uri().path());
    let home =
        check_version(&relay, request.version()).and_then(|()| asker::check_home(headers, &relay.allowed_origins));
    let has_token = asker::has_token(headers, home.is_ok());
    let origin = headers.get(ORIGIN).cloned();
    if is_change
        && !has_token
        && let Err(receipt) = home
    {
        return confirm::refuse(&request, receipt);
    }
    let is_foreign = home.is_err();
    request.extensions_mut().insert(Visitor { address, is_foreign });
    if !is_foreign {
        confirm::accept(&mut request);
    }
    let response = next.run(request).await;
    match origin {
        _ if !is_change || has_token => open_to_all(response),
        // Of this relay, or one that the operator allows.
        Some(origin) if !is_foreign => open_to(response, origin),
        _ => response,
    }
}

/// On a relay for this machine alone, whether a request can be of this machine. nginx hands requests on as HTTP/1.0, and
/// with nothing that names it, until it is told otherwise; programs that people use speak 1.1.
///
/// # Errors
/// When a proxy may stand between.
fn check_version(relay: &Relay, version: Version) -> Result<(), Receipt> {
    if relay.reached.reach > Reach::ThisMachine || version > Version::HTTP_10 {
        return Ok(());
    }
    let expected = "HTTP/1.1, as programs of this machine speak it, or a proxy that the operator names (--trust-proxy)";
    Err(Receipt::new("proxy", expected, format!("{version:?}")))
}

/// Whether a request may change something, by its method and path.
fn is_change(method: &Method, path: &str) -> bool {
    let route = path.rfind('/').and_then(|slash| Route::of(&path[slash..]));
    !method.is_safe() || route.is_some_and(Route::is_change)
}

/// The answer to a browser that asks whether a page may send a request; `None` to other requests.
pub(crate) fn preflight(request: &Request) -> Option<Response> {
    if request.method() != Method::OPTIONS || !request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD) {
        return None;
    }
    let headers = [
        (ACCESS_CONTROL_ALLOW_METHODS, "GET, HEAD, POST"),
        (ACCESS_CONTROL_ALLOW_HEADERS, "authorization, content-type, if-none-match, last-event-id"),
        (ACCESS_CONTROL_MAX_AGE, PREFLIGHT_S),
    ];
    Some(open_to_all((StatusCode::NO_CONTENT, headers).into_response()))
}

/// Pages from anywhere may read this answer.
pub(crate) fn open_to_all(response: Response) -> Response {
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

#[cfg(test)]
mod tests {
    use super::*;

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
