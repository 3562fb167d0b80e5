//! `GET /nodes/ID`: what the relay knows of a node, in a few words, for whoever opens its address.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::header::{ALLOW, CACHE_CONTROL};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use shared::protocol::Role;
use shared::tutorial::Route;
use shared::{NodeId, NodeName, Receipt, RoomName, Rules, Timestamp};

use super::whom::Whom;
use crate::clock;
use crate::refusal::refusal;
use crate::relay::Relay;
use crate::segment::Segment;

#[derive(Serialize)]
struct NodeJson {
    id: String,
    name: String,
    room: RoomName,
    rules: &'static str,
    role: &'static str,
    online: bool,
    /// When it was last seen: ISO 8601, in UTC, as its `Z` says.
    seen: String,
    seen_ms: u64,
    /// What it answers, as `METHOD path`.
    routes: Vec<String>,
}

/// Answers what is known of a node.
pub(super) async fn node(State(relay): State<Arc<Relay>>, Segment(id): Segment, request: Request) -> Response {
    match Whom::by_id(&relay, &id) {
        Ok(asked) => whom(&relay, &asked, &request),
        Err(receipt) => refusal(StatusCode::NOT_FOUND, receipt),
    }
}

/// Answers what is known of whoever is asked.
pub(super) fn whom(relay: &Relay, whom: &Whom, request: &Request) -> Response {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let mut response = match *request.method() {
            Method::OPTIONS => StatusCode::NO_CONTENT.into_response(),
            ref other => {
                let receipt = Receipt::new("method", "GET", other.as_str());
                refusal(StatusCode::METHOD_NOT_ALLOWED, receipt)
            }
        };
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD, OPTIONS"));
        return response;
    }
    match about(relay, whom, clock::now()) {
        Ok(json) => ([(CACHE_CONTROL, "no-store")], Json(json)).into_response(),
        Err(receipt) => refusal(StatusCode::NOT_FOUND, receipt),
    }
}

fn about(relay: &Relay, whom: &Whom, now: Timestamp) -> Result<NodeJson, Receipt> {
    let path = whom.path(relay);
    let id = match whom {
        Whom::Own(room) => {
            return Ok(json(&path, &relay.id, &NodeName::from_id(&relay.id), room, Role::Relay, true, now));
        }
        Whom::Member(id) => id,
    };
    if let Some(tab) = relay.tabs.get(id) {
        // It may have been renamed since it came.
        let member = relay.tabs.member_in(&tab.room, id);
        let (name, role) = member.map_or((tab.name.clone(), Role::Tab), |member| (member.name, member.role));
        return Ok(json(&path, id, &name, &tab.room, role, true, now));
    }
    let (room, member) = relay.tabs.member(id).ok_or_else(|| Whom::unknown(id))?;
    Ok(json(&path, id, &member.name, &room, member.role, false, member.seen))
}

fn json(
    path: &str,
    id: &NodeId,
    name: &NodeName,
    room: &RoomName,
    role: Role,
    online: bool,
    seen: Timestamp,
) -> NodeJson {
    let routes = Route::of_rules(room.rules());
    let routes = routes.map(|route| format!("{} {path}{}", route.method(), route.path())).collect();
    NodeJson {
        id: id.to_string(),
        name: name.to_string(),
        room: room.clone(),
        rules: match room.rules() {
            Rules::Sealed => "sealed",
            Rules::Classic => "classic",
        },
        role: match role {
            Role::Tab => "tab",
            Role::Relay => "relay",
            Role::Bridge => "bridge",
        },
        online,
        seen: seen.to_iso(),
        seen_ms: seen.as_ms(),
        routes,
    }
}
