//! A payment whose block is left: it waits again, or is in a block, wherever the disk is cut off.

use shared::protocol::{Config, Node, Role};
use shared::state::MemoryBodies;
use shared::testing::{ChainBuilder, address, easy_params, key};
use shared::{Amount, Block, NodeName, SignedPayment, decode};

use crate::common::tab::Tab;
use crate::common::{TestRelay, settings};
use crate::crashes::{cut, with};
use crate::simulated::Simulated;
use crate::workload::room;

/// How many times the payment is confirmed and returned.
const ROUNDS: u64 = 3;

/// The node that a relay makes of a disk.
fn node_of(image: Vec<u8>, what: &str) -> Node {
    let store = Simulated::of(image).open_store().unwrap_or_else(|error| panic!("{what}: {error}"));
    let config = Config {
        role: Role::Relay,
        name: NodeName::new("relay").expect("a name"),
        agent: "test".to_owned(),
        auto_sync: true,
        address: address(9),
    };
    let mut node = Node::new(config, easy_params(), key(9), [9; 32], Box::new(MemoryBodies::default()));
    let blocks = store.blocks_after(&room(), None).expect("few blocks");
    let blocks = blocks.iter().map(|stored| decode::<Block>(&stored.bytes).expect("a block"));
    node.restore(blocks).expect("its own store");
    let payments = store.payments(&room()).expect("payments");
    node.restore_payments(payments.iter().map(|bytes| decode::<SignedPayment>(bytes).expect("a payment")));
    node
}

/// A branch that leaves the chain of a tab so many blocks below its tip, and is longer by one.
fn rival_of(tab: &Tab, below: usize, miner: u64) -> Vec<Block> {
    let mut builder = ChainBuilder::new(easy_params());
    let state = tab.state();
    let chain = state.node.chain();
    let shared = chain.tip().height.as_u64() - below as u64;
    let blocks = (1..=shared).map(|height| chain.block(&chain.hash_at(height.into()).expect("on the chain")));
    blocks.for_each(|block| builder.push(block.expect("has a body")));
    builder.mine_many(miner, below + 1);
    builder.blocks()[shared as usize..].to_vec()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_whose_block_is_left_is_on_the_disk_at_every_moment() {
    let disk = Simulated::default();
    let relay = TestRelay::start_on(disk.clone(), settings()).await;
    let payer = Tab::join(relay.address, 1).await;
    let other = Tab::join(relay.address, 2).await;
    for _ in 0..3 {
        payer.mine();
    }
    other.reaches(payer.tip()).await;
    let (payment, _) = payer.pay(3, Amount::from_coins(1), Amount::from_units(10));
    other.hears_of(payment).await;
    let acknowledged_at = disk.log_len();
    for round in 0..ROUNDS {
        // The block that confirms it and, in the last round at once, the branch that leaves it.
        let block = payer.mine();
        if round + 1 < ROUNDS {
            other.reaches(block).await;
        }
        let rival = rival_of(&payer, 1, 10 + round);
        payer.import(&rival);
        other.reaches(rival.last().expect("two blocks").hash()).await;
        other.until("the payment to wait again", |state| state.node.mempool().contains(&payment)).await;
    }
    relay.stop().await;
    let log = disk.log();
    let mut confirmed = 0;
    for cut_at in acknowledged_at..=log.len() {
        let (synced, unsynced) = cut(&log[..cut_at]);
        for (image, what) in [(with(&synced, unsynced), "kept"), (synced, "lost")] {
            let node = node_of(image, what);
            let is_confirmed = node.chain().transaction_height(&payment).is_some();
            confirmed += usize::from(is_confirmed);
            assert!(
                is_confirmed || node.mempool().contains(&payment),
                "the payment is gone: cut at {cut_at}, what was not synced is {what}"
            );
        }
    }
    assert!(confirmed > 0, "it was in blocks meanwhile");
}
