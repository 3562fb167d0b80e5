//! Messages that begin and never end.

use std::time::{Duration, Instant};

use futures_util::StreamExt;
use relay::limits::{MESSAGE_MS, UNFINISHED_BYTES_MAX};
use shared::exchange::Answer;
use shared::protocol::MESSAGE_BYTES_MAX;
use tokio::io::AsyncWriteExt;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::Role;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

use crate::common::http::get;
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
            // None of them has proved who it is.
            refused +=
                usize::from(client.await.expect("closed").is_some_and(|why| why.contains("before the handshake")));
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

/// A member that answers requests with 20 kB.
async fn innocent(relay: &Process) -> Tab {
    let tab = Tab::join(relay.address, 1).await;
    tab.answers(|_| Some(Answer::json(200, &"x".repeat(20_000))));
    tab
}

/// Asks it so many times, now and then.
async fn is_answered(relay: &Process, tab: &Tab, times: u64, pause: Duration) {
    for turn in 0..times {
        let answer = get(relay.address, &format!("/nodes/{}/get_chain", tab.id())).await;
        assert_eq!(answer.status, 200, "try {turn} of {times}: {}", answer.text());
        tokio::time::sleep(pause).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_innocent_member_is_answered_in_all_tries_while_one_connection_sends_empty_fragments() {
    let folder = tempfile::tempdir().expect("a folder");
    let relay = Process::start(folder.path());
    let tab = innocent(&relay).await;
    let mut stream = websocket(relay.address, 2).await.expect("let in").into_inner();
    let attack = tokio::spawn(async move {
        // A message that begins, 8,000,000 empty fragments of it, and a sign of life now and then.
        let _ = stream.write_all(&[0x02, 0x80, 0, 0, 0, 0]).await;
        let fragments = [0x00, 0x80, 0, 0, 0, 0].repeat(10_000);
        for _ in 0..800 {
            if stream.write_all(&fragments).await.is_err() {
                return;
            }
        }
        loop {
            let _ = stream.write_all(&[0x89, 0x80, 0, 0, 0, 0]).await;
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    });
    is_answered(&relay, &tab, 40, Duration::from_millis(100)).await;
    attack.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_innocent_member_is_answered_in_all_tries_while_others_fill_the_budget() {
    let folder = tempfile::tempdir().expect("a folder");
    let relay = Process::start(folder.path());
    let tab = innocent(&relay).await;
    let mut hoarders = Vec::new();
    for number in 0..80 {
        let hoarder = Tab::join(relay.address, 100 + number).await;
        let begun = Frame::message(vec![0; MESSAGE_BYTES_MAX - 1], OpCode::Data(Data::Binary), false);
        hoarder.push(Message::Frame(begun));
        hoarders.push(hoarder);
    }
    is_answered(&relay, &tab, 40, Duration::from_millis(100)).await;
    let cut = hoarders.iter().filter(|hoarder| !hoarder.state().is_connected()).count();
    assert!(cut > 10, "{cut} of {} were cut off", hoarders.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_is_not_whole_in_time_ends_whatever_comes_between_its_fragments() {
    let folder = tempfile::tempdir().expect("a folder");
    let relay = Process::start(folder.path());
    let tab = Tab::join(relay.address, 1).await;
    tab.push(Message::Frame(Frame::message(vec![0; 10], OpCode::Data(Data::Binary), false)));
    let began = Instant::now();
    while tab.state().is_connected() {
        assert!(began.elapsed() < Duration::from_millis(MESSAGE_MS + 8_000), "it is still in");
        tab.push(Message::Ping(Vec::new().into()));
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    assert!(began.elapsed() > Duration::from_millis(MESSAGE_MS - 2_000), "{:?}", began.elapsed());
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
