//! What is answered for a tab that has gone: its chain as it was, from the store, also after a restart.

use std::sync::Arc;
use std::time::Duration;

use crate::common::http::{Answer as Http, get};
use crate::common::tab::Tab;
use crate::common::{SOON, TestRelay, settings};
use shared::exchange::ToRelay;
use shared::tutorial::Route;
use shared::{Params, Rules, classic};
use tempfile::TempDir;

async fn start() -> (TestRelay, TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let relay = TestRelay::start(folder.path(), settings()).await;
    (relay, folder)
}

#[track_caller]
fn check_refused(answer: &Http, status: u16, rule: &str) {
    assert_eq!((answer.status, answer.json()["rule"].as_str()), (status, Some(rule)), "{}", answer.text());
}

/// Waits until an answer is what it is to be.
async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let deadline = tokio::time::Instant::now() + SOON;
    while !is_so().await {
        assert!(tokio::time::Instant::now() < deadline, "waiting for {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn a_tab_that_has_gone_is_answered_for_from_the_store_on_its_own_branch() {
    let (relay, _folder) = start().await;
    let mut tab = Tab::join(relay.address, 1).await;
    tab.act(|node| node.set_auto_sync(false, relay::clock::now()));
    let tip = tab.mine();
    let other = Tab::join(relay.address, 2).await;
    other.reaches(tip).await;
    let id = tab.id();
    tab.disconnect().await;
    for _ in 0..3 {
        other.mine();
    }
    let about = format!("/nodes/{id}");
    until("the member to be away", async || get(relay.address, &about).await.json()["online"] == false).await;
    let chain = get(relay.address, &format!("{about}/get_chain")).await;
    assert_eq!(
        (chain.json()["length"].as_u64(), &chain.json()["chain"][1]["hash"]),
        (Some(2), &tip.to_string().into())
    );
    let valid = get(relay.address, &format!("{about}/is_valid")).await.json();
    assert_eq!((&valid["valid"], &valid["length"]), (&true.into(), &2.into()));
    let mine = get(relay.address, &format!("{about}/mine_block")).await;
    check_refused(&mine, 503, "node");
    assert!(mine.text().contains("last seen 20"), "{}", mine.text());
    assert_eq!(mine.header("retry-after"), "2");
    let named = get(relay.address, &about).await.json();
    assert_eq!((&named["room"], &named["rules"], &named["role"]), (&"main".into(), &"sealed".into(), &"tab".into()));
    assert_eq!(named["routes"].as_array().map(Vec::len), Some(Route::of_rules(Rules::Sealed).count()));
    relay.stop().await;
}

#[tokio::test]
async fn a_classic_chain_that_was_told_of_is_answered_when_its_tab_has_gone_also_after_a_restart() {
    let (relay, folder) = start().await;
    let mut tab = Tab::join_in(relay.address, Params::classic(), 1).await;
    let id = tab.id();
    let mut node = classic::Node::new(id, "ada", relay::clock::now());
    node.mine(relay::clock::now()).expect("a block");
    tab.say(&ToRelay::Keep { chain: node.chain().to_json() });
    node.mine(relay::clock::now()).expect("a block");
    let kept = node.chain().to_json();
    tab.say(&ToRelay::Keep { chain: kept.clone() });
    let store = Arc::clone(relay.relay.rooms().next().expect("a room").store());
    let room = Params::classic().room;
    until("the chain and the member to be kept", async || {
        let is_kept = store.classic_chain(&room, &id).expect("read").as_deref() == Some(kept.as_str());
        is_kept && !store.members(&room).expect("read").is_empty()
    })
    .await;
    drop(store);
    tab.disconnect().await;
    relay.stop().await;

    let relay = TestRelay::start(folder.path(), settings()).await;
    let chain = get(relay.address, &format!("/nodes/{id}/get_chain")).await.json();
    assert_eq!(chain["length"], 3);
    assert_eq!(chain["chain"], serde_json::from_str::<serde_json::Value>(&kept).expect("JSON"));
    let valid = get(relay.address, &format!("/nodes/{id}/is_valid")).await.json();
    assert_eq!((&valid["valid"], &valid["length"]), (&true.into(), &3.into()));
    check_refused(&get(relay.address, &format!("/nodes/{id}/replace_chain")).await, 503, "node");
    relay.stop().await;
}

#[tokio::test]
async fn a_classic_tab_that_has_told_of_no_chain_leaves_none() {
    let (relay, _folder) = start().await;
    let mut tab = Tab::join_in(relay.address, Params::classic(), 1).await;
    let about = format!("/nodes/{}", tab.id());
    tab.disconnect().await;
    until("the member to be away", async || get(relay.address, &about).await.json()["online"] == false).await;
    check_refused(&get(relay.address, &format!("{about}/get_chain")).await, 503, "classic chain");
    relay.stop().await;
}
