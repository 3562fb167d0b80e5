//! A relay that is restarted: all tabs are back soon, however long it was away.

use std::time::{Duration, Instant};

use e2e::{Browser, Failure, Relay, Tab};

/// How long what needs no waiting may take, on a busy machine.
const MOMENT: Duration = Duration::from_secs(20);
/// How many tabs of one browser sit out a restart of the relay. Firefox lets WebSockets to an address wait where some broke,
/// half as long again for each: eight that broke at once may wait for seven seconds (`docs/browsers.md`).
const TABS: usize = 6;
/// How soon after it listens again the last of them is back.
const BACK: Duration = Duration::from_secs(5);

/// Waits until each tab has this many peers.
async fn wait_for_peers(tabs: &[Tab], peers: usize) -> Result<(), Failure> {
    for tab in tabs {
        tab.wait_for_within("peer-count", &peers.to_string(), MOMENT).await?;
    }
    Ok(())
}

#[tokio::test]
async fn all_tabs_are_back_five_seconds_after_the_relay_listens_again() -> Result<(), Failure> {
    let mut relay = Relay::start_easy(&[]).await?;
    let browser = Browser::start().await?;
    let mut tabs = Vec::new();
    for _ in 0..TABS {
        tabs.push(browser.open(&relay.page("/")).await?);
    }
    wait_for_peers(&tabs, TABS - 1).await?;
    // As long as a restart takes, and, after it broke down, long enough for many tries to fail.
    for (away, is_told) in [(3, true), (30, false)] {
        if is_told {
            relay.stop().await?;
        } else {
            relay.kill().await?;
        }
        let away = Duration::from_secs(away);
        let offline = |text: &String| text.contains("Offline") && text.contains("Reconnect now");
        tabs[0].wait_until("the tab to be offline", MOMENT, async || tabs[0].all_text().await, offline).await?;
        tokio::time::sleep(away).await;
        relay.restart().await?;
        let listens = Instant::now();
        wait_for_peers(&tabs, TABS - 1).await?;
        let took = listens.elapsed();
        println!("{TABS} tabs were back {took:?} after the relay, which was away for {away:?}");
        assert!(took < BACK, "{took:?} after {away:?}");
    }
    Ok(())
}
