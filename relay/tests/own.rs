//! The relay's own node as the tutorial's script: the six requests at the root, and three relays that are the tutorial's
//! three nodes.

use std::net::SocketAddr;
use std::sync::atomic::Ordering;

use crate::common::disk::FaultyDisk;
use crate::common::http::{Answer, get, request, send};
use crate::common::tab::Tab;
use crate::common::{TestRelay, settings};
use relay::own::{MINING_WAITING_MAX, OwnNode};
use relay::relay::Settings;
use serde_json::{Value, json};
use shared::testing::{address, easy_params};
use shared::tutorial::CONNECTED_NODES_MAX;
use shared::{Amount, CompactTarget, Params};
use tempfile::TempDir;

/// A relay and the folder of its store.
struct Script {
    relay: TestRelay,
    folder: TempDir,
}

impl Script {
    async fn start(settings: Settings) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        Self { relay: TestRelay::start(folder.path(), settings).await, folder }
    }

    fn at(&self) -> SocketAddr {
        self.relay.address
    }

    /// The relay's id and name, as a tab meets them.
    async fn name(&self) -> String {
        let tab = Tab::join(self.at(), 9).await;
        let peers = tab.state().node.peers();
        peers.iter().find_map(|peer| peer.name.as_ref()).expect("the relay").as_str().to_owned()
    }
}

/// Settings with which nobody finds a proof.
fn hard() -> Settings {
    let params = Params { target_limit: CompactTarget::from_bits(0x1000_ffff), ..easy_params() };
    Settings { params: Some(params), ..settings() }
}

async fn post(at: SocketAddr, path: &str, body: &Value) -> Answer {
    post_text(at, path, &body.to_string()).await
}

async fn post_text(at: SocketAddr, path: &str, body: &str) -> Answer {
    let length = format!("Content-Length: {}", body.len());
    let headers = ["Content-Type: application/json", &length];
    send(at, &format!("POST {path}"), &headers, body.as_bytes()).await
}

fn refused_by(answer: &Answer, status: u16, rule: &str) {
    assert_eq!((answer.status, answer.json()["rule"].as_str()), (status, Some(rule)), "{}", answer.text());
}

fn connect_body(others: &[&Script]) -> Value {
    let nodes: Vec<String> = others.iter().map(|other| format!("http://{}", other.at())).collect();
    json!({ "nodes": nodes })
}

#[tokio::test(flavor = "multi_thread")]
async fn three_relays_are_the_tutorials_three_scripts() {
    let (one, two, three) =
        (Script::start(settings()).await, Script::start(settings()).await, Script::start(settings()).await);
    for (script, others) in [(&one, [&two, &three]), (&two, [&one, &three]), (&three, [&one, &two])] {
        let answer = post(script.at(), "/connect_node", &connect_body(&others)).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        assert_eq!(answer.json()["message"], "all nodes connected with following nodes:");
        assert_eq!(answer.json()["total_nodes"].as_array().map(Vec::len), Some(2));
    }
    for index in [2, 3] {
        let mined = get(one.at(), "/mine_block").await;
        assert_eq!(mined.status, 200, "{}", mined.text());
        assert!(mined.text().starts_with(&format!("{{\"message\":\"Mission Accomplished!\",\"index\":{index},")));
        assert_eq!(mined.json()["transactions"][0]["amount"], 10);
    }
    let (sender, receiver) = (one.name().await, two.name().await);
    let order = json!({ "sender": sender, "receiver": sender, "amount": 5 });
    let added = post(one.at(), "/add_transaction", &order).await;
    assert_eq!(added.status, 201, "{}", added.text());
    assert_eq!(added.json()["message"], "transaction added in the block 4");
    assert_ne!(sender, receiver, "each relay is a node of its own");
    assert_eq!(get(one.at(), "/mine_block").await.json()["transactions"][1]["id"], added.json()["transaction"]);

    let chain = get(one.at(), "/get_chain").await;
    assert_eq!(chain.json()["length"], 4);
    assert_eq!(get(two.at(), "/get_chain").await.json()["length"], 1, "the others still have theirs");
    for script in [&two, &three] {
        let replaced = get(script.at(), "/replace_chain").await;
        assert_eq!(replaced.status, 200, "{}", replaced.text());
        assert_eq!(replaced.json()["message"], "nodes updated.");
        assert_eq!(replaced.json()["new_chain"], chain.json()["chain"]);
        assert_eq!(get(script.at(), "/get_chain").await.body, chain.body, "to the last byte");
        let valid = get(script.at(), "/is_valid").await.json();
        assert_eq!((&valid["valid"], &valid["length"]), (&json!(true), &json!(4)));
    }
    let again = get(one.at(), "/replace_chain").await.json();
    assert_eq!(again["message"], "already largest chain");
    assert_eq!(again["actual_chain"], chain.json()["chain"]);
    assert_eq!(again["nodes"][0]["verdict"], "the same chain");
}

