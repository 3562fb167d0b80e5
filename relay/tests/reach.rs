//! How far a relay can be reached, and what follows from it: a relay behind a proxy is hosted, whatever it listens on.

use crate::common::http::{get, request, send, send_as};
use crate::common::tab::Tab;
use crate::common::{TestRelay, settings};
use relay::reach::Reach;
use relay::relay::Settings;
use shared::exchange::{Answer, ToMember, ToRelay};
use tempfile::TempDir;

async fn start(settings: Settings) -> (TestRelay, TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let relay = TestRelay::start(folder.path(), settings).await;
    (relay, folder)
}

/// What a relay on loopback is told when it is hosted.
fn hosted() -> [Settings; 4] {
    let proxy = vec!["127.0.0.1".parse().expect("an address")];
    let url = "https://coin.example".to_owned();
    [
        Settings { trusted_proxies: proxy.clone(), ..settings() },
        Settings { trusted_proxies: proxy, public_url: Some(url.clone()), ..settings() },
        Settings { allowed_origins: vec![url.clone()], ..settings() },
        Settings { public_url: Some(url), ..settings() },
    ]
}

#[tokio::test]
async fn strangers_behind_a_proxy_spend_no_coins_of_the_relay_and_reach_nothing_of_its_machine() {
    for settings in hosted() {
        let (relay, _folder) = start(settings).await;
        assert_eq!(relay.relay.reached().reach, Reach::Public, "{:?}", relay.relay.reached());
        let at = relay.address;
        let stranger = ["X-Forwarded-For: 203.0.113.9", "Content-Type: application/json"];
        for (line, body) in [
            ("GET /mine_block", ""),
            ("GET /replace_chain", ""),
            ("POST /connect_node", r#"{"nodes": ["http://127.0.0.1:22"]}"#),
            ("POST /add_transaction", r#"{"sender": "relay", "receiver": "ada", "amount": 1}"#),
        ] {
            for room in ["", "/rooms/classic"] {
                let (method, path) = line.split_once(' ').expect("two words");
                let length = format!("Content-Length: {}", body.len());
                let headers = [stranger[0], stranger[1], length.as_str()];
                let answer = send(at, &format!("{method} {room}{path}"), &headers, body.as_bytes()).await;
                let rule = answer.json()["rule"].clone();
                assert_eq!((answer.status, rule), (403, "own node".into()), "{line}: {}", answer.text());
            }
        }
        let tab = Tab::join(at, 1).await;
        tab.say(&ToRelay::Fetch { number: 1, netloc: "127.0.0.1:22".to_owned() });
        tab.until("the answer", |state| !state.heard.is_empty()).await;
        match &tab.state().heard[0] {
            ToMember::Fetched { result: Err(receipt), .. } => assert_eq!(receipt.rule, "fetch"),
            other => panic!("{other:?}"),
        }
        drop(tab);
        relay.stop().await;
    }
}

#[tokio::test]
async fn an_open_tab_of_a_hosted_relay_is_open_under_the_relays_public_name() {
    for settings in hosted() {
        let (relay, _folder) = start(settings).await;
        let tab = Tab::join(relay.address, 1).await;
        tab.answers(|request| Some(Answer::json(200, request)));
        let line = format!("GET /nodes/{}/mine_block", tab.id());
        let answer = send_as(relay.address, "coin.example", &line, &["X-Forwarded-For: 203.0.113.9"], b"").await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        drop(tab);
        relay.stop().await;
    }
}

#[tokio::test]
async fn a_relay_of_this_machine_is_its_owners_and_says_so() {
    let (relay, _folder) = start(settings()).await;
    assert_eq!(get(relay.address, "/healthz").await.json()["reach"], "this machine");
    assert_eq!(request(relay.address, "GET /rooms/classic/mine_block", &[]).await.status, 200);
    relay.stop().await;
}
