//! The first lesson, done as a learner does it, and then done to a live room.

use std::time::Duration;

use e2e::{Browser, Curl, Failure, Relay, Tab};

/// How long a page or a step may take.
const MOMENT: Duration = Duration::from_secs(15);
/// The steps' buttons, in order.
const STEPS: [&str; 9] = [
    "Mine three blocks",
    "Rewrite the amount",
    "Link the blocks again",
    "Ask is_valid",
    "Add one block",
    "Replace Bob's chain",
    "Mine three sealed blocks",
    "Rewrite and link again",
    "Do the work after all",
];

async fn open(browser: &Browser, relay: &Relay, path: &str) -> Result<(Tab, String), Failure> {
    let tab = browser.open(&relay.page(path)).await?;
    let is_id = |id: &String| id.len() == 32;
    let id = tab.wait_until("a node id", MOMENT, async || tab.text("node-id").await, is_id).await?;
    Ok((tab, id))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tutorials_coin_is_broken_and_the_sealed_one_is_not() -> Result<(), Failure> {
    let relay = Relay::start().await?;
    let browser = Browser::start().await?;
    let (tab, _) = open(&browser, &relay, "/").await?;
    tab.follow("Lessons").await?;
    tab.goto(&relay.page("/lessons/break-the-coin")).await?;
    for (number, button) in (1..).zip(STEPS) {
        tab.press(button).await?;
        let found = format!("step-{number}-result");
        let is_said = |said: &String| !said.is_empty();
        tab.wait_until("what the step found", MOMENT, async || tab.text(&found).await, is_said).await?;
    }
    let said = |text: &str, words: &str| assert!(text.contains(words), "{words:?} is not in {text:?}");
    said(&tab.text("step-4-result").await?, "the chain is valid");
    said(&tab.text("step-6-result").await?, "nodes updated.");
    said(&tab.text("step-8-result").await?, "proof of work");
    said(&tab.text("step-9-result").await?, "signature");
    // The last step can be taken back, and all of them.
    tab.press("Undo the last step").await?;
    tab.wait_for_words("8 of 9 steps done").await?;
    tab.press("Start over").await?;
    tab.wait_for_words("0 of 9 steps done").await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_chain_is_adopted_by_a_live_classic_room() -> Result<(), Failure> {
    let relay = Relay::start().await?;
    let browser = Browser::start().await?;
    let (mallory, forger) = open(&browser, &relay, "/rooms/classic/").await?;
    let (_bob, victim) = open(&browser, &relay, "/rooms/classic/").await?;
    let url = |id: &str, path: &str| relay.page(&format!("/nodes/{id}{path}"));
    let host = relay.url().trim_start_matches("http://");
    let payment = r#"{"sender": "bob", "receiver": "mallory", "amount": 5}"#;
    Curl::post(url(&forger, "/add_transaction"), payment).json(201).await?;
    for _ in 0..2 {
        Curl::get(url(&forger, "/mine_block")).json(200).await?;
    }
    let nodes = format!(r#"{{"nodes": ["http://{forger}:x@{host}"]}}"#);
    Curl::post(url(&victim, "/connect_node"), &nodes).json(201).await?;
    let honest = Curl::get(url(&victim, "/replace_chain")).json(200).await?;
    assert_eq!(honest["message"], "nodes updated.");

    mallory.goto(&relay.page("/rooms/classic/lessons/break-the-coin")).await?;
    mallory.press("Do it to this room").await?;
    let forged = async || Ok(Curl::get(url(&forger, "/get_chain")).json(200).await?["length"].clone());
    e2e::wait_until("the forged chain", MOMENT, forged, |length| *length == 4).await?;

    // The other tab asks, finds it valid and longer, and adopts it.
    let replaced = Curl::get(url(&victim, "/replace_chain")).json(200).await?;
    assert_eq!(replaced["message"], "nodes updated.");
    assert_eq!(Curl::get(url(&victim, "/is_valid")).json(200).await?["valid"], true);
    let chain = Curl::get(url(&victim, "/get_chain")).json(200).await?["chain"].clone();
    let before = honest["new_chain"][1]["transactions"][0]["amount"].clone();
    assert_ne!(chain[1]["transactions"][0]["amount"], before, "{chain}");
    Ok(())
}
