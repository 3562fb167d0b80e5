//! A page of another site does what such a page can to change an open tab and the relay's own node, over plain http,
//! where browsers do not say which page asks. And what people do themselves still works.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use e2e::{Browser, Curl, Failure, PythonNode, Relay, Tab};
use serde_json::{Value, json};

/// How long what needs no mining may take.
const MOMENT: Duration = Duration::from_secs(15);
/// How long a request that slipped through may take to show.
const EFFECT: Duration = Duration::from_secs(6);
/// Two sites on this machine, neither of which a browser trusts as it trusts `localhost`.
const SITES: &str = "--host-resolver-rules=MAP classroom.test 127.0.0.1, MAP evil.test 127.0.0.1";

/// What a page can have a browser ask for, each with the place of the address it is to ask for.
const WAYS: [(&str, &str); 34] = [
    ("a picture", "put('<img src=\"URL\">')"),
    ("a picture of a set", "put('<img srcset=\"URL 1x\">')"),
    ("a picture in SVG", "put('<svg><image href=\"URL\"/></svg>')"),
    ("a script", "const s = document.createElement('script'); s.src = 'URL'; document.body.append(s)"),
    (
        "a module",
        "const s = document.createElement('script'); s.type = 'module'; s.src = 'URL'; document.body.append(s)",
    ),
    ("an import", "import('URL').catch(() => {})"),
    ("a style sheet", "put('<link rel=\"stylesheet\" href=\"URL\">')"),
    ("an imported style", "put('<style>@import \"URL\";</style>')"),
    ("a background", "put('<div style=\"background: url(URL); height: 9px\">x</div>')"),
    ("an icon", "put('<link rel=\"icon\" href=\"URL\">')"),
    ("a prefetch", "put('<link rel=\"prefetch\" href=\"URL\">')"),
    ("a preload", "put('<link rel=\"preload\" as=\"image\" href=\"URL\">')"),
    ("a manifest", "put('<link rel=\"manifest\" href=\"URL\">')"),
    ("a video", "put('<video autoplay src=\"URL\"></video>')"),
    ("a sound", "put('<audio autoplay src=\"URL\"></audio>')"),
    ("an object", "put('<object data=\"URL\"></object>')"),
    ("an embedded object", "put('<embed src=\"URL\">')"),
    ("a frame", "put('<iframe src=\"URL\"></iframe>')"),
    ("a sandboxed frame", "put('<iframe sandbox=\"allow-scripts allow-forms\" src=\"URL\"></iframe>')"),
    ("a request", "fetch('URL').catch(() => {})"),
    ("a request without an answer", "fetch('URL', { mode: 'no-cors' })"),
    ("a request with credentials", "fetch('URL', { mode: 'no-cors', credentials: 'include' })"),
    ("a request without a referrer", "fetch('URL', { mode: 'no-cors', referrerPolicy: 'no-referrer' })"),
    ("a request with a header", "fetch('URL', { headers: { 'X-Requested-With': 'x' } }).catch(() => {})"),
    ("a hidden header", "fetch('URL', { mode: 'no-cors', headers: { 'X-Requested-With': 'x' } })"),
    ("an old request", "const x = new XMLHttpRequest(); x.open('GET', 'URL'); x.send()"),
    ("a stream of events", "new EventSource('URL')"),
    ("a form", "form('get', 'URL', '')"),
    ("a form that posts", "form('post', 'URL', '')"),
    ("a beacon", "navigator.sendBeacon('URL', 'x')"),
    ("a redirected picture", "put('<img src=\"/to?url=URL\">')"),
    ("a redirected frame", "put('<iframe src=\"/to?url=URL\"></iframe>')"),
    ("a new window", "window.open('URL')"),
    ("a redirected window", "window.open('/to?url=URL')"),
];

