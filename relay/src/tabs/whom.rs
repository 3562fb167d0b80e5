//! Who a request is for: a member, by its id, or the relay's own node in a room.
//!
//! An id stands in the path (`/nodes/ID/…`), before the host (`ID.host`), or as the user of the URL (`ID:TOKEN@host`);
//! whatever stands first in this list counts. The user may also be a room's name. Nobody named is the relay itself.

use axum::http::header::{AUTHORIZATION, HOST};
use axum::http::{HeaderMap, HeaderValue, Uri};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use shared::pages::ROOMS_PREFIX;
use shared::{NodeId, Receipt, RoomName};

use crate::authority::Authority;
use crate::relay::Relay;

/// Digits of an id.
const ID_DIGITS: usize = 32;

/// Who is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Whom {
    /// A member.
    Member(NodeId),
    /// The relay's own node in this room.
    Own(RoomName),
}

/// What a request's `Authorization` says.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Credentials {
    /// The user of Basic authentication.
    pub(crate) user: Option<String>,
    /// Basic's password, or the Bearer token. Never logged.
    pub(crate) token: Option<String>,
    /// Whether it is a Bearer token, which no browser sends by itself.
    pub(crate) is_bearer: bool,
}

impl Credentials {
    /// Reads the header. One of another kind says nothing.
    pub(crate) fn read(headers: &HeaderMap) -> Self {
        let header = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let (scheme, rest) = header.split_once(' ').unwrap_or_default();
        let given = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        if scheme.eq_ignore_ascii_case("bearer") {
            return Self { user: None, token: given(rest.trim()), is_bearer: true };
        }
        if !scheme.eq_ignore_ascii_case("basic") {
            return Self::default();
        }
        let decoded = STANDARD.decode(rest.trim()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let decoded = decoded.unwrap_or_default();
        let (user, token) = decoded.split_once(':').unwrap_or((&decoded, ""));
        Self { user: given(user), token: given(token), is_bearer: false }
    }
}

impl Whom {
    /// The node with this id.
    ///
    /// # Errors
    /// When it is none.
    pub(crate) fn by_id(relay: &Relay, text: &str) -> Result<Self, Receipt> {
        let id = text.parse::<NodeId>();
        let id = id.map_err(|_| Receipt::new("node id", "32 hex digits", format!("{:?}", cut(text))))?;
        Ok(if id == relay.id { Self::Own(relay.root_room.clone()) } else { Self::Member(id) })
    }

    /// The relay's own node in the room of this name.
    ///
    /// # Errors
    /// When there is no such room.
    pub(crate) fn in_room(relay: &Relay, name: &str) -> Result<Self, Receipt> {
        let room = relay.room(name).ok_or_else(|| relay.unknown_room(name))?;
        Ok(Self::Own(room.params().room.clone()))
    }

    /// Whom a user of the URL names: a node's id, or a room. Nobody named is the relay's own node in the root room.
    ///
    /// # Errors
    /// When it is neither: a mistyped id must not reach somebody else.
    pub(crate) fn by_user(relay: &Relay, user: Option<&str>) -> Result<Self, Receipt> {
        let Some(user) = user else { return Ok(Self::Own(relay.root_room.clone())) };
        Self::by_id(relay, user).or_else(|_| Self::in_room(relay, user)).map_err(|receipt| {
            let expected = format!("a node's id, or a room: {}", receipt.expected);
            Receipt::new("user of the URL", expected, format!("{:?}", cut(user)))
        })
    }

    /// The path below which the node answers. The relay's own node answers by its id in the root room alone.
    pub(crate) fn path(&self, relay: &Relay) -> String {
        let base = &relay.base_path;
        match self {
            Self::Own(room) if *room != relay.root_room => format!("{base}{ROOMS_PREFIX}{room}"),
            Self::Own(_) => format!("{base}/nodes/{}", relay.id),
            Self::Member(id) => format!("{base}/nodes/{id}"),
        }
    }

