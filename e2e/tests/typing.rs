//! Numbers, hashes and addresses as people type and paste them.

use std::time::Duration;

use e2e::{Browser, Curl, Failure, Relay, Tab};
use serde_json::json;

const MOMENT: Duration = Duration::from_secs(15);

/// Searches for a text, and returns the path it leads to.
async fn search(tab: &Tab, text: &str) -> Result<String, Failure> {
    tab.follow("Blocks").await?;
    tab.fill("Search the chain", text).await?;
    tab.press("Search").await?;
    let path = async || Ok(tab.run("return location.pathname", vec![]).await?.as_str().unwrap_or_default().to_owned());
    tab.wait_until(&format!("{text:?} to lead somewhere"), MOMENT, path, |path| path != "/blocks").await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decimal_comma_pays_and_what_was_read_is_said_before() -> Result<(), Failure> {
    let relay = Relay::start_easy(&[]).await?;
    let browser = Browser::start().await?;
    let (tab, own) = e2e::open_with_a_reward(&browser, &relay).await?;
    // As a chat hands it on, and as a phone writes it.
    let (head, tail) = own.split_at(12);
    tab.fill("Receiver", &format!(" \u{200b}T{} {}\u{feff}", &head[1..], tail)).await?;
    tab.fill("Amount", "1,5").await?;
    tab.fill("Fee", " 0,25 ").await?;
    tab.wait_for_words("Read as 1.5 coins").await?;
    tab.wait_for_words("Read as 0.25 coins").await?;
    tab.wait_for_words("1.75 coins").await?;
    tab.press("Send").await?;
    tab.wait_for_words("waits for a block").await?;
    tab.fill("Amount", "1,500").await?;
    tab.press("Send").await?;
    tab.wait_for_words("1.500 or 1500").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decimal_comma_is_a_number_in_the_classic_chain() -> Result<(), Failure> {
    let relay = Relay::start().await?;
    let browser = Browser::start().await?;
    let tab = browser.open(&relay.page("/rooms/classic/")).await?;
    let is_id = |id: &String| id.len() == 32;
    let id = tab.wait_until("a node id", MOMENT, async || tab.text("node-id").await, is_id).await?;
    for (typed, said) in [("1,5", "Goes into the chain as 1.5"), ("five", "as the text \"five\"")] {
        tab.fill("Sender", "ada").await?;
        tab.fill("Receiver", "bob").await?;
        tab.fill("Amount", typed).await?;
        tab.wait_for_words(said).await?;
        tab.press("Add transaction").await?;
        let emptied = async || tab.field("Amount").await;
        tab.wait_until("an empty field", MOMENT, emptied, String::is_empty).await?;
    }
    tab.press("Mine a block").await?;
    tab.wait_for("chain-length", "2").await?;
    let chain = async || Curl::get(relay.page(&format!("/nodes/{id}/get_chain"))).json(200).await;
    let chain = e2e::wait_until("two blocks", MOMENT, chain, |chain| chain["length"] == 2).await?;
    let amounts: Vec<_> = (0..2).map(|at| chain["chain"][1]["transactions"][at]["amount"].clone()).collect();
    assert_eq!(amounts, [json!(1.5), json!("five")]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_the_app_shows_can_be_searched_for() -> Result<(), Failure> {
    let relay = Relay::start_easy(&[]).await?;
    let browser = Browser::start().await?;
    let tab = browser.open(&relay.page("/")).await?;
    for height in 1..=3 {
        tab.press("Mine a block").await?;
        tab.wait_for("tip-height", &height.to_string()).await?;
    }
    let (hash, own) = (tab.text("tip-hash").await?, tab.text("address").await?);
    let (id, short) = (tab.text("node-id").await?, format!("{}…{}", &hash[..4], &hash[60..]));
    let block = format!("/blocks/{hash}");
    for text in [
        "#3",
        "3",
        "Block 3",
        &short,
        &hash.to_uppercase(),
        &relay.page(&block),
        &format!("{} {}", &hash[..30], &hash[30..]),
    ] {
        assert_eq!(search(&tab, text).await?, block, "{text}");
    }
    tab.follow("Wallet").await?;
    let name = tab.field("Name").await?;
    let address = format!("/addresses/{own}");
    for text in
        [own.to_uppercase(), format!(" {own} "), id.clone(), name, relay.page(&format!("/nodes/{id}/get_chain"))]
    {
        assert_eq!(search(&tab, &text).await?, address, "{text}");
    }
    tab.follow("Blocks").await?;
    for (text, words) in
        [("1,5", "\"1,5\""), ("4", "at most 3, the tip"), ("/rooms/classic/blocks/1", "an address of room classic")]
    {
        tab.fill("Search the chain", text).await?;
        tab.press("Search").await?;
        tab.wait_for_words(words).await?;
    }
    Ok(())
}
