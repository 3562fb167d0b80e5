//! Chains of other nodes, fetched for tabs: what the operator allows and what not, and what the answers may be.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use crate::common::http::get;
use crate::common::tab::Tab;
use crate::common::{SOON, TestRelay, settings};
use relay::fetch::policy::FetchPolicy;
use relay::relay::Settings;
use shared::exchange::{ANSWER_BYTES_MAX, Answer, Body, ToMember, ToRelay};
use shared::{Params, Receipt, classic};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

async fn start_with(policy: &str) -> (TestRelay, TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let fetch: Option<FetchPolicy> = Some(policy.parse().expect("a policy"));
    let relay = TestRelay::start(folder.path(), Settings { fetch, ..settings() }).await;
    (relay, folder)
}

/// A learner's node that gives the same answer to whatever it is asked, and notes what that was.
async fn node(answer: impl Into<Vec<u8>>) -> (SocketAddr, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let (asked, answer) = (Arc::new(Mutex::new(Vec::new())), answer.into());
    let noted = Arc::clone(&asked);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = vec![0; 4_096];
            let read = stream.read(&mut head).await.unwrap_or(0);
            noted.lock().expect("no panic").push(String::from_utf8_lossy(&head[..read]).into_owned());
            // It may be cut short by whoever has enough.
            let _ = stream.write_all(&answer).await;
        }
    });
    (address, asked)
}

fn ok(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

/// What a tab is told of a netloc.
async fn fetch(tab: &Tab, netloc: &str) -> Result<String, Receipt> {
    let before = tab.state().heard.len();
    tab.say(&ToRelay::Fetch { number: 7, netloc: netloc.to_owned() });
    let told = |heard: &[ToMember]| {
        heard[before..].iter().find_map(|said| match said {
            ToMember::Fetched { number: 7, result } => Some(result.clone()),
            _ => None,
        })
    };
    tab.until("what was fetched", |state| told(&state.heard).is_some()).await;
    let heard = tab.state().heard.clone();
    told(&heard).expect("it was waited for")
}

async fn refused(tab: &Tab, netloc: &str) -> String {
    fetch(tab, netloc).await.expect_err(netloc).rule
}

#[tokio::test]
async fn a_learners_node_is_asked_as_the_tutorials_library_asks() {
    let (relay, _folder) = start_with("loopback").await;
    let tab = Tab::join_in(relay.address, Params::classic(), 1).await;
    let (at, asked) = node(ok("{\"chain\": [], \"length\": 0}")).await;
    assert_eq!(fetch(&tab, &at.to_string()).await.as_deref(), Ok("{\"chain\": [], \"length\": 0}"));
    fetch(&tab, &format!("ada:x@localhost:{}", at.port())).await.expect("the same node");
    let asked = asked.lock().expect("no panic").clone();
    assert!(asked[0].starts_with(&format!("GET /get_chain HTTP/1.1\r\nhost: {at}\r\n")), "{}", asked[0]);
    assert!(!asked[0].to_lowercase().contains("authorization"));
    // printf 'ada:x' | base64
    assert!(asked[1].contains("authorization: Basic YWRhOng="), "{}", asked[1]);
    relay.stop().await;
}

#[tokio::test]
async fn what_the_operator_does_not_allow_is_not_asked() {
    let (at, asked) = node(ok("{}")).await;
    let port = at.port();
    for policy in ["none", "10.0.0.0/8", "node.example"] {
        let (relay, _folder) = start_with(policy).await;
        let tab = Tab::join_in(relay.address, Params::classic(), 1).await;
        for host in ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "127.1", "2130706433"] {
            let rule = refused(&tab, &format!("{host}:{port}")).await;
            assert!(rule == "fetch" || rule == "node", "{policy} {host}: {rule}");
        }
        relay.stop().await;
    }
    let (relay, _folder) = start_with("loopback").await;
    let tab = Tab::join_in(relay.address, Params::classic(), 1).await;
    for host in ["10.0.0.1", "169.254.169.254", "[fe80::1]", "0.0.0.0", "[::]", "[::ffff:127.0.0.1]", "8.8.8.8"] {
        assert_eq!(refused(&tab, &format!("{host}:{port}")).await, "fetch", "{host}");
    }
    for nonsense in ["", "a b", "127.0.0.1:99999", "127.0.0.1/x", "127.0.0.1:80\r\nX: y"] {
        assert_eq!(refused(&tab, nonsense).await, "node", "{nonsense:?}");
    }
    assert!(asked.lock().expect("no panic").is_empty(), "nobody was asked");
    relay.stop().await;
}

