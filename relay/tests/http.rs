//! What a browser or a script gets over HTTP: files, headers, caching, refusals.

use std::fs;
use std::path::Path;
use std::time::Duration;

use crate::common::http::{Answer, get, parse, request, send_as};
use crate::common::{SOON, TestRelay, settings};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use relay::relay::Settings;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const PAGE: &str = "<!doctype html><script type=\"module\">start()</script><title>app</title>";

fn build_app(folder: &Path) {
    fs::create_dir_all(folder).expect("a folder");
    let script = "let answer = 42;\n".repeat(200);
    fs::write(folder.join("tabcoin-0123456789abcdef.js"), &script).expect("written");
    fs::write(folder.join("tabcoin-0123456789abcdef.js.br"), b"pretend brotli").expect("written");
    fs::write(folder.join("tabcoin-0123456789abcdef_bg.wasm"), b"\0asm").expect("written");
    fs::write(folder.join("worker.js"), "import(1)").expect("written");
    fs::write(folder.join(".secret"), "no").expect("written");
    // What an app has not, and a folder of somebody's may.
    fs::create_dir(folder.join("tabcoin-data")).expect("a folder");
    for file in ["relay.redb", "relay.redb.br", "seed", "words.txt", "chain.json", "tabcoin-data/relay.redb"] {
        fs::write(folder.join(file), "mine").expect("written");
    }
    fs::write(folder.join("index.html"), PAGE).expect("written");
}

async fn start_with_app() -> (TestRelay, TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    build_app(&folder.path().join("dist"));
    let settings = Settings { app: folder.path().join("dist"), ..settings() };
    let relay = TestRelay::start(&folder.path().join("data"), settings).await;
    (relay, folder)
}

#[track_caller]
fn check_security(answer: &Answer) {
    // What pages from anywhere may read, they may load.
    let is_for_all = answer.header("access-control-allow-origin") == "*";
    let expect = [
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-embedder-policy", "require-corp"),
        ("cross-origin-resource-policy", if is_for_all { "cross-origin" } else { "same-origin" }),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("x-frame-options", "DENY"),
    ];
    for (name, value) in expect {
        assert_eq!(answer.header(name), value, "{name}");
    }
    let policy = answer.header("content-security-policy");
    for part in [
        "default-src 'none'",
        "style-src 'self';",
        "worker-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ] {
        assert!(policy.contains(part), "{part} in {policy}");
    }
    assert!(!policy.contains("'unsafe-inline'") && !policy.contains("'unsafe-eval'"), "{policy}");
}

#[tokio::test]
async fn every_answer_carries_the_security_headers_also_refusals() {
    let (relay, _folder) = start_with_app().await;
    let address = relay.address;
    for path in [
        "/",
        "/index.html",
        "/worker.js",
        "/missing.js",
        "/healthz",
        "/api/v1/rooms/main",
        "/api/v1/rooms/none",
        "/api/nothing",
        "/ws/main",
        "/api/v1/rooms/main/chain?format=xml",
    ] {
        let answer = get(address, path).await;
        check_security(&answer);
        let is_data = path.starts_with("/api") || ["/healthz", "/missing.js"].contains(&path);
        assert_eq!(answer.header("access-control-allow-origin"), if is_data { "*" } else { "" }, "{path}");
    }
    check_security(&request(address, "POST /wallet", &[]).await);
    check_security(&request(address, "DELETE /healthz", &[]).await);
    relay.stop().await;
}

#[tokio::test]
async fn over_plain_http_in_a_lan_no_header_is_sent_of_which_browsers_complain() {
    let folder = tempfile::tempdir().expect("a folder");
    let public_url = Some("http://teacher.local:5001".to_owned());
    let relay = TestRelay::start(folder.path(), Settings { public_url, ..settings() }).await;
    for (host, expected) in [("teacher.local:5001", ""), ("192.168.1.10", ""), ("localhost", "same-origin")] {
        for path in ["/", "/healthz", "/get_chain", "/no-such"] {
            let answer = send_as(relay.address, host, &format!("GET {path}"), &[], b"").await;
            assert_eq!(answer.header("cross-origin-opener-policy"), expected, "{host} {path}");
            assert_eq!(answer.header("cross-origin-embedder-policy"), "require-corp");
            for other in ["origin-agent-cluster", "strict-transport-security"] {
                assert_eq!(answer.header(other), "", "{host} {path}");
            }
        }
    }
    let by_tls = send_as(relay.address, "teacher.local", "GET /", &["X-Forwarded-Proto: https"], b"").await;
    assert_eq!(by_tls.header("cross-origin-opener-policy"), "same-origin");
    relay.stop().await;
}

