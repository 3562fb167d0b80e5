//! Whether the relay works.

use std::collections::BTreeMap;

use axum::Json;
use axum::http::StatusCode;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use shared::protocol::ClockOffset;
use utoipa::ToSchema;

use super::ask::{Ask, Refused};
use super::json::StoreJson;
use crate::own::Standing;
use crate::relay::Relay;
use crate::room::{Room, StoreState};

/// How the relay is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Health)]
pub(super) struct HealthJson {
    /// `ok`, or `failing` while a store fails.
    #[schema(value_type = String)]
    status: &'static str,
    /// The relay's version.
    #[schema(value_type = String)]
    version: &'static str,
    /// For how many seconds it has been running.
    uptime_s: u64,
    /// Whether the app it serves is `built`.
    #[schema(value_type = String)]
    app: &'static str,
    /// How far the relay can be reached: `this machine`, `LAN` or `public`.
    #[schema(value_type = String)]
    reach: &'static str,
    /// The rooms, by name.
    rooms: BTreeMap<String, RoomHealthJson>,
}

/// How a room is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RoomHealth)]
pub(super) struct RoomHealthJson {
    /// The height of its chain; in a classic room, of the chain of the relay's own node.
    height: u64,
    /// Members that are connected.
    members: usize,
    /// Payments that wait; in a classic room, with the relay's own node.
    mempool: usize,
    /// Whether the store takes what is new.
    store: StoreJson,
    /// How the relay's clock compares with its members'; `null` while none says what its clock shows.
    clock: Option<ClockJson>,
}

/// How the relay's clock compares with its members'.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Clock)]
struct ClockJson {
    /// How far it is ahead of their median, in milliseconds; below zero where it is behind.
    ahead_ms: i64,
    /// How many members' clocks were measured.
    members: usize,
    /// Whether they are so far apart that one side refuses the other's blocks for their time. Where most members agree, it
    /// is the relay's clock that is to be set.
    wrong: bool,
}

impl From<ClockOffset> for ClockJson {
    fn from(offset: ClockOffset) -> Self {
        Self { ahead_ms: offset.ahead_ms, members: offset.peers, wrong: offset.is_wrong() }
    }
}

impl RoomHealthJson {
    fn new(relay: &Relay, room: &Room) -> Self {
        let info = room.info();
        let (height, mempool) = match relay.own.classic_standing(&room.params().room) {
            Some(Standing { length, waiting }) => (length.saturating_sub(1) as u64, waiting),
            None => (info.tip.height.as_u64(), info.mempool),
        };
        Self {
            height,
            members: info.members,
            mempool,
            store: StoreJson::from(&info.store),
            clock: info.clock.map(ClockJson::from),
        }
    }
}

/// Says whether the relay works.
#[utoipa::path(
    get,
    path = "/healthz",
    operation_id = "health",
    tag = "relay",
    responses(
        (status = 200, description = "Everything works", body = HealthJson),
        (status = 503, description = "A store fails: reading goes on, nothing new is taken", body = HealthJson),
    )
)]
pub(super) async fn show(ask: Ask) -> Result<Response, Refused> {
    let relay = &ask.relay;
    let is_well = relay.rooms().all(|room| room.info().store == StoreState::Ok);
    let health = HealthJson {
        status: if is_well { "ok" } else { "failing" },
        version: env!("CARGO_PKG_VERSION"),
        uptime_s: relay.started.elapsed().as_secs(),
        app: if relay.has_app() { "built" } else { "not built" },
        reach: relay.reached().reach.word(),
        rooms: relay.rooms().map(|room| (room.params().room.to_string(), RoomHealthJson::new(relay, room))).collect(),
    };
    let status = if is_well { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    Ok((status, [(CACHE_CONTROL, "no-store")], Json(health)).into_response())
}
