//! The tutorial's six routes over HTTP, at every address that a node has.
//!
//! Here a request becomes a [`Request`] within its limits and its paces, is handed to whom it is for, and what comes back
//! becomes an answer of HTTP. What a member answers is shown as what it is, somebody else's words: no browser runs
//! anything in it ([`Untrusted`]).

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{Request as HttpRequest, State};
use axum::http::header::ALLOW;
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use serde::Deserialize;
use shared::exchange::{Answer, Body};
use shared::protocol::Member;
use shared::tutorial::Route;
use shared::{BlockHash, Receipt, RoomName};

use super::gone;
use super::reading::read;
use super::tab::{NoAnswer, Tab};
use super::whom::{Credentials, Whom};
use crate::limits::{MINE_MS, REPLACE_MS, TIP_WAIT_MS};
use crate::own;
use crate::refusal::refusal;
use crate::relay::Relay;
use crate::room::Room;
use crate::security::Untrusted;
use crate::segment::Segment;
use crate::unknown::no_such_path;
use crate::visitors::Visitor;

/// Where the node that is asked is.
enum Place {
    Here(Arc<Tab>),
    Away(Member),
    Own,
}

/// The routes of all nodes: at the root, in a room, and by id.
pub(crate) fn routes() -> Router<Arc<Relay>> {
    let mut router = Router::new();
    for route in Route::all() {
        let path = route.path();
        let at_root = move |State(relay): State<Arc<Relay>>, request: HttpRequest| async move {
            let whom = Whom::by_user(&relay, Credentials::read(request.headers()).user.as_deref());
            answer(relay, whom, route, request).await
        };
        let in_room = move |State(relay): State<Arc<Relay>>, Segment(room): Segment, request: HttpRequest| async move {
            let whom = Whom::in_room(&relay, &room);
            answer(relay, whom, route, request).await
        };
        let by_id = move |State(relay): State<Arc<Relay>>, Segment(id): Segment, request: HttpRequest| async move {
            let whom = Whom::by_id(&relay, &id);
            answer(relay, whom, route, request).await
        };
        router = router
            .route(path, any(at_root))
            .route(&format!("/rooms/{{room}}{path}"), any(in_room))
            .route(&format!("/nodes/{{id}}{path}"), any(by_id));
    }
    router
        .route("/nodes/{id}", any(super::about::node))
        .route("/nodes/{id}/", any(super::about::node))
        .route("/nodes/{id}/{*path}", any(no_route))
}

async fn no_route(State(relay): State<Arc<Relay>>, request: HttpRequest) -> Response {
    no_such_path(&relay, None, request.method(), request.uri().path())
}

/// Answers a request for a path that is no route of the relay, where the user of its URL names a node: all paths are the
/// node's then, as below `/nodes/ID` and `ID.host`.
pub(crate) async fn by_user_elsewhere(relay: Arc<Relay>, request: HttpRequest) -> Result<Response, HttpRequest> {
    let Some(user) = Credentials::read(request.headers()).user else { return Err(request) };
    let path = request.uri().path();
    let response = match Whom::by_user(&relay, Some(&user)) {
        Ok(whom) if path == "/" => super::about::whom(&relay, &whom, &request),
        Ok(whom) => no_such_path(&relay, Some(&whom), request.method(), path),
        Err(receipt) => refusal(StatusCode::NOT_FOUND, receipt),
    };
    Ok(Untrusted::mark(response))
}

async fn answer(relay: Arc<Relay>, whom: Result<Whom, Receipt>, route: Route, request: HttpRequest) -> Response {
    let answered = match whom {
        Ok(whom) => try_answer(&relay, whom, route, request).await,
        Err(receipt) => Err((StatusCode::NOT_FOUND, receipt)),
    };
    Untrusted::mark(answered.unwrap_or_else(|(status, receipt)| refusal(status, receipt)))
}

async fn try_answer(relay: &Arc<Relay>, whom: Whom, route: Route, request: HttpRequest) -> Result<Response, NoAnswer> {
    let (place, room) = locate(relay, whom)?;
    if let Some(response) = for_another_method(route, request.method()) {
        return Ok(response);
    }
    let visitor = request.extensions().get::<Visitor>().copied();
    let visitor = visitor.expect("requests for nodes come through the door");
    let paces = match &place {
        Place::Here(tab) => Some(&tab.paces),
        Place::Own => Some(&relay.own_paces),
        // It is answered from the store, whatever is asked.
        Place::Away(_) => None,
    };
    let stepped = paces.map_or(Ok(()), |paces| paces.step(visitor.address, route.is_change(), Instant::now()));
    stepped.map_err(|receipt| (StatusCode::TOO_MANY_REQUESTS, receipt))?;
    let request = read(route, request, visitor).await?;
    let query = request.query.clone();
    let answer = match &place {
        Place::Here(tab) => {
            let answer = tab.ask(visitor.address, request, time(relay, route)).await.and_then(plausible)?;
            if route == Route::MineBlock {
                arrived(&room, &answer).await;
            }
            answer
        }
        Place::Own => own::answer(relay, &room, &request).await,
        Place::Away(member) => gone::answer(&room, member, route).await,
    };
    if let Some(paces) = paces.filter(|_| route.is_change()) {
        paces.answered(visitor.address, answer.status);
    }
    Ok(own::respond(relay, &room, visitor.address, answer, &query).await)
}

