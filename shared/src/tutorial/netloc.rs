//! What is kept of a node's URL: its netloc, which is a host, perhaps a port, and perhaps user information before an `@`.

use crate::rules::receipt::Receipt;
use crate::values::{NodeId, RoomName};

/// The longest netloc, in bytes: an id and a token before the longest host there is.
pub const NETLOC_BYTES_MAX: usize = 400;

/// A node's place, as the tutorial keeps it: `127.0.0.1:5002`, `ID:TOKEN@127.0.0.1:5001`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Netloc(String);

impl Netloc {
    /// Takes the netloc of a URL. What follows it is dropped, as the tutorial does, but for the node that its path
    /// names at a relay, which goes before the `@`. A place without a scheme is taken too: `127.0.0.1:5002`, or a
    /// node's id.
    ///
    /// # Errors
    /// When there is no host, or the URL is none.
    pub fn parse(url: &str) -> Result<Self, Receipt> {
        let url = url.trim();
        let refused = || Receipt::new("node", "a URL such as http://127.0.0.1:5002", format!("{url:?}"));
        let rest = match url.split_once("//") {
            Some((scheme, rest)) if ["", "http:", "https:"].contains(&scheme.to_ascii_lowercase().as_str()) => rest,
            Some(_) => return Err(refused()),
            None => url,
        };
        let (netloc, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        let host = netloc.rsplit_once('@').map_or(netloc, |(_, host)| host);
        let is_plain = netloc.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"'<>\\^`{|}".contains(&byte));
        let netloc = with_node_in_path(netloc, path);
        if host.is_empty() || host.starts_with(':') || !is_plain || netloc.len() > NETLOC_BYTES_MAX {
            return Err(refused());
        }
        Ok(Self(netloc))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The host and the port, without user information.
    pub fn host_and_port(&self) -> &str {
        self.0.rsplit_once('@').map_or(&self.0, |(_, host)| host)
    }

    /// The node it names, where it names one by its id: as the user, as the first label of the host, or as the whole.
    pub fn node_id(&self) -> Option<NodeId> {
        let user = self.0.rsplit_once('@').map(|(user, _)| user.split(':').next().unwrap_or_default());
        let label = self.host_and_port().split(['.', ':']).next();
        user.or(label)?.parse().ok()
    }

    /// The same without what stands behind the user's name: how a netloc is shown and logged, for that is a token.
    pub fn shown(&self) -> String {
        match self.0.rsplit_once('@') {
            Some((user, host)) => format!("{}@{host}", user.split(':').next().unwrap_or_default()),
            None => self.0.clone(),
        }
    }
}

impl std::fmt::Display for Netloc {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.shown())
    }
}

/// A netloc that names the node which the path of its URL names at a relay, whatever base path stands before it: below
/// `/nodes/` by its id, and else the relay's own node in a room by `/rooms/ROOM`. A user that is there already says more.
pub(crate) fn with_node_in_path(netloc: &str, path: &str) -> String {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let below = |prefix: &str| path.split_once(prefix)?.1.split('/').next();
    let id = || Some(below("/nodes/")?.parse::<NodeId>().ok()?.to_string());
    let room = || Some(RoomName::new(below("/rooms/")?).ok()?.to_string());
    match id().or_else(room).filter(|_| !netloc.contains('@')) {
        Some(user) => format!("{user}@{netloc}"),
        None => netloc.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_netloc_is_what_stands_between_the_scheme_and_the_path() {
        for (url, netloc) in [
            ("http://127.0.0.1:5002", "127.0.0.1:5002"),
            (" http://127.0.0.1:5002/get_chain?x=1#y ", "127.0.0.1:5002"),
            ("HTTP://[::1]:5002/", "[::1]:5002"),
            ("https://coin.example", "coin.example"),
            ("//127.0.0.1:5002", "127.0.0.1:5002"),
            ("127.0.0.1:5002", "127.0.0.1:5002"),
            ("http://abc:secret@127.0.0.1:5001/nodes", "abc:secret@127.0.0.1:5001"),
        ] {
            assert_eq!(Netloc::parse(url).expect(url).as_str(), netloc);
        }
        let long = format!("http://{}", "x".repeat(NETLOC_BYTES_MAX + 1));
        for url in ["", "http://", "http:///path", "ftp://a", "http://:5002", "http://a b", "http://a\tb", "x@", &long]
        {
            assert_eq!(Netloc::parse(url).expect_err(url).rule, "node");
        }
    }

    #[test]
    fn a_node_is_named_by_its_id_wherever_that_stands() {
        let id = "0123456789abcdef0123456789abcdef";
        for url in [
            format!("http://{id}:token@127.0.0.1:5001"),
            format!("http://{id}@127.0.0.1:5001"),
            format!("http://{id}.localhost:5001"),
            format!("http://{id}.coin.example"),
            format!("http://127.0.0.1:5001/nodes/{id}"),
            format!("http://localhost:5001/nodes/{id}/get_chain?x=1"),
            format!("https://coin.example/a/b/nodes/{id}"),
            format!("http://127.0.0.1:5001/rooms/classic/nodes/{id}"),
            id.to_owned(),
        ] {
            let named = Netloc::parse(&url).expect("a URL").node_id();
            assert_eq!(named.map(|named| named.to_string()).as_deref(), Some(id), "{url}");
        }
        for url in ["http://127.0.0.1:5001", "http://abc:x@127.0.0.1", "http://abc.localhost"] {
            assert_eq!(Netloc::parse(url).expect("a URL").node_id(), None, "{url}");
        }
    }

    #[test]
    fn the_room_in_a_path_goes_before_the_host() {
        for (url, netloc) in [
            ("http://127.0.0.1:5001/rooms/classic", "classic@127.0.0.1:5001"),
            ("http://127.0.0.1:5001/rooms/classic/", "classic@127.0.0.1:5001"),
            ("127.0.0.1:5001/rooms/class-a/get_chain?x=1", "class-a@127.0.0.1:5001"),
            ("https://coin.example/coin/rooms/main#x", "main@coin.example"),
            ("http://classic:x@127.0.0.1:5001/rooms/main", "classic:x@127.0.0.1:5001"),
            ("http://127.0.0.1:5001/rooms/", "127.0.0.1:5001"),
            ("http://127.0.0.1:5001/rooms/No room", "127.0.0.1:5001"),
            ("http://127.0.0.1:5001/x?next=/rooms/classic", "127.0.0.1:5001"),
        ] {
            assert_eq!(Netloc::parse(url).expect(url).as_str(), netloc);
        }
        let host = "h".repeat(NETLOC_BYTES_MAX - "classic@".len());
        assert!(Netloc::parse(&format!("http://{host}/rooms/classic")).is_ok());
        assert_eq!(Netloc::parse(&format!("http://{host}h/rooms/classic")).expect_err("one byte more").rule, "node");
    }

    #[test]
    fn a_token_is_kept_and_not_shown() {
        let netloc = Netloc::parse("http://abc:secret@127.0.0.1:5001").expect("a URL");
        assert_eq!(netloc.to_string(), "abc@127.0.0.1:5001");
        assert_eq!(netloc.as_str(), "abc:secret@127.0.0.1:5001");
    }
}
