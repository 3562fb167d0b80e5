//! One member's link, and the requests that wait for its answers.
//!
//! A request costs two short locks and one frame each way, whoever else is there; nothing is held while it waits.

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::http::StatusCode;
use serde::Serialize;
use shared::exchange::{Answer, EXCHANGE_BYTES_MAX, Request, ToMember};
use shared::protocol::PeerId;
use shared::{NodeId, NodeName, Receipt, RoomName};
use tokio::sync::oneshot;

use super::keeping::Keeping;
use crate::fetch;
use crate::limits::{AddressKey, Limits, REQUESTS_PER_ADDRESS_MAX, REQUESTS_WAITING_MAX};
use crate::outbox::Outbox;
use crate::pace::{Bucket, Rate, Shares};

/// Addresses that are remembered as those whose last change was not refused; beyond them all are forgotten.
const LET_IN_MAX: usize = 1_024;

/// How fast one node may be asked.
#[derive(Debug)]
pub(crate) struct Paces {
    requests: Shares,
    changes: Shares,
    /// Whether a change may be refused for want of a token.
    has_token: bool,
    // A std mutex: held for a few instructions, never across an await.
    let_in: Mutex<HashSet<AddressKey>>,
}

impl Paces {
    /// The paces of a node that has a token or not.
    pub(crate) fn new(limits: &Limits, has_token: bool) -> Self {
        let now = Instant::now();
        Self {
            requests: Shares::new("requests per node", limits.tab_requests_per_second, now),
            changes: Shares::new("changes per node", limits.tab_changes_per_second, now),
            has_token,
            let_in: Mutex::default(),
        }
    }

    /// Counts a request of this address.
    ///
    /// # Errors
    /// The limit.
    pub(crate) fn step(&self, address: IpAddr, is_change: bool, now: Instant) -> Result<(), Receipt> {
        self.requests.step(address, true, now)?;
        if !is_change {
            return Ok(());
        }
        let is_let_in = !self.has_token || self.let_in().contains(&address.into());
        self.changes.step(address, is_let_in, now)
    }

    /// The node answered a change of this address. Where there is a token, only an address whose last change was not
    /// refused for want of it may use what all have in common: what is refused uses up nobody else's.
    pub(crate) fn answered(&self, address: IpAddr, status: u16) {
        let mut let_in = self.let_in();
        if matches!(status, 401 | 403) {
            let_in.remove(&address.into());
        } else {
            if let_in.len() >= LET_IN_MAX {
                let_in.clear();
            }
            let_in.insert(address.into());
        }
    }

    fn let_in(&self) -> MutexGuard<'_, HashSet<AddressKey>> {
        self.let_in.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A member that is here.
#[derive(Debug)]
pub(crate) struct Tab {
    pub(crate) id: NodeId,
    pub(crate) name: NodeName,
    pub(crate) room: RoomName,
    pub(crate) peer: PeerId,
    pub(crate) paces: Paces,
    pub(crate) fetches: Bucket,
    pub(crate) fetching: fetch::Share,
    pub(super) keeping: Keeping,
    outbox: Arc<Outbox>,
    // Never twice in the process: an answer that comes late after a reconnection answers nothing else.
    numbers: Arc<AtomicU64>,
    // A std mutex: held for a few instructions, never across an await.
    waiting: Mutex<Waiting>,
}

#[derive(Debug, Default)]
struct Waiting {
    answers: HashMap<u64, (AddressKey, oneshot::Sender<Answer>)>,
    has_gone: bool,
}

/// A request that waits. Whoever drops it has the tab told that nobody waits any more.
struct Pending<'a> {
    tab: &'a Tab,
    number: u64,
    answer: oneshot::Receiver<Answer>,
}

/// Why a tab gave no answer: the status, and the receipt.
pub(crate) type NoAnswer = (StatusCode, Receipt);

