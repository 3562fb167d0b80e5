//! How many nodes a sealed node is connected to, and how it is disconnected from some of them.
//!
//! It keeps no list: the tab and the relay's own node each have one, and hand it in.

use super::netloc::Netloc;
use crate::rules::receipt::Receipt;

/// The most nodes that a sealed node is connected to: asking each is a request elsewhere.
pub const CONNECTED_NODES_MAX: usize = 64;

/// Checks that a node may be connected to so many nodes.
///
/// # Errors
/// When they are too many.
pub fn check_connected(count: usize) -> Result<(), Receipt> {
    if count <= CONNECTED_NODES_MAX {
        return Ok(());
    }
    let expected = format!("at most {CONNECTED_NODES_MAX}; POST /disconnect_node takes those that are named away");
    Err(Receipt::new("connected nodes", expected, format!("{count} with these")))
}

/// The connected nodes without those that are named, as they were connected or as `total_nodes` shows them.
///
/// # Errors
/// When one of those named is not connected.
pub fn disconnected(connected: &[Netloc], named: &[Netloc]) -> Result<Vec<Netloc>, Receipt> {
    let is_same = |one: &Netloc, other: &Netloc| one.shown() == other.shown();
    match named.iter().find(|named| !connected.iter().any(|node| is_same(node, named))) {
        Some(unknown) => Err(not_connected(&unknown.shown())),
        None => {
            let stays = |node: &&Netloc| !named.iter().any(|named| is_same(node, named));
            Ok(connected.iter().filter(stays).cloned().collect())
        }
    }
}

/// The refusal to disconnect a node from one that it is not connected to. `shown` holds no token.
pub fn not_connected(shown: &str) -> Receipt {
    Receipt::new("connected nodes", "a connected node, as total_nodes lists it", shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn netlocs(urls: &[&str]) -> Vec<Netloc> {
        urls.iter().map(|url| Netloc::parse(url).expect("a node's URL")).collect()
    }

    #[test]
    fn as_many_nodes_may_be_connected_as_are_allowed_and_one_more_is_told_the_way_out() {
        check_connected(CONNECTED_NODES_MAX).expect("as many as are allowed");
        let refused = check_connected(CONNECTED_NODES_MAX + 1).expect_err("one more");
        assert!(refused.expected.contains("at most 64") && refused.expected.contains("/disconnect_node"), "{refused}");
        assert_eq!(refused.found, "65 with these");
    }

    #[test]
    fn a_node_is_disconnected_by_its_url_or_as_it_is_shown() {
        let id = "00112233445566778899aabbccddeeff";
        let with_token = format!("http://{id}:secret@h:1");
        let connected = netlocs(&["http://a:1", &with_token, "http://b"]);
        for named in [with_token.clone(), format!("{id}@h:1"), format!("http://h:1/nodes/{id}/get_chain")] {
            assert_eq!(disconnected(&connected, &netlocs(&[&named])), Ok(netlocs(&["http://a:1", "b"])), "{named}");
        }
        assert_eq!(disconnected(&connected, &netlocs(&["a:1", "b"])), Ok(netlocs(&[&with_token])));
        let refused = disconnected(&connected, &netlocs(&["b", "http://x:hidden@c"])).expect_err("c is not connected");
        assert_eq!(refused.found, "x@c", "its password is not told");
    }
}
