//! HTTP by hand, so that a test sees exactly what is sent and can break it.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

impl Answer {
    /// A header, empty when it is missing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    pub fn text(&self) -> String {
        String::from_utf8(self.body.clone()).expect("text")
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }
}

/// Sends a request line and headers (`Host` is added) and reads the answer to its end.
pub async fn request(address: SocketAddr, line: &str, headers: &[&str]) -> Answer {
    send(address, line, headers, b"").await
}

/// The same with a body, whose headers are the caller's.
pub async fn send(address: SocketAddr, line: &str, headers: &[&str], body: &[u8]) -> Answer {
    send_as(address, &address.to_string(), line, headers, body).await
}

/// The same with another `Host`.
pub async fn send_as(address: SocketAddr, host: &str, line: &str, headers: &[&str], body: &[u8]) -> Answer {
    let mut stream = TcpStream::connect(address).await.expect("connected");
    let mut head = format!("{line} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n");
    for header in headers {
        head.push_str(header);
        head.push_str("\r\n");
    }
    head.push_str("\r\n");
    stream.write_all(&[head.as_bytes(), body].concat()).await.expect("sent");
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.expect("answered");
    parse(&bytes)
}

/// `GET` without more.
pub async fn get(address: SocketAddr, path: &str) -> Answer {
    request(address, &format!("GET {path}"), &[]).await
}

pub fn parse(bytes: &[u8]) -> Answer {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").expect("the end of the head");
    let head = std::str::from_utf8(&bytes[..end]).expect("text");
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).expect("a status");
    let headers = lines.filter_map(|line| line.split_once(": "));
    let headers: BTreeMap<String, String> =
        headers.map(|(name, value)| (name.to_lowercase(), value.to_owned())).collect();
    let body = &bytes[end + 4..];
    let is_chunked = headers.get("transfer-encoding").is_some_and(|encoding| encoding == "chunked");
    let body = if is_chunked { joined(body) } else { body.to_vec() };
    Answer { status: status.parse().expect("a number"), headers, body }
}

/// What chunks hold, as far as they are there.
fn joined(mut chunks: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(end) = chunks.windows(2).position(|window| window == b"\r\n") {
        let size = std::str::from_utf8(&chunks[..end]).expect("text");
        let size = usize::from_str_radix(size, 16).expect("a number");
        let rest = &chunks[end + 2..];
        body.extend_from_slice(&rest[..size.min(rest.len())]);
        chunks = rest.get(size + 2..).unwrap_or_default();
    }
    body
}
