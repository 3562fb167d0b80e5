//! The nodes that a tab of a sealed room was connected to with `connect_node`: members of the room, by their ids, and
//! nodes elsewhere, which only the relay can ask. Kept for this identity in this room.

use shared::exchange::Answer;
use shared::protocol::Node;
use shared::text::without_mark;
use shared::tutorial::{self, CONNECTED_NODES_MAX, Netloc, check_connected, disconnected, read_nodes};
use shared::{NodeId, Receipt, Refusal};

use crate::base::split;
use crate::worker::dial::{self, Dial};
use crate::worker::http::deed::Tab;

/// The connected nodes, in the order in which they were connected.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Connections {
    nodes: Vec<Netloc>,
}

impl Connections {
    /// The connections that were kept.
    pub fn restore(kept: &[String]) -> Self {
        let nodes = kept.iter().filter_map(|netloc| Netloc::parse(netloc).ok());
        Self { nodes: nodes.take(CONNECTED_NODES_MAX).collect() }
    }

    /// What is to be kept.
    pub fn kept(&self) -> Vec<String> {
        self.nodes.iter().map(|netloc| netloc.as_str().to_owned()).collect()
    }

    /// Answers `connect_node`: keeps all nodes that the body names, or none. This node itself needs no connection.
    pub fn connect(&mut self, body: &str, tab: &mut Tab<'_>) -> Answer {
        let with = |kept: &Self, netlocs: &[Netloc], urls: &[String]| kept.with(netlocs, urls, tab);
        self.change(body, with, |nodes| tutorial::connected(nodes))
    }

    /// Answers `disconnect_node`: takes all nodes away that the body names, or none.
    pub fn disconnect(&mut self, body: &str, tab: &Tab<'_>) -> Answer {
        let without = |kept: &Self, netlocs: &[Netloc], urls: &[String]| kept.without(netlocs, urls, tab);
        self.change(body, without, |nodes| tutorial::disconnected_answer(nodes))
    }

    /// Keeps what is made of these connections and of the nodes that a body names, and answers with what is kept then.
    fn change(
        &mut self,
        body: &str,
        changed: impl FnOnce(&Self, &[Netloc], &[String]) -> Result<Self, Receipt>,
        answer: fn(&[Netloc]) -> Answer,
    ) -> Answer {
        let netlocs = match read_nodes(body) {
            Ok(netlocs) => netlocs,
            Err(answer) => return answer,
        };
        match changed(self, &netlocs, &urls(body)) {
            Ok(connections) => {
                *self = connections;
                answer(&self.nodes)
            }
            Err(receipt) => Answer::refusal(400, &receipt),
        }
    }

    /// The nodes that only the relay can ask.
    pub fn elsewhere(&self, node: &Node) -> Vec<String> {
        let members = node.members();
        let is_member = |netloc: &Netloc| {
            netloc.node_id().is_some_and(|id| id == node.id() || members.iter().any(|member| member.id == id))
        };
        self.nodes.iter().filter(|netloc| !is_member(netloc)).map(|netloc| netloc.as_str().to_owned()).collect()
    }

    /// Has the node ask those of them that are members, be they away.
    pub fn remind(&self, tab: &mut Tab<'_>) {
        for id in self.nodes.iter().filter_map(Netloc::node_id) {
            // One that the room knows no longer is asked through the relay.
            tab.node.connect(id, tab.now).ok();
        }
    }

    fn without(&self, netlocs: &[Netloc], urls: &[String], tab: &Tab<'_>) -> Result<Self, Receipt> {
        // A member was kept by its netloc at this relay, however it was named.
        let as_kept = |(netloc, url): (&Netloc, &String)| {
            let id = match dial::parse(url, tab.origin) {
                Ok(Dial::Node(id) | Dial::Elsewhere { id, .. }) => Some(id),
                Ok(Dial::Relay) | Err(_) => netloc.node_id(),
            };
            let member = id.and_then(|id| member(id, tab.origin).ok());
            member.filter(|member| self.nodes.contains(member)).unwrap_or_else(|| netloc.clone())
        };
        let named: Vec<Netloc> = netlocs.iter().zip(urls).map(as_kept).collect();
        Ok(Self { nodes: disconnected(&self.nodes, &named)? })
    }

    fn with(&self, netlocs: &[Netloc], urls: &[String], tab: &mut Tab<'_>) -> Result<Self, Receipt> {
        let mut connected = self.clone();
        for (netloc, url) in netlocs.iter().zip(urls) {
            let netloc = match (dial::parse(url, tab.origin), netloc.node_id()) {
                (Ok(Dial::Node(id) | Dial::Elsewhere { id, .. }), _) | (_, Some(id)) if id == tab.node.id() => continue,
                (Ok(Dial::Node(id)), _) => {
                    tab.node.connect(id, tab.now).map_err(|error| error.receipt())?;
                    member(id, tab.origin)?
                }
                // The same relay under another of its names.
                (Ok(Dial::Elsewhere { id, .. }), _) | (_, Some(id)) if tab.node.connect(id, tab.now).is_ok() => {
                    member(id, tab.origin)?
                }
                _ => netloc.clone(),
            };
            if !connected.nodes.contains(&netloc) {
                connected.nodes.push(netloc);
            }
        }
        check_connected(connected.nodes.len())?;
        Ok(connected)
    }
}

/// The netloc under which the relay reaches a member. No token is kept: a chain is read without one.
fn member(id: NodeId, origin: &str) -> Result<Netloc, Receipt> {
    Netloc::parse(&member_url(id, origin))
}

/// The URL of a member whose netloc names it: what is behind the host is dropped by whoever keeps the netloc alone.
pub fn member_url(id: NodeId, origin: &str) -> String {
    let (origin, _) = split(origin);
    let (scheme, host) = origin.split_once("://").unwrap_or(("http", origin));
    format!("{scheme}://{id}@{host}")
}

/// The texts of a body that names nodes.
fn urls(body: &str) -> Vec<String> {
    let body: serde_json::Value = serde_json::from_str(without_mark(body)).unwrap_or_default();
    let urls = body.get("nodes").and_then(|nodes| nodes.as_array()).into_iter().flatten();
    urls.filter_map(|url| url.as_str().map(str::to_owned)).collect()
}