/// What a page can have a browser post, with the address and the text.
const POSTS: [(&str, &str); 4] = [
    ("a request as text", "fetch('URL', { method: 'POST', mode: 'no-cors', body: 'TEXT' })"),
    (
        "a request as JSON",
        "fetch('URL', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: 'TEXT' }).catch(() => {})",
    ),
    ("a beacon", "navigator.sendBeacon('URL', 'TEXT')"),
    ("a form as text", "form('post', 'URL', 'TEXT')"),
];

const PAGE: &str = "<!doctype html><meta charset=utf-8><title>evil</title><body><script>
    function put(html) { const box = document.createElement('div'); box.innerHTML = html; document.body.append(box); }
    function form(method, action, text) {
      const frame = document.createElement('iframe'); frame.name = 'f' + Math.random(); document.body.append(frame);
      const form = document.createElement('form');
      Object.assign(form, { method, action, target: frame.name, enctype: 'text/plain' });
      const field = document.createElement('input'); field.name = text; field.value = ''; form.append(field);
      document.body.append(form); form.submit();
    }
</script>";

/// A site of somebody who means harm: one page, a redirection, and a note of who was sent on.
async fn evil_site() -> Result<(u16, Arc<Mutex<usize>>), Failure> {
    let sent_on = Arc::new(Mutex::new(0));
    let to = async |State(sent_on): State<Arc<Mutex<usize>>>, Query(query): Query<Vec<(String, String)>>| -> Response {
        *sent_on.lock().expect("no panic") += 1;
        let place = query.into_iter().find(|(name, _)| name == "url").map(|(_, value)| value).unwrap_or_default();
        (StatusCode::FOUND, [(header::LOCATION, place)]).into_response()
    };
    let router =
        Router::new().route("/", get(async || Html(PAGE))).route("/to", get(to)).with_state(Arc::clone(&sent_on));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let port = listener.local_addr()?.port();
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok((port, sent_on))
}

/// A relay of a LAN whose own node is on, and an open tab of its classic room, at an address that browsers do not trust.
struct Classroom {
    relay: Relay,
    browser: Browser,
    tab: Tab,
    id: String,
}

impl Classroom {
    async fn open() -> Result<Self, Failure> {
        let relay = Relay::start_with(
            None,
            &["--public-url", "http://classroom.test", "--own-node", "on", "--fetch", "loopback"],
        )
        .await?;
        let browser = Browser::start_with(&[SITES, "--disable-popup-blocking"]).await?;
        let tab = browser.open(&format!("{}/rooms/classic/", Self::site(&relay))).await?;
        assert_eq!(tab.run("return window.isSecureContext", vec![]).await?, json!(false));
        let is_id = |id: &String| id.len() == 32;
        let id = tab.wait_until("a node id", MOMENT, async || tab.text("node-id").await, is_id).await?;
        let here = async || Ok(Curl::get(relay.page(&format!("/nodes/{id}/get_chain"))).send().await?.status);
        e2e::wait_until("the tab to answer", MOMENT, here, |status| *status == 200).await?;
        Ok(Self { relay, browser, tab, id })
    }

    fn site(relay: &Relay) -> String {
        relay.url().replace("127.0.0.1", "classroom.test")
    }

    /// Where the nodes are that a page may want to change.
    fn nodes(&self) -> [String; 3] {
        [format!("/nodes/{}", self.id), "/rooms/classic".to_owned(), String::new()]
    }

