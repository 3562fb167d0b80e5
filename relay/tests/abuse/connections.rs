//! Floods of connections, and addresses that are said and not had.

use std::time::{Duration, Instant};

use shared::testing::easy_params;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

use crate::common::http::{Answer, get, request};
use crate::common::process::Process;
use crate::wire::{note, socket, tcp};

/// How many connections the flood makes.
const FLOOD: usize = 5_000;
/// How long others may wait meanwhile: a connection that the kernel's full queue drops is tried again after 1 s, and again
/// after 3 s.
const OTHERS_WAIT_MAX: Duration = Duration::from_secs(5);

/// Whether the relay has closed it.
async fn is_closed(stream: &mut TcpStream) -> bool {
    let mut rest = [0; 16];
    let read = tokio::time::timeout(Duration::from_millis(5), stream.read(&mut rest)).await;
    read.is_ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_from_one_address_meets_its_cap_and_others_are_unaffected() {
    let folder = tempfile::tempdir().expect("a folder");
    let relay = Process::start(folder.path());
    let (at, began) = (relay.address, Instant::now());
    let flooding = tokio::spawn(async move {
        let mut held = Vec::new();
        for _ in 0..FLOOD {
            // The kernel may refuse what the relay has no time for.
            if let Ok(stream) = socket(2).connect(at).await {
                held.push(stream);
            }
        }
        held
    });
    let mut slowest = Duration::ZERO;
    while !flooding.is_finished() {
        let asked = Instant::now();
        assert_eq!(get(at, "/healthz").await.status, 200);
        slowest = slowest.max(asked.elapsed());
        // Its own pace is none of this.
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let mut held = flooding.await.expect("flooded");
    let mut open = 0;
    for stream in &mut held {
        open += usize::from(!is_closed(stream).await);
    }
    assert!(open <= 1_024, "{open} are open");
    assert!(slowest < OTHERS_WAIT_MAX, "another address waited {slowest:?}");
    note(&format!("5,000 connections, {open} of them open, others wait {slowest:.1?} at most"), began, &relay);
}

#[tokio::test(flavor = "multi_thread")]
async fn new_connections_of_an_address_have_a_pace() {
    let folder = tempfile::tempdir().expect("a folder");
    let options = ["--connections-per-address", "50", "--connects-per-second", "5"];
    let relay = Process::start_with(folder.path(), &easy_params(), &options);
    let (began, mut served) = (Instant::now(), 0);
    for _ in 0..300 {
        let mut stream = tcp(relay.address, 2).await;
        served += usize::from(!is_closed(&mut stream).await);
    }
    // The burst is twice the cap.
    let allowed = 100 + 5 * (began.elapsed().as_secs() as usize + 1);
    assert!((100..=allowed).contains(&served), "{served} of at most {allowed}");
    assert_eq!(get(relay.address, "/healthz").await.status, 200, "another address has its own");
}

/// Asks for a WebSocket as a proxy would, and gives the status and rule of the answer, or 101.
async fn joins(relay: &Process, from: u8, forwarded: &str) -> (u16, String, TcpStream) {
    use tokio::io::AsyncWriteExt;
    let mut stream = tcp(relay.address, from).await;
    let head = format!(
        "GET /ws/main HTTP/1.1\r\nHost: {}\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nX-Forwarded-For: {forwarded}\r\n\r\n",
        relay.address
    );
    stream.write_all(head.as_bytes()).await.expect("sent");
    let mut bytes = vec![0; 4_096];
    let len = stream.read(&mut bytes).await.expect("answered");
    let text = String::from_utf8_lossy(&bytes[..len]).into_owned();
    let status = text.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
    (status, text, stream)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forwarded_address_is_believed_only_from_a_proxy_that_was_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let options = ["--members-per-address", "2", "--trust-proxy", "127.0.0.9"];
    let relay = Process::start_with(folder.path(), &easy_params(), &options);
    let mut open = Vec::new();
    // A stranger's word counts for nothing: it is one address whatever it says.
    for (forwarded, expected) in [("198.51.100.1", 101), ("198.51.100.2", 101), ("198.51.100.3", 429)] {
        let (status, text, stream) = joins(&relay, 2, forwarded).await;
        assert_eq!(status, expected, "{text}");
        assert!(status == 101 || text.contains("tabs per address"), "{text}");
        open.push(stream);
    }
    // The proxy's does: each client behind it is one.
    let clients = [("198.51.100.1", 101), ("198.51.100.1", 101), ("198.51.100.1", 429), ("198.51.100.2", 101)];
    for (forwarded, expected) in clients {
        let (status, text, stream) = joins(&relay, 9, forwarded).await;
        assert_eq!(status, expected, "{text}");
        open.push(stream);
    }
    // What a client wrote before the proxy did is not the proxy's word.
    let (status, text, _) = joins(&relay, 9, "203.0.113.5, 198.51.100.1").await;
    assert_eq!(status, 429, "{text}");
    let _: Answer = request(relay.address, "GET /healthz", &["X-Forwarded-For: 198.51.100.1"]).await;
}
