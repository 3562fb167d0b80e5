//! A translator in the browser, which puts elements or texts of its own where the page's texts are, again and again: the
//! page goes on changing, and nothing on it breaks.

use std::time::Duration;

use e2e::{Browser, Failure, Relay, Tab};

const MOMENT: Duration = Duration::from_secs(15);

/// What translators do with a text: Chromium's puts two elements in its place, others move it into one, take it out after
/// they put theirs beside it, or put another text there.
const WAYS: [&str; 4] = [
    "const outer = document.createElement('font'), inner = document.createElement('font');
     inner.textContent = text.data; outer.append(inner); text.replaceWith(outer);",
    "const font = document.createElement('font'); text.parentNode.insertBefore(font, text); font.appendChild(text);",
    "const font = document.createElement('font'); font.textContent = text.data;
     text.parentNode.insertBefore(font, text); text.parentNode.removeChild(text);",
    "const other = document.createTextNode(text.data); other.translated = true; text.replaceWith(other);",
];

/// Translates what is on the page and whatever comes, as often as something changes.
fn translator(way: &str) -> String {
    format!(
        "const translate = () => {{
            const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
            const found = [];
            while (texts.nextNode()) found.push(texts.currentNode);
            for (const text of found) {{
                if (text.translated || text.parentElement.closest('font, script, [translate=no]')) continue;
                {way}
                window.translations = (window.translations ?? 0) + 1;
            }}
        }};
        translate();
        new MutationObserver(() => requestAnimationFrame(translate))
            .observe(document.body, {{ childList: true, subtree: true, characterData: true }});"
    )
}

/// The page's words without the marks that only space them.
async fn words(tab: &Tab) -> Result<String, Failure> {
    Ok(tab.all_text().await?.split_whitespace().collect::<Vec<_>>().join(" "))
}

async fn says(tab: &Tab, wanted: &str) -> Result<(), Failure> {
    let what = format!("the page to say {wanted:?}");
    tab.wait_until(&what, MOMENT, async || words(tab).await, |seen| seen.contains(wanted)).await.map(drop)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_translated_page_goes_on_changing_and_nothing_on_it_breaks() -> Result<(), Failure> {
    for way in WAYS {
        let relay = Relay::start_easy(&[]).await?;
        let browser = Browser::start().await?;
        let tab = browser.open(&relay.page("/")).await?;
        tab.wait_for("tip-height", "0").await?;
        tab.run(&translator(way), vec![]).await?;

        for height in 1..=3 {
            tab.press("Mine a block").await?;
            tab.wait_for("tip-height", &height.to_string()).await?;
            tab.wait_for("balance", &(10 * height).to_string()).await?;
        }
        let other = browser.open(&relay.page("/")).await?;
        other.wait_for("peer-count", "1").await?;
        tab.wait_for("peer-count", "1").await?;
        says(&tab, "1 other node here").await?;

        tab.follow("Wallet").await?;
        says(&tab, "30 can be spent now").await?;
        let own = tab.text("address").await?;
        tab.fill("Receiver", &own).await?;
        tab.fill("Amount", "1,5").await?;
        says(&tab, "Read as 1.5 coins").await?;
        tab.press("Send").await?;
        says(&tab, "waits for a block").await?;
        tab.fill("Name", "ada").await?;
        tab.press("Rename").await?;
        says(&tab, "Renamed").await?;

        tab.follow("Mine").await?;
        tab.press("Start mining").await?;
        tab.press("Stop mining").await?;
        says(&tab, "Start mining").await?;
        for page in ["Blocks", "Peers", "Lessons", "Developers", "Overview"] {
            tab.follow(page).await?;
            tab.wait_until(
                page,
                MOMENT,
                async || tab.run("return document.title", vec![]).await,
                |title| title.as_str().is_some_and(|title| title.starts_with(page)),
            )
            .await?;
        }
        other.close().await?;
        says(&tab, "0 other nodes here").await?;
        let before: u64 = tab.text("tip-height").await?.parse().unwrap_or_default();
        tab.press("Mine a block").await?;
        tab.wait_for("tip-height", &(before + 1).to_string()).await?;
        // The strip of blocks moved on too, and shows each height once.
        let strip =
            "return [...document.querySelectorAll('.strip .height, .block-height')].map(one => one.textContent)";
        let shown = tab.run(strip, vec![]).await?;
        let shown: Vec<&str> = shown.as_array().into_iter().flatten().filter_map(|one| one.as_str()).collect();
        let mut once = shown.clone();
        once.dedup();
        assert_eq!(shown, once, "no text stands twice");

        let count = tab.run("return window.translations", vec![]).await?;
        assert!(count.as_u64() > Some(100), "the translator was at work: {count}");
        browser.assert_no_complaints(&[]).await?;
    }
    Ok(())
}
