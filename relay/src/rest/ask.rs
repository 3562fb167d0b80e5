//! What a request asks: its room, its path, its query, read into types or refused with a receipt.

use std::net::IpAddr;
use std::str::FromStr;
use std::sync::Arc;

use axum::extract::{FromRequestParts, Query as Pairs, RawPathParams};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use shared::protocol::Node;
use shared::{Address, Block, BlockHash, Receipt, Refusal, Rules};
use tokio::task::spawn_blocking;

use crate::export::read_block;
use crate::refusal::refusal;
use crate::relay::Relay;
use crate::room::Room;
use crate::segment::not_text;
use crate::store::StoreError;
use crate::visitors::Visitor;

/// The most of a stranger's text that a receipt repeats, in characters.
const FOUND_CHARS_MAX: usize = 80;

/// A request that is refused: the status, and why.
#[derive(Debug)]
pub(crate) struct Refused(pub(crate) StatusCode, pub(crate) Receipt);

impl Refused {
    /// What was sent breaks a rule.
    pub(super) fn bad(receipt: Receipt) -> Self {
        Self(StatusCode::BAD_REQUEST, receipt)
    }

    /// There is no such thing.
    pub(super) fn unknown(rule: &str, expected: impl Into<String>, found: impl Into<String>) -> Self {
        Self(StatusCode::NOT_FOUND, Receipt::new(rule, expected, found))
    }

    /// The room cannot be read now.
    pub(super) fn unreadable(found: impl Into<String>) -> Self {
        let receipt = Receipt::new("store", "a room that can be read", found);
        Self(StatusCode::SERVICE_UNAVAILABLE, receipt)
    }
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        Self::unreadable(error.to_string())
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        refusal(self.0, self.1)
    }
}

/// A request to the relay.
#[derive(Debug)]
pub(crate) struct Ask {
    /// The relay.
    pub(super) relay: Arc<Relay>,
    /// What was sent with it.
    pub(super) headers: HeaderMap,
    /// Who asks.
    pub(super) address: IpAddr,
    path: Vec<(String, String)>,
    uri: Uri,
}

impl FromRequestParts<Arc<Relay>> for Ask {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, relay: &Arc<Relay>) -> Result<Self, Refused> {
        let visitor = parts.extensions.get::<Visitor>().copied();
        let visitor = visitor.expect("every request for data comes through the door");
        let path = RawPathParams::from_request_parts(parts, relay)
            .await
            .map_err(|error| Refused::bad(not_text(&error.body_text())))?;
        Ok(Self {
            relay: Arc::clone(relay),
            headers: parts.headers.clone(),
            address: visitor.address,
            path: path.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            uri: parts.uri.clone(),
        })
    }
}

impl Ask {
    /// The part of the path with this name.
    fn segment(&self, name: &str) -> &str {
        let found = self.path.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value.as_str())
    }

    /// The part of the path with this name, read as what it should be.
    pub(super) fn path<T: FromStr<Err: Refusal>>(&self, name: &str) -> Result<T, Refused> {
        self.segment(name).parse().map_err(|error: T::Err| Refused::bad(error.receipt()))
    }

    /// The address in the path.
    pub(super) fn path_address(&self, room: &Room) -> Result<Address, Refused> {
        let decoded = Address::decode(self.segment("address"), &room.params().address_prefix);
        decoded.map_err(|error| Refused::bad(error.receipt()))
    }

    /// The room in the path.
    pub(super) fn room(&self) -> Result<Room, Refused> {
        let name = self.segment("room");
        self.relay.room(name).ok_or_else(|| Refused(StatusCode::NOT_FOUND, self.relay.unknown_room(name)))
    }

    /// The room in the path, for what only a sealed room has: blocks, payments and addresses.
    pub(super) fn sealed_room(&self) -> Result<Room, Refused> {
        let room = self.room()?;
        let (name, base) = (&room.params().room, &self.relay.base_path);
        match room.params().rules() {
            Rules::Sealed => Ok(room),
            Rules::Classic => Err(Refused::unknown(
                "rules",
                format!(
                    "a sealed room, or GET {base}/rooms/{name}/get_chain for the chain of the relay's node in {name}"
                ),
                format!("room {name}, which is classic: each of its nodes has a chain of its own"),
            )),
        }
    }

    /// Reads the query; what `read` did not ask for is refused.
    pub(super) fn query<T>(&self, read: impl FnOnce(&mut Query) -> Result<T, Receipt>) -> Result<T, Refused> {
        let mut query = Query::new(&self.uri);
        let value = read(&mut query).map_err(Refused::bad)?;
        query.finish().map_err(Refused::bad)?;
        Ok(value)
    }

    /// The same path with another query, as the client finds it.
    pub(super) fn link(&self, query: &str) -> String {
        format!("{}{}?{query}", self.relay.base_path, self.uri.path())
    }

    /// A query that is to be empty.
    pub(super) fn no_query(&self) -> Result<(), Refused> {
        self.query(|_| Ok(()))
    }

    /// Looks at a room's node. Few requests do so at a time, so that members' messages find their turn.
    pub(super) async fn look<T: Send + 'static>(
        &self,
        room: &Room,
        closure: impl FnOnce(&Node) -> T + Send + 'static,
    ) -> Result<T, Refused> {
        let _permit = self.relay.rest.looks.acquire().await.expect("the semaphore is never closed");
        room.look(closure).await.ok_or_else(|| Refused::unreadable("none until the store works again"))
    }

    /// Reads blocks from the store, and makes something of each until `make` wants no more. Outside the room's turns:
    /// a block may have 256 KiB.
    pub(super) async fn read_blocks<T: Send + 'static>(
        &self,
        room: &Room,
        hashes: Vec<BlockHash>,
        mut make: impl FnMut(&BlockHash, Block, &mut Vec<T>) -> bool + Send + 'static,
    ) -> Result<Vec<T>, Refused> {
        let permit = Arc::clone(&self.relay.rest.reads).acquire_owned().await.expect("the semaphore is never closed");
        let room = room.clone();
        let reading = spawn_blocking(move || {
            let _permit = permit;
            let mut made = Vec::with_capacity(hashes.len());
            for hash in &hashes {
                let block = read_block(room.store(), room.params(), hash)?;
                if !make(hash, block, &mut made) {
                    break;
                }
            }
            Ok(made)
        });
        reading.await.unwrap_or_else(|_| Err(Refused::unreadable("reading failed; see the log")))
    }
}

