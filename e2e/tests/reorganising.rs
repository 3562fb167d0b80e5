//! A tab whose whole chain of ten thousand blocks gives way to another.

use std::time::Duration;

use e2e::{Archive, Browser, Failure, Relay, Tab, archive};
use serde_json::Value;
use shared::testing::{ChainBuilder, easy_params};
use shared::{CompactTarget, Params, Timestamp};

/// Blocks that are left.
const DEEP: usize = 10_000;
/// How long it may take, here and on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);
/// The longest that the page may stand still, in milliseconds: a person takes more for broken. On two idle processors
/// it is some tens.
const STILL_MS_MAX: f64 = 1_000.0;
const DAY_MS: u64 = 24 * 60 * 60 * 1_000;

/// A room in which blocks cost next to nothing, and whose genesis is long enough ago for all of them.
fn params() -> Params {
    Params {
        target_limit: CompactTarget::from_bits(0x2100_ffff),
        interval_ms: 1_000,
        half_life_ms: 120_000,
        genesis_time: Timestamp::from_ms(archive::now().as_ms() - DAY_MS),
        ..easy_params()
    }
}

/// From now on the page keeps the longest time between two frames, and the heights that it shows.
async fn watch(tab: &Tab) -> Result<(), Failure> {
    let script = "
        globalThis.stillMs = 0;
        globalThis.heights = new Set();
        let before = performance.now();
        const frame = () => {
            const now = performance.now();
            globalThis.stillMs = Math.max(globalThis.stillMs, now - before);
            before = now;
            globalThis.heights.add(document.querySelector('[data-testid=tip-height]').textContent);
            requestAnimationFrame(frame);
        };
        requestAnimationFrame(frame);";
    tab.run(script, vec![]).await.map(drop)
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_blocks_give_way_to_others_while_the_page_goes_on() -> Result<(), Failure> {
    let mut old = ChainBuilder::new(params());
    let mut new = old.fork_at(0);
    old.mine_many(1, DEEP);
    new.mine_many(2, DEEP + 1);
    let params = serde_json::to_string(old.params()).map_err(|error| Failure::setup(error.to_string()))?;
    let relay = Relay::start_with(Some(&params), &[]).await?;
    let first = Archive::serve(&relay, old.clone(), 1).await?;
    let browser = Browser::start().await?;
    let tab = browser.open(&relay.page("/")).await?;
    tab.wait_for_within("tip-height", &DEEP.to_string(), PATIENCE).await?;
    drop(first);
    watch(&tab).await?;
    let _second = Archive::serve(&relay, new.clone(), 2).await?;
    tab.wait_for_within("tip-height", &(DEEP + 1).to_string(), PATIENCE).await?;
    let seen = tab.run("return [globalThis.stillMs, [...globalThis.heights]]", vec![]).await?;
    println!("the page stood still for at most {:.0} ms, and said {}", seen[0].as_f64().unwrap_or(f64::NAN), seen[1]);
    assert!(seen[0].as_f64().is_some_and(|still_ms| still_ms < STILL_MS_MAX), "{seen}");
    let expected = [DEEP, DEEP + 1].map(|height| Value::from(height.to_string()));
    assert_eq!(seen[1], Value::from(expected.to_vec()), "one chain or the other, and nothing in between");
    // It is the other chain that the tab has now, and has kept.
    tab.reload().await?;
    tab.wait_for_within("tip-height", &(DEEP + 1).to_string(), PATIENCE).await?;
    tab.goto(&relay.page("/blocks")).await?;
    tab.wait_for_words(&new.tip().hash().to_string()[..8]).await
}
