//! Clocks that are wrong, as `faketime` makes them: the real programs say whose clock it is and what to do, nobody is cut
//! off, and all comes right by itself.

use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::common::http::{get, request};
use crate::common::miner::Miner;
use crate::common::process::Process;
use crate::common::{SOON, TestRelay, settings};
use rustix::process::Signal;
use serde_json::Value;
use tempfile::TempDir;

const AHEAD: &str = "+1h";
const BEHIND: &str = "-1h";

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

fn faking(folder: &Path, clock: &str) -> Process {
    Process::start_by_clock(folder, "127.0.0.1:0", clock)
}

async fn height(relay: SocketAddr) -> u64 {
    get(relay, "/api/v1/rooms/main").await.json()["tip"]["height"].as_u64().expect("a height")
}

/// Has the relay's own node mine a block.
async fn mine(relay: SocketAddr) {
    let answer = request(relay, "GET /mine_block", &[]).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}

/// What the relay says of its clock, once a member has said what its own shows.
async fn clock(relay: SocketAddr) -> Value {
    let deadline = Instant::now() + SOON;
    loop {
        let clock = get(relay, "/healthz").await.json()["rooms"]["main"]["clock"].clone();
        if !clock.is_null() {
            return clock;
        }
        assert!(Instant::now() < deadline, "no member says what its clock shows");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// An hour, give or take a minute.
#[track_caller]
fn check_hour(clock: &Value, sign: i64) {
    let ahead_ms = clock["ahead_ms"].as_i64().expect("a number");
    assert!((ahead_ms - sign * 3_600_000).abs() < 60_000, "{clock}");
    assert_eq!((&clock["members"], &clock["wrong"]), (&1.into(), &true.into()), "{clock}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_miner_whose_clock_is_ahead_says_so_and_mines_nothing() {
    let (store, key) = (folder(), folder());
    let relay = TestRelay::start(store.path(), settings()).await;
    let mut miner = Miner::start_by_clock(relay.address, key.path(), &["--threads", "1"], AHEAD);
    let said = miner.until(1, "this computer's clock is 1 h 0 min ahead of the relay's. ");
    assert!(said.contains("Set the clock that is wrong: this computer's clock shows "), "{said}");
    assert!(said.contains("Until then the others refuse this node's blocks."), "{said}");
    check_hour(&clock(relay.address).await, -1);
    miner.until(1, "not mining: this computer's clock is 1 h 0 min ahead of the relay's");
    assert_eq!(miner.lines("found "), [""; 0]);
    assert_eq!(height(relay.address).await, 0);
    miner.signal(Signal::TERM);
    assert_eq!(miner.wait().code(), Some(0));
    assert!(miner.until(1, "stopped: ").starts_with("stopped: 0 blocks found, 0 coins, "));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_miner_at_the_true_time_says_that_a_relays_clock_is_ahead_and_goes_on_when_it_is_right() {
    let (store, key) = (folder(), folder());
    let mut relay = faking(store.path(), AHEAD);
    let address = relay.address;
    for _ in 0..2 {
        mine(address).await;
    }
    let mut miner = Miner::start(address, key.path(), &["--threads", "1", "--blocks", "3", "--log-level", "error"]);
    miner.until(1, "this computer's clock is 1 h 0 min behind the relay's. ");
    check_hour(&clock(address).await, 1);
    assert_eq!(miner.lines("found "), [""; 0]);
    relay.signal(Signal::TERM);
    relay.wait();
    // Its two blocks are still dated an hour ahead: the miner's chain overtakes them.
    let relay = Process::start_at(store.path(), &address.to_string());
    assert_eq!(miner.wait().code(), Some(0));
    assert_eq!(miner.lines("found block ").len(), 3);
    assert_eq!(height(relay.address).await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_miner_at_the_true_time_says_that_a_relays_clock_is_behind_and_goes_on_when_it_is_right() {
    let (store, key) = (folder(), folder());
    let mut relay = faking(store.path(), BEHIND);
    let address = relay.address;
    let mut miner = Miner::start(address, key.path(), &["--threads", "1", "--blocks", "1", "--log-level", "error"]);
    miner.until(1, "this computer's clock is 1 h 0 min ahead of the relay's. ");
    check_hour(&clock(address).await, -1);
    relay.signal(Signal::TERM);
    relay.wait();
    let relay = Process::start_at(store.path(), &address.to_string());
    assert_eq!(miner.wait().code(), Some(0));
    assert_eq!(miner.lines("found block ").len(), 1);
    assert_eq!(height(relay.address).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_operator_is_told_in_the_log() {
    let (store, key) = (folder(), folder());
    let relay = faking(store.path(), AHEAD);
    let miner = Miner::start(relay.address, key.path(), &["--threads", "1"]);
    miner.until(1, "this computer's clock is 1 h 0 min behind the relay's. ");
    relay.until_logged("this relay's clock is 1 h 0 min ahead of its one member's");
}
