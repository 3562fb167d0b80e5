//! HTTP to tabs: who a request is for, what a live tab answers, what is answered for one that has gone, and the limits.

use std::net::SocketAddr;

use crate::common::http::{Answer as Http, get, request, send, send_as};
use crate::common::socket::{connect, next_close};
use crate::common::tab::Tab;
use crate::common::{SOON, TestRelay, settings};
use futures_util::SinkExt;
use relay::relay::Settings;
use shared::exchange::{Answer, Body, CLASSIC_CHAIN_BYTES_MAX, REQUEST_BYTES_MAX, Request, ToMember, ToRelay};
use shared::protocol::Message as NodeMessage;
use shared::{BlockHash, NodeId, Params, decode};
use tempfile::TempDir;
use tokio_tungstenite::tungstenite::Message;

async fn start() -> (TestRelay, TempDir) {
    start_with(settings()).await
}

async fn start_with(settings: Settings) -> (TestRelay, TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let relay = TestRelay::start(folder.path(), settings).await;
    (relay, folder)
}

/// A tab that answers each request with what it was asked.
async fn echoing(relay: SocketAddr, number: u64) -> Tab {
    let tab = Tab::join(relay, number).await;
    tab.answers(|request| Some(Answer::json(200, request)));
    tab
}

#[track_caller]
fn check_refused(answer: &Http, status: u16, rule: &str) {
    assert_eq!((answer.status, answer.json()["rule"].as_str()), (status, Some(rule)), "{}", answer.text());
}

fn basic(user: &str, password: &str) -> String {
    use base64::Engine as _;
    let text = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}"));
    format!("Authorization: Basic {text}")
}

#[tokio::test]
async fn a_tab_is_asked_by_its_path_its_host_and_its_user_and_gets_the_token() {
    let (relay, _folder) = start().await;
    let tab = echoing(relay.address, 1).await;
    let (at, id) = (relay.address, tab.id());
    let by_path = request(at, &format!("GET /nodes/{id}/is_valid?x=1"), &["Authorization: Bearer secret"]).await;
    let host = format!("{id}.localhost:{}", at.port());
    let by_host = send_as(at, &host, "GET /is_valid?x=1", &["Authorization: Bearer secret"], b"").await;
    let by_user = request(at, "GET /is_valid?x=1", &[&basic(&id.to_string(), "secret")]).await;
    for answer in [by_path, by_host, by_user] {
        assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"), "{}", answer.text());
        let asked: Request = serde_json::from_slice(&answer.body).expect("the request");
        assert_eq!((asked.method.as_str(), asked.path.as_str(), asked.query.as_str()), ("GET", "/is_valid", "x=1"));
        assert_eq!((asked.token.as_deref(), asked.is_foreign), (Some("secret"), false));
        assert_eq!(asked.within_ms, 10_000);
    }
    let numbers: Vec<u64> = tab.state().requests().iter().map(|request| request.number).collect();
    assert!(numbers.windows(2).all(|pair| pair[0] < pair[1]), "{numbers:?}");
    relay.stop().await;
}

#[tokio::test]
async fn a_body_its_media_type_and_the_program_that_asks_are_handed_on() {
    let (relay, _folder) = start().await;
    let tab = echoing(relay.address, 1).await;
    let body = "{\"sender\": \"José\"}";
    let length = format!("Content-Length: {}", body.len());
    let headers = ["Content-Type: Application/JSON; charset=utf-8", "User-Agent: curl/8", &length];
    let answer =
        send(relay.address, &format!("POST /nodes/{}/add_transaction", tab.id()), &headers, body.as_bytes()).await;
    let asked: Request = serde_json::from_slice(&answer.body).expect("the request");
    assert_eq!(asked.body, body);
    assert_eq!((asked.content_type.as_deref(), asked.agent.as_deref()), (Some("application/json"), Some("curl/8")));
    relay.stop().await;
}

