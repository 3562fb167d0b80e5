//! The Postman collection that the Developers page hands out, run by newman against the live room it describes.

use std::time::Duration;

use e2e::{Browser, Failure, Relay, Tab, given, script};
use serde_json::Value;
use tokio::process::Command;

/// How long what needs no mining may take.
const MOMENT: Duration = Duration::from_secs(10);
/// Longer than newman waits for one answer: a sealed block may take its time.
const REQUEST_MS: &str = "180000";

/// Presses a button that hands out a file, and returns what is in it.
async fn file(tab: &Tab, button: &str) -> Result<String, Failure> {
    let catch = "const make = URL.createObjectURL; window.handedOut = null; \
                 URL.createObjectURL = blob => { window.handedOut = blob; return make(blob) }";
    tab.run(catch, vec![]).await?;
    tab.press(button).await?;
    let text = async || tab.run("return window.handedOut && window.handedOut.text()", vec![]).await;
    let text = tab.wait_until("a file", MOMENT, text, Value::is_string).await?;
    Ok(text.as_str().unwrap_or_default().to_owned())
}

async fn open(browser: &Browser, relay: &Relay, path: &str) -> Result<Tab, Failure> {
    let tab = browser.open(&relay.page(path)).await?;
    let is_id = |id: &String| id.len() == 32;
    tab.wait_until("a node id", MOMENT, async || tab.text("node-id").await, is_id).await?;
    Ok(tab)
}

async fn passes_in_newman(path: &str) -> Result<(), Failure> {
    let relay = Relay::start().await?;
    let browser = Browser::start().await?;
    let other = open(&browser, &relay, path).await?;
    let tab = open(&browser, &relay, path).await?;
    other.look_at().await?;
    tab.follow("Developers").await?;
    let folder = tempfile::tempdir()?;
    let collection = file(&tab, "Postman collection").await?;
    let described: Value = serde_json::from_str(&collection).map_err(|error| Failure::page(error.to_string()))?;
    assert_eq!(
        described["info"]["schema"], "https://schema.getpostman.com/json/collection/v2.1.0/collection.json",
        "{described}"
    );
    assert!(described["item"].as_array().is_some_and(|folders| folders.len() >= 2), "this tab and the other");
    let named = folder.path().join("collection.json");
    tokio::fs::write(&named, &collection).await?;
    let mut newman = Command::new(given::node()?);
    newman.arg(given::newman()?).arg("run").arg(&named);
    newman.args(["--color", "off", "--timeout-request", REQUEST_MS, "--bail", "folder"]);
    let said = script::run(&mut newman).await?;
    // A collection without assertions would pass whatever happens.
    let executed = said.lines().find(|line| line.contains("assertions")).unwrap_or_default().to_owned();
    let count = executed.split('│').nth(2).and_then(|cell| cell.trim().parse::<u32>().ok());
    assert!(count.is_some_and(|count| count >= 10), "{said}");

    let nodes: Value = serde_json::from_str(&file(&tab, "nodes.json").await?)
        .map_err(|error| Failure::page(format!("nodes.json: {error}")))?;
    assert!(nodes["nodes"].as_array().is_some_and(|nodes| !nodes.is_empty()), "{nodes}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_collection_of_a_classic_room_passes_in_newman() -> Result<(), Failure> {
    passes_in_newman("/rooms/classic/").await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_collection_of_a_sealed_room_passes_in_newman() -> Result<(), Failure> {
    passes_in_newman("/").await
}
