//! The focus goes on where a pressed button goes away: a keyboard is never sent back to the top of the page.

use e2e::page::Role;
use e2e::wait::PATIENCE;
use e2e::{Browser, Failure, Relay, Tab};

const ENTER: &str = "\u{e007}";

/// Presses a button with the Enter key.
async fn press(tab: &Tab, name: &str) -> Result<(), Failure> {
    tab.press_key_on(Role::Button, name, ENTER).await
}

/// Waits until what has the focus is this, by its label, its text or its field's label.
async fn is_focused(tab: &Tab, name: &str) -> Result<(), Failure> {
    let script = "const it = document.activeElement; return it === document.body ? 'nothing'
        : it.ariaLabel || it.labels?.[0]?.textContent || it.dataset.testid || it.textContent";
    let focused = async || Ok(tab.run(script, vec![]).await?.as_str().unwrap_or_default().to_owned());
    tab.wait_until(&format!("the focus on {name:?}"), PATIENCE, focused, |focused| focused.starts_with(name))
        .await
        .map(drop)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_way_through_a_backup_keeps_the_focus() -> Result<(), Failure> {
    let relay = Relay::start_easy(&[]).await?;
    let browser = Browser::start().await?;
    let tab = browser.open(&relay.page("/identities")).await?;
    press(&tab, "Show the 24 words").await?;
    is_focused(&tab, "words").await?;
    press(&tab, "Hide them").await?;
    is_focused(&tab, "Show the 24 words").await?;
    press(&tab, "Show the 24 words").await?;
    press(&tab, "I have written them down").await?;
    is_focused(&tab, "Word ").await?;
    // A word that is left out is said, and the focus goes to its field.
    press(&tab, "Check them").await?;
    tab.wait_for_words("nothing").await?;
    is_focused(&tab, "Word ").await?;
    press(&tab, "Show them again").await?;
    is_focused(&tab, "words").await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panel_that_closes_gives_the_focus_back_and_a_row_that_goes_to_its_heading() -> Result<(), Failure> {
    let relay = Relay::start_easy(&[]).await?;
    let browser = Browser::start().await?;
    let one = browser.open(&relay.page("/")).await?;
    one.text("node-id").await?;
    let two = browser.open(&relay.page("/identities")).await?;
    two.wait_for("identity-count", "2 identities").await?;
    one.close().await?;
    two.reload().await?;
    let script =
        "return document.querySelectorAll('[data-testid=identity]')[1].querySelector('.identity-actions button')
        .ariaLabel.replace('Use in this tab ', '')";
    let label = two.run_until("another identity", script, serde_json::Value::is_string).await?;
    let label = label.as_str().unwrap_or_default();
    let name = label.rsplit_once(' ').expect("a name and an id").0;
    press(&two, &format!("Forget {label}")).await?;
    press(&two, &format!("Keep {name}")).await?;
    is_focused(&two, &format!("Forget {label}")).await?;
    press(&two, &format!("Rename {label}")).await?;
    two.fill(&format!("New name of {name}"), "treasure").await?;
    press(&two, "Save name").await?;
    is_focused(&two, "Rename treasure").await?;
    let label = label.replacen(name, "treasure", 1);
    press(&two, &format!("Forget {label}")).await?;
    press(&two, "Forget treasure for good").await?;
    two.wait_for("identity-count", "1 identity").await?;
    is_focused(&two, "Identities of this browser").await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_takes_the_focus_to_its_no_and_gives_it_back() -> Result<(), Failure> {
    let relay = Relay::start_easy(&[]).await?;
    let browser = Browser::start().await?;
    let tab = browser.open(&relay.page("/rooms/classic/")).await?;
    tab.press("Mine a block").await?;
    tab.wait_for("chain-length", "2").await?;
    press(&tab, "Start over").await?;
    is_focused(&tab, "No").await?;
    tab.wait_for_words("This tab loses 2 blocks").await?;
    press(&tab, "No").await?;
    is_focused(&tab, "Start over").await?;
    press(&tab, "Start over").await?;
    press(&tab, "Yes, start over").await?;
    tab.wait_for("chain-length", "1").await?;
    is_focused(&tab, "Start over").await?;
    // What waits is dropped with its button.
    for (field, text) in [("Sender", "ada"), ("Receiver", "bob"), ("Amount", "1")] {
        tab.fill(field, text).await?;
    }
    tab.press("Add transaction").await?;
    press(&tab, "Drop what waits").await?;
    press(&tab, "Yes, drop what waits").await?;
    is_focused(&tab, "For the next block").await?;
    tab.follow("Developers").await?;
    press(&tab, "Renew token").await?;
    is_focused(&tab, "No").await?;
    press(&tab, "Yes, renew token").await?;
    tab.wait_for_words("Renewed.").await?;
    is_focused(&tab, "Renew token").await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_put_away_leaves_the_focus_on_the_page() -> Result<(), Failure> {
    let relay = Relay::start_easy(&[]).await?;
    let browser = Browser::start().await?;
    let tab = browser.open(&relay.page("/")).await?;
    tab.text("node-id").await?;
    press(&tab, "Got it").await?;
    let is_main = "return document.activeElement.id";
    tab.run_until("the focus on the page", is_main, |id| id == "page").await?;
    tab.goto(&relay.page("/?new=1")).await?;
    press(&tab, "Stay who I am").await?;
    tab.run_until("the focus on the page", is_main, |id| id == "page").await.map(drop)
}
