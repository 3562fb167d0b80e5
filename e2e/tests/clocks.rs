//! A relay whose clock is wrong: the page says whose clock is where and what to do, nothing is green, and when the relay
//! has the right time all comes right by itself.

use std::time::Duration;

use e2e::{Browser, Curl, Failure, Relay, Tab};
use serde_json::Value;
use shared::testing::easy_params;

/// How long what needs no waiting may take, on a busy machine.
const MOMENT: Duration = Duration::from_secs(20);

async fn relay_by(clock: &str) -> Result<Relay, Failure> {
    let params = serde_json::to_string(&easy_params()).map_err(|error| Failure::setup(error.to_string()))?;
    Relay::start_by_clock(&params, clock).await
}

/// Waits until the page says something, and returns all it says.
async fn until(tab: &Tab, text: &str) -> Result<String, Failure> {
    let says = |page: &String| page.contains(text);
    tab.wait_until(&format!("the page to say {text:?}"), MOMENT, async || tab.all_text().await, says).await
}

/// Nothing on the page says that all is well.
async fn check_not_green(tab: &Tab) -> Result<(), Failure> {
    let green = "return document.querySelectorAll('.head .dot.good').length";
    assert_eq!(tab.run(green, vec![]).await?, 0);
    assert!(!tab.all_text().await?.contains("In sync"));
    Ok(())
}

/// How far from the top of the page the button is, in pixels.
async fn top_of_mine_a_block(tab: &Tab) -> Result<i64, Failure> {
    let script = "const named = button => button.textContent.trim() === 'Mine a block';
        const button = [...document.querySelectorAll('button')].find(named);
        return Math.round(button.getBoundingClientRect().top + scrollY)";
    let top = tab.run_until("the button", script, Value::is_i64).await?;
    Ok(top.as_i64().unwrap_or_default())
}

/// Has the relay's own node mine a block.
async fn mine_at(relay: &Relay) -> Result<(), Failure> {
    Curl::get(relay.page("/mine_block")).json(200).await.map(drop)
}

#[tokio::test]
async fn a_relay_ahead_is_told_and_all_comes_right_when_it_is_set() -> Result<(), Failure> {
    let mut relay = relay_by("+1h").await?;
    for _ in 0..2 {
        mine_at(&relay).await?;
    }
    let browser = Browser::start().await?;
    let tab = browser.open(&relay.page("/")).await?;
    let page = until(&tab, "This computer's clock is 1 h 0 min behind the relay's.").await?;
    assert!(page.contains("Clock wrong") && page.contains("Set the clock that is wrong: "), "{page}");
    assert_eq!(tab.text("tip-height").await?, "0");
    check_not_green(&tab).await?;
    tab.press("Replace chain").await?;
    tab.follow("Peers").await?;
    let page = until(&tab, "at most 2 min ahead of this node's clock").await?;
    assert!(!page.contains("claimed work"), "{page}");
    check_not_green(&tab).await?;
    tab.follow("Overview").await?;

    relay.stop().await?;
    relay.set_clock(None);
    relay.restart().await?;
    // Its blocks are still dated ahead. Three of the tab's have more work.
    until(&tab, "Waiting for the time").await?;
    for height in 1..=3 {
        tab.press("Mine a block").await?;
        tab.wait_for_within("tip-height", &height.to_string(), MOMENT).await?;
    }
    until(&tab, "Alone").await?;
    tab.wait_for("balance", "30").await?;
    Ok(())
}

#[tokio::test]
async fn a_relay_behind_is_told_and_what_it_refuses_is_no_coin_yet() -> Result<(), Failure> {
    let mut relay = relay_by("-1h").await?;
    let browser = Browser::start().await?;
    let tab = browser.open(&relay.page("/")).await?;
    let page = until(&tab, "This computer's clock is 1 h 0 min ahead of the relay's.").await?;
    assert!(page.contains("Until then the others refuse this node's blocks."), "{page}");
    check_not_green(&tab).await?;
    let top = top_of_mine_a_block(&tab).await?;
    tab.press("Mine a block").await?;
    tab.wait_for_within("tip-height", "1", MOMENT).await?;
    until(&tab, "No other node has taken it yet.").await?;
    assert_eq!(top_of_mine_a_block(&tab).await?, top, "what is said of the block moves no button");
    check_not_green(&tab).await?;
    tab.follow("Wallet").await?;
    tab.wait_for("untaken", "10").await?;
    until(&tab, "Not taken by anyone yet").await?;

    relay.stop().await?;
    relay.set_clock(None);
    relay.restart().await?;
    until(&tab, "1 confirmation").await?;
    tab.wait_for("untaken", "0").await?;
    check_not_green(&tab).await
}
