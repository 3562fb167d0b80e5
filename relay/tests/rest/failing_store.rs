//! REST while the store fails.

use std::sync::atomic::Ordering;

use shared::Amount;
use shared::testing::{easy_params, payment};

use super::{MAIN, check_refused, coins, folder, reaches, submit_bytes};
use crate::common::disk::FaultyDisk;
use crate::common::http::get;
use crate::common::tab::Tab;
use crate::common::{TestRelay, settings};

#[tokio::test(flavor = "multi_thread")]
async fn while_the_store_fails_it_is_read_and_nothing_is_taken() {
    let folder = folder();
    let (disk, faults) = FaultyDisk::in_folder(folder.path());
    let relay = TestRelay::start_on(disk, settings()).await;
    let miner = Tab::join(relay.address, 1).await;
    miner.mine();
    reaches(relay.address, 1).await;
    faults.is_full.store(true, Ordering::SeqCst);
    let signed = payment(easy_params().network(), 1, 2, coins(1), Amount::ZERO, 0);
    let refused = submit_bytes(relay.address, &signed).await;
    check_refused(&refused, 503, "store");
    assert_ne!(refused.header("retry-after"), "");
    let path = format!("{MAIN}/transactions/{}", signed.id());
    check_refused(&get(relay.address, &path).await, 404, "transaction");
    check_refused(&submit_bytes(relay.address, &signed).await, 503, "store");
    let block = get(relay.address, &format!("{MAIN}/blocks/1")).await.json();
    assert_eq!(block["block"]["hash"], miner.tip().to_string());
    faults.is_full.store(false, Ordering::SeqCst);
    relay.stop().await;
}
