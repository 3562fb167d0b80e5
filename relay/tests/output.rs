//! Readers that go before a command has said all (`relay … | head -1`): it ends quietly, and a relay goes on.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::common::http::get;
use crate::common::miner::Miner;
use crate::common::process::{command, run};
use crate::common::{TestRelay, settings};
use rustix::process::{Pid, Signal, kill_process};
use shared::testing::{address, easy_params};

/// What a shell reports of a program that ends by SIGPIPE.
const ENDED_BY_SIGPIPE: i32 = 141;

/// A pipe that nobody reads any more.
fn unread() -> Stdio {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    writer.into()
}

#[track_caller]
fn check_ends_quietly(arguments: &[&str]) {
    let output = command(arguments).stdout(unread()).output().expect("it runs");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(ENDED_BY_SIGPIPE), "{arguments:?}: {stderr}");
    assert!(!stderr.contains("panicked") && !stderr.contains("pipe") && !stderr.contains("relay:"), "{stderr}");
}

#[track_caller]
fn check_ends(mut command: Command, code: i32) {
    assert_eq!(command.stderr(unread()).output().expect("it runs").status.code(), Some(code), "{command:?}");
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a path of text")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_whose_reader_has_gone_ends_quietly() {
    let (store, key) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let relay = TestRelay::start(store.path(), settings()).await;
    let (url, key) = (format!("http://{}", relay.address), text(key.path()));
    let mut miner = Miner::start(relay.address, Path::new(key), &["--threads", "1", "--blocks", "1"]);
    assert_eq!(miner.wait().code(), Some(0));
    let payout = address(1).encode(&easy_params().address_prefix);
    let member = ["--relay", &url, "--data-dir", key];
    check_ends_quietly(&[&["mine", "--threads", "1"], &member[..]].concat());
    check_ends_quietly(&[&["mine", "--threads", "1", "--payout", &payout], &member[..]].concat());
    check_ends_quietly(&[&["bridge", "--node", "http://127.0.0.1:1"], &member[..]].concat());
    check_ends_quietly(&["wallet", "show", "--data-dir", key]);
    check_ends_quietly(&["wallet", "words", "--data-dir", key]);
    check_ends_quietly(&[&["wallet", "balance"], &member[..]].concat());
    relay.stop().await;

    let store = text(store.path());
    check_ends_quietly(&["export", "--data-dir", store]);
    let file = format!("{key}/chain.json");
    assert_eq!(run(&["export", "--data-dir", store, "--output", &file]).status.code(), Some(0));
    check_ends_quietly(&["import", &file, "--data-dir", &format!("{key}/new")]);
    for arguments in
        [vec!["export", "--data-dir", store, "--output", &file], vec!["import", &file, "--data-dir", store]]
    {
        check_ends(command(&arguments), 0);
    }
    check_ends(command(&["wallet", "show", "--data-dir", &format!("{key}/nowhere")]), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_goes_on_when_nobody_reads_its_log() {
    let folder = tempfile::tempdir().expect("a folder");
    let serve = ["serve", "--listen", "127.0.0.1:0", "--log-level", "debug", "--data-dir", text(folder.path())];
    let mut relay = command(&serve).stdout(Stdio::piped()).stderr(unread()).spawn().expect("it starts");
    let mut line = String::new();
    BufReader::new(relay.stdout.as_mut().expect("piped")).read_line(&mut line).expect("a line");
    let address = line.trim_end().strip_prefix("listening on http://").expect("the line").parse().expect("an address");
    for path in ["/nowhere", "/get_chain", "/healthz"] {
        assert_ne!(get(address, path).await.status, 500, "{path}");
    }
    kill_process(Pid::from_child(&relay), Signal::TERM).expect("it runs");
    assert_eq!(relay.wait().expect("a child").code(), Some(0));
}
