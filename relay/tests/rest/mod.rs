//! REST over real sockets, a file for each thing that is asked for.

mod chain;
mod document;
mod events;
mod failing_store;
mod nodes;
mod payments;
mod refusals;

use std::net::SocketAddr;

use crate::common::http::{Answer, get, send};
use crate::common::tab::Tab;
use crate::common::{SOON, TestRelay, settings};
use serde_json::Value;
use shared::testing::{address, easy_params};
use shared::{Amount, SignedPayment, encode};

pub(super) const MAIN: &str = "/api/v1/rooms/main";

pub(super) fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

pub(super) fn coins(coins: u64) -> Amount {
    Amount::from_coins(coins)
}

/// Bech32m of the key with this number.
pub(super) fn text_of(number: u64) -> String {
    address(number).encode(&easy_params().address_prefix)
}

#[track_caller]
pub(super) fn check_refused(answer: &Answer, status: u16, rule: &str) {
    assert_eq!((answer.status, answer.json()["rule"].as_str()), (status, Some(rule)), "{}", answer.text());
    assert!(answer.json()["expected"].is_string() && answer.json()["found"].is_string());
}

/// Waits until the relay's chain has this height.
pub(super) async fn reaches(relay: SocketAddr, height: u64) {
    let deadline = tokio::time::Instant::now() + SOON;
    while get(relay, MAIN).await.json()["tip"]["height"] != height {
        assert!(tokio::time::Instant::now() < deadline, "height {height} is not reached");
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}

/// A relay whose chain has so many blocks, mined by tab 1.
pub(super) async fn relay_with_blocks(folder: &tempfile::TempDir, blocks: u64) -> (TestRelay, Tab) {
    let relay = TestRelay::start(folder.path(), settings()).await;
    let miner = Tab::join(relay.address, 1).await;
    for _ in 0..blocks {
        miner.mine();
    }
    reaches(relay.address, blocks).await;
    (relay, miner)
}

pub(super) fn heights(page: &Value, of: &str) -> Vec<u64> {
    page[of].as_array().expect("a list").iter().map(|item| item["height"].as_u64().expect("a height")).collect()
}

pub(super) async fn post(relay: SocketAddr, path: &str, content_type: &str, body: &[u8]) -> Answer {
    let headers = [format!("Content-Type: {content_type}"), format!("Content-Length: {}", body.len())];
    send(relay, &format!("POST {path}"), &headers.each_ref().map(String::as_str), body).await
}

/// Submits a payment in one of its forms.
pub(super) async fn submit(relay: SocketAddr, content_type: &str, body: &[u8]) -> Answer {
    post(relay, &format!("{MAIN}/transactions"), content_type, body).await
}

pub(super) async fn submit_bytes(relay: SocketAddr, signed: &SignedPayment) -> Answer {
    submit(relay, "application/octet-stream", &encode(signed)).await
}
