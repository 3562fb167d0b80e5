//! What a tab keeps, whatever its browser does to it: a full disk, data deleted under it, a store of a newer app, tabs that
//! race for one identity, a computer that was suspended. Each ends in sync with nothing lost, or says what was not saved.

use std::collections::BTreeSet;
use std::time::Duration;

use e2e::{Browser, Failure, Relay, Tab};

/// How long what needs no waiting may take, on a busy machine.
const MOMENT: Duration = Duration::from_secs(20);
/// Longer than a failing store is left alone before it is tried again.
const RETRIED: Duration = Duration::from_secs(75);
/// Longer than the relay keeps a link on which it hears nothing.
const SUSPENDED: Duration = Duration::from_secs(65);

/// Opens a tab that is a node.
async fn open(browser: &Browser, relay: &Relay) -> Result<Tab, Failure> {
    let tab = browser.open(&relay.page("/")).await?;
    id(&tab).await?;
    Ok(tab)
}

async fn id(tab: &Tab) -> Result<String, Failure> {
    tab.wait_until("a node id", MOMENT, async || tab.text("node-id").await, |id| id.len() == 32).await
}

/// The id on whatever page the tab shows, once its node runs.
async fn shown_id(tab: &Tab) -> Result<String, Failure> {
    let script = "return document.querySelector('.node-pill')?.title.split(' ').pop() ?? ''";
    let look = async || Ok(tab.run(script, vec![]).await?.as_str().unwrap_or_default().to_owned());
    tab.wait_until("a node id", MOMENT, look, |id| id.len() == 32).await
}

/// Mines so many blocks in a tab, one by one, and returns its height.
async fn mine(tab: &Tab, blocks: u64) -> Result<u64, Failure> {
    let mut height = height(tab).await?;
    for _ in 0..blocks {
        tab.press("Mine a block").await?;
        height += 1;
        tab.wait_for_within("tip-height", &height.to_string(), MOMENT).await?;
    }
    Ok(height)
}

async fn height(tab: &Tab) -> Result<u64, Failure> {
    let text = tab.text("tip-height").await?;
    text.parse().map_err(|_| Failure::page(format!("tip-height is {text:?}")))
}

/// Waits until the page says that it cannot save, or says so no more.
async fn wait_for_trouble(tab: &Tab, trouble: bool, patience: Duration) -> Result<(), Failure> {
    let wanted = if trouble { "the page to say that it cannot save" } else { "the page to save again" };
    let says_so = |text: &String| text.contains("This tab cannot save") == trouble;
    tab.wait_until(wanted, patience, async || tab.all_text().await, says_so).await.map(drop)
}

/// The database with this tab's chain.
async fn chain_store(tab: &Tab) -> Result<String, Failure> {
    let own = format!("tabcoin {} ", id(tab).await?);
    let names = tab.databases().await?;
    names.into_iter().find(|name| name.starts_with(&own)).ok_or_else(|| Failure::page("the tab has no store"))
}

