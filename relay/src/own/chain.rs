//! Answers over HTTP, whoever made them: texts as they are, and chains written from the store.
//!
//! A chain is named by its last block, so what was written once for a tip is right for good: short chains are written
//! whole and kept, long ones are streamed.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use shared::exchange::{self, Answer, JSON, TEXT};
use shared::export::Format;
use shared::tutorial::Shape;
use shared::{BlockHash, Receipt, Refusal, RoomName};
use tokio::task::spawn_blocking;

use crate::export::{self, Writing};
use crate::limits::TIP_WAIT_MS;
use crate::refusal::{RETRY_SECONDS, refusal};
use crate::relay::Relay;
use crate::room::Room;

/// Chains of up to so many blocks may be written whole.
const WHOLE_BLOCKS_MAX: usize = 1_024;
/// Chains of up to so many bytes may be written whole.
const WHOLE_BYTES_MAX: usize = 512 << 10;
/// Chains that are kept as they were written; 16 MiB at the most.
const KEPT_MAX: usize = 32;

/// Chains as they were last written, by their tip; the one that was asked for least recently first.
#[derive(Debug, Default)]
pub(crate) struct Cache(Mutex<VecDeque<(RoomName, BlockHash, Bytes)>>);

impl Cache {
    fn lock(&self) -> std::sync::MutexGuard<'_, VecDeque<(RoomName, BlockHash, Bytes)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn get(&self, room: &RoomName, tip: &BlockHash) -> Option<Bytes> {
        let mut kept = self.lock();
        let at = kept.iter().rposition(|(of, hash, _)| of == room && hash == tip)?;
        let found = kept.remove(at)?;
        let bytes = found.2.clone();
        kept.push_back(found);
        Some(bytes)
    }

    fn put(&self, room: &RoomName, tip: BlockHash, bytes: Bytes) {
        let mut kept = self.lock();
        if kept.iter().any(|(of, hash, _)| of == room && *hash == tip) {
            return;
        }
        if kept.len() >= KEPT_MAX {
            kept.pop_front();
        }
        kept.push_back((room.clone(), tip, bytes));
    }
}

/// What an answer is over HTTP. Chains are written from the store, in the format that `query` asks for.
pub(crate) async fn respond(relay: &Relay, room: &Room, address: IpAddr, answer: Answer, query: &str) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::BAD_GATEWAY);
    let asked = Asked { relay, room, address };
    match answer.body {
        exchange::Body::Json(json) => text(status, JSON, json),
        exchange::Body::Text(plain) => text(status, TEXT, plain),
        exchange::Body::Chain { tip } => match format(query) {
            Ok(Some(format)) => asked.file(tip, format).await,
            Ok(None) => asked.chain(tip).await,
            Err(receipt) => refusal(StatusCode::BAD_REQUEST, receipt),
        },
        exchange::Body::Replaced { tip, replaced, nodes } => {
            asked.written(tip, Shape::Replaced { replaced, nodes }).await
        }
    }
}

/// The file format that a query asks for; `None` for the tutorial's words.
fn format(query: &str) -> Result<Option<Format>, Receipt> {
    let mut asked = query.split('&').filter_map(|pair| pair.split_once('=')).filter(|(key, _)| *key == "format");
    let Some((_, format)) = asked.next() else { return Ok(None) };
    if asked.next().is_some() {
        return Err(Receipt::new("query", "format once", "more than once"));
    }
    match format.parse::<Format>() {
        // JSON is the tutorial's.
        Ok(Format::Json) => Ok(None),
        Ok(format) => Ok(Some(format)),
        Err(error) => Err(error.receipt()),
    }
}

fn text(status: StatusCode, media_type: &'static str, body: impl Into<Body>) -> Response {
    let mut response = (status, [(CACHE_CONTROL, "no-store"), (CONTENT_TYPE, media_type)], body.into()).into_response();
    match status {
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
            response.headers_mut().insert(RETRY_AFTER, RETRY_SECONDS.into());
        }
        // Not Basic: a browser would ask its user for a password.
        StatusCode::UNAUTHORIZED => {
            response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        _ => {}
    }
    response
}

/// Who asks, and for which room's chain.
struct Asked<'a> {
    relay: &'a Relay,
    room: &'a Room,
    address: IpAddr,
}