#[tokio::test(flavor = "multi_thread")]
async fn three_relays_are_three_classic_scripts_too() {
    let classic = || Settings { root_room: Params::classic().room, ..settings() };
    let (one, two, three) =
        (Script::start(classic()).await, Script::start(classic()).await, Script::start(classic()).await);
    for script in [&one, &two] {
        let others = if script.at() == one.at() { [&two, &three] } else { [&one, &three] };
        assert_eq!(post(script.at(), "/connect_node", &connect_body(&others)).await.status, 201);
    }
    let order = json!({ "sender": "Zoë", "receiver": "Kirill", "amount": 10.0 });
    let added = post(one.at(), "/add_transaction", &order).await;
    assert_eq!(added.json()["message"], "transaction added in the block 2");
    let proofs = [
        get(one.at(), "/mine_block").await.json()["proof"].clone(),
        get(one.at(), "/mine_block").await.json()["proof"].clone(),
    ];
    assert_eq!(proofs, [533, 45293]);
    let chain = get(one.at(), "/get_chain").await;
    assert_eq!(get(two.at(), "/replace_chain").await.json()["message"], "nodes updated.");
    assert_eq!(get(two.at(), "/get_chain").await.body, chain.body);
    assert!(chain.text().contains("10.0"), "a float stays one: {}", chain.text());
    assert_eq!(get(one.at(), "/replace_chain").await.json()["message"], "already largest chain");
    assert_eq!(get(three.at(), "/get_chain").await.json()["length"], 1);
    assert_eq!(get(two.at(), "/is_valid").await.json()["valid"], true);

    // What one script has is there after a restart, its own genesis included.
    let genesis = get(three.at(), "/get_chain").await.body;
    for (script, expected) in [(one, chain.body), (three, genesis)] {
        script.relay.stop().await;
        let back = TestRelay::start(script.folder.path(), classic()).await;
        assert_eq!(get(back.address, "/get_chain").await.body, expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sealed_script_keeps_its_nodes_over_a_restart() {
    let (one, two) = (Script::start(settings()).await, Script::start(settings()).await);
    assert_eq!(post(one.at(), "/connect_node", &connect_body(&[&two])).await.status, 201);
    assert_eq!(get(two.at(), "/mine_block").await.status, 200);
    let chain = get(two.at(), "/get_chain").await.body;
    let Script { relay, folder } = one;
    relay.stop().await;
    let back = TestRelay::start(folder.path(), settings()).await;
    assert_eq!(get(back.address, "/replace_chain").await.json()["message"], "nodes updated.");
    assert_eq!(get(back.address, "/get_chain").await.body, chain);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sealed_script_that_is_connected_to_as_many_nodes_as_may_be_is_disconnected_from_some() {
    let script = Script::start(settings()).await;
    let nodes = |from: usize, count: usize| json!({ "nodes": (from..from + count).map(|port| format!("http://127.0.0.1:{port}")).collect::<Vec<_>>() });
    assert_eq!(post(script.at(), "/connect_node", &nodes(1, CONNECTED_NODES_MAX)).await.status, 201);
    let full = post(script.at(), "/connect_node", &nodes(1_000, 1)).await;
    refused_by(&full, 400, "connected nodes");
    assert!(full.text().contains("/disconnect_node"), "{}", full.text());
    refused_by(&post(script.at(), "/disconnect_node", &nodes(CONNECTED_NODES_MAX, 2)).await, 400, "connected nodes");
    let left = post(script.at(), "/disconnect_node", &nodes(1, CONNECTED_NODES_MAX - 1)).await;
    let last = format!("127.0.0.1:{CONNECTED_NODES_MAX}");
    assert_eq!((left.status, &left.json()["total_nodes"]), (200, &json!([last])));
    assert_eq!(post(script.at(), "/connect_node", &nodes(1_000, 1)).await.status, 201);
    let Script { relay, folder } = script;
    relay.stop().await;
    let back = TestRelay::start(folder.path(), settings()).await;
    let kept = post(back.address, "/connect_node", &nodes(1_000, 1)).await.json();
    assert_eq!(kept["total_nodes"], json!(["127.0.0.1:1000", last]), "what was taken away stays away");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_tabs_of_one_relay_are_two_nodes_of_the_own_node_in_every_room() {
    let script = Script::start(settings()).await;
    let (one, two) = (Tab::join(script.at(), 1).await, Tab::join(script.at(), 2).await);
    let urls = [&one, &two].map(|tab| format!("http://{}/nodes/{}", script.at(), tab.id()));
    for room in ["main", "classic"] {
        let answer = post(script.at(), &format!("/rooms/{room}/connect_node"), &json!({ "nodes": urls })).await;
        assert_eq!(answer.json()["total_nodes"].as_array().map(Vec::len), Some(2), "{room}: {}", answer.text());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_operator_does_not_allow_it_the_own_node_only_answers() {
    let script = Script::start(Settings { own_node: OwnNode::Off, ..settings() }).await;
    for path in ["/mine_block", "/replace_chain", "/rooms/classic/mine_block"] {
        refused_by(&get(script.at(), path).await, 403, "own node");
    }
    let order = json!({ "sender": "a", "receiver": "b", "amount": 1 });
    refused_by(&post(script.at(), "/add_transaction", &order).await, 403, "own node");
    refused_by(&post(script.at(), "/connect_node", &json!({ "nodes": [] })).await, 403, "own node");
    assert_eq!(get(script.at(), "/get_chain").await.json()["length"], 1);
    assert_eq!(get(script.at(), "/is_valid").await.json()["valid"], true);
    assert_eq!(get(script.at(), "/rooms/classic/get_chain").await.json()["length"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_paid_is_refused_with_the_rule_and_a_missing_key_in_the_tutorials_words() {
    let script = Script::start(settings()).await;
    let sender = script.name().await;
    let pay = async |receiver: &str, amount: &str| {
        let body = format!("{{\"sender\": \"{sender}\", \"receiver\": \"{receiver}\", \"amount\": {amount}}}");
        post_text(script.at(), "/add_transaction", &body).await
    };
    refused_by(&pay(&sender, "1").await, 400, "balance");
    assert_eq!(get(script.at(), "/mine_block").await.status, 200);
    for (amount, rule) in
        [("10.000001", "balance"), ("0", "amount"), ("0.0000001", "amount"), ("\"x\"", "amount"), ("-1", "amount")]
    {
        refused_by(&pay(&sender, amount).await, 400, rule);
    }
    refused_by(&pay("Nobody", "1").await, 400, "receiver");
    for (amount, is_told) in [
        ("5", "\"amount\":5,"),
        ("1.5", "\"amount\":1.5,"),
        ("\"0.25\"", "\"amount\":0.25,"),
        ("1e-6", "\"amount\":0.000001,"),
    ] {
        let added = pay(&sender, amount).await;
        assert_eq!(added.status, 201, "{}", added.text());
        assert!(added.text().contains(is_told), "{}", added.text());
    }
    for body in ["{}", "{\"sender\": \"a\", \"amount\": 5}"] {
        let answer = post_text(script.at(), "/add_transaction", body).await;
        assert_eq!((answer.status, answer.text().as_str()), (400, "elements of transaction missing"));
    }
    let answer = post_text(script.at(), "/connect_node", "{}").await;
    assert_eq!((answer.status, answer.text().as_str()), (400, "no node"));
    refused_by(&post_text(script.at(), "/connect_node", "{\"nodes\": \"x\"}").await, 400, "nodes");
    refused_by(&request(script.at(), "POST /mine_block", &[]).await, 405, "method");
    refused_by(
        &request(script.at(), "POST /add_transaction", &["Content-Type: text/plain"]).await,
        415,
        "content type",
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_block_is_mined_on_what_a_tab_has_mined_and_reaches_the_tab() {
    let script = Script::start(settings()).await;
    let tab = Tab::join(script.at(), 1).await;
    let theirs = tab.mine();
    let in_time =
        tab.until("the relay to have it", |state| state.node.members().iter().any(|member| member.tip.hash == theirs));
    in_time.await;
    let mined = get(script.at(), "/mine_block").await.json();
    assert_eq!(mined["previous_hash"], theirs.to_string());
    tab.reaches(mined["hash"].as_str().expect("text").parse().expect("a hash")).await;
    let [one, two] = [get(script.at(), "/mine_block"), get(script.at(), "/mine_block")]
        .map(|request| tokio::spawn(async { request.await.json() }));
    let (one, two) = (one.await.expect("mined"), two.await.expect("mined"));
    assert_ne!(one["index"], two["index"], "each request gets a block of its own");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_ends_when_nobody_waits_for_it() {
    let script = Script::start(hard()).await;
    let waiting = tokio::spawn(get(script.at(), "/mine_block"));
    let is_mining = || script.relay.relay.rooms().any(relay::room::Room::is_mining);
    let deadline = tokio::time::Instant::now() + crate::common::SOON;
    while !is_mining() {
        assert!(tokio::time::Instant::now() < deadline, "a search begins");
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    waiting.abort();
    while is_mining() {
        assert!(tokio::time::Instant::now() < deadline, "the search ends");
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    script.relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chain_of_another_network_or_none_at_all_is_refused_and_told_node_by_node() {
    let other = Params { reward: Amount::from_coins(11), ..easy_params() };
    let (here, there) =
        (Script::start(settings()).await, Script::start(Settings { params: Some(other), ..settings() }).await);
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address");
    let body = json!({ "nodes": [format!("http://{}", there.at()), format!("http://{nobody}")] });
    assert_eq!(post(here.at(), "/connect_node", &body).await.status, 201);
    let answer = get(here.at(), "/replace_chain").await.json();
    assert_eq!(answer["message"], "already largest chain");
    let told = |node: String| {
        let nodes = answer["nodes"].as_array().expect("a list");
        nodes.iter().find(|told| told["node"] == node).expect("it was asked").clone()
    };
    assert_eq!(told(there.at().to_string())["receipt"]["rule"], "network");
    assert_eq!(told(nobody.to_string())["verdict"], "refused");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chain_is_read_in_the_tutorials_words_and_as_a_file() {
    let script = Script::start(settings()).await;
    get(script.at(), "/mine_block").await;
    let file = get(script.at(), "/get_chain?format=bytes").await;
    let (params, blocks) = shared::export::read_bytes(&file.body).expect("an export");
    assert_eq!(params, easy_params());
    let words = get(script.at(), "/get_chain").await;
    assert_eq!(words.header("content-type"), "application/json");
    let hashes: Vec<String> = blocks.iter().map(|block| block.hash().to_string()).collect();
    let told: Vec<String> = words.json()["chain"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|block| block["hash"].as_str().expect("text").to_owned())
        .collect();
    assert_eq!(told, hashes);
    refused_by(&get(script.at(), "/get_chain?format=xml").await, 400, "export format");
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_disk_fails_nothing_changes_and_reading_goes_on() {
    for room in ["main", "classic"] {
        let folder = tempfile::tempdir().expect("a folder");
        let (disk, faults) = FaultyDisk::in_folder(folder.path());
        let relay = TestRelay::start_on(disk, settings()).await;
        let (mine, chain) = (format!("/rooms/{room}/mine_block"), format!("/rooms/{room}/get_chain"));
        assert_eq!(get(relay.address, &mine).await.status, 200);
        let before = get(relay.address, &chain).await.body;
        faults.is_full.store(true, Ordering::SeqCst);
        refused_by(&get(relay.address, &mine).await, 503, "store");
        assert_eq!(get(relay.address, &chain).await.body, before);
        faults.is_full.store(false, Ordering::SeqCst);
        let deadline = tokio::time::Instant::now() + crate::common::SOON;
        while get(relay.address, &mine).await.status != 200 {
            assert!(tokio::time::Instant::now() < deadline, "it works again");
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        assert_eq!(get(relay.address, &chain).await.json()["length"], 3);
        relay.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_more_than_may_wait_for_a_block_is_refused_at_once() {
    let script = Script::start(hard()).await;
    let mut waiting = tokio::task::JoinSet::new();
    for _ in 0..=MINING_WAITING_MAX {
        waiting.spawn(get(script.at(), "/mine_block"));
    }
    let first = waiting.join_next().await.expect("one of them").expect("answered");
    refused_by(&first, 429, "mining");
    assert_ne!(first.header("retry-after"), "");
    waiting.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tab_is_paid_by_its_name_and_connected_to_by_its_id() {
    let script = Script::start(settings()).await;
    let mut tab = Tab::join(script.at(), 1).await;
    let (id, name) = (tab.id(), tab.state().node.name());
    assert_eq!(get(script.at(), "/mine_block").await.status, 200);
    let order = json!({ "sender": "relay", "receiver": name.as_str(), "amount": 2.5 });
    let added = post(script.at(), "/add_transaction", &order).await;
    assert_eq!(added.status, 201, "{}", added.text());
    tab.hears_of(added.json()["transaction"].as_str().expect("text").parse().expect("an id")).await;
    get(script.at(), "/mine_block").await;
    let has_it = |state: &crate::common::tab::State| {
        state.node.ledger().account(&address(1)).balance == Amount::from_units(2_500_000)
    };
    tab.until("the coins", has_it).await;

    let connect = async |id: &str| {
        let url = format!("http://{id}:secret@{}", script.at());
        post(script.at(), "/connect_node", &json!({ "nodes": [url] })).await
    };
    refused_by(&connect(&"0".repeat(32)).await, 400, "node");
    let connected = connect(&id.to_string()).await;
    assert_eq!(connected.status, 201, "{}", connected.text());
    assert_eq!(connected.json()["total_nodes"], json!([format!("{id}@{}", script.at())]), "the token is not told");
    // This tab answers no requests; when it has gone, the relay knows where its chain ends.
    tab.disconnect().await;
    let deadline = tokio::time::Instant::now() + crate::common::SOON;
    loop {
        let replaced = get(script.at(), "/replace_chain").await.json();
        if replaced["nodes"][0]["verdict"] == "the same chain" {
            break;
        }
        assert!(tokio::time::Instant::now() < deadline, "{}", replaced["nodes"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn text_from_windows_is_read_and_utf_16_is_named() {
    let script = Script::start(settings()).await;
    for path in ["/rooms/classic/add_transaction", "/rooms/classic/connect_node", "/connect_node"] {
        let body = json!({ "sender": "ada", "receiver": "bob", "amount": 1, "nodes": [] }).to_string();
        let marked = post_text(script.at(), path, &format!("\u{feff}{body}")).await;
        assert_eq!(marked.status, 201, "{path}: {}", marked.text());
        let utf16: Vec<u8> = body.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let headers = ["Content-Type: application/json".to_owned(), format!("Content-Length: {}", utf16.len())];
        let headers = headers.each_ref().map(String::as_str);
        let refused = send(script.at(), &format!("POST {path}"), &headers, &utf16).await;
        refused_by(&refused, 400, "body");
        assert!(refused.text().contains("UTF-16"), "{path}: {}", refused.text());
    }
    let unsigned = post_text(script.at(), "/api/v1/rooms/main/transactions", "\u{feff}{}").await;
    assert!(unsigned.text().contains("missing field"), "read as the object that it is: {}", unsigned.text());
    let order =
        post_text(script.at(), "/add_transaction", "\u{feff}{\"sender\": \"x\", \"receiver\": \"y\", \"amount\": 1}");
    refused_by(&order.await, 400, "sender");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_classic_node_starts_over_and_drops_what_waits_and_a_sealed_one_has_neither() {
    let script = Script::start(settings()).await;
    let order = json!({ "sender": "ada", "receiver": "bob", "amount": 1 });
    assert_eq!(post(script.at(), "/rooms/classic/add_transaction", &order).await.status, 201);
    let dropped = post_text(script.at(), "/rooms/classic/drop_transactions", "").await;
    assert_eq!((dropped.status, &dropped.json()["dropped"]), (200, &json!(1)));
    assert_eq!(
        get(script.at(), "/rooms/classic/mine_block").await.json()["transactions"].as_array().map(Vec::len),
        Some(1)
    );
    let before = get(script.at(), "/rooms/classic/get_chain").await.json();
    assert_eq!(post_text(script.at(), "/rooms/classic/start_over", "").await.status, 200);
    let after = get(script.at(), "/rooms/classic/get_chain").await.json();
    assert_eq!((&before["length"], &after["length"]), (&json!(2), &json!(1)));
    assert_eq!(get(script.at(), "/rooms/classic/start_over").await.status, 405, "no picture on a page does it");
    for path in ["/start_over", "/drop_transactions"] {
        refused_by(&post_text(script.at(), path, "").await, 404, "path");
    }
}
