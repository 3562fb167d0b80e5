//! A WebSocket client that can misbehave.

use std::net::SocketAddr;

use futures_util::StreamExt;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

use super::SOON;
use super::http::Answer;

pub type Client = WebSocketStream<TcpStream>;

/// Opens a WebSocket, or gives the answer that refused it.
pub async fn handshake(address: SocketAddr, path: &str, origin: Option<&str>) -> Result<Client, Answer> {
    let stream = TcpStream::connect(address).await.expect("connected");
    handshake_over(stream, address, path, origin).await
}

/// The same over a connection that is there already.
pub async fn handshake_over(
    stream: TcpStream,
    address: SocketAddr,
    path: &str,
    origin: Option<&str>,
) -> Result<Client, Answer> {
    let mut request = format!("ws://{address}{path}").into_client_request().expect("a request");
    if let Some(origin) = origin {
        request.headers_mut().insert("origin", origin.parse().expect("text"));
    }
    match client_async(request, stream).await {
        Ok((client, _)) => Ok(client),
        Err(Error::Http(response)) => {
            let headers = response.headers().iter();
            Err(Answer {
                status: response.status().as_u16(),
                headers: headers
                    .map(|(name, value)| (name.to_string(), value.to_str().expect("text").to_owned()))
                    .collect(),
                body: response.body().clone().unwrap_or_default(),
            })
        }
        Err(error) => panic!("{error}"),
    }
}

/// Opens a WebSocket to room `main`.
pub async fn connect(address: SocketAddr) -> Client {
    handshake(address, "/ws/main", None).await.expect("let in")
}

/// The answer that refuses a WebSocket.
pub async fn refused(address: SocketAddr, path: &str, origin: Option<&str>) -> Answer {
    handshake(address, path, origin).await.expect_err("refused")
}

/// Reads until the connection ends: the binary messages, and the close frame.
pub async fn next_close(client: &mut Client) -> (Vec<Vec<u8>>, Option<CloseFrame>) {
    let mut messages = Vec::new();
    let mut close = None;
    let reading = async {
        while let Some(message) = client.next().await {
            match message {
                Ok(Message::Binary(bytes)) => messages.push(bytes.to_vec()),
                Ok(Message::Close(frame)) => close = frame,
                Ok(_) => {}
                Err(_) => break,
            }
        }
    };
    tokio::time::timeout(2 * SOON, reading).await.expect("closed");
    (messages, close)
}

/// Whether a ping that was sent is answered.
pub async fn answers_ping(client: &mut Client) -> bool {
    let reading = async {
        while let Some(Ok(message)) = client.next().await {
            if matches!(message, Message::Pong(_)) {
                return true;
            }
        }
        false
    };
    tokio::time::timeout(SOON, reading).await.unwrap_or(false)
}