#[tokio::test]
async fn the_policy_names_the_pages_inline_script_and_the_socket_of_this_host() {
    let (relay, _folder) = start_with_app().await;
    let policy = get(relay.address, "/").await.header("content-security-policy").to_owned();
    // printf 'start()' | openssl dgst -sha256 -binary | base64
    assert!(policy.contains("'sha256-DIm7WJS6ZKDYe5qFLPy+h4JFI9Bol5QmYC57mt3Fb00='"), "{policy}");
    assert!(policy.contains(&format!("connect-src 'self' ws://{0} wss://{0};", relay.address)), "{policy}");
    relay.stop().await;
}

#[tokio::test]
async fn hashed_files_are_kept_for_good_the_worker_and_the_page_are_asked_for_each_time() {
    let (relay, _folder) = start_with_app().await;
    let address = relay.address;
    for hashed in ["/tabcoin-0123456789abcdef.js", "/tabcoin-0123456789abcdef_bg.wasm"] {
        assert_eq!(get(address, hashed).await.header("cache-control"), "public, max-age=31536000, immutable");
    }
    assert_eq!(get(address, "/tabcoin-0123456789abcdef_bg.wasm").await.header("content-type"), "application/wasm");
    for asked in ["/", "/wallet", "/index.html", "/worker.js"] {
        let answer = request(address, &format!("GET {asked}"), &["Accept: text/html"]).await;
        assert_eq!((answer.status, answer.header("cache-control")), (200, "no-cache"), "{asked}");
        let tag = format!("If-None-Match: {}", answer.header("etag"));
        let again = request(address, &format!("GET {asked}"), &["Accept: text/html", &tag]).await;
        assert_eq!((again.status, again.body.len()), (304, 0), "{asked}");
    }
    relay.stop().await;
}

/// What browsers send when they open a page: over https or on this machine, and over plain http on a LAN.
const OPENING: [&[&str]; 2] =
    [&["Accept: text/html,*/*;q=0.8", "Sec-Fetch-Mode: navigate"], &["Accept: text/html,application/xhtml+xml"]];

#[tokio::test]
async fn a_path_that_is_not_there_is_404_with_the_nearest_for_programs_and_the_app_for_a_browser_that_opens_it() {
    let (relay, _folder) = start_with_app().await;
    let address = relay.address;
    for (path, nearest) in [
        ("/chain", "GET /get_chain"),
        ("/get_chain/", "GET /get_chain"),
        ("/rooms/main/chain", "GET /rooms/main/get_chain"),
        ("/rooms/classic/mines", "GET /rooms/classic/mine_block"),
        ("/mine_blocks", "GET /mine_block"),
        ("/transaction/new", "POST /add_transaction"),
    ] {
        for headers in [&[][..], &["Accept: */*"], &["Accept: text/html", "Sec-Fetch-Mode: cors"]] {
            for method in ["GET", "POST"] {
                let answer = request(address, &format!("{method} {path}"), headers).await;
                assert_eq!((answer.status, answer.header("content-type")), (404, "application/json"), "{path}");
                let receipt = answer.json();
                assert_eq!(receipt["expected"], format!("a path that is there; the nearest is {nearest}"));
                assert_eq!(receipt["found"], format!("{method} {path}"));
            }
        }
        for headers in OPENING {
            let answer = request(address, &format!("GET {path}"), headers).await;
            assert_eq!((answer.status, answer.text().as_str()), (404, PAGE), "{path}");
            assert_eq!(answer.header("cache-control"), "no-store");
        }
    }
    for headers in OPENING {
        for page in ["/", "/wallet", "/wallet/", "/rooms/main", "/rooms/main/peers", "/blocks/1"] {
            assert_eq!(request(address, &format!("GET {page}"), headers).await.status, 200, "{page}");
        }
        for page in ["/rooms/none-such/", "/rooms/Main/", "/rooms/", "/blocks/1/2"] {
            assert_eq!(request(address, &format!("GET {page}"), headers).await.status, 404, "{page}");
        }
    }
    relay.stop().await;
}

