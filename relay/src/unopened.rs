//! Why a WebSocket was not opened, kept for a moment for whoever asks again without one.
//!
//! A browser hides the answer to a WebSocket from the page that wanted it. So the page asks for the same address as it
//! asks for data, and is told what the relay said to the last WebSocket of its address.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::http::StatusCode;
use shared::Receipt;

/// How many refusals are kept.
const KEPT_MAX: usize = 256;
/// How long each is kept, in milliseconds: a page asks as soon as its WebSocket has failed.
const KEPT_MS: u64 = 30_000;

/// The last refusals, oldest first, one an address.
#[derive(Debug, Default)]
pub(crate) struct Unopened(Mutex<VecDeque<Kept>>);

#[derive(Debug)]
struct Kept {
    address: IpAddr,
    at: Instant,
    refusal: (StatusCode, Receipt),
}

impl Unopened {
    /// Keeps what was said to a WebSocket of this address.
    pub(crate) fn keep(&self, address: IpAddr, refusal: (StatusCode, Receipt), now: Instant) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|kept| kept.address != address);
        if kept.len() >= KEPT_MAX {
            kept.pop_front();
        }
        kept.push_back(Kept { address, at: now, refusal });
    }

    /// What was said to the last WebSocket of this address, if that was a moment ago.
    pub(crate) fn of(&self, address: IpAddr, now: Instant) -> Option<(StatusCode, Receipt)> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = kept.iter().find(|kept| kept.address == address);
        let is_recent = |kept: &&Kept| now.duration_since(kept.at) <= Duration::from_millis(KEPT_MS);
        found.filter(is_recent).map(|kept| kept.refusal.clone())
    }

    /// Forgets what was said to this address: a WebSocket of it is open.
    pub(crate) fn forget(&self, address: IpAddr) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).retain(|kept| kept.address != address);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(found: &str) -> (StatusCode, Receipt) {
        (StatusCode::FORBIDDEN, Receipt::new("origin", "another", found))
    }

    fn address(number: u32) -> IpAddr {
        IpAddr::V4(number.into())
    }

    #[test]
    fn an_address_is_told_its_own_last_refusal_for_half_a_minute() {
        let (unopened, now) = (Unopened::default(), Instant::now());
        unopened.keep(address(1), refusal("first"), now);
        unopened.keep(address(1), refusal("second"), now);
        unopened.keep(address(2), refusal("other"), now);
        let last = now + Duration::from_millis(KEPT_MS);
        assert_eq!(unopened.of(address(1), last), Some(refusal("second")));
        assert_eq!(unopened.of(address(1), last + Duration::from_millis(1)), None);
        assert_eq!(unopened.of(address(3), now), None);
        unopened.forget(address(1));
        assert_eq!((unopened.of(address(1), now), unopened.of(address(2), now)), (None, Some(refusal("other"))));
    }

    #[test]
    fn the_oldest_gives_way_to_one_too_many() {
        let (unopened, now) = (Unopened::default(), Instant::now());
        for number in 0..=KEPT_MAX as u32 {
            unopened.keep(address(number), refusal("x"), now);
        }
        assert_eq!(unopened.of(address(0), now), None);
        assert!(unopened.of(address(1), now).is_some() && unopened.of(address(KEPT_MAX as u32), now).is_some());
    }
}
