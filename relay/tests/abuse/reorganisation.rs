//! A chain that leaves the room's ten thousand blocks down, and has one block more.

use std::time::{Duration, Instant};

use shared::testing::ChainBuilder;

use crate::common::http::get;
use crate::common::process::Process;
use crate::common::tab::Tab;
use crate::wire::{cheap_params, note};

const DEEP: usize = 10_000;
/// How long anybody may wait for an answer meanwhile. In this profile everything is slow; docs/reliability.md has the
/// figures of a relay as it is built for use.
const RESPONSIVE: Duration = Duration::from_secs(10);

/// The height of room main, as the relay says.
async fn height(relay: &Process) -> u64 {
    let answer = get(relay.address, "/api/v1/rooms/main").await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["tip"]["height"].as_u64().expect("a height")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reorganisation_of_ten_thousand_blocks_is_whole_or_has_not_begun() {
    let params = cheap_params();
    let mut old = ChainBuilder::new(params.clone());
    let mut new = old.fork_at(0);
    old.mine_many(1, DEEP);
    new.mine_many(2, DEEP + 1);
    let folder = tempfile::tempdir().expect("a folder");
    let relay = Process::start_with(folder.path(), &params, &[]);
    let mut first = Tab::new_in(params.clone(), 1);
    first.import(old.blocks());
    first.connect(relay.address).await;
    wait_for_height(&relay, DEEP as u64).await;

    // Killed when half of the other chain is there, it has not begun.
    let mut second = Tab::new_in(params.clone(), 2);
    second.import(new.blocks());
    let sent_before = sent(&second);
    second.connect(relay.address).await;
    let half = (new.blocks().iter().map(shared::Block::encoded_len).sum::<usize>() / 2) as u64;
    second.until("half of the blocks to be sent", |_| true).await;
    while sent(&second) < sent_before + half {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    drop(relay);
    let relay = Process::start_with(folder.path(), &params, &[]);
    assert_eq!(height(&relay).await, DEEP as u64);
    let tip = get(relay.address, "/api/v1/rooms/main").await.json()["tip"]["hash"].as_str().map(str::to_owned);
    assert_eq!(tip, Some(old.tip().hash().to_string()), "as if it had not begun");

    // And whole, when it is let: whoever looks sees one chain or the other, and soon.
    let began = Instant::now();
    second.connect(relay.address).await;
    let mut slowest = Duration::ZERO;
    let deadline = Instant::now() + 8 * crate::common::SOON;
    loop {
        let asked = Instant::now();
        let found = height(&relay).await;
        slowest = slowest.max(asked.elapsed());
        if found == DEEP as u64 + 1 {
            break;
        }
        assert_eq!(found, DEEP as u64, "never in between");
        assert!(Instant::now() < deadline, "it moves at last");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(slowest < RESPONSIVE, "{slowest:?}");
    first.connect(relay.address).await;
    let asked = Instant::now();
    first.reaches(new.tip().hash()).await;
    note(
        &format!("10,000 blocks deep, the slowest answer {slowest:.1?}, a tab followed in {:.1?}", asked.elapsed()),
        began,
        &relay,
    );
}

/// How many bytes this tab has sent over its link.
fn sent(tab: &Tab) -> u64 {
    tab.state().node.peers().iter().map(|peer| peer.bytes_out).sum()
}

async fn wait_for_height(relay: &Process, expected: u64) {
    let deadline = Instant::now() + 8 * crate::common::SOON;
    while height(relay).await < expected {
        assert!(Instant::now() < deadline, "the chain arrives");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
