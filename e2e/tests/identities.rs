//! The identities of a browser: no link of a stranger displaces one, each can be taken up again, and what is one relay's
//! is not another's.

use std::time::Duration;

use e2e::page::Role;
use e2e::{Browser, Failure, Relay, Tab};
use serde_json::Value;

/// How long what needs no waiting may take, on a busy machine.
const MOMENT: Duration = Duration::from_secs(20);

async fn id(tab: &Tab) -> Result<String, Failure> {
    tab.wait_until("a node id", MOMENT, async || tab.text("node-id").await, |id| id.len() == 32).await
}

async fn open(browser: &Browser, relay: &Relay) -> Result<(Tab, String), Failure> {
    let tab = browser.open(&relay.page("/")).await?;
    let id = id(&tab).await?;
    Ok((tab, id))
}

/// Waits until the tab is a node that is none of these.
async fn another_id(tab: &Tab, others: &[&str]) -> Result<String, Failure> {
    let is_other = |id: &String| id.len() == 32 && !others.contains(&id.as_str());
    tab.wait_until("another node id", MOMENT, async || tab.text("node-id").await, is_other).await
}

/// The newest tab of the browser, once there are so many.
async fn newest(browser: &Browser, count: usize, known: &[&Tab]) -> Result<Tab, Failure> {
    let tabs =
        e2e::wait_until("another tab", MOMENT, async || browser.tabs().await, |tabs| tabs.len() >= count).await?;
    let is_new = |tab: &Tab| known.iter().all(|known| !known.is(tab));
    tabs.into_iter().rev().find(is_new).ok_or_else(|| Failure::page("no new tab"))
}

async fn mine(tab: &Tab) -> Result<(), Failure> {
    tab.press("Mine a block").await?;
    tab.wait_for_within("balance", "10", MOMENT).await
}

fn short(id: &str) -> String {
    format!("{}…{}", &id[..4], &id[28..])
}

