//! Blocks, headers, their pages and cursors, and their tags.

use relay::own::OwnNode;
use relay::relay::Settings;
use serde_json::Value;
use shared::{HEADER_BYTES, encode};

use super::{MAIN, check_refused, folder, heights, post, reaches, relay_with_blocks, text_of};
use crate::common::http::{get, request};
use crate::common::tab::Tab;
use crate::common::{TestRelay, settings};

#[tokio::test]
async fn pages_of_blocks_follow_each_other_while_blocks_are_mined() {
    let folder = folder();
    let (relay, miner) = relay_with_blocks(&folder, 5).await;
    let page = get(relay.address, &format!("{MAIN}/blocks?limit=2")).await.json();
    assert_eq!((heights(&page, "blocks"), &page["more"]), (vec![5, 4], &true.into()));
    assert_eq!(page["blocks"][0]["hash"], miner.tip().to_string());
    assert_eq!(page["blocks"][0]["miner"], text_of(1));
    miner.mine();
    reaches(relay.address, 6).await;
    let next = page["next"].as_str().expect("a cursor");
    let page = get(relay.address, &format!("{MAIN}/blocks?limit=3&cursor={next}")).await.json();
    assert_eq!((heights(&page, "blocks"), &page["tip"]["height"]), (vec![3, 2, 1], &6.into()));
    let next = page["next"].as_str().expect("a cursor");
    let answer = get(relay.address, &format!("{MAIN}/blocks?limit=3&cursor={next}")).await;
    let page = answer.json();
    assert_eq!((heights(&page, "blocks"), &page["next"], &page["more"]), (vec![0], &Value::Null, &false.into()));
    assert_eq!(answer.header("link"), "");

    // The oldest first, by the links alone, and on with what comes.
    let mut path = format!("{MAIN}/blocks?order=oldest&limit=4");
    let mut seen = Vec::new();
    for _ in 0..2 {
        let answer = get(relay.address, &path).await;
        seen.extend(heights(&answer.json(), "blocks"));
        let link = answer.header("link").strip_suffix(">; rel=\"next\"").and_then(|link| link.strip_prefix('<'));
        path = link.expect("a link").to_owned();
    }
    assert_eq!(seen, [0, 1, 2, 3, 4, 5, 6]);
    assert_eq!(heights(&get(relay.address, &path).await.json(), "blocks"), [0; 0]);
    miner.mine();
    reaches(relay.address, 7).await;
    assert_eq!(heights(&get(relay.address, &path).await.json(), "blocks"), [7]);
    relay.stop().await;
}

#[tokio::test]
async fn a_cursor_that_a_reorganisation_took_off_the_chain_is_gone_and_says_from_where() {
    let folder = folder();
    let (relay, miner) = relay_with_blocks(&folder, 2).await;
    let old = miner.tip();
    let paths = [
        format!("{MAIN}/blocks?limit=1"),
        format!("{MAIN}/headers?from={old}"),
        format!("{MAIN}/addresses/{}/transactions?limit=1", text_of(1)),
    ];
    let mut cursors = Vec::new();
    for path in &paths {
        let page = get(relay.address, path).await.json();
        cursors.push(format!("{path}&cursor={}", page["next"].as_str().expect("a cursor")));
    }
    cursors[1] = cursors[1].replace(&format!("from={old}&"), "");
    for path in &cursors {
        assert_eq!(get(relay.address, path).await.status, 200, "{path}");
    }
    let mut rival = Tab::new(2);
    for _ in 0..3 {
        rival.mine();
    }
    rival.connect(relay.address).await;
    reaches(relay.address, 3).await;
    for path in &cursors {
        let answer = get(relay.address, path).await;
        check_refused(&answer, 410, "cursor");
        let found = answer.json()["found"].as_str().expect("text").to_owned();
        assert!(found.starts_with(&old.to_string()) && found.ends_with("at height 0"), "{found}");
    }
    check_refused(&get(relay.address, &format!("{MAIN}/headers?from={old}")).await, 410, "block");
    // The block itself is still here, and says where it stands.
    let block = get(relay.address, &format!("{MAIN}/blocks/{old}")).await.json();
    assert_eq!((&block["status"], &block["confirmations"]), (&"stored".into(), &0.into()));
    let block = get(relay.address, &format!("{MAIN}/blocks/2")).await.json();
    assert_eq!((&block["status"], &block["confirmations"]), (&"active".into(), &2.into()));
    assert_ne!(block["block"]["hash"], old.to_string());
    relay.stop().await;
}

#[tokio::test]
async fn headers_are_116_bytes_each_that_hash_to_their_blocks() {
    let folder = folder();
    let (relay, miner) = relay_with_blocks(&folder, 4).await;
    let page = get(relay.address, &format!("{MAIN}/headers?from=2&limit=2")).await.json();
    assert_eq!((heights(&page, "headers"), &page["more"]), (vec![2, 3], &true.into()));
    let expected: Vec<Vec<u8>> = {
        let state = miner.state();
        let chain = state.node.chain();
        let header = |height: u64| chain.header(&chain.hash_at(height.into()).expect("a block")).map(encode);
        (0..=4).map(|height| header(height).expect("a header")).collect()
    };
    assert_eq!(page["headers"][0]["hex"], hex::encode(&expected[2]));
    let bytes = get(relay.address, &format!("{MAIN}/headers?format=bytes")).await;
    assert_eq!(bytes.header("content-type"), "application/octet-stream");
    assert_eq!(bytes.body.len(), 5 * HEADER_BYTES);
    assert!(bytes.body == expected.concat());
    assert!(bytes.header("link").contains("format=bytes&cursor=4-"), "{}", bytes.header("link"));
    relay.stop().await;
}

