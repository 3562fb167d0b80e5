//! Requests over HTTP that this tab answers, and who may make which.

use borsh::{BorshDeserialize, BorshSerialize};

/// How many requests a snapshot carries.
pub const REQUESTS_SHOWN: usize = 100;

/// How this tab is reached over HTTP, and what came.
#[derive(Clone, Debug, PartialEq, BorshSerialize, BorshDeserialize)]
pub struct HttpView {
    /// The relay's address: `http://host:port`.
    pub base: String,
    /// The control token; what changes this tab needs it unless the tab is open.
    pub token: String,
    /// Whether anybody may change this tab.
    pub open: bool,
    /// The latest requests, newest first, at most [`REQUESTS_SHOWN`].
    pub log: Vec<RequestView>,
    /// How many requests were answered since the tab was loaded.
    pub handled: u64,
}

/// A request that came for this tab.
#[derive(Clone, Debug, PartialEq, BorshSerialize, BorshDeserialize)]
pub struct RequestView {
    /// Counts up; a key for the list.
    pub number: u64,
    /// When it arrived.
    pub at_ms: u64,
    /// `GET`, `POST`.
    pub method: String,
    /// `/mine_block`, with what followed the question mark.
    pub path: String,
    /// The program that asked, as it says itself.
    pub agent: Option<String>,
    /// The answer's status; `None` while the request is under way.
    pub status: Option<u16>,
    /// How long the answer took; `None` while the request is under way.
    pub took_ms: Option<u32>,
}
