//! The stream of events.

use std::net::SocketAddr;
use std::sync::atomic::Ordering;

use serde_json::Value;
use shared::Amount;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{MAIN, check_refused, coins, folder, reaches};
use crate::common::disk::FaultyDisk;
use crate::common::http::{get, request};
use crate::common::tab::Tab;
use crate::common::{SOON, TestRelay, settings};

/// A stream of events.
struct Stream {
    stream: TcpStream,
    read: String,
}

impl Stream {
    async fn open(relay: SocketAddr, last: Option<&str>) -> Self {
        let mut stream = TcpStream::connect(relay).await.expect("connected");
        let last = last.map_or(String::new(), |last| format!("Last-Event-ID: {last}\r\n"));
        let head = format!("GET {MAIN}/events HTTP/1.0\r\nHost: {relay}\r\n{last}\r\n");
        stream.write_all(head.as_bytes()).await.expect("sent");
        let mut opened = Self { stream, read: String::new() };
        let head = opened.until("\r\n\r\n").await;
        assert!(head.starts_with("HTTP/1.0 200 OK"), "{head}");
        assert!(head.contains("content-type: text/event-stream"), "{head}");
        opened
    }

    async fn until(&mut self, end: &str) -> String {
        let reading = async {
            loop {
                if let Some(at) = self.read.find(end) {
                    let rest = self.read.split_off(at + end.len());
                    return std::mem::replace(&mut self.read, rest);
                }
                let mut bytes = [0; 4096];
                let count = self.stream.read(&mut bytes).await.expect("read");
                assert!(count > 0, "the stream ended: {}", self.read);
                self.read.push_str(std::str::from_utf8(&bytes[..count]).expect("text"));
            }
        };
        tokio::time::timeout(SOON, reading).await.expect("in time")
    }

    /// The next event: its name, its data, its id.
    async fn next(&mut self) -> (String, Value, String) {
        let event = self.until("\n\n").await;
        let field = |name: &str| {
            let line = event.lines().find_map(|line| line.strip_prefix(name));
            line.map_or(String::new(), |value| value.trim_start_matches(": ").to_owned())
        };
        (field("event"), serde_json::from_str(&field("data")).expect("JSON"), field("id"))
    }

    /// The next event of this name.
    async fn next_of(&mut self, name: &str) -> (Value, String) {
        loop {
            let (found, data, id) = self.next().await;
            if found == name {
                return (data, id);
            }
        }
    }
}

#[tokio::test]
async fn events_tell_what_happens_and_who_comes_back_gets_what_it_missed() {
    let folder = folder();
    let relay = TestRelay::start(folder.path(), settings()).await;
    let mut events = Stream::open(relay.address, None).await;
    let (name, room, _) = events.next().await;
    assert_eq!((name.as_str(), &room["tip"]["height"]), ("room", &0.into()));
    let miner = Tab::join(relay.address, 1).await;
    let (came, _) = events.next_of("member_came").await;
    assert_eq!(came["id"], miner.id().to_string());
    let block = miner.mine();
    let (tip, after_first) = events.next_of("tip").await;
    assert_eq!((&tip["new"]["hash"], &tip["left"]), (&block.to_string().into(), &0.into()));
    assert_eq!(tip["from"], miner.id().to_string());
    // What is told is on disk and can be read.
    assert_eq!(get(relay.address, &format!("{MAIN}/blocks/{block}")).await.status, 200);
    drop(events);

    let (id, _) = miner.pay(2, coins(1), Amount::from_units(100_000));
    miner.mine();
    reaches(relay.address, 2).await;
    let mut events = Stream::open(relay.address, Some(&after_first)).await;
    assert_eq!(events.next().await.0, "room");
    assert_eq!(events.next_of("payment").await.0["id"], id.to_string());
    assert_eq!(events.next_of("tip").await.0["new"]["height"], 2);
    // A run of the relay that is over, and a number that never was.
    for unknown in ["1-1", &format!("{}9", after_first)] {
        let mut lost = Stream::open(relay.address, Some(unknown)).await;
        assert_eq!(lost.next().await.0, "room");
        let (name, lagged, _) = lost.next().await;
        assert_eq!((name.as_str(), &lagged["room"]["tip"]["height"]), ("lagged", &2.into()));
    }
    let line = format!("GET {MAIN}/events");
    check_refused(&request(relay.address, &line, &["Last-Event-ID: x"]).await, 400, "Last-Event-ID");

    // A reorganisation is told with what it left behind.
    let mut rival = Tab::new(2);
    for _ in 0..3 {
        rival.mine();
    }
    rival.connect(relay.address).await;
    let (tip, _) = events.next_of("tip").await;
    assert_eq!((&tip["left"], &tip["adopted"]), (&2.into(), &3.into()));
    relay.stop().await;
    let mut rest = Vec::new();
    let ending = tokio::time::timeout(SOON, events.stream.read_to_end(&mut rest)).await.expect("it ends");
    assert!(ending.is_ok(), "the stream ends when the relay stops");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_fails_and_works_again_is_told_and_so_is_who_went_by_it() {
    let folder = folder();
    let (disk, faults) = FaultyDisk::in_folder(folder.path());
    let relay = TestRelay::start_on(disk, settings()).await;
    let mut events = Stream::open(relay.address, None).await;
    let mut miner = Tab::join(relay.address, 1).await;
    events.next_of("member_came").await;
    faults.fails_to_sync.store(true, Ordering::SeqCst);
    miner.mine();
    let (store, _) = events.next_of("store").await;
    assert_eq!(store["state"], "failing");
    assert!(store["reason"].as_str().is_some_and(|reason| reason.contains("the disk has failed")), "{store}");
    let (went, _) = events.next_of("member_went").await;
    assert_eq!((&went["id"], &went["online"]), (&miner.id().to_string().into(), &false.into()));
    faults.fails_to_sync.store(false, Ordering::SeqCst);
    let (store, _) = events.next_of("store").await;
    assert_eq!(store["state"], "ok");
    miner.connect(relay.address).await;
    let (came, _) = events.next_of("member_came").await;
    assert_eq!(came["id"], miner.id().to_string());
    relay.stop().await;
}

#[tokio::test]
async fn streams_of_one_address_have_a_limit_and_one_that_ended_gives_its_place_back() {
    let folder = folder();
    let relay = TestRelay::start(folder.path(), settings()).await;
    let mut streams = Vec::new();
    for _ in 0..32 {
        streams.push(Stream::open(relay.address, None).await);
    }
    let refused = get(relay.address, &format!("{MAIN}/events")).await;
    check_refused(&refused, 429, "streams of events at a time per address");
    assert_ne!(refused.header("retry-after"), "");
    // A member that comes makes the relay write to the stream that has gone.
    streams.pop();
    let deadline = tokio::time::Instant::now() + SOON;
    loop {
        let mut stream = TcpStream::connect(relay.address).await.expect("connected");
        let head = format!("GET {MAIN}/events HTTP/1.0\r\nHost: localhost\r\n\r\n");
        stream.write_all(head.as_bytes()).await.expect("sent");
        let mut status = [0; 12];
        stream.read_exact(&mut status).await.expect("a status");
        if &status == b"HTTP/1.0 200" {
            break;
        }
        assert!(tokio::time::Instant::now() < deadline, "the place is not free again");
    }
    relay.stop().await;
}
