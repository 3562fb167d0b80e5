//! The nodes of a room.

use serde_json::Value;

use super::{MAIN, check_refused, folder, relay_with_blocks, text_of};
use crate::common::SOON;
use crate::common::http::get;

#[tokio::test]
async fn nodes_are_told_with_the_relay_among_them_also_when_they_have_gone() {
    let folder = folder();
    let (relay, mut miner) = relay_with_blocks(&folder, 1).await;
    let nodes = get(relay.address, &format!("{MAIN}/nodes")).await.json();
    assert_eq!((&nodes["count"], &nodes["online"]), (&2.into(), &2.into()));
    let nodes = nodes["nodes"].as_array().expect("a list");
    let roles: Vec<&Value> = nodes.iter().map(|node| &node["role"]).collect();
    assert!(roles.contains(&&"relay".into()) && roles.contains(&&"tab".into()));
    let id = miner.id().to_string();
    let node = format!("{MAIN}/nodes/{id}");
    let told = get(relay.address, &node).await.json();
    assert_eq!((&told["url"], &told["address"]), (&format!("/nodes/{id}").into(), &text_of(1).into()));
    let first = get(relay.address, &format!("{MAIN}/nodes?limit=1")).await.json();
    let next = first["next"].as_str().expect("a cursor");
    let second = get(relay.address, &format!("{MAIN}/nodes?limit=1&cursor={next}")).await.json();
    assert_eq!(second["next"], Value::Null);
    assert_ne!(first["nodes"][0]["id"], second["nodes"][0]["id"]);
    miner.disconnect().await;
    let deadline = tokio::time::Instant::now() + SOON;
    while get(relay.address, &node).await.json()["online"] == true {
        assert!(tokio::time::Instant::now() < deadline, "it is still said to be here");
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    check_refused(&get(relay.address, &format!("{MAIN}/nodes/{}", "0".repeat(32))).await, 404, "node");
    relay.stop().await;
}
