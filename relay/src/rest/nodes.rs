//! The nodes of a room: its members, those who were here, and the relay's own.

use axum::response::Response;
use serde::Serialize;
use shared::protocol::{Member, Node};
use shared::{NodeId, Timestamp};
use utoipa::ToSchema;

use super::answer::{json, link_next};
use super::ask::{Ask, Refused};
use super::json::NodeJson;
use crate::room::Room;
use crate::tabs::Whom;

/// Nodes on a page, unless asked otherwise.
const NODES_USUAL: usize = 100;
/// The most nodes on a page.
const NODES_MAX: usize = 500;

/// A page of nodes.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NodePage)]
pub(super) struct NodePageJson {
    /// The nodes, by id.
    nodes: Vec<NodeJson>,
    /// How many there are in all.
    count: usize,
    /// How many of them are connected.
    online: usize,
    /// The cursor of what follows; none at the end.
    next: Option<String>,
}

/// Lists the nodes of the room, the relay's own among them, by id. Those who have gone are kept for a while.
#[utoipa::path(
    get,
    path = "/api/v1/rooms/{room}/nodes",
    operation_id = "nodes",
    tag = "nodes",
    params(
        ("limit" = Option<usize>, Query, description = "How many, 100 unless said otherwise", minimum = 1, maximum = 500),
        ("cursor" = Option<String>, Query, description = "What `next` was in the page before", pattern = "^[0-9a-fA-F]{32}$"),
    ),
    responses((status = 200, description = "A page of nodes", body = NodePageJson))
)]
pub(super) async fn list(ask: Ask) -> Result<Response, Refused> {
    let room = ask.room()?;
    let (limit, cursor) =
        ask.query(|query| Ok((query.limit(NODES_USUAL, NODES_MAX)?, query.parse::<NodeId>("cursor")?)))?;
    let members = everybody(&ask, &room).await?;
    let (count, online) = (members.len(), members.iter().filter(|member| member.online).count());
    let mut following = members.iter().skip_while(|member| cursor.is_some_and(|cursor| member.id <= cursor));
    let nodes: Vec<NodeJson> = following.by_ref().take(limit).map(|member| node_json(&ask, &room, member)).collect();
    let next = following.next().and(nodes.last()).map(|node| node.id.clone());
    let link = next.as_ref().map(|next| ask.link(&format!("limit={limit}&cursor={next}")));
    Ok(link_next(json(&ask.headers, &NodePageJson { nodes, count, online, next }), link))
}

/// Shows a node.
#[utoipa::path(
    get,
    path = "/api/v1/rooms/{room}/nodes/{id}",
    operation_id = "node",
    tag = "nodes",
    params(("id" = String, Path, description = "Its id", pattern = "^[0-9a-fA-F]{32}$")),
    responses((status = 200, description = "The node", body = NodeJson))
)]
pub(super) async fn show(ask: Ask) -> Result<Response, Refused> {
    let room = ask.room()?;
    let id = ask.path::<NodeId>("id")?;
    ask.no_query()?;
    let members = everybody(&ask, &room).await?;
    let found = members.iter().find(|member| member.id == id);
    let name = &room.params().room;
    let member = found.ok_or_else(|| {
        Refused::unknown("node", format!("the id of a node that is or was in room {name}"), id.to_string())
    })?;
    Ok(json(&ask.headers, &node_json(&ask, &room, member)))
}

/// A node as it is told. The relay's own answers at another path in each room.
fn node_json(ask: &Ask, room: &Room, member: &Member) -> NodeJson {
    let params = room.params();
    let mut node = NodeJson::new(member, &params.address_prefix, &ask.relay.base_path);
    if member.id == ask.relay.id {
        node.url = Whom::Own(params.room.clone()).path(&ask.relay);
    }
    node
}

/// All members and the relay's own node, by id.
async fn everybody(ask: &Ask, room: &Room) -> Result<Vec<Member>, Refused> {
    let started_at = ask.relay.started_at;
    ask.look(room, move |node| with_own(node, started_at)).await
}

fn with_own(node: &Node, started_at: Timestamp) -> Vec<Member> {
    let own = Member {
        id: node.id(),
        name: node.name(),
        address: node.address(),
        role: node.role(),
        tip: node.chain().tip(),
        auto_sync: node.auto_sync(),
        online: true,
        seen: node.chain().tip().timestamp.max(started_at),
    };
    let mut members = node.members();
    let at = members.partition_point(|member| member.id < own.id);
    members.insert(at, own);
    members
}
