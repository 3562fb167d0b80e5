//! Blocks whose parents are nowhere.

use std::time::Instant;

use shared::protocol::Message as NodeMessage;
use shared::protocol::limits::ORPHANS_MAX;
use shared::testing::ChainBuilder;
use shared::{BlockHash, Height, sha256};

use crate::common::process::Process;
use crate::common::tab::Tab;
use crate::wire::{Stranger, cheap_params, memory, note, peak};

const ORPHANS: u64 = 100_000;
/// How many a peer sends: one more than it may.
const EACH: u64 = ORPHANS_MAX as u64 + 1;
/// How many addresses the attacker has: each may come back with another id so often.
const ADDRESSES: u64 = 10;
/// What the memory of a process grows by anyway.
const FLAT: u64 = 32 << 20;

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_thousand_orphans_leave_nothing_and_their_senders_are_barred() {
    let folder = tempfile::tempdir().expect("a folder");
    let params = cheap_params();
    let relay = Process::start_with(folder.path(), &params, &[]);
    let at = relay.address;
    let (one, other) =
        (Tab::join_in(at, params.clone(), 1_000_000).await, Tab::join_in(at, params.clone(), 1_000_001).await);
    let (before, began) = (memory(&relay), Instant::now());
    let attack = async {
        let mut attackers = tokio::task::JoinSet::new();
        for address in 0..ADDRESSES {
            let params = params.clone();
            attackers.spawn(async move {
                let mut header = ChainBuilder::new(params.clone()).draft(1, &[]).header;
                header.height = Height::from(1_000_000);
                for round in 0..ORPHANS.div_ceil(EACH * ADDRESSES) {
                    let number = address * 10_000 + round;
                    let mut stranger = Stranger::greeted(at, 2 + address as u8, &params, number).await.expect("let in");
                    for orphan in 0..EACH {
                        header.previous_hash =
                            BlockHash::from_bytes(sha256(&[&number.to_le_bytes(), &orphan.to_le_bytes()]));
                        while !params.target_limit().is_met_by(&header.hash()) {
                            header.proof.0 += 1;
                        }
                        stranger.say(&NodeMessage::Announce(header)).await;
                    }
                    assert_eq!(stranger.is_cut_off().await.rule, "orphans");
                }
            });
        }
        // The others mine meanwhile.
        while attackers.join_next().await.transpose().expect("cut off").is_some() {
            other.reaches(one.mine()).await;
        }
    };
    let (most, ()) = peak(&relay, attack).await;
    assert!(most - before < FLAT, "{} MiB more", (most - before) >> 20);
    let barred = Stranger::greeted(at, 2, &params, 0).await.map(drop).expect_err("barred");
    assert_eq!(barred.rule, "barred");
    note(&format!("100,000 orphans, at most {} KiB more", (most - before) >> 10), began, &relay);
}
