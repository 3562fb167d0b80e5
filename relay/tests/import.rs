//! `relay import`: exported chains taken into the store of a relay that is stopped, by the real program.

use std::path::{Path, PathBuf};
use std::process::Output;

use crate::common::http::get;
use crate::common::process::{Process, run};
use rustix::process::Signal;
use shared::export::{Format, chunks};
use shared::testing::{ChainBuilder, easy_params, solve};
use shared::{Amount, Block, Params, Transaction};
use tempfile::TempDir;

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a path of text")
}

fn all_blocks(builder: &ChainBuilder) -> Vec<Block> {
    std::iter::once(builder.params().genesis()).chain(builder.blocks().iter().cloned()).collect()
}

/// A chain with so many blocks beside its genesis.
fn chain(blocks: usize) -> ChainBuilder {
    let mut builder = ChainBuilder::easy();
    builder.mine_many(1, blocks);
    builder
}

fn write(folder: &Path, format: Format, params: &Params, blocks: Vec<Block>) -> PathBuf {
    let path = folder.join(format!("chain.{}", format.extension()));
    let bytes = chunks(format, params, blocks.into_iter()).collect::<Vec<_>>().concat();
    std::fs::write(&path, bytes).expect("written");
    path
}

fn import(file: &Path, data: &Path, more: &[&str]) -> Output {
    run(&[&["import", text(file), "--data-dir", text(data)], more].concat())
}

#[track_caller]
fn check_taken(output: &Output, says: &[&str]) {
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{stdout}{stderr}");
    for part in says {
        assert!(stdout.contains(part), "{part:?} in {stdout}");
    }
}

#[track_caller]
fn check_refused(output: &Output, says: &[&str]) {
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    for part in says {
        assert!(stderr.contains(part), "{part:?} in {stderr}");
    }
    assert!(output.stdout.is_empty(), "nothing was taken");
}

