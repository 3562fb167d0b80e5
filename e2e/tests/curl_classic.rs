//! The tutorial, walked with curl alone against three browser tabs of a classic room.

use std::time::Duration;

use e2e::{Browser, Curl, Failure, Relay, Tab};
use serde_json::{Value, json};

/// How long what needs no mining may take.
const MOMENT: Duration = Duration::from_secs(10);

/// Three tabs of the classic room and their addresses.
struct Room {
    relay: Relay,
    _browser: Browser,
    tabs: Vec<Tab>,
    ids: Vec<String>,
}

impl Room {
    async fn open() -> Result<Self, Failure> {
        let relay = Relay::start().await?;
        let browser = Browser::start().await?;
        let (mut tabs, mut ids) = (Vec::new(), Vec::new());
        for _ in 0..3 {
            let tab = browser.open(&relay.page("/rooms/classic/")).await?;
            let is_id = |id: &String| id.len() == 32;
            ids.push(tab.wait_until("a node id", MOMENT, async || tab.text("node-id").await, is_id).await?);
            tabs.push(tab);
        }
        let room = Self { relay, _browser: browser, tabs, ids };
        for node in 0..3 {
            let here = async || Ok(Curl::get(room.url(node, "/get_chain")).send().await?.status);
            e2e::wait_until("the tab to answer", MOMENT, here, |status| *status == 200).await?;
        }
        Ok(room)
    }

    fn url(&self, node: usize, path: &str) -> String {
        self.relay.page(&format!("/nodes/{}{path}", self.ids[node]))
    }

    fn host(&self) -> &str {
        self.relay.url().trim_start_matches("http://")
    }

    /// What the tutorial's learners put into `nodes.json`.
    fn address(&self, node: usize) -> String {
        format!("http://{}:x@{}", self.ids[node], self.host())
    }

    async fn get(&self, node: usize, path: &str) -> Result<Value, Failure> {
        Curl::get(self.url(node, path)).json(200).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tutorial_walked_with_curl_against_three_tabs() -> Result<(), Failure> {
    let mut room = Room::open().await?;

    // Each node is told of the others.
    for node in 0..3 {
        let others: Vec<String> = (0..3).filter(|other| *other != node).map(|other| room.address(other)).collect();
        let body = json!({ "nodes": others }).to_string();
        let connected = Curl::post(room.url(node, "/connect_node"), &body).json(201).await?;
        assert_eq!(connected["message"], "all nodes connected with following nodes:");
        assert_eq!(connected["total_nodes"].as_array().map(Vec::len), Some(2), "{connected}");
    }
    let nobody = Curl::post(room.url(0, "/connect_node"), "{}").send().await?;
    assert_eq!((nobody.status, nobody.body.as_str()), (400, "no node"));

    // The first mines, pays and mines again: the tutorial's proofs, its rewards and its messages.
    let mined = room.get(0, "/mine_block").await?;
    assert_eq!(mined["message"], "Mission Accomplished!");
    assert_eq!((&mined["index"], &mined["proof"]), (&json!(2), &json!(533)), "{mined}");
    let payment = r#"{"sender": "Zoë", "receiver": "Łukasz", "amount": 2.50}"#;
    let added = Curl::post(room.url(0, "/add_transaction"), payment).json(201).await?;
    assert_eq!(added["message"], "transaction added in the block 3");
    let missing = Curl::post(room.url(0, "/add_transaction"), r#"{"sender": "Zoë", "amount": 5}"#).send().await?;
    assert_eq!((missing.status, missing.body.as_str()), (400, "elements of transaction missing"));
    let mined = room.get(0, "/mine_block").await?;
    assert_eq!((&mined["index"], &mined["proof"]), (&json!(3), &json!(45293)), "{mined}");
    let [payment, reward] = &mined["transactions"].as_array().expect("a list")[..] else { panic!("{mined}") };
    assert_eq!(payment, &json!({ "sender": "Zoë", "receiver": "Łukasz", "amount": 2.5 }));
    assert_eq!((&reward["sender"], &reward["amount"]), (&json!(room.ids[0]), &json!(10)));

    // The others have the old chain until they ask.
    for node in [1, 2] {
        assert_eq!(room.get(node, "/get_chain").await?["length"], 1);
        let replaced = room.get(node, "/replace_chain").await?;
        assert_eq!(replaced["message"], "nodes updated.");
        assert_eq!(replaced["new_chain"].as_array().map(Vec::len), Some(3));
    }
    let chain = room.get(0, "/get_chain").await?;
    for node in [1, 2] {
        assert_eq!(room.get(node, "/get_chain").await?, chain);
        assert_eq!(room.get(node, "/is_valid").await?["valid"], true);
    }
    let again = room.get(1, "/replace_chain").await?;
    assert_eq!(again["message"], "already largest chain");
    assert_eq!(again["actual_chain"], chain["chain"]);

    // The same node under its three addresses, and what is refused as Flask refuses it.
    let by_user = Curl::get(format!("{}/get_chain", room.address(1))).json(200).await?;
    let host = format!("Host: {}.localhost", room.ids[1]);
    let by_host = Curl::get(room.relay.page("/get_chain")).header(&host).json(200).await?;
    assert_eq!((&by_user, &by_host), (&chain, &chain));
    let wrong_method = Curl::get(room.url(0, "/add_transaction")).send().await?;
    assert_eq!(wrong_method.status, 405);
    let wrong_kind = Curl::get(room.url(0, "/add_transaction")).with(&["-d", "sender=a"]).send().await?;
    assert_eq!(wrong_kind.status, 415);

    // The page saw it all.
    room.tabs[2].wait_for("chain-length", "3").await?;
    // The newest block is in sight, however many came.
    for _ in 0..5 {
        room.get(2, "/mine_block").await?;
    }
    room.tabs[2].wait_for("chain-length", "8").await?;
    let scrolled = room.tabs[2].run("return document.querySelector('.tablets').scrollLeft", vec![]).await?;
    assert_eq!(scrolled, 0);

    // A tab that has gone can still be read.
    room.tabs.remove(0).close().await?;
    let gone = async || Ok(Curl::get(room.url(0, "/mine_block")).send().await?.status);
    e2e::wait_until("the tab to be gone", MOMENT, gone, |status| *status == 503).await?;
    assert_eq!(room.get(0, "/get_chain").await?, chain);
    assert_eq!(room.get(0, "/is_valid").await?["valid"], true);
    let refused = Curl::get(room.url(0, "/mine_block")).json(503).await?;
    assert!(refused["found"].as_str().is_some_and(|found| found.contains("seen")), "{refused}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_page_cannot_make_a_visitors_browser_mine() -> Result<(), Failure> {
    let room = Room::open().await?;
    for headers in
        [&["Sec-Fetch-Site: cross-site"][..], &["Origin: http://evil.example"], &["Sec-Fetch-Site: same-site"]]
    {
        let asked = headers.iter().fold(Curl::get(room.url(0, "/mine_block")), |curl, header| curl.header(header));
        let refused = asked.json(403).await?;
        assert!(refused["rule"].is_string(), "{refused}");
    }
    assert_eq!(room.get(0, "/get_chain").await?["length"], 1);
    // Reading is open to every page.
    let read = Curl::get(room.url(0, "/get_chain")).header("Origin: http://other.example").json(200).await?;
    assert_eq!(read["length"], 1);
    Ok(())
}