    /// What curl reads of the three nodes: chains, and what waits, which the next block would have.
    async fn state(&self) -> Result<Vec<Value>, Failure> {
        let mut state = Vec::new();
        for node in self.nodes() {
            state.push(Curl::get(self.relay.page(&format!("{node}/get_chain"))).json(200).await?["chain"].clone());
        }
        Ok(state)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_page_of_another_site_changes_an_open_tab_or_the_own_node_over_plain_http() -> Result<(), Failure> {
    let class = Classroom::open().await?;
    let (port, sent_on) = evil_site().await?;
    // Something to lose: a chain to replace with a longer one.
    let before = class.state().await?;
    let site = Classroom::site(&class.relay);
    let evil = class.browser.open(&format!("http://evil.test:{port}/")).await?;
    for node in class.nodes() {
        for path in ["/mine_block", "/replace_chain"] {
            for (way, script) in WAYS {
                let script = script.replace("URL", &format!("{site}{node}{path}"));
                evil.run(&script, vec![]).await.map_err(|error| Failure::setup(format!("{way}: {error}")))?;
            }
            // Windows that were opened are closed again.
            tokio::time::sleep(Duration::from_millis(500)).await;
            for tab in class.browser.tabs().await? {
                if tab.url().await?.contains(path) {
                    tab.close().await?;
                }
            }
        }
        let payment = json!({ "sender": "a", "receiver": "b", "amount": 1 }).to_string();
        let nodes = json!({ "nodes": ["http://127.0.0.1:1"] }).to_string();
        for (path, text) in [("/add_transaction", payment), ("/connect_node", nodes)] {
            for (way, script) in POSTS {
                let script = script.replace("URL", &format!("{site}{node}{path}")).replace("TEXT", &text);
                evil.run(&script, vec![]).await.map_err(|error| Failure::setup(format!("{way}: {error}")))?;
            }
        }
    }
    evil.goto(&format!("{site}/nodes/{}/mine_block", class.id)).await?;
    tokio::time::sleep(EFFECT).await;
    assert_eq!(class.state().await?, before);
    assert!(*sent_on.lock().expect("no panic") > 0, "the page's scripts ran");
    // Nothing waits either: a block has the reward alone.
    for node in [&class.nodes()[0], &class.nodes()[1]] {
        let mined = Curl::get(class.relay.page(&format!("{node}/mine_block"))).json(200).await?;
        assert_eq!(mined["transactions"].as_array().map(Vec::len), Some(1), "{node}: {mined}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_people_and_programs_do_themselves_works_over_plain_http() -> Result<(), Failure> {
    let class = Classroom::open().await?;
    let tab_url = class.relay.page(&format!("/nodes/{}", class.id));
    let length = async || Ok(Curl::get(format!("{tab_url}/get_chain")).json(200).await?["length"].clone());
    // The app's own button.
    class.tab.press("Mine a block").await?;
    e2e::wait_until("a block by the page's button", MOMENT, length, |length| *length == 2).await?;
    // An address that was typed: a page with a button.
    let typed = class.browser.open(&format!("{}/nodes/{}/mine_block", Classroom::site(&class.relay), class.id)).await?;
    assert!(typed.all_text().await?.contains("curl"), "{}", typed.all_text().await?);
    assert_eq!(length().await?, 2);
    typed.run("document.querySelector('button').click()", vec![]).await?;
    e2e::wait_until("a block by the button", MOMENT, length, |length| *length == 3).await?;
    // curl, by the address and by the name.
    Curl::get(format!("{tab_url}/mine_block")).json(200).await?;
    let host = Classroom::site(&class.relay).replace("http://", "Host: ");
    Curl::get(format!("{tab_url}/mine_block")).header(&host).json(200).await?;
    // A learner's Python node, which the tab adopts, and which adopts the tab's.
    let python = PythonNode::start().await?;
    let address = format!("http://{}:x@{}", class.id, class.relay.url().trim_start_matches("http://"));
    Curl::post(python.page("/connect_node"), &json!({ "nodes": [address] }).to_string()).json(201).await?;
    assert_eq!(Curl::get(python.page("/replace_chain")).json(200).await?["message"], "nodes updated.");
    Curl::get(python.page("/mine_block")).json(200).await?;
    Curl::post(format!("{tab_url}/connect_node"), &json!({ "nodes": [python.url()] }).to_string()).json(201).await?;
    assert_eq!(Curl::get(format!("{tab_url}/replace_chain")).json(200).await?["message"], "nodes updated.");
    assert_eq!(length().await?, 6);
    Ok(())
}
