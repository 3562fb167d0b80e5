//! Tabs around a relay: blocks, payments, members, restarts, and a disk that fails.

use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::common::disk::FaultyDisk;
use crate::common::http::get;
use crate::common::process::Process;
use crate::common::socket::{connect, next_close, refused};
use crate::common::tab::Tab;
use crate::common::{SOON, TestRelay, settings};
use rustix::process::Signal;
use shared::protocol::Message as NodeMessage;
use shared::testing::easy_params;
use shared::{Amount, BlockHash};

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

fn coins(coins: u64) -> Amount {
    Amount::from_coins(coins)
}

async fn relay_tip(relay: std::net::SocketAddr) -> String {
    get(relay, "/api/v1/rooms/main").await.json()["tip"]["hash"].as_str().expect("a hash").to_owned()
}

#[tokio::test]
async fn a_mined_block_reaches_the_relay_and_the_other_tab() {
    let folder = folder();
    let relay = TestRelay::start(folder.path(), settings()).await;
    let miner = Tab::join(relay.address, 1).await;
    let other = Tab::join(relay.address, 2).await;
    let block = miner.mine();
    other.reaches(block).await;
    assert_eq!(relay_tip(relay.address).await, block.to_string());
    let health = get(relay.address, "/healthz").await.json();
    assert_eq!((&health["rooms"]["main"]["height"], &health["rooms"]["main"]["members"]), (&1.into(), &2.into()));
    relay.stop().await;
}

