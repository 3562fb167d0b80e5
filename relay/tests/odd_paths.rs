//! Paths as nobody writes them by hand: encoded dots, null bytes, double slashes, kilobytes, bytes that are no text.

use std::net::SocketAddr;

use crate::common::http::{Answer, parse};
use crate::common::tab::Tab;
use crate::common::{TestRelay, settings};
use shared::exchange::Answer as Answered;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const PAGE: &str = "<!doctype html><title>app</title>";

/// A relay with an app, which is what programs must not get in the place of an answer.
async fn start() -> (TestRelay, TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let app = folder.path().join("dist");
    std::fs::create_dir(&app).expect("a folder");
    std::fs::write(app.join("index.html"), PAGE).expect("written");
    std::fs::write(folder.path().join("secret.txt"), "secret").expect("written");
    let settings = relay::relay::Settings { app, ..settings() };
    (TestRelay::start(&folder.path().join("data"), settings).await, folder)
}

async fn get(at: SocketAddr, path: &[u8]) -> Answer {
    let mut stream = TcpStream::connect(at).await.expect("connected");
    let head = [b"GET ", path, b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"].concat();
    stream.write_all(&head).await.expect("sent");
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.expect("answered");
    parse(&bytes)
}

#[tokio::test]
async fn an_odd_path_gets_a_receipt_that_shows_it_safely_and_shortened() {
    let (relay, _folder) = start().await;
    let tab = Tab::join(relay.address, 1).await;
    tab.answers(|request| Some(Answered::json(200, request)));
    let node = format!("/nodes/{}", tab.id());
    let odd: &[&[u8]] = &[
        b"/%2e%2e/secret.txt",
        b"/../secret.txt",
        b"/..%2fsecret.txt",
        b"/%00",
        b"/wallet%00",
        b"//",
        b"//wallet",
        b"/wallet//",
        b"///get_chain",
        b"//evil.example/get_chain",
        b"/%",
        b"/%zz",
        b"/%ff%fe",
        b"/\xc3\xa9",
        b"/%e2%80%ae",
        b"/<script>",
        b"/\\..\\secret.txt",
        b"/wallet;x=1",
        b"/GET_CHAIN",
        b"/get_chain%0d%0aX:1",
        b"/*",
    ];
    let prefixes = ["", "/rooms/classic", "/rooms/none", "/rooms/%2e%2e", "/rooms/%ff", "/nodes/%ff", &node, "/api/v1"];
    for prefix in prefixes {
        for path in odd {
            let path = [prefix.as_bytes(), path].concat();
            let shown = String::from_utf8_lossy(&path).into_owned();
            check_receipt(&get(relay.address, &path).await, &shown);
        }
    }
    for route in ["get_chain", "mine_block", "start_over"] {
        for before in ["/rooms/%ff", "/nodes/%ff", "/rooms/%00", "/nodes/%2e%2e", "/rooms/main/..", "/nodes/"] {
            let path = format!("{before}/{route}");
            check_receipt(&get(relay.address, path.as_bytes()).await, &path);
        }
    }
    for segment in ["/%2e%2e", "/%00", "/%ff", "//", "/0/0/0"] {
        for before in
            ["/api/v1/rooms", "/api/v1/rooms/main/blocks", "/api/v1/rooms/main/addresses", "/docs", "/ws", "/nodes"]
        {
            let path = format!("{before}{segment}");
            check_receipt(&get(relay.address, path.as_bytes()).await, &path);
        }
    }
    relay.stop().await;
}

#[track_caller]
fn check_receipt(answer: &Answer, path: &str) {
    assert!((400..500).contains(&answer.status), "{path}: {}", answer.status);
    // What cannot be read as a request at all is refused before there is anything to say of it.
    if answer.body.is_empty() {
        assert_eq!(answer.status, 400, "{path}");
        return;
    }
    assert_eq!(answer.header("content-type"), "application/json", "{path}: {}", answer.text());
    let receipt = answer.json();
    for line in ["rule", "expected", "found"] {
        let text = receipt[line].as_str().expect(line);
        assert!(!text.contains(char::is_control) && text.len() <= 240, "{path}: {text}");
    }
}

#[tokio::test]
async fn a_letter_that_is_percent_encoded_is_that_letter() {
    let (relay, _folder) = start().await;
    for path in ["/rooms/%63lassic/get_chain", "/rooms/classic/get%5fchain", "/api/v1/rooms/m%61in", "/%68ealthz"] {
        assert_eq!(get(relay.address, path.as_bytes()).await.status, 200, "{path}");
    }
    let [plain, encoded] = ["/rooms/classic/", "/rooms/%63lassic/"].map(|path| get(relay.address, path.as_bytes()));
    assert_eq!(plain.await.status, encoded.await.status);
    relay.stop().await;
}

#[tokio::test]
async fn a_path_of_kilobytes_is_answered_briefly() {
    let (relay, _folder) = start().await;
    let node = format!("/nodes/{}", "0".repeat(32));
    for piece in ["a", "/", "a/", "%41", "%", "../", "_"] {
        for prefix in
            ["/", "/rooms/", "/rooms/main/", "/nodes/", &format!("{node}/"), "/api/v1/rooms/", "/ws/", "/docs/"]
        {
            let path = format!("{prefix}{}", piece.repeat(8_000 / piece.len()));
            let answer = get(relay.address, path.as_bytes()).await;
            check_receipt(&answer, &path[..40]);
            assert!(answer.body.len() < 1_000, "{}: {} bytes", &path[..40], answer.body.len());
        }
    }
    // Past the largest head there is no more to read of it.
    let huge = get(relay.address, format!("/{}", "a".repeat(17_000)).as_bytes()).await;
    assert_eq!(huge.status, 431);
    relay.stop().await;
}