impl Tab {
    #[expect(clippy::too_many_arguments, reason = "each is another fact of the link, and one place makes it")]
    pub(super) fn new(
        id: NodeId,
        name: NodeName,
        room: RoomName,
        peer: PeerId,
        outbox: Arc<Outbox>,
        numbers: Arc<AtomicU64>,
        limits: &Limits,
        fetches: Rate,
    ) -> Self {
        Self {
            id,
            name,
            room,
            peer,
            paces: Paces::new(limits, true),
            fetches: Bucket::new("nodes asked for per member", fetches, Instant::now()),
            fetching: fetch::Share::default(),
            keeping: Keeping::default(),
            outbox,
            numbers,
            waiting: Mutex::default(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hands the request of this address to the tab, and waits for its answer. The number and the time are filled in here.
    ///
    /// # Errors
    /// 503 when too many wait already, the tab takes no more, or it goes; 504 when it does not answer in time.
    pub(crate) async fn ask(&self, address: IpAddr, request: Request, within: Duration) -> Result<Answer, NoAnswer> {
        let mut pending = self.hand_over(address.into(), request, within)?;
        match tokio::time::timeout(within, &mut pending.answer).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(_)) => Err(gone("it went before it had answered")),
            Err(_) => {
                let expected = format!("an answer within {} ms", within.as_millis());
                Err((StatusCode::GATEWAY_TIMEOUT, Receipt::new("answer time", expected, "none")))
            }
        }
    }

    fn hand_over(&self, address: AddressKey, request: Request, within: Duration) -> Result<Pending<'_>, NoAnswer> {
        let number = self.numbers.fetch_add(1, Ordering::Relaxed);
        let within_ms = u64::try_from(within.as_millis()).unwrap_or(u64::MAX);
        let frame = frame(&ToMember::Request(Request { number, within_ms, ..request }))
            .map_err(|receipt| (StatusCode::PAYLOAD_TOO_LARGE, receipt))?;
        let (sender, answer) = oneshot::channel();
        {
            let mut waiting = self.lock();
            if waiting.has_gone {
                return Err(gone("it has just gone"));
            }
            if waiting.answers.len() >= REQUESTS_WAITING_MAX {
                let expected = format!("at most {REQUESTS_WAITING_MAX} requests waiting for one node");
                return Err((StatusCode::SERVICE_UNAVAILABLE, Receipt::new("requests waiting", expected, "one more")));
            }
            if waiting.answers.values().filter(|(of, _)| *of == address).count() >= REQUESTS_PER_ADDRESS_MAX {
                let expected =
                    format!("at most {REQUESTS_PER_ADDRESS_MAX} requests of one address waiting for one node");
                return Err((StatusCode::TOO_MANY_REQUESTS, Receipt::new("requests waiting", expected, "one more")));
            }
            waiting.answers.insert(number, (address, sender));
        }
        let pending = Pending { tab: self, number, answer };
        match self.outbox.offer(frame) {
            Ok(()) => Ok(pending),
            Err(receipt) => {
                self.lock().answers.remove(&number);
                Err((StatusCode::SERVICE_UNAVAILABLE, receipt))
            }
        }
    }

    /// The tab has answered. An answer that nobody waits for any more is let go.
    pub(super) fn answered(&self, number: u64, answer: Answer) {
        let waiting = self.lock().answers.remove(&number);
        if let Some((_, sender)) = waiting {
            // Whoever asked may have gone.
            let _ = sender.send(answer);
        }
    }

    /// The link is gone: nobody waits for its answers any more.
    pub(super) fn gone(&self) {
        let mut waiting = self.lock();
        waiting.has_gone = true;
        waiting.answers.clear();
    }

    /// Tells the tab something. A tab whose queue has no room is not told.
    ///
    /// # Errors
    /// Why it was not told.
    pub(super) fn tell(&self, what: &ToMember) -> Result<(), Receipt> {
        self.outbox.offer(frame(what)?)
    }

    /// Cuts the member off.
    pub(super) fn refuse(&self, receipt: &Receipt) {
        crate::session::refuse(&self.outbox, receipt);
    }
}

impl Drop for Pending<'_> {
    fn drop(&mut self) {
        let was_waiting = self.tab.lock().answers.remove(&self.number).is_some();
        if was_waiting {
            // A tab that is too busy to be told finds out when its answer is let go.
            let _ = self.tab.tell(&ToMember::Cancel { number: self.number });
        }
    }
}

fn gone(found: &str) -> NoAnswer {
    (StatusCode::SERVICE_UNAVAILABLE, Receipt::new("connection", "a node that is connected", found))
}

/// The text of a frame.
fn frame(what: &impl Serialize) -> Result<String, Receipt> {
    let text = serde_json::to_string(what).expect("frames have text keys and no values that JSON lacks");
    if text.len() > EXCHANGE_BYTES_MAX {
        let found = format!("{} bytes", text.len());
        return Err(Receipt::new("frame size", format!("at most {EXCHANGE_BYTES_MAX} bytes"), found));
    }
    Ok(text)
}
