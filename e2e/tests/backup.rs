//! Nothing that a person owns is lost without a word: coins outlive the browser they were mined in, by 24 words on paper
//! or by a file, and what cannot be restored says why.

use std::path::Path;
use std::time::Duration;

use e2e::page::Role;
use e2e::{Browser, Failure, Relay, Tab};
use serde_json::Value;

/// How long what needs no waiting may take, on a busy machine.
const MOMENT: Duration = Duration::from_secs(30);
const PASSWORD: &str = "correct horse battery";

async fn easy_relay() -> Result<Relay, Failure> {
    Relay::start_easy(&["--public-url", "http://classroom.test"]).await
}

async fn open(browser: &Browser, relay: &Relay) -> Result<(Tab, String), Failure> {
    let tab = browser.open(&relay.page("/")).await?;
    let id = id(&tab).await?;
    Ok((tab, id))
}

async fn id(tab: &Tab) -> Result<String, Failure> {
    tab.wait_until("a node id", MOMENT, async || tab.text("node-id").await, |id| id.len() == 32).await
}

/// Mines ten coins, and returns the address that they are at.
async fn earn(tab: &Tab) -> Result<String, Failure> {
    tab.press("Mine a block").await?;
    tab.wait_for_within("balance", "10", MOMENT).await?;
    tab.follow("Wallet").await?;
    tab.text("address").await
}

/// The words that the page shows.
async fn words(tab: &Tab) -> Result<Vec<String>, Failure> {
    let script = "return [...document.querySelectorAll('[data-testid=words] li')].map(e => e.textContent)";
    let words: Vec<String> = serde_json::from_value(tab.run(script, vec![]).await?).unwrap_or_default();
    Ok(words)
}

/// The places of the two words that are asked for, once they are.
async fn asked(tab: &Tab) -> Result<Vec<usize>, Failure> {
    let script =
        "return [...document.querySelectorAll('label')].map(e => e.textContent).filter(t => /^Word \\d+$/.test(t))";
    let is_two = |labels: &Value| labels.as_array().is_some_and(|labels| labels.len() == 2);
    let labels = tab.run_until("two words to be asked for", script, is_two).await?;
    let labels: Vec<String> = serde_json::from_value(labels).unwrap_or_default();
    Ok(labels.iter().filter_map(|label| label.rsplit(' ').next()?.parse().ok()).collect())
}

/// Waits until a restored identity can be taken up, and does.
async fn become_the_restored(tab: &Tab) -> Result<(), Failure> {
    let script = "return [...document.querySelectorAll('button')].map(e => e.textContent).find(t => t.startsWith('Become ')) || ''";
    let name = async || Ok(tab.run(script, vec![]).await?.as_str().unwrap_or_default().to_owned());
    let name = tab.wait_until("a restored identity", MOMENT, name, |name| !name.is_empty()).await?;
    tab.press(&name).await
}

/// Waits until the tab is this node with these coins at this address.
async fn assert_is(tab: &Tab, id: &str, address: &str, coins: &str) -> Result<(), Failure> {
    tab.follow("Overview").await?;
    tab.wait_for_within("node-id", id, MOMENT).await?;
    tab.follow("Wallet").await?;
    tab.wait_for_within("address", address, MOMENT).await?;
    tab.wait_for_within("balance", coins, MOMENT).await
}

#[tokio::test(flavor = "multi_thread")]
async fn coins_outlive_the_browser_they_were_mined_in_by_words_on_paper() -> Result<(), Failure> {
    let relay = easy_relay().await?;
    let browser = Browser::start().await?;
    let (tab, node) = open(&browser, &relay).await?;
    tab.follow("Wallet").await?;
    tab.wait_for("backed-up", "nothing to lose yet").await?;
    tab.follow("Overview").await?;
    let address = earn(&tab).await?;
    tab.wait_for("backed-up", "not backed up").await?;
    tab.wait_for_words("in this browser alone").await?;
    tab.follow("Back up").await?;
    tab.press("Show the 24 words").await?;
    let paper = e2e::wait_until("24 words", MOMENT, async || words(&tab).await, |words| words.len() == 24).await?;
    let is_untranslated = "return document.querySelector('[data-testid=words]').getAttribute('translate') === 'no'";
    assert_eq!(tab.run(is_untranslated, vec![]).await?, true);
    tab.press("I have written them down").await?;
    let places = asked(&tab).await?;
    assert_eq!(words(&tab).await?, Vec::<String>::new(), "the paper is asked, not the screen");
    let [first, second] = places[..] else { panic!("{places:?}") };
    tab.fill(&format!("Word {first}"), "zebra").await?;
    tab.fill(&format!("Word {second}"), &paper[second - 1]).await?;
    tab.press("Check them").await?;
    tab.wait_for_words("another word").await?;
    tab.follow("Wallet").await?;
    tab.wait_for("backed-up", "not backed up").await?;
    tab.follow("Back up").await?;
    tab.press("Show the 24 words").await?;
    tab.press("I have written them down").await?;
    for place in asked(&tab).await? {
        tab.fill(&format!("Word {place}"), &format!(" {} ", paper[place - 1].to_uppercase())).await?;
    }
    tab.press("Check them").await?;
    tab.wait_for_words("Backed up.").await?;
    tab.follow("Wallet").await?;
    tab.wait_for("backed-up", "backed up").await?;
    tab.reload().await?;
    tab.wait_for_within("backed-up", "backed up", MOMENT).await?;
    // No word is anywhere but on the paper: not in the address, the page, or what the tab remembers.
    let seen = tab.run("return location.href + document.documentElement.outerHTML + JSON.stringify({...localStorage, ...sessionStorage})", vec![]).await?;
    assert!(!seen.as_str().unwrap_or_default().contains(&paper.join(" ")));

    // A restored identity that is open in another tab of this browser is not taken twice.
    let (beside, _) = open(&browser, &relay).await?;
    beside.goto(&relay.page("/identities")).await?;
    beside.fill("24 words", &paper.join(" ")).await?;
    beside.press("Restore from words").await?;
    beside.wait_for_words("open in another tab of this browser").await?;

    // The browser's data is gone.
    drop((beside, tab, browser));
    let browser = Browser::start().await?;
    let (tab, other) = open(&browser, &relay).await?;
    assert_ne!(other, node);
    tab.goto(&relay.page("/identities")).await?;
    for (typed, said) in [
        (paper[..23].join(" "), "24 words"),
        (paper.join(" ").replacen(&paper[4], "abandan", 1), "such as abandon"),
        ([&paper[1..], &paper[..1]].concat().join(" "), "a last word that fits the others"),
    ] {
        tab.fill("24 words", &typed).await?;
        tab.press("Restore from words").await?;
        tab.wait_for_words(said).await?;
    }
    let numbered: Vec<String> = paper.iter().enumerate().map(|(at, word)| format!("{}. {word}", at + 1)).collect();
    tab.fill("24 words", &numbered.join(", ")).await?;
    tab.press("Restore from words").await?;
    become_the_restored(&tab).await?;
    assert_is(&tab, &node, &address, "10").await?;
    tab.wait_for("backed-up", "backed up").await
}

