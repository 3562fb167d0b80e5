//! What happens in a room, as it happens: server-sent events.
//!
//! A stream that is quiet stays open: the guard on a connection counts only the time in which bytes stand waiting to be
//! taken, and a comment now and then shows whether anybody still takes them.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderName, StatusCode};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use serde::Serialize;
use shared::export::TransactionJson;
use shared::{AddressPrefix, Receipt, SignedPayment, Transaction};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;
use utoipa::ToSchema;

use super::ask::{Ask, Refused, quoted};
use super::json::{NodeJson, RoomJson, StoreJson, TipJson};
use super::shapes::{ReceiptShape, TransactionShape};
use crate::base_path::BasePath;
use crate::limits::Place as Seat;
use crate::room::Room;
use crate::room::events::{Happening, Place, Told};

/// How often a quiet stream gets a comment, in milliseconds.
const KEEP_ALIVE_MS: u64 = 15_000;
/// Tells nginx to hand each event on as it comes, whatever it is configured to do with other answers.
const UNBUFFERED: (HeaderName, &str) = (HeaderName::from_static("x-accel-buffering"), "no");
/// After how long a browser comes back when a stream ends, in milliseconds.
const RETRY_MS: u64 = 2_000;

/// What event `tip` says: the active chain changed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TipEvent)]
pub(crate) struct TipEventJson {
    /// Its end before.
    old: TipJson,
    /// Its end now.
    new: TipJson,
    /// How many blocks were left behind: more than none in a reorganisation.
    left: u64,
    /// How many were adopted.
    adopted: u64,
    /// How many payments went back to wait.
    returned: u64,
    /// The id of the node that sent the last of them; none where the relay mined it.
    from: Option<String>,
}

/// What event `payment_dropped` says.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DroppedEvent)]
pub(crate) struct DroppedEventJson {
    /// The payment.
    #[schema(value_type = TransactionShape)]
    payment: TransactionJson,
    /// Why it can wait no longer.
    #[schema(value_type = ReceiptShape)]
    receipt: Receipt,
}

/// What event `lagged` says: some events were missed, so that what was read before may be out of date.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LaggedEvent)]
pub(crate) struct LaggedEventJson {
    /// How many; none where that is not known.
    missed: Option<u64>,
    /// The room as it is now.
    room: RoomJson,
}

/// An event of the stream.
#[derive(ToSchema)]
#[expect(dead_code, reason = "a schema, of which no value is made")]
pub(crate) struct StreamEvent {
    /// What happened.
    #[schema(
        pattern = "^(room|tip|payment|payment_returned|payment_dropped|member_came|member_went|member_changed|store|lagged)$"
    )]
    event: String,
    /// JSON, by the event's name.
    #[schema(content_media_type = "application/json")]
    data: String,
    /// For `Last-Event-ID`.
    id: Option<String>,
    /// After how many milliseconds to come back when the stream ends.
    retry: Option<u64>,
}

/// Streams what happens in the room, as server-sent events.
///
/// The first event is `room` (a `Room`). Then come `tip` (`TipEvent`), `payment` and `payment_returned` (a
/// `Transaction` that waits, for the first time or again), `payment_dropped` (`DroppedEvent`), `member_came`,
/// `member_went` and `member_changed` (a `Node`), `store` (a `Store`) when the relay's store takes what is new no longer,
/// or again, and `lagged` (`LaggedEvent`) where events were missed. Each has an id;
/// who comes back with the last one in `Last-Event-ID` gets what it missed, or `lagged`. A comment every 15 seconds
/// keeps the connection alive.
#[utoipa::path(
    get,
    path = "/api/v1/rooms/{room}/events",
    operation_id = "events",
    tag = "events",
    params(("Last-Event-ID" = Option<String>, Header, description = "The id of the last event that was seen", pattern = "^([0-9]{1,19}-[0-9]{1,19})?$")),
    responses((status = 200, description = "The stream; it ends when the relay stops", body = StreamEvent, content_type = "text/event-stream"))
)]
pub(super) async fn stream(ask: Ask) -> Result<Response, Refused> {
    let room = ask.room()?;
    ask.no_query()?;
    let after = last_event_id(&ask)?;
    let seat = ask.relay.rest.streams.take(Some(ask.address));
    let seat = seat.map_err(|receipt| Refused(StatusCode::TOO_MANY_REQUESTS, receipt))?;
    let streaming = Streaming::new(room, ask.relay.base_path.clone(), after, ask.relay.stop.clone(), seat);
    let events = stream::unfold(streaming, async |mut streaming| {
        let event = streaming.next().await?;
        Some((Ok::<_, Infallible>(event), streaming))
    });
    let keep_alive = KeepAlive::new().interval(Duration::from_millis(KEEP_ALIVE_MS)).text("still here");
    Ok(([(CACHE_CONTROL, "no-store"), UNBUFFERED], Sse::new(events).keep_alive(keep_alive)).into_response())
}

