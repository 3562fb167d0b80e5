//! The HTTP server: from a listener to answers, until it is told to stop.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::any;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::task::TaskTracker;
use tower_service::Service as _;
use tracing::{debug, info, warn};

use crate::authority::{Authority, take_from_line};
use crate::forwarded::unheeded;
use crate::guard::Guarded;
use crate::limits::{ANSWER_STALL_MS, HEAD_BYTES_MAX, Place, SHUTDOWN_MS};
use crate::linger::Lingering;
use crate::relay::{PeerAddress, Relay, RoomTasks};
use crate::security::{OwnForm, Untrusted};
use crate::unknown::no_such_path;
use crate::{door, openapi, rest, security, socket, tabs, unreserved, visitors};

/// How long to wait when no connection can be accepted (no file descriptors left), in milliseconds.
const ACCEPT_PAUSE_MS: u64 = 100;
/// The port that an example names where none was typed.
const USUAL_PORT: u16 = 5001;

/// Serves until `shutdown` is ready, then stops: no new connections, the rooms commit what they have and tell their
/// members, sessions and answers under way end, all within [`SHUTDOWN_MS`].
pub async fn run(listener: TcpListener, relay: Arc<Relay>, rooms: RoomTasks, shutdown: impl Future<Output = ()>) {
    let connections = TaskTracker::new();
    let watching = tokio::spawn(Arc::clone(&relay.app).watch(relay.stop.clone()));
    tokio::select! {
        () = accept(listener, &relay, &connections) => {}
        () = shutdown => info!("stopping"),
    }
    relay.stop.cancel();
    connections.close();
    relay.sessions.close();
    let ending = async {
        for room in rooms.0 {
            // A room's panic is in the log already.
            let _ = room.await;
        }
        relay.sessions.wait().await;
        connections.wait().await;
        let _ = watching.await;
    };
    if tokio::time::timeout(Duration::from_millis(SHUTDOWN_MS), ending).await.is_err() {
        warn!("some connections did not end in {SHUTDOWN_MS} ms and are dropped");
    }
    info!("stopped");
}

/// Accepts connections. Returns only when dropped.
async fn accept(listener: TcpListener, relay: &Arc<Relay>, connections: &TaskTracker) {
    let router = router(Arc::clone(relay));
    loop {
        match listener.accept().await {
            Ok((stream, address)) => match place(relay, address) {
                Ok(place) => {
                    connections.spawn(serve(stream, address, Arc::clone(relay), router.clone(), place));
                }
                // Dropping it closes it: answering a flood would feed it.
                Err(receipt) => debug!(%address, %receipt, "connection refused"),
            },
            Err(error) => {
                warn!(%error, "no connection can be accepted");
                tokio::time::sleep(Duration::from_millis(ACCEPT_PAUSE_MS)).await;
            }
        }
    }
}

fn place(relay: &Relay, address: SocketAddr) -> Result<Place, shared::Receipt> {
    let ip = address.ip().to_canonical();
    let is_proxy = relay.trusted_proxies.contains(&ip);
    if !is_proxy {
        relay.connects.step(ip, Instant::now())?;
    }
    relay.connections.take((!is_proxy).then_some(ip))
}

