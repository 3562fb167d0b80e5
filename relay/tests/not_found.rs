//! Paths that are not there: each gets a receipt, and whatever a receipt names is there.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use crate::common::http::{get, request};
use crate::common::tab::Tab;
use crate::common::{TestRelay, settings};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use relay::limits::Limits;
use relay::own::OwnNode;
use relay::relay::Settings;
use shared::exchange::Answer;
use shared::pages::PAGES;
use shared::tutorial::Route;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

async fn start(base: &str) -> (TestRelay, TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let limits = Limits {
        requests_per_second: 100_000,
        connects_per_second: 100_000,
        tab_changes_per_second: 10_000,
        ..Limits::default()
    };
    let base_path = format!("{base}/").parse().expect("a base path");
    let settings = Settings { limits, base_path, own_node: OwnNode::Off, ..settings() };
    (TestRelay::start(folder.path(), settings).await, folder)
}

fn as_user(user: &str) -> String {
    format!("Authorization: Basic {}", STANDARD.encode(format!("{user}:x")))
}

/// What may be written for a path that is there.
fn misspelt(path: &str) -> Vec<String> {
    let name = path.trim_start_matches('/');
    let end = name.len().saturating_sub(1);
    vec![
        format!("{path}/"),
        format!("{path}s"),
        format!("/{}", name.to_uppercase()),
        format!("/{}", name.replace('_', "")),
        format!("/{}", &name[..end]),
        format!("/{}", name.split(['_', '/']).next_back().unwrap_or_default()),
        format!("{path}/1/2"),
        format!("/x{path}"),
    ]
}

/// The status alone: some answers do not end.
async fn status(at: SocketAddr, line: &str, headers: &[&str]) -> u16 {
    let mut stream = TcpStream::connect(at).await.expect("connected");
    let more: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
    let head = format!("{line} HTTP/1.1\r\nHost: {at}\r\nContent-Length: 0\r\nConnection: close\r\n{more}\r\n");
    stream.write_all(head.as_bytes()).await.expect("sent");
    let mut start = [0; 12];
    stream.read_exact(&mut start).await.expect("answered");
    std::str::from_utf8(&start[9..]).expect("text").parse().expect("a status")
}

/// The requests that a receipt names.
fn named(expected: &str) -> Vec<String> {
    if let Some(nearest) = expected.strip_prefix("a path that is there; the nearest is ") {
        return vec![if nearest.starts_with('/') { format!("GET {nearest}") } else { nearest.to_owned() }];
    }
    let list = expected.strip_prefix("one of ").expect(expected);
    let (paths, below) = list.split_once(" below ").unwrap_or((list, ""));
    let line = |path: &str| format!("{} {below}{path}", Route::of(path).expect(path).method());
    paths.split(", ").map(line).collect()
}

async fn check_suggestions(base: &str) {
    let (relay, _folder) = start(base).await;
    let at = relay.address;
    let tab = Tab::join(at, 1).await;
    tab.answers(|request| Some(Answer::json(200, request)));
    let tab = tab.id().to_string();
    let rest =
        ["/api/v1/rooms", "/api/v1/rooms/main", "/api/v1/rooms/main/blocks", "/healthz", "/docs", "/openapi.json"];
    let known = PAGES.into_iter().chain(Route::all().map(Route::path)).chain(rest);
    let paths: BTreeSet<String> = known.flat_map(misspelt).chain(["/zzzzzzzzzzzzz".to_owned()]).collect();
    let before = ["", "/rooms/classic", "/rooms/main", &format!("/nodes/{tab}")].map(str::to_owned);
    let places = before.iter().map(|before| (before.as_str(), None));
    let users = [as_user("classic"), as_user("main"), as_user(&tab)];
    let places = places.chain(users.iter().map(|user| ("", Some(user.as_str()))));
    for (before, user) in places {
        let headers: Vec<&str> = user.into_iter().collect();
        let mut suggested = BTreeSet::new();
        for path in &paths {
            let answer = request(at, &format!("GET {base}{before}{path}"), &headers).await;
            if answer.status != 404 {
                continue;
            }
            assert_eq!(answer.header("content-type"), "application/json", "{before}{path}");
            // Below a node, a path that ends like a change is refused as one is.
            if !before.starts_with("/nodes") {
                assert_eq!(answer.header("access-control-allow-origin"), "*", "{before}{path}");
            }
            // A room or a block that is not there is no matter of the path.
            if answer.json()["rule"] != "path" {
                continue;
            }
            let expected = answer.json()["expected"].as_str().expect("text").to_owned();
            let found = answer.json()["found"].as_str().expect("text").to_owned();
            assert!(found.starts_with(&format!("GET {base}{before}/")), "{found}");
            let lines = named(&expected);
            assert!(lines.iter().all(|line| line.contains(&format!(" {base}/"))), "{expected}");
            suggested.extend(lines);
        }
        assert!(suggested.len() >= 6, "{before} {user:?}: {suggested:?}");
        for line in suggested {
            assert_ne!(status(at, &line, &headers).await, 404, "{line} as {user:?}");
        }
    }
    relay.stop().await;
}

