//! Asks the relay why a WebSocket was not opened.
//!
//! A browser hides the answer to a WebSocket from whoever wanted it. An ordinary request for the same address is told it:
//! what the relay said to the last WebSocket of this address, or that it saw none.

use shared::{Receipt, RoomName};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::Response;

use super::port::fetch;

/// The rule with which a relay answers a request that is no WebSocket's.
const UPGRADE: &str = "WebSocket upgrade";
/// What the relay found where no WebSocket came.
const ORDINARY: &str = "an ordinary request";
/// The longest answer that is read, in bytes.
const ANSWER_BYTES_MAX: usize = 8 * 1024;

/// Why the WebSocket of a room was not opened; `None` where the relay does not answer, and so is just away.
pub async fn why(base: &str, room: &RoomName) -> Option<Receipt> {
    let answer = async {
        let response: Response = JsFuture::from(fetch(&format!("{base}/ws/{room}"))?).await?.dyn_into()?;
        Ok::<_, JsValue>(JsFuture::from(response.text()?).await?.as_string())
    };
    read(&answer.await.ok()??)
}

/// Reads the relay's answer. What answers in another form is no relay, and knows nothing of it.
fn read(answer: &str) -> Option<Receipt> {
    let receipt = serde_json::from_str::<Receipt>(answer).ok().filter(|_| answer.len() <= ANSWER_BYTES_MAX)?;
    if receipt.rule == UPGRADE && receipt.found == ORDINARY {
        let expected = "a WebSocket that reaches the relay";
        let found = "none: something on the way, a proxy or a filter, keeps WebSockets back";
        return Some(Receipt::new(UPGRADE, expected, found));
    }
    Some(receipt.bounded())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(answer: &str) -> Option<String> {
        read(answer).map(|receipt| receipt.found)
    }

    #[test]
    fn the_relays_reason_is_told_and_where_it_saw_no_websocket_the_way_is() {
        let answer = |found: &str| serde_json::json!({ "rule": UPGRADE, "expected": "x", "found": found }).to_string();
        assert_eq!(found(&answer("no key")).as_deref(), Some("no key"));
        assert!(found(&answer(ORDINARY)).is_some_and(|found| found.contains("on the way")));
        for other in ["", "<!doctype html>", "{}", &format!("{}{}", answer("x"), " ".repeat(ANSWER_BYTES_MAX))] {
            assert_eq!(found(other), None);
        }
    }
}
