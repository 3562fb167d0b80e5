//! `GET /ws/{room}`: turns a request into a WebSocket session, or says why not.
//!
//! The upgrade is done here rather than by axum, because the session needs the bare connection: to bound what the kernel
//! buffers for it, to notice writes that stand still, and to count unfinished bytes.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{CONNECTION, HOST, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE};
use axum::http::{HeaderMap, HeaderName, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use shared::Receipt;
use socket2::SockRef;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tracing::{debug, info, warn};

use crate::forwarded::client_address;
use crate::guard::{Guarded, Meter};
use crate::limits::{JOINS_PER_FAULT, KERNEL_BUFFER_BYTES, LAST_WORDS_BYTES, Place};
use crate::outbox::Outbox;
use crate::refusal::refusal;
use crate::relay::{PeerAddress, Relay};
use crate::room::{Room, StoreState};
use crate::security::check_origin;
use crate::segment::Segment;
use crate::session;
use crate::tabs::Texts;

/// The version of the WebSocket protocol, RFC 6455.
const VERSION: &str = "13";

/// Answers the request for a WebSocket.
pub(crate) async fn upgrade(State(relay): State<Arc<Relay>>, Segment(room): Segment, mut request: Request) -> Response {
    let Some(room) = relay.room(&room) else {
        return refusal(StatusCode::NOT_FOUND, relay.unknown_room(&room));
    };
    let peer = request.extensions().get::<PeerAddress>().copied();
    let peer = peer.expect("every connection's requests carry its address");
    let address = client_address(peer.0, request.headers(), &relay.trusted_proxies);
    let is_asked_for = request.headers().contains_key(SEC_WEBSOCKET_KEY);
    if !is_asked_for && let Some((status, receipt)) = relay.unopened.of(address, Instant::now()) {
        return refusal(status, receipt);
    }
    match admit(&relay, &room, address, &request) {
        Ok(admitted) => {
            relay.unopened.forget(address);
            let heard_as = request.headers().get(HOST).and_then(|host| host.to_str().ok()).map(str::to_owned);
            let on_upgrade = hyper::upgrade::on(&mut request);
            let accept = derive_accept_key(admitted.key.as_bytes());
            relay.sessions.spawn(carry(Arc::clone(&relay), on_upgrade, room, heard_as, admitted));
            let headers =
                [(CONNECTION, "upgrade".to_owned()), (UPGRADE, "websocket".to_owned()), (SEC_WEBSOCKET_ACCEPT, accept)];
            (StatusCode::SWITCHING_PROTOCOLS, headers, Body::empty()).into_response()
        }
        Err((status, receipt)) => {
            info!(
                %address,
                rule = receipt.rule,
                expected = receipt.expected,
                found = receipt.found,
                "WebSocket refused"
            );
            if is_asked_for {
                relay.unopened.keep(address, (status, receipt.clone()), Instant::now());
            }
            let mut response = refusal(status, receipt);
            if status == StatusCode::UPGRADE_REQUIRED {
                response.headers_mut().insert(UPGRADE, "websocket".parse().expect("a token"));
                let version = VERSION.parse().expect("a number");
                response.headers_mut().insert(SEC_WEBSOCKET_VERSION, version);
            }
            response
        }
    }
}

struct Admitted {
    key: String,
    address: IpAddr,
    place: Place,
}

/// The checks before a member is let in, cheapest first.
fn admit(relay: &Relay, room: &Room, address: IpAddr, request: &Request) -> Result<Admitted, (StatusCode, Receipt)> {
    let key = websocket_key(request)?;
    check_origin(request.headers(), &relay.allowed_origins).map_err(|receipt| (StatusCode::FORBIDDEN, receipt))?;
    if relay.stop.is_cancelled() {
        let receipt = Receipt::new("relay", "a running relay", "it is stopping");
        return Err((StatusCode::SERVICE_UNAVAILABLE, receipt));
    }
    if let StoreState::Failing { reason } = &room.info().store {
        let receipt = Receipt::new("store", "a store that takes writes", reason.as_str());
        return Err((StatusCode::SERVICE_UNAVAILABLE, receipt));
    }
    let busy = |receipt| (StatusCode::TOO_MANY_REQUESTS, receipt);
    let place = relay.members.take(Some(address)).map_err(busy)?;
    relay.joins.step(address, Instant::now()).map_err(busy)?;
    Ok(Admitted { key, address, place })
}

/// The key of a request for a WebSocket, as RFC 6455 section 4.2.1 asks for it.
fn websocket_key(request: &Request) -> Result<String, (StatusCode, Receipt)> {
    let headers = request.headers();
    let refuse = |found: String| {
        let receipt = Receipt::new("WebSocket upgrade", "a WebSocket request, version 13", found);
        Err((StatusCode::UPGRADE_REQUIRED, receipt))
    };
    // Only a proxy makes this of a browser's request: these two headers are for one connection, and it has not renewed
    // them for the next.
    if headers.contains_key(SEC_WEBSOCKET_KEY) && !headers.contains_key(UPGRADE) {
        let found = "one whose Upgrade header a proxy left out: have it pass WebSockets on (docs/hosting.md)";
        return refuse(found.to_owned());
    }
    if request.method() != Method::GET || !has_token(headers, &UPGRADE, "websocket") {
        return refuse("an ordinary request".to_owned());
    }
    if !has_token(headers, &CONNECTION, "upgrade") {
        return refuse("no Connection: upgrade".to_owned());
    }
    if !has_token(headers, &SEC_WEBSOCKET_VERSION, VERSION) {
        return refuse("another version".to_owned());
    }
    match headers.get(SEC_WEBSOCKET_KEY).and_then(|key| key.to_str().ok()) {
        // 16 bytes in base64.
        Some(key) if key.len() == 24 && request.extensions().get::<OnUpgrade>().is_some() => Ok(key.to_owned()),
        _ => refuse("no key".to_owned()),
    }
}

fn has_token(headers: &HeaderMap, name: &HeaderName, token: &str) -> bool {
    let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|part| part.trim().eq_ignore_ascii_case(token))
}