#[tokio::test]
async fn a_restart_keeps_the_chain_the_mempool_and_the_members() {
    let folder = folder();
    let relay = TestRelay::start(folder.path(), settings()).await;
    let mut miner = Tab::join(relay.address, 1).await;
    let witness = Tab::join(relay.address, 2).await;
    let mut tip = BlockHash::ZERO;
    for _ in 0..3 {
        tip = miner.mine();
    }
    while relay_tip(relay.address).await != tip.to_string() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let (payment, _) = miner.pay(2, coins(4), Amount::from_units(100_000));
    witness.reaches(tip).await;
    witness.hears_of(payment).await;
    // Changes among the members are gathered before they are kept and told.
    let miner_id = miner.id();
    witness
        .until("the miner's tip", |state| {
            state.node.members().iter().any(|member| member.id == miner_id && member.tip.hash == tip)
        })
        .await;
    let relay_id = miner.state().node.peers()[0].id;
    relay.stop().await;

    let relay = TestRelay::start(folder.path(), settings()).await;
    let info = get(relay.address, "/api/v1/rooms/main").await.json();
    assert_eq!((&info["tip"]["height"], &info["mempool"]), (&3.into(), &1.into()));
    let newcomer = Tab::join(relay.address, 3).await;
    assert_eq!(newcomer.state().node.peers()[0].id, relay_id, "the relay is who it was");
    newcomer.reaches(tip).await;
    newcomer.hears_of(payment).await;
    newcomer
        .until("the member who has left", |state| {
            state.node.members().iter().any(|member| member.id == miner_id && !member.online && member.tip.hash == tip)
        })
        .await;
    // The miner goes on from where it was.
    miner.connect(relay.address).await;
    let block = miner.mine();
    newcomer.reaches(block).await;
    assert!(newcomer.state().node.mempool().is_empty(), "the payment is confirmed");
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_that_came_just_before_the_stop_is_remembered() {
    let folder = folder();
    let relay = TestRelay::start(folder.path(), settings()).await;
    let tab = Tab::join(relay.address, 1).await;
    tab.until("the greeting", |state| state.node.peers().iter().any(|peer| peer.id.is_some())).await;
    relay.stop().await;
    let relay = TestRelay::start(folder.path(), settings()).await;
    let known = get(relay.address, &format!("/api/v1/rooms/main/nodes/{}", tab.id())).await.json();
    assert_eq!((&known["id"], &known["online"]), (&tab.id().to_string().into(), &false.into()), "{known}");
    relay.stop().await;
}

#[tokio::test]
async fn what_a_member_said_last_of_itself_is_kept_when_the_relay_stops_at_once() {
    let folder = folder();
    let relay = TestRelay::start(folder.path(), settings()).await;
    let miner = Tab::join(relay.address, 1).await;
    let tip = miner.mine();
    let deadline = tokio::time::Instant::now() + SOON;
    let nodes = format!("/api/v1/rooms/main/nodes/{}", miner.id());
    while get(relay.address, &nodes).await.json()["tip"]["hash"] != tip.to_string() {
        assert!(tokio::time::Instant::now() < deadline, "the relay does not hear of the tip");
    }
    relay.stop().await;
    let relay = TestRelay::start(folder.path(), settings()).await;
    let member = get(relay.address, &nodes).await.json();
    assert_eq!((&member["online"], &member["tip"]["hash"]), (&false.into(), &tip.to_string().into()));
    relay.stop().await;
}

#[tokio::test]
async fn sigkill_loses_nothing_that_was_acknowledged() {
    let folder = folder();
    let mut miner = Tab::new(1);
    let mut witness = Tab::new(2);
    let mut tip = BlockHash::ZERO;
    for round in 1..=3 {
        let mut relay = Process::start(folder.path());
        if round > 1 {
            assert_eq!(relay_tip(relay.address).await, tip.to_string(), "round {round}");
        }
        miner.connect(relay.address).await;
        witness.connect(relay.address).await;
        for _ in 0..3 {
            tip = miner.mine();
        }
        // What another tab has was acknowledged.
        witness.reaches(tip).await;
        relay.signal(Signal::KILL);
        relay.wait();
        miner.disconnect().await;
        witness.disconnect().await;
    }
    let relay = Process::start(folder.path());
    assert_eq!(relay_tip(relay.address).await, tip.to_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_block_is_on_disk_before_anybody_is_sent_it() {
    let folder = folder();
    let (disk, faults) = FaultyDisk::in_folder(folder.path());
    let relay = TestRelay::start_on(disk, settings()).await;
    let miner = Tab::join(relay.address, 1).await;
    let other = Tab::join(relay.address, 2).await;
    // What joining stored is done with.
    tokio::time::sleep(Duration::from_millis(500)).await;
    faults.hold();
    let block = miner.mine();
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_ne!(other.tip(), block, "the disk has not taken it yet");
    assert_ne!(relay_tip(relay.address).await, block.to_string());
    let before = faults.syncs.load(Ordering::SeqCst);
    faults.release();
    other.reaches(block).await;
    assert!(faults.syncs.load(Ordering::SeqCst) > before);
    relay.stop().await;
}

/// Lets the disk fail while a block comes, and checks what holds meanwhile and after.
async fn check_failure(fail: impl Fn(&crate::common::disk::Faults, bool)) {
    let folder = folder();
    let (disk, faults) = FaultyDisk::in_folder(folder.path());
    let relay = TestRelay::start_on(disk, settings()).await;
    let mut miner = Tab::join(relay.address, 1).await;
    let mut other = Tab::join(relay.address, 2).await;
    let kept = miner.mine();
    other.reaches(kept).await;
    tokio::time::sleep(Duration::from_millis(300)).await;

    fail(&faults, true);
    let lost = miner.mine();
    miner.is_cut_off().await;
    other.is_cut_off().await;
    assert_eq!(other.tip(), kept, "nothing that is not on disk was sent");
    let health = get(relay.address, "/healthz").await;
    assert_eq!((health.status, health.json()["status"].as_str()), (503, Some("failing")));
    let store = &health.json()["rooms"]["main"]["store"];
    assert_eq!(store["state"], "failing");
    assert!(store["reason"].as_str().is_some_and(|reason| reason.contains("store failed")), "{store}");
    // New members are refused with the reason, and reading goes on.
    let answer = refused(relay.address, "/ws/main", None).await;
    assert_eq!((answer.status, answer.json()["rule"].as_str()), (503, Some("store")));
    assert_eq!(relay_tip(relay.address).await, kept.to_string());
    let chain = get(relay.address, "/api/v1/rooms/main/chain?format=json").await;
    assert_eq!(chain.json()["blocks"].as_array().map(Vec::len), Some(2));

    fail(&faults, false);
    let deadline = tokio::time::Instant::now() + SOON;
    while get(relay.address, "/healthz").await.status != 200 {
        assert!(tokio::time::Instant::now() < deadline, "the store does not recover");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    miner.connect(relay.address).await;
    other.connect(relay.address).await;
    other.reaches(lost).await;
    relay.stop().await;
    // And it is there after a restart.
    let relay = TestRelay::start(folder.path(), settings()).await;
    assert_eq!(relay_tip(relay.address).await, lost.to_string());
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_stops_acknowledging_keeps_reading_and_recovers() {
    check_failure(|faults, is_on| faults.is_full.store(is_on, Ordering::SeqCst)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_sync_stops_acknowledging_keeps_reading_and_recovers() {
    check_failure(|faults, is_on| faults.fails_to_sync.store(is_on, Ordering::SeqCst)).await;
}

#[tokio::test]
async fn the_export_of_a_running_relay_and_of_a_stopped_one_are_the_same() {
    let folder = folder();
    let mut relay = Process::start(folder.path());
    let miner = Tab::join(relay.address, 1).await;
    let mut tip = BlockHash::ZERO;
    for _ in 0..5 {
        tip = miner.mine();
    }
    let other = Tab::join(relay.address, 2).await;
    other.reaches(tip).await;
    let bytes = get(relay.address, "/api/v1/rooms/main/chain?format=bytes").await;
    assert_eq!(bytes.header("content-type"), "application/octet-stream");
    assert_eq!(bytes.header("content-disposition"), "attachment; filename=\"tabcoin-main.bin\"");
    let json = get(relay.address, "/api/v1/rooms/main/chain").await;
    relay.signal(Signal::TERM);
    relay.wait();
    let (_, blocks) = shared::export::read_bytes(&bytes.body).expect("a chain");
    let hashes: Vec<BlockHash> = blocks.iter().map(shared::Block::hash).collect();
    let state = miner.state();
    let chain = state.node.chain();
    let expected: Vec<BlockHash> = (0..=5).filter_map(|height| chain.hash_at(shared::Height::from(height))).collect();
    assert_eq!(hashes, expected);

    let data = folder.path().join("data");
    let data = data.to_str().expect("text");
    for (format, expected) in [("bytes", &bytes.body), ("json", &json.body)] {
        let output = crate::common::process::run(&["export", "--data-dir", data, "--format", format]);
        assert_eq!(output.status.code(), Some(0));
        assert!(output.stdout == *expected, "{format}");
    }
    let file = folder.path().join("chain.json");
    let output = crate::common::process::run(&["export", "--data-dir", data, "--output", file.to_str().expect("text")]);
    assert_eq!(output.status.code(), Some(0));
    assert!(std::fs::read(file).expect("written") == json.body);
}

#[tokio::test]
async fn a_forged_block_is_refused_by_name_and_others_go_on() {
    let folder = folder();
    let relay = TestRelay::start(folder.path(), settings()).await;
    let forger = Tab::join(relay.address, 1).await;
    let miner = Tab::join(relay.address, 2).await;
    let mut header = forger.state().node.chain().params().genesis().header;
    header.previous_hash = forger.tip();
    header.height = header.height.next();
    forger.send(&NodeMessage::Announce(header));
    forger.is_cut_off().await;
    let receipt = forger.state().refused.clone().expect("a receipt");
    assert!(!receipt.rule.is_empty() && !receipt.expected.is_empty() && !receipt.found.is_empty(), "{receipt}");
    let block = miner.mine();
    let witness = Tab::join(relay.address, 3).await;
    witness.reaches(block).await;
    relay.stop().await;
}

#[tokio::test]
async fn a_member_that_does_not_read_is_cut_off_and_others_are_unaffected() {
    let folder = folder();
    let mut settings = settings();
    settings.limits.queue_messages = 64;
    settings.limits.write_stall_ms = 300;
    let relay = TestRelay::start(folder.path(), settings).await;
    let miner = Tab::join(relay.address, 1).await;
    for _ in 0..200 {
        miner.mine();
    }
    let other = Tab::join(relay.address, 2).await;
    other.reaches(miner.tip()).await;
    // A member that asks for all headers again and again, and reads nothing.
    let hoarder = Tab::join(relay.address, 3).await;
    hoarder.state().is_deaf = true;
    let question = NodeMessage::GetHeaders { locator: vec![easy_params().genesis().hash()], stop: None };
    let flood = async {
        while hoarder.state().is_connected() {
            hoarder.send(&question);
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(SOON, flood).await.expect("cut off");
    let block = miner.mine();
    other.reaches(block).await;
    relay.stop().await;
}

#[tokio::test]
async fn a_stranger_that_says_nothing_is_closed_when_the_handshake_is_due() {
    let folder = folder();
    let relay = TestRelay::start(folder.path(), settings()).await;
    let mut silent = connect(relay.address).await;
    let started = tokio::time::Instant::now();
    let closing = tokio::time::timeout(Duration::from_secs(15), next_close(&mut silent));
    let (_, close) = closing.await.expect("closed by 15 s");
    let close = close.expect("a close frame");
    assert_eq!(u16::from(close.code), 1008);
    assert!(started.elapsed() >= Duration::from_secs(9));
    relay.stop().await;
}
