//! Clients that take for ever to say who they are.

use std::time::{Duration, Instant};

use futures_util::SinkExt;
use shared::encode;
use shared::protocol::Message as NodeMessage;
use shared::testing::easy_params;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;

use crate::common::process::Process;
use crate::common::tab::Tab;
use crate::wire::{Stranger, note, tcp, websocket};

/// How many of each kind.
const EACH: usize = 100;
/// When all of them must be gone.
const LIMIT: Duration = Duration::from_secs(15);
/// From byte to byte.
const DRIP: Duration = Duration::from_millis(500);

/// Sends a byte now and then until the relay has closed.
async fn drip(mut stream: TcpStream, bytes: Vec<u8>) {
    let (mut from, mut to) = stream.split();
    let dripping = async {
        for byte in bytes {
            tokio::time::sleep(DRIP).await;
            if to.write_all(&[byte]).await.is_err() {
                break;
            }
        }
        std::future::pending::<()>().await;
    };
    let closed = async {
        let mut rest = [0; 1024];
        // A reset is an end as well.
        while from.read(&mut rest).await.unwrap_or(0) > 0 {}
    };
    tokio::select! { () = dripping => {}, () = closed => {} }
}

#[tokio::test(flavor = "multi_thread")]
async fn three_hundred_clients_that_dribble_half_a_handshake_are_closed_by_15_s() {
    let folder = tempfile::tempdir().expect("a folder");
    let relay = Process::start(folder.path());
    let (at, params) = (relay.address, easy_params());
    let began = Instant::now();
    let mut clients = Vec::new();
    for number in 0..EACH as u64 {
        let params = params.clone();
        // The head of a request that never ends.
        clients.push(tokio::spawn(async move {
            let mut stream = tcp(at, 2).await;
            stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Never: ").await.expect("sent");
            let began = Instant::now();
            drip(stream, vec![b'a'; 1_000]).await;
            began.elapsed()
        }));
        // A Hello that never ends: a frame of 300 bytes, of which one comes at a time.
        clients.push(tokio::spawn(async move {
            let client = websocket(at, 3).await.expect("let in");
            let began = Instant::now();
            let head = [0x82, 0xfe, 1, 44, 0, 0, 0, 0];
            drip(client.into_inner(), [&head[..], &[0; 300]].concat()).await;
            began.elapsed()
        }));
        // A Hello without a proof after it, from somebody who shows that it is there.
        clients.push(tokio::spawn(async move {
            let mut stranger = Stranger::connected(at, 4, &params, number).await;
            let began = Instant::now();
            stranger.say_bytes(encode(&NodeMessage::Hello(stranger.hello(&params)))).await;
            loop {
                tokio::select! {
                    message = stranger.hear() => if message.is_none() { break },
                    () = tokio::time::sleep(DRIP) => drop(stranger.client.send(Message::Ping(Vec::new().into())).await),
                }
            }
            began.elapsed()
        }));
    }
    // Who knows what it wants is let in meanwhile, and hears of blocks.
    let (one, other) = (Tab::join(at, 1_000).await, Tab::join(at, 1_001).await);
    other.reaches(one.mine()).await;
    let mut longest = Duration::ZERO;
    for client in clients {
        longest = longest.max(client.await.expect("closed"));
    }
    assert!(longest < LIMIT, "{longest:?}");
    note(&format!("300 half handshakes, the last closed after {longest:.1?}"), began, &relay);
}
