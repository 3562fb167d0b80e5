//! The story the whole thing is for, in a real browser: three tabs, one coin.

use std::time::{Duration, Instant};

use e2e::{Browser, Failure, Relay, Tab};

/// How long a block may take. The first target asks for some eight million attempts, a second or two of one core; luck
/// and a busy machine may stretch that a lot.
const BLOCK: Duration = Duration::from_secs(120);
/// How long what needs no mining may take.
const MOMENT: Duration = Duration::from_secs(10);

/// Three tabs of one browser, each a node.
struct Room {
    relay: Relay,
    browser: Browser,
    tabs: Vec<Tab>,
}

impl Room {
    async fn open(tabs: usize) -> Result<Self, Failure> {
        let relay = Relay::start().await?;
        let browser = Browser::start().await?;
        let mut room = Self { relay, browser, tabs: Vec::new() };
        for _ in 0..tabs {
            let tab = room.browser.open(&room.relay.page("/")).await?;
            let is_id = |id: &String| id.len() == 32;
            tab.wait_until("a node id", MOMENT, async || tab.text("node-id").await, is_id).await?;
            room.tabs.push(tab);
        }
        let others = (tabs - 1).to_string();
        for tab in &room.tabs {
            tab.wait_for("peer-count", &others).await?;
        }
        Ok(room)
    }

    async fn texts(&self, test_id: &str) -> Result<Vec<String>, Failure> {
        let mut texts = Vec::new();
        for tab in &self.tabs {
            texts.push(tab.text(test_id).await?);
        }
        Ok(texts)
    }

    async fn auto_sync(&self, on: bool) -> Result<(), Failure> {
        for tab in &self.tabs {
            auto_sync(tab, on).await?;
        }
        Ok(())
    }

    /// Waits until all tabs are at one tip, and returns its height.
    async fn agree(&self, patience: Duration) -> Result<u64, Failure> {
        let agreed = |tips: &Vec<String>| tips.iter().all(|tip| *tip == tips[0]);
        e2e::wait_until("one tip in all tabs", patience, async || self.texts("tip-hash").await, agreed).await?;
        height(&self.tabs[0]).await
    }

    /// Nobody broke the page's rules, and nothing failed that nobody saw.
    async fn assert_no_complaints(&self) -> Result<(), Failure> {
        // A tab says so itself when the relay is away; the browser does, too.
        self.browser.assert_no_complaints(&["WebSocket connection", "ERR_CONNECTION"]).await
    }
}

async fn auto_sync(tab: &Tab, on: bool) -> Result<(), Failure> {
    tab.follow("Peers").await?;
    tab.switch("Auto-sync", on).await?;
    tab.follow("Overview").await
}

async fn height(tab: &Tab) -> Result<u64, Failure> {
    let text = tab.text("tip-height").await?;
    text.parse().map_err(|_| Failure::page(format!("{text:?} is no height")))
}

/// Mines one block and waits for it.
async fn mine(tab: &Tab) -> Result<(), Failure> {
    let before = height(tab).await?;
    tab.press("Mine a block").await?;
    tab.wait_for_within("tip-height", &(before + 1).to_string(), BLOCK).await
}

async fn replace_chain(tab: &Tab) -> Result<(), Failure> {
    tab.follow("Peers").await?;
    tab.press("Replace chain").await?;
    tab.follow("Overview").await
}

async fn address(tab: &Tab) -> Result<String, Failure> {
    tab.follow("Wallet").await?;
    let address = tab.text("address").await?;
    tab.follow("Overview").await?;
    Ok(address)
}

async fn pay(tab: &Tab, receiver: &str, amount: &str, fee: &str) -> Result<(), Failure> {
    tab.follow("Wallet").await?;
    tab.fill("Receiver", receiver).await?;
    tab.fill("Amount", amount).await?;
    tab.fill("Fee", fee).await?;
    tab.press("Send").await?;
    tab.wait_for_words("waits for a block").await?;
    tab.follow("Overview").await
}

async fn mark(tab: &Tab) -> Result<(), Failure> {
    tab.run("window.notReloaded = true", vec![]).await.map(drop)
}