#[tokio::test]
async fn a_page_is_for_whoever_asks_for_html_and_a_program_gets_the_nearest_route() {
    let (relay, _folder) = start_with_app().await;
    let address = relay.address;
    let programs: [&[&str]; 4] =
        [&[], &["Accept: */*"], &["Accept: application/json"], &["Accept: application/json, text/html;q=0.5"]];
    for (page, nearest) in [
        ("/mine", "GET /mine_block"),
        ("/transactions/new", "POST /add_transaction"),
        ("/rooms/classic/mine", "GET /rooms/classic/mine_block"),
        ("/blocks/latest", "one of /mine_block, /get_chain"),
        ("/wallet", "one of /mine_block, /get_chain"),
    ] {
        for headers in programs {
            for method in ["GET", "POST", "DELETE"] {
                let answer = request(address, &format!("{method} {page}"), headers).await;
                assert_eq!(
                    (answer.status, answer.header("content-type")),
                    (404, "application/json"),
                    "{method} {page}"
                );
                let receipt = answer.json();
                assert!(receipt["expected"].as_str().is_some_and(|expected| expected.contains(nearest)), "{receipt}");
            }
        }
        // The app's own script asks for its page so, past every cache.
        let answer = request(address, &format!("GET {page}"), &["Accept: text/html", "Sec-Fetch-Mode: cors"]).await;
        assert_eq!((answer.status, answer.text().as_str()), (200, PAGE), "{page}");
        assert_eq!(answer.header("vary"), "accept-encoding, accept");
    }
    for first in ["/", "/index.html", "/rooms/classic", "/rooms/classic/"] {
        for (accept, expected) in [
            (None, 200),
            (Some("Accept: */*"), 200),
            (Some("Accept: application/json, */*;q=0.1"), 200),
            (Some("Accept: application/json"), 404),
            (Some("Accept: text/html;q=0, */*"), 404),
        ] {
            let headers: Vec<&str> = accept.into_iter().collect();
            assert_eq!(
                request(address, &format!("GET {first}"), &headers).await.status,
                expected,
                "{first} {accept:?}"
            );
        }
    }
    relay.stop().await;
}

#[tokio::test]
async fn the_user_of_a_url_is_asked_for_every_path() {
    let (relay, _folder) = start_with_app().await;
    let address = relay.address;
    let basic = |user: &str| format!("Authorization: Basic {}", STANDARD.encode(format!("{user}:x")));
    let nodes = get(address, "/api/v1/rooms/main/nodes").await.json()["nodes"].as_array().expect("nodes").clone();
    let own = nodes.iter().find(|node| node["role"] == "relay").expect("the relay's own");
    let id = own["id"].as_str().expect("an id").to_owned();
    for user in [id.as_str(), "main"] {
        for path in ["/chain", "/wallet", "/worker.js"] {
            for accept in ["Accept: */*", "Accept: text/html"] {
                let answer = request(address, &format!("GET {path}"), &[&basic(user), accept]).await;
                assert_eq!((answer.status, answer.header("content-type")), (404, "application/json"), "{user} {path}");
            }
        }
        let about = request(address, "GET /", &[&basic(user)]).await;
        assert_eq!((about.status, &about.json()["id"]), (200, &serde_json::json!(id)), "{user}");
        assert_eq!(request(address, "GET /get_chain", &[&basic(user)]).await.status, 200);
    }
    let other = request(address, "GET /chain", &[&basic(&"0".repeat(31))]).await;
    assert_eq!((other.status, &other.json()["rule"]), (404, &serde_json::json!("user of the URL")));
    relay.stop().await;
}

