//! Netlocs that name this relay: answered here, without a socket.
//!
//! A node of this relay is named as its own addresses are: an id before the host or as the user, a room as the user, and
//! nobody for the relay's own node.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use shared::exchange::{Answer, Body, Request};
use shared::tutorial::Route;
use shared::{BlockHash, NodeId, Receipt, Rules, classic};

use super::place::Place;
use super::{FETCH_MS, Fetched};
use crate::own;
use crate::relay::Relay;
use crate::room::Room;
use crate::tabs::{Whom, kept};

/// Whether a host and port are this relay's. `heard_as` is the `Host` by which the member that asks reached it.
pub(super) fn is_here(relay: &Relay, place: &Place, heard_as: Option<&str>) -> bool {
    let heard_as = heard_as.and_then(|host| Place::read(host).ok()).map(|heard| heard.without_id().1);
    if heard_as.is_some_and(|heard| (&heard.host, heard.port) == (&place.host, place.port)) {
        return true;
    }
    let listens_on = relay.listens_on.ip();
    let is_name = place.host == "localhost" || place.host.ends_with(".localhost");
    let is_address = match place.host.parse::<IpAddr>() {
        Ok(address) => address == listens_on || (listens_on.is_unspecified() && address.is_loopback()),
        Err(_) => is_name && (listens_on.is_loopback() || listens_on.is_unspecified()),
    };
    is_address && place.port == relay.listens_on.port()
}

/// Whether a place names a node by its id that is or was at this relay, whatever host it is reached by: the id decides.
pub(super) fn knows(relay: &Relay, id: Option<NodeId>, place: &Place) -> bool {
    let by_user = || place.user.as_deref().and_then(|user| user.parse().ok());
    id.or_else(by_user)
        .is_some_and(|id| id == relay.id || relay.tabs.get(&id).is_some() || relay.tabs.member(&id).is_some())
}

/// The chain of a node of this relay.
///
/// # Errors
/// When there is no such node, it is of another room, or gives no chain.
pub(super) async fn fetch(
    relay: &Arc<Relay>,
    room: &Room,
    id: Option<NodeId>,
    place: &Place,
) -> Result<Fetched, Receipt> {
    let whom = match id {
        Some(id) => Whom::by_id(relay, &id.to_string())?,
        None => Whom::by_user(relay, place.user.as_deref())?,
    };
    let name = &room.params().room;
    match whom {
        // The relay's own node is in every room: named by its id, it is the one of the room of whoever asks.
        Whom::Own(_) if id == Some(relay.id) || place.user == Some(relay.id.to_string()) => {
            own_chain(relay, room).await
        }
        Whom::Own(other) if other == *name => own_chain(relay, room).await,
        Whom::Own(other) => {
            let expected = format!("a node of room {name}, such as {name}@{}", place.written);
            Err(Receipt::new("room", expected, format!("the relay's own node in room {other}")))
        }
        Whom::Member(id) => member_chain(relay, room, id).await,
    }
}

async fn own_chain(relay: &Arc<Relay>, room: &Room) -> Result<Fetched, Receipt> {
    Ok(match own::classic_chain(relay, room).await {
        Some(text) => Fetched::Text(text),
        None => Fetched::Tip(room.info().tip.hash),
    })
}

async fn member_chain(relay: &Relay, room: &Room, id: NodeId) -> Result<Fetched, Receipt> {
    let name = &room.params().room;
    if let Some(tab) = relay.tabs.get_in(name, &id) {
        // It is the relay that asks.
        let address = relay.listens_on.ip();
        let within = Duration::from_millis(FETCH_MS);
        let answer = tab.ask(address, get_chain(), within).await.map_err(|(_, receipt)| receipt)?;
        return chain_of(room, answer);
    }
    let Some(member) = relay.tabs.member_in(name, &id) else {
        let found = relay.tabs.member(&id).map_or_else(
            || format!("{id}, which this relay does not know"),
            |(other, member)| format!("{} of room {other}", member.name),
        );
        return Err(Receipt::new("node", format!("a node of room {name}"), found));
    };
    match room.params().rules() {
        Rules::Sealed => Ok(Fetched::Tip(member.tip.hash)),
        Rules::Classic => {
            let none = || {
                Receipt::new("classic chain", "a chain that the node has told of", format!("none of {}", member.name))
            };
            chain_of(room, classic::chain_answer(&kept(room, id).await?.ok_or_else(none)?))
        }
    }
}

/// The chain that an answer to `get_chain` gives.
fn chain_of(room: &Room, answer: Answer) -> Result<Fetched, Receipt> {
    let tip = |tip: BlockHash| Fetched::Tip(tip);
    match (answer.status, answer.body, room.params().rules()) {
        (200, Body::Json(text), Rules::Classic) => Ok(Fetched::Text(text)),
        (200, Body::Chain { tip: hash }, Rules::Sealed) => Ok(tip(hash)),
        (status, ..) => Err(Receipt::new("answer", "200 and a chain of this room", format!("status {status}"))),
    }
}

fn get_chain() -> Request {
    Request {
        number: 0,
        method: "GET".to_owned(),
        path: Route::GetChain.path().to_owned(),
        query: String::new(),
        content_type: None,
        body: String::new(),
        token: None,
        agent: Some(concat!("tabcoin-relay/", env!("CARGO_PKG_VERSION")).to_owned()),
        is_foreign: false,
        within_ms: 0,
    }
}
