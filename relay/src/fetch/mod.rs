//! Chains of other nodes, asked for on behalf of members: the one place where the relay makes requests.
//!
//! A member names a netloc, as the tutorial keeps it. One that names this relay is answered inside; any other is a
//! real `GET http://{netloc}/get_chain`, where the operator's [`policy`] allows the address. A name is
//! resolved once, each address is checked, and what was checked is what is connected to. No redirect is followed, and
//! time, bytes and pace are bounded.

mod inside;
mod place;
pub mod policy;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::http::{Method, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use shared::classic::{is_tutorials, wrong_rules};
use shared::exchange::ANSWER_BYTES_MAX;
use shared::text::read_utf8;
use shared::{BlockHash, Receipt, Refusal, Rules};
use tokio::sync::{Semaphore, SemaphorePermit};

use self::place::Place;
use self::policy::FetchPolicy;
use crate::client::{Asking, Came, ClientError, ask};
use crate::own::adopt;
use crate::reach::Reach;
use crate::relay::Relay;
use crate::room::Room;
use crate::tabs::Tab;

/// Time for one chain, from looking up the name to the last byte, in milliseconds.
const FETCH_MS: u64 = 5_000;
/// The largest export of a sealed chain that is taken, in bytes.
const FILE_BYTES_MAX: usize = 64 << 20;
/// Addresses of one name that are tried.
const ADDRESSES_MAX: usize = 4;
/// Bytes of answers that may be under way in all, in MiB.
const UNDER_WAY_MIB: u32 = 256;
/// And for one member, or for the relay's own node, in MiB: no one of them keeps the others waiting.
const UNDER_WAY_EACH_MIB: u32 = 128;

/// The rule of what the operator does not allow.
const POLICY: &str = "fetch";

/// How much is under way, in MiB.
#[derive(Debug)]
pub(crate) struct Fetching {
    all: Semaphore,
    /// For the relay's own node.
    own: Share,
}

impl Default for Fetching {
    fn default() -> Self {
        Self { all: Semaphore::new(UNDER_WAY_MIB as usize), own: Share::default() }
    }
}

/// How much of it may be for one member.
#[derive(Debug)]
pub(crate) struct Share(Semaphore);

impl Default for Share {
    fn default() -> Self {
        Self(Semaphore::new(UNDER_WAY_EACH_MIB as usize))
    }
}

impl Fetching {
    /// Waits until so many MiB may be under way. What waits for its own share holds nothing of the others'.
    async fn take<'a>(&'a self, share: &'a Share, mib: u32) -> [SemaphorePermit<'a>; 2] {
        let never_closed = "the semaphores are never closed";
        let of_share = share.0.acquire_many(mib).await.expect(never_closed);
        [of_share, self.all.acquire_many(mib).await.expect(never_closed)]
    }
}

/// Which of a node's chains is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Want {
    /// The text of its `/get_chain`.
    Classic,
    /// The bytes of its `/get_chain?format=bytes`.
    Sealed,
}

impl Want {
    fn path(self) -> &'static str {
        match self {
            Self::Classic => "/get_chain",
            Self::Sealed => "/get_chain?format=bytes",
        }
    }

    fn bytes_max(self) -> usize {
        match self {
            Self::Classic => ANSWER_BYTES_MAX,
            Self::Sealed => FILE_BYTES_MAX,
        }
    }
}

/// A node's chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fetched {
    /// The text of a classic node's `/get_chain`.
    Text(String),
    /// The export of a sealed chain.
    File(Vec<u8>),
    /// A sealed chain that this relay has or is about to, by its last block.
    Tip(BlockHash),
}

/// Asks for a chain that a member of this room wants, and gives what the member is told: the text of a classic
/// `/get_chain`, or where the sealed chain ends that the relay has taken in. `heard_as` is the `Host` by which the member
/// reached the relay.
///
/// # Errors
/// When the member asks too fast, or as [`fetch`].
pub(crate) async fn for_member(
    relay: &Arc<Relay>,
    room: &Room,
    tab: &Tab,
    netloc: &str,
    heard_as: Option<&str>,
) -> Result<String, Receipt> {
    tab.fetches.step(Instant::now())?;
    let want = match room.params().rules() {
        Rules::Classic => Want::Classic,
        Rules::Sealed => Want::Sealed,
    };
    match fetch_as(relay, room, netloc, want, heard_as, &tab.fetching).await? {
        Fetched::Text(text) => Ok(text),
        chain => Ok(adopt(room, chain).await?.to_json()),
    }
}

/// Asks a node for its chain.
///
/// # Errors
/// When the operator does not allow it, or there is no chain within the limits.
pub(crate) async fn fetch(relay: &Arc<Relay>, room: &Room, netloc: &str, want: Want) -> Result<Fetched, Receipt> {
    fetch_as(relay, room, netloc, want, None, &relay.fetching.own).await
}

async fn fetch_as(
    relay: &Arc<Relay>,
    room: &Room,
    netloc: &str,
    want: Want,
    heard_as: Option<&str>,
    share: &Share,
) -> Result<Fetched, Receipt> {
    let (id, place) = Place::read(netloc)?.without_id();
    if inside::is_here(relay, &place, heard_as) || inside::knows(relay, id, &place) {
        let fetched = inside::fetch(relay, room, id, &place).await?;
        if let Fetched::Tip(tip) = fetched {
            // What was mined a moment ago may be on its way still; that it is not here says whoever takes it in.
            room.branch(tip, Duration::from_millis(crate::limits::TIP_WAIT_MS)).await;
        }
        return Ok(fetched);
    }
    // What was taken off is part of the name where it is no name of ours.
    let place = Place::read(netloc)?;
    let fetching = outside(relay, &place, want, share);
    let within = Duration::from_millis(FETCH_MS);
    let fetched = tokio::time::timeout(within, fetching).await.unwrap_or_else(|_| {
        Err(Receipt::new("answer time", format!("a chain from {} within {FETCH_MS} ms", place.written), "none"))
    });
    fetched.map_err(|receipt| if tells_all(relay) || receipt.rule == POLICY { receipt } else { no_chain(&place) })
}

