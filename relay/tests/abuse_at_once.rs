//! All attacks at once, in turns with none, and how long honest tabs wait for each other's blocks in either. A program of
//! its own, so that nothing else is measured with it.

mod common;
#[path = "abuse/wire.rs"]
mod wire;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use shared::encode;
use shared::protocol::Message as NodeMessage;
use shared::testing::{ChainBuilder, easy_params};
use shared::{BlockHash, Proof, sha256};
use tokio::io::AsyncWriteExt;
use tokio::task::JoinSet;

use common::process::Process;
use common::tab::Tab;
use wire::{Stranger, note, peak, socket, tcp, websocket};

/// How often quiet and attack take turns.
const TURNS: usize = 3;
/// How long each lasts.
const TURN: Duration = Duration::from_secs(5);
const MEMORY_MAX: u64 = 512 << 20;
/// Below this the wait of the quiet turns is the clock of the test's own tabs, which look every five milliseconds.
const NOISE: Duration = Duration::from_millis(100);

#[tokio::test(flavor = "multi_thread")]
async fn under_all_attacks_at_once_honest_tabs_wait_at_most_twice_as_long() {
    let folder = tempfile::tempdir().expect("a folder");
    let relay = Process::start(folder.path());
    let at = relay.address;
    let mut tabs = Vec::new();
    for number in 0..4 {
        tabs.push(Tab::join(at, 1_000_000 + number).await);
    }
    let began = Instant::now();
    let run = async {
        let (mut quiet, mut busy) = (Vec::new(), Vec::new());
        for turn in 0..TURNS as u64 {
            quiet.extend(waits(&tabs).await);
            let is_over = Arc::new(AtomicBool::new(false));
            let attackers = attack(at, turn, &is_over);
            busy.extend(waits(&tabs).await);
            is_over.store(true, Ordering::Relaxed);
            attackers.join_all().await;
        }
        (p99(quiet), p99(busy))
    };
    let (most, (quiet, busy)) = peak(&relay, run).await;
    note(&format!("everything at once: quiet p99 {quiet:.1?}, attacked {busy:.1?}, {} MiB", most >> 20), began, &relay);
    assert!(most < MEMORY_MAX, "{} MiB", most >> 20);
    assert!(busy <= 2 * quiet.max(NOISE), "{busy:?}, and {quiet:?} in quiet");
}

/// From a block to the tab that hears of it last, again and again for a turn.
async fn waits(tabs: &[Tab]) -> Vec<Duration> {
    let (began, mut waits) = (Instant::now(), Vec::new());
    while began.elapsed() < TURN {
        let tip = tabs[waits.len() % tabs.len()].mine();
        let mined = Instant::now();
        for tab in tabs {
            tab.reaches(tip).await;
        }
        waits.push(mined.elapsed());
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
    waits
}

fn p99(mut waits: Vec<Duration>) -> Duration {
    waits.sort_unstable();
    waits[(waits.len() - 1) * 99 / 100]
}

/// One of each, and some of them many, until it is over.
fn attack(at: std::net::SocketAddr, turn: u64, is_over: &Arc<AtomicBool>) -> JoinSet<()> {
    let mut attackers = JoinSet::new();
    let params = easy_params();
    let goes_on = {
        let is_over = Arc::clone(is_over);
        move || !is_over.load(Ordering::Relaxed)
    };
    // Half handshakes, and large messages that do not end.
    for number in 0..100_u8 {
        let goes_on = goes_on.clone();
        attackers.spawn(async move {
            let mut head = tcp(at, 2).await;
            let mut body = websocket(at, 3).await.expect("let in").into_inner();
            let _ = body
                .write_all(&[&[0x82, 0xff][..], &(1_u64 << 20).to_be_bytes(), &[0; 4], &[number; 200_000]].concat())
                .await;
            let _ = head.write_all(b"GET / HTTP/1.1\r\nX-Never: ").await;
            while goes_on() {
                let _ = head.write_all(b"a").await;
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        });
    }
    // A flood of connections.
    let flooding = goes_on.clone();
    attackers.spawn(async move {
        while flooding() {
            let _ = socket(4).connect(at).await;
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    });
    // Peers that break a rule and come back as another: no proof, orphans, garbage; and those that never read.
    for kind in 0..4_u64 {
        let (params, goes_on) = (params.clone(), goes_on.clone());
        attackers.spawn(async move {
            let mut silent = Vec::new();
            let mut number = (turn * 4 + kind) * 10_000;
            let mut header = ChainBuilder::new(params.clone()).draft(1, &[]).header;
            while params.target_limit().is_met_by(&header.hash()) {
                header.proof = Proof(header.proof.0 + 1);
            }
            while goes_on() {
                number += 1;
                tokio::time::sleep(Duration::from_millis(100)).await;
                let Ok(client) = websocket(at, 10 + kind as u8).await else { continue };
                let mut stranger = Stranger::over(client, &params, number);
                if stranger.greet(&params).await.is_err() {
                    continue;
                }
                match kind {
                    0 => stranger.say(&NodeMessage::Announce(header)).await,
                    1 => stranger.say_bytes(vec![0xff; 1 << 19]).await,
                    2 => {
                        header.previous_hash = BlockHash::from_bytes(sha256(&[&number.to_le_bytes()]));
                        while params.target_limit().is_met_by(&header.hash()) {
                            header.proof.0 += 1;
                        }
                        stranger.say(&NodeMessage::Announce(header)).await;
                    }
                    _ => {
                        let question = NodeMessage::GetHeaders { locator: vec![params.genesis().hash()], stop: None };
                        for _ in 0..8 {
                            stranger.say_bytes(encode(&question)).await;
                        }
                        silent.push(stranger);
                        continue;
                    }
                }
                let receipt = stranger.is_cut_off().await;
                assert!(["proof of work", "message"].contains(&receipt.rule.as_str()), "{receipt}");
            }
        });
    }
    attackers
}
