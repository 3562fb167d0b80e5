//! Pages of other sites: what they may read, what they may not change, and what becomes of a token.

use std::io::Read;
use std::net::SocketAddr;
use std::process::Stdio;

use crate::common::http::{Answer as Http, get, request, send_as};
use crate::common::tab::Tab;
use crate::common::{TestRelay, process, settings};
use relay::own::OwnNode;
use relay::relay::Settings;
use shared::exchange::{Answer, Request};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

async fn start_with(settings: Settings) -> (TestRelay, TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let relay = TestRelay::start(folder.path(), settings).await;
    (relay, folder)
}

#[track_caller]
fn check_refused(answer: &Http, status: u16, rule: &str) {
    assert_eq!((answer.status, answer.json()["rule"].as_str()), (status, Some(rule)), "{}", answer.text());
}

const TOKEN: &str = "Authorization: Bearer secret";
const CROSS_SITE: &str = "Sec-Fetch-Site: cross-site";

#[tokio::test]
async fn a_page_of_another_site_reads_and_changes_nothing_without_a_token() {
    let (relay, _folder) = start_with(settings()).await;
    let tab = Tab::join(relay.address, 1).await;
    tab.answers(|request| Some(Answer::json(200, request)));
    let at = relay.address;
    let own = format!("Origin: http://{at}");
    for (prefix, is_member) in [(format!("/nodes/{}", tab.id()), true), (String::new(), false)] {
        for route in ["GET /mine_block", "GET /replace_chain", "POST /add_transaction", "POST /connect_node"] {
            let (method, path) = route.split_once(' ').expect("two words");
            let line = format!("{method} {prefix}{path}");
            for from in [CROSS_SITE, "Sec-Fetch-Site: same-site", "Origin: http://evil.example", "Origin: null"] {
                let refused = request(at, &line, &[from]).await;
                check_refused(&refused, 403, "origin");
                assert_eq!(refused.header("access-control-allow-origin"), "");
                if is_member {
                    // The tab sees where it comes from, and takes the right token only.
                    let handed_on = request(at, &line, &[from, TOKEN]).await;
                    let asked: Request = serde_json::from_slice(&handed_on.body).expect("the request");
                    assert_eq!((asked.token.as_deref(), asked.is_foreign), (Some("secret"), true));
                    assert_eq!(handed_on.header("access-control-allow-origin"), "*");
                }
            }
            for from in [own.as_str(), "Sec-Fetch-Site: same-origin", "Sec-Fetch-Site: none"] {
                let answer = request(at, &line, &[from]).await;
                assert_ne!(answer.status, 403, "{line} {from}: {}", answer.text());
            }
        }
        for path in ["/get_chain", "/is_valid"] {
            let read = request(at, &format!("GET {prefix}{path}"), &[CROSS_SITE, "Origin: http://evil.example"]).await;
            assert_eq!(read.status, 200, "{}", read.text());
            assert_eq!(read.header("access-control-allow-origin"), "*");
            assert_eq!(read.header("cross-origin-resource-policy"), "cross-origin");
        }
    }
    // A token that the browser put there by itself is nobody's leave.
    let picture = [CROSS_SITE, "Sec-Fetch-Mode: no-cors", TOKEN];
    check_refused(&request(at, &format!("GET /nodes/{}/mine_block", tab.id()), &picture).await, 403, "origin");
    let script = [CROSS_SITE, "Sec-Fetch-Mode: cors", TOKEN];
    assert_eq!(request(at, &format!("GET /nodes/{}/mine_block", tab.id()), &script).await.status, 200);
    // The relay's own node has no token that a page could know.
    check_refused(&request(at, "GET /mine_block", &[CROSS_SITE, TOKEN]).await, 403, "origin");
    relay.stop().await;
}

#[tokio::test]
async fn the_operator_may_allow_an_origin() {
    let allowed_origins = vec!["http://dev.example:8080".to_owned()];
    let (relay, _folder) = start_with(Settings { allowed_origins, own_node: OwnNode::On, ..settings() }).await;
    let headers = ["Origin: http://dev.example:8080", CROSS_SITE];
    let answer = request(relay.address, "POST /connect_node", &headers).await;
    assert_eq!(answer.status, 415, "{}", answer.text());
    assert_eq!(answer.header("access-control-allow-origin"), "http://dev.example:8080");
    assert!(answer.header("vary").contains("origin"));
    relay.stop().await;
}

