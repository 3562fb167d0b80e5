//! What a program beside a relay asks of the relay's REST, over TLS where its URL says https.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::http::{Method, StatusCode};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use shared::{Params, Receipt, Refusal, RoomName};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::RelayUrl;
use crate::client::{self, Asking, Came, ClientError};

/// The longest answer that is read, in bytes: an address with a hundred payments that wait.
const ANSWER_BYTES_MAX: usize = 256 << 10;
/// The rule by which a relay refuses to know a room.
pub(crate) const NO_ROOM: &str = "room";
/// The rule by which a relay is away: it may answer later.
const AWAY: &str = "relay";
/// The rule by which something else than a relay is at an address: asking it again changes nothing.
pub(crate) const NOT_A_RELAY: &str = "relay address";
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
        let stream = tls().connect(name, stream).await.map_err(|error| no_tls(relay, &error))?;
        client::over(stream, asking).await
    } else {
        client::over(stream, asking).await
    };
    came.map_err(|error| match error {
        ClientError::Broken { error, .. } if error.is_parse() => {
            let advice = if relay.is_secure() { "" } else { "; a relay with TLS is named by https://" };
            not_a_relay(relay, format!("no HTTP ({error}){advice}"))
        }
        ClientError::Broken { error, .. } => refused(relay, error.to_string()),
        ClientError::TooLong { .. } => not_a_relay(relay, format!("more than {ANSWER_BYTES_MAX} bytes")),
        other => other.receipt(),
    })
}

/// A handshake that failed: a server without TLS, or a certificate that is not to be trusted, stays what it is; a
/// connection that broke may hold the next time.
fn no_tls(relay: &RelayUrl, error: &io::Error) -> Receipt {
    let reason = error.get_ref().and_then(|reason| reason.downcast_ref::<rustls::Error>());
    match reason {
        Some(rustls::Error::InvalidMessage(_)) => {
            not_a_relay(relay, format!("no TLS ({error}); a relay without TLS is named by http://"))
        }
        Some(reason) => not_a_relay(relay, format!("a TLS handshake that failed: {reason}")),
        None => refused(relay, error.to_string()),
    }
}

/// The roots that browsers trust, as the WebSocket has them.
fn tls() -> TlsConnector {
    let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    TlsConnector::from(Arc::new(config))
}

fn refused(relay: &RelayUrl, found: impl Into<String>) -> Receipt {
    Receipt::new(AWAY, format!("a relay that answers at {}", relay.page()), found)
}

fn not_a_relay(relay: &RelayUrl, found: impl Into<String>) -> Receipt {
    Receipt::new(NOT_A_RELAY, format!("a relay at {}", relay.page()), found)
}

/// A refusal for the person who typed the command. A rule about the relay itself is not named beside what it expected.
pub(crate) fn in_words(receipt: &Receipt) -> String {
    match receipt.rule.as_str() {
        AWAY | NOT_A_RELAY => format!("expected {}, found {}", receipt.expected, receipt.found),
        _ => receipt.to_string(),
    }
}

/// The same of a program that joins: a refusal is the relay's, unless no relay is there.
pub(crate) fn refused_in_words(receipt: &Receipt) -> String {
    let words = in_words(receipt);
    if receipt.rule == NOT_A_RELAY { words } else { format!("the relay refuses: {words}") }
}

/// Whether a status may be another one soon: too much to do, or a proxy whose relay is away.
fn is_passing(status: StatusCode) -> bool {
    let asks_for_patience = [StatusCode::REQUEST_TIMEOUT, StatusCode::TOO_EARLY, StatusCode::TOO_MANY_REQUESTS];
    status.is_server_error() || asks_for_patience.contains(&status)
}

/// What an answer that is no success says: the relay's own words where it has any.
pub(crate) fn refusal(relay: &RelayUrl, came: &Came) -> Receipt {
    let receipt = serde_json::from_slice::<Receipt>(&came.body).map(Receipt::bounded);
    receipt.unwrap_or_else(|_| refused(relay, format!("status {}", came.status)))
}

/// Asks a relay for the parameters of a room, as a tab does: they make the network.
///
/// # Errors
/// When it does not answer, does not have the room, or is no relay.
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
        let told = serde_json::from_slice::<Receipt>(&came.body);
        return Err(match told {
            // It has no such room.
            Ok(told) if told.rule == NO_ROOM => told,
            _ if is_passing(came.status) => refusal(relay, came),
            Ok(told) => not_a_relay(relay, format!("status {} ({told})", came.status)),
            Err(_) => not_a_relay(relay, format!("status {}", came.status)),
        });
    }
    let unreadable =
        |found: String| not_a_relay(relay, format!("something else than the parameters of room {room}: {found}"));
    let answer: RoomAnswer = serde_json::from_slice(&came.body).map_err(|error| unreadable(error.to_string()))?;
    answer.params.check().map_err(|error| error.receipt())?;
    let found = &answer.params.room;
    if found == room { Ok(answer.params) } else { Err(unreadable(format!("those of room {found}"))) }
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
        assert!(other.rule == NOT_A_RELAY && other.found.ends_with("those of room classic"), "{other}");
        let bad = Params { interval_ms: 1, ..Params::main() };
        assert_eq!(check(StatusCode::OK, &answer(&bad)).expect_err("no network").rule, "interval");
        let own = Receipt::new("room", "one of: main", "\"x\"");
        let told = serde_json::to_string(&own).expect("JSON");
        assert_eq!(check(StatusCode::NOT_FOUND, &told), Err(own));
    }

    #[test]
    fn waiting_helps_where_a_relay_is_away_and_not_where_something_else_answers() {
        let own = serde_json::to_string(&Receipt::new("path", "a path that is there", "GET /x")).expect("JSON");
        for (status, body, found) in [
            (StatusCode::OK, "<html>", "something else than the parameters of room main: "),
            (StatusCode::NOT_FOUND, "<html>", "status 404 Not Found"),
            (StatusCode::NOT_FOUND, &own, "status 404 Not Found (path: expected a path that is there, found GET /x)"),
            (StatusCode::MOVED_PERMANENTLY, "", "status 301 Moved Permanently"),
            (StatusCode::BAD_REQUEST, "plain HTTP to an HTTPS port", "status 400 Bad Request"),
        ] {
            let refused = check(status, body).expect_err("no relay");
            assert!(refused.rule == NOT_A_RELAY && refused.found.starts_with(found), "{refused}");
        }
        for status in [StatusCode::BAD_GATEWAY, StatusCode::SERVICE_UNAVAILABLE, StatusCode::TOO_MANY_REQUESTS] {
            let refused = check(status, "?").expect_err("no receipt");
            assert_eq!((refused.rule.as_str(), refused.found), (AWAY, format!("status {status}")));
        }
    }
}
