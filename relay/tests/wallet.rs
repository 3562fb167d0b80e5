//! `relay wallet`: keys that are shown, written down, restored and spent from, by the real program.

use std::io::Write;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Output, Stdio};

use crate::common::http::get;
use crate::common::miner::Miner;
use crate::common::process::{Process, command, run};
use crate::common::{TestRelay, settings};
use rustix::process::Signal;
use shared::backup::parse_words;
use shared::testing::{address, easy_params};
use shared::{NodeId, Seed};
use tempfile::TempDir;

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

fn wallet(action: &str, folder: &Path, more: &[&str]) -> Output {
    run(&[&["wallet", action, "--data-dir", folder.to_str().expect("a path of text")], more].concat())
}

/// Runs it with something on standard input.
fn wallet_with(input: impl AsRef<[u8]>, action: &str, folder: &Path, more: &[&str]) -> Output {
    let arguments = [&["wallet", action, "--data-dir", folder.to_str().expect("a path of text")], more].concat();
    let mut command = command(&arguments);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    child.stdin.take().expect("piped").write_all(input.as_ref()).expect("it reads");
    child.wait_with_output().expect("it ends")
}

#[track_caller]
fn done(output: &Output) -> String {
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    String::from_utf8(output.stdout.clone()).expect("text")
}

#[track_caller]
fn check_fails(output: &Output, code: i32, says: &[&str]) {
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{stderr}");
    assert!(output.stdout.is_empty(), "{}", String::from_utf8_lossy(&output.stdout));
    for part in says {
        assert!(stderr.contains(part), "{part:?} in {stderr}");
    }
}

/// What stands behind a word at the beginning of a line.
#[track_caller]
fn field<'a>(text: &'a str, name: &str) -> &'a str {
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    line.unwrap_or_else(|| panic!("{name} in {text}")).trim()
}

fn receiver(number: u64) -> String {
    address(number).encode(&easy_params().address_prefix)
}

