//! A tab whose wallet has coins, which most of what a wallet does begins with.

use crate::browser::Browser;
use crate::failure::Failure;
use crate::relay::Relay;
use crate::tab::Tab;

/// Opens a tab, mines the relay's first block in it, and returns the tab on its wallet's page with its own address.
pub async fn open_with_a_reward(browser: &Browser, relay: &Relay) -> Result<(Tab, String), Failure> {
    let tab = browser.open(&relay.page("/mine")).await?;
    tab.press("Mine a block").await?;
    tab.wait_for("tip-height", "1").await?;
    tab.follow("Wallet").await?;
    let own = tab.text("address").await?;
    Ok((tab, own))
}
