//! A chain that was exported is taken in by another tab's page, verified like any other.

use std::time::Duration;

use e2e::{Browser, Failure, Relay, Tab};

/// How long what needs no waiting may take, on a busy machine.
const MOMENT: Duration = Duration::from_secs(30);

async fn open(browser: &Browser) -> Result<(Relay, Tab), Failure> {
    let relay = Relay::start_easy(&[]).await?;
    let tab = browser.open(&relay.page("/")).await?;
    tab.wait_until("a node id", MOMENT, async || tab.text("node-id").await, |id| id.len() == 32).await?;
    Ok((relay, tab))
}

async fn mine(tab: &Tab, heights: std::ops::RangeInclusive<u64>) -> Result<(), Failure> {
    tab.follow("Overview").await?;
    for height in heights {
        tab.press("Mine a block").await?;
        tab.wait_for_within("tip-height", &height.to_string(), MOMENT).await?;
    }
    tab.follow("Blocks").await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exported_chain_is_adopted_by_its_work_and_a_bad_block_ends_it_with_its_receipt() -> Result<(), Failure> {
    let browser = Browser::start().await?;
    let folder = tempfile::tempdir()?;
    let (_first, tab) = open(&browser).await?;
    mine(&tab, 1..=3).await?;
    let hash = tab.text("tip-hash").await?;
    for button in ["Save as JSON", "Save as bytes"] {
        let saved = tab.saved_by(button).await?;
        let file = folder.path().join(&saved.name);
        tokio::fs::write(&file, &saved.bytes).await?;

        // Another relay of the same network, which has no blocks.
        let (_other, tab) = open(&browser).await?;
        tab.follow("Blocks").await?;
        tab.upload("Chain file", &file).await?;
        tab.wait_for_within("imported", "4 blocks read, 3 of them new. Adopted up to block 3.", MOMENT).await?;
        assert_eq!(tab.text("tip-hash").await?, hash);

        let (_third, tab) = open(&browser).await?;
        mine(&tab, 1..=5).await?;
        tab.upload("Chain file", &file).await?;
        let branch = "4 blocks read. They are a branch with less work, kept but not adopted.";
        tab.wait_for_within("imported", branch, MOMENT).await?;
        tab.wait_for("tip-height", "5").await?;

        let mut bad = saved.bytes.clone();
        let last = bad.len() - 5;
        bad[last] ^= 1;
        let at = folder.path().join(format!("bad-{}", saved.name));
        tokio::fs::write(&at, &bad).await?;
        let (_fourth, tab) = open(&browser).await?;
        tab.follow("Blocks").await?;
        tab.upload("Chain file", &at).await?;
        tab.wait_for_words("Expected").await?;
        assert_ne!(tab.text("tip-height").await?, "3");
    }
    let other = folder.path().join("other.json");
    tokio::fs::write(&other, b"[1, 2, 3]").await?;
    tab.upload("Chain file", &other).await?;
    tab.wait_for_words("an exported chain, as JSON or bytes").await
}
