//! The page before the app runs: what it says when a file of the app is refused, missing, slow or not to be run.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use e2e::{AppWith, Browser, Failure, Filter, Relay, Tab, Verdict};

/// How long the page may take to say that something is wrong.
const WORDS: Duration = Duration::from_secs(10);
const MOMENT: Duration = Duration::from_secs(20);

/// Waits until the page says all of this.
async fn says(tab: &Tab, words: &[&str]) -> Result<(), Failure> {
    let says_all = |text: &String| words.iter().all(|word| text.contains(word));
    tab.wait_until(&format!("the page to say {words:?}"), WORDS, async || tab.all_text().await, says_all).await?;
    Ok(())
}

/// Opens the app through a filter that treats the files of this ending so.
async fn open(
    browser: &Browser,
    relay: &Relay,
    ending: &'static str,
    verdict: Verdict,
) -> Result<(Filter, Tab), Failure> {
    let filter = Filter::start(relay, move |path| if path.ends_with(ending) { verdict } else { Verdict::Pass }).await?;
    let tab = browser.open(&filter.page("/")).await?;
    Ok((filter, tab))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_a_filter_refuses_is_named_with_its_status_and_a_way_on() -> Result<(), Failure> {
    let relay = Relay::start().await?;
    let browser = Browser::start().await?;
    for ending in ["_bg.wasm", ".js"] {
        for (status, words) in [
            (403, ["status 403", "filter", "Load again"]),
            (200, ["status 200, text/html", "filter", "Load again"]),
            (503, ["status 503", "whoever runs this relay", "Load again"]),
            (404, ["status 404", "--base-path", "Load again"]),
        ] {
            let (_filter, tab) = open(&browser, &relay, ending, Verdict::Refuse(status)).await?;
            says(&tab, &words).await?;
            assert!(!tab.all_text().await?.contains("Loading"), "{ending} {status}");
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_an_older_release_says_that_the_app_was_updated_and_loads_the_new_one() -> Result<(), Failure> {
    let relay = Relay::start().await?;
    let browser = Browser::start().await?;
    let page = tokio::fs::read_to_string(e2e::given::app()?.join("index.html")).await?;
    let old: &str = page.replace("/tabcoin-", "/tabcoin-0000").leak();
    let is_old = AtomicBool::new(true);
    let judge = move |path: &str| match path {
        "/" if is_old.swap(false, Ordering::Relaxed) => Verdict::Page(old),
        _ => Verdict::Pass,
    };
    let filter = Filter::start(&relay, judge).await?;
    let tab = browser.open(&filter.page("/")).await?;
    says(&tab, &["The app was updated", "status 404", "Load again"]).await?;
    tab.press("Load again").await?;
    tab.wait_for("tip-height", "0").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_arrives_slowly_is_counted_and_what_does_not_arrive_is_said() -> Result<(), Failure> {
    let relay = Relay::start().await?;
    let browser = Browser::start().await?;
    let (_filter, tab) = open(&browser, &relay, "_bg.wasm", Verdict::Slow(60_000)).await?;
    let is_part = |text: &String| text.contains(" of ") && text.contains(" MB");
    let first = tab.wait_until("bytes of how many", WORDS, async || tab.all_text().await, is_part).await?;
    tab.wait_until("more of them", WORDS, async || tab.all_text().await, |text| is_part(text) && *text != first)
        .await?;
    let meter = "const meter = document.querySelector('progress'); return meter.value > 0 && meter.value < meter.max";
    assert_eq!(tab.run(meter, vec![]).await?, true);

    let (_filter, tab) = open(&browser, &relay, "_bg.wasm", Verdict::Silent).await?;
    says(&tab, &["Nothing has arrived for 8 seconds", "Load again"]).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_that_cannot_run_the_app_is_told_why() -> Result<(), Failure> {
    let relay = Relay::start().await?;
    let browser = Browser::start().await?;
    for (script, words) in [
        ("delete window.WebAssembly", "WebAssembly switched off"),
        ("delete HTMLScriptElement.prototype.noModule", "too old for Tabcoin"),
        (
            "WebAssembly.instantiateStreaming = () => { throw new RangeError('could not allocate memory') }",
            "too little free memory",
        ),
        (
            "WebAssembly.instantiateStreaming = () => { throw new WebAssembly.CompileError(\"Content Security Policy: \
             'unsafe-eval' is not allowed\") }",
            "security policy",
        ),
        ("WebAssembly.instantiateStreaming = () => { throw new Error('some trouble') }", "some trouble"),
    ] {
        let tab = browser.open("about:blank").await?;
        tab.before_each_page(script).await?;
        tab.goto(&relay.page("/")).await?;
        says(&tab, &[words, "Load again"]).await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_worker_that_cannot_start_is_told_of_within_ten_seconds() -> Result<(), Failure> {
    let relay = Relay::start().await?;
    let browser = Browser::start().await?;
    let worker = |path: &str| path.starts_with("/worker.js");
    for (verdict, words) in
        [(Verdict::Refuse(403), "was answered with status 403"), (Verdict::Silent, "still loading the node's worker")]
    {
        let filter = Filter::start(&relay, move |path| if worker(path) { verdict } else { Verdict::Pass }).await?;
        let tab = browser.open(&filter.page("/")).await?;
        tab.wait_until(words, MOMENT, async || tab.all_text().await, |text| text.to_lowercase().contains(words))
            .await?;
    }
    // The page got its wasm, and the worker does not.
    let app = AppWith::worker_script("self.fetch = async () => new Response('', { status: 403 });").await?;
    let relay = Relay::start_serving(app.folder(), None, &[]).await?;
    let tab = browser.open(&relay.page("/")).await?;
    says(&tab, &["_bg.wasm was answered with status 403", "filter", "Load again"]).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn without_scripts_the_page_says_what_it_needs() -> Result<(), Failure> {
    let relay = Relay::start().await?;
    let page = e2e::Curl::get(relay.page("/")).send().await?.body;
    let without = page.split_once("<noscript>").and_then(|(_, rest)| rest.split_once("</noscript>"));
    assert!(without.is_some_and(|(text, _)| text.contains("needs JavaScript and WebAssembly")), "{page}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_stops_says_so_and_loads_again() -> Result<(), Failure> {
    let relay = Relay::start().await?;
    let browser = Browser::start().await?;
    let tab = browser.open(&relay.page("/")).await?;
    tab.wait_for("tip-height", "0").await?;
    let trap = "const bytes = Uint8Array.of(0,97,115,109,1,0,0,0,1,4,1,96,0,0,3,2,1,0,7,5,1,1,102,0,0,10,5,1,3,0,0,11);
        setTimeout(() => new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports.f())";
    tab.run(trap, vec![]).await?;
    // It stands beside the body, which is the app's.
    let all = async || tab.run("return document.documentElement.innerText", vec![]).await;
    let says = |text: &serde_json::Value| text.as_str().is_some_and(|text| text.contains("unreachable"));
    tab.wait_until("the page to say that it has stopped", WORDS, all, says).await?;
    tab.press("Load again").await?;
    tab.wait_until("a page that runs", MOMENT, async || tab.all_text().await, |text| !text.contains("has stopped"))
        .await?;
    tab.wait_for("tip-height", "0").await?;
    Ok(())
}
