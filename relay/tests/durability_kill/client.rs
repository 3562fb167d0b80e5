//! Requests whose answer may never come, because the relay is killed.

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::common::http::{Answer, parse};

/// Sends a request and reads its answer, if it comes whole.
pub(crate) async fn ask(address: SocketAddr, line: &str, body: &[u8]) -> io::Result<Answer> {
    let mut stream = TcpStream::connect(address).await?;
    let kind = "Content-Type: application/octet-stream";
    let head = format!(
        "{line} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{kind}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(&[head.as_bytes(), body].concat()).await?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await?;
    if !bytes.windows(4).any(|window| window == b"\r\n\r\n") {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(parse(&bytes))
}

/// What the relay answers to a path; it is there, and answers.
pub(crate) async fn get(address: SocketAddr, path: &str) -> Answer {
    ask(address, &format!("GET {path}"), b"").await.expect("an answer")
}