#[tokio::test(flavor = "multi_thread")]
async fn coins_name_and_contacts_outlive_the_browser_by_a_file() -> Result<(), Failure> {
    let relay = easy_relay().await?;
    let browser = Browser::start().await?;
    let (tab, node) = open(&browser, &relay).await?;
    let address = earn(&tab).await?;
    tab.fill("Name", "ada").await?;
    tab.press("Rename").await?;
    tab.fill("Contact's name", "grace").await?;
    tab.fill("Contact's address", &address).await?;
    tab.press("Add contact").await?;
    tab.wait_for("contact", &format!("grace{address}Remove")).await.ok();
    tab.follow("Back up").await?;
    tab.fill("Password", "short").await?;
    tab.fill("Password again", "short").await?;
    tab.press("Save the file").await?;
    tab.wait_for_words("at least 8 characters").await?;
    tab.fill("Password", PASSWORD).await?;
    tab.wait_for_words("Strong").await?;
    tab.press("Save the file").await?;
    tab.wait_for_words("two different ones").await?;
    tab.fill("Password again", PASSWORD).await?;
    let file = tab.saved_by("Save the file").await?;
    tab.wait_for_words("Keep a copy where this computer is not").await?;
    assert!(file.name.starts_with("tabcoin-backup-20") && file.name.ends_with(".tabcoin"), "{}", file.name);
    assert!(file.bytes.starts_with(b"tabcoin backup\n"));
    tab.follow("Wallet").await?;
    tab.wait_for("backed-up", "backed up").await?;

    drop((tab, browser));
    let folder = tempfile::tempdir()?;
    let at = |name: &str| folder.path().join(name);
    tokio::fs::write(at(&file.name), &file.bytes).await?;
    tokio::fs::write(at("cut.tabcoin"), &file.bytes[..file.bytes.len() - 1]).await?;
    tokio::fs::write(at("other.tabcoin"), b"{}").await?;
    let browser = Browser::start().await?;
    let (tab, _) = open(&browser, &relay).await?;
    tab.goto(&relay.page("/identities")).await?;
    for (name, password, said) in [
        (file.name.as_str(), "another password", "the password of this backup"),
        ("cut.tabcoin", PASSWORD, "changed or damaged"),
        ("other.tabcoin", PASSWORD, "a backup that Tabcoin wrote"),
    ] {
        restore(&tab, &at(name), password).await?;
        tab.wait_for_words(said).await?;
        assert!(!tab.has(Role::Button, "Become ada").await?);
    }
    restore(&tab, &at(&file.name), PASSWORD).await?;
    become_the_restored(&tab).await?;
    assert_is(&tab, &node, &address, "10").await?;
    tab.wait_for_words("grace").await?;
    assert_eq!(tab.field("Name").await?, "ada");
    Ok(())
}

async fn restore(tab: &Tab, file: &Path, password: &str) -> Result<(), Failure> {
    tab.upload("Backup file", file).await?;
    tab.fill("Its password", password).await?;
    tab.press("Restore from the file").await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_wallet_says_what_the_browser_has_promised() -> Result<(), Failure> {
    let relay = easy_relay().await?;
    let browser = Browser::start_with(&["--host-resolver-rules=MAP classroom.test 127.0.0.1"]).await?;
    let (tab, _) = open(&browser, &relay).await?;
    earn(&tab).await?;
    tab.wait_for_words("this site's data").await?;
    let plain = relay.page("/").replacen("127.0.0.1", "classroom.test", 1);
    let insecure = browser.open(&plain).await?;
    id(&insecure).await?;
    insecure.follow("Wallet").await?;
    insecure.wait_for_words("this page came over plain http").await?;
    let is_secure: Value = insecure.run("return isSecureContext", vec![]).await?;
    assert_eq!(is_secure, false);
    Ok(())
}
