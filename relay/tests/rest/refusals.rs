//! What is not there, or not asked for rightly.

use super::{MAIN, check_refused, folder, relay_with_blocks, text_of};
use crate::common::http::{get, request};

#[tokio::test]
async fn what_is_not_there_or_not_asked_right_is_refused_with_a_receipt() {
    let folder = folder();
    let (relay, _miner) = relay_with_blocks(&folder, 1).await;
    let none = "0".repeat(64);
    for (path, status, rule) in [
        ("/blocks?limit=0", 400, "limit"),
        ("/blocks?limit=101", 400, "limit"),
        ("/headers?limit=2001", 400, "limit"),
        ("/mempool?limit=501", 400, "limit"),
        ("/blocks?order=up", 400, "order"),
        ("/blocks?cursor=1", 400, "cursor"),
        (&format!("/blocks?cursor=1-{none}"), 400, "cursor"),
        ("/blocks?page=2", 400, "query"),
        ("/blocks?limit=1&limit=2", 400, "query"),
        ("/blocks/2", 404, "block"),
        (&format!("/blocks/{none}"), 404, "block"),
        ("/blocks/tip", 400, "block"),
        ("/blocks/%ff", 400, "path"),
        ("/headers?from=1&cursor=x", 400, "cursor"),
        ("/headers?from=2", 404, "block"),
        ("/chain?format=xml", 400, "export format"),
        (&format!("/transactions/{none}"), 404, "transaction"),
        ("/transactions/1", 400, "hash"),
        (&format!("/mempool?cursor={none}"), 410, "cursor"),
        ("/addresses/tab1qqqq", 400, "address"),
        ("/nodes/1", 400, "node id"),
        ("/nothing", 404, "path"),
    ] {
        check_refused(&get(relay.address, &format!("{MAIN}{path}")).await, status, rule);
    }
    check_refused(&get(relay.address, "/api/v1/rooms/none/blocks").await, 404, "room");
    for (line, allow) in [
        (format!("DELETE {MAIN}/blocks"), "GET,HEAD"),
        (format!("GET {MAIN}/transactions"), "POST"),
        (format!("PUT {MAIN}"), "GET,HEAD"),
        ("POST /healthz".to_owned(), "GET,HEAD"),
    ] {
        let answer = request(relay.address, &line, &[]).await;
        check_refused(&answer, 405, "method");
        assert_eq!(answer.header("allow"), allow, "{line}");
    }
    // Who was never paid has nothing, and is answered.
    assert_eq!(get(relay.address, &format!("{MAIN}/addresses/{}", text_of(9))).await.json()["confirmed"], 0);
    relay.stop().await;
}