/// Waits for the block that a tab says it has mined: whoever hears of it may ask the next tab to replace its chain at once,
/// and that is to find the block.
async fn arrived(room: &Room, answer: &Answer) {
    #[derive(Deserialize)]
    struct Mined {
        hash: String,
    }
    let Body::Json(text) = &answer.body else { return };
    // A block of a classic chain names no hash, and goes nowhere by itself.
    if let Ok(Mined { hash }) = serde_json::from_str(text)
        && let Ok(hash) = hash.parse::<BlockHash>()
    {
        room.arrives(hash, Duration::from_millis(TIP_WAIT_MS)).await;
    }
}

/// Finds the node, and the room where it is or was.
fn locate(relay: &Relay, whom: Whom) -> Result<(Place, Room), NoAnswer> {
    let room = |name: &RoomName| relay.room(name.as_str()).expect("members and own nodes are in rooms of the relay");
    match whom {
        Whom::Own(name) => Ok((Place::Own, room(&name))),
        Whom::Member(id) => {
            if let Some(tab) = relay.tabs.get(&id) {
                let room = room(&tab.room);
                return Ok((Place::Here(tab), room));
            }
            let (name, member) = relay.tabs.member(&id).ok_or_else(|| (StatusCode::NOT_FOUND, Whom::unknown(&id)))?;
            Ok((Place::Away(member), room(&name)))
        }
    }
}

/// The methods that a route knows, as `Allow` lists them.
fn allowed(route: Route) -> &'static str {
    match (route.method(), route.is_change()) {
        ("POST", _) => "POST, OPTIONS",
        (_, true) => "GET, OPTIONS",
        (_, false) => "GET, HEAD, OPTIONS",
    }
}

/// What is answered to a method that the route does not know.
fn for_another_method(route: Route, method: &Method) -> Option<Response> {
    let is_head = method == Method::HEAD && !route.is_change();
    if method == route.method() || is_head {
        return None;
    }
    let mut response = if method == Method::OPTIONS {
        StatusCode::NO_CONTENT.into_response()
    } else {
        let found = format!("{method} {}", route.path());
        let expected = format!("{} {}", route.method(), route.path());
        refusal(StatusCode::METHOD_NOT_ALLOWED, Receipt::new("method", expected, found))
    };
    response.headers_mut().insert(ALLOW, HeaderValue::from_static(allowed(route)));
    Some(response)
}

/// How long a tab may take.
fn time(relay: &Relay, route: Route) -> Duration {
    Duration::from_millis(match route {
        Route::MineBlock => MINE_MS,
        Route::ReplaceChain => REPLACE_MS,
        Route::GetChain
        | Route::IsValid
        | Route::AddTransaction
        | Route::ConnectNode
        | Route::DisconnectNode
        | Route::StartOver
        | Route::DropTransactions => relay.limits.tab_answer_ms,
    })
}

/// What a member may answer with: a final status that means no other place.
fn plausible(answer: Answer) -> Result<Answer, NoAnswer> {
    match answer.status {
        200..=299 | 400..=599 => Ok(answer),
        other => {
            let receipt = Receipt::new("answer", "a status of 200 to 299 or 400 to 599", other.to_string());
            Err((StatusCode::BAD_GATEWAY, receipt))
        }
    }
}

#[cfg(test)]
mod tests {
    use shared::Rules;

    use super::*;

    #[test]
    fn trunk_hands_on_every_request_to_the_relays_own_node() {
        let trunk = include_str!("../../../Trunk.toml");
        let nodes = [("", Rules::Sealed), ("/rooms/main", Rules::Sealed), ("/rooms/classic", Rules::Classic)];
        for (base, rules) in nodes {
            for route in Route::of_rules(rules) {
                let backend = format!("backend = \"http://127.0.0.1:5001{base}{}\"", route.path());
                assert!(trunk.contains(&backend), "{backend}");
            }
        }
    }
}
