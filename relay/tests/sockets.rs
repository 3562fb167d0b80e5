//! Who may open a WebSocket, and what becomes of connections that break the rules of framing.

use std::time::Duration;

use crate::common::http::{get, request};
use crate::common::socket::{Client, connect, handshake, next_close, refused};
use crate::common::{SOON, TestRelay, settings};
use futures_util::SinkExt;
use shared::decode;
use shared::protocol::{MESSAGE_BYTES_MAX, Message as NodeMessage};
use tokio::io::AsyncWriteExt;
use tokio_tungstenite::tungstenite::Message;

async fn start() -> (TestRelay, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let relay = TestRelay::start(folder.path(), settings()).await;
    (relay, folder)
}

#[tokio::test]
async fn pages_of_other_origins_are_refused_and_the_relays_own_and_programs_are_not() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut settings = settings();
    settings.allowed_origins = vec!["http://dev.example:8080".to_owned()];
    let relay = TestRelay::start(folder.path(), settings).await;
    let own = format!("http://{}", relay.address);
    for origin in [None, Some(own.as_str()), Some("http://dev.example:8080")] {
        handshake(relay.address, "/ws/main", origin).await.expect("let in");
    }
    for origin in ["http://evil.example", "null", "http://127.0.0.1:1"] {
        let answer = refused(relay.address, "/ws/main", Some(origin)).await;
        assert_eq!((answer.status, answer.json()["rule"].as_str()), (403, Some("origin")), "{origin}");
        assert_eq!(answer.json()["found"], origin);
    }
    relay.stop().await;
}

#[tokio::test]
async fn a_proxy_that_leaves_the_upgrade_out_is_named_and_a_page_can_read_why_its_socket_was_not_opened() {
    let (relay, _folder) = start().await;
    let at = relay.address;
    assert_eq!(get(at, "/ws/main").await.json()["found"], "an ordinary request");
    // What nginx makes of a browser's request unless it is told otherwise.
    let made = ["Connection: close", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="];
    let stripped = request(at, "GET /ws/main", &made).await;
    assert_eq!((stripped.status, stripped.json()["rule"].as_str()), (426, Some("WebSocket upgrade")));
    assert!(stripped.json()["found"].as_str().is_some_and(|found| found.contains("proxy")), "{}", stripped.text());
    let told = get(at, "/ws/main").await;
    assert_eq!((told.status, told.text()), (stripped.status, stripped.text()));
    let foreign = refused(at, "/ws/main", Some("http://evil.example")).await;
    let told = get(at, "/ws/main").await;
    assert_eq!((foreign.status, told.status, told.json()["rule"].as_str()), (403, 403, Some("origin")));
    drop(connect(at).await);
    assert_eq!(get(at, "/ws/main").await.json()["found"], "an ordinary request");
    relay.stop().await;
}

#[tokio::test]
async fn a_room_that_is_not_here_is_refused_by_name() {
    let (relay, _folder) = start().await;
    let answer = refused(relay.address, "/ws/elsewhere", None).await;
    assert_eq!((answer.status, answer.json()["rule"].as_str()), (404, Some("room")));
    relay.stop().await;
}

#[tokio::test]
async fn tabs_of_one_address_have_a_cap_and_a_pace() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut settings = settings();
    settings.limits.members_per_address = 2;
    settings.limits.joins_per_second = 1;
    let relay = TestRelay::start(folder.path(), settings).await;
    let one = connect(relay.address).await;
    let two = connect(relay.address).await;
    let answer = refused(relay.address, "/ws/main", None).await;
    assert_eq!((answer.status, answer.json()["rule"].as_str()), (429, Some("tabs per address")));
    assert_eq!(answer.header("retry-after"), "2");
    drop((one, two));
    // The burst is twice the cap: two more join, once the places are free.
    let deadline = tokio::time::Instant::now() + SOON;
    let mut last = String::new();
    let mut joined = 0;
    while tokio::time::Instant::now() < deadline && last != "new tabs per address" {
        match handshake(relay.address, "/ws/main", None).await {
            Ok(_) => joined += 1,
            Err(answer) => last = answer.json()["rule"].as_str().expect("a receipt").to_owned(),
        }
    }
    assert_eq!(last, "new tabs per address");
    assert!((2..=4).contains(&joined), "{joined} joined");
    relay.stop().await;
}

/// What a client is told when it breaks a rule: the receipt as a message, then a close frame with the rule.
async fn check_refused(mut client: Client, rule: &str) {
    let (receipts, close) = next_close(&mut client).await;
    let receipts: Vec<String> = receipts
        .iter()
        .filter_map(|bytes| match decode::<NodeMessage>(bytes) {
            Ok(NodeMessage::Refused(receipt)) => Some(receipt.rule),
            _ => None,
        })
        .collect();
    assert_eq!(receipts, [rule]);
    let close = close.expect("a close frame");
    assert_eq!(u16::from(close.code), 1008);
    assert!(close.reason.starts_with(rule), "{}", close.reason);
}

#[tokio::test]
async fn an_oversize_frame_is_refused_by_name() {
    let (relay, _folder) = start().await;
    let mut client = connect(relay.address).await;
    // Writing may fail when the relay has closed already.
    let _ = client.send(Message::Binary(vec![0; MESSAGE_BYTES_MAX + 1].into())).await;
    check_refused(client, "message size").await;
    relay.stop().await;
}

#[tokio::test]
async fn a_text_frame_is_refused_by_name() {
    let (relay, _folder) = start().await;
    let mut client = connect(relay.address).await;
    client.send(Message::Text("hello".into())).await.expect("sent");
    check_refused(client, "frame kind").await;
    relay.stop().await;
}

#[tokio::test]
async fn a_frame_that_breaks_the_framing_is_refused_by_name() {
    let (relay, _folder) = start().await;
    let mut client = connect(relay.address).await;
    // An unmasked frame with reserved bits.
    client.get_mut().write_all(&[0xf2, 0x01, 0x00]).await.expect("sent");
    check_refused(client, "WebSocket framing").await;
    relay.stop().await;
}

#[tokio::test]
async fn garbage_is_refused_by_name_and_others_are_unaffected() {
    let (relay, _folder) = start().await;
    let mut other = connect(relay.address).await;
    let mut client = connect(relay.address).await;
    client.send(Message::Binary(vec![0xff; 100].into())).await.expect("sent");
    check_refused(client, "message").await;
    other.send(Message::Ping(b"there?".to_vec().into())).await.expect("sent");
    assert!(crate::common::socket::answers_ping(&mut other).await);
    relay.stop().await;
}

#[tokio::test]
async fn members_are_told_when_the_relay_stops() {
    let (relay, _folder) = start().await;
    let mut client = connect(relay.address).await;
    // It is a member when its ping is answered.
    client.send(Message::Ping(Vec::new().into())).await.expect("sent");
    assert!(crate::common::socket::answers_ping(&mut client).await);
    let stopping = tokio::time::timeout(Duration::from_secs(5), relay.stop());
    let (stopped, (_, close)) = tokio::join!(stopping, next_close(&mut client));
    stopped.expect("stopped in time");
    assert_eq!(u16::from(close.expect("a close frame").code), 1012);
}