    /// The room where the node is or was.
    ///
    /// # Errors
    /// When the relay does not know the node.
    pub(crate) fn room(&self, relay: &Relay) -> Result<RoomName, Receipt> {
        match self {
            Self::Own(room) => Ok(room.clone()),
            Self::Member(id) => {
                let here = relay.tabs.get(id).map(|tab| tab.room.clone());
                here.or_else(|| Some(relay.tabs.member(id)?.0)).ok_or_else(|| Self::unknown(id))
            }
        }
    }

    /// What is answered for a node that is not and was not here.
    pub(super) fn unknown(id: &NodeId) -> Receipt {
        Receipt::new("node", "a node that is or was here", format!("{id}, which this relay does not know"))
    }
}

/// The id before a host, and the host after it: `ID.host:port`.
pub(crate) fn id_before_host(host: &str) -> Option<(&str, &str)> {
    let (id, rest) = host.split_once('.')?;
    let is_id = id.len() == ID_DIGITS && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    (is_id && !rest.is_empty()).then_some((id, rest))
}

/// Makes a request for `ID.host/path` the request for `host/nodes/ID/path` that it stands for.
pub(crate) fn rewrite<B>(request: &mut axum::http::Request<B>) {
    // Of two hosts neither counts, and the door refuses both.
    let host = Authority::of_request(request).ok().flatten().map(|host| host.to_string());
    let Some((id, rest)) = host.as_deref().and_then(id_before_host) else { return };
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let path = format!("/nodes/{}{}", id.to_ascii_lowercase(), if path == "/" { "" } else { path });
    // What was a path behind a slash, and a host after a label, is so still; and if not, the request stays as it is.
    if let (Ok(uri), Ok(host)) = (path.parse::<Uri>(), HeaderValue::from_str(rest)) {
        *request.uri_mut() = uri;
        request.headers_mut().insert(HOST, host);
    }
}

fn cut(text: &str) -> String {
    text.chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(header: &'static str) -> (Option<String>, Option<String>) {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, HeaderValue::from_static(header));
        let Credentials { user, token, .. } = Credentials::read(&headers);
        (user, token)
    }

    fn text(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn a_user_and_a_token_are_read_from_either_kind_of_authorization() {
        assert_eq!(read("Bearer abc"), (None, text("abc")));
        assert_eq!(read("bearer  abc "), (None, text("abc")));
        // printf 'main:a:b' | base64
        assert_eq!(read("Basic bWFpbjphOmI="), (text("main"), text("a:b")));
        // printf 'main' | base64; printf ':x' | base64; printf 'main:' | base64
        assert_eq!(read("Basic bWFpbg=="), (text("main"), None));
        assert_eq!(read("basic Ong="), (None, text("x")));
        assert_eq!(read("Basic bWFpbjo="), (text("main"), None));
        for nothing in ["", "Bearer", "Bearer ", "Basic !!!", "Basic /w==", "Digest abc"] {
            assert_eq!(read(nothing), (None, None), "{nothing}");
        }
    }

    #[test]
    fn an_id_before_the_host_becomes_a_path() {
        let id = "0123456789abcdef0123456789abcdef";
        let check = |host: &str, path: &str, expected_host: &str, expected: &str| {
            let mut request = axum::http::Request::builder().uri(path).header(HOST, host).body(()).expect("a request");
            rewrite(&mut request);
            assert_eq!(request.uri().to_string(), expected);
            assert_eq!(request.headers()[HOST], expected_host);
        };
        let label = format!("{}.localhost:5001", id.to_uppercase());
        check(&label, "/get_chain?format=bytes", "localhost:5001", &format!("/nodes/{id}/get_chain?format=bytes"));
        check(&label, "/", "localhost:5001", &format!("/nodes/{id}"));
        check(&label, "/ws/main", "localhost:5001", &format!("/nodes/{id}/ws/main"));
        for host in ["localhost:5001", "127.0.0.1:5001", id, &format!("{}.localhost", &id[1..]), &format!("{id}.")] {
            check(host, "/get_chain", host, "/get_chain");
        }
    }
}
