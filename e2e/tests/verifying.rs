//! A tab that joins a chain full of payments: more signatures than its node verifies alone.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use e2e::peer::Said;
use e2e::{Browser, Failure, Peer, Relay};
use shared::protocol::{Config, Node, Output, PeerId, Role};
use shared::state::MemoryBodies;
use shared::testing::{ChainBuilder, address, key};
use shared::{NodeName, Timestamp};

/// Blocks that are full of payments, and senders, who make one payment in each.
const BLOCKS: usize = 12;
const SENDERS: u64 = 250;
/// The relay is never silent for so long: it pings.
const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread")]
async fn a_tab_joins_a_chain_full_of_payments_in_order_and_without_complaint() -> Result<(), Failure> {
    let mut builder = ChainBuilder::easy();
    builder.mine_busy(BLOCKS, 1, SENDERS);
    let params = serde_json::to_string(builder.params()).map_err(|error| Failure::setup(error.to_string()))?;
    let relay = Relay::start_with(Some(&params), &[]).await?;
    let peer = Peer::connect(&relay, "main").await?;
    let serving = tokio::spawn(serve(peer, builder.clone()));
    let browser = Browser::start().await?;
    let tab = browser.open(&relay.page("/")).await?;
    tab.wait_for_within("tip-height", &builder.height().to_string(), PATIENCE).await?;
    serving.abort();
    let complaints: Vec<String> = browser
        .console()
        .await?
        .into_iter()
        .filter(|line| line.starts_with("SEVERE") || line.contains("without helpers"))
        .collect();
    assert!(complaints.is_empty(), "the browser complains: {complaints:#?}");
    Ok(())
}

/// A node that has the chain, at the relay's other end.
async fn serve(mut peer: Peer, builder: ChainBuilder) -> Result<(), Failure> {
    const RELAY: PeerId = PeerId(1);
    let config = Config {
        role: Role::Tab,
        name: NodeName::new("archive").map_err(|error| Failure::setup(error.to_string()))?,
        agent: "test".to_owned(),
        auto_sync: true,
        address: address(0),
    };
    let bodies = Box::new(MemoryBodies::default());
    let mut node = Node::new(config, builder.params().clone(), key(9_999), [9; 32], bodies);
    node.restore(builder.blocks().iter().cloned()).map_err(|error| Failure::setup(error.to_string()))?;
    node.peer_joined(RELAY, now());
    loop {
        while let Some(output) = node.poll_output() {
            if let Output::Send { bytes, .. } = output {
                peer.send(&bytes).await?;
            }
        }
        match peer.hear(PATIENCE).await? {
            Said::Bytes(bytes) => node.receive(RELAY, &bytes, now()),
            Said::Closed(_) => return Ok(()),
        }
    }
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_ms(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}
