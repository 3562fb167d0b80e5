//! Chains so full of payments that the relay verifies their signatures ahead of its node, on all processors.

use crate::common::tab::Tab;
use crate::common::{TestRelay, settings};
use shared::testing::{ChainBuilder, solve};
use shared::{Amount, Signature, Transaction};

/// Blocks with as many payments as there are senders.
const BLOCKS: usize = 4;
const SENDERS: u64 = 150;

fn busy() -> ChainBuilder {
    let mut builder = ChainBuilder::easy();
    builder.mine_busy(BLOCKS, 1, SENDERS);
    builder
}

/// A tab that has this chain, and believes it.
async fn joins_with(builder: &ChainBuilder, relay: &TestRelay) -> Tab {
    let mut tab = Tab::new(5_000);
    let restored = tab.act(|node| node.restore(builder.blocks().iter().cloned()));
    assert_eq!(restored, Ok(builder.blocks().len()));
    tab.connect(relay.address).await;
    tab
}

#[tokio::test]
async fn a_chain_full_of_payments_reaches_the_relay_and_another_tab() {
    let folder = tempfile::tempdir().expect("a folder");
    let relay = TestRelay::start(folder.path(), settings()).await;
    let builder = busy();
    let archive = joins_with(&builder, &relay).await;
    let other = Tab::join(relay.address, 2).await;
    other.reaches(builder.tip().hash()).await;
    assert!(archive.state().is_connected());
    relay.stop().await;
}

#[tokio::test]
async fn one_forged_payment_among_many_is_refused_by_name_and_the_blocks_below_stay() {
    let folder = tempfile::tempdir().expect("a folder");
    let relay = TestRelay::start(folder.path(), settings()).await;
    let mut builder = busy();
    let below = builder.tip().hash();
    let pay = |sender| builder.pay(sender, 1, Amount::from_units(1), Amount::ZERO);
    let mut block = builder.draft(1, &(1..=SENDERS).map(pay).collect::<Vec<_>>());
    let Transaction::Payment(signed) = &mut block.transactions[100] else { panic!("a payment") };
    signed.signature = Signature::from_bytes([3; 64]);
    let sender = signed.payment.sender;
    solve(&mut block);
    builder.push(block);
    let forger = joins_with(&builder, &relay).await;
    forger.is_cut_off().await;
    let receipt = forger.state().refused.clone().expect("a receipt");
    assert_eq!((receipt.rule.as_str(), receipt.expected), ("signature", format!("one by the sender's key {sender}")));
    let other = Tab::join(relay.address, 2).await;
    other.reaches(below).await;
    relay.stop().await;
}
