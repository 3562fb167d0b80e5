//! What a person types to name a node: its id, or a URL that ends in one.

use shared::{NodeId, Receipt, Refusal};

use super::pasted;
use crate::base::split;

/// The longest text that is looked at, in bytes.
const TEXT_BYTES_MAX: usize = 512;

/// Where the text leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Dial {
    /// A node of this room, reached through the relay.
    Node(NodeId),
    /// The relay that this tab came from.
    Relay,
    /// A node at another host: this relay under another of its names, where the node is known here, for the id decides.
    Elsewhere {
        /// The node.
        id: NodeId,
        /// Why it is none of this relay's, where it is not known here.
        refused: DialError,
    },
}

/// Why a text names no node that this tab can reach.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DialError {
    /// Nothing was typed.
    #[error("nothing was typed")]
    Empty,
    /// Neither an id nor a URL.
    #[error("{0:?} is neither a node's id nor a URL")]
    Unreadable(String),
    /// A URL of another host. The page may only speak to the relay that it came from.
    #[error("{host} is not {ours}")]
    ElsewhereHost {
        /// The host in the URL.
        host: String,
        /// The relay's.
        ours: String,
    },
    /// A URL of the relay that names no node.
    #[error("{0:?} names no node")]
    NoNode(String),
}

impl Refusal for DialError {
    fn receipt(&self) -> Receipt {
        match self {
            Self::Empty => Receipt::new("node", "a node's id or URL", "nothing"),
            Self::Unreadable(text) => {
                Receipt::new("node", "a node's id (32 hex digits) or its URL", format!("\"{text}\""))
            }
            Self::ElsewhereHost { host, ours } => {
                Receipt::new("node", format!("a node on {ours}, the relay this tab came from"), host.clone())
            }
            Self::NoNode(path) => Receipt::new("node", "a URL that ends in a node's id", format!("\"{path}\"")),
        }
    }
}

/// Reads an id, a URL of a node (`http://host/nodes/ID`, `http://ID.host/`, `http://ID:token@host`), or the URL of the
/// relay itself. `base` is where the page came from.
pub fn parse(text: &str, base: &str) -> Result<Dial, DialError> {
    let text = pasted::line(text);
    if text.is_empty() {
        return Err(DialError::Empty);
    }
    let shown = || text.chars().take(80).collect::<String>();
    if text.len() > TEXT_BYTES_MAX {
        return Err(DialError::Unreadable(shown()));
    }
    let code = pasted::code(&text);
    if let Some(id) = id(&code) {
        return Ok(Dial::Node(id));
    }
    let Some((scheme, rest)) = code.split_once("://") else {
        return Err(DialError::Unreadable(shown()));
    };
    if !["http", "https", "ws", "wss"].contains(&scheme.to_ascii_lowercase().as_str()) {
        return Err(DialError::Unreadable(shown()));
    }
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
    let (ours, base_path) = split(base);
    let ours = ours.split_once("://").map_or(ours, |(_, host)| host);
    let (sub, host) = match host.split_once('.') {
        Some((first, parent)) if id(first).is_some() => (first, parent),
        _ => ("", host),
    };
    let named = [sub, user.split(':').next().unwrap_or_default()];
    let parts = path.split(['/', '?', '#']);
    let named = named.into_iter().chain(parts).find_map(id);
    if !host.eq_ignore_ascii_case(ours) {
        let refused = DialError::ElsewhereHost { host: host.chars().take(80).collect(), ours: ours.to_owned() };
        return named.map(|id| Dial::Elsewhere { id, refused: refused.clone() }).ok_or(refused);
    }
    if let Some(id) = named {
        return Ok(Dial::Node(id));
    }
    let is_relay = path.trim_end_matches('/').is_empty() || path.trim_end_matches('/') == base_path;
    if is_relay { Ok(Dial::Relay) } else { Err(DialError::NoNode(shown())) }
}

fn id(text: &str) -> Option<NodeId> {
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "00112233445566778899aabbccddeeff";

    fn check(text: &str, expect: Result<Dial, DialError>) {
        assert_eq!(parse(text, "http://127.0.0.1:5001"), expect, "{text:?}");
    }

    #[test]
    fn ids_and_urls_that_name_a_node_are_read() {
        let node = Dial::Node(ID.parse().expect("32 hex digits"));
        for text in [
            ID.to_owned(),
            format!("  {ID}\n"),
            format!("\u{200b}{} {}\u{feff}", ID[..16].to_uppercase(), &ID[16..]),
            format!("http://127.0.0.1:5001/nodes/{ID}"),
            format!("http://127.0.0.1:5001/nodes/{ID}/get_chain?x=1"),
            format!("ws://127.0.0.1:5001/nodes/{ID}"),
            format!("http://{ID}:token@127.0.0.1:5001"),
            format!("http://{ID}.127.0.0.1:5001/"),
        ] {
            check(&text, Ok(node.clone()));
        }
    }

    #[test]
    fn the_relay_itself_may_be_named() {
        check("http://127.0.0.1:5001", Ok(Dial::Relay));
        check("HTTP://127.0.0.1:5001/", Ok(Dial::Relay));
    }

    #[test]
    fn under_a_base_path_nodes_and_the_relay_are_named_with_it_or_without() {
        let node = Dial::Node(ID.parse().expect("32 hex digits"));
        let host = "https://coin.example";
        for (path, dial) in [
            (format!("/coin/nodes/{ID}"), node.clone()),
            (format!("/nodes/{ID}"), node),
            ("/coin/".to_owned(), Dial::Relay),
            ("/coin".to_owned(), Dial::Relay),
            ("/".to_owned(), Dial::Relay),
        ] {
            assert_eq!(parse(&format!("{host}{path}"), &format!("{host}/coin")), Ok(dial), "{path}");
        }
        let wallet = format!("{host}/coin/wallet");
        assert_eq!(parse(&wallet, &format!("{host}/coin")), Err(DialError::NoNode(wallet.clone())));
    }

    #[test]
    fn what_names_no_node_is_refused_with_its_rule() {
        check(" ", Err(DialError::Empty));
        check("brave lynx", Err(DialError::Unreadable("brave lynx".to_owned())));
        check(&ID[1..], Err(DialError::Unreadable(ID[1..].to_owned())));
        check("ftp://127.0.0.1:5001", Err(DialError::Unreadable("ftp://127.0.0.1:5001".to_owned())));
        let elsewhere = DialError::ElsewhereHost { host: "example.org".to_owned(), ours: "127.0.0.1:5001".to_owned() };
        check("https://example.org/wallet", Err(elsewhere.clone()));
        // Which of its names the relay was reached by is nothing that an id depends on.
        let id = ID.parse().expect("32 hex digits");
        for url in [format!("https://example.org/nodes/{ID}"), format!("http://{ID}@example.org")] {
            check(&url, Ok(Dial::Elsewhere { id, refused: elsewhere.clone() }));
        }
        check("http://127.0.0.1:5001/wallet", Err(DialError::NoNode("http://127.0.0.1:5001/wallet".to_owned())));
        check(&"x".repeat(600), Err(DialError::Unreadable("x".repeat(80))));
    }
}
