//! The relay against its own OpenAPI document: schemathesis asks everything that the document allows, and much that it
//! does not, and finds no error of the server and no answer that is not in it.

use std::time::Duration;

use e2e::{Browser, Failure, Relay, given, script};
use tokio::process::Command;

#[tokio::test(flavor = "multi_thread")]
async fn the_relay_answers_as_its_openapi_document_says_whatever_it_is_asked() -> Result<(), Failure> {
    // Blocks are mined meanwhile, so they are easy ones.
    let params = serde_json::json!(shared::testing::easy_params()).to_string();
    let relay = Relay::start_with(Some(&params), &[]).await?;
    let mut fuzz = Command::new(given::schemathesis_python()?);
    fuzz.arg(given::tools().join("schemathesis/fuzz.py")).arg(relay.url());
    script::run(&mut fuzz).await.map(drop)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_to_try_it_at_shows_the_routes_and_reaches_nobody_else() -> Result<(), Failure> {
    let relay = Relay::start().await?;
    let browser = Browser::start().await?;
    let page = browser.open(&relay.page("/docs")).await?;
    let shows = |text: &String| text.contains("/api/v1/rooms") && text.contains("/mine_block");
    page.wait_until("the routes", Duration::from_secs(20), async || page.all_text().await, shows).await?;
    let hosts = "return performance.getEntriesByType('resource').map(entry => new URL(entry.name).host)";
    let hosts = page.run(hosts, vec![]).await?;
    let own = relay.url().trim_start_matches("http://");
    assert!(hosts.as_array().is_some_and(|hosts| hosts.iter().all(|host| host == own)), "{hosts}");
    browser.assert_no_complaints(&[]).await
}
