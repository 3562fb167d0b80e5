//! A relay behind a proxy that serves it under a path: `--base-path /coin`.

use std::fs;

use crate::common::http::{Answer, get, request, send_as};
use crate::common::tab::Tab;
use crate::common::{TestRelay, process, settings, socket};
use relay::relay::Settings;
use shared::exchange::Answer as Answered;
use tempfile::TempDir;

const PAGE: &str = "<!doctype html><link rel=\"stylesheet\" href=\"/a-0123456789abcdef.css\"><script type=\"module\">
import init from '/app-0123456789abcdef.js';</script>";

/// A relay under `/coin`, with an app.
async fn start() -> (TestRelay, TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let app = folder.path().join("dist");
    fs::create_dir(&app).expect("a folder");
    for (name, text) in [
        ("index.html", PAGE),
        ("index.html.br", "of /"),
        ("app-0123456789abcdef.js", "1"),
        ("a-0123456789abcdef.css", ""),
    ] {
        fs::write(app.join(name), text).expect("written");
    }
    let settings = Settings { app, base_path: "/coin".parse().expect("a base path"), ..settings() };
    (TestRelay::start(&folder.path().join("data"), settings).await, folder)
}

#[tokio::test]
async fn everything_is_answered_whether_the_proxy_hands_the_path_on_or_takes_it_off() {
    let (relay, _folder) = start().await;
    let at = relay.address;
    let tab = Tab::join(at, 1).await;
    tab.answers(|_| Some(Answered::json(200, &"here")));
    let node = format!("/nodes/{}", tab.id());
    let paths = [
        "/".to_owned(),
        "/app-0123456789abcdef.js".to_owned(),
        "/healthz".to_owned(),
        "/docs".to_owned(),
        "/docs/docs.js".to_owned(),
        "/openapi.json".to_owned(),
        "/get_chain".to_owned(),
        "/rooms/classic/get_chain".to_owned(),
        "/api/v1/rooms/main".to_owned(),
        "/api/v1/rooms/main/blocks?limit=1".to_owned(),
        format!("{node}/get_chain"),
        node,
    ];
    for path in paths {
        let [handed_on, taken_off] = [get(at, &format!("/coin{path}")).await, get(at, &path).await];
        assert_eq!(handed_on.status, 200, "{path}: {}", handed_on.text());
        assert_eq!(handed_on.status, taken_off.status, "{path}");
        assert_eq!(handed_on.header("content-type"), taken_off.header("content-type"), "{path}");
    }
    for path in ["/coin/ws/main", "/ws/main"] {
        socket::handshake(at, path, Some(&format!("http://{at}"))).await.expect("let in");
    }
    // Before the host too, with the path and without.
    let host = format!("{}.localhost", tab.id());
    for path in ["/coin/get_chain", "/get_chain"] {
        assert_eq!(send_as(at, &host, &format!("GET {path}"), &[], b"").await.json(), "here", "{path}");
    }
    assert_eq!(get(at, "/coins/healthz").await.status, 404, "another path that begins alike");
    relay.stop().await;
}

#[tokio::test]
async fn the_page_names_its_files_under_the_path_and_its_policy_fits() {
    let (relay, _folder) = start().await;
    let asked = request(relay.address, "GET /", &["Accept-Encoding: br"]).await;
    // The compressed form lies in the folder and is the one for the root.
    assert_eq!(asked.header("content-encoding"), "");
    let page = asked.text();
    assert!(page.contains("href=\"/coin/a-0123456789abcdef.css\""), "{page}");
    let script = "\nimport init from '/coin/app-0123456789abcdef.js';";
    assert!(page.contains(&format!("<script type=\"module\">{script}</script>")), "{page}");
    let policy = asked.header("content-security-policy");
    assert!(policy.contains(&hash_of(script)) && policy.contains("base-uri 'none'"), "{policy}");
    let docs = get(relay.address, "/docs").await.text();
    let addresses = docs.split("href=\"").chain(docs.split("src=\"")).skip(1);
    assert!(
        addresses.into_iter().all(|address| !address.starts_with('/')),
        "relative to wherever it is served: {docs}"
    );
    relay.stop().await;
}

fn hash_of(script: &str) -> String {
    use base64::Engine as _;
    use sha2::Digest as _;
    format!("'sha256-{}'", base64::engine::general_purpose::STANDARD.encode(sha2::Sha256::digest(script)))
}

#[tokio::test]
async fn the_path_without_its_slash_leads_to_the_one_with_it() {
    let (relay, _folder) = start().await;
    for (path, location) in [("/coin", "/coin/"), ("/coin?new=1", "/coin/?new=1")] {
        let led = get(relay.address, path).await;
        assert_eq!((led.status, led.header("location")), (308, location));
    }
    relay.stop().await;
}

#[tokio::test]
async fn addresses_that_the_relay_hands_out_have_the_path() {
    let (relay, _folder) = start().await;
    let at = relay.address;
    let tab = Tab::join(at, 1).await;
    let room = async |path: &str| get(at, &format!("/api/v1/rooms{path}")).await;
    assert_eq!(room("/main").await.json()["url"], "/coin/api/v1/rooms/main");
    assert_eq!(room("").await.json()["rooms"][0]["url"], "/coin/api/v1/rooms/classic");
    let node = format!("/coin/nodes/{}", tab.id());
    assert_eq!(room(&format!("/main/nodes/{}", tab.id())).await.json()["url"], node);
    let about = get(at, &node).await.json();
    assert!(about["routes"][0].as_str().is_some_and(|route| route.contains(&node)), "{about}");
    let link = |answer: &Answer| answer.header("link").to_owned();
    let page = room("/main/nodes?limit=1").await;
    assert!(link(&page).starts_with("</coin/api/v1/rooms/main/nodes?limit=1&cursor="), "{}", link(&page));
    let next = link(&page);
    let next = next.trim_start_matches('<').split('>').next().expect("a link");
    assert_eq!(get(at, next).await.json()["nodes"].as_array().map(Vec::len), Some(1), "{next}");
    assert_eq!(get(at, "/openapi.json").await.json()["servers"][0]["url"], "/coin");
    relay.stop().await;
}

#[test]
fn a_base_path_that_is_one_of_the_relay_s_own_is_wrong_usage() {
    for path in ["/api", "coin", "/a//b"] {
        let output = process::run(&["serve", "--base-path", path]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains("expected a path"), "{said}");
    }
}
