//! Pages of other sites: what they may read, what they may not change, and what becomes of a token.

mod common;

use std::io::Read;
use std::process::Stdio;

use common::http::{Answer as Http, get, request, send_as};
use common::tab::Tab;
use common::{TestRelay, process, settings};
use relay::own::OwnNode;
use relay::relay::Settings;
use shared::exchange::{Answer, Request};
use tempfile::TempDir;

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
    for path in ["/get_chain", "/nodes/0123456789abcdef0123456789abcdef/add_transaction", "/api/v1/rooms/main"] {
        let headers = ["Origin: http://evil.example", "Access-Control-Request-Method: POST"];
        let answer = request(relay.address, &format!("OPTIONS {path}"), &headers).await;
        assert_eq!((answer.status, answer.header("access-control-allow-origin")), (204, "*"), "{path}");
        assert!(answer.header("access-control-allow-headers").contains("authorization"));
        assert!(answer.header("access-control-allow-methods").contains("POST"));
    }
    relay.stop().await;
}

#[tokio::test]
async fn a_name_that_was_bound_to_this_machine_changes_nothing_on_a_relay_for_this_machine_alone() {
    let (relay, _folder) = start_with(settings()).await;
    let at = relay.address;
    let rebound = ["Origin: http://evil.example", "Sec-Fetch-Site: same-origin"];
    check_refused(&send_as(at, "evil.example", "POST /connect_node", &rebound, b"").await, 403, "host");
    check_refused(&send_as(at, "evil.example", "GET /mine_block", &[], b"").await, 403, "host");
    assert_eq!(send_as(at, "evil.example", "GET /get_chain", &[], b"").await.status, 200);
    let localhost = format!("localhost:{}", at.port());
    assert_eq!(send_as(at, &localhost, "POST /connect_node", &[], b"").await.status, 415);
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
