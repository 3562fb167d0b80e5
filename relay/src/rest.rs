//! What people and scripts may read over HTTP: the relay's health, its rooms, their chains.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, Request, State};
use axum::http::StatusCode;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use shared::export::Format;
use shared::state::Tip;
use shared::{Height, Params, Receipt, Refusal};

use crate::forwarded::client_address;
use crate::refusal::refusal;
use crate::relay::{PeerAddress, Relay};
use crate::room::StoreState;
use crate::{export, room};

#[derive(Serialize)]
struct Health<'a> {
    status: &'static str,
    version: &'static str,
    uptime_s: u64,
    app: &'static str,
    rooms: BTreeMap<&'a str, RoomHealth>,
}

#[derive(Serialize)]
struct RoomHealth {
    height: Height,
    members: usize,
    mempool: usize,
    store: StoreState,
}

/// `GET /healthz`: 200 when everything works, 503 when a store fails.
pub(crate) async fn health(State(relay): State<Arc<Relay>>) -> Response {
    let of_room = |room: &'_ room::Room| {
        let info = room.info();
        RoomHealth { height: info.tip.height, members: info.members, mempool: info.mempool, store: info.store.clone() }
    };
    let rooms: BTreeMap<&str, RoomHealth> =
        relay.rooms().map(|room| (room.params().room.as_str(), of_room(room))).collect();
    let is_well = rooms.values().all(|room| room.store == StoreState::Ok);
    let health = Health {
        status: if is_well { "ok" } else { "failing" },
        version: env!("CARGO_PKG_VERSION"),
        uptime_s: relay.started.elapsed().as_secs(),
        app: if relay.app.is_built() { "built" } else { "not built" },
        rooms,
    };
    let status = if is_well { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, [(CACHE_CONTROL, "no-store")], Json(health)).into_response()
}

#[derive(Serialize)]
struct RoomJson<'a> {
    params: &'a Params,
    network: String,
    tip: TipJson,
    members: usize,
    mempool: usize,
    store: StoreState,
}

#[derive(Serialize)]
struct TipJson {
    hash: String,
    height: Height,
    work: String,
    timestamp: u64,
}

impl From<&Tip> for TipJson {
    fn from(tip: &Tip) -> Self {
        Self {
            hash: tip.hash.to_string(),
            height: tip.height,
            work: tip.work.to_string(),
            timestamp: tip.timestamp.as_ms(),
        }
    }
}

/// `GET /api/v1/rooms/{room}`.
pub(crate) async fn room(State(relay): State<Arc<Relay>>, Path(name): Path<String>) -> Response {
    let Some(room) = relay.room(&name) else {
        return refusal(StatusCode::NOT_FOUND, relay.unknown_room(&name));
    };
    let info = room.info();
    let json = RoomJson {
        params: room.params(),
        network: room.params().network().to_string(),
        tip: TipJson::from(&info.tip),
        members: info.members,
        mempool: info.mempool,
        store: info.store.clone(),
    };
    ([(CACHE_CONTROL, "no-store")], Json(json)).into_response()
}

/// The query of a chain.
#[derive(Deserialize)]
pub(crate) struct ChainQuery {
    #[serde(default = "json")]
    format: String,
}

fn json() -> String {
    "json".to_owned()
}

/// `GET /api/v1/rooms/{room}/chain?format=json|bytes`: the active chain, as it is when asked.
pub(crate) async fn chain(
    State(relay): State<Arc<Relay>>,
    Path(name): Path<String>,
    Query(query): Query<ChainQuery>,
    request: Request,
) -> Response {
    let Some(room) = relay.room(&name) else {
        return refusal(StatusCode::NOT_FOUND, relay.unknown_room(&name));
    };
    let format = match query.format.parse::<Format>() {
        Ok(format) => format,
        Err(error) => return refusal(StatusCode::BAD_REQUEST, error.receipt()),
    };
    let peer = request.extensions().get::<PeerAddress>().copied();
    let peer = peer.expect("every connection's requests carry its address");
    let address = client_address(peer.0, request.headers(), &relay.trusted_proxies);
    let place = match relay.exports.take(Some(address)) {
        Ok(place) => place,
        Err(receipt) => return refusal(StatusCode::TOO_MANY_REQUESTS, receipt),
    };
    match room.active_chain().await {
        Some(hashes) => export::answer(&room, format, hashes, place),
        None => {
            let receipt = Receipt::new("store", "a chain that can be read", "none until the store works again");
            refusal(StatusCode::SERVICE_UNAVAILABLE, receipt)
        }
    }
}

/// Paths under `/api` that are not there.
pub(crate) async fn unknown(request: Request) -> Response {
    let path: String = request.uri().path().chars().take(80).collect();
    let expected = "/healthz, /api/v1/rooms/{room} or /api/v1/rooms/{room}/chain";
    refusal(StatusCode::NOT_FOUND, Receipt::new("path", expected, path))
}
