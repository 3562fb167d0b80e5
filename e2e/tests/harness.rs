//! The harness itself, on a page made for it: what these find and miss is what the other tests can rely on.

use std::time::Duration;

use e2e::page::Role;
use e2e::{Browser, Failure, Scheme, Tab, View};

const PAGE: &str = r#"data:text/html,<!doctype html><meta charset="utf-8"><title>t</title>
<button onclick="out.textContent='plain'">Mine a block</button>
<button aria-label="Copy the address" onclick="out.textContent='named'">x</button>
<button hidden>Gone</button>
<label for="a">Amount</label><input id="a" value="old" oninput="out.textContent=this.value">
<span id="l">Auto-sync</span><button role="switch" aria-labelledby="l" aria-checked="false"
  onclick="this.setAttribute('aria-checked',this.getAttribute('aria-checked')!=='true')">o</button>
<p data-testid="out" id="out"> first </p>"#;

async fn page() -> Result<(Browser, Tab), Failure> {
    let browser = Browser::start().await?;
    let tab = browser.open(PAGE).await?;
    Ok((browser, tab))
}

#[tokio::test(flavor = "multi_thread")]
async fn buttons_are_pressed_by_the_name_a_screen_reader_says() -> Result<(), Failure> {
    let (_browser, tab) = page().await?;
    assert_eq!(tab.text("out").await?, "first");
    tab.press("Mine a block").await?;
    assert_eq!(tab.text("out").await?, "plain");
    tab.press("Copy the address").await?;
    assert_eq!(tab.text("out").await?, "named");
    assert!(!tab.has(Role::Button, "Gone").await?);
    assert!(!tab.has(Role::Button, "Auto-sync").await?, "a switch is no button");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_field_is_filled_in_place_of_what_was_in_it() -> Result<(), Failure> {
    let (_browser, tab) = page().await?;
    for text in ["4.5", "-1", ""] {
        tab.fill("Amount", text).await?;
        assert_eq!((tab.field("Amount").await?.as_str(), tab.text("out").await?.as_str()), (text, text));
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_switch_is_left_alone_where_it_is_as_wanted() -> Result<(), Failure> {
    let (_browser, tab) = page().await?;
    for on in [false, true, true, false] {
        tab.switch("Auto-sync", on).await?;
        assert_eq!(tab.is_on("Auto-sync").await?, on);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn two_tabs_do_not_get_in_each_others_way() -> Result<(), Failure> {
    let (browser, one) = page().await?;
    let other = browser.open(PAGE).await?;
    let (first, second) = tokio::join!(one.press("Mine a block"), other.press("Copy the address"));
    first.and(second)?;
    assert_eq!((one.text("out").await?, other.text("out").await?), ("plain".to_owned(), "named".to_owned()));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wait_that_fails_says_what_was_there_and_keeps_a_picture() -> Result<(), Failure> {
    let (_browser, tab) = page().await?;
    let failure = tab.wait_for_within("out", "second", Duration::from_millis(100)).await.unwrap_err().to_string();
    assert!(failure.contains(r#"`out` to be "second"; last seen: "first""#), "{failure}");
    let (_, file) = failure.rsplit_once("a picture is in ").expect("the picture is named");
    let png = std::fs::read(file)?;
    assert!(png.starts_with(b"\x89PNG"), "{file} is a picture");
    std::fs::remove_file(file)?;
    Ok(())
}

/// What needs the protocol of Chromium's developer tools.
mod chromium {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn the_screen_is_as_wide_and_as_dark_as_asked() -> Result<(), Failure> {
        let (_browser, tab) = page().await?;
        for (width, scheme, is_dark) in [(1280, Scheme::Light, false), (360, Scheme::Dark, true)] {
            tab.show_on(View { width, scheme }).await?;
            let script = "return [innerWidth, matchMedia('(prefers-color-scheme: dark)').matches]";
            let seen = tab.run(script, vec![]).await?;
            // A phone lays a page without a viewport tag out as wide as it likes, so only the colours are asked there.
            assert_eq!(seen[1], is_dark);
            assert!(width < 600 || seen[0] == width, "{seen}");
        }
        Ok(())
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_the_page_writes_to_the_console_is_told() -> Result<(), Failure> {
        let (browser, tab) = page().await?;
        tab.run("console.error('a refusal')", vec![]).await?;
        let lines = browser.console().await?;
        assert!(lines.iter().any(|line| line.starts_with("SEVERE") && line.contains("a refusal")), "{lines:?}");
        Ok(())
    }
}
