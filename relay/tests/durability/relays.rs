//! A whole relay on a disk that fails.

use std::time::Duration;

use relay::store::Store;
use shared::{BlockHash, decode};

use crate::common::http::get;
use crate::common::tab::Tab;
use crate::common::{SOON, TestRelay, settings};
use crate::simulated::{Fault, Simulated};
use crate::workload::room;

async fn until_health_is(relay: &TestRelay, status: u16) -> serde_json::Value {
    let deadline = tokio::time::Instant::now() + SOON;
    loop {
        let health = get(relay.address, "/healthz").await;
        if health.status == status {
            return health.json();
        }
        assert!(tokio::time::Instant::now() < deadline, "health: {}", health.text());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn blocks_on(image: Vec<u8>) -> Vec<BlockHash> {
    let store = Store::open(Simulated::of(image)).expect("a store");
    let stored = store.blocks_after(&room(), None).expect("read");
    stored.iter().map(|block| decode::<shared::Block>(&block.bytes).expect("a block").hash()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_block_whose_sync_failed_is_not_acknowledged_when_the_next_sync_succeeds() {
    let disk = Simulated::default();
    let relay = TestRelay::start_on(disk.clone(), settings()).await;
    let mut miner = Tab::join(relay.address, 1).await;
    let mut other = Tab::join(relay.address, 2).await;
    let kept = miner.mine();
    other.reaches(kept).await;
    // The members' coming is stored too.
    tokio::time::sleep(Duration::from_millis(300)).await;
    disk.fails(Fault::Sync);
    let lost = miner.mine();
    let health = until_health_is(&relay, 503).await;
    let reason = health["rooms"]["main"]["store"]["reason"].as_str().expect("a reason");
    assert!(reason.contains("the disk has failed"), "{reason}");
    // From here on every sync succeeds, also one of what the failed one left in the cache.
    disk.works();
    until_health_is(&relay, 200).await;
    assert_eq!(other.tip(), kept, "it was not sent on");
    assert_eq!(blocks_on(disk.left_by_power_loss()), [kept], "and not stored");
    // The miner still has it, and brings it again.
    miner.connect(relay.address).await;
    other.connect(relay.address).await;
    other.reaches(lost).await;
    assert_eq!(blocks_on(disk.left_by_power_loss()), [kept, lost]);
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_fails_again_and_again_never_has_anything_acknowledged_that_is_not_on_it() {
    let disk = Simulated::default();
    let relay = TestRelay::start_on(disk.clone(), settings()).await;
    let mut miner = Tab::new(1);
    let mut other = Tab::new(2);
    for fault in [Fault::Sync, Fault::Full, Fault::Sync] {
        miner.connect(relay.address).await;
        other.connect(relay.address).await;
        for _ in 0..3 {
            let block = miner.mine();
            other.reaches(block).await;
            assert!(blocks_on(disk.left_by_power_loss()).contains(&block), "{fault:?}");
        }
        disk.fails(fault);
        miner.mine();
        until_health_is(&relay, 503).await;
        assert!(blocks_on(disk.left_by_power_loss()).contains(&other.tip()), "{fault:?}");
        disk.works();
        until_health_is(&relay, 200).await;
    }
    relay.stop().await;
}
