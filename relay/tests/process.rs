//! The program: how it starts, what it says when it cannot, how it stops.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::Stdio;

use crate::common::http::get;
use crate::common::process::{Process, command, run};
use crate::common::socket::{connect, next_close};
use rustix::process::{Pid, Signal, kill_process};
use shared::testing::easy_params;

fn text(path: &std::path::Path) -> &str {
    path.to_str().expect("a path of text")
}

#[track_caller]
fn check_fails(arguments: &[&str], code: i32, says: &[&str]) {
    let output = run(arguments);
    let stderr = String::from_utf8(output.stderr).expect("text");
    assert_eq!(output.status.code(), Some(code), "{stderr}");
    assert!(output.stdout.is_empty());
    for part in says {
        assert!(stderr.contains(part), "{part:?} in {stderr}");
    }
}

#[tokio::test]
async fn it_says_where_it_listens_serves_and_ends_with_0_on_sigterm_and_sigint() {
    for signal in [Signal::TERM, Signal::INT] {
        let folder = tempfile::tempdir().expect("a folder");
        let mut relay = Process::start(folder.path());
        assert_eq!(get(relay.address, "/healthz").await.status, 200);
        let mut client = connect(relay.address).await;
        relay.signal(signal);
        let (_, close) = next_close(&mut client).await;
        assert_eq!(u16::from(close.expect("a close frame").code), 1012);
        assert_eq!(relay.wait().code(), Some(0));
    }
}

#[tokio::test]
async fn a_second_relay_on_the_same_store_or_port_is_refused_in_words() {
    let folder = tempfile::tempdir().expect("a folder");
    let relay = Process::start(folder.path());
    let data = folder.path().join("data");
    let locked = ["locked by a relay that runs", "--data-dir"];
    check_fails(&["serve", "--listen", "127.0.0.1:0", "--data-dir", text(&data)], 1, &locked);
    check_fails(&["export", "--data-dir", text(&data)], 1, &["locked", "/api/v1/rooms/"]);
    let other = folder.path().join("other");
    let address = relay.address.to_string();
    let used = ["expected to listen on", "in use", "--listen"];
    check_fails(&["serve", "--listen", &address, "--data-dir", text(&other)], 1, &used);
    assert!(!other.exists(), "nothing is made when it cannot listen");
}

#[test]
fn what_it_cannot_use_is_refused_in_words() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("file");
    std::fs::write(&file, "not a folder").expect("written");
    let listen = ["serve", "--listen", "127.0.0.1:0"];
    let data = folder.path().join("data");
    let with = |more: &[&'static str]| -> Vec<&'static str> { [&listen[..], more].concat() };
    let in_file = file.join("data");
    let mut arguments = with(&["--data-dir"]);
    arguments.push(Box::leak(text(&in_file).into()));
    check_fails(&arguments, 1, &["expected", "a place the relay may write to", "choose another --data-dir"]);
    check_fails(&["export", "--data-dir", text(&data)], 1, &["found none"]);
    check_fails(&["bridge", "--relay", "http://127.0.0.1:1"], 2, &["--node"]);
    check_fails(&["serve", "--listen", "nonsense", "--data-dir", text(&data)], 2, &["--listen 127.0.0.1:5001"]);
    check_fails(&["serve", "--listen", "5139", "--data-dir", text(&data)], 2, &["--listen 127.0.0.1:5139"]);
    check_fails(&["serve", "--listen", "203.0.113.7:5001", "--data-dir", text(&data)], 1, &["expected to listen on"]);
    check_fails(&["serve", "--params", text(&file), "--data-dir", text(&data)], 2, &["parameters as JSON"]);
    check_fails(&["serve", "--params", "/nonexistent", "--data-dir", text(&data)], 2, &["a readable file"]);
    check_fails(&["serve", "--log-level", "=,=", "--data-dir", text(&data)], 2, &["--log-level"]);
    check_fails(&["serve", "--queue-bytes", "many"], 2, &["--queue-bytes"]);
    check_fails(&["dance"], 2, &["dance"]);
    let lists = ["none, loopback, lan, or a list", "10.0.0.0/33"];
    check_fails(&["serve", "--fetch", "10.0.0.7,10.0.0.0/33", "--data-dir", text(&data)], 2, &lists);
    let root = [&listen[..], &["--root-room", "nowhere", "--data-dir", text(&data)]].concat();
    check_fails(&root, 2, &["--root-room", "nowhere", "its rooms are classic, main"]);
    check_fails(&["serve", "--allow-origin", "a.example"], 2, &["https://a.example"]);
}