async fn confirmed(relay: SocketAddr, address: &str) -> u64 {
    let account = get(relay, &format!("/api/v1/rooms/main/addresses/{address}")).await.json();
    account["confirmed"].as_u64().expect("a number")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_headless_miner_earned_is_seen_and_spent_by_commands() {
    let (store, key, other_key) = (folder(), folder(), folder());
    let relay = TestRelay::start(store.path(), settings()).await;
    let mut miner = Miner::start(relay.address, key.path(), &["--threads", "1", "--blocks", "3"]);
    assert_eq!(miner.wait().code(), Some(0));
    let (paying, backing_up) = (miner.until(1, "paying "), miner.until(1, "back it up: "));
    let place = key.path().to_str().expect("a path of text");
    assert!(paying.ends_with(&format!("whose key is kept in {place}")), "{paying}");
    assert!(backing_up.ends_with(&format!("relay wallet words --data-dir {place}")), "{backing_up}");
    let spending = miner.until(1, "spend it: ");
    let command = format!("send RECEIVER AMOUNT --data-dir {place} --relay http://{} --room main", relay.address);
    assert!(spending.ends_with(&command), "{spending}");

    let shown = done(&wallet("show", key.path(), &[]));
    assert_eq!(field(&shown, "node"), miner.id());
    let own = field(&shown, "address");
    assert!(paying.contains(own), "{own} in {paying}");
    assert!(field(&shown, "key").starts_with(&format!("{place}/seed")), "{shown}");

    let url = format!("http://{}", relay.address);
    let balance = done(&wallet("balance", key.path(), &["--relay", &url]));
    assert_eq!((field(&balance, "address"), field(&balance, "confirmed")), (own, "30 coins"));
    assert_eq!(field(&balance, "spendable"), "30 coins");

    let to = receiver(9);
    let more = ["--relay", &url, "--fee", "0.001", "--memo", "for tea"];
    let sent = done(&wallet("send", key.path(), &[&[to.as_str(), "1.5"], &more[..]].concat()));
    let sending = field(&sent, "sending");
    let said = format!("1.5 coins from {own} to {to} in room main, fee 0.001 coins, sequence 0, memo \"for tea\"");
    assert_eq!(sending, said);
    let id = field(&sent, "payment");
    let standing = get(relay.address, &format!("/api/v1/rooms/main/transactions/{id}")).await.json();
    assert_eq!(standing["status"], "waiting");
    let balance = done(&wallet("balance", key.path(), &["--relay", &url]));
    assert_eq!((field(&balance, "spendable"), field(&balance, "leaving")), ("28.499 coins", "1.501 coins"));

    // Somebody else mines both payments; the second is sent before the first is in a block.
    let elsewhere = receiver(7);
    let miner = Miner::start(relay.address, other_key.path(), &["--threads", "1", "--payout", &elsewhere]);
    let sent = done(&wallet("send", key.path(), &["--relay", &url, "--wait=30", &to, "1"]));
    let place = field(&sent, "block").to_owned();
    miner.signal(Signal::TERM);
    let (height, hash) = place.split_once(' ').expect("a height and a hash");
    let block = get(relay.address, &format!("/api/v1/rooms/main/blocks/{height}")).await.json();
    assert_eq!(block["block"]["hash"], hash);
    assert_eq!(confirmed(relay.address, &to).await, 2_500_000);
    assert!(miner.lines("paying ").is_empty(), "it does not pay its own key");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_sent_is_refused_in_words_before_it_is_signed() {
    let (store, key) = (folder(), folder());
    let relay = TestRelay::start(store.path(), settings()).await;
    let mut miner = Miner::start(relay.address, key.path(), &["--threads", "1", "--blocks", "1"]);
    assert_eq!(miner.wait().code(), Some(0));
    let (url, to) = (format!("http://{}", relay.address), receiver(9));
    let send = |receiver: &str, amount: &str, more: &[&str]| {
        wallet("send", key.path(), &[&["--relay", &url, receiver, amount], more].concat())
    };
    for amount in ["0", "1,5,0", "1e3", "x", "", "0.0000001", "1 000", "1,500"] {
        check_fails(&send(&to, amount, &[]), 2, &["amount"]);
    }
    check_fails(&send(&to, "1,5", &[]), 2, &["a point before the decimals: 1.5"]);
    check_fails(&send(&to, "1", &["--fee", "x"]), 2, &["fee: expected", "\"x\""]);
    check_fails(&send(&to, "1", &["--fee", "1,5"]), 2, &["fee: expected", "a point before the decimals: 1.5"]);
    check_fails(&send(&to, "1", &["--memo", &"x".repeat(65)]), 2, &["memo: expected at most 64 bytes"]);
    let typo = to.replace(&to[10..11], if &to[10..11] == "q" { "p" } else { "q" });
    check_fails(&send(&typo, "1", &[]), 2, &["address"]);
    check_fails(&send("ada", "x", &[]), 2, &["address", "amount"]);
    check_fails(&send(&to, "10.000001", &[]), 1, &["balance: expected"]);
    check_fails(&send(&to, "1", &["--room", "classic"]), 2, &["expected a room with a sealed chain"]);
    check_fails(&send(&to, "1", &["--room", "nowhere"]), 2, &["room: expected one of: classic, main"]);
    let waiting = wallet("send", key.path(), &["--relay", &url, "--wait", &to, "11"]);
    check_fails(&waiting, 1, &["balance: expected"]);
    relay.stop().await;
    check_fails(&send(&to, "1", &[]), 1, &["relay: expected a relay that answers at http://"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn words_from_one_folder_make_the_same_node_in_another() {
    let (store, one, two) = (folder(), folder(), folder());
    let relay = TestRelay::start(store.path(), settings()).await;
    let mut miner = Miner::start(relay.address, one.path(), &["--threads", "1", "--blocks", "1"]);
    assert_eq!(miner.wait().code(), Some(0));
    let written = wallet("words", one.path(), &[]);
    let words = done(&written);
    assert_eq!(words.lines().count(), 1, "only the words");
    assert_eq!(words.split_whitespace().count(), 24);
    let warning = String::from_utf8_lossy(&written.stderr);
    assert!(warning.contains("Whoever has these 24 words has the coins"), "{warning}");
    assert!(!warning.contains(words.split_whitespace().next().expect("a word")), "no word in the warning");

    let elsewhere = two.path().join("restored");
    let typed: Vec<String> = (1..).zip(words.split_whitespace()).map(|(at, word)| format!("{at}. {word}")).collect();
    let restored = done(&wallet_with(typed.join("\r\n").to_uppercase(), "restore", &elsewhere, &[]));
    assert!(restored.contains(&miner.id()), "{restored}");
    assert!(field(&restored, "address").starts_with("tab1"), "{restored}");
    let next = format!("relay wallet balance --data-dir {}", elsewhere.display());
    assert_eq!(field(&restored, "next"), next);
    let same_again = done(&wallet_with(&words, "restore", &elsewhere, &[]));
    assert!(!same_again.contains("put aside"), "{same_again}");
    let shown = |folder: &Path| {
        let shown = done(&wallet("show", folder, &[]));
        (field(&shown, "node").to_owned(), field(&shown, "address").to_owned())
    };
    assert_eq!(shown(&elsewhere), shown(one.path()));
    let mut again = Miner::start(relay.address, &elsewhere, &["--threads", "1", "--blocks", "1"]);
    assert_eq!(again.wait().code(), Some(0));
    assert_eq!(again.id(), miner.id());
    let url = format!("http://{}", relay.address);
    assert_eq!(field(&done(&wallet("balance", &elsewhere, &["--relay", &url])), "confirmed"), "20 coins");
}

#[test]
fn no_key_is_overwritten_unasked_and_none_is_lost() {
    let place = folder();
    let words = |number: u8| shared::backup::words(&Seed::from_bytes([number; 32])).join(" ");
    let id = |number: u8| NodeId::of(&Seed::from_bytes([number; 32]).node_key().public()).to_string();
    done(&wallet_with(words(1), "restore", place.path(), &[]));
    check_fails(&wallet_with(words(2), "restore", place.path(), &[]), 1, &["--replace", &id(1)]);
    assert_eq!(field(&done(&wallet("show", place.path(), &[])), "node"), id(1));
    let replaced = done(&wallet_with(words(2), "restore", place.path(), &["--replace"]));
    assert!(replaced.contains(&format!("seed-{}", id(1))), "{replaced}");
    assert_eq!(field(&done(&wallet("show", place.path(), &[])), "node"), id(2));
    let aside = std::fs::read_to_string(place.path().join(format!("seed-{}", id(1)))).expect("it is kept");
    assert_eq!(aside, hex::encode([1; 32]));

    let wrong = |input: &str, says: &[&str]| check_fails(&wallet_with(input, "restore", place.path(), &[]), 2, says);
    wrong("", &["0 words, and a backup has 24"]);
    wrong("abandon abandan", &["word 2", "\"abandan\"", "\"abandon\" is most like it"]);
    wrong(&"abandon ".repeat(24), &["the checksum in the last word does not hold"]);
    wrong(&words(3).replacen(' ', " zoo ", 1), &["25 words, and a backup has 24"]);
    for action in ["show", "words"] {
        check_fails(&wallet(action, &place.path().join("nowhere"), &[]), 1, &["expected a key in", "found none"]);
    }
    check_fails(&wallet_with(b"ab\xff", "restore", place.path(), &[]), 2, &["expected 24 words", "not UTF-8"]);
    let file = [&shared::backup::MAGIC[..], &[7; 100]].concat();
    check_fails(&wallet_with(file, "restore", place.path(), &[]), 2, &["an encrypted backup file", "Wallet page"]);
    // Words are not taken from where others see them.
    assert_eq!(wallet("restore", place.path(), &["abandon"]).status.code(), Some(2));
}

#[test]
fn words_that_a_shell_of_windows_wrote_to_a_file_are_restored() {
    let words = shared::backup::words(&Seed::from_bytes([7; 32])).join(" ");
    let marked = format!("\u{feff}{words}\r\n");
    let utf16: Vec<u8> = marked.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for input in [marked.into_bytes(), utf16] {
        let place = folder();
        done(&wallet_with(input, "restore", place.path(), &[]));
        let id = NodeId::of(&Seed::from_bytes([7; 32]).node_key().public());
        assert_eq!(field(&done(&wallet("show", place.path(), &[])), "node"), id.to_string());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_own_node_of_a_relay_has_words_too_once_the_relay_is_stopped() {
    let (place, other) = (folder(), folder());
    let data = place.path().join("data");
    let mut relay = Process::start(place.path());
    let nodes = get(relay.address, "/api/v1/rooms/main/nodes").await.json();
    let own = nodes["nodes"][0]["id"].as_str().expect("an id").to_owned();
    check_fails(&wallet("words", &data, &[]), 1, &["stop the relay first"]);
    relay.signal(Signal::TERM);
    relay.wait();
    let shown = done(&wallet("show", &data, &[]));
    assert_eq!(field(&shown, "node"), own);
    assert!(field(&shown, "key").contains("relay.redb"), "{shown}");
    let words = done(&wallet("words", &data, &[]));
    let seed = parse_words(&words).expect("24 words");
    assert_eq!(NodeId::of(&seed.node_key().public()).to_string(), own);
    // A relay that is set up anew becomes the same node.
    let mut relay = Process::start(other.path());
    relay.signal(Signal::TERM);
    relay.wait();
    done(&wallet_with(&words, "restore", &other.path().join("data"), &["--replace"]));
    let relay = Process::start(other.path());
    let nodes = get(relay.address, "/api/v1/rooms/main/nodes").await.json();
    assert_eq!(nodes["nodes"][0]["id"], own.as_str());
    // While it runs its store is its own; its coins are seen and spent from another folder with its key.
    let beside = other.path().join("beside");
    done(&wallet_with(&words, "restore", &beside, &[]));
    let balance = done(&wallet("balance", &beside, &["--relay", &format!("http://{}", relay.address)]));
    assert_eq!(field(&balance, "address"), field(&shown, "address"));
}

#[test]
fn every_word_that_is_in_no_list_is_named() {
    let place = folder();
    let refused = wallet_with("zoo teh zoo abandan", "restore", place.path(), &[]);
    check_fails(&refused, 2, &["word 2 is \"teh\", which is not in the list", "word 4 is \"abandan\""]);
}

#[test]
fn a_key_in_use_is_not_replaced_and_not_used_twice() {
    let place = folder();
    let held = relay::member::hold(place.path()).expect("nobody holds it");
    let words = shared::backup::words(&Seed::from_bytes([1; 32])).join(" ");
    let in_use = ["expected a node that is not running", "--data-dir"];
    check_fails(&wallet_with(&words, "restore", place.path(), &["--replace"]), 1, &in_use);
    let data = place.path().to_str().expect("a path of text");
    let relay = ["--relay", "http://127.0.0.1:1", "--data-dir", data];
    check_fails(&run(&[&["mine"], &relay[..]].concat()), 1, &in_use);
    check_fails(&run(&[&["bridge", "--node", "http://127.0.0.1:2"], &relay[..]].concat()), 1, &in_use);
    drop(held);
    done(&wallet_with(&words, "restore", place.path(), &[]));
}

#[test]
fn its_help_teaches_by_examples() {
    let help = |arguments: &[&str]| done(&run(arguments));
    let wallet = help(&["wallet", "--help"]);
    for part in ["Examples:", "relay wallet words", "relay wallet restore", "relay wallet send", "balance", "show"] {
        assert!(wallet.contains(part), "{part:?} in {wallet}");
    }
    let import = help(&["import", "--help"]);
    for part in ["Examples:", "relay import chain.json", "--room"] {
        assert!(import.contains(part), "{part:?} in {import}");
    }
    assert!(help(&["mine", "--help"]).contains("relay wallet words"));
}