fn last_event_id(ask: &Ask) -> Result<Option<Place>, Refused> {
    let Some(value) = ask.headers.get("last-event-id") else { return Ok(None) };
    let text = String::from_utf8_lossy(value.as_bytes());
    // Browsers send an empty one where they have none.
    if text.is_empty() {
        return Ok(None);
    }
    let place = text
        .split_once('-')
        .and_then(|(run, number)| Some(Place { run: run.parse().ok()?, number: number.parse().ok()? }));
    let refused = || Refused::bad(Receipt::new("Last-Event-ID", "the id of an event", quoted(&text)));
    place.ok_or_else(refused).map(Some)
}

/// A stream under way.
struct Streaming {
    room: Room,
    base: BasePath,
    run: u64,
    ready: VecDeque<Event>,
    coming: Receiver<Arc<Told>>,
    stop: CancellationToken,
    _seat: Seat,
}

impl Streaming {
    fn new(room: Room, base: BasePath, after: Option<Place>, stop: CancellationToken, seat: Seat) -> Self {
        let listening = room.events().listen(after);
        let Place { run, number } = listening.from;
        let first = event("room", &RoomJson::new(&room, &base)).id(format!("{run}-{number}"));
        let mut ready = VecDeque::from([first.retry(Duration::from_millis(RETRY_MS))]);
        match listening.missed {
            Some(missed) => ready.extend(missed.iter().map(|told| told_event(&room, &base, run, told))),
            None => ready.push_back(lagged(&room, &base, None)),
        }
        Self { room, base, run, ready, coming: listening.coming, stop, _seat: seat }
    }

    /// The next event; `None` when the relay stops.
    async fn next(&mut self) -> Option<Event> {
        if let Some(event) = self.ready.pop_front() {
            return Some(event);
        }
        let told = tokio::select! {
            () = self.stop.cancelled() => return None,
            told = self.coming.recv() => told,
        };
        match told {
            Ok(told) => Some(told_event(&self.room, &self.base, self.run, &told)),
            Err(RecvError::Lagged(missed)) => Some(lagged(&self.room, &self.base, Some(missed))),
            Err(RecvError::Closed) => None,
        }
    }
}

fn lagged(room: &Room, base: &BasePath, missed: Option<u64>) -> Event {
    event("lagged", &LaggedEventJson { missed, room: RoomJson::new(room, base) })
}

fn told_event(room: &Room, base: &BasePath, run: u64, told: &Told) -> Event {
    let prefix = &room.params().address_prefix;
    let event = match &told.happening {
        Happening::Tip { old, new, left, adopted, returned, from } => {
            let (old, new, from) = (old.into(), new.into(), from.map(|id| id.to_string()));
            event("tip", &TipEventJson { old, new, left: *left, adopted: *adopted, returned: *returned, from })
        }
        Happening::PaymentTaken { payment } => event("payment", &payment_json(payment, prefix)),
        Happening::PaymentReturned { payment } => event("payment_returned", &payment_json(payment, prefix)),
        Happening::PaymentDropped { payment, receipt } => {
            let payment = payment_json(payment, prefix);
            event("payment_dropped", &DroppedEventJson { payment, receipt: receipt.clone() })
        }
        Happening::MemberCame(member) => event("member_came", &NodeJson::new(member, prefix, base)),
        Happening::MemberWent(member) => event("member_went", &NodeJson::new(member, prefix, base)),
        Happening::MemberChanged(member) => event("member_changed", &NodeJson::new(member, prefix, base)),
        Happening::Store(state) => event("store", &StoreJson::from(state)),
    };
    event.id(format!("{run}-{}", told.number))
}

fn payment_json(payment: &SignedPayment, prefix: &AddressPrefix) -> TransactionJson {
    TransactionJson::new(&Transaction::Payment(payment.clone()), prefix)
}

fn event(name: &str, data: &impl Serialize) -> Event {
    let data = serde_json::to_string(data).expect("events have text keys and no values that JSON lacks");
    Event::default().event(name).data(data)
}