#[tokio::test]
async fn plain_text_and_refusals_come_as_the_tab_said_them_and_nothing_runs_in_them() {
    let (relay, _folder) = start().await;
    let tab = Tab::join(relay.address, 1).await;
    tab.answers(|request| {
        Some(match request.path.as_str() {
            "/is_valid" => Answer::text(400, "<script>alert(1)</script>"),
            "/mine_block" => Answer::refusal(401, &shared::Receipt::new("token", "the node's token", "none")),
            "/replace_chain" => Answer::text(302, "elsewhere"),
            _ => Answer::text(200, "no"),
        })
    });
    let of = async |path: &str| get(relay.address, &format!("/nodes/{}{path}", tab.id())).await;
    let text = of("/is_valid").await;
    assert_eq!((text.status, text.text().as_str()), (400, "<script>alert(1)</script>"));
    assert_eq!(text.header("content-type"), "text/html; charset=utf-8");
    assert_eq!(text.header("content-security-policy"), "default-src 'none'; frame-ancestors 'none'; sandbox");
    assert_eq!(text.header("x-content-type-options"), "nosniff");
    let closed = of("/mine_block").await;
    check_refused(&closed, 401, "token");
    assert_eq!(closed.header("www-authenticate"), "Bearer");
    check_refused(&of("/replace_chain").await, 502, "answer");
    relay.stop().await;
}

#[tokio::test]
async fn nobody_else_is_asked_by_mistake() {
    let (relay, _folder) = start().await;
    let at = relay.address;
    let nobody = NodeId::from_bytes([7; 16]);
    check_refused(&get(at, &format!("/nodes/{nobody}/get_chain")).await, 404, "node");
    check_refused(&get(at, &format!("/nodes/{nobody}")).await, 404, "node");
    check_refused(&get(at, "/nodes/short/get_chain").await, 404, "node id");
    check_refused(&send_as(at, &format!("{nobody}.localhost"), "GET /get_chain", &[], b"").await, 404, "node");
    check_refused(&request(at, "GET /get_chain", &[&basic(&nobody.to_string(), "x")]).await, 404, "node");
    check_refused(&request(at, "GET /get_chain", &[&basic("nowhere", "x")]).await, 404, "user of the URL");
    check_refused(&get(at, "/rooms/nowhere/get_chain").await, 404, "room");
    check_refused(&get(at, &format!("/nodes/{nobody}/get_chains")).await, 404, "node");
    relay.stop().await;
}

#[tokio::test]
async fn the_relays_own_node_answers_at_the_root_in_its_rooms_and_by_its_id() {
    let (relay, _folder) = start().await;
    let tab = Tab::join(relay.address, 1).await;
    let own = tab.state().node.peers()[0].id.expect("known");
    let at = relay.address;
    let root = get(at, "/get_chain").await;
    assert_eq!((root.status, root.json()["length"].as_u64()), (200, Some(1)), "{}", root.text());
    for answer in [
        get(at, "/rooms/main/get_chain").await,
        get(at, &format!("/nodes/{own}/get_chain")).await,
        request(at, "GET /get_chain", &[&basic("main", "")]).await,
        request(at, "GET /get_chain", &[&basic(&own.to_string(), "x")]).await,
        send_as(at, &format!("{own}.localhost"), "GET /get_chain", &[], b"").await,
    ] {
        assert_eq!(answer.text(), root.text());
    }
    let classic = get(at, "/rooms/classic/get_chain").await.json();
    assert_eq!(classic["chain"][0]["proof"], 1);
    assert_eq!(request(at, "GET /get_chain", &[&basic("classic", "")]).await.json(), classic);
    // Everything else under /rooms/ is the app's.
    assert!(request(at, "GET /rooms/main/peers", &["Accept: text/html"]).await.text().contains("cargo xtask serve"));
    let about = get(at, &format!("/nodes/{own}")).await.json();
    assert_eq!((&about["role"], &about["room"], &about["online"]), (&"relay".into(), &"main".into(), &true.into()));
    relay.stop().await;
}

#[tokio::test]
async fn another_room_may_answer_at_the_root() {
    let root_room = Params::classic().room;
    let (relay, _folder) = start_with(Settings { root_room, ..settings() }).await;
    assert_eq!(get(relay.address, "/get_chain").await.json()["chain"][0]["previous_hash"], "0");
    relay.stop().await;
}