#[tokio::test]
async fn a_preflight_is_answered_for_everybody() {
    let (relay, _folder) = start_with(settings()).await;
    for path in [
        "/get_chain",
        "/nodes/0123456789abcdef0123456789abcdef/add_transaction",
        "/api/v1/rooms/main",
        "/transactions/new",
    ] {
        let headers = ["Origin: http://evil.example", "Access-Control-Request-Method: POST"];
        let answer = request(relay.address, &format!("OPTIONS {path}"), &headers).await;
        assert_eq!((answer.status, answer.header("access-control-allow-origin")), (204, "*"), "{path}");
        assert!(answer.header("access-control-allow-headers").contains("authorization"));
        assert!(answer.header("access-control-allow-methods").contains("POST"));
    }
    relay.stop().await;
}

#[tokio::test]
async fn a_name_that_was_bound_to_this_machine_opens_no_door_of_a_relay_for_this_machine_alone() {
    let (relay, _folder) = start_with(settings()).await;
    let at = relay.address;
    let rebound = ["Origin: http://evil.example", "Sec-Fetch-Site: same-origin"];
    check_refused(&send_as(at, "evil.example", "POST /connect_node", &rebound, b"").await, 403, "host");
    check_refused(&send_as(at, "evil.example", "GET /mine_block", &[], b"").await, 403, "host");
    for path in
        ["/", "/app.js", "/get_chain", "/api/v1/rooms", "/api/v1/rooms/main/events", "/openapi.json", "/healthz"]
    {
        check_refused(&send_as(at, "evil.example", &format!("GET {path}"), &[], b"").await, 403, "host");
    }
    let in_words = send_as(at, "evil.example", "GET /", &["Accept: text/html"], b"").await;
    assert!(in_words.status == 403 && in_words.text().contains("--public-url"), "{}", in_words.text());
    let websocket = upgrade_as(at, "evil.example", "http://evil.example").await;
    check_refused(&websocket, 403, "host");
    let localhost = format!("localhost:{}", at.port());
    assert_eq!(send_as(at, &localhost, "POST /connect_node", &[], b"").await.status, 415);
    relay.stop().await;
}