#[test]
fn a_genesis_time_that_browsers_round_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let (file, data) = (folder.path().join("params.json"), folder.path().join("data"));
    let params = shared::Params { genesis_time: shared::Timestamp::from_ms(1 << 53), ..easy_params() };
    std::fs::write(&file, serde_json::to_string(&params).expect("JSON")).expect("written");
    let arguments = ["serve", "--listen", "127.0.0.1:0", "--data-dir", text(&data), "--params", text(&file)];
    check_fails(&arguments, 2, &["at most 9007199254740991 ms", "found 9007199254740992"]);
    assert!(!data.exists());
}

#[test]
fn other_parameters_than_the_stores_are_refused_in_words() {
    let folder = tempfile::tempdir().expect("a folder");
    drop(Process::start(folder.path()));
    let mut params = easy_params();
    params.interval_ms += 1;
    let file = folder.path().join("other.json");
    std::fs::write(&file, serde_json::to_string(&params).expect("JSON")).expect("written");
    let data = folder.path().join("data");
    let arguments = ["serve", "--listen", "127.0.0.1:0", "--data-dir", text(&data), "--params", text(&file)];
    check_fails(&arguments, 2, &["leave out --params", &params.network().to_string()]);
}

#[test]
fn its_help_teaches_by_examples_and_says_what_each_limit_is_for() {
    for (arguments, parts) in [
        (&["--help"][..], &["Examples:", "relay serve", "relay export", "--trust-proxy"][..]),
        (&["serve", "--help"], &["Limits:", "[default: 256]", "SIGTERM", "cut off", "Exit codes"]),
        (&["export", "--help"], &["--format", "standard output"]),
    ] {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(0));
        let help = String::from_utf8(output.stdout).expect("text");
        for part in parts {
            assert!(help.contains(part), "{part:?} in {help}");
        }
    }
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut relay = Process::start(folder.path());
    // Held open by a client that does not take part in the closing, so that the first signal has something to wait for.
    let _client = std::net::TcpStream::connect(relay.address).expect("connected");
    relay.signal(Signal::TERM);
    relay.signal(Signal::TERM);
    assert!(matches!(relay.wait().code(), Some(0 | 1)));
    TcpListener::bind(relay.address).expect("the port is free again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bridge_to_something_that_is_no_node_of_the_tutorial_is_wrong_usage() {
    let folder = tempfile::tempdir().expect("a folder");
    let relay = Process::start(folder.path());
    // The relay itself: its root room is sealed, as where somebody took one port for the other.
    let (node, data) = (format!("http://{}", relay.address), folder.path().join("bridge"));
    let arguments = ["bridge", "--relay", &node, "--node", &node, "--data-dir", text(&data)];
    check_fails(
        &arguments,
        2,
        &["expected --node to name a node of the tutorial", "found a node with sealed blocks", "--root-room classic"],
    );
}

#[test]
fn it_says_once_where_its_key_lies_and_how_it_is_backed_up() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let mut serve = command(&["serve", "--listen", "127.0.0.1:0", "--data-dir", text(&data)]);
    let mut relay = serve.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    let mut line = String::new();
    BufReader::new(relay.stdout.as_mut().expect("piped")).read_line(&mut line).expect("a line");
    kill_process(Pid::from_child(&relay), Signal::TERM).expect("it runs");
    let log = String::from_utf8(relay.wait_with_output().expect("it ends").stderr).expect("text");
    assert_eq!(log.matches("the key of this relay's own node").count(), 1, "{log}");
    assert!(log.contains(&format!("relay wallet words --data-dir {}", text(&data))), "{log}");
    assert!(log.contains(text(&data.join("relay.redb"))), "{log}");
}

#[test]
fn a_data_folder_that_would_be_served_with_the_app_is_refused_before_anything_is_written_there() {
    let app = tempfile::tempdir().expect("a folder");
    let data = app.path().join("tabcoin-data");
    let serve = ["serve", "--listen", "127.0.0.1:0", "--app", text(app.path()), "--data-dir", text(&data)];
    check_fails(&serve, 2, &["--data-dir", "outside of the app's folder"]);
    assert!(!data.exists());
}