/// Serves one connection: any number of requests, perhaps a WebSocket after them.
async fn serve(stream: TcpStream, address: SocketAddr, relay: Arc<Relay>, router: Router, place: Place) {
    // Answers are small and wanted now. A connection that cannot have it works all the same.
    let _ = stream.set_nodelay(true);
    let stream = Guarded::new(stream, Duration::from_millis(ANSWER_STALL_MS));
    let relay_of_service = Arc::clone(&relay);
    let service = service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(PeerAddress(address.ip()));
        // Before anything is routed: the proxy's path says nothing, and an id before the host stands for a path.
        take_from_line(&mut request);
        unreserved::decode(&mut request);
        relay_of_service.base_path.strip(&mut request);
        tabs::rewrite(&mut request);
        let (parts, body) = request.into_parts();
        let body = Lingering::new(body, &parts.headers, relay_of_service.stop.clone());
        // A router is always ready.
        router.clone().call(Request::from_parts(parts, Body::new(body)))
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(Duration::from_millis(relay.limits.header_ms))
        .max_buf_size(HEAD_BYTES_MAX);
    let connection = http.serve_connection(TokioIo::new(stream), service).with_upgrades();
    let mut connection = std::pin::pin!(connection);
    let result = tokio::select! {
        result = connection.as_mut() => result,
        () = relay.stop.cancelled() => {
            // Answers under way are finished; an idle connection ends now.
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = result {
        debug!(%address, %error, "connection ended");
    }
    drop(place);
}

fn router(relay: Arc<Relay>) -> Router {
    let data = Router::new().merge(rest::router()).merge(openapi::router(&relay.base_path)).merge(tabs::routes());
    Router::new()
        // What answers with data; the app's files and WebSockets have limits of their own.
        .merge(data.route_layer(middleware::from_fn_with_state(Arc::clone(&relay), visitors::admit)))
        .route("/ws/{room}", any(socket::upgrade))
        .fallback(app)
        .layer(middleware::from_fn_with_state(Arc::clone(&relay), door::admit))
        .layer(middleware::from_fn_with_state(Arc::clone(&relay), secure))
        .with_state(relay)
}

async fn app(State(relay): State<Arc<Relay>>, request: Request) -> Response {
    if relay.base_path.lacks_its_slash(request.uri()) {
        let query = request.uri().query().map_or_else(String::new, |query| format!("?{query}"));
        return Redirect::permanent(&format!("{}/{query}", relay.base_path)).into_response();
    }
    let request = match tabs::by_user_elsewhere(Arc::clone(&relay), request).await {
        Ok(response) => return visitors::open_to_all(response),
        Err(request) => request,
    };
    let has_room = |name: &str| relay.room(name).is_some();
    let answer = relay.app.answer(request.method(), request.uri(), request.headers(), has_room);
    answer.unwrap_or_else(|| match visitors::preflight(&request) {
        Some(response) => response,
        // Pages from anywhere may read what is wrong with the path.
        None => visitors::open_to_all(no_such_path(&relay, None, request.method(), request.uri().path())),
    })
}

/// The security headers, on every answer whatever it says.
async fn secure(State(relay): State<Arc<Relay>>, request: Request, next: Next) -> Response {
    let host = Authority::of_request(&request).ok().flatten();
    let has_proxy = request
        .extensions()
        .get()
        .is_some_and(|PeerAddress(peer)| relay.trusted_proxies.contains(&peer.to_canonical()));
    let is_secure = security::may_be_secure(request.headers(), host.as_ref(), &relay.allowed_origins, has_proxy);
    tell_of_proxy(&relay, &request);
    let mut response = next.run(request).await;
    if response.extensions().get::<OwnForm>().is_some() {
        security::set_form_headers(response.headers_mut(), is_secure);
    } else if response.extensions().get::<Untrusted>().is_some() {
        security::set_untrusted_headers(response.headers_mut(), is_secure);
    } else {
        security::set_headers(response.headers_mut(), host.as_ref(), is_secure, &relay.app.script_hashes());
    }
    response
}

/// Says in the log, once, that a proxy is not heeded which says for whom it asks.
fn tell_of_proxy(relay: &Relay, request: &Request) {
    let Some(&PeerAddress(peer)) = request.extensions().get() else { return };
    if let Some(header) = unheeded(peer, request.headers(), &relay.trusted_proxies)
        && !relay.told_of_proxy.swap(true, Ordering::Relaxed)
    {
        warn!(
            proxy = %peer,
            "the header {header} is ignored, so all who come by way of {peer} count as one; if that is your proxy, start with \
             --trust-proxy {peer} (docs/hosting.md)"
        );
    }
}

/// Listens on an address given as `host:port`.
///
/// # Errors
/// In words: what was expected, what was found, what to do.
pub async fn listen(address: &str) -> Result<TcpListener, ListenError> {
    TcpListener::bind(address).await.map_err(|error| ListenError {
        address: address.to_owned(),
        advice: match error.kind() {
            io::ErrorKind::AddrInUse => {
                "another program listens there: stop it, or choose another port with --listen".to_owned()
            }
            io::ErrorKind::PermissionDenied => "ports below 1024 need rights: choose another with --listen".to_owned(),
            io::ErrorKind::AddrNotAvailable => "this machine has no such address: choose one with --listen".to_owned(),
            _ => {
                // A port alone is the likeliest slip.
                let port = address.trim_start_matches(':').parse().unwrap_or(USUAL_PORT);
                format!("give an address and a port, such as --listen 127.0.0.1:{port}")
            }
        },
        error,
    })
}

/// Why the relay cannot listen.
#[derive(Debug, thiserror::Error)]
#[error("expected to listen on {address}, found: {error}; {advice}")]
pub struct ListenError {
    address: String,
    error: io::Error,
    advice: String,
}

impl ListenError {
    /// Whether another command line would help: the text is no address, or its name leads nowhere.
    pub fn is_usage(&self) -> bool {
        let is_of_the_machine =
            [io::ErrorKind::AddrInUse, io::ErrorKind::PermissionDenied, io::ErrorKind::AddrNotAvailable];
        !is_of_the_machine.contains(&self.error.kind())
    }
}