#[tokio::test]
async fn redirects_errors_and_too_much_are_refused() {
    let (relay, _folder) = start_with("loopback").await;
    let tab = Tab::join_in(relay.address, Params::classic(), 1).await;
    let (elsewhere, asked) = node(ok("{}")).await;
    let (at, _) =
        node(format!("HTTP/1.1 302 Found\r\nLocation: http://{elsewhere}/\r\nContent-Length: 0\r\n\r\n")).await;
    assert_eq!(refused(&tab, &at.to_string()).await, "redirect");
    assert!(asked.lock().expect("no panic").is_empty(), "it was not followed");
    let (at, _) = node("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n").await;
    assert_eq!(refused(&tab, &at.to_string()).await, "answer");
    let (at, _) = node([&b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n"[..], &[0xff]].concat()).await;
    assert_eq!(refused(&tab, &at.to_string()).await, "answer");
    let (at, _) = node(ok(&" ".repeat(ANSWER_BYTES_MAX + 1))).await;
    assert_eq!(refused(&tab, &at.to_string()).await, "answer size");
    let (at, _) = node(ok(&" ".repeat(ANSWER_BYTES_MAX))).await;
    fetch(&tab, &at.to_string()).await.expect("at the limit");
    // As JSON within JSON these bytes do not fit a frame.
    let (at, _) = node(ok(&"\u{1}".repeat(ANSWER_BYTES_MAX))).await;
    assert_eq!(refused(&tab, &at.to_string()).await, "frame size");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let nobody = listener.local_addr().expect("an address");
    drop(listener);
    assert_eq!(refused(&tab, &nobody.to_string()).await, "node");
    relay.stop().await;
}

#[tokio::test]
async fn where_others_are_members_no_receipt_tells_which_ports_are_open() {
    let folder = tempfile::tempdir().expect("a folder");
    let policy: Option<FetchPolicy> = Some("loopback".parse().expect("a policy"));
    let public_url = Some("http://teacher.local".to_owned());
    let relay = TestRelay::start(folder.path(), Settings { fetch: policy, public_url, ..settings() }).await;
    let tab = Tab::join(relay.address, 1).await;
    let closed = TcpListener::bind("127.0.0.1:0").await.expect("a port").local_addr().expect("an address");
    let (open, _asked) = node("SSH-2.0-OpenSSH_9.2\r\n").await;
    let (web, _asked) = node("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n").await;
    let (moved, _asked) = node("HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n").await;
    for at in [closed, open, web, moved] {
        let refused = fetch(&tab, &at.to_string()).await.expect_err("no chain");
        let told = (refused.rule.as_str(), refused.found.as_str());
        assert_eq!(told, ("node", "none: it may not be running, or listen on its own machine alone"), "{refused}");
    }
    // Names that lead nowhere and names that lead where nobody may ask.
    for name in ["nowhere.invalid", "10.0.0.1"] {
        assert_eq!(fetch(&tab, &format!("{name}:80")).await.expect_err("refused").rule, "fetch", "{name}");
    }
    relay.stop().await;
}

#[tokio::test]
async fn members_and_own_nodes_are_asked_without_a_socket_whatever_the_policy() {
    let (relay, _folder) = start_with("none").await;
    let (at, port) = (relay.address, relay.address.port());
    let tab = Tab::join_in(at, Params::classic(), 1).await;
    let mut other = Tab::join_in(at, Params::classic(), 2).await;
    other.answers(|_| Some(Answer::json(200, &"a chain")));
    let id = other.id();
    for netloc in [format!("{id}@{at}"), format!("{id}:x@localhost:{port}"), format!("{id}.localhost:{port}")] {
        assert_eq!(fetch(&tab, &netloc).await.as_deref(), Ok("\"a chain\""), "{netloc}");
    }
    assert_eq!(other.state().requests()[0].path, "/get_chain");
    // When it has gone, what it told of.
    let chain = classic::Node::new(id, "ada", relay::clock::now()).chain().to_json();
    other.say(&ToRelay::Keep { chain });
    let store = Arc::clone(relay.relay.rooms().next().expect("a room").store());
    let deadline = tokio::time::Instant::now() + SOON;
    while store.classic_chain(&Params::classic().room, &id).expect("read").is_none() {
        assert!(tokio::time::Instant::now() < deadline, "the chain is not kept");
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    drop(store);
    other.disconnect().await;
    while get(at, &format!("/nodes/{id}")).await.json()["online"] == true {
        assert!(tokio::time::Instant::now() < deadline, "the member is here still");
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    let kept = fetch(&tab, &format!("{id}@{at}")).await.expect("kept");
    assert!(kept.contains("\"length\":1"), "{kept}");
    // The relay's own node of the room; at the root is another room's.
    assert!(fetch(&tab, &format!("classic@{at}")).await.expect("its chain").contains("\"proof\":1"));
    assert_eq!(refused(&tab, &at.to_string()).await, "room");
    let sealed = Tab::join(at, 3).await;
    assert_eq!(refused(&tab, &format!("{}@{at}", sealed.id())).await, "node");
    assert_eq!(refused(&tab, &format!("nobody@{at}")).await, "user of the URL");
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sealed_chain_is_taken_in_from_another_relay_and_its_end_told() {
    let (there, _folder) = start_with("none").await;
    let miner = Tab::join(there.address, 1).await;
    let mut tip = miner.mine();
    for _ in 0..4 {
        tip = miner.mine();
    }
    Tab::join(there.address, 2).await.reaches(tip).await;
    let (here, _folder) = start_with("loopback").await;
    let tab = Tab::join(here.address, 3).await;
    let told = fetch(&tab, &there.address.to_string()).await.expect("its chain");
    let told: serde_json::Value = serde_json::from_str(&told).expect("JSON");
    assert_eq!((&told["tip"], &told["length"]), (&tip.to_string().into(), &6.into()));
    tab.reaches(tip).await;
    // A member of the same relay: the relay has its chain.
    let other = Tab::join(here.address, 4).await;
    other.reaches(tip).await;
    other.answers(move |_| Some(Answer { status: 200, body: Body::Chain { tip } }));
    let told = fetch(&tab, &format!("{}@{}", other.id(), here.address)).await.expect("its chain");
    assert!(told.contains(&tip.to_string()));
    // What is no chain.
    let (at, _) = node(ok("{\"chain\": []}")).await;
    assert_eq!(refused(&tab, &at.to_string()).await, "chain");
    here.stop().await;
    there.stop().await;
}

#[tokio::test]
async fn a_tab_that_asks_too_fast_is_told_so() {
    let (relay, _folder) = start_with("none").await;
    let tab = Tab::join_in(relay.address, Params::classic(), 1).await;
    let mut rules = Vec::new();
    while rules.last().map(String::as_str) != Some("nodes asked for per member") {
        rules.push(refused(&tab, "192.0.2.1").await);
        assert!(rules.len() < 10_000);
    }
    assert!(rules.len() > 64, "after the burst");
    relay.stop().await;
}

#[tokio::test]
async fn a_sealed_room_that_asks_a_node_of_the_tutorial_is_told_that_it_is_one() {
    let (relay, _folder) = start_with("loopback").await;
    let tab = Tab::join(relay.address, 1).await;
    let chain = "{\"chain\":[{\"index\":1,\"previous_hash\":\"0\",\"proof\":1,\"timestamp\":\"t\",\"transactions\":[]}],\"length\":1}";
    for body in [chain.to_owned(), format!("\u{feff}{chain}")] {
        let (at, _) = node(ok(&body)).await;
        let receipt = fetch(&tab, &at.to_string()).await.expect_err("another chain");
        assert_eq!((receipt.rule.as_str(), receipt.expected.as_str()), ("rules", "a sealed chain"));
        assert!(receipt.found.contains("a node of the tutorial: open /rooms/classic/"), "{receipt}");
    }
    relay.stop().await;
}

#[tokio::test]
async fn a_node_of_this_relay_is_found_by_its_id_whatever_the_relay_is_called() {
    let (relay, _folder) = start_with("none").await;
    let (tab, other) = (Tab::join(relay.address, 1).await, Tab::join(relay.address, 2).await);
    tab.until("the other is known", |state| state.node.members().len() > 1).await;
    let id = other.state().node.id();
    for netloc in [format!("{id}@192.168.1.7:5001"), format!("{id}.board.local")] {
        // The other tab is asked, which here answers nothing.
        assert_eq!(refused(&tab, &netloc).await, "answer time", "{netloc}");
    }
    // An id that nobody here has stands for a node elsewhere.
    assert_eq!(refused(&tab, &format!("{}@192.168.1.7:5001", "0".repeat(32))).await, "fetch");
    relay.stop().await;
}
