//! The document that describes all of it, and the page to try it at.

use super::{MAIN, check_refused, folder, post, relay_with_blocks, text_of};
use crate::common::http::{get, request};
use crate::common::{TestRelay, settings};

#[tokio::test]
async fn every_path_of_the_document_is_there_by_its_methods_and_no_other() {
    let folder = folder();
    let (relay, miner) = relay_with_blocks(&folder, 1).await;
    let answer = get(relay.address, "/openapi.json").await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"));
    let document = answer.json();
    assert!(document["openapi"].as_str().is_some_and(|version| version.starts_with("3.1.")));
    let block = miner.tip().to_string();
    let reward = get(relay.address, &format!("{MAIN}/blocks/1")).await.json();
    let reward = reward["block"]["transactions"][0]["id"].as_str().expect("an id").to_owned();
    let node = get(relay.address, &format!("{MAIN}/nodes")).await.json();
    let own = node["nodes"].as_array().expect("a list").iter().find(|node| node["role"] == "relay");
    let own = own.and_then(|own| own["id"].as_str()).expect("the relay").to_owned();
    let paths = document["paths"].as_object().expect("paths");
    assert_eq!(paths.len(), 43);
    for (path, item) in paths {
        let id = if path.contains("/transactions/") { &reward } else { &own };
        // Two of the requests are the classic room's alone.
        let is_classic = ["/start_over", "/drop_transactions"].iter().any(|request| path.ends_with(request));
        let room = if is_classic { "classic" } else { "main" };
        let filled = path.replace("{room}", room).replace("{block}", &block).replace("{id}", id);
        let filled = filled.replace("{address}", &text_of(1));
        let is_there = if item["get"].is_object() {
            // An endless answer is begun, and that is enough.
            let line = if path.ends_with("/events") { format!("HEAD {filled}") } else { format!("GET {filled}") };
            let status = request(relay.address, &line, &[]).await.status;
            assert!(item["get"]["responses"][status.to_string()].is_object(), "{line}: {status}");
            status
        } else {
            let status = post(relay.address, &filled, "text/x", b"{}").await.status;
            assert!(item["post"]["responses"][status.to_string()].is_object(), "POST {filled}: {status}");
            status
        };
        if is_classic && !path.contains("{room}") {
            assert_eq!(is_there, 404, "{path} of a relay whose root room is sealed");
            continue;
        }
        assert!(is_there != 404 && is_there != 405, "{path}: {is_there}");
        let wrong = request(relay.address, &format!("DELETE {filled}"), &[]).await;
        check_refused(&wrong, 405, "method");
    }
    relay.stop().await;
}

#[tokio::test]
async fn the_page_to_try_it_at_is_served_from_here_alone_under_the_strict_policy() {
    let folder = folder();
    let relay = TestRelay::start(folder.path(), settings()).await;
    let page = get(relay.address, "/docs").await;
    assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
    assert!(!page.header("content-security-policy").contains("unsafe-inline"));
    let text = page.text();
    assert!(!text.contains("http://") && !text.contains("https://"), "nothing from elsewhere");
    let parts = text.split('"').filter(|part| part.starts_with("docs/"));
    let parts: Vec<&str> = parts.collect();
    assert_eq!(parts.len(), 4);
    for part in parts {
        let part = format!("/{part}");
        let plain = get(relay.address, &part).await;
        assert_eq!((plain.status, plain.header("content-encoding")), (200, ""), "{part}");
        let tag = format!("If-None-Match: {}", plain.header("etag"));
        assert_eq!(request(relay.address, &format!("GET {part}"), &[&tag]).await.status, 304, "{part}");
    }
    let packed = request(relay.address, "GET /docs/swagger-ui-bundle.js", &["Accept-Encoding: gzip"]).await;
    assert_eq!(packed.header("content-encoding"), "gzip");
    assert!(packed.body.len() < 1 << 20);
    check_refused(&get(relay.address, "/docs/other.js").await, 404, "path");
    for line in ["POST /docs", "PUT /docs/docs.js", "DELETE /openapi.json"] {
        let answer = request(relay.address, line, &[]).await;
        assert_eq!(answer.header("allow"), "GET,HEAD", "{line}");
        check_refused(&answer, 405, "method");
    }
    relay.stop().await;
}
