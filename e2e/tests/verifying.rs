//! A tab that joins a chain full of payments: more signatures than its node verifies alone.

use std::time::Duration;

use e2e::{Archive, Browser, Failure, Relay};
use shared::testing::ChainBuilder;

/// Blocks that are full of payments, and senders, who make one payment in each.
const BLOCKS: usize = 12;
const SENDERS: u64 = 250;
/// How long it may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread")]
async fn a_tab_joins_a_chain_full_of_payments_in_order_and_without_complaint() -> Result<(), Failure> {
    let mut builder = ChainBuilder::easy();
    builder.mine_busy(BLOCKS, 1, SENDERS);
    let params = serde_json::to_string(builder.params()).map_err(|error| Failure::setup(error.to_string()))?;
    let relay = Relay::start_with(Some(&params), &[]).await?;
    let _archive = Archive::serve(&relay, builder.clone(), 1).await?;
    let browser = Browser::start().await?;
    let tab = browser.open(&relay.page("/")).await?;
    tab.wait_for_within("tip-height", &builder.height().to_string(), PATIENCE).await?;
    if browser.engine().tells_the_console() {
        let lines = browser.console().await?;
        let alone: Vec<_> =
            lines.iter().filter(|line| line.starts_with("SEVERE") || line.contains("without helpers")).collect();
        assert!(alone.is_empty(), "the browser complains, or nobody helped: {alone:#?}");
    }
    Ok(())
}
