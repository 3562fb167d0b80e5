//! HTTP handed to a member: what a relay and a member say to each other about requests that came for the member's
//! address, in text frames of the WebSocket that carries the node's messages in binary ones.
//!
//! A frame is the JSON of one [`ToMember`] or [`ToRelay`], at most [`EXCHANGE_BYTES_MAX`] bytes. The node knows nothing
//! of it: a request is answered by the shell around the node, a tab or a bridge, and only a member that has proved its id
//! is handed any. Nothing here is consensus; a relay and a tab of different versions refuse each other before.

use serde::{Deserialize, Serialize};

use crate::rules::receipt::Receipt;
use crate::values::BlockHash;

/// The longest text frame, in bytes of UTF-8.
pub const EXCHANGE_BYTES_MAX: usize = 1 << 20;
/// The longest body of a request handed to a member, in bytes.
pub const REQUEST_BYTES_MAX: usize = 64 << 10;
/// The longest body of an answer, in bytes: as a JSON text within a JSON text it takes up to twice as many.
pub const ANSWER_BYTES_MAX: usize = 496 << 10;
/// The longest classic chain that a member keeps and tells of, in bytes of its JSON.
pub const CLASSIC_CHAIN_BYTES_MAX: usize = 480 << 10;

/// The media type of JSON.
pub const JSON: &str = "application/json";
/// The media type of plain text, as the tutorial's server writes it.
pub const TEXT: &str = "text/html; charset=utf-8";

/// What a relay says to a member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ToMember {
    /// A request came for you.
    Request(Request),
    /// Nobody waits for the answer to this request any more.
    Cancel {
        /// The request's number.
        number: u64,
    },
    /// What came of a [`ToRelay::Fetch`].
    Fetched {
        /// The fetch's number.
        number: u64,
        /// The body of the answer, or why there is none.
        result: Result<String, Receipt>,
    },
}

/// What a member says to its relay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ToRelay {
    /// The answer to a request.
    Answer {
        /// The request's number.
        number: u64,
        /// The answer.
        answer: Answer,
    },
    /// Please ask this node for its chain. In a classic room the answer is the text of its `/get_chain`; in a sealed one
    /// the relay takes every valid block into the room and answers with `{"tip": …, "length": …}`.
    Fetch {
        /// The member's number for it.
        number: u64,
        /// What the tutorial keeps of a node's URL: host, perhaps a port, perhaps user information before an `@`.
        netloc: String,
    },
    /// My classic chain is now this: the JSON array of its blocks. Kept, so that it can be read when the member has gone.
    Keep {
        /// At most [`CLASSIC_CHAIN_BYTES_MAX`] bytes.
        chain: String,
    },
}

/// A request for a member's address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// The relay's number for it.
    pub number: u64,
    /// `GET`, `POST`, …
    pub method: String,
    /// What follows the member's address: `/mine_block`.
    pub path: String,
    /// What follows the question mark; empty for none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub query: String,
    /// The media type of the body, without parameters, in lower case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// The body; at most [`REQUEST_BYTES_MAX`] bytes.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub body: String,
    /// The control token that came with it, right or wrong. Never logged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// The program that asks, as it says itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// Whether a page of another site makes a browser send it. Then only the right token allows a change, however open
    /// the node is: such a page can invent a token, and cannot know one.
    #[serde(default, skip_serializing_if = "is_false")]
    pub is_foreign: bool,
    /// How long the relay waits for the answer, in milliseconds.
    pub within_ms: u64,
}

/// An answer over HTTP.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// What it says.
    pub body: Body,
}

/// What an answer says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Body {
    /// A JSON text.
    Json(String),
    /// Plain text.
    Text(String),
    /// The sealed chain that ends in this block; the relay has its blocks and writes them, in the format asked for.
    Chain {
        /// The tip.
        tip: BlockHash,
    },
    /// What came of asking other nodes for their chains: the tutorial's words around the sealed chain that ends in this
    /// block, which the relay writes as it writes [`Body::Chain`].
    Replaced {
        /// The tip.
        tip: BlockHash,
        /// Whether that is another chain than before.
        replaced: bool,
        /// What came of each node, as a JSON array.
        nodes: String,
    },
}