/// Waits until the connection is handed over, then carries the session.
async fn carry(relay: Arc<Relay>, on_upgrade: OnUpgrade, room: Room, heard_as: Option<String>, admitted: Admitted) {
    let upgraded = match on_upgrade.await {
        Ok(upgraded) => upgraded,
        Err(error) => return debug!(%error, "the connection ended before its upgrade"),
    };
    let parts = match upgraded.downcast::<TokioIo<Guarded<TcpStream>>>() {
        Ok(parts) => parts,
        Err(_) => return warn!("a WebSocket on a connection that is not ours"),
    };
    let meter = Meter::new(relay.unfinished.holder(admitted.address));
    let stall = Duration::from_millis(relay.limits.write_stall_ms);
    let stream = parts.io.into_inner().metered(stall, Arc::clone(&meter), make_room_for_last_words);
    bound_kernel_buffers(stream.get_ref());
    let waiting = relay.queued.holder(admitted.address);
    let outbox = Outbox::new(relay.limits.queue_messages, relay.limits.queue_bytes, waiting);
    let texts = Texts::new(Arc::clone(&relay), room.clone(), heard_as);
    session::run(stream, parts.read_buf.into(), meter, Arc::clone(&outbox), room, texts).await;
    if outbox.is_closed_for_a_fault() {
        relay.joins.spend(admitted.address, JOINS_PER_FAULT, Instant::now());
    }
    drop(admitted.place);
}

/// Gives the kernel room for the last words to a member that does not read.
fn make_room_for_last_words(stream: &TcpStream) {
    if let Err(error) = SockRef::from(stream).set_send_buffer_size(KERNEL_BUFFER_BYTES + LAST_WORDS_BYTES) {
        debug!(%error, "socket options");
    }
}

/// Without bounds Linux lets a member that does not read hold megabytes of the kernel's memory.
fn bound_kernel_buffers(stream: &TcpStream) {
    let socket = SockRef::from(stream);
    let bounded = socket
        .set_send_buffer_size(KERNEL_BUFFER_BYTES)
        .and_then(|()| socket.set_recv_buffer_size(KERNEL_BUFFER_BYTES))
        // Blocks are small and wanted now.
        .and_then(|()| stream.set_nodelay(true));
    if let Err(error) = bounded {
        debug!(%error, "socket options");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_kernel_holds_128_kib_for_a_member_at_most_its_last_words_included() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let stream = TcpStream::connect(listener.local_addr().expect("an address")).await.expect("connected");
        bound_kernel_buffers(&stream);
        make_room_for_last_words(&stream);
        let socket = SockRef::from(&stream);
        let sizes = socket.send_buffer_size().expect("a size") + socket.recv_buffer_size().expect("a size");
        assert!(sizes <= 128 << 10, "{sizes}");
    }
}
