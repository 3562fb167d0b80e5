//! Switches, lists and buttons answer a click at once, however busy the tab's node is.

use std::time::Duration;

use e2e::{AppWith, Browser, Failure, Relay, Tab};
use serde_json::Value;

const MOMENT: Duration = Duration::from_secs(20);
/// A node that is busy for one second and a half of every sixteen tenths.
const BUSY: &str = "if (name === 'node') setInterval(() => {
    for (const end = Date.now() + 1500; Date.now() < end;);
}, 1600);";

/// Clicks what a script finds, and returns what another sees of it two frames later and after four seconds.
async fn clicked(tab: &Tab, find: &str, see: &str) -> Result<(Value, Value), Failure> {
    let script = format!(
        "const done = arguments[arguments.length - 1], it = () => {find}, see = it => {see};
         it().click();
         requestAnimationFrame(() => requestAnimationFrame(() => {{
             const soon = see(it());
             setTimeout(() => done([soon, see(it())]), 4000);
         }}));"
    );
    let seen = tab.run_async(&script, vec![], MOMENT).await?;
    Ok((seen[0].clone(), seen[1].clone()))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_clicked_shows_at_once_and_stays_while_the_node_is_busy() -> Result<(), Failure> {
    let app = AppWith::worker_script(BUSY).await?;
    let relay = Relay::start_serving(app.folder(), None, &[]).await?;
    let browser = Browser::start().await?;
    let tab = browser.open(&relay.page("/")).await?;
    tab.wait_for_within("tip-height", "0", MOMENT).await?;
    let switch = "document.querySelector('main [role=switch]')";
    let state = "it.getAttribute('aria-checked')";
    for page in ["Overview", "Developers"] {
        tab.follow(page).await?;
        tab.wait_for_words(if page == "Overview" { "Auto-sync" } else { "Open to everyone" }).await?;
        let before = tab.run(&format!("const it = {switch}; return {state}"), vec![]).await?;
        let (soon, later) = clicked(&tab, switch, state).await?;
        assert_ne!(soon, before, "{page}: at once");
        assert_eq!(later, soon, "{page}: and it stays");
    }
    tab.follow("Mine").await?;
    let button =
        "[...document.querySelectorAll('main button')].find(one => /^(Start|Stop) mining$/.test(one.textContent))";
    let (soon, later) = clicked(&tab, button, "it.textContent").await?;
    assert_eq!((soon.as_str(), later.as_str()), (Some("Stop mining"), Some("Stop mining")));
    Ok(())
}