/// Waits until a tab's own store has so many blocks.
async fn wait_for_kept(tab: &Tab, blocks: u64) -> Result<(), Failure> {
    let look = async || tab.count_stored(&chain_store(tab).await?, "blocks").await;
    tab.wait_until(&format!("{blocks} blocks in the store"), RETRIED, look, |count| *count == blocks).await.map(drop)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_store_of_a_newer_app_is_left_as_it_is_and_the_tab_says_what_to_do() -> Result<(), Failure> {
    let relay = Relay::start_easy(&[]).await?;
    let browser = Browser::start().await?;
    let tab = open(&browser, &relay).await?;
    mine(&tab, 2).await?;
    wait_for_kept(&tab, 2).await?;
    let (store, own) = (chain_store(&tab).await?, id(&tab).await?);

    // As if another tab had been reloaded after the relay got a newer app.
    tab.age_database(&store).await?;
    mine(&tab, 1).await?;
    wait_for_trouble(&tab, true, MOMENT).await?;
    tab.wait_for_words("written by a newer version of this app").await?;
    assert_eq!(tab.count_stored(&store, "blocks").await?, 2, "nothing was written to it");

    // An old app that is loaded beside it (from a browser's cache) neither misreads nor deletes it, and syncs all the same.
    tab.reload().await?;
    assert_eq!(id(&tab).await?, own);
    tab.wait_for_words("written by a newer version of this app").await?;
    tab.wait_for("tip-height", "3").await?;
    assert_eq!(tab.count_stored(&store, "blocks").await?, 2);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn tabs_that_race_for_one_identity_are_different_nodes_and_one_of_them_has_it() -> Result<(), Failure> {
    let relay = Relay::start_easy(&[]).await?;
    let browser = Browser::start().await?;
    let first = open(&browser, &relay).await?;
    let known = id(&first).await?;
    mine(&first, 1).await?;
    wait_for_kept(&first, 1).await?;

    // All at once, from the page itself, so that nobody waits for anybody; then the identity is let go.
    let opened = "for (let n = 0; n < 5; n += 1) window.open(location.href, `race${n}`); location.reload()";
    first.run(opened, vec![]).await?;
    let tabs = browser.tabs().await?;
    assert!(tabs.len() >= 6, "{} tabs", tabs.len());
    let mut ids = BTreeSet::new();
    let mut nodes = 0;
    for tab in &tabs {
        if tab.url().await?.starts_with(relay.url()) {
            ids.insert(id(tab).await?);
            nodes += 1;
        }
    }
    assert_eq!((nodes, ids.len()), (6, 6), "each tab is a node of its own: {ids:?}");
    assert!(ids.contains(&known), "and one of them is the one there was");
    for tab in &tabs {
        if tab.url().await?.starts_with(relay.url()) {
            tab.wait_for("tip-height", "1").await?;
            tab.wait_for("peer-count", "5").await?;
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tab_that_slept_past_the_relays_patience_wakes_up_in_sync_and_its_payment_is_confirmed() -> Result<(), Failure>
{
    let relay = Relay::start_easy(&[]).await?;
    let (sleeper, waker) = (Browser::start().await?, Browser::start().await?);
    let (asleep, awake) = (open(&sleeper, &relay).await?, open(&waker, &relay).await?);
    mine(&asleep, 2).await?;
    awake.wait_for("tip-height", "2").await?;
    awake.follow("Wallet").await?;
    let receiver = awake.text("address").await?;
    asleep.follow("Wallet").await?;
    asleep.fill("Receiver", &receiver).await?;
    asleep.fill("Amount", "7").await?;
    asleep.press("Send").await?;
    asleep.wait_for_words("waits for a block").await?;
    asleep.follow("Overview").await?;
    awake.follow("Overview").await?;
    awake.wait_for("mempool-size", "1").await?;

    sleeper.suspend()?;
    let height = mine(&awake, 3).await?;
    tokio::time::sleep(SUSPENDED).await;
    awake.wait_for("peer-count", "0").await?;
    sleeper.wake()?;

    asleep.wait_for_within("tip-height", &height.to_string(), MOMENT).await?;
    assert_eq!(asleep.text("tip-hash").await?, awake.text("tip-hash").await?);
    asleep.wait_for("balance", "13").await?;
    asleep.wait_for("peer-count", "1").await?;
    wait_for_trouble(&asleep, false, MOMENT).await?;
    // And it can mine on what it slept through.
    let height = mine(&asleep, 1).await?;
    awake.wait_for("tip-height", &height.to_string()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tab_that_goes_to_other_pages_and_back_is_one_node_all_the_while() -> Result<(), Failure> {
    let relay = Relay::start_easy(&[]).await?;
    let browser = Browser::start().await?;
    let tab = open(&browser, &relay).await?;
    let own = id(&tab).await?;
    mine(&tab, 1).await?;
    // Browsers may keep a page that was left as it is, its workers included, to show it again at once.
    for path in ["/wallet", "/peers", "/"] {
        tab.goto(&relay.page(path)).await?;
        assert_eq!(shown_id(&tab).await?, own, "after going to {path}");
    }
    for _ in 0..3 {
        tab.back().await?;
        assert_eq!(shown_id(&tab).await?, own, "after going back");
    }
    mine(&tab, 1).await.map(drop)
}

/// What needs the protocol of Chromium's developer tools: a full disk, and data deleted from outside.
mod chromium {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn without_room_a_tab_says_so_goes_on_and_keeps_all_of_it_once_there_is_room() -> Result<(), Failure> {
        let relay = Relay::start_easy(&[]).await?;
        let browser = Browser::start().await?;
        // Chromium remembers for a while how much room a site has left, so there is none from the start. It holds as long as
        // the tab is open that asked for it.
        let beside = browser.open(&relay.page("/api/v1/health")).await?;
        beside.set_quota(Some(1)).await?;
        let tab = open(&browser, &relay).await?;
        mine(&tab, 5).await?;
        wait_for_trouble(&tab, true, MOMENT).await?;
        tab.wait_for_words("room on this device for this site's data").await?;
        // It is a node all the same, and others have what it mined.
        let elsewhere = Browser::start().await?;
        open(&elsewhere, &relay).await?.wait_for("tip-height", "5").await?;

        beside.set_quota(None).await?;
        wait_for_trouble(&tab, false, RETRIED).await?;
        wait_for_kept(&tab, 5).await?;
        let before = (id(&tab).await?, tab.text("balance").await?);
        tab.reload().await?;
        tab.wait_for("tip-height", "5").await?;
        assert_eq!((id(&tab).await?, tab.text("balance").await?), before);

        // With the disk full again, a reload still finds the keys that are on it.
        beside.set_quota(Some(1)).await?;
        tab.reload().await?;
        tab.wait_for("tip-height", "5").await?;
        assert_eq!((id(&tab).await?, tab.text("balance").await?), before);
        Ok(())
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_tab_whose_data_is_deleted_under_it_writes_it_all_again() -> Result<(), Failure> {
        let relay = Relay::start_easy(&[]).await?;
        let browser = Browser::start().await?;
        let tab = open(&browser, &relay).await?;
        mine(&tab, 3).await?;
        wait_for_kept(&tab, 3).await?;
        let before = (id(&tab).await?, tab.text("balance").await?);

        tab.clear_site_data().await?;
        mine(&tab, 1).await?;
        wait_for_trouble(&tab, false, RETRIED).await?;
        wait_for_kept(&tab, 4).await?;
        // Its keys are written again too, and at once: without them the coins would be nobody's.
        let look = async || tab.count_stored("tabcoin", "identities").await;
        tab.wait_until("the keys in the store", MOMENT, look, |count| *count == 1).await?;
        tab.reload().await?;
        tab.wait_for("tip-height", "4").await?;
        assert_eq!(id(&tab).await?, before.0);
        tab.wait_for("balance", "40").await
    }
}