/// The height of the chain that a relay serves from this folder's store.
async fn served_height(folder: &Path) -> u64 {
    let mut relay = Process::start(folder);
    let room = get(relay.address, "/api/v1/rooms/main").await.json();
    relay.signal(Signal::TERM);
    relay.wait();
    room["tip"]["height"].as_u64().expect("a height")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chain_of_either_format_is_imported_served_and_exported_again() {
    for format in [Format::Json, Format::Bytes] {
        let folder = folder();
        let data = folder.path().join("data");
        let file = write(folder.path(), format, &easy_params(), all_blocks(&chain(70)));
        let new = "room main: 71 blocks verified, 70 of them new; the chain now ends with them, at height 70";
        check_taken(&import(&file, &data, &[]), &["made a new store", new]);
        assert_eq!(served_height(folder.path()).await, 70);
        let again = import(&file, &data, &["--room", "main"]);
        check_taken(&again, &["71 blocks verified, 0 of them new"]);
        assert!(!String::from_utf8_lossy(&again.stdout).contains("a new store"));
        let name = if format == Format::Json { "json" } else { "bytes" };
        let exported = run(&["export", "--data-dir", text(&data), "--format", name]);
        assert_eq!(exported.stdout, std::fs::read(&file).expect("the file"), "{format:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_chain_with_the_most_work_wins_and_the_other_is_kept_as_a_branch() {
    let folder = folder();
    let data = folder.path().join("data");
    let mut long = chain(8);
    let taken = import(&write(folder.path(), Format::Bytes, &easy_params(), all_blocks(&long)), &data, &[]);
    check_taken(&taken, &["at height 8"]);
    let mut fork = long.fork_at(2);
    fork.mine_many(2, 2);
    let taken = import(&write(folder.path(), Format::Bytes, &easy_params(), all_blocks(&fork)), &data, &[]);
    check_taken(&taken, &["5 blocks verified, 2 of them new; they are kept as a branch up to height 4", "height 8"]);
    assert_eq!(served_height(folder.path()).await, 8);
    fork.mine_many(2, 8);
    let taken = import(&write(folder.path(), Format::Bytes, &easy_params(), all_blocks(&fork)), &data, &[]);
    check_taken(&taken, &["13 blocks verified, 8 of them new; the chain now ends with them, at height 12"]);
    let part = import(&write(folder.path(), Format::Json, &easy_params(), all_blocks(&fork)[..4].to_vec()), &data, &[]);
    check_taken(&part, &["they are part of the chain, which ends at height 12"]);
    assert_eq!(served_height(folder.path()).await, 12);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_chain_ends_the_import_at_its_first_bad_block() {
    let folder = folder();
    let data = folder.path().join("data");
    let mut good = chain(4);
    let mut blocks = all_blocks(&good);
    let mut greedy = good.fork_at(2).draft(1, &[]);
    let Transaction::Reward(reward) = &mut greedy.transactions[0] else { panic!("the reward stands first") };
    reward.amount = Amount::from_coins(11);
    solve(&mut greedy);
    blocks[3] = greedy;
    let refused = import(&write(folder.path(), Format::Json, &easy_params(), blocks), &data, &[]);
    check_refused(&refused, &["block #3 is refused", "the blocks below it are kept", "expected", "found 11"]);
    assert_eq!(served_height(folder.path()).await, 2);

    let file = write(folder.path(), Format::Bytes, &easy_params(), all_blocks(&good));
    let mut bytes = std::fs::read(&file).expect("the file");
    bytes.truncate(bytes.len() - 1);
    std::fs::write(&file, &bytes).expect("written");
    check_refused(
        &import(&file, &data, &[]),
        &["the import ends at block #4, which cannot be read", "in the middle of a frame"],
    );
    assert_eq!(served_height(folder.path()).await, 3);
    check_taken(
        &import(&write(folder.path(), Format::Bytes, &easy_params(), all_blocks(&good)), &data, &[]),
        &["height 4"],
    );
}

#[test]
fn a_block_with_another_hash_breaks_a_rule_and_is_named_as_the_page_names_it() {
    let folder = folder();
    let builder = chain(6);
    let file = write(folder.path(), Format::Json, &easy_params(), all_blocks(&builder));
    let hash = builder.blocks()[5].hash().to_string();
    let text = std::fs::read_to_string(&file).expect("text");
    std::fs::write(&file, text.replace(&hash, &"0".repeat(64))).expect("written");
    let refused = import(&file, &folder.path().join("data"), &[]);
    let says = ["the import ends at block #6, which does not follow the rules", "hash: expected", &hash];
    check_refused(&refused, &says);
}

#[test]
fn other_chains_and_other_files_are_refused_in_words() {
    let folder = folder();
    let data = folder.path().join("data");
    let file = write(folder.path(), Format::Bytes, &easy_params(), all_blocks(&chain(1)));
    check_taken(&import(&file, &data, &[]), &["at height 1"]);

    let other = Params { reward: Amount::from_coins(9), ..easy_params() };
    let file = write(folder.path(), Format::Bytes, &other, vec![other.genesis()]);
    let networks = [easy_params().network().to_string(), other.network().to_string()];
    check_refused(&import(&file, &data, &[]), &["network: expected", &networks[0], &networks[1]]);
    // The parameters of this network, and the genesis of another.
    let file = write(folder.path(), Format::Bytes, &easy_params(), vec![other.genesis()]);
    check_refused(&import(&file, &data, &[]), &["network: expected"]);
    let classic = Params::classic();
    let file = write(folder.path(), Format::Json, &classic, vec![classic.genesis()]);
    check_refused(&import(&file, &data, &[]), &["found that of the classic room classic", "GET /replace_chain"]);
    let lesson = Params { room: shared::RoomName::new("lesson").expect("letters"), ..easy_params() };
    let file = write(folder.path(), Format::Json, &lesson, vec![lesson.genesis()]);
    check_refused(&import(&file, &data, &[]), &["found that of room lesson"]);
    let file = write(folder.path(), Format::Json, &easy_params(), Vec::new());
    check_refused(&import(&file, &data, &[]), &["expected a chain with its genesis, found no blocks"]);

    std::fs::write(&file, "hello").expect("written");
    check_refused(&import(&file, &data, &[]), &["expected an exported chain", "chain.json"]);
    let block =
        r#"{"index": 1, "timestamp": "2026-11-22 19:30:54", "proof": 1, "previous_hash": "0", "transactions": []}"#;
    for tutorials in [format!("{{\"chain\": [{block}], \"length\": 1}}"), format!("\u{feff}{{\"chain\":[{block}]}}")] {
        std::fs::write(&file, tutorials).expect("written");
        let says = ["expected an exported chain with sealed blocks", "a chain of the tutorial", "POST /connect_node"];
        check_refused(&import(&file, &data, &[]), &says);
    }
    std::fs::write(&file, br#"{"chain": [], "length": 0}"#).expect("written");
    check_refused(&import(&file, &data, &[]), &["unknown field `chain`"]);
    std::fs::remove_file(&file).expect("removed");
    check_refused(&import(&file, &data, &[]), &["expected a readable file", "chain.json"]);
}

#[test]
fn the_store_of_a_relay_that_runs_is_left_alone() {
    let folder = folder();
    let relay = Process::start(folder.path());
    let file = write(folder.path(), Format::Bytes, &easy_params(), all_blocks(&chain(1)));
    let refused = import(&file, &folder.path().join("data"), &[]);
    check_refused(&refused, &["expected the relay to be stopped", "locked by a relay that runs"]);
    drop(relay);
}
