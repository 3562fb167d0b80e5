//! The app over plain HTTP from another machine, as in a classroom without certificates: the browser lacks the clipboard,
//! locks, promises to keep data and WebGPU there. Every page works, or says in a sentence what it cannot do.

use std::time::Duration;

use e2e::{Browser, Failure, Filter, Relay, Scheme, Tab, Verdict, View};
use serde_json::json;

const MOMENT: Duration = Duration::from_secs(15);
/// A name of this machine that no browser takes for secure.
const HOST: &str = "classroom.test";
/// Control+V, as WebDriver writes it.
const PASTE: &str = "\u{e009}v\u{e000}";
const WIDTHS: [u32; 2] = [1280, 390];

/// A classroom: the relay, the way to it, and a browser that knows its name.
struct Classroom {
    filter: Filter,
    browser: Browser,
    _relay: Relay,
}

impl Classroom {
    async fn open() -> Result<Self, Failure> {
        let relay = Relay::start_easy(&[]).await?;
        let filter = Filter::start(&relay, |_| Verdict::Pass).await?;
        let browser = Browser::start_with(&[&format!("--host-resolver-rules=MAP {HOST} 127.0.0.1")]).await?;
        Ok(Self { filter, browser, _relay: relay })
    }

    async fn tab(&self, path: &str) -> Result<Tab, Failure> {
        let tab = self.browser.open(&self.filter.page_at(HOST, path)).await?;
        runs(&tab).await?;
        assert_eq!(tab.run("return isSecureContext", vec![]).await?, false);
        Ok(tab)
    }

    /// Nothing failed that nobody saw.
    async fn assert_no_complaints(&self) -> Result<(), Failure> {
        // The way to the relay names another host to it than to the browser, so the relay takes the page for secure.
        self.browser.assert_no_complaints(&["Cross-Origin-Opener-Policy header has been ignored"]).await
    }
}

/// Waits until the page has a node.
async fn runs(tab: &Tab) -> Result<(), Failure> {
    let script = "return document.querySelectorAll('main .card h2').length > 0
        && !document.body.innerText.includes('This tab becomes a node')";
    tab.wait_until("a page with a node", MOMENT, async || tab.run(script, vec![]).await, |runs| *runs == true).await?;
    Ok(())
}

/// Presses every button that copies; each says that it did, and nothing on the page moves for that.
async fn copy_all(tab: &Tab, page: &str) -> Result<(), Failure> {
    let script = "const done = arguments[arguments.length - 1], seen = [];
        const boxes = () => [...document.querySelectorAll('main code, main .card')].map(one => one.offsetWidth).join();
        const buttons = [...document.querySelectorAll('main .copy button')].filter(one => one.offsetParent);
        (async () => {
            for (const button of buttons) {
                const said = button.parentElement.querySelector('.copy-said'), before = boxes();
                button.click();
                for (let waited = 0; !said.textContent && waited < 50; waited++) await new Promise(next => setTimeout(next, 20));
                const place = said.getBoundingClientRect();
                seen.push([button.ariaLabel, said.textContent, before === boxes(), place.height < 60]);
            }
            done(seen);
        })()";
    tab.touch().await?;
    let seen = tab.run_async(script, vec![], MOMENT).await?;
    for one in seen.as_array().into_iter().flatten() {
        assert_eq!(
            one.as_array().map(|one| &one[1..]),
            Some(&[json!("Copied"), json!(true), json!(true)][..]),
            "{page}: {one}"
        );
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_works_over_plain_http_at_both_widths() -> Result<(), Failure> {
    let room = Classroom::open().await?;
    let tab = room.tab("/").await?;
    tab.press("Mine a block").await?;
    tab.wait_for("balance", "10").await?;
    let hash = tab.text("tip-hash").await?;
    let own = tab.text("address").await?;
    let reward = "return fetch('/api/v1/rooms/main/blocks/1').then(answer => answer.json())
        .then(block => (block.block ?? block).transactions[0].id)";
    let reward = tab.run(reward, vec![]).await?;
    let pages = [
        "/".to_owned(),
        "/wallet".to_owned(),
        "/mine".to_owned(),
        "/blocks".to_owned(),
        format!("/blocks/{hash}"),
        format!("/addresses/{own}"),
        format!("/transactions/{}", reward.as_str().unwrap_or_default()),
        "/peers".to_owned(),
        "/lessons".to_owned(),
        "/lessons/break-the-coin".to_owned(),
        "/developers".to_owned(),
        "/rooms/classic/".to_owned(),
        "/rooms/classic/peers".to_owned(),
        "/rooms/classic/lessons/break-the-coin".to_owned(),
        "/rooms/classic/developers".to_owned(),
    ];
    for page in &pages {
        tab.goto(&room.filter.page_at(HOST, page)).await?;
        runs(&tab).await?;
        for width in WIDTHS {
            tab.show_on(View { width, scheme: Scheme::Light }).await?;
            copy_all(&tab, page).await?;
            assert_eq!(tab.overflow().await?, 0, "{page} at {width} scrolls sideways");
        }
        room.assert_no_complaints().await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_copied_over_plain_http_can_be_pasted_and_the_focus_stays() -> Result<(), Failure> {
    let room = Classroom::open().await?;
    let tab = room.tab("/wallet").await?;
    let own = tab.text("address").await?;
    tab.press("Copy this tab's address").await?;
    tab.wait_for_words("Copied").await?;
    let focused = tab.run("return document.activeElement.ariaLabel", vec![]).await?;
    assert_eq!(focused, "Copy this tab's address");
    tab.fill("Contact's name", PASTE).await?;
    assert_eq!(tab.field("Contact's name").await?, own);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn where_no_page_may_copy_the_text_is_there_to_be_copied_by_hand() -> Result<(), Failure> {
    let room = Classroom::open().await?;
    let tab = room.tab("/wallet").await?;
    let own = tab.text("address").await?;
    tab.run("document.execCommand = () => false", vec![]).await?;
    tab.press("Copy this tab's address").await?;
    tab.wait_for_words("Copy it from here").await?;
    let selected = "const field = document.activeElement;
        return field.value.slice(field.selectionStart, field.selectionEnd)";
    tab.wait_until(
        "the text, selected",
        MOMENT,
        async || tab.run(selected, vec![]).await,
        |text| *text == own.as_str(),
    )
    .await?;
    assert_eq!(tab.overflow().await?, 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_page_over_plain_http_cannot_do_is_said_in_a_sentence() -> Result<(), Failure> {
    let room = Classroom::open().await?;
    let tab = room.tab("/mine").await?;
    tab.wait_for_words("This page came over plain HTTP").await?;
    assert_eq!(
        tab.run("return document.querySelectorAll('[role=switch][aria-disabled=true]').length", vec![]).await?,
        1
    );

    // Without locks two tabs are two nodes all the same.
    let other = room.tab("/").await?;
    other.wait_for("peer-count", "1").await?;
    Ok(())
}