async fn name(tab: &Tab) -> Result<String, Failure> {
    let script = "return document.querySelector('.node-pill bdi').textContent";
    let name =
        tab.run_until("a node's name", script, |name| name.as_str().is_some_and(|name| !name.is_empty())).await?;
    Ok(name.as_str().unwrap_or_default().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_link_to_a_new_node_leaves_the_wallet_where_it_was_and_the_apps_own_makes_one() -> Result<(), Failure>
{
    let relay = Relay::start_easy(&[]).await?;
    let browser = Browser::start().await?;
    let (tab, wallet) = open(&browser, &relay).await?;
    mine(&tab).await?;

    // A page of another origin, which cannot know the word of the app's own links.
    for word in ["1", "", "0123456789abcdef0123456789abcdef"] {
        let page = format!("data:text/html,<a href='{}'>Free coins</a>", relay.page(&format!("/?new={word}")));
        tab.goto(&page).await?;
        tab.follow("Free coins").await?;
        tab.wait_for_within("node-id", &wallet, MOMENT).await?;
        tab.wait_for_within("balance", "10", MOMENT).await?;
        tab.wait_for_words("This link asked for a new node").await?;
    }
    tab.press("Stay who I am").await?;
    tab.reload().await?;
    tab.wait_for_within("node-id", &wallet, MOMENT).await?;
    assert!(!tab.all_text().await?.contains("This link asked for a new node"));

    // The app's own link, opened beside, twice; and from the question.
    tab.follow("Another tab").await?;
    let second = newest(&browser, 3, &[&tab]).await?;
    let second_id = another_id(&second, &[&wallet]).await?;
    tab.follow("Another tab").await?;
    let third = newest(&browser, 4, &[&tab, &second]).await?;
    let third_id = another_id(&third, &[&wallet, &second_id]).await?;
    third.goto(&relay.page("/?new=1")).await?;
    third.wait_for_within("node-id", &third_id, MOMENT).await?;
    third.follow("Start as a new node").await?;
    let fourth_id = another_id(&third, &[&wallet, &second_id, &third_id]).await?;

    // And the way back.
    tab.close().await?;
    third.follow("Wallet").await?;
    third.follow("All identities").await?;
    third.wait_for_within("identity-count", "4 identities", MOMENT).await?;
    let script = "return [...document.querySelectorAll('[data-testid=identity]')]
        .map(row => [row.querySelector('code').title, row.querySelector('.strong').textContent])";
    let is_all = |rows: &Value| rows.as_array().is_some_and(|rows| rows.len() == 4);
    let rows = third.run_until("four rows", script, is_all).await?;
    assert_eq!(rows[0][0], fourth_id, "this tab's own comes first");
    let row = rows.as_array().into_iter().flatten().find(|row| row[0] == *wallet).expect("the wallet is listed");
    third.press(&format!("Use in this tab {} {}", row[1].as_str().unwrap_or_default(), short(&wallet))).await?;
    third.follow("Overview").await?;
    third.wait_for_within("node-id", &wallet, MOMENT).await?;
    third.wait_for_within("balance", "10", MOMENT).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_identity_is_chosen_renamed_and_forgotten_by_keyboard_and_never_one_that_is_open() -> Result<(), Failure> {
    let relay = Relay::start_easy(&[]).await?;
    let browser = Browser::start().await?;
    let (one, one_id) = open(&browser, &relay).await?;
    mine(&one).await?;
    let (two, two_id) = open(&browser, &relay).await?;
    two.goto(&relay.page("/identities")).await?;
    two.wait_for_within("identity-count", "2 identities", MOMENT).await?;
    two.wait_for_words("open in another tab").await?;
    let label = format!("{} {}", name(&one).await?, short(&one_id));
    for action in ["Use in this tab", "Rename", "Forget"] {
        assert!(!two.has(Role::Button, &format!("{action} {label}")).await?, "{action}");
    }

    one.close().await?;
    two.reload().await?;
    let rename = format!("Rename {label}");
    two.press_key_on(Role::Button, &rename, "\u{e007}").await?;
    let field = format!("New name of {}", label.rsplit_once(' ').expect("a name and an id").0);
    two.fill(&field, "<b>").await?;
    two.press_key_on(Role::Field, &field, "\u{e007}").await?;
    two.wait_for_words("Expected").await?;
    two.fill(&field, "treasure").await?;
    two.press_key_on(Role::Field, &field, "\u{e007}").await?;
    two.wait_for_words("treasure").await?;

    let forget = format!("Forget treasure {}", short(&one_id));
    two.press_key_on(Role::Button, &forget, "\u{e007}").await?;
    two.wait_for_words("10 coins in this room will be lost for good.").await?;
    two.press_key_on(Role::Button, "Keep treasure", "\u{e007}").await?;
    two.press_key_on(Role::Button, &format!("Use in this tab treasure {}", short(&one_id)), "\u{e007}").await?;
    // The page is loaded again; until then its rows are still those of before.
    let own = "return document.querySelector('[data-testid=identity] code').title";
    two.run_until("the other identity first", own, |own| *own == *one_id).await?;
    two.wait_for_words("10 coins in this room").await?;
    assert!(!two.has(Role::Button, &forget).await?, "this tab's own cannot be forgotten");

    let other = "return document.querySelectorAll('[data-testid=identity] .strong')[1].textContent";
    let other = two.run_until("a second row", other, Value::is_string).await?;
    let other = other.as_str().unwrap_or_default();
    two.press(&format!("Forget {other} {}", short(&two_id))).await?;
    two.press(&format!("Forget {other} for good")).await?;
    two.wait_for_within("identity-count", "1 identity", MOMENT).await?;
    let kept = two.databases().await?;
    assert!(!kept.iter().any(|database| database.contains(&two_id)), "{kept:?}");
    two.reload().await?;
    two.wait_for_within("identity-count", "1 identity", MOMENT).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_latest_of_six_hundred_identities_is_the_one_that_a_new_tab_takes() -> Result<(), Failure> {
    let relay = Relay::start_easy(&[]).await?;
    let browser = Browser::start().await?;
    let (tab, wallet) = open(&browser, &relay).await?;
    // Older ones, whose ids stand on both sides of its own: the id is the key that they are kept under.
    let script = "return new Promise((done, failed) => {
        const open = indexedDB.open('tabcoin');
        open.onerror = () => failed(open.error);
        open.onsuccess = () => {
            const writing = open.result.transaction('identities', 'readwrite');
            for (let n = 0; n < 600; n += 1) {
                const id = new Uint8Array(16), value = new Uint8Array(32 + 1 + 8 + 8);
                id[0] = n % 256; id[1] = n >> 8; value[0] = n % 256; value[1] = n >> 8; value[33] = 1; value[41] = 1 + n % 200;
                writing.objectStore('identities').put(value, id);
            }
            writing.oncomplete = () => { open.result.close(); done() };
            writing.onabort = () => failed(writing.error);
        };
    })";
    tab.run(script, vec![]).await?;
    tab.goto("about:blank").await?;
    let (again, id) = open(&browser, &relay).await?;
    assert_eq!(id, wallet);
    again.goto(&relay.page("/identities")).await?;
    again.wait_for_within("identity-count", "601 identities", MOMENT).await?;
    again.press("Show more").await?;
    let rows = async || again.run("return document.querySelectorAll('[data-testid=identity]').length", vec![]).await;
    again.wait_until("forty rows", MOMENT, rows, |rows| *rows == 40).await.map(drop)
}

#[tokio::test(flavor = "multi_thread")]
async fn another_relay_on_the_same_port_finds_another_token_and_the_same_identity() -> Result<(), Failure> {
    let mut relay = Relay::start_easy(&[]).await?;
    let browser = Browser::start().await?;
    let (tab, wallet) = open(&browser, &relay).await?;
    let first = token(&tab, &relay).await?;
    tab.reload().await?;
    assert_eq!(token(&tab, &relay).await?, first, "one relay, one token");
    relay.give_way().await?;
    tab.goto(&relay.page("/")).await?;
    assert_eq!(id(&tab).await?, wallet);
    let is_other = |text: &String| text.len() == first.len() && *text != first;
    tab.wait_for("peer-count", "0").await?;
    tab.follow("Developers").await?;
    tab.press("Show token").await?;
    tab.wait_until("another token", MOMENT, async || tab.text("control-token").await, is_other).await?;
    Ok(())
}

async fn token(tab: &Tab, relay: &Relay) -> Result<String, Failure> {
    tab.goto(&relay.page("/developers")).await?;
    tab.press("Show token").await?;
    tab.text("control-token").await
}
