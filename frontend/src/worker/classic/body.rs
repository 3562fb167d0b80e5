//! How nodes are named to a classic node: what the page's owner typed, and what a request's body lists, made into URLs
//! whose netloc says all.
//!
//! The tutorial keeps the netloc of a URL and drops its path. So a member of the room, who has one host with all the
//! others, is named by its id before the `@`.

use shared::NodeId;
use shared::classic::Value;
use shared::classic::json::{dumps, parse};

use crate::worker::dial::{self, Dial};
use crate::worker::http::sealed::member_url;
use crate::worker::pasted;

/// A URL whose netloc names the node that the text names: a member of this relay, by whichever of the relay's names, or
/// whatever the text says.
pub(super) fn url(text: &str, site: Site<'_>) -> String {
    match dial::parse(text, site.origin) {
        Ok(Dial::Node(id)) => member_url(id, site.origin),
        Ok(Dial::Elsewhere { id, .. }) if (site.is_known)(&id) => member_url(id, site.origin),
        Ok(Dial::Relay | Dial::Elsewhere { .. }) | Err(_) => text.to_owned(),
    }
}

/// Where this tab came from, and which nodes are known there.
#[derive(Clone, Copy)]
pub(super) struct Site<'a> {
    pub(super) origin: &'a str,
    pub(super) is_known: &'a dyn Fn(&NodeId) -> bool,
}

/// What an owner typed: an id, a member's name, a URL, or a host with its port.
pub(super) fn typed(text: &str, site: Site<'_>, named: impl FnOnce(&str) -> Option<NodeId>) -> String {
    let text = &pasted::line(text);
    if let Some(id) = named(text) {
        return member_url(id, site.origin);
    }
    let is_host = !text.is_empty() && !text.contains("://") && text.contains([':', '.']) && !text.contains(' ');
    if is_host { url(&format!("http://{text}"), site) } else { url(text, site) }
}

/// The body of `connect_node` with its nodes named so; any other body as it is.
pub(super) fn named(body: &str, site: Site<'_>) -> String {
    let Ok(Value::Object(mut object)) = parse(body) else { return body.to_owned() };
    let Some(Value::List(nodes)) = object.get("nodes") else { return body.to_owned() };
    let node = |node: &Value| node.as_text().map_or_else(|| node.clone(), |text| Value::from(url(text, site).as_str()));
    let nodes = nodes.iter().map(node).collect();
    object.insert("nodes", Value::List(nodes));
    dumps(&Value::Object(object))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "00112233445566778899aabbccddeeff";
    const ORIGIN: &str = "http://127.0.0.1:5001";
    const SITE: Site<'_> = Site { origin: ORIGIN, is_known: &|id| id.as_bytes()[0] == 0 };

    #[test]
    fn a_member_is_named_before_the_at_however_it_was_written() {
        let member = format!("http://{ID}@127.0.0.1:5001");
        for text in [
            ID.to_owned(),
            format!("{ORIGIN}/nodes/{ID}"),
            format!("http://{ID}.127.0.0.1:5001/get_chain"),
            format!("http://{ID}:token@127.0.0.1:5001"),
            // This relay by another of its names.
            format!("http://localhost:5001/nodes/{ID}"),
            format!("http://{ID}@192.168.1.7:5001"),
        ] {
            assert_eq!(url(&text, SITE), member, "{text}");
        }
    }

    #[test]
    fn other_nodes_are_named_as_they_are() {
        for text in [
            "http://127.0.0.1:5002",
            "https://coin.example/x",
            "http://localhost:5001/nodes/ff112233445566778899aabbccddeeff",
            ORIGIN,
            "",
            "nonsense",
        ] {
            assert_eq!(url(text, SITE), text);
        }
    }

    #[test]
    fn an_owner_may_type_a_name_or_a_host() {
        let ada = |text: &str| (text == "ada").then(|| ID.parse().expect("32 hex digits"));
        for (text, expect) in [
            (" ada ", format!("http://{ID}@127.0.0.1:5001").as_str()),
            ("127.0.0.1:5002", "http://127.0.0.1:5002"),
            ("http://127.0.0.1:5003/", "http://127.0.0.1:5003/"),
            ("bob", "bob"),
            ("no such node.", "no such node."),
        ] {
            assert_eq!(typed(text, SITE, ada), expect);
        }
    }

    #[test]
    fn the_nodes_of_a_body_are_named_and_what_is_no_such_body_stays_as_it_is() {
        let body = format!(r#"{{"nodes": ["{ORIGIN}/nodes/{ID}", "http://127.0.0.1:5002", 7], "more": 1.0}}"#);
        let expect = format!(r#"{{"nodes": ["http://{ID}@127.0.0.1:5001", "http://127.0.0.1:5002", 7], "more": 1.0}}"#);
        assert_eq!(named(&body, SITE), expect);
        for body in ["", "[]", "{\"nodes\": null}", "{\"node\": []}", "{\"nodes\": \"x\"}"] {
            assert_eq!(named(body, SITE), body);
        }
    }
}