/// Whether members may be told how asking failed. Where others than this machine's programs are members, they would learn
/// which ports of the relay's machine and its network are open.
fn tells_all(relay: &Relay) -> bool {
    relay.reached.reach == Reach::ThisMachine
}

/// What those are told to whom it may not be told whether the host has no address, nobody listens, or somebody answers
/// with something else.
fn no_chain(place: &Place) -> Receipt {
    let expected = format!("a node of the tutorial at {} that answers with its chain", place.written);
    Receipt::new("node", expected, "none: it may not be running, or listen on its own machine alone")
}

/// The refusal of the operator's policy.
fn refused_by(policy: &FetchPolicy, place: &Place) -> Receipt {
    Receipt::new(POLICY, policy.to_string(), place.written.as_str())
}

async fn outside(relay: &Relay, place: &Place, want: Want, share: &Share) -> Result<Fetched, Receipt> {
    let addresses = addresses(relay, place).await?;
    let weight = u32::try_from(want.bytes_max().div_ceil(1 << 20)).expect("a few MiB");
    let _under_way = relay.fetching.take(share, weight).await;
    let came = first_answer(&addresses, place, want).await?;
    if came.status.is_redirection() {
        let expected = format!("an answer of {} itself", place.written);
        return Err(Receipt::new("redirect", expected, format!("status {}", came.status.as_u16())));
    }
    if came.status != StatusCode::OK {
        let found = format!("status {}", came.status.as_u16());
        return Err(Receipt::new("answer", format!("200 and a chain from {}", place.written), found));
    }
    match want {
        Want::Sealed if is_tutorials(&came.body) => Err(wrong_rules(Rules::Sealed)),
        Want::Sealed => Ok(Fetched::File(came.body)),
        Want::Classic => read_utf8(&came.body).map(|text| Fetched::Text(text.to_owned())).map_err(|error| {
            Receipt::new("answer", format!("text in UTF-8 from {}", place.written), error.to_string())
        }),
    }
}

/// The addresses of a place that may be connected to.
async fn addresses(relay: &Relay, place: &Place) -> Result<Vec<SocketAddr>, Receipt> {
    let policy = &relay.fetch;
    if *policy == FetchPolicy::None {
        // A name is not even looked up.
        return Err(refused_by(policy, place));
    }
    let found: Vec<SocketAddr> = match place.host.parse::<IpAddr>() {
        Ok(address) => vec![(address, place.port).into()],
        Err(_) => {
            let looking_up = tokio::net::lookup_host((place.host.as_str(), place.port)).await;
            let unknown = |error: std::io::Error| {
                if !tells_all(relay) {
                    // A name that leads where nobody may ask is answered the same.
                    return refused_by(policy, place);
                }
                Receipt::new("node", format!("a host that has an address: {}", place.host), error.to_string())
            };
            looking_up.map_err(unknown)?.collect()
        }
    };
    let allowed = found.iter().filter(|address| policy.allows(&place.host, address.ip()));
    let allowed: Vec<SocketAddr> = allowed.take(ADDRESSES_MAX).copied().collect();
    if allowed.is_empty() {
        return Err(refused_by(policy, place));
    }
    Ok(allowed)
}

/// The answer of the first address where somebody listens.
async fn first_answer(addresses: &[SocketAddr], place: &Place, want: Want) -> Result<Came, Receipt> {
    let mut refused = None;
    for address in addresses {
        let asking = Asking {
            address: *address,
            host: &place.written,
            method: Method::GET,
            path: want.path(),
            authorization: authorization(place),
            body: None,
            bytes_max: want.bytes_max(),
            within: Duration::from_millis(FETCH_MS),
        };
        match ask(asking).await {
            Ok(came) => return Ok(came),
            Err(error @ ClientError::Connect { .. }) => refused = Some(error.receipt()),
            Err(error) => return Err(error.receipt()),
        }
    }
    Err(refused.expect("there is at least one address"))
}

/// User information as Python's `requests` sends it.
fn authorization(place: &Place) -> Option<String> {
    let user = place.user.as_deref()?;
    let password = place.password.as_deref().unwrap_or_default();
    Some(format!("Basic {}", STANDARD.encode(format!("{user}:{password}"))))
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[test]
    fn one_member_holds_no_more_than_its_share_of_what_is_under_way() {
        let (fetching, greedy, other) = (Fetching::default(), Share::default(), Share::default());
        let file = u32::try_from(FILE_BYTES_MAX >> 20).expect("a few MiB");
        let held: Vec<_> = (0..UNDER_WAY_EACH_MIB / file)
            .map(|_| fetching.take(&greedy, file).now_or_never().expect("within its share"))
            .collect();
        assert!(fetching.take(&greedy, file).now_or_never().is_none(), "one more than its share");
        let _others = fetching.take(&other, file).now_or_never().expect("others are unaffected");
        drop(held);
        let _again = fetching.take(&greedy, file).now_or_never().expect("free again");
    }
}
