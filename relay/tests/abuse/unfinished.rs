//! Messages that begin and never end.

use std::time::{Duration, Instant};

use futures_util::StreamExt;
use relay::limits::UNFINISHED_BYTES_MAX;
use shared::protocol::MESSAGE_BYTES_MAX;
use tokio::io::AsyncWriteExt;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::Role;

use crate::common::process::Process;
use crate::common::tab::Tab;
use crate::wire::{memory, note, peak, websocket};

const CLIENTS: usize = 1_000;
/// What a connection takes besides: buffers of the socket and of the session, its tasks, the heap's own waste.
const CONNECTION_BYTES: u64 = 64 << 10;

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_unfinished_large_messages_take_64_mib_of_the_process_at_most() {
    let folder = tempfile::tempdir().expect("a folder");
    let relay = Process::start(folder.path());
    let (at, before) = (relay.address, memory(&relay));
    let began = Instant::now();
    let attack = async {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|number| {
                tokio::spawn(async move {
                    let client = websocket(at, 2 + (number / 250) as u8).await.expect("let in");
                    let mut stream = client.into_inner();
                    // All of a message but its last byte; it would be refused before, if it had come.
                    let length = (MESSAGE_BYTES_MAX as u64).to_be_bytes();
                    let frame = [&[0x82, 0xff][..], &length, &[0; 4], &vec![0; MESSAGE_BYTES_MAX - 1]].concat();
                    // Fails where the relay has had enough.
                    let _ = tokio::time::timeout(Duration::from_secs(20), stream.write_all(&frame)).await;
                    why_closed(WebSocketStream::from_raw_socket(stream, Role::Client, None).await).await
                })
            })
            .collect();
        // A member is in and mines meanwhile: its messages are small.
        let (one, other) = (Tab::join(at, 1).await, Tab::join(at, 2).await);
        for _ in 0..3 {
            other.reaches(one.mine()).await;
        }
        let mut refused = 0;
        for client in clients {
            refused +=
                usize::from(client.await.expect("closed").is_some_and(|why| why.contains("unfinished messages")));
        }
        refused
    };
    let (most, refused) = peak(&relay, attack).await;
    let allowed = UNFINISHED_BYTES_MAX as u64 + CLIENTS as u64 * CONNECTION_BYTES;
    assert!(most - before < allowed, "{} MiB more", (most - before) >> 20);
    assert!(refused > CLIENTS / 2, "{refused} were told why");
    note(
        &format!("1,000 unfinished messages, at most {} MiB more, {refused} told why", (most - before) >> 20),
        began,
        &relay,
    );
}

/// The words of the close frame.
async fn why_closed(mut client: WebSocketStream<tokio::net::TcpStream>) -> Option<String> {
    let reading = async {
        while let Some(Ok(message)) = client.next().await {
            if let Message::Close(frame) = message {
                return frame.map(|frame| frame.reason.to_string());
            }
        }
        None
    };
    tokio::time::timeout(Duration::from_secs(30), reading).await.expect("closed")
}
