//! `relay mine`: the real program in the room of a real relay.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::common::http::get;
use crate::common::miner::Miner;
use crate::common::process::{Process, command, run};
use crate::common::{SOON, TestRelay, settings};
use relay::relay::Settings;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use shared::testing::{address, easy_params};
use shared::{CompactTarget, Params};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

/// What a stop may take here: twenty milliseconds on an idle machine, and these tests have none.
const PROMPT: Duration = Duration::from_secs(2);

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

/// Settings with which nobody finds a proof.
fn hard() -> Settings {
    let params = Params { target_limit: CompactTarget::from_bits(0x1000_ffff), ..easy_params() };
    Settings { params: Some(params), ..settings() }
}

async fn ask(relay: SocketAddr, path: &str) -> Value {
    let answer = get(relay, &format!("/api/v1/rooms/main{path}")).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

/// The members of the room and the relay's own node.
async fn nodes(relay: SocketAddr) -> Vec<Value> {
    ask(relay, "/nodes").await["nodes"].as_array().expect("nodes").clone()
}

#[track_caller]
fn check_fails(arguments: &[&str], code: i32, says: &[&str]) {
    let output = run(arguments);
    let stderr = String::from_utf8(output.stderr).expect("text");
    assert_eq!(output.status.code(), Some(code), "{stderr}");
    for part in says {
        assert!(stderr.contains(part), "{part:?} in {stderr}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_mines_as_many_blocks_as_it_is_told_to_for_whom_it_is_told_to_and_ends() {
    let (store, key) = (folder(), folder());
    let relay = TestRelay::start(store.path(), settings()).await;
    let payout = address(7).encode(&easy_params().address_prefix);
    let more = ["--threads", "2", "--name", "ada", "--payout", &payout, "--blocks", "3"];
    let mut miner = Miner::start(relay.address, key.path(), &more);
    assert_eq!(miner.wait().code(), Some(0));

    let joined = miner.until(1, "joined room main at http://");
    for part in ["as ada (", &format!("paying {payout}"), ", kernel ", ", 2 threads at 100 % of a core"] {
        assert!(joined.contains(part), "{part:?} in {joined}");
    }
    let found = miner.lines("found block ");
    assert_eq!(found.len(), 3, "{found:?}");
    assert!(miner.until(1, "stopped: ").starts_with("stopped: 3 blocks found, 30 coins, "));

    for (height, line) in (1..).zip(&found) {
        let shown = ask(relay.address, &format!("/blocks/{height}")).await;
        let hash = shown["block"]["hash"].as_str().expect("a hash");
        assert_eq!(*line, format!("found block {height} {hash}, 10 coins"));
    }
    assert_eq!(ask(relay.address, &format!("/addresses/{payout}")).await["confirmed"], 30_000_000);
    let nodes = nodes(relay.address).await;
    let node = nodes.iter().find(|node| node["id"] == miner.id()).expect("the relay knows the miner");
    assert_eq!(node["name"], "ada");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_ends_it_at_once_and_it_is_the_same_node_next_time() {
    let (store, key) = (folder(), folder());
    let relay = TestRelay::start(store.path(), hard()).await;
    let mut ids = Vec::new();
    for signal in [Signal::TERM, Signal::INT] {
        let mut miner = Miner::start(relay.address, key.path(), &["--threads", "1", "--throttle", "50"]);
        ids.push(miner.id());
        let is_online = |node: &Value| node["id"] == *ids.last().expect("an id") && node["online"] == true;
        assert!(nodes(relay.address).await.iter().any(is_online), "a miner is a member of the room");
        let began = Instant::now();
        miner.signal(signal);
        assert_eq!(miner.wait().code(), Some(0));
        assert!(began.elapsed() < PROMPT, "{:?}", began.elapsed());
        assert!(miner.until(1, "stopped: ").starts_with("stopped: 0 blocks found, 0 coins, "));
    }
    assert_eq!(ids[0], ids[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_was_killed_and_comes_back_is_joined_again() {
    let (store, key) = (folder(), folder());
    let mut relay = Process::start(store.path());
    let address = relay.address;
    let mut miner = Miner::start(address, key.path(), &["--threads", "1", "--log-level", "error"]);
    miner.until(2, "found block ");
    relay.signal(Signal::KILL);
    relay.wait();
    miner.until(1, "the link to the relay is down, trying again: ");
    let relay = Process::start_at(store.path(), &address.to_string());
    miner.until(2, "joined ");
    let height = ask(relay.address, "").await["tip"]["height"].as_u64().expect("a height");
    let deadline = Instant::now() + SOON;
    while ask(relay.address, "").await["tip"]["height"].as_u64().expect("a height") <= height {
        assert!(Instant::now() < deadline, "no block after the relay came back");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    miner.signal(Signal::TERM);
    assert_eq!(miner.wait().code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_miners_come_to_one_tip() {
    let store = folder();
    let relay = TestRelay::start(store.path(), settings()).await;
    let keys = [folder(), folder()];
    let mut miners = keys.each_ref().map(|key| Miner::start(relay.address, key.path(), &["--threads", "1"]));
    for miner in &miners {
        miner.until(5, "found block ");
    }
    // Targets follow the pace, so that after the first rush there is time for everybody to hear of a block.
    let deadline = Instant::now() + SOON;
    loop {
        let nodes = nodes(relay.address).await;
        let tips: Vec<&Value> = nodes.iter().map(|node| &node["tip"]["hash"]).collect();
        if tips.len() == 3 && tips.iter().all(|tip| *tip == tips[0]) {
            break;
        }
        assert!(Instant::now() < deadline, "three nodes, one tip: {nodes:?}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    for miner in &mut miners {
        miner.signal(Signal::TERM);
        assert_eq!(miner.wait().code(), Some(0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_it_cannot_do_is_refused_in_words() {
    let (store, key) = (folder(), folder());
    let relay = TestRelay::start(store.path(), hard()).await;
    let (url, data) = (format!("http://{}", relay.address), key.path().to_str().expect("a path of text"));
    let with = |more: &[&'static str]| -> Vec<String> {
        let mine = ["mine", "--relay", &url, "--data-dir", data];
        mine.iter().chain(more).map(|text| (*text).to_owned()).collect()
    };
    let check = |more: &[&'static str], code, says: &[&str]| {
        let arguments = with(more);
        check_fails(&arguments.iter().map(String::as_str).collect::<Vec<_>>(), code, says);
    };
    check(&["--threads", "0"], 2, &["--threads", "expected 1 to 256 threads, found \"0\""]);
    check(&["--throttle", "101"], 2, &["--throttle", "expected 1 to 100 per cent of a core, found \"101\""]);
    check(&["--blocks", "0"], 2, &["--blocks"]);
    check(&["--room", "No room"], 2, &["--room"]);
    check(&["--relay", "127.0.0.1:5001"], 2, &["--relay"]);
    check(&["--log-level", "=,="], 2, &["--log-level"]);
    check(&["--room", "classic"], 2, &["expected a room whose blocks are sealed, such as main, found classic"]);
    check(&["--payout", "tab1nobody"], 2, &["expected --payout to name an address of room main", "tab1nobody"]);
    check(&["--room", "nowhere"], 2, &["the relay refuses: room: expected one of: classic, main", "nowhere"]);
    let miner = Miner::start(relay.address, key.path(), &["--threads", "1"]);
    miner.until(1, "joined ");
    check(&["--threads", "1"], 1, &["expected a node that is not running", "--data-dir"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_of_another_network_refuses_it_for_good() {
    let (store, key) = (folder(), folder());
    let relay = TestRelay::start(store.path(), settings()).await;
    // It says that the room has other parameters than it has.
    let liar = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let (address, behind) = (liar.local_addr().expect("an address"), relay.address);
    let lying = tokio::spawn(async move {
        let (mut asking, _) = liar.accept().await.expect("a connection");
        let mut request = [0; 4_096];
        assert!(asking.read(&mut request).await.expect("a request") > 0);
        let body = serde_json::json!({ "params": Params::main() }).to_string();
        let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        asking.write_all(answer.as_bytes()).await.expect("it is read");
        loop {
            let (mut joining, _) = liar.accept().await.expect("a connection");
            let mut relay = TcpStream::connect(behind).await.expect("the relay");
            // Ends when either side does.
            let _ = copy_bidirectional(&mut joining, &mut relay).await;
        }
    });
    let url = format!("http://{address}");
    let data = key.path().to_str().expect("a path of text").to_owned();
    let refused = tokio::task::spawn_blocking(move || {
        let says = ["the relay refuses: network: expected ", &Params::main().network().to_string()];
        check_fails(&["mine", "--relay", &url, "--threads", "1", "--data-dir", &data], 1, &says);
    });
    refused.await.expect("refused in words");
    lying.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn something_else_than_a_relay_ends_it_and_a_bridge_at_once() {
    let (store, key) = (folder(), folder());
    let relay = TestRelay::start(store.path(), settings()).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let other = listener.local_addr().expect("an address");
    let mail = tokio::spawn(async move {
        loop {
            let (mut asking, _) = listener.accept().await.expect("a connection");
            // The one who asks may have gone.
            let _ = asking.write_all(b"220 mail.example ESMTP\r\n").await;
        }
    });
    let (at, data) = (relay.address, key.path().to_str().expect("a path of text").to_owned());
    let checked = tokio::task::spawn_blocking(move || {
        for (url, found) in [
            (format!("http://{at}/wrong"), "found status 404 Not Found (path: "),
            (format!("https://{at}"), "found no TLS ("),
            (format!("http://{other}"), "found no HTTP ("),
        ] {
            let expected = format!("relay: expected a relay at {url}, found ");
            for program in [&["mine"][..], &["bridge", "--node", "http://127.0.0.1:2"]] {
                let arguments = [program, &["--relay", &url, "--data-dir", &data]].concat();
                check_fails(&arguments, 1, &[&expected, found]);
            }
        }
    });
    checked.await.expect("refused in words");
    mail.abort();
}

#[test]
fn a_relay_that_is_away_is_told_of_at_once_and_waited_for() {
    let key = folder();
    let data = key.path().to_str().expect("a path of text");
    let arguments = ["mine", "--relay", "http://127.0.0.1:1", "--data-dir", data, "--log-level", "error"];
    let mut miner = command(&arguments).stderr(Stdio::piped()).spawn().expect("it starts");
    let mut said = String::new();
    BufReader::new(miner.stderr.as_mut().expect("piped")).read_line(&mut said).expect("a line");
    assert!(said.starts_with("relay: expected a relay that answers at http://127.0.0.1:1, found "), "{said}");
    assert!(said.contains("trying again until it answers"), "{said}");
    assert!(miner.try_wait().expect("a child").is_none(), "it waits");
    kill_process(Pid::from_child(&miner), Signal::TERM).expect("it runs");
    assert_eq!(miner.wait().expect("a child").code(), Some(0));
}

#[test]
fn its_help_teaches_by_examples() {
    let output = run(&["mine", "--help"]);
    assert_eq!(output.status.code(), Some(0));
    let help = String::from_utf8(output.stdout).expect("text");
    for part in ["Examples:", "relay mine --room main --threads 2", "--payout", "[default: http://127.0.0.1:5001]"] {
        assert!(help.contains(part), "{part:?} in {help}");
    }
}