/// The query of a request: each name at most once, and none that is not asked for.
#[derive(Debug)]
pub(super) struct Query {
    pairs: Vec<(String, String)>,
    known: Vec<&'static str>,
}

impl Query {
    fn new(uri: &Uri) -> Self {
        // Any text is a list of pairs.
        let pairs = Pairs::<Vec<(String, String)>>::try_from_uri(uri).map_or(Vec::new(), |Pairs(pairs)| pairs);
        Self { pairs, known: Vec::new() }
    }

    /// The text of a parameter.
    pub(super) fn text(&mut self, name: &'static str) -> Result<Option<String>, Receipt> {
        self.known.push(name);
        let at = self.pairs.iter().position(|(found, _)| found == name);
        let value = at.map(|at| self.pairs.swap_remove(at).1);
        if self.pairs.iter().any(|(found, _)| found == name) {
            return Err(Receipt::new("query", format!("{name} once"), "more than once"));
        }
        Ok(value)
    }

    /// A parameter, read as what it should be.
    pub(super) fn parse<T: FromStr<Err: Refusal>>(&mut self, name: &'static str) -> Result<Option<T>, Receipt> {
        self.text(name)?.map(|text| text.parse().map_err(|error: T::Err| error.receipt())).transpose()
    }

    /// How many are asked for.
    pub(super) fn limit(&mut self, usual: usize, max: usize) -> Result<usize, Receipt> {
        let Some(text) = self.text("limit")? else { return Ok(usual) };
        match text.parse() {
            Ok(limit) if (1..=max).contains(&limit) => Ok(limit),
            _ => Err(Receipt::new("limit", format!("a number from 1 to {max}"), quoted(&text))),
        }
    }

    fn finish(self) -> Result<(), Receipt> {
        let Some((name, _)) = self.pairs.first() else { return Ok(()) };
        let expected = if self.known.is_empty() { "none".to_owned() } else { self.known.join(", ") };
        Err(Receipt::new("query", expected, quoted(name)))
    }
}

/// A stranger's text, as a receipt repeats it.
pub(super) fn quoted(text: &str) -> String {
    format!("{:?}", text.chars().take(FOUND_CHARS_MAX).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(raw: &str) -> Result<(usize, Option<String>), String> {
        let mut query = Query::new(&format!("/?{raw}").parse().expect("a path"));
        let value = (|| Ok((query.limit(20, 100)?, query.text("cursor")?)))();
        let value = value.and_then(|value| query.finish().map(|()| value));
        value.map_err(|receipt: Receipt| receipt.to_string())
    }

    #[test]
    fn a_query_is_read_by_name_and_what_is_not_asked_for_is_refused() {
        assert_eq!(read(""), Ok((20, None)));
        assert_eq!(read("limit=1&cursor=a%20b"), Ok((1, Some("a b".to_owned()))));
        assert_eq!(read("limit=100"), Ok((100, None)));
        for (raw, refusal) in [
            ("limit=0", "limit: expected a number from 1 to 100, found \"0\""),
            ("limit=101", "limit: expected a number from 1 to 100, found \"101\""),
            ("limit=x", "limit: expected a number from 1 to 100, found \"x\""),
            ("limit=1&limit=2", "query: expected limit once, found more than once"),
            ("limt=1", "query: expected limit, cursor, found \"limt\""),
        ] {
            assert_eq!(read(raw), Err(refusal.to_owned()), "{raw}");
        }
    }
}