#[tokio::test]
async fn whatever_is_suggested_answers() {
    check_suggestions("").await;
}

#[tokio::test]
async fn whatever_is_suggested_under_a_base_path_answers_there() {
    check_suggestions("/coin").await;
}

#[tokio::test]
async fn a_room_or_a_node_that_is_not_there_is_what_the_receipt_is_about() {
    let (relay, _folder) = start("").await;
    let at = relay.address;
    for path in
        ["/rooms/Classic/", "/rooms/Classic", "/rooms/none-such/wallets", "/rooms/", "/rooms", "/rooms/%2e%2e/chain"]
    {
        let receipt = get(at, path).await.json();
        assert_eq!(
            (&receipt["rule"], &receipt["expected"]),
            (&"room".into(), &"one of: classic, main".into()),
            "{path}"
        );
    }
    let id = "0".repeat(32);
    for (path, rule) in [
        (format!("/nodes/{id}/chain"), "node"),
        (format!("/nodes/{id}"), "node"),
        ("/nodes/xyz/chain".to_owned(), "node id"),
        ("/nodes/%2e%2e/chain".to_owned(), "node id"),
    ] {
        let answer = get(at, &path).await;
        assert_eq!((answer.status, &answer.json()["rule"]), (404, &rule.into()), "{path}");
    }
    for path in ["/nodes/", "/nodes"] {
        let receipt = get(at, path).await.json();
        assert_eq!(receipt["expected"], "/nodes/ID, with the id of a node such as /api/v1/rooms/main/nodes lists");
        assert_eq!(receipt["found"], format!("GET {path}"));
    }
    assert_eq!(get(at, "/api/v1/rooms/main/nodes").await.status, 200);
    relay.stop().await;
}

#[tokio::test]
async fn what_the_classic_room_alone_has_is_named_there_alone() {
    let (relay, _folder) = start("").await;
    let at = relay.address;
    let nearest = async |path: &str| get(at, path).await.json()["expected"].as_str().expect("text").to_owned();
    assert!(nearest("/rooms/classic/start-over").await.ends_with(" POST /rooms/classic/start_over"));
    assert!(nearest("/rooms/classic/drop").await.ends_with(" POST /rooms/classic/drop_transactions"));
    assert!(!nearest("/rooms/main/start-over").await.contains("start_over"));
    let of_user = request(at, "GET /start-over", &[&as_user("classic")]).await.json();
    assert!(of_user["expected"].as_str().is_some_and(|expected| expected.ends_with(" POST /start_over")), "{of_user}");
    for (room, is_there) in [("classic", true), ("main", false)] {
        let tutorial = request(at, "GET /", &[&as_user(room)]).await.json();
        let routes = tutorial["routes"].as_array().expect("routes");
        assert_eq!(
            routes.iter().any(|route| route.as_str().is_some_and(|route| route.ends_with("/start_over"))),
            is_there
        );
        for route in routes.iter().filter_map(|route| route.as_str()) {
            assert_ne!(status(at, route, &[]).await, 404, "{room} {route}");
        }
    }
    relay.stop().await;
}

#[tokio::test]
async fn the_relays_own_paths_heed_no_user_and_a_nodes_do() {
    let (relay, _folder) = start("").await;
    let at = relay.address;
    for path in ["/healthz", "/docs", "/openapi.json", "/api/v1/rooms", "/rooms/main/get_chain"] {
        for user in ["classic", "nobody"] {
            assert_eq!(request(at, &format!("GET {path}"), &[&as_user(user)]).await.status, 200, "{path} {user}");
        }
    }
    for path in ["/wallet", "/worker.js", "/chain"] {
        let answer = request(at, &format!("GET {path}"), &[&as_user("classic")]).await;
        assert_eq!((answer.status, &answer.json()["rule"]), (404, &"path".into()), "{path}");
    }
    relay.stop().await;
}