#[tokio::test]
async fn files_come_compressed_to_whoever_takes_that() {
    let (relay, _folder) = start_with_app().await;
    let get = async |accept: &str| request(relay.address, "GET /tabcoin-0123456789abcdef.js", &[accept]).await;
    let brotli = get("Accept-Encoding: gzip, deflate, br").await;
    assert_eq!((brotli.header("content-encoding"), brotli.text().as_str()), ("br", "pretend brotli"));
    assert_eq!(brotli.header("vary"), "accept-encoding");
    let gzip = get("Accept-Encoding: gzip").await;
    assert_eq!(gzip.header("content-encoding"), "gzip");
    assert!(gzip.body.len() < 200);
    let plain = get("Accept-Encoding: identity").await;
    assert_eq!((plain.header("content-encoding"), plain.body.len()), ("", 3400));
    assert_ne!(gzip.header("etag"), plain.header("etag"));
    relay.stop().await;
}

#[tokio::test]
async fn routes_of_the_app_get_the_page_and_files_that_are_not_there_get_404() {
    let (relay, _folder) = start_with_app().await;
    let address = relay.address;
    for route in ["/", "/wallet", "/blocks/00ab", "/peers?x=a.b"] {
        let answer = request(address, &format!("GET {route}"), &["Accept: text/html"]).await;
        assert_eq!((answer.status, answer.text().as_str()), (200, PAGE), "{route}");
        assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
    }
    for missing in [
        "/app.js",
        "/.secret",
        "/relay.redb",
        "/relay.redb.br",
        "/seed",
        "/words.txt",
        "/chain.json",
        "/tabcoin-data/relay.redb",
        "/../data/relay.redb",
        "/%2e%2e/data/relay.redb",
        "//etc/passwd.txt",
        "/tabcoin-0123456789abcdef.js.br",
    ] {
        let answer = get(address, missing).await;
        assert_eq!((answer.status, answer.header("content-type")), (404, "application/json"), "{missing}");
        assert_eq!(answer.json()["rule"], "path", "{missing}");
    }
    for path in ["POST /wallet", "DELETE /"] {
        let answer = request(address, path, &["Accept: text/html"]).await;
        assert_eq!((answer.status, answer.header("allow")), (405, "GET, HEAD"), "{path}");
    }
    let head = request(address, "HEAD /", &[]).await;
    assert_eq!((head.status, head.body.len()), (200, 0));
    relay.stop().await;
}

