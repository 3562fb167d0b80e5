//! REST over real sockets: pages and their cursors, tags, submitting, events, and that the document describes what is
//! there.

mod common;

use std::net::SocketAddr;
use std::sync::atomic::Ordering;

use common::disk::FaultyDisk;
use common::http::{Answer, get, request, send};
use common::tab::Tab;
use common::{SOON, TestRelay, settings};
use serde_json::Value;
use shared::testing::{address, easy_params, payment};
use shared::{Amount, HEADER_BYTES, SignedPayment, encode};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const MAIN: &str = "/api/v1/rooms/main";

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

fn coins(coins: u64) -> Amount {
    Amount::from_coins(coins)
}

/// Bech32m of the key with this number.
fn text_of(number: u64) -> String {
    address(number).encode(&easy_params().address_prefix)
}

#[track_caller]
fn check_refused(answer: &Answer, status: u16, rule: &str) {
    assert_eq!((answer.status, answer.json()["rule"].as_str()), (status, Some(rule)), "{}", answer.text());
    assert!(answer.json()["expected"].is_string() && answer.json()["found"].is_string());
}

/// Waits until the relay's chain has this height.
async fn reaches(relay: SocketAddr, height: u64) {
    let deadline = tokio::time::Instant::now() + SOON;
    while get(relay, MAIN).await.json()["tip"]["height"] != height {
        assert!(tokio::time::Instant::now() < deadline, "height {height} is not reached");
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}

/// A relay whose chain has so many blocks, mined by tab 1.
async fn relay_with_blocks(folder: &tempfile::TempDir, blocks: u64) -> (TestRelay, Tab) {
    let relay = TestRelay::start(folder.path(), settings()).await;
    let miner = Tab::join(relay.address, 1).await;
    for _ in 0..blocks {
        miner.mine();
    }
    reaches(relay.address, blocks).await;
    (relay, miner)
}

fn heights(page: &Value, of: &str) -> Vec<u64> {
    page[of].as_array().expect("a list").iter().map(|item| item["height"].as_u64().expect("a height")).collect()
}

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
async fn an_address_tells_what_it_has_what_waits_and_what_became_of_it() {
    let folder = folder();
    let (relay, miner) = relay_with_blocks(&folder, 3).await;
    let (id, _) = miner.pay(2, coins(4), Amount::from_units(100_000));
    let transaction = format!("{MAIN}/transactions/{id}");
    let deadline = tokio::time::Instant::now() + SOON;
    while get(relay.address, &transaction).await.status != 200 {
        assert!(tokio::time::Instant::now() < deadline, "the payment does not arrive");
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    let waiting = get(relay.address, &transaction).await.json();
    assert_eq!((&waiting["status"], &waiting["block"]), (&"waiting".into(), &Value::Null));
    assert_eq!(waiting["transaction"]["amount"], 4_000_000);
    let mempool = get(relay.address, &format!("{MAIN}/mempool")).await.json();
    assert_eq!((&mempool["count"], &mempool["payments"][0]["id"]), (&1.into(), &id.to_string().into()));
    let payer = get(relay.address, &format!("{MAIN}/addresses/{}", text_of(1))).await.json();
    assert_eq!((&payer["confirmed"], &payer["leaving"]), (&30_000_000.into(), &4_100_000.into()));
    assert_eq!((&payer["spendable"], &payer["next_sequence"]), (&25_900_000.into(), &1.into()));
    assert_eq!((&payer["waiting"][0]["id"], &payer["waiting_count"]), (&id.to_string().into(), &1.into()));
    let payee = get(relay.address, &format!("{MAIN}/addresses/{}", text_of(2))).await.json();
    assert_eq!((&payee["confirmed"], &payee["arriving"]), (&0.into(), &4_000_000.into()));

    let block = miner.mine();
    reaches(relay.address, 4).await;
    let confirmed = get(relay.address, &transaction).await.json();
    assert_eq!(confirmed["status"], "confirmed");
    assert_eq!((&confirmed["block"]["hash"], &confirmed["block"]["position"]), (&block.to_string().into(), &1.into()));
    assert_eq!(confirmed["block"]["confirmations"], 1);
    // A page may end within a block.
    let history = format!("{MAIN}/addresses/{}/transactions", text_of(1));
    let mut path = format!("{history}?limit=1");
    let mut places = Vec::new();
    loop {
        let page = get(relay.address, &path).await.json();
        for standing in page["transactions"].as_array().expect("a list") {
            places.push((standing["block"]["height"].clone(), standing["block"]["position"].clone()));
        }
        let Some(next) = page["next"].as_str() else { break };
        path = format!("{history}?limit=1&cursor={next}");
    }
    let place = |height: u64, position: u64| (Value::from(height), Value::from(position));
    assert_eq!(places, [place(4, 1), place(4, 0), place(3, 0), place(2, 0), place(1, 0)]);
    assert_eq!(get(relay.address, &history).await.json()["transactions"].as_array().map(Vec::len), Some(5));
    relay.stop().await;
}

async fn post(relay: SocketAddr, path: &str, content_type: &str, body: &[u8]) -> Answer {
    let headers = [format!("Content-Type: {content_type}"), format!("Content-Length: {}", body.len())];
    send(relay, &format!("POST {path}"), &headers.each_ref().map(String::as_str), body).await
}

/// Submits a payment in one of its forms.
async fn submit(relay: SocketAddr, content_type: &str, body: &[u8]) -> Answer {
    post(relay, &format!("{MAIN}/transactions"), content_type, body).await
}

async fn submit_bytes(relay: SocketAddr, signed: &SignedPayment) -> Answer {
    submit(relay, "application/octet-stream", &encode(signed)).await
}

#[tokio::test]
async fn a_signed_payment_is_taken_in_each_form_once_and_reaches_the_tabs() {
    let folder = folder();
    let (relay, miner) = relay_with_blocks(&folder, 2).await;
    let network = easy_params().network();
    let fee = Amount::from_units(100_000);
    let pay = |sequence| payment(network, 1, 2, coins(1), fee, sequence);
    let first = pay(0);
    let taken = submit_bytes(relay.address, &first).await;
    assert_eq!((taken.status, taken.json()["status"].as_str()), (202, Some("waiting")));
    let id = first.id().to_string();
    assert_eq!(taken.json()["id"], id);
    assert_eq!(taken.header("location"), format!("{MAIN}/transactions/{id}"));
    // As hex, a second time.
    let hex = hex::encode(encode(&first));
    let again = submit(relay.address, "text/plain; charset=utf-8", format!("{hex}\n").as_bytes()).await;
    assert_eq!((again.status, again.body == taken.body), (202, true));
    assert_eq!(submit(relay.address, "text/plain", hex::encode(encode(&pay(1))).as_bytes()).await.status, 202);
    // As JSON, as it was written elsewhere.
    let written =
        shared::export::TransactionJson::new(&shared::Transaction::Payment(pay(2)), &easy_params().address_prefix);
    let json = serde_json::to_vec(&written).expect("JSON");
    assert_eq!(submit(relay.address, "application/json", &json).await.status, 202);

    miner.hears_of(pay(2).id()).await;
    miner.mine();
    reaches(relay.address, 3).await;
    let confirmed = submit_bytes(relay.address, &first).await;
    assert_eq!((confirmed.status, confirmed.json()["status"].as_str()), (200, Some("confirmed")));
    relay.stop().await;
}

#[tokio::test]
async fn a_payment_that_breaks_a_rule_is_refused_and_one_that_does_not_fit_conflicts() {
    let folder = folder();
    let (relay, _miner) = relay_with_blocks(&folder, 1).await;
    let network = easy_params().network();
    let pay = |network, amount, sequence| payment(network, 1, 2, amount, Amount::ZERO, sequence);
    let mut forged = pay(network, coins(1), 0);
    forged.payment.amount = coins(2);
    check_refused(&submit_bytes(relay.address, &forged).await, 400, "signature");
    let elsewhere = pay(shared::Params::classic().network(), coins(1), 0);
    assert_eq!(submit_bytes(relay.address, &elsewhere).await.status, 400);
    check_refused(&submit_bytes(relay.address, &pay(network, coins(1), 1)).await, 409, "sequence number");
    check_refused(&submit_bytes(relay.address, &pay(network, coins(11), 0)).await, 409, "balance");
    let bytes = encode(&pay(network, coins(1), 0));
    check_refused(&submit(relay.address, "application/octet-stream", &bytes[1..]).await, 400, "body");
    check_refused(&submit(relay.address, "text/plain", b"no hex").await, 400, "body");
    check_refused(&submit(relay.address, "application/json", b"{}").await, 400, "body");
    check_refused(&submit(relay.address, "application/xml", b"<a/>").await, 415, "content type");
    check_refused(&submit(relay.address, "text/plain", &[b'0'; 8193]).await, 413, "body");
    let classic = "/api/v1/rooms/classic/transactions";
    let answer = post(relay.address, classic, "application/octet-stream", &encode(&elsewhere)).await;
    assert_eq!(answer.status, 409, "{}", answer.text());
    relay.stop().await;
}

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

#[tokio::test]
async fn a_classic_room_is_its_sealed_network_at_its_genesis() {
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
    let page = get(relay.address, "/api/v1/rooms/classic/blocks").await.json();
    assert_eq!(page["blocks"][0]["hash"], shared::Params::classic().genesis().hash().to_string());
    assert_eq!(page["blocks"].as_array().map(Vec::len), Some(1));
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_store_fails_it_is_read_and_nothing_is_taken() {
    let folder = folder();
    let (disk, faults) = FaultyDisk::in_folder(folder.path());
    let relay = TestRelay::start_on(disk, settings()).await;
    let miner = Tab::join(relay.address, 1).await;
    miner.mine();
    reaches(relay.address, 1).await;
    faults.is_full.store(true, Ordering::SeqCst);
    let signed = payment(easy_params().network(), 1, 2, coins(1), Amount::ZERO, 0);
    let refused = submit_bytes(relay.address, &signed).await;
    check_refused(&refused, 503, "store");
    assert_ne!(refused.header("retry-after"), "");
    let path = format!("{MAIN}/transactions/{}", signed.id());
    check_refused(&get(relay.address, &path).await, 404, "transaction");
    check_refused(&submit_bytes(relay.address, &signed).await, 503, "store");
    let block = get(relay.address, &format!("{MAIN}/blocks/1")).await.json();
    assert_eq!(block["block"]["hash"], miner.tip().to_string());
    faults.is_full.store(false, Ordering::SeqCst);
    relay.stop().await;
}

/// A stream of events.
struct Stream {
    stream: TcpStream,
    read: String,
}

impl Stream {
    async fn open(relay: SocketAddr, last: Option<&str>) -> Self {
        let mut stream = TcpStream::connect(relay).await.expect("connected");
        let last = last.map_or(String::new(), |last| format!("Last-Event-ID: {last}\r\n"));
        let head = format!("GET {MAIN}/events HTTP/1.0\r\nHost: {relay}\r\n{last}\r\n");
        stream.write_all(head.as_bytes()).await.expect("sent");
        let mut opened = Self { stream, read: String::new() };
        let head = opened.until("\r\n\r\n").await;
        assert!(head.starts_with("HTTP/1.0 200 OK"), "{head}");
        assert!(head.contains("content-type: text/event-stream"), "{head}");
        opened
    }

    async fn until(&mut self, end: &str) -> String {
        let reading = async {
            loop {
                if let Some(at) = self.read.find(end) {
                    let rest = self.read.split_off(at + end.len());
                    return std::mem::replace(&mut self.read, rest);
                }
                let mut bytes = [0; 4096];
                let count = self.stream.read(&mut bytes).await.expect("read");
                assert!(count > 0, "the stream ended: {}", self.read);
                self.read.push_str(std::str::from_utf8(&bytes[..count]).expect("text"));
            }
        };
        tokio::time::timeout(SOON, reading).await.expect("in time")
    }

    /// The next event: its name, its data, its id.
    async fn next(&mut self) -> (String, Value, String) {
        let event = self.until("\n\n").await;
        let field = |name: &str| {
            let line = event.lines().find_map(|line| line.strip_prefix(name));
            line.map_or(String::new(), |value| value.trim_start_matches(": ").to_owned())
        };
        (field("event"), serde_json::from_str(&field("data")).expect("JSON"), field("id"))
    }

    /// The next event of this name.
    async fn next_of(&mut self, name: &str) -> (Value, String) {
        loop {
            let (found, data, id) = self.next().await;
            if found == name {
                return (data, id);
            }
        }
    }
}

#[tokio::test]
async fn events_tell_what_happens_and_who_comes_back_gets_what_it_missed() {
    let folder = folder();
    let relay = TestRelay::start(folder.path(), settings()).await;
    let mut events = Stream::open(relay.address, None).await;
    let (name, room, _) = events.next().await;
    assert_eq!((name.as_str(), &room["tip"]["height"]), ("room", &0.into()));
    let miner = Tab::join(relay.address, 1).await;
    let (came, _) = events.next_of("member_came").await;
    assert_eq!(came["id"], miner.id().to_string());
    let block = miner.mine();
    let (tip, after_first) = events.next_of("tip").await;
    assert_eq!((&tip["new"]["hash"], &tip["left"]), (&block.to_string().into(), &0.into()));
    assert_eq!(tip["from"], miner.id().to_string());
    // What is told is on disk and can be read.
    assert_eq!(get(relay.address, &format!("{MAIN}/blocks/{block}")).await.status, 200);
    drop(events);

    let (id, _) = miner.pay(2, coins(1), Amount::from_units(100_000));
    miner.mine();
    reaches(relay.address, 2).await;
    let mut events = Stream::open(relay.address, Some(&after_first)).await;
    assert_eq!(events.next().await.0, "room");
    assert_eq!(events.next_of("payment").await.0["id"], id.to_string());
    assert_eq!(events.next_of("tip").await.0["new"]["height"], 2);
    // A run of the relay that is over, and a number that never was.
    for unknown in ["1-1", &format!("{}9", after_first)] {
        let mut lost = Stream::open(relay.address, Some(unknown)).await;
        assert_eq!(lost.next().await.0, "room");
        let (name, lagged, _) = lost.next().await;
        assert_eq!((name.as_str(), &lagged["room"]["tip"]["height"]), ("lagged", &2.into()));
    }
    let line = format!("GET {MAIN}/events");
    check_refused(&request(relay.address, &line, &["Last-Event-ID: x"]).await, 400, "Last-Event-ID");

    // A reorganisation is told with what it left behind.
    let mut rival = Tab::new(2);
    for _ in 0..3 {
        rival.mine();
    }
    rival.connect(relay.address).await;
    let (tip, _) = events.next_of("tip").await;
    assert_eq!((&tip["left"], &tip["adopted"]), (&2.into(), &3.into()));
    relay.stop().await;
    let mut rest = Vec::new();
    let ending = tokio::time::timeout(SOON, events.stream.read_to_end(&mut rest)).await.expect("it ends");
    assert!(ending.is_ok(), "the stream ends when the relay stops");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_fails_and_works_again_is_told_and_so_is_who_went_by_it() {
    let folder = folder();
    let (disk, faults) = FaultyDisk::in_folder(folder.path());
    let relay = TestRelay::start_on(disk, settings()).await;
    let mut events = Stream::open(relay.address, None).await;
    let mut miner = Tab::join(relay.address, 1).await;
    events.next_of("member_came").await;
    faults.fails_to_sync.store(true, Ordering::SeqCst);
    miner.mine();
    let (store, _) = events.next_of("store").await;
    assert_eq!(store["state"], "failing");
    assert!(store["reason"].as_str().is_some_and(|reason| reason.contains("the disk has failed")), "{store}");
    let (went, _) = events.next_of("member_went").await;
    assert_eq!((&went["id"], &went["online"]), (&miner.id().to_string().into(), &false.into()));
    faults.fails_to_sync.store(false, Ordering::SeqCst);
    let (store, _) = events.next_of("store").await;
    assert_eq!(store["state"], "ok");
    miner.connect(relay.address).await;
    let (came, _) = events.next_of("member_came").await;
    assert_eq!(came["id"], miner.id().to_string());
    relay.stop().await;
}

#[tokio::test]
async fn streams_of_one_address_have_a_limit_and_one_that_ended_gives_its_place_back() {
    let folder = folder();
    let relay = TestRelay::start(folder.path(), settings()).await;
    let mut streams = Vec::new();
    for _ in 0..32 {
        streams.push(Stream::open(relay.address, None).await);
    }
    let refused = get(relay.address, &format!("{MAIN}/events")).await;
    check_refused(&refused, 429, "streams of events at a time per address");
    assert_ne!(refused.header("retry-after"), "");
    // A member that comes makes the relay write to the stream that has gone.
    streams.pop();
    let deadline = tokio::time::Instant::now() + SOON;
    loop {
        let mut stream = TcpStream::connect(relay.address).await.expect("connected");
        let head = format!("GET {MAIN}/events HTTP/1.0\r\nHost: a\r\n\r\n");
        stream.write_all(head.as_bytes()).await.expect("sent");
        let mut status = [0; 12];
        stream.read_exact(&mut status).await.expect("a status");
        if &status == b"HTTP/1.0 200" {
            break;
        }
        assert!(tokio::time::Instant::now() < deadline, "the place is not free again");
    }
    relay.stop().await;
}

#[tokio::test]
async fn every_path_of_the_document_is_there_by_its_methods_and_no_other() {
    let folder = folder();
    let (relay, miner) = relay_with_blocks(&folder, 1).await;
    let answer = get(relay.address, "/openapi.json").await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"));
    let document = answer.json();
    assert!(document["openapi"].as_str().is_some_and(|version| version.starts_with("3.1.")));
    let block = miner.tip().to_string();
    let reward = get(relay.address, &format!("{MAIN}/blocks/1")).await.json();
    let reward = reward["block"]["transactions"][0]["id"].as_str().expect("an id").to_owned();
    let node = get(relay.address, &format!("{MAIN}/nodes")).await.json();
    let own = node["nodes"].as_array().expect("a list").iter().find(|node| node["role"] == "relay");
    let own = own.and_then(|own| own["id"].as_str()).expect("the relay").to_owned();
    let paths = document["paths"].as_object().expect("paths");
    assert_eq!(paths.len(), 33);
    for (path, item) in paths {
        let id = if path.contains("/transactions/") { &reward } else { &own };
        let filled = path.replace("{room}", "main").replace("{block}", &block).replace("{id}", id);
        let filled = filled.replace("{address}", &text_of(1));
        let is_there = if item["get"].is_object() {
            // An endless answer is begun, and that is enough.
            let line = if path.ends_with("/events") { format!("HEAD {filled}") } else { format!("GET {filled}") };
            let status = request(relay.address, &line, &[]).await.status;
            assert!(item["get"]["responses"][status.to_string()].is_object(), "{line}: {status}");
            status
        } else {
            let status = post(relay.address, &filled, "text/x", b"{}").await.status;
            assert!(item["post"]["responses"][status.to_string()].is_object(), "POST {filled}: {status}");
            status
        };
        assert!(is_there != 404 && is_there != 405, "{path}: {is_there}");
        let wrong = request(relay.address, &format!("DELETE {filled}"), &[]).await;
        check_refused(&wrong, 405, "method");
    }
    relay.stop().await;
}

#[tokio::test]
async fn the_page_to_try_it_at_is_served_from_here_alone_under_the_strict_policy() {
    let folder = folder();
    let relay = TestRelay::start(folder.path(), settings()).await;
    let page = get(relay.address, "/docs").await;
    assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
    assert!(!page.header("content-security-policy").contains("unsafe-inline"));
    let text = page.text();
    assert!(!text.contains("http://") && !text.contains("https://"), "nothing from elsewhere");
    let parts = text.split('"').filter(|part| part.starts_with("/docs/"));
    let parts: Vec<&str> = parts.collect();
    assert_eq!(parts.len(), 4);
    for part in parts {
        let plain = get(relay.address, part).await;
        assert_eq!((plain.status, plain.header("content-encoding")), (200, ""), "{part}");
        let tag = format!("If-None-Match: {}", plain.header("etag"));
        assert_eq!(request(relay.address, &format!("GET {part}"), &[&tag]).await.status, 304, "{part}");
    }
    let packed = request(relay.address, "GET /docs/swagger-ui-bundle.js", &["Accept-Encoding: gzip"]).await;
    assert_eq!(packed.header("content-encoding"), "gzip");
    assert!(packed.body.len() < 1 << 20);
    check_refused(&get(relay.address, "/docs/other.js").await, 404, "path");
    relay.stop().await;
}