impl Asked<'_> {
    /// `get_chain`.
    async fn chain(&self, tip: BlockHash) -> Response {
        let room = &self.room.params().room;
        match self.relay.own.chains.get(room, &tip) {
            Some(bytes) => text(StatusCode::OK, JSON, bytes),
            None => self.written(tip, Shape::Chain).await,
        }
    }

    /// A chain in the tutorial's words.
    async fn written(&self, tip: BlockHash, shape: Shape) -> Response {
        let hashes = match self.hashes(tip).await {
            Ok(hashes) => hashes,
            Err(receipt) => return refusal(StatusCode::SERVICE_UNAVAILABLE, receipt),
        };
        let is_kept = shape == Shape::Chain;
        if hashes.len() <= WHOLE_BLOCKS_MAX {
            let (store, params) = (Arc::clone(self.room.store()), self.room.params().clone());
            let (writing, hashes) = (Writing::Tutorial(shape.clone()), hashes.clone());
            let whole = spawn_blocking(move || export::whole(&store, &params, writing, hashes, WHOLE_BYTES_MAX));
            match whole.await {
                Ok(Ok(Some(bytes))) => {
                    let bytes = Bytes::from(bytes);
                    if is_kept {
                        self.relay.own.chains.put(&self.room.params().room, tip, bytes.clone());
                    }
                    return text(StatusCode::OK, JSON, bytes);
                }
                // Too long to be written whole.
                Ok(Ok(None)) => {}
                Ok(Err(_)) | Err(_) => return refusal(StatusCode::SERVICE_UNAVAILABLE, unreadable()),
            }
        }
        match self.relay.exports.take(Some(self.address)) {
            Ok(place) => {
                text(StatusCode::OK, JSON, export::streamed(self.room, Writing::Tutorial(shape), hashes, place))
            }
            Err(receipt) => refusal(StatusCode::TOO_MANY_REQUESTS, receipt),
        }
    }

    /// A chain as a file.
    async fn file(&self, tip: BlockHash, format: Format) -> Response {
        let hashes = match self.hashes(tip).await {
            Ok(hashes) => hashes,
            Err(receipt) => return refusal(StatusCode::SERVICE_UNAVAILABLE, receipt),
        };
        match self.relay.exports.take(Some(self.address)) {
            Ok(place) => export::answer(self.room, format, hashes, place),
            Err(receipt) => refusal(StatusCode::TOO_MANY_REQUESTS, receipt),
        }
    }

    /// The blocks of a chain. One whose last block is on its way here is waited for.
    async fn hashes(&self, tip: BlockHash) -> Result<Vec<BlockHash>, Receipt> {
        let branch = self.room.branch(tip, Duration::from_millis(TIP_WAIT_MS)).await.ok_or_else(unreadable)?;
        let found = || format!("block {tip}, which it does not have yet");
        branch.ok_or_else(|| Receipt::new("chain", "a chain that this relay has", found()))
    }
}

fn unreadable() -> Receipt {
    Receipt::new("store", "a chain that can be read", "none until the store works again")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(byte: usize) -> BlockHash {
        BlockHash::from_bytes([u8::try_from(byte).expect("small"); 32])
    }

    #[test]
    fn the_chain_that_was_asked_for_least_recently_is_forgotten_first() {
        let cache = Cache::default();
        let room = RoomName::new("main").expect("letters");
        for at in 0..KEPT_MAX {
            cache.put(&room, hash(at), Bytes::from(vec![0; at]));
        }
        assert_eq!(cache.get(&room, &hash(0)), Some(Bytes::new()));
        cache.put(&room, hash(KEPT_MAX), Bytes::new());
        assert_eq!(cache.get(&room, &hash(1)), None);
        assert_eq!(cache.get(&room, &hash(0)), Some(Bytes::new()), "it was asked for a moment ago");
        assert_eq!(cache.get(&RoomName::new("other").expect("letters"), &hash(0)), None);
    }

    #[test]
    fn a_format_is_the_tutorials_or_one_of_the_files() {
        for query in ["", "format=json", "x=1", "x"] {
            assert_eq!(format(query), Ok(None), "{query}");
        }
        assert_eq!(format("x=1&format=bytes"), Ok(Some(Format::Bytes)));
        assert_eq!(format("format=xml").expect_err("none").rule, "export format");
        assert_eq!(format("format=json&format=bytes").expect_err("two").rule, "query");
    }
}