/// The answer to a page that opens a WebSocket to the relay by this name.
async fn upgrade_as(at: SocketAddr, host: &str, origin: &str) -> Http {
    let origin = format!("Origin: {origin}");
    let upgrade = [
        origin.as_str(),
        "Connection: upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ];
    send_as(at, host, "GET /ws/classic", &upgrade, b"").await
}

#[tokio::test]
async fn on_a_lan_a_public_name_opens_no_door_and_the_names_of_lans_open_all() {
    let public_url = Some("http://teacher.local:5001".to_owned());
    let (relay, _folder) = start_with(Settings { public_url, ..settings() }).await;
    let at = relay.address;
    for host in ["192.168.1.10:5001", "teacher-laptop:5001", "teacher.local:5001", "127.0.0.1:5001", "[fd00::1]:5001"] {
        assert_eq!(send_as(at, host, "GET /get_chain", &[], b"").await.status, 200, "{host}");
    }
    for host in ["evil.example", "192.168.1.10.evil.example", "teacher.local.evil.example:5001"] {
        check_refused(&send_as(at, host, "GET /get_chain", &[], b"").await, 403, "host");
        check_refused(&upgrade_as(at, host, &format!("http://{host}")).await, 403, "host");
    }
    relay.stop().await;
}

#[tokio::test]
async fn a_proxy_that_nobody_declared_is_not_taken_for_this_machine() {
    let (relay, _folder) = start_with(settings()).await;
    let at = relay.address;
    for by_proxy in [
        "X-Forwarded-For: 203.0.113.9",
        "Forwarded: for=203.0.113.9",
        "Via: 1.1 proxy",
        "X-Real-IP: 1.2.3.4",
        "CDN-Loop: some.network",
        "X-Remote-Addr: 203.0.113.9:51234",
    ] {
        for line in ["GET /mine_block", "GET /get_chain", "GET /", "GET /ws/classic"] {
            check_refused(&request(at, line, &[by_proxy]).await, 403, "proxy");
        }
    }
    relay.stop().await;
}

#[tokio::test]
async fn a_proxy_that_says_nothing_of_itself_spends_no_coins_of_this_machines_relay() {
    let (relay, _folder) = start_with(settings()).await;
    for (line, expected) in [("GET /mine_block", "403"), ("GET /replace_chain", "403"), ("GET /get_chain", "200")] {
        // As nginx asks when it is told nothing but where the relay is.
        let mut stream = TcpStream::connect(relay.address).await.expect("connected");
        let head = format!("{line} HTTP/1.0\r\nHost: {}\r\nConnection: close\r\n\r\n", relay.address);
        stream.write_all(head.as_bytes()).await.expect("sent");
        let mut text = String::new();
        stream.read_to_string(&mut text).await.expect("answered");
        assert!(text.starts_with(&format!("HTTP/1.0 {expected}")), "{line}: {text}");
        assert!(expected == "200" || text.contains("--trust-proxy"), "{text}");
    }
    relay.stop().await;
}

const CHROME: &str =
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0";

#[tokio::test]
async fn a_browser_that_does_not_say_which_page_asks_changes_nothing_and_a_program_does() {
    let (relay, _folder) = start_with(Settings { own_node: OwnNode::On, ..settings() }).await;
    let tab = Tab::join(relay.address, 1).await;
    tab.answers(|request| Some(Answer::json(200, request)));
    let at = relay.address;
    for prefix in [format!("/nodes/{}", tab.id()), String::new()] {
        for line in ["GET /mine_block", "GET /replace_chain", "POST /add_transaction", "POST /connect_node"] {
            let (method, path) = line.split_once(' ').expect("two words");
            let line = format!("{method} {prefix}{path}");
            for accept in ["Accept: */*", "Accept: image/avif,image/webp,*/*"] {
                check_refused(&request(at, &line, &[CHROME, accept]).await, 403, "origin");
                // A token that was typed once goes with every picture. printf 'ada:x' | base64
                check_refused(
                    &request(at, &line, &[CHROME, accept, "Authorization: Basic YWRhOng="]).await,
                    403,
                    "origin",
                );
            }
            let own = format!("Origin: http://{at}");
            for proof in [own.as_str(), "X-Requested-With: docs"] {
                assert_ne!(request(at, &line, &[CHROME, proof]).await.status, 403, "{line} {proof}");
            }
            for agent in ["User-Agent: curl/7.81.0", "User-Agent: python-requests/2.32.3"] {
                assert_ne!(request(at, &line, &[agent]).await.status, 403, "{line} {agent}");
            }
        }
        assert_eq!(request(at, &format!("GET {prefix}/get_chain"), &[CHROME]).await.status, 200);
    }
    // A user and a password that another page's request carries without knowing them.
    let cached = ["Origin: http://evil.example", "Sec-Fetch-Mode: cors", "Authorization: Basic YWRhOng="];
    check_refused(&request(at, &format!("GET /nodes/{}/mine_block", tab.id()), &cached).await, 403, "origin");
    relay.stop().await;
}

#[tokio::test]
async fn an_address_that_was_typed_over_plain_http_is_a_page_with_a_button() {
    let (relay, _folder) = start_with(settings()).await;
    let tab = Tab::join(relay.address, 1).await;
    tab.answers(|request| Some(Answer::json(200, request)));
    let at = relay.address;
    let path = format!("/nodes/{}/mine_block", tab.id());
    let page = request(at, &format!("GET {path}"), &[CHROME, "Accept: text/html,*/*;q=0.8"]).await;
    assert_eq!((page.status, page.header("content-type")), (403, "text/html; charset=utf-8"));
    assert!(page.text().contains("<form method=\"post\">") && page.text().contains("curl"), "{}", page.text());
    assert!(page.header("content-security-policy").contains("form-action 'self'"));
    assert!(page.header("content-security-policy").contains("frame-ancestors 'none'"));
    assert_eq!((page.header("referrer-policy"), page.header("x-frame-options")), ("same-origin", "DENY"));
    let form = "Content-Type: application/x-www-form-urlencoded";
    for other in ["Origin: http://evil.example", "Origin: null"] {
        check_refused(&request(at, &format!("POST {path}"), &[CHROME, form, other]).await, 403, "origin");
    }
    let pressed = request(at, &format!("POST {path}"), &[CHROME, form, &format!("Origin: http://{at}")]).await;
    let asked: Request = serde_json::from_slice(&pressed.body).expect("the request");
    assert_eq!((pressed.status, asked.method.as_str(), asked.is_foreign), (200, "GET", false));
    assert_eq!(request(at, &format!("POST {path}"), &[]).await.status, 405, "a program asks as the tutorial does");
    relay.stop().await;
}

#[tokio::test]
async fn requests_without_a_token_use_up_nobody_elses_changes() {
    let trusted_proxies = vec!["127.0.0.1".parse().expect("an address")];
    let (relay, _folder) = start_with(Settings { trusted_proxies, ..settings() }).await;
    let tab = Tab::join(relay.address, 1).await;
    tab.answers(|request| {
        let is_owner = request.token.as_deref() == Some("secret");
        Some(Answer::json(if is_owner { 200 } else { 401 }, request))
    });
    let line = format!("GET /nodes/{}/mine_block", tab.id());
    let (stranger, owner) = ("X-Forwarded-For: 203.0.113.9", "X-Forwarded-For: 198.51.100.1");
    let mut refused = 0;
    for number in 0..300 {
        let guess = format!("Authorization: Bearer guess-{number}");
        refused += usize::from(request(relay.address, &line, &[stranger, &guess]).await.status == 429);
    }
    assert!(refused > 200, "{refused} of the stranger's were too many");
    for turn in 0..40 {
        let answer = request(relay.address, &line, &[owner, TOKEN]).await;
        assert_eq!(answer.status, 200, "{turn}: {}", answer.text());
    }
    relay.stop().await;
}

#[tokio::test]
async fn a_token_is_never_logged() {
    let folder = tempfile::tempdir().expect("a folder");
    let params = folder.path().join("params.json");
    let json = serde_json::to_string(&shared::testing::easy_params()).expect("JSON");
    std::fs::write(&params, json).expect("written");
    let text = |path: &std::path::Path| path.to_str().expect("text").to_owned();
    let data = text(&folder.path().join("data"));
    let arguments =
        ["serve", "--listen", "127.0.0.1:0", "--data-dir", &data, "--params", &text(&params), "--log-level", "trace"];
    let mut command = process::command(&arguments);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    let mut log = child.stderr.take().expect("piped");
    let reading = std::thread::spawn(move || {
        let mut text = String::new();
        log.read_to_string(&mut text).expect("text");
        text
    });
    let mut line = String::new();
    let mut stdout = std::io::BufReader::new(child.stdout.take().expect("piped"));
    std::io::BufRead::read_line(&mut stdout, &mut line).expect("a line");
    let at = line.trim_end().strip_prefix("listening on http://").expect("the line").parse().expect("an address");

    let tab = Tab::join(at, 1).await;
    tab.answers(|request| Some(Answer::json(200, request)));
    let secret = "s3cr3tt0k3n";
    let bearer = format!("Authorization: Bearer {secret}");
    let asked = request(at, &format!("GET /nodes/{}/mine_block", tab.id()), &[&bearer]).await;
    assert!(asked.text().contains(secret), "it was handed on");
    get(at, "/mine_block").await;
    // printf 'main:s3cr3tt0k3n' | base64
    request(at, "GET /get_chain", &["Authorization: Basic bWFpbjpzM2NyM3R0MGszbg=="]).await;
    tab.say(&shared::exchange::ToRelay::Fetch { number: 1, netloc: format!("ada:{secret}@192.0.2.1:1") });
    tab.until("the refusal", |state| state.heard.len() == 2).await;
    let heard = format!("{:?}", tab.state().heard[1]);
    assert!(heard.contains("192.0.2.1") && !heard.contains(secret), "{heard}");
    child.kill().expect("it runs");
    child.wait().expect("a child");
    let log = reading.join().expect("read");
    assert!(log.contains("member came"), "the log was read");
    for form in [secret, "czNjcjN0dDBrM24", "bWFpbjpz"] {
        assert!(!log.contains(form), "{form} in the log");
    }
}
