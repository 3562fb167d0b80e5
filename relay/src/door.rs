//! What every request passes first, whatever it is for (data, a WebSocket, events, a file of the app): the name by which
//! it reached the relay, and, where only this machine is to reach it, that no proxy stands between.
//!
//! Who makes a request is asked in [`crate::visitors`], behind this.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use shared::Receipt;

use crate::authority::Authority;
use crate::forwarded::sign_of_proxy;
use crate::navigation::is_navigation;
use crate::reach::Reach;
use crate::refusal::refusal;
use crate::relay::Relay;

/// Lets a request in.
pub(crate) async fn admit(State(relay): State<Arc<Relay>>, request: Request, next: Next) -> Response {
    let host = match Authority::of_request(&request) {
        Ok(host) => host,
        Err(receipt) => return refusal(StatusCode::BAD_REQUEST, receipt),
    };
    match check(&relay, host.as_ref(), request.headers()) {
        Ok(()) => next.run(request).await,
        Err(receipt) if is_navigation(request.method(), request.headers()) => in_words(&receipt),
        Err(receipt) => refusal(StatusCode::FORBIDDEN, receipt),
    }
}

fn check(relay: &Relay, host: Option<&Authority>, headers: &HeaderMap) -> Result<(), Receipt> {
    relay.hosts.check(host)?;
    if relay.reached.reach > Reach::ThisMachine {
        return Ok(());
    }
    match sign_of_proxy(headers) {
        None => Ok(()),
        Some(name) => {
            let expected = "a request of this machine itself, or a proxy that the operator names (--trust-proxy)";
            Err(Receipt::new("proxy", expected, format!("the header {name}")))
        }
    }
}

/// The receipt for whoever opened the page, and what its operator can do.
fn in_words(receipt: &Receipt) -> Response {
    let Receipt { rule, expected, found } = receipt;
    let text = format!(
        "This relay does not answer here.\n\n\
         rule:     {rule}\n\
         expected: {expected}\n\
         found:    {found}\n\n\
         If you run it: start it with --public-url and the address that people open, such as\n\
         relay serve --public-url https://coin.example, and behind a proxy with --trust-proxy and the proxy's address.\n"
    );
    let headers = [(CONTENT_TYPE, "text/plain; charset=utf-8"), (CACHE_CONTROL, "no-store")];
    (StatusCode::FORBIDDEN, headers, text).into_response()
}
