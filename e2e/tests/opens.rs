//! The app opens: the one test that is also run against the app as Trunk builds it.

use e2e::{Browser, Failure, Relay};

#[tokio::test(flavor = "multi_thread")]
async fn the_app_opens_and_shows_a_node_id() -> Result<(), Failure> {
    let relay = Relay::start().await?;
    let browser = Browser::start().await?;
    let tab = browser.open(&relay.page("/")).await?;
    let is_id = |text: &String| text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let wanted = "a node id of 32 hexadecimal digits";
    tab.wait_until(wanted, e2e::wait::PATIENCE, async || tab.text("node-id").await, is_id).await?;
    browser.assert_no_complaints(&[]).await
}