async fn assert_not_reloaded(tab: &Tab) -> Result<(), Failure> {
    let is_marked = tab.run("return window.notReloaded === true", vec![]).await?;
    assert_eq!(is_marked, true, "a tab was reloaded");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn three_tabs_one_coin() -> Result<(), Failure> {
    let mut room = Room::open(3).await?;
    let mut ids = room.texts("node-id").await?;
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 3, "each tab is a node of its own");

    // As the tutorial does it: nothing arrives until Replace chain is pressed.
    room.auto_sync(false).await?;
    let [one, two, three] = &room.tabs[..] else { panic!("three tabs were opened") };
    mine(one).await?;
    one.wait_for("balance", "10").await?;
    let (to_two, to_three) = (address(two).await?, address(three).await?);
    pay(one, &to_two, "4", "0.1").await?;
    one.wait_for("mempool-size", "1").await?;
    mine(one).await?;
    one.wait_for("balance", "16").await?;
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(room.texts("tip-height").await?, ["2", "0", "0"]);
    for tab in [two, three] {
        replace_chain(tab).await?;
        tab.wait_for("tip-height", "2").await?;
    }
    room.agree(MOMENT).await?;
    two.wait_for("balance", "4").await?;

    // With auto-sync, a block reaches the others within a second.
    room.auto_sync(true).await?;
    mine(three).await?;
    let mined = Instant::now();
    for tab in [one, two] {
        tab.wait_for_within("tip-height", "3", Duration::from_secs(1)).await?;
    }
    assert!(mined.elapsed() < Duration::from_secs(1), "{:?}", mined.elapsed());

    // The relay dies and comes back; the tabs go on without a reload.
    for tab in &room.tabs {
        mark(tab).await?;
    }
    room.relay.kill().await?;
    one.wait_for("peer-count", "0").await?;
    room.relay.restart().await?;
    for tab in &room.tabs {
        tab.wait_for_within("peer-count", "2", Duration::from_secs(40)).await?;
    }
    mine(two).await?;
    assert_eq!(room.agree(MOMENT).await?, 4);
    for tab in &room.tabs {
        assert_not_reloaded(tab).await?;
    }

    // Two tabs mine apart; the branch with more work wins, and the loser's payment waits again and confirms later.
    for tab in [one, two] {
        auto_sync(tab, false).await?;
    }
    mine(two).await?;
    mine(two).await?;
    pay(one, &to_three, "1", "0.2").await?;
    mine(one).await?;
    one.wait_for("mempool-size", "0").await?;
    assert_eq!([height(one).await?, height(two).await?], [5, 6]);
    replace_chain(one).await?;
    one.wait_for("tip-height", "6").await?;
    one.wait_for("mempool-size", "1").await?;
    mine(one).await?;
    one.wait_for("mempool-size", "0").await?;
    auto_sync(two, true).await?;
    assert_eq!(room.agree(MOMENT).await?, 7);
    three.wait_for("balance", "11").await?;

    // A reload changes nothing of a tab.
    let kept = ["node-id", "balance", "tip-hash"];
    let mut before = Vec::new();
    for test_id in kept {
        before.push(one.text(test_id).await?);
    }
    one.reload().await?;
    for (test_id, text) in kept.iter().zip(&before) {
        one.wait_for(test_id, text).await?;
    }
    room.assert_no_complaints().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tab_that_was_closed_is_resumed_and_an_asked_for_new_one_is_new() -> Result<(), Failure> {
    let mut room = Room::open(2).await?;
    let ids = room.texts("node-id").await?;
    let closed = room.tabs.pop().expect("two tabs were opened");
    closed.close().await?;
    room.tabs[0].wait_for("peer-count", "0").await?;
    let again = room.browser.open(&room.relay.page("/")).await?;
    again.wait_for("node-id", &ids[1]).await?;
    again.follow("Overview").await?;
    again.run("location.assign(document.querySelector('a[href*=\"?new=\"]').href)", vec![]).await?;
    let is_new = |id: &String| id.len() == 32 && !ids.contains(id);
    again.wait_until("a new id", MOMENT, async || again.text("node-id").await, is_new).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn mining_stops_at_once_and_the_page_stays_smooth_meanwhile() -> Result<(), Failure> {
    let room = Room::open(1).await?;
    let tab = &room.tabs[0];
    tab.follow("Mine").await?;
    tab.press("Start mining").await?;
    let is_rate = |text: &String| text.chars().any(|character| ('1'..='9').contains(&character));
    tab.wait_until("a hash rate", MOMENT, async || tab.text("hash-rate").await, is_rate).await?;
    // Sixty frames in a second and a half would be ninety.
    let frames = tab
        .run(
            "return new Promise(done => { let n = 0; const end = performance.now() + 1500; \
             const frame = now => { n += 1; now < end ? requestAnimationFrame(frame) : done(n) }; \
             requestAnimationFrame(frame) })",
            vec![],
        )
        .await?;
    assert!(frames.as_u64().is_some_and(|frames| frames >= 45), "{frames} frames in 1.5 s");
    tab.press("Stop mining").await?;
    let is_zero = |text: &String| !is_rate(text);
    tab.wait_until("no hash rate", Duration::from_secs(2), async || tab.text("hash-rate").await, is_zero).await?;
    let height = tab.text("tip-height").await?;
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(tab.text("tip-height").await?, height, "nothing is mined after Stop");
    Ok(())
}