#[tokio::test]
async fn what_has_not_changed_is_answered_with_304_and_a_new_block_changes_the_tag() {
    let folder = folder();
    let (relay, miner) = relay_with_blocks(&folder, 1).await;
    let tip = miner.tip();
    let own_id = get(relay.address, &format!("{MAIN}/nodes")).await.json()["nodes"][0]["id"].clone();
    let paths = [
        "/api/v1/rooms".to_owned(),
        MAIN.to_owned(),
        format!("{MAIN}/blocks"),
        format!("{MAIN}/blocks/{tip}"),
        format!("{MAIN}/headers?format=bytes"),
        format!("{MAIN}/chain"),
        format!("{MAIN}/chain?format=bytes"),
        format!("{MAIN}/addresses/{}", text_of(1)),
        format!("{MAIN}/addresses/{}/transactions", text_of(1)),
        format!("{MAIN}/nodes/{}", own_id.as_str().expect("an id")),
    ];
    let mut tags = Vec::new();
    for path in &paths {
        let answer = get(relay.address, path).await;
        assert_eq!((answer.status, answer.header("cache-control")), (200, "no-cache"), "{path}");
        tags.push(answer.header("etag").to_owned());
    }
    // Only what depends on the members' own words may change by itself, and none does here.
    for (path, tag) in paths.iter().zip(&tags).filter(|(path, _)| !path.contains("nodes")) {
        let again = request(relay.address, &format!("GET {path}"), &[&format!("If-None-Match: \"x\", {tag}")]).await;
        assert_eq!((again.status, again.body.len(), again.header("etag")), (304, 0, tag.as_str()), "{path}");
    }
    miner.mine();
    reaches(relay.address, 2).await;
    for (path, tag) in paths.iter().zip(&tags).filter(|(path, _)| !path.contains("nodes")) {
        let again = request(relay.address, &format!("GET {path}"), &[&format!("If-None-Match: {tag}")]).await;
        assert_eq!(again.status, 200, "{path}");
        assert_ne!(again.header("etag"), tag, "{path}");
    }
    relay.stop().await;
}

#[tokio::test]
async fn a_classic_room_has_members_and_events_and_leads_to_the_chain_of_its_nodes() {
    let folder = folder();
    let relay = TestRelay::start(folder.path(), settings()).await;
    let rooms = get(relay.address, "/api/v1/rooms").await.json();
    let rules: Vec<(&Value, &Value)> = rooms["rooms"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|room| (&room["params"]["room"], &room["rules"]))
        .collect();
    assert_eq!(rules, [(&"classic".into(), &"classic".into()), (&"main".into(), &"sealed".into())]);
    let genesis = shared::Params::classic().genesis().hash().to_string();
    let id = "0".repeat(64);
    for path in [
        "/blocks".to_owned(),
        "/blocks/0".to_owned(),
        format!("/blocks/{genesis}"),
        "/headers".to_owned(),
        "/chain".to_owned(),
        "/mempool".to_owned(),
        format!("/transactions/{id}"),
        format!("/addresses/{}", text_of(1)),
        format!("/addresses/{}/transactions", text_of(1)),
    ] {
        let answer = get(relay.address, &format!("/api/v1/rooms/classic{path}")).await;
        check_refused(&answer, 404, "rules");
        assert!(answer.text().contains("GET /rooms/classic/get_chain"), "{path}: {}", answer.text());
    }
    let nodes = get(relay.address, "/api/v1/rooms/classic/nodes").await.json();
    let own = &nodes["nodes"][0];
    assert_eq!((&own["role"], &own["url"]), (&"relay".into(), &"/rooms/classic".into()));
    assert!(own["seen"].as_u64() > own["tip"]["timestamp"].as_u64(), "when it was started: {own}");
    relay.stop().await;
}

#[tokio::test]
async fn the_health_of_a_classic_room_tells_of_the_chain_of_the_relays_own_node() {
    let folder = folder();
    let relay = TestRelay::start(folder.path(), Settings { own_node: OwnNode::On, ..settings() }).await;
    let health = async || {
        let health = get(relay.address, "/healthz").await.json();
        let room = &health["rooms"]["classic"];
        (room["height"].as_u64(), room["mempool"].as_u64())
    };
    assert_eq!(health().await, (Some(0), Some(0)));
    let payment = br#"{"sender": "a", "receiver": "b", "amount": 1}"#;
    let added = post(relay.address, "/rooms/classic/add_transaction", "application/json", payment).await;
    assert_eq!(added.status, 201, "{}", added.text());
    assert_eq!(health().await, (Some(0), Some(1)));
    assert_eq!(get(relay.address, "/rooms/classic/mine_block").await.status, 200);
    assert_eq!(health().await, (Some(1), Some(0)));
    relay.stop().await;
}