#[tokio::test]
async fn methods_are_kept_to_and_bodies_too() {
    let (relay, _folder) = start().await;
    let tab = echoing(relay.address, 1).await;
    let at = relay.address;
    let path = |route: &str| format!("/nodes/{}/{route}", tab.id());
    for (method, route, allow) in [
        ("POST", "get_chain", "GET, HEAD, OPTIONS"),
        ("HEAD", "mine_block", "GET, OPTIONS"),
        ("GET", "add_transaction", "POST, OPTIONS"),
    ] {
        let answer = request(at, &format!("{method} {}", path(route)), &[]).await;
        assert_eq!((answer.status, answer.header("allow")), (405, allow), "{method} {route}");
    }
    let options = request(at, &format!("OPTIONS {}", path("is_valid")), &[]).await;
    assert_eq!((options.status, options.header("allow")), (204, "GET, HEAD, OPTIONS"));
    let head = request(at, &format!("HEAD {}", path("is_valid")), &[]).await;
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_ne!(head.header("content-length"), "0");
    let post = async |body: &[u8]| {
        let length = format!("Content-Length: {}", body.len());
        let headers = ["Content-Type: application/json", &length];
        send(at, &format!("POST {}", path("connect_node")), &headers, body).await
    };
    assert_eq!(post(&vec![b' '; REQUEST_BYTES_MAX]).await.status, 200);
    check_refused(&post(&vec![b' '; REQUEST_BYTES_MAX + 1]).await, 413, "body size");
    check_refused(&post(&[0xff]).await, 400, "body");
    assert_eq!(tab.state().requests().len(), 2, "the rest did not reach it");
    relay.stop().await;
}

#[tokio::test]
async fn a_tab_that_does_not_answer_in_time_is_told_that_nobody_waits() {
    let mut settings = settings();
    settings.limits.tab_answer_ms = 200;
    let (relay, _folder) = start_with(settings).await;
    let tab = Tab::join(relay.address, 1).await;
    tab.answers(|_| None);
    check_refused(&get(relay.address, &format!("/nodes/{}/is_valid", tab.id())).await, 504, "answer time");
    tab.until("the cancel", |state| {
        let number = state.requests()[0].number;
        state.heard.contains(&ToMember::Cancel { number })
    })
    .await;
    // An answer that comes too late does no harm.
    let number = tab.state().requests()[0].number;
    tab.say(&ToRelay::Answer { number, answer: Answer::text(200, "late") });
    tab.answers(|_| Some(Answer::text(200, "in time")));
    assert_eq!(get(relay.address, &format!("/nodes/{}/is_valid", tab.id())).await.text(), "in time");
    relay.stop().await;
}

#[tokio::test]
async fn a_tab_that_goes_while_a_request_waits_has_it_answered_at_once() {
    let (relay, _folder) = start().await;
    let mut tab = Tab::join(relay.address, 1).await;
    tab.answers(|_| None);
    let (at, path) = (relay.address, format!("/nodes/{}/mine_block", tab.id()));
    let waiting = tokio::spawn(async move { get(at, &path).await });
    tab.until("the request", |state| !state.requests().is_empty()).await;
    assert_eq!(tab.state().requests()[0].within_ms, 120_000);
    tab.disconnect().await;
    let answer = tokio::time::timeout(SOON, waiting).await.expect("at once").expect("answered");
    check_refused(&answer, 503, "connection");
    relay.stop().await;
}

#[tokio::test]
async fn the_chain_of_a_live_tab_is_written_from_the_store_also_when_its_tip_is_on_its_way() {
    let (relay, _folder) = start().await;
    let tab = Tab::join(relay.address, 1).await;
    let path = format!("/nodes/{}/get_chain", tab.id());
    for length in 2..5 {
        let tip = tab.mine();
        tab.answers(move |_| Some(Answer { status: 200, body: Body::Chain { tip } }));
        // The block and the question set out together.
        let chain = get(relay.address, &path).await;
        assert_eq!((chain.status, chain.json()["length"].as_u64()), (200, Some(length)), "{}", chain.text());
        assert_eq!(chain.json()["chain"][length as usize - 1]["hash"], tip.to_string());
    }
    let bytes = get(relay.address, &format!("{path}?format=bytes")).await;
    assert_eq!(shared::export::read_bytes(&bytes.body).expect("an export").1.len(), 4);
    tab.answers(|_| Some(Answer { status: 200, body: Body::Chain { tip: BlockHash::from_bytes([9; 32]) } }));
    check_refused(&get(relay.address, &path).await, 503, "chain");
    relay.stop().await;
}

