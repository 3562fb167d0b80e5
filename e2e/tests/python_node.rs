//! A plain Python node of the tutorial, which knows nothing of us, and tabs of a classic room: each adopts the other's
//! chain.

use std::time::Duration;

use e2e::{Bridge, Browser, Curl, Failure, PythonNode, Relay, Tab};
use serde_json::{Value, json};

/// How long what needs no mining may take.
const MOMENT: Duration = Duration::from_secs(15);

/// Text and numbers that a chain must carry unchanged: non-ASCII, beyond the basic plane, floats.
const PAYMENTS: [&str; 4] = [
    r#"{"sender": "Zoë", "receiver": "李雷", "amount": 0.1}"#,
    r#"{"sender": "🦊", "receiver": "a\"b\\c\u0007", "amount": 10.0}"#,
    r#"{"sender": "ada", "receiver": "bob", "amount": 1e-07}"#,
    r#"{"sender": "ada", "receiver": "bob", "amount": 123456789012345678901234567890}"#,
];

async fn get(url: String) -> Result<Value, Failure> {
    Curl::get(url).json(200).await
}

async fn open(browser: &Browser, relay: &Relay) -> Result<(Tab, String), Failure> {
    let tab = browser.open(&relay.page("/rooms/classic/")).await?;
    let is_id = |id: &String| id.len() == 32;
    let id = tab.wait_until("a node id", MOMENT, async || tab.text("node-id").await, is_id).await?;
    let here = async || Ok(Curl::get(relay.page(&format!("/nodes/{id}/get_chain"))).send().await?.status);
    e2e::wait_until("the tab to answer", MOMENT, here, |status| *status == 200).await?;
    Ok((tab, id))
}