#[tokio::test]
async fn a_new_release_is_served_without_a_restart_and_the_old_ones_files_stay() {
    let (relay, folder) = start_with_app().await;
    let dist = folder.path().join("dist");
    fs::remove_file(dist.join("tabcoin-0123456789abcdef.js")).expect("removed");
    fs::write(dist.join("tabcoin-fedcba9876543210.js"), "new").expect("written");
    fs::write(dist.join("index.html"), "<title>new</title>").expect("written");
    let deadline = tokio::time::Instant::now() + SOON;
    while get(relay.address, "/").await.text() != "<title>new</title>" {
        assert!(tokio::time::Instant::now() < deadline, "the new page is not served");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(!get(relay.address, "/").await.header("content-security-policy").contains("sha256"));
    assert_eq!(get(relay.address, "/tabcoin-fedcba9876543210.js").await.text(), "new");
    assert_eq!(get(relay.address, "/tabcoin-0123456789abcdef.js").await.status, 200);
    relay.stop().await;
}

#[tokio::test]
async fn an_app_that_is_not_built_is_explained() {
    let folder = tempfile::tempdir().expect("a folder");
    let relay = TestRelay::start(folder.path(), settings()).await;
    let answer = get(relay.address, "/").await;
    assert_eq!(answer.status, 503);
    assert!(answer.text().contains("cargo xtask serve"), "{}", answer.text());
    check_security(&answer);
    relay.stop().await;
}

#[tokio::test]
async fn health_and_room_say_what_is_there_and_unknown_names_are_refused_with_a_receipt() {
    let folder = tempfile::tempdir().expect("a folder");
    let relay = TestRelay::start(folder.path(), settings()).await;
    let health = get(relay.address, "/healthz").await;
    assert_eq!((health.status, health.json()["status"].as_str()), (200, Some("ok")));
    assert_eq!(health.json()["rooms"]["main"]["height"], 0);
    let room = get(relay.address, "/api/v1/rooms/main").await.json();
    let params = shared::testing::easy_params();
    assert_eq!(room["network"], params.network().to_string());
    assert_eq!(room["params"]["room"], "main");
    assert_eq!(room["tip"]["height"], 0);
    assert_eq!(room["tip"]["hash"], params.genesis().hash().to_string());
    assert_eq!(room["members"], 0);
    for (path, status, rule) in [
        ("/api/v1/rooms/other", 404, "room"),
        ("/api/v1/rooms/other/chain", 404, "room"),
        ("/api/v1/rooms/main/chain?format=xml", 400, "export format"),
        ("/api/v2/rooms", 404, "path"),
        ("/ws/other", 404, "room"),
        ("/ws/main", 426, "WebSocket upgrade"),
    ] {
        let answer = get(relay.address, path).await;
        assert_eq!((answer.status, answer.json()["rule"].as_str()), (status, Some(rule)), "{path}");
    }
    relay.stop().await;
}

#[tokio::test]
async fn a_slow_head_is_closed_in_time_and_an_idle_connection_too() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut settings = settings();
    settings.limits.header_ms = 300;
    let relay = TestRelay::start(folder.path(), settings).await;
    let mut dribbling = TcpStream::connect(relay.address).await.expect("connected");
    let mut silent = TcpStream::connect(relay.address).await.expect("connected");
    let mut idle = TcpStream::connect(relay.address).await.expect("connected");
    idle.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").await.expect("sent");
    let dribble = async {
        for byte in b"GET / HTTP/1.1\r\nHost: localhost\r\nX: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa".iter().cycle() {
            if dribbling.write_all(&[*byte]).await.is_err() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(SOON, dribble).await.expect("closed while dribbling");
    let mut rest = Vec::new();
    // A reset is an end, too.
    let _ = tokio::time::timeout(SOON, silent.read_to_end(&mut rest)).await.expect("closed while silent");
    rest.clear();
    let _ = tokio::time::timeout(SOON, idle.read_to_end(&mut rest)).await.expect("closed while idle");
    assert_eq!(parse(&rest).status, 200);
    relay.stop().await;
}

#[tokio::test]
async fn a_head_that_is_too_large_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let relay = TestRelay::start(folder.path(), settings()).await;
    let huge = format!("X: {}", "a".repeat(20_000));
    assert_eq!(request(relay.address, "GET /", &[&huge]).await.status, 431);
    assert_eq!(get(relay.address, "/healthz").await.status, 200);
    relay.stop().await;
}

#[tokio::test]
async fn connections_of_one_address_have_a_cap() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut settings = settings();
    settings.limits.connections_per_address = 2;
    let relay = TestRelay::start(folder.path(), settings).await;
    let one = TcpStream::connect(relay.address).await.expect("connected");
    let _two = TcpStream::connect(relay.address).await.expect("connected");
    // The two have been accepted when a third is closed at once.
    let mut third = TcpStream::connect(relay.address).await.expect("the kernel connects");
    let mut nothing = [0; 1];
    let end = tokio::time::timeout(SOON, third.read(&mut nothing)).await.expect("closed");
    assert!(matches!(end, Ok(0) | Err(_)));
    drop(one);
    let deadline = tokio::time::Instant::now() + SOON;
    loop {
        let mut stream = TcpStream::connect(relay.address).await.expect("connected");
        let _ = stream.write_all(b"GET /healthz HTTP/1.0\r\n\r\n").await;
        let mut answer = Vec::new();
        if stream.read_to_end(&mut answer).await.is_ok() && !answer.is_empty() {
            assert_eq!(parse(&answer).status, 200);
            break;
        }
        assert!(tokio::time::Instant::now() < deadline, "the place is not free again");
    }
    relay.stop().await;
}
