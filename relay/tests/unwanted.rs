//! Bodies that the relay does not want: whoever sends all of one before reading gets to read why, within limits.

use std::time::Duration;

use crate::common::http::{parse, send};
use crate::common::{SOON, TestRelay, settings};
use relay::limits::UNWANTED_BYTES_MAX;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Requests whose bodies are refused or not looked at, and what is answered.
const UNWANTED: [(&str, u16, Option<&str>); 5] = [
    ("POST /add_transaction", 413, Some("body size")),
    ("POST /api/v1/rooms/main/transactions", 413, Some("body size")),
    ("POST /no_such_path", 404, Some("path")),
    ("POST /get_chain", 405, Some("method")),
    ("GET /healthz", 200, None),
];

fn head(line: &str, host: &str, length: &str) -> Vec<u8> {
    format!("{line} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n{length}\r\n\r\n").into_bytes()
}

/// The first answer on a connection, with its body.
async fn answer(stream: &mut TcpStream) -> crate::common::http::Answer {
    let mut bytes = Vec::new();
    loop {
        let mut more = [0; 4096];
        let count = timeout(SOON, stream.read(&mut more)).await.expect("in time").expect("no reset");
        assert_ne!(count, 0, "closed without an answer: {:?}", String::from_utf8_lossy(&bytes));
        bytes.extend_from_slice(&more[..count]);
        if bytes.windows(4).any(|window| window == b"\r\n\r\n") {
            let found = parse(&bytes);
            if found.header("content-length").parse() == Ok(found.body.len()) {
                return found;
            }
        }
    }
}

#[tokio::test]
async fn whoever_sends_two_megabytes_before_reading_gets_the_receipt_and_may_ask_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let relay = TestRelay::start(folder.path(), settings()).await;
    let host = relay.address.to_string();
    let body = vec![b'x'; 2_000_000];
    let chunked = [format!("{:x}\r\n", body.len()).as_bytes(), &body, b"\r\n0\r\n\r\n"].concat();
    for (line, status, rule) in UNWANTED {
        for (length, body) in
            [(format!("Content-Length: {}", body.len()), &body), ("Transfer-Encoding: chunked".to_owned(), &chunked)]
        {
            let mut stream = TcpStream::connect(relay.address).await.expect("connected");
            stream.write_all(&head(line, &host, &length)).await.expect("sent");
            stream.write_all(body).await.expect("all of it is taken");
            let found = answer(&mut stream).await;
            assert_eq!((found.status, found.json()["rule"].as_str()), (status, rule), "{line} {length}");
            stream.write_all(&head("GET /healthz", &host, "")).await.expect("sent");
            assert_eq!(answer(&mut stream).await.status, 200, "{line} {length}: the connection is in order");
        }
    }
    relay.stop().await;
}

#[tokio::test]
async fn a_body_that_is_cut_short_is_told_with_how_much_of_it_came() {
    let folder = tempfile::tempdir().expect("a folder");
    let relay = TestRelay::start(folder.path(), settings()).await;
    for line in ["POST /add_transaction", "POST /rooms/classic/connect_node", "POST /api/v1/rooms/main/transactions"] {
        for (length, sent, expected, found) in [
            ("Content-Length: 10", &b"{\"a\""[..], "10 bytes", "4 bytes, and no more"),
            ("Content-Length: 10", b"", "10 bytes", "0 bytes, and no more"),
            ("Transfer-Encoding: chunked", b"4\r\n{\"a\"\r\n", "chunks up to the last", "4 bytes, and no more"),
        ] {
            let mut stream = TcpStream::connect(relay.address).await.expect("connected");
            stream.write_all(&head(line, "localhost", length)).await.expect("sent");
            stream.write_all(sent).await.expect("sent");
            stream.shutdown().await.expect("nothing more is sent");
            let answer = answer(&mut stream).await;
            let receipt = answer.json();
            assert_eq!(
                (answer.status, &receipt["rule"], &receipt["expected"], &receipt["found"]),
                (400, &"body".into(), &expected.into(), &found.into()),
                "{line} {length}"
            );
        }
    }
    relay.stop().await;
}

#[tokio::test]
async fn whoever_sends_for_ever_is_cut_at_the_limit() {
    let folder = tempfile::tempdir().expect("a folder");
    let relay = TestRelay::start(folder.path(), settings()).await;
    let mut stream = TcpStream::connect(relay.address).await.expect("connected");
    let length = format!("Content-Length: {}", u64::MAX / 4);
    stream.write_all(&head("POST /add_transaction", "localhost", &length)).await.expect("sent");
    let piece = vec![b'x'; 64 << 10];
    let mut sent = 0;
    let sending = async {
        while stream.write_all(&piece).await.is_ok() {
            sent += piece.len();
        }
    };
    timeout(SOON, sending).await.expect("cut");
    // What the kernels hold on both sides comes to some megabytes.
    assert!((UNWANTED_BYTES_MAX..UNWANTED_BYTES_MAX + (32 << 20)).contains(&sent), "{sent}");
    relay.stop().await;
}

#[tokio::test]
async fn a_client_that_waits_for_leave_is_not_waited_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let relay = TestRelay::start(folder.path(), settings()).await;
    let mut stream = TcpStream::connect(relay.address).await.expect("connected");
    let length = "Content-Length: 2000000\r\nExpect: 100-continue";
    stream.write_all(&head("POST /add_transaction", "localhost", length)).await.expect("sent");
    assert_eq!(answer(&mut stream).await.status, 413);
    let mut rest = Vec::new();
    let closing = timeout(Duration::from_secs(5), stream.read_to_end(&mut rest)).await.expect("closed at once");
    assert!(closing.is_ok() && rest.is_empty());
    // With leave it is read.
    let headers = ["Content-Type: application/json", "Content-Length: 2", "Expect: 100-continue"];
    let taken = send(relay.address, "POST /add_transaction", &headers, b"{}").await;
    assert_eq!(taken.status, 100);
    relay.stop().await;
}