/// What cuts a tab off.
async fn check_cut_off(params: Params, say: impl FnOnce(&Tab), rule: &str) {
    let (relay, _folder) = start().await;
    let tab = Tab::join_in(relay.address, params, 1).await;
    say(&tab);
    tab.is_cut_off().await;
    assert_eq!(tab.state().refused.as_ref().map(|receipt| receipt.rule.as_str()), Some(rule));
    relay.stop().await;
}

#[tokio::test]
async fn a_tab_that_says_what_it_may_not_is_cut_off_by_name() {
    let sealed = shared::testing::easy_params;
    let keep = |chain: String| move |tab: &Tab| tab.say(&ToRelay::Keep { chain });
    check_cut_off(sealed(), |tab| tab.say_nonsense("{\"mine\":1}"), "text frame").await;
    check_cut_off(sealed(), keep("[]".to_owned()), "classic chain").await;
    check_cut_off(Params::classic(), keep(" ".repeat(CLASSIC_CHAIN_BYTES_MAX + 1)), "classic chain").await;
    check_cut_off(Params::classic(), keep("[".to_owned()), "JSON").await;
}

#[tokio::test]
async fn a_text_frame_before_the_handshake_is_refused_by_name() {
    let (relay, _folder) = start().await;
    let mut client = connect(relay.address).await;
    let text = serde_json::to_string(&ToRelay::Keep { chain: "[]".to_owned() }).expect("JSON");
    client.send(Message::Text(text.into())).await.expect("sent");
    let (messages, close) = next_close(&mut client).await;
    let receipts = messages.iter().filter_map(|bytes| match decode::<NodeMessage>(bytes) {
        Ok(NodeMessage::Refused(receipt)) => Some(receipt.rule),
        _ => None,
    });
    assert_eq!(receipts.collect::<Vec<_>>(), ["frame kind"]);
    assert_eq!(u16::from(close.expect("a close frame").code), 1008);
    relay.stop().await;
}

#[tokio::test]
async fn requests_and_changes_have_a_pace_per_tab_and_per_address() {
    let mut settings = settings();
    (settings.limits.tab_requests_per_second, settings.limits.tab_changes_per_second) = (3, 1);
    let (relay, _folder) = start_with(settings).await;
    let tab = echoing(relay.address, 1).await;
    let mut rules = Vec::new();
    for _ in 0..20 {
        let answer = get(relay.address, &format!("/nodes/{}/mine_block", tab.id())).await;
        if answer.status == 429 {
            assert_eq!(answer.header("retry-after"), "2");
            rules.push(answer.json()["rule"].as_str().expect("a receipt").to_owned());
        }
    }
    assert_eq!(rules.first().map(String::as_str), Some("changes per node"));
    assert_eq!(rules.last().map(String::as_str), Some("requests per node"));
    relay.stop().await;

    let mut settings = crate::common::settings();
    settings.limits.requests_per_second = 2;
    let (relay, _folder) = start_with(settings).await;
    let mut refused = 0;
    for path in ["/get_chain", "/healthz", "/nodes/x", "/api/v1/rooms/main", "/get_chain", "/healthz"].repeat(3) {
        let answer = get(relay.address, path).await;
        if answer.status == 429 {
            check_refused(&answer, 429, "requests per address");
            refused += 1;
        }
    }
    assert!(refused > 0);
    for _ in 0..10 {
        assert_eq!(get(relay.address, "/").await.status, 503, "the app's files are not counted");
    }
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tab_answers_many_at_once_and_each_gets_its_own_answer() {
    let (relay, _folder) = start().await;
    let tab = echoing(relay.address, 1).await;
    let asking = (0..300).map(|number| {
        let (at, path) = (relay.address, format!("/nodes/{}/is_valid?n={number}", tab.id()));
        tokio::spawn(async move {
            let asked: Request = serde_json::from_slice(&get(at, &path).await.body).expect("the request");
            assert_eq!(asked.query, format!("n={number}"));
        })
    });
    for asked in asking.collect::<Vec<_>>() {
        asked.await.expect("its own answer");
    }
    relay.stop().await;
}
