//! The WebSocket of a member, over TLS where the relay's URL says https.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use shared::Receipt;
use shared::exchange::EXCHANGE_BYTES_MAX;
use shared::protocol::MESSAGE_BYTES_MAX;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::{Error, Message, protocol::WebSocketConfig};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use crate::authority::Authority;
use crate::base_path::BasePath;

/// Time for a connection, in milliseconds.
const CONNECT_MS: u64 = 10_000;

/// Where a relay is: `http://` or `https://`, a host, perhaps a port, and the path under which a proxy serves it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelayUrl {
    is_secure: bool,
    host: String,
    path: BasePath,
}

/// Text that names no relay.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a relay's address such as https://coin.example or http://127.0.0.1:5001, found {found:?}")]
pub struct RelayUrlError {
    /// The text.
    pub found: String,
}

impl std::str::FromStr for RelayUrl {
    type Err = RelayUrlError;

    fn from_str(text: &str) -> Result<Self, RelayUrlError> {
        let refused = || RelayUrlError { found: text.chars().take(80).collect() };
        let (scheme, rest) = text.split_once("://").ok_or_else(refused)?;
        // A scheme has no case (RFC 3986, section 3.1).
        let is_secure = match scheme.to_ascii_lowercase().as_str() {
            "http" => false,
            "https" => true,
            _ => return Err(refused()),
        };
        let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        if host.parse::<Authority>().is_err() {
            return Err(refused());
        }
        let path = if path.is_empty() { BasePath::default() } else { path.parse().map_err(|_| refused())? };
        Ok(Self { is_secure, host: host.to_owned(), path })
    }
}

impl RelayUrl {
    /// The address of its page, without a slash at the end.
    pub fn page(&self) -> String {
        format!("{}://{}{}", if self.is_secure { "https" } else { "http" }, self.host, self.path)
    }

    /// Its host, with the port if there is one.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The path under which it is served; empty at the root of its host.
    pub(crate) fn path(&self) -> &str {
        self.path.as_str()
    }

    /// Whether it is reached over TLS.
    pub(crate) fn is_secure(&self) -> bool {
        self.is_secure
    }

    /// Its host without the port, and the port, which is the scheme's where none is written.
    pub(crate) fn host_and_port(&self) -> (&str, u16) {
        let port = |(host, port): (_, &str)| Some((host, port.parse().ok()?));
        let usual = if self.is_secure { 443 } else { 80 };
        let (host, port) = self.host.rsplit_once(':').and_then(port).unwrap_or((&self.host, usual));
        (host.trim_matches(['[', ']']), port)
    }

    fn socket(&self, room: &str) -> String {
        format!("{}://{}{}/ws/{room}", if self.is_secure { "wss" } else { "ws" }, self.host, self.path)
    }
}

/// What arrives.
#[derive(Debug)]
pub(super) enum Frame {
    /// A message of the relay's node.
    Message(Vec<u8>),
    /// Something about a request.
    Text(String),
}

/// The socket.
#[derive(Debug)]
pub(super) struct Link {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl Link {
    /// Connects to a room.
    pub(super) async fn open(relay: &RelayUrl, room: &str) -> Result<Self, Receipt> {
        let longest = MESSAGE_BYTES_MAX.max(EXCHANGE_BYTES_MAX);
        let config = WebSocketConfig::default().max_message_size(Some(longest)).max_frame_size(Some(longest));
        let opening = tokio_tungstenite::connect_async_with_config(relay.socket(room), Some(config), true);
        let refused = |found: String| Receipt::new("relay", format!("room {room} at {}", relay.page()), found);
        match tokio::time::timeout(Duration::from_millis(CONNECT_MS), opening).await {
            Ok(Ok((socket, _))) => Ok(Self { socket }),
            Ok(Err(Error::Http(answer))) => {
                let receipt = answer.body().as_deref().and_then(|body| serde_json::from_slice::<Receipt>(body).ok());
                Err(receipt.map_or_else(|| refused(format!("status {}", answer.status())), Receipt::bounded))
            }
            Ok(Err(error)) => Err(refused(error.to_string())),
            Err(_) => Err(refused(format!("no connection in {CONNECT_MS} ms"))),
        }
    }

    pub(super) async fn send(&mut self, bytes: Vec<u8>) -> Result<(), Receipt> {
        self.socket.send(Message::binary(bytes)).await.map_err(|error| broken(&error))
    }

    pub(super) async fn send_text(&mut self, text: String) -> Result<(), Receipt> {
        self.socket.send(Message::text(text)).await.map_err(|error| broken(&error))
    }

    /// The next frame. May be dropped and called again: no byte is lost.
    pub(super) async fn next(&mut self) -> Result<Frame, Receipt> {
        loop {
            match self.socket.next().await {
                Some(Ok(Message::Binary(bytes))) => return Ok(Frame::Message(bytes.to_vec())),
                Some(Ok(Message::Text(text))) => return Ok(Frame::Text(text.to_string())),
                Some(Ok(Message::Close(frame))) => {
                    let why = frame.map_or_else(|| "no reason given".to_owned(), |frame| frame.reason.to_string());
                    return Err(Receipt::new("link", "a relay that stays", format!("it closed: {why}")).bounded());
                }
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(broken(&error)),
                None => return Err(Receipt::new("link", "a relay that stays", "it has gone")),
            }
        }
    }
}

fn broken(error: &Error) -> Receipt {
    Receipt::new("link", "a WebSocket that holds", error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relays_address_gives_its_page_and_its_sockets() {
        let relay: RelayUrl = "https://coin.example/".parse().expect("an address");
        assert_eq!((relay.page().as_str(), relay.host()), ("https://coin.example", "coin.example"));
        assert_eq!(relay.socket("classic"), "wss://coin.example/ws/classic");
        let local: RelayUrl = "http://127.0.0.1:5001".parse().expect("an address");
        assert_eq!(local.socket("classic"), "ws://127.0.0.1:5001/ws/classic");
        assert_eq!((relay.host_and_port(), local.host_and_port()), (("coin.example", 443), ("127.0.0.1", 5001)));
        assert_eq!("HTTPS://coin.example".parse(), Ok(relay));
        let behind: RelayUrl = "https://coin.example/coin/".parse().expect("an address");
        assert_eq!((behind.page().as_str(), behind.path()), ("https://coin.example/coin", "/coin"));
        assert_eq!(behind.socket("classic"), "wss://coin.example/coin/ws/classic");
        for bad in ["127.0.0.1:5001", "ftp://a", "http://", "http://a/ws", "http://a/b?c", "http://u@a", "http://a b"] {
            bad.parse::<RelayUrl>().expect_err(bad);
        }
    }
}
