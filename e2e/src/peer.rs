//! A WebSocket to the relay that keeps no rule unless the test does: it sends whatever bytes it is given.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message, http::HeaderValue};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use crate::failure::Failure;
use crate::relay::Relay;

/// The socket.
#[derive(Debug)]
pub struct Peer {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

/// What the relay said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// A message.
    Bytes(Vec<u8>),
    /// Good-bye, with the code and the reason of the close frame, if it sent one.
    Closed(Option<(u16, String)>),
}

impl Peer {
    /// Connects to a room of a relay, as a page of that relay would.
    pub async fn connect(relay: &Relay, room: &str) -> Result<Self, Failure> {
        Self::connect_from(relay, room, Some(relay.url())).await
    }

    /// Connects as a page of some other origin would, or as a program, which names none.
    pub async fn connect_from(relay: &Relay, room: &str, origin: Option<&str>) -> Result<Self, Failure> {
        Self::connect_at(&relay.socket(room), origin).await
    }

    /// Connects to a WebSocket's address, by way of a proxy perhaps.
    pub async fn connect_at(url: &str, origin: Option<&str>) -> Result<Self, Failure> {
        let mut request = url.into_client_request()?;
        if let Some(origin) = origin {
            let value = HeaderValue::from_str(origin).map_err(|error| Failure::setup(error.to_string()))?;
            request.headers_mut().insert("origin", value);
        }
        let (socket, _) = tokio_tungstenite::connect_async(request).await?;
        Ok(Self { socket })
    }

    /// Sends bytes as one message.
    pub async fn send(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        Ok(self.socket.send(Message::binary(bytes.to_vec())).await?)
    }

    /// Sends a text, which no node ever does.
    pub async fn send_text(&mut self, text: &str) -> Result<(), Failure> {
        Ok(self.socket.send(Message::text(text)).await?)
    }

    /// Waits for what the relay says next.
    pub async fn hear(&mut self, patience: Duration) -> Result<Said, Failure> {
        let next = async {
            loop {
                match self.socket.next().await {
                    Some(Ok(Message::Binary(bytes))) => return Ok(Said::Bytes(bytes.to_vec())),
                    Some(Ok(Message::Close(frame))) => {
                        return Ok(Said::Closed(frame.map(|frame| (frame.code.into(), frame.reason.to_string()))));
                    }
                    Some(Ok(_)) => {}
                    None
                    | Some(Err(Error::ConnectionClosed | Error::AlreadyClosed | Error::Protocol(_) | Error::Io(_))) => {
                        return Ok(Said::Closed(None));
                    }
                    Some(Err(error)) => return Err(error.into()),
                }
            }
        };
        let silent = |_| Failure::setup(format!("the relay said nothing in {patience:?}"));
        tokio::time::timeout(patience, next).await.map_err(silent)?
    }

    /// Waits until the relay closes the socket, and returns its code and reason, if it gave any.
    pub async fn closed(&mut self, patience: Duration) -> Result<Option<(u16, String)>, Failure> {
        loop {
            if let Said::Closed(why) = self.hear(patience).await? {
                return Ok(why);
            }
        }
    }
}
