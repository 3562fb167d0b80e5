//! What a program beside a relay asks of the relay's REST, over TLS where its URL says https.

use std::sync::Arc;
use std::time::Duration;

use axum::http::{Method, StatusCode};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use shared::{Params, Receipt, Refusal, RoomName};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::RelayUrl;
use crate::client::{self, Asking, Came};

/// The longest answer that is read, in bytes: an address with a hundred payments that wait.
const ANSWER_BYTES_MAX: usize = 256 << 10;
/// The rule by which a relay refuses to know a room.
pub(crate) const NO_ROOM: &str = "room";
/// Time for the whole answer, connecting included, in milliseconds.
const ASK_MS: u64 = 10_000;

/// Asks a relay for what is at a path.
///
/// # Errors
/// When it does not answer.
pub(crate) async fn get(relay: &RelayUrl, path: &str) -> Result<Came, Receipt> {
    ask(relay, Method::GET, path, None).await
}

/// Posts JSON to a path of a relay.
///
/// # Errors
/// When it does not answer.
pub(crate) async fn post(relay: &RelayUrl, path: &str, json: String) -> Result<Came, Receipt> {
    ask(relay, Method::POST, path, Some(("application/json", json))).await
}

async fn ask(relay: &RelayUrl, method: Method, path: &str, body: Option<(&str, String)>) -> Result<Came, Receipt> {
    let asked = tokio::time::timeout(Duration::from_millis(ASK_MS), exchange(relay, method, path, body)).await;
    asked.unwrap_or_else(|_| Err(refused(relay, format!("nothing within {ASK_MS} ms"))))
}

async fn exchange(relay: &RelayUrl, method: Method, path: &str, body: Option<(&str, String)>) -> Result<Came, Receipt> {
    let (host, port) = relay.host_and_port();
    let stream = TcpStream::connect((host, port)).await.map_err(|error| refused(relay, error.to_string()))?;
    let asking = Asking {
        address: stream.peer_addr().map_err(|error| refused(relay, error.to_string()))?,
        host: relay.host(),
        method,
        path: &format!("{}{path}", relay.path()),
        authorization: None,
        body,
        bytes_max: ANSWER_BYTES_MAX,
        within: Duration::from_millis(ASK_MS),
    };
    let came = if relay.is_secure() {
        let name = ServerName::try_from(host.to_owned()).map_err(|error| refused(relay, error.to_string()))?;
        let stream = tls().connect(name, stream).await.map_err(|error| refused(relay, error.to_string()))?;
        client::over(stream, asking).await
    } else {
        client::over(stream, asking).await
    };
    came.map_err(|error| error.receipt())
}

/// The roots that browsers trust, as the WebSocket has them.
fn tls() -> TlsConnector {
    let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    TlsConnector::from(Arc::new(config))
}

fn refused(relay: &RelayUrl, found: impl Into<String>) -> Receipt {
    Receipt::new("relay", format!("a relay that answers at {}", relay.page()), found)
}

/// What an answer that is no success says: the relay's own words where it has any.
pub(crate) fn refusal(relay: &RelayUrl, came: &Came) -> Receipt {
    let receipt = serde_json::from_slice::<Receipt>(&came.body).map(Receipt::bounded);
    receipt.unwrap_or_else(|_| refused(relay, format!("status {}", came.status)))
}

/// Asks a relay for the parameters of a room, as a tab does: they make the network.
///
/// # Errors
/// When it does not answer, does not have the room, or answers with something else.
pub(crate) async fn room_params(relay: &RelayUrl, room: &RoomName) -> Result<Params, Receipt> {
    read_params(&get(relay, &format!("/api/v1/rooms/{room}")).await?, relay, room)
}

/// What is wanted of an answer about a room; it says more.
#[derive(serde::Deserialize)]
struct RoomAnswer {
    params: Params,
}

fn read_params(came: &Came, relay: &RelayUrl, room: &RoomName) -> Result<Params, Receipt> {
    if came.status != StatusCode::OK {
        // That it has no such room, or too much to do.
        return Err(refusal(relay, came));
    }
    let unreadable = |found: String| Receipt::new("room's parameters", format!("those of room {room}"), found);
    let answer: RoomAnswer = serde_json::from_slice(&came.body).map_err(|error| unreadable(error.to_string()))?;
    answer.params.check().map_err(|error| error.receipt())?;
    if answer.params.room == *room { Ok(answer.params) } else { Err(unreadable(answer.params.room.to_string())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(status: StatusCode, body: &str) -> Result<Params, Receipt> {
        let relay: RelayUrl = "https://coin.example".parse().expect("an address");
        let came = Came { status, content_type: String::new(), body: body.as_bytes().to_vec() };
        read_params(&came, &relay, &Params::main().room)
    }

    #[test]
    fn an_answer_is_taken_for_the_room_that_was_asked_for_and_nothing_else() {
        let answer = |params: &Params| serde_json::json!({ "params": params, "more": 1 }).to_string();
        assert_eq!(check(StatusCode::OK, &answer(&Params::main())), Ok(Params::main()));
        let other = check(StatusCode::OK, &answer(&Params::classic())).expect_err("another room");
        assert_eq!((other.expected.as_str(), other.found.as_str()), ("those of room main", "classic"));
        let bad = Params { interval_ms: 1, ..Params::main() };
        assert_eq!(check(StatusCode::OK, &answer(&bad)).expect_err("no network").rule, "interval");
        assert_eq!(check(StatusCode::OK, "<html>").expect_err("no JSON").rule, "room's parameters");
        let own = Receipt::new("room", "one of: main", "\"x\"");
        let told = serde_json::to_string(&own).expect("JSON");
        assert_eq!(check(StatusCode::NOT_FOUND, &told), Err(own));
        assert_eq!(check(StatusCode::BAD_GATEWAY, "?").expect_err("no receipt").found, "status 502 Bad Gateway");
    }
}
