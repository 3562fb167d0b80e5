//! Requests to a real relay over a real socket: any path, any query, any body. Each is answered, and never with the
//! relay's own fault.

use std::net::SocketAddr;
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::Duration;

use clap::Parser as _;
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use relay::config::{Cli, Command};
use relay::relay::{Relay, Settings};
use relay::server;
use relay::store::{FileDisk, Store};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;

use crate::world::Dice;

/// How long any of these requests may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// What takes a body.
const BODIES: [&str; 5] = [
    "/api/v1/rooms/main/transactions",
    "/add_transaction",
    "/connect_node",
    "/rooms/classic/add_transaction",
    "/rooms/classic/connect_node",
];
/// What is read, with a query of the input's behind it.
const READS: [&str; 8] = [
    "/api/v1/rooms/main/blocks?",
    "/api/v1/rooms/main/chain?",
    "/api/v1/rooms/main/headers?",
    "/api/v1/rooms/main/mempool?",
    "/api/v1/rooms/main/transactions/",
    "/api/v1/rooms/main/addresses/",
    "/get_chain?",
    "/api/v1/",
];
/// What a body may be said to be.
const KINDS: [&str; 4] = ["application/json", "text/plain", "application/octet-stream", "text/html"];

/// A relay and the connection to it.
struct Running {
    runtime: Runtime,
    address: SocketAddr,
    connection: Mutex<Option<SendRequest<Full<Bytes>>>>,
    _folder: tempfile::TempDir,
}

static RELAY: LazyLock<Running> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("a folder");
    let params = folder.path().join("params.json");
    std::fs::write(&params, serde_json::to_string(&shared::testing::easy_params()).expect("JSON")).expect("written");
    let arguments = ["relay", "serve", "--requests-per-second", "1000000", "--params"];
    let arguments = arguments.map(std::ffi::OsString::from).into_iter().chain([params.into_os_string()]);
    let Command::Serve(options) = Cli::try_parse_from(arguments).expect("arguments").command else {
        unreachable!("serve was typed")
    };
    let settings = options.settings().expect("parameters that are checked");
    let runtime = Runtime::new().expect("threads");
    let address = runtime.block_on(async {
        let listener = server::listen("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let data = folder.path().join("data");
        let opening = tokio::task::spawn_blocking(move || {
            let store = Store::open(FileDisk::in_folder(&data)).expect("a new store");
            Relay::open(store, Settings { listens_on: address, ..settings }).expect("a new relay")
        });
        let (relay, rooms) = opening.await.expect("opened");
        tokio::spawn(server::run(listener, relay, rooms, std::future::pending()));
        address
    });
    Running { runtime, address, connection: Mutex::new(None), _folder: folder }
});

/// Sends a request.
pub fn run(input: &[u8]) {
    let mut dice = Dice::new(input);
    let is_body = dice.is_yes();
    let (path, kind) = (if is_body { *dice.pick(&BODIES) } else { *dice.pick(&READS) }, *dice.pick(&KINDS));
    let rest = &input[input.len().min(3)..];
    let request = if is_body {
        Request::builder().method(Method::POST).uri(path).body(Full::new(Bytes::copy_from_slice(rest)))
    } else {
        // What cannot stand in a request's first line is no request.
        let text = String::from_utf8_lossy(rest);
        let is_change = ["mine", "replace"].iter().any(|word| text.contains(word)) || text.contains('%');
        if is_change {
            return;
        }
        Request::builder().uri(format!("{path}{text}")).body(Full::new(Bytes::new()))
    };
    let Ok(mut request) = request else { return };
    let host = RELAY.address.to_string().parse().expect("an address is a header");
    request.headers_mut().insert("host", host);
    request.headers_mut().insert("content-type", kind.parse().expect("a header"));
    RELAY.runtime.block_on(async {
        let answered = tokio::time::timeout(PATIENCE, send(request)).await;
        answered.expect("every request is answered in time");
    });
}

async fn send(request: Request<Full<Bytes>>) {
    let kept = RELAY.connection.lock().unwrap_or_else(PoisonError::into_inner).take();
    let mut connection = match kept.filter(SendRequest::is_ready) {
        Some(connection) => connection,
        None => connect().await,
    };
    let shown = format!("{} {}", request.method(), request.uri());
    // A connection that the relay closed after its last answer is no answer.
    let Ok(answer) = connection.send_request(request).await else { return };
    let status = answer.status();
    assert!(!status.is_server_error(), "{shown}: {status}");
    let body = answer.into_body().collect().await.expect("a whole answer").to_bytes();
    if status.is_client_error() {
        assert!(!body.is_empty(), "{shown}: {status} says why");
    }
    *RELAY.connection.lock().unwrap_or_else(PoisonError::into_inner) = Some(connection);
}

async fn connect() -> SendRequest<Full<Bytes>> {
    let stream = TcpStream::connect(RELAY.address).await.expect("the relay is there");
    let (connection, driver) = handshake(TokioIo::new(stream)).await.expect("HTTP");
    tokio::spawn(driver);
    connection
}