/// The chain of a node, after it was asked whether it is valid.
async fn valid_chain(node: &str) -> Result<String, Failure> {
    Curl::get(format!("{node}/is_valid")).json(200).await?;
    Ok(get(format!("{node}/get_chain")).await?["chain"].to_string())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_python_node_and_a_tab_adopt_each_others_chains_with_every_hash_intact() -> Result<(), Failure> {
    let relay = Relay::start().await?;
    let browser = Browser::start().await?;
    let (_tab, id) = open(&browser, &relay).await?;
    let tab = relay.page(&format!("/nodes/{id}"));
    let python = PythonNode::start().await?;
    let address = format!("http://{id}:x@{}", relay.url().trim_start_matches("http://"));

    // Python adopts what the tab mined.
    for payment in PAYMENTS {
        Curl::post(format!("{tab}/add_transaction"), payment).json(201).await?;
    }
    for _ in 0..2 {
        get(format!("{tab}/mine_block")).await?;
    }
    Curl::post(python.page("/connect_node"), &json!({ "nodes": [address] }).to_string()).json(201).await?;
    assert_eq!(get(python.page("/replace_chain")).await?["message"], "nodes updated.");
    assert_eq!(valid_chain(python.url()).await?, valid_chain(&tab).await?);

    // Python builds on it: its hash of the tab's last block is the tab's own.
    for payment in PAYMENTS {
        Curl::post(python.page("/add_transaction"), payment).json(201).await?;
    }
    for _ in 0..2 {
        get(python.page("/mine_block")).await?;
    }

    // The tab adopts what Python mined, through the relay.
    Curl::post(format!("{tab}/connect_node"), &json!({ "nodes": [python.url()] }).to_string()).json(201).await?;
    let replaced = get(format!("{tab}/replace_chain")).await?;
    assert_eq!(replaced["message"], "nodes updated.", "{replaced}");
    assert_eq!(valid_chain(&tab).await?, valid_chain(python.url()).await?);
    assert_eq!(get(format!("{tab}/is_valid")).await?["valid"], true);

    // And builds on it in turn, to be adopted back.
    get(format!("{tab}/mine_block")).await?;
    assert_eq!(get(python.page("/replace_chain")).await?["message"], "nodes updated.");
    assert_eq!(get(python.page("/get_chain")).await?["length"], 6);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_operator_allows_no_target_nothing_is_fetched() -> Result<(), Failure> {
    let relay = Relay::start_with(None, &["--fetch", "none"]).await?;
    let browser = Browser::start().await?;
    let (_tab, id) = open(&browser, &relay).await?;
    let tab = relay.page(&format!("/nodes/{id}"));
    let python = PythonNode::start().await?;
    get(python.page("/mine_block")).await?;
    Curl::post(format!("{tab}/connect_node"), &json!({ "nodes": [python.url()] }).to_string()).json(201).await?;
    let replaced = get(format!("{tab}/replace_chain")).await?;
    assert_eq!(replaced["message"], "already largest chain", "{replaced}");
    assert_eq!(get(format!("{tab}/get_chain")).await?["length"], 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bridge_makes_a_python_node_a_member_of_a_hosted_room() -> Result<(), Failure> {
    // The relay itself may fetch nothing: all goes over the bridge's own outbound socket.
    let relay = Relay::start_with(None, &["--fetch", "none"]).await?;
    let browser = Browser::start().await?;
    let (tab, id) = open(&browser, &relay).await?;
    let python = PythonNode::start().await?;
    let data = tempfile::tempdir()?;
    let mut bridge = Bridge::start(&relay, &python, data.path(), &["--name", "ada laptop", "--open"]).await?;

    let bridged = bridge.said.rsplit(' ').next().unwrap_or_default().to_owned();
    let joined = async || Ok(Curl::get(format!("{bridged}/get_chain")).send().await?.status);
    e2e::wait_until("the bridge to join", MOMENT, joined, |status| *status == 200).await?;
    tab.follow("Peers").await?;
    tab.wait_for_words("ada laptop").await?;
    tab.wait_for_words("a bridge").await?;
    tab.wait_for_words("for a node of the tutorial").await?;

    // Mined through the relay, by the Python node behind the bridge.
    assert_eq!(get(format!("{bridged}/mine_block")).await?["index"], 2);
    assert_eq!(get(python.page("/get_chain")).await?["length"], 2);

    // A tab connects to it by its address and adopts its chain.
    let tab_url = relay.page(&format!("/nodes/{id}"));
    let bridge_id = bridged.rsplit('/').next().unwrap_or_default();
    let host = relay.url().trim_start_matches("http://");
    let nodes = json!({ "nodes": [format!("http://{bridge_id}:x@{host}")] }).to_string();
    Curl::post(format!("{tab_url}/connect_node"), &nodes).json(201).await?;
    assert_eq!(get(format!("{tab_url}/replace_chain")).await?["message"], "nodes updated.");
    let chain = get(python.page("/get_chain")).await?["chain"].clone();
    assert_eq!(get(format!("{tab_url}/get_chain")).await?["chain"], chain);

    // And the Python node adopts the tab's, which it reaches as it reaches any node.
    get(format!("{tab_url}/mine_block")).await?;
    let nodes = json!({ "nodes": [format!("http://{id}:x@{host}")] }).to_string();
    Curl::post(format!("{bridged}/connect_node"), &nodes).json(201).await?;
    assert_eq!(get(format!("{bridged}/replace_chain")).await?["message"], "nodes updated.");

    // The bridge goes; the chain can still be read once the relay was told of it.
    let length = async || Ok(get(format!("{bridged}/get_chain")).await?["length"].clone());
    e2e::wait_until("the longer chain", MOMENT, length, |length| *length == 3).await?;
    tokio::time::sleep(Duration::from_millis(500)).await;
    bridge.kill().await?;
    let gone = async || Ok(Curl::get(format!("{bridged}/mine_block")).send().await?.status);
    e2e::wait_until("the bridge to be gone", MOMENT, gone, |status| *status == 503).await?;
    assert_eq!(get(format!("{bridged}/get_chain")).await?["length"], 3);
    Ok(())
}
