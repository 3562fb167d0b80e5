//! The relay's rooms.

use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use super::answer::json;
use super::ask::{Ask, Refused};
use super::json::RoomJson;

/// The rooms.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Rooms)]
pub(super) struct RoomsJson {
    /// By name.
    rooms: Vec<RoomJson>,
}

/// Lists the rooms of the relay.
#[utoipa::path(
    get,
    path = "/api/v1/rooms",
    operation_id = "rooms",
    tag = "rooms",
    responses((status = 200, description = "The rooms", body = RoomsJson))
)]
pub(super) async fn list(ask: Ask) -> Result<Response, Refused> {
    ask.no_query()?;
    let rooms = ask.relay.rooms().map(|room| RoomJson::new(room, &ask.relay.base_path)).collect();
    Ok(json(&ask.headers, &RoomsJson { rooms }))
}

/// Shows a room: its parameters, the end of its chain, and how many are in it.
#[utoipa::path(
    get,
    path = "/api/v1/rooms/{room}",
    operation_id = "room",
    tag = "rooms",
    responses((status = 200, description = "The room", body = RoomJson))
)]
pub(super) async fn show(ask: Ask) -> Result<Response, Refused> {
    let room = ask.room()?;
    ask.no_query()?;
    Ok(json(&ask.headers, &RoomJson::new(&room, &ask.relay.base_path)))
}
