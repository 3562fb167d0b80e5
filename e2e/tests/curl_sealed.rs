//! The tutorial's six requests, sent with curl to three tabs of the sealed room: the same words, real signatures.

use std::time::Duration;

use e2e::{Browser, Curl, Failure, Relay, Tab};
use serde_json::{Value, json};

/// How long what needs no mining may take.
const MOMENT: Duration = Duration::from_secs(10);

/// A tab and how to reach it.
struct Node {
    tab: Tab,
    id: String,
    token: String,
    url: String,
}

impl Node {
    async fn open(browser: &Browser, relay: &Relay) -> Result<Self, Failure> {
        let tab = browser.open(&relay.page("/")).await?;
        let is_id = |id: &String| id.len() == 32;
        let id = tab.wait_until("a node id", MOMENT, async || tab.text("node-id").await, is_id).await?;
        tab.follow("Peers").await?;
        tab.switch("Auto-sync", false).await?;
        tab.follow("Developers").await?;
        tab.press("Show token").await?;
        let token = tab.text("control-token").await?;
        let url = relay.page(&format!("/nodes/{id}"));
        Ok(Self { tab, id, token, url })
    }

    async fn get(&self, path: &str) -> Result<Value, Failure> {
        Curl::get(format!("{}{path}", self.url)).header(&self.bearer()).json(200).await
    }

    async fn post(&self, path: &str, body: &Value, status: u16) -> Result<Value, Failure> {
        Curl::post(format!("{}{path}", self.url), &body.to_string()).header(&self.bearer()).json(status).await
    }

    fn bearer(&self) -> String {
        format!("Authorization: Bearer {}", self.token)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tutorials_requests_on_sealed_blocks_in_three_tabs() -> Result<(), Failure> {
    let relay = Relay::start().await?;
    let browser = Browser::start().await?;
    let mut nodes = Vec::new();
    for _ in 0..3 {
        nodes.push(Node::open(&browser, &relay).await?);
    }
    let [one, two, three] = &nodes[..] else { panic!("three tabs were opened") };

    // What changes a tab needs its token; reading does not.
    let closed = Curl::get(format!("{}/mine_block", one.url)).send().await?;
    assert_eq!(closed.status, 401, "{}", closed.body);
    let wrong = Curl::get(format!("{}/mine_block", one.url)).header("Authorization: Bearer wrong").send().await?;
    assert_eq!(wrong.status, 401, "{}", wrong.body);
    let chain = Curl::get(format!("{}/get_chain", two.url)).json(200).await?;
    assert_eq!(chain["length"], 1);

    for (node, others) in [(one, [two, three]), (two, [one, three]), (three, [one, two])] {
        let host = relay.url().trim_start_matches("http://");
        let urls = others.map(|other| format!("http://{}:x@{host}", other.id));
        let connected = node.post("/connect_node", &json!({ "nodes": urls }), 201).await?;
        assert_eq!(connected["message"], "all nodes connected with following nodes:");
    }

    let mined = one.get("/mine_block").await?;
    assert_eq!(mined["message"], "Mission Accomplished!");
    assert_eq!(mined["index"], 2);
    for field in ["timestamp", "proof", "previous_hash", "transactions", "hash"] {
        assert!(!mined[field].is_null(), "{field}: {mined}");
    }

    // Names of nodes stand for their addresses, so the tutorial's body works as it is written.
    let described = Curl::get(relay.page("/api/v1/rooms/main/nodes")).json(200).await?;
    let members = described["nodes"].as_array().expect("a list of nodes");
    let name = |id: &str| members.iter().find(|member| member["id"] == id).expect("it is a member")["name"].clone();
    let body = json!({ "sender": name(&one.id), "receiver": name(&two.id), "amount": 5 });
    let added = one.post("/add_transaction", &body, 201).await?;
    assert_eq!(added["message"], "transaction added in the block 3");
    for (body, rule) in [
        (json!({ "sender": name(&one.id), "receiver": "nobody at all", "amount": 1 }), "receiver"),
        (json!({ "sender": name(&two.id), "receiver": name(&one.id), "amount": 1 }), "sender"),
        (json!({ "sender": name(&one.id), "receiver": name(&two.id), "amount": 5000 }), "balance"),
        (json!({ "sender": name(&one.id), "receiver": name(&two.id), "amount": -1 }), "amount"),
    ] {
        let refused = one.post("/add_transaction", &body, 400).await?;
        assert!(refused["rule"].as_str().is_some_and(|found| found.contains(rule)), "{rule}: {refused}");
        assert!(refused["expected"].is_string() && refused["found"].is_string(), "{refused}");
    }
    let mined = one.get("/mine_block").await?;
    assert_eq!(mined["index"], 3);
    assert_eq!(mined["transactions"].as_array().map(Vec::len), Some(2), "{mined}");

    // The old chain elsewhere, until they ask.
    for node in [two, three] {
        assert_eq!(node.get("/get_chain").await?["length"], 1);
        let replaced = node.get("/replace_chain").await?;
        assert_eq!(replaced["message"], "nodes updated.", "{replaced}");
    }
    let chain = one.get("/get_chain").await?;
    assert_eq!(chain["length"], 3);
    for node in [two, three] {
        assert_eq!(node.get("/get_chain").await?, chain);
        assert_eq!(node.get("/is_valid").await?["valid"], true);
        assert_eq!(node.get("/replace_chain").await?["message"], "already largest chain");
    }

    // The page logs who asked for what, and never the token.
    let log = one.tab.text("request-log").await?;
    assert!(log.contains("/mine_block") && log.contains("401"), "{log}");
    assert!(!log.contains(&one.token));

    // An owner may open the tab.
    three.tab.switch("Open to everyone", true).await?;
    let mined = Curl::get(format!("{}/mine_block", three.url)).json(200).await?;
    assert_eq!(mined["index"], 4);
    Ok(())
}
