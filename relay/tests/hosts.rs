//! The host that a request is for, as it stands in what is sent: one host, and the relay's.

use std::net::SocketAddr;

use crate::common::http::parse;
use crate::common::{TestRelay, settings};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The status and the rule that a head is answered with; no rule where it is let in.
async fn ask(at: SocketAddr, head: &[u8]) -> (u16, Option<String>) {
    let mut stream = TcpStream::connect(at).await.expect("connected");
    stream.write_all(head).await.expect("sent");
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.expect("answered");
    let answer = parse(&bytes);
    let json: serde_json::Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    (answer.status, json["rule"].as_str().map(str::to_owned))
}

#[tokio::test]
async fn a_request_that_is_for_no_one_host_of_the_relay_is_refused_with_a_receipt() {
    let folder = tempfile::tempdir().expect("a folder");
    let relay = TestRelay::start(folder.path(), settings()).await;
    let at = relay.address;
    let (get, end) = ("GET /get_chain HTTP/1.1\r\n", "Connection: close\r\n\r\n");
    let hosts: &[(&str, u16)] = &[
        ("localhost:1", 200),
        ("LOCALHOST", 200),
        ("localhost.:5001", 200),
        ("[::1]:5001", 200),
        ("127.0.0.1", 200),
        ("evil.example", 403),
        ("localhost.evil.example", 403),
        ("localhost:1.evil.example", 400),
        ("[::1].evil.example", 400),
        ("[::1]:5001.evil.example", 400),
        ("localhost:", 400),
        ("localhost:65536", 400),
        ("localhost@evil.example", 400),
        ("ada:x@localhost", 400),
        ("localhost, evil.example", 400),
        ("localhost/evil.example", 400),
        ("localhost..", 400),
        ("::1", 400),
        ("", 400),
        ("l\u{f6}calhost", 400),
    ];
    for (host, status) in hosts {
        let found = ask(at, format!("{get}Host: {host}\r\n{end}").as_bytes()).await;
        assert_eq!(found, (*status, (*status != 200).then(|| "host".to_owned())), "{host:?}");
    }
    let heads: &[(&str, u16)] = &[
        ("GET /get_chain HTTP/1.1\r\n", 400),
        ("GET /get_chain HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n", 400),
        ("GET /get_chain HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n", 400),
        ("GET http://evil.example/get_chain HTTP/1.1\r\nHost: localhost\r\n", 400),
        ("GET http://localhost/get_chain HTTP/1.1\r\nHost: evil.example\r\n", 400),
        ("GET http://evil.example/get_chain HTTP/1.1\r\nHost: evil.example\r\n", 403),
        ("GET http://ada@localhost/get_chain HTTP/1.1\r\nHost: localhost\r\n", 400),
        ("GET http://localhost/get_chain HTTP/1.1\r\nHost: localhost\r\n", 200),
        ("GET http://localhost/get_chain HTTP/1.0\r\n", 200),
        ("GET http://evil.example/get_chain HTTP/1.0\r\n", 403),
        ("GET /get_chain HTTP/1.0\r\n", 200),
        ("CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n", 403),
        ("CONNECT localhost:443 HTTP/1.1\r\nHost: localhost:443\r\n", 405),
        ("OPTIONS * HTTP/1.1\r\nHost: localhost\r\n", 404),
    ];
    for (head, status) in heads {
        let (found, rule) = ask(at, format!("{head}{end}").as_bytes()).await;
        assert_eq!(found, *status, "{head} {rule:?}");
    }
    relay.stop().await;
}

#[tokio::test]
async fn an_id_before_one_of_two_hosts_is_nobodys_address() {
    let folder = tempfile::tempdir().expect("a folder");
    let relay = TestRelay::start(folder.path(), settings()).await;
    let id = "0123456789abcdef0123456789abcdef";
    let (end, refused) = ("Connection: close\r\n\r\n", (404, Some("node".to_owned())));
    let get = "GET /get_chain HTTP/1.1\r\n";
    let one = format!("{get}Host: {id}.localhost\r\n{end}");
    assert_eq!(ask(relay.address, one.as_bytes()).await, refused);
    let in_line = format!("GET http://{id}.localhost/get_chain HTTP/1.1\r\nHost: {id}.localhost\r\n{end}");
    assert_eq!(ask(relay.address, in_line.as_bytes()).await, refused);
    let two = format!("{get}Host: {id}.localhost\r\nHost: evil.example\r\n{end}");
    assert_eq!(ask(relay.address, two.as_bytes()).await, (400, Some("host".to_owned())));
    relay.stop().await;
}

#[tokio::test]
async fn an_origin_that_is_not_one_is_foreign() {
    let folder = tempfile::tempdir().expect("a folder");
    let relay = TestRelay::start(folder.path(), settings()).await;
    for (origin, status) in [
        ("http://localhost:5001", 415),
        ("http://LOCALHOST.:5001", 415),
        ("http://localhost:5001.evil.example", 403),
        ("http://localhost:5001/", 403),
        ("http://localhost:5001@evil.example", 403),
        ("http://evil.example@localhost:5001", 403),
        ("http://localhost:5001, http://evil.example", 403),
        ("https://localhost", 403),
        ("null", 403),
        ("", 403),
    ] {
        let head = format!(
            "POST /connect_node HTTP/1.1\r\nHost: localhost:5001\r\nOrigin: {origin}\r\nConnection: close\r\n\r\n"
        );
        assert_eq!(ask(relay.address, head.as_bytes()).await.0, status, "{origin}");
    }
    relay.stop().await;
}
