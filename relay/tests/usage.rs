//! Wrong usage, by the real program: each command ends with 2 and says what was expected and found.

use std::path::Path;

use crate::common::process::{command, run};
use crate::common::{TestRelay, settings};
use relay::store::{FileDisk, Store};

/// Runs it; gives what it says on standard error.
#[track_caller]
fn refused(arguments: &[&str], code: i32) -> String {
    let output = run(arguments);
    let stderr = String::from_utf8(output.stderr).expect("text");
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {stderr}");
    assert!(output.stdout.is_empty(), "{arguments:?}");
    stderr
}

/// What a command does not say that refuses one value of an option: what it expected, and the value that it found.
fn unsaid(arguments: &[&str], expected: &str, found: &str) -> Option<String> {
    let output = run(arguments);
    let said = String::from_utf8(output.stderr).expect("text");
    let is_said = output.status.code() == Some(2) && said.contains(expected) && said.contains(found);
    (!is_said).then(|| format!("{arguments:?}: {:?} in {:?}: {said}", expected, output.status.code()))
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a path of text")
}

#[test]
fn a_value_that_makes_no_sense_is_named_with_what_was_expected() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let counts = "a whole number from 1 to 1000000";
    let times = "a whole number from 100 to 3600000";
    let origin = "an origin such as";
    let mut complaints = Vec::new();
    for (option, expected, values) in [
        ("--listen", "expected", &["5001", "nonsense", "127.0.0.1:99999"][..]),
        ("--root-room", "expected", &["Main!", ""]),
        ("--fetch", "none, loopback, lan, or a list", &["", "lann", "Loopback", "all", "10.0.0.0/33", "a b"]),
        ("--mining-threads", "1 to 256 threads", &["0", "257", "-1", "two"]),
        ("--log-level", "levels such as info", &["inof", "info,debgu", "relay=verbose", "=,="]),
        (
            "--public-url",
            origin,
            &[
                "coin.example",
                "https://coin.example:0",
                "https://coin.example:99999",
                "https://ada:secret@coin.example",
                "https://coin.example?x=1",
                "https://coin.example/coin",
                "https://coin example",
                "ftp://coin.example",
                "https://",
            ],
        ),
        ("--allow-origin", origin, &["*", "http://a:x", "http://[::1", "http://u@a"]),
        ("--trust-proxy", "from which a proxy connects", &["proxy", "0.0.0.0", "::", "224.0.0.1", "127.0.0.1:80"]),
        ("--base-path", "expected a path", &["coin", "/a b", "/blocks", "/mine", "/get_chain", "/api", "//"]),
        ("--connections-max", counts, &["0", "1000001", "many"]),
        ("--connections-per-address", counts, &["0", "1000001"]),
        ("--connects-per-second", counts, &["0", "1000001"]),
        ("--members-max", counts, &["0", "-1", "99999999999999999999"]),
        ("--members-per-address", counts, &["0", "1000001"]),
        ("--joins-per-second", counts, &["0", "1000001"]),
        ("--queue-messages", counts, &["0", "1000001"]),
        ("--queue-bytes", "from 1048576 to 1073741824", &["0", "1048575", "1073741825", "20M"]),
        ("--write-stall-ms", times, &["0", "99", "3600001"]),
        ("--header-ms", times, &["0", "99", "3600001", "1.5"]),
        ("--requests-per-second", counts, &["0", "1000001"]),
        ("--tab-requests-per-second", counts, &["0", "1000001"]),
        ("--tab-changes-per-second", counts, &["0", "1000001"]),
        ("--tab-answer-ms", times, &["0", "99", "3600001"]),
    ] {
        for value in values {
            // One argument, since a value may begin with a minus.
            complaints.extend(unsaid(
                &["serve", "--data-dir", text(&data), &format!("{option}={value}")],
                expected,
                value,
            ));
        }
    }
    let miner = text(&data);
    for (option, expected, values) in [
        ("--relay", "a relay's address such as", &["coin.example", "http://", "http://h:0", "http://h:99999"][..]),
        ("--room", "expected", &["Main!"]),
        ("--threads", "1 to 256 threads", &["0", "257"]),
        ("--throttle", "1 to 100", &["0", "101"]),
        ("--blocks", "a whole number from 1 to", &["0", "-1", "x"]),
        ("--name", "expected", &[""]),
        ("--log-level", "levels such as info", &["inof"]),
    ] {
        for value in values {
            complaints.extend(unsaid(&["mine", "--data-dir", miner, &format!("{option}={value}")], expected, value));
        }
    }
    let bridge = ["bridge", "--relay", "http://127.0.0.1:1", "--data-dir", miner, "--node"];
    for node in ["127.0.0.1:5001", "https://h", "http://h:99999", "http://h:0", "http://"] {
        complaints.extend(unsaid(&[&bridge[..], &[node]].concat(), "a node's address such as", node));
    }
    for wait in ["0", "86401", "18446744073709551615", "soon"] {
        let send = ["wallet", "send", "tab1x", "1", &format!("--wait={wait}")];
        complaints.extend(unsaid(&send, "a whole number from 1 to 86400", wait));
    }
    for (arguments, expected, value) in [
        (&["export", "--format"][..], "expected", "xml"),
        (&["export", "--room"], "expected", "Main!"),
        (&["import", "chain.json", "--room"], "expected", "Main!"),
        (&["wallet", "balance", "--relay"], "a relay's address such as", "coin.example"),
        (&["wallet", "balance", "--room"], "expected", "Main!"),
    ] {
        complaints.extend(unsaid(&[arguments, &[value]].concat(), expected, value));
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    assert!(!data.exists(), "nothing is made for a command that was mistyped");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_room_that_is_not_there_is_wrong_usage_of_every_command() {
    let (store, key) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let relay = TestRelay::start(store.path(), settings()).await;
    let (url, key) = (format!("http://{}", relay.address), text(key.path()));
    let member = ["--relay", &url, "--data-dir", key, "--room", "nowhere"];
    assert!(refused(&[&["mine"], &member[..]].concat(), 2).contains("room: expected one of: classic, main"));
    for action in [&["balance"][..], &["send", "tab1x", "1"]] {
        let said = refused(&[&["wallet"], action, &member[..]].concat(), 2);
        assert!(said.contains("room: expected one of: classic, main"), "{said}");
    }
    relay.stop().await;
    let store = text(store.path());
    assert!(refused(&["export", "--data-dir", store, "--room", "nowhere"], 2).contains("expected room nowhere"));
    let said = refused(&["export", "--data-dir", store, "--room", "classic"], 2);
    assert!(said.contains("expected a room with sealed blocks") && said.contains("/rooms/classic/get_chain"), "{said}");
    let file = format!("{key}/chain.json");
    assert!(run(&["export", "--data-dir", store, "--output", &file]).status.success());
    let said = refused(&["import", &file, "--data-dir", store, "--room", "nowhere"], 2);
    assert!(said.contains("expected the chain of room nowhere, found that of room main"), "{said}");
}

#[test]
fn the_data_dir_of_another_program_is_refused_before_anything_is_written_there() {
    let (store, key) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    drop(Store::open(FileDisk::in_folder(store.path())).expect("a store"));
    relay::member::seed_in(key.path()).expect("a key");
    let files = |folder: &Path| std::fs::read_dir(folder).expect("a folder").count();
    let (files_of_store, files_of_key) = (files(store.path()), files(key.path()));
    for arguments in [&["mine"][..], &["bridge", "--node", "http://127.0.0.1:2"]] {
        let more = ["--relay", "http://127.0.0.1:1", "--data-dir", text(store.path())];
        let said = refused(&[arguments, &more[..]].concat(), 2);
        assert!(
            said.contains("a folder of relay mine or bridge") && said.contains("relay.redb of relay serve"),
            "{said}"
        );
    }
    for arguments in [&["serve", "--listen", "127.0.0.1:0"][..], &["import", "chain.json"]] {
        let said = refused(&[arguments, &["--data-dir", text(key.path())]].concat(), 2);
        assert!(
            said.contains("a folder of relay serve, such as tabcoin-data") && said.contains("seed of relay mine"),
            "{said}"
        );
    }
    assert_eq!((files(store.path()), files(key.path())), (files_of_store, files_of_key));
}

#[test]
fn a_data_dir_full_of_other_things_is_refused_before_anything_is_written_there() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("passwd"), "root").expect("written");
    let relay = ["--relay", "http://127.0.0.1:1"];
    for arguments in [
        &["serve", "--listen", "127.0.0.1:0"][..],
        &["import", "chain.json"],
        &["mine", relay[0], relay[1]],
        &["bridge", "--node", "http://127.0.0.1:2", relay[0], relay[1]],
    ] {
        let said = refused(&[arguments, &["--data-dir", text(folder.path())]].concat(), 2);
        assert!(said.contains("a new folder, an empty one or one with a node's data"), "{said}");
        let file = folder.path().join("passwd");
        let said = refused(&[arguments, &["--data-dir", text(&file)]].concat(), 2);
        assert!(said.contains("expected --data-dir to name a folder, found the file"), "{said}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 1);
}

#[test]
fn a_level_in_the_environment_is_read_like_the_option() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut serve = command(&["serve", "--data-dir", text(folder.path())]);
    let output = serve.env("RUST_LOG", "inof").output().expect("it runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("RUST_LOG") && said.contains("\"inof\" is none of"), "{said}");
}
