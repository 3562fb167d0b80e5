//! One HTTP request over one connection of its own: to a learner's Python node, or to another relay.
//!
//! It follows no redirect, resolves no name and keeps nothing: whom to ask is decided before, by address. What comes
//! back is bounded in bytes and in time.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::time::Duration;

use axum::body::Body;
use axum::http::header::{AUTHORIZATION, CONNECTION, CONTENT_TYPE, HOST, USER_AGENT};
use axum::http::{HeaderValue, Method, Request, StatusCode};
use http_body_util::{BodyExt, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use shared::{Receipt, Refusal};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

/// How the relay names itself to those it asks.
const AGENT: &str = concat!("tabcoin-relay/", env!("CARGO_PKG_VERSION"));

/// What is asked of whom.
#[derive(Debug)]
pub(crate) struct Asking<'a> {
    /// Where to connect.
    pub(crate) address: SocketAddr,
    /// The `Host` it is asked as.
    pub(crate) host: &'a str,
    /// `GET` or `POST`.
    pub(crate) method: Method,
    /// The path, perhaps with a query.
    pub(crate) path: &'a str,
    /// What to send as `Authorization`. Never logged.
    pub(crate) authorization: Option<String>,
    /// The media type and the text of a body.
    pub(crate) body: Option<(&'a str, String)>,
    /// The most bytes taken of the answer's body.
    pub(crate) bytes_max: usize,
    /// The time for all of it.
    pub(crate) within: Duration,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Came {
    /// The status.
    pub(crate) status: StatusCode,
    /// The media type, with its parameters; empty for none.
    pub(crate) content_type: String,
    /// The body.
    pub(crate) body: Vec<u8>,
}

/// Why nothing came back.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ClientError {
    /// Nobody listens there.
    #[error("no connection to {host}: {error}")]
    Connect {
        /// Who.
        host: String,
        /// What the system says.
        error: std::io::Error,
    },
    /// Not HTTP, or cut short.
    #[error("{host} broke off: {error}")]
    Broken {
        /// Who.
        host: String,
        /// What is wrong.
        error: hyper::Error,
    },
    /// Something that cannot stand in a request.
    #[error("{host} cannot be asked: {error}")]
    Request {
        /// Who.
        host: String,
        /// What is wrong.
        error: axum::http::Error,
    },
    /// More than is taken.
    #[error("{host} answered with more than {max} bytes")]
    TooLong {
        /// Who.
        host: String,
        /// The limit.
        max: usize,
    },
    /// Too late.
    #[error("{host} did not answer in {within:?}")]
    TimedOut {
        /// Who.
        host: String,
        /// The limit.
        within: Duration,
    },
}

impl Refusal for ClientError {
    fn receipt(&self) -> Receipt {
        match self {
            Self::Connect { host, error } => {
                Receipt::new("node", format!("a node that listens at {host}"), error.to_string())
            }
            Self::Broken { host, error } => Receipt::new("answer", format!("HTTP from {host}"), error.to_string()),
            Self::Request { host, error } => Receipt::new("node", "a host to ask", format!("{host}: {error}")),
            Self::TooLong { host, max } => {
                Receipt::new("answer size", format!("at most {max} bytes"), format!("more from {host}"))
            }
            Self::TimedOut { host, within } => {
                Receipt::new("answer time", format!("an answer from {host} within {within:?}"), "none")
            }
        }
    }
}

/// Asks, and waits for all of the answer.
///
/// # Errors
/// When there is no whole answer within the limits.
pub(crate) async fn ask(asking: Asking<'_>) -> Result<Came, ClientError> {
    let (host, within) = (asking.host.to_owned(), asking.within);
    let asked = tokio::time::timeout(within, exchange(asking)).await;
    asked.unwrap_or(Err(ClientError::TimedOut { host, within }))
}

async fn exchange(asking: Asking<'_>) -> Result<Came, ClientError> {
    let stream = TcpStream::connect(asking.address).await;
    let stream = stream.map_err(|error| ClientError::Connect { host: asking.host.to_owned(), error })?;
    over(stream, asking).await
}

/// Asks over a stream that is open; nothing is said of the time that may take.
///
/// # Errors
/// When there is no whole answer within the other limits.
pub(crate) async fn over(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send,
    asking: Asking<'_>,
) -> Result<Came, ClientError> {
    let host = || asking.host.to_owned();
    let broken = |error| ClientError::Broken { host: host(), error };
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(broken)?;
    let request = request(&asking)?;
    let bytes_max = asking.bytes_max;
    let answer = async {
        let response = sender.send_request(request).await.map_err(broken)?;
        let (parts, body) = response.into_parts();
        let content_type = parts.headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let body = Limited::new(body, bytes_max).collect().await.map_err(|error| match error.downcast() {
            Ok(error) => broken(*error),
            Err(_) => ClientError::TooLong { host: host(), max: bytes_max },
        })?;
        Ok(Came { status: parts.status, content_type: content_type.to_owned(), body: body.to_bytes().into() })
    };
    // The connection moves the bytes; whatever ends it, the answer's own end or error says more.
    let moving = async {
        let _ = connection.await;
        std::future::pending::<Infallible>().await
    };
    tokio::select! {
        answer = answer => answer,
        never = moving => match never {},
    }
}

fn request(asking: &Asking<'_>) -> Result<Request<Body>, ClientError> {
    let failed = |error| ClientError::Request { host: asking.host.to_owned(), error };
    let mut builder = Request::builder()
        .method(asking.method.clone())
        .uri(asking.path)
        .header(HOST, asking.host)
        .header(USER_AGENT, AGENT)
        .header(CONNECTION, "close");
    if let Some(authorization) = &asking.authorization {
        let mut value = HeaderValue::try_from(authorization.as_str()).map_err(|error| failed(error.into()))?;
        value.set_sensitive(true);
        builder = builder.header(AUTHORIZATION, value);
    }
    let body = match &asking.body {
        Some((kind, text)) => {
            builder = builder.header(CONTENT_TYPE, *kind);
            Body::from(text.clone())
        }
        None => Body::empty(),
    };
    builder.body(body).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    /// Serves one connection with this text, whatever is asked; says what was asked.
    async fn answering(answer: &'static str) -> (SocketAddr, tokio::task::JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let served = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.expect("a connection");
            let mut asked = vec![0; 4_096];
            let read = stream.read(&mut asked).await.expect("a request");
            stream.write_all(answer.as_bytes()).await.expect("it is read");
            String::from_utf8_lossy(&asked[..read]).into_owned()
        });
        (address, served)
    }

    fn get(address: SocketAddr) -> Asking<'static> {
        Asking {
            address,
            host: "node:5002",
            method: Method::GET,
            path: "/get_chain",
            authorization: Some("Basic YTpi".to_owned()),
            body: None,
            bytes_max: 10,
            within: Duration::from_secs(5),
        }
    }

    #[tokio::test]
    async fn an_answer_comes_whole_and_redirects_are_not_followed() {
        let (address, served) = answering("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789").await;
        let came = ask(get(address)).await.expect("an answer");
        assert_eq!((came.status, came.body.as_slice()), (StatusCode::OK, &b"0123456789"[..]));
        let asked = served.await.expect("served");
        assert!(asked.starts_with("GET /get_chain HTTP/1.1\r\nhost: node:5002\r\n"), "{asked}");
        assert!(asked.contains("authorization: Basic YTpi\r\n"), "{asked}");
        let (address, _) =
            answering("HTTP/1.1 302 Found\r\nLocation: http://10.0.0.1/\r\nContent-Length: 0\r\n\r\n").await;
        assert_eq!(ask(get(address)).await.expect("an answer").status, StatusCode::FOUND);
    }

    #[tokio::test]
    async fn one_byte_too_many_is_too_many_whether_it_was_announced_or_not() {
        for answer in [
            "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n0123456789a",
            "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n0123456789a",
        ] {
            let (address, _) = answering(answer).await;
            let refused = ask(get(address)).await.expect_err("too long");
            assert!(matches!(refused, ClientError::TooLong { max: 10, .. }), "{refused}");
        }
    }

    #[tokio::test]
    async fn nobody_and_nonsense_and_silence_are_told_apart() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let silent = listener.local_addr().expect("an address");
        let waited = ask(Asking { within: Duration::from_millis(50), ..get(silent) }).await.expect_err("silence");
        assert!(matches!(waited, ClientError::TimedOut { .. }), "{waited}");
        drop(listener);
        let nobody = ask(get(silent)).await.expect_err("nobody");
        assert!(matches!(nobody, ClientError::Connect { .. }), "{nobody}");
        let (address, _) = answering("220 mail.example ESMTP\r\n").await;
        let nonsense = ask(get(address)).await.expect_err("not HTTP");
        assert!(matches!(nonsense, ClientError::Broken { .. }), "{nonsense}");
    }
}
