//! Names that are no names: markup, addresses of scripts, marks that turn the reading direction, signs that nobody sees,
//! ten kilobytes. The page shows them as text or refuses them, with the policy header in force.

use std::time::Duration;

use e2e::{Browser, Curl, Failure, Relay, Tab};
use serde_json::{Value, json};

const MOMENT: Duration = Duration::from_secs(20);
/// What a page shows of a block's transactions.
const SHOWN: usize = 5;
/// What each of them would do if it could.
const DEED: &str = "window.owned=1";

/// Sixty of them.
fn payloads() -> Vec<String> {
    let mut payloads: Vec<String> = Vec::new();
    for tag in ["script", "svg/onload=DEED", "style/onload=DEED", "iframe/onload=DEED", "body/onload=DEED"] {
        let name = tag.split('/').next().unwrap_or(tag);
        payloads.push(format!("<{}>DEED</{name}>", tag.replace('/', " ")));
        payloads.push(format!("\"><{}>DEED</{name}>", tag.replace('/', " ")));
        payloads.push(format!("</title></textarea></bdi><{}>DEED</{name}>", tag.replace('/', " ")));
    }
    for element in ["img src=x onerror", "video src=x onerror", "input autofocus onfocus", "details open ontoggle"] {
        payloads.push(format!("<{element}=DEED>"));
        payloads.push(format!("'><{element}='DEED'>"));
        payloads.push(format!("`<{element}=`DEED`>"));
    }
    for scheme in
        ["javascript:", "JaVaScRiPt:", "java\tscript:", "\u{1}javascript:", "vbscript:", "data:text/html,<script>"]
    {
        payloads.push(format!("{scheme}DEED"));
        payloads.push(format!("<a href='{scheme}DEED'>x</a>"));
    }
    for mark in ['\u{202e}', '\u{202d}', '\u{2066}', '\u{2067}', '\u{2069}', '\u{200e}', '\u{200f}', '\u{61c}'] {
        payloads.push(format!("ana{mark}live"));
    }
    for unseen in ['\u{200b}', '\u{200c}', '\u{200d}', '\u{feff}', '\u{2060}', '\u{ad}', '\u{180e}', '\u{3164}'] {
        payloads.push(format!("a{unseen}n{unseen}a"));
    }
    for other in [
        "{{DEED}}",
        "${DEED}",
        "&lt;script&gt;DEED&lt;/script&gt;",
        "\u{0}\u{7}\u{1b}[31mana",
        "Z\u{489}\u{310}\u{344}a",
    ] {
        payloads.push(other.to_owned());
    }
    let payloads: Vec<String> = payloads.iter().map(|payload| payload.replace("DEED", DEED)).collect();
    assert_eq!(payloads.len(), 60);
    payloads
}

/// What in the page shows that a payload did something: it ran, or became an element.
async fn damage(tab: &Tab) -> Result<Value, Failure> {
    let script = "return [window.owned === undefined, document.querySelectorAll('main script, main iframe, main style, \
                  main img[src=x], main video, main [onload], main [onerror], main [onfocus], main [ontoggle], \
                  main a[href^=j], main a[href^=d], main a[href^=v]').length]";
    tab.run(script, vec![]).await
}

fn harmless() -> Value {
    json!([true, 0])
}

#[tokio::test(flavor = "multi_thread")]
async fn sixty_hostile_names_on_a_chain_are_shown_as_text() -> Result<(), Failure> {
    let relay = Relay::start().await?;
    let browser = Browser::start().await?;
    let tab = browser.open(&relay.page("/rooms/classic/")).await?;
    let is_id = |id: &String| id.len() == 32;
    let id = tab.wait_until("a node id", MOMENT, async || tab.text("node-id").await, is_id).await?;
    let url = |path: &str| relay.page(&format!("/nodes/{id}{path}"));
    let here = async || Ok(Curl::get(url("/get_chain")).send().await?.status);
    e2e::wait_until("the tab to answer", MOMENT, here, |status| *status == 200).await?;

    // Ten kilobytes are refused; what is under the limit is taken as it is, since the tutorial takes any text.
    let long = json!({ "sender": "a".repeat(10_000), "receiver": "b", "amount": 1 }).to_string();
    let refused = Curl::post(url("/add_transaction"), &long).send().await?;
    assert!((400..500).contains(&refused.status), "{}: {}", refused.status, refused.body);
    for some in payloads().chunks(SHOWN - 1) {
        for payload in some {
            let body = json!({ "sender": payload, "receiver": payload, "amount": 1 }).to_string();
            Curl::post(url("/add_transaction"), &body).json(201).await?;
        }
        Curl::get(url("/mine_block")).json(200).await?;
    }
    tab.goto(&relay.page("/rooms/classic/")).await?;
    let script = "return [...document.querySelectorAll('main .transfer-who bdi')].map(one => one.textContent)";
    let shown = async || tab.run(script, vec![]).await;
    let is_all = |shown: &Value| shown.as_array().is_some_and(|shown| shown.len() >= 2 * 60);
    let shown = tab.wait_until("all of them", MOMENT, shown, is_all).await?;
    for payload in payloads() {
        let text = shared::visible(&payload);
        assert!(shown.as_array().is_some_and(|shown| shown.contains(&json!(text))), "{payload:?} is shown as text");
    }
    assert_eq!(damage(&tab).await?, harmless());

    // The policy stands between a mistake and its harm, on the page and on what strangers wrote.
    for (path, policy) in
        [("/rooms/classic/", "script-src 'self'"), (&format!("/nodes/{id}/get_chain"), "default-src 'none'")]
    {
        let answer = Curl::get(relay.page(path)).with(&["-i"]).send().await?;
        assert!(answer.body.to_lowercase().contains("content-security-policy"), "{path}");
        assert!(answer.body.contains(policy) && !answer.body.contains("unsafe-inline"), "{path}");
    }
    let inline = "const s = document.createElement('script'); s.textContent = 'window.owned=1'; \
                  document.body.append(s); return window.owned === undefined";
    assert_eq!(tab.run(inline, vec![]).await?, true, "the policy is in force");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn no_hostile_name_is_the_name_of_a_node() -> Result<(), Failure> {
    let relay = Relay::start().await?;
    let browser = Browser::start().await?;
    let tab = browser.open(&relay.page("/wallet")).await?;
    let named = async || tab.field("Name").await;
    let before = tab.wait_until("a name", MOMENT, named, |name| !name.is_empty()).await?;
    for name in
        payloads().into_iter().filter(|name| !name.contains(['\u{0}', '\u{1}', '\t'])).chain(["a".repeat(10_000)])
    {
        let refusal = shared::NodeName::new(&name).expect_err("no name");
        tab.fill("Name", &name).await?;
        tab.press("Rename").await?;
        let words = shared::Refusal::receipt(&refusal).found;
        tab.wait_for_words(&words).await?;
    }
    assert_eq!(damage(&tab).await?, harmless());
    tab.reload().await?;
    let named = async || tab.field("Name").await;
    tab.wait_until("the name it had", MOMENT, named, |name| *name == before).await?;
    Ok(())
}
