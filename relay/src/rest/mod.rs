//! REST for people and scripts: the relay's health, its rooms, and under each room its blocks, headers, transactions,
//! addresses, nodes and events.
//!
//! What is read comes from the room's node, in a turn of the room, and the bodies of blocks from the store, outside of
//! it; what is submitted goes through the node like a member's payment. Every route is described where it is answered,
//! and [`openapi`](crate::openapi) puts the descriptions together. Refusals are receipts, whatever is wrong.
//!
//! A room's classic chain is not here: each member has its own, and answers for it itself. What only sealed rooms have is
//! refused in a classic one, with the way to that chain.

mod addresses;
mod answer;
mod ask;
mod blocks;
mod chain;
mod events;
mod headers;
mod health;
mod json;
mod mempool;
mod nodes;
mod page;
mod rooms;
pub(crate) mod shapes;
mod submit;
mod transactions;

use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{MethodRouter, any, get};
use shared::{Receipt, RoomName, Rules};
use tokio::sync::Semaphore;
use utoipa::openapi::PathItem;
use utoipa::{OpenApi, Path};

use crate::limits::Places;
use crate::refusal::refusal;
use crate::relay::Relay;
use crate::unknown::no_such_path;

/// The tags of the routes that only sealed rooms answer.
const OF_SEALED: [&str; 3] = ["blocks", "transactions", "addresses"];
/// Requests that look at a room's node at a time. Each takes part of a room's turn, which members' messages wait for.
const LOOKS_MAX: usize = 32;
/// Requests that read blocks from the store at a time. Each holds a thread, and a page of blocks up to 25 MB.
const READS_MAX: usize = 8;
/// Streams of events in all.
const STREAMS_MAX: usize = 1_024;
/// Streams of events of one address.
const STREAMS_PER_ADDRESS: usize = 32;

/// What requests share.
#[derive(Debug)]
pub(crate) struct Rest {
    looks: Semaphore,
    reads: Arc<Semaphore>,
    streams: Arc<Places>,
}

impl Default for Rest {
    fn default() -> Self {
        Self {
            looks: Semaphore::new(LOOKS_MAX),
            reads: Arc::new(Semaphore::new(READS_MAX)),
            streams: Places::with_reserve("streams of events at a time", STREAMS_MAX, STREAMS_PER_ADDRESS, STREAMS_MAX),
        }
    }
}

/// The routes' own descriptions.
#[derive(OpenApi)]
#[openapi(
    paths(
        health::show,
        rooms::list,
        rooms::show,
        blocks::list,
        blocks::show,
        headers::list,
        chain::export,
        transactions::show,
        submit::post,
        mempool::list,
        addresses::show,
        addresses::transactions,
        nodes::list,
        nodes::show,
        events::stream,
    ),
    components(schemas(
        shapes::ReceiptShape,
        events::TipEventJson,
        events::DroppedEventJson,
        events::LaggedEventJson,
    ))
)]
pub(crate) struct Described;

/// The routes. Each stands where its description says.
pub(crate) fn router() -> Router<Arc<Relay>> {
    let routes = [
        at::<health::__path_show>(get(health::show)),
        at::<rooms::__path_list>(get(rooms::list)),
        at::<rooms::__path_show>(get(rooms::show)),
        at::<blocks::__path_list>(get(blocks::list)),
        at::<blocks::__path_show>(get(blocks::show)),
        at::<headers::__path_list>(get(headers::list)),
        at::<chain::__path_export>(get(chain::export)),
        at::<transactions::__path_show>(get(transactions::show)),
        at::<submit::__path_post>(axum::routing::post(submit::post)),
        at::<mempool::__path_list>(get(mempool::list)),
        at::<addresses::__path_show>(get(addresses::show)),
        at::<addresses::__path_transactions>(get(addresses::transactions)),
        at::<nodes::__path_list>(get(nodes::list)),
        at::<nodes::__path_show>(get(nodes::show)),
        at::<events::__path_stream>(get(events::stream)),
    ];
    let router = routes.into_iter().fold(Router::new(), |router, (path, route)| router.route(&path, route));
    router.route("/api", any(unknown)).route("/api/{*path}", any(unknown))
}

fn at<D: Path>(route: MethodRouter<Arc<Relay>>) -> (String, MethodRouter<Arc<Relay>>) {
    (D::path(), route.fallback(wrong_method))
}

/// Another method than a route has. Which it has is in the header `Allow`, which the router adds.
pub(crate) async fn wrong_method(request: Request) -> Response {
    let receipt = Receipt::new("method", "one of those that the header Allow names", request.method().as_str());
    refusal(StatusCode::METHOD_NOT_ALLOWED, receipt)
}

/// Paths under `/api` that are not there.
async fn unknown(State(relay): State<Arc<Relay>>, request: Request) -> Response {
    no_such_path(&relay, None, request.method(), request.uri().path())
}

/// The paths that need nothing else but this room, with the method before those that are no GET.
pub(crate) fn plain_paths(room: &RoomName) -> impl Iterator<Item = String> {
    static PATHS: LazyLock<Vec<(String, PathItem)>> =
        LazyLock::new(|| Described::openapi().paths.paths.into_iter().collect());
    let is_classic = room.rules() == Rules::Classic;
    let paths = PATHS.iter().filter(move |(_, item)| !(is_classic && is_of_sealed(item)));
    let paths = paths.map(move |(path, item)| (path.replace("{room}", room.as_str()), item.get.is_some()));
    paths
        .filter(|(path, _)| !path.contains('{'))
        .map(|(path, is_get)| if is_get { path } else { format!("POST {path}") })
}

/// Whether a route is about what only sealed rooms have here, by its tags.
fn is_of_sealed(item: &PathItem) -> bool {
    let tags = [&item.get, &item.post].into_iter().flatten().filter_map(|operation| operation.tags.as_ref()).flatten();
    tags.into_iter().any(|tag| OF_SEALED.contains(&tag.as_str()))
}