impl Request {
    /// Whether it may change the node whose control token this is, and which its owner may have opened.
    pub fn may_change(&self, token: &str, is_open: bool) -> bool {
        (is_open && !self.is_foreign) || self.token.as_deref().is_some_and(|given| is_same_token(given, token))
    }
}

impl Answer {
    /// An answer in JSON.
    pub fn json(status: u16, value: &impl Serialize) -> Self {
        let text = serde_json::to_string(value).expect("answers have text keys and no values that JSON lacks");
        Self { status, body: Body::Json(text) }
    }

    /// An answer in plain text.
    pub fn text(status: u16, text: impl Into<String>) -> Self {
        Self { status, body: Body::Text(text.into()) }
    }

    /// A refusal: its receipt as JSON.
    pub fn refusal(status: u16, receipt: &Receipt) -> Self {
        Self::json(status, receipt)
    }
}

fn is_false(value: &bool) -> bool {
    !value
}

/// Compares a token with the right one in a time that does not tell how much of it is right.
pub fn is_same_token(given: &str, right: &str) -> bool {
    let differing = given.bytes().zip(right.bytes()).fold(0, |bits, (given, right)| bits | (given ^ right));
    given.len() == right.len() && differing == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_read_back_as_they_were_written() {
        let request = Request {
            number: 7,
            method: "POST".to_owned(),
            path: "/add_transaction".to_owned(),
            query: String::new(),
            content_type: Some(JSON.to_owned()),
            body: "{\"amount\": 5}".to_owned(),
            token: Some("secret".to_owned()),
            agent: None,
            is_foreign: false,
            within_ms: 10_000,
        };
        let refused = Err(Receipt::new("fetch", "a node on this machine", "10.0.0.1"));
        for frame in [
            ToMember::Request(request),
            ToMember::Cancel { number: 7 },
            ToMember::Fetched { number: 1, result: refused },
            ToMember::Fetched { number: 1, result: Ok("{}".to_owned()) },
        ] {
            let text = serde_json::to_string(&frame).expect("JSON");
            assert_eq!(serde_json::from_str::<ToMember>(&text).expect("it was written so"), frame);
        }
        let chain = Answer { status: 200, body: Body::Chain { tip: BlockHash::ZERO } };
        let nodes = "[]".to_owned();
        let replaced = Answer { status: 200, body: Body::Replaced { tip: BlockHash::ZERO, replaced: true, nodes } };
        for frame in [
            ToRelay::Answer { number: 7, answer: Answer::text(400, "no node") },
            ToRelay::Answer { number: 8, answer: chain },
            ToRelay::Answer { number: 9, answer: replaced },
            ToRelay::Fetch { number: 1, netloc: "127.0.0.1:5002".to_owned() },
            ToRelay::Keep { chain: "[]".to_owned() },
        ] {
            let text = serde_json::to_string(&frame).expect("JSON");
            assert_eq!(serde_json::from_str::<ToRelay>(&text).expect("it was written so"), frame);
        }
    }

    #[test]
    fn an_open_node_is_changed_by_anybody_but_a_foreign_page_without_the_token() {
        let request = |token: Option<&str>, is_foreign| Request {
            number: 1,
            method: "GET".to_owned(),
            path: "/mine_block".to_owned(),
            query: String::new(),
            content_type: None,
            body: String::new(),
            token: token.map(str::to_owned),
            agent: None,
            is_foreign,
            within_ms: 1,
        };
        for (token, is_foreign, is_open, expected) in [
            (None, false, true, true),
            (None, false, false, false),
            (Some("right"), false, false, true),
            (Some("wrong"), false, false, false),
            (Some("wrong"), false, true, true),
            (None, true, true, false),
            (Some("wrong"), true, true, false),
            (Some("right"), true, true, true),
        ] {
            let may = request(token, is_foreign).may_change("right", is_open);
            assert_eq!(may, expected, "{token:?} foreign {is_foreign} open {is_open}");
        }
    }

    #[test]
    fn only_the_whole_token_is_the_token() {
        assert!(is_same_token("abc", "abc"));
        for wrong in ["", "ab", "abd", "abcd"] {
            assert!(!is_same_token(wrong, "abc"), "{wrong}");
        }
    }
}
