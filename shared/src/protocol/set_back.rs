//! A clock that is set back: whatever was due keeps its distance, so that nothing stands still until the clock has come
//! round again.
//!
//! A clock that is set forward needs nothing: all that is due is done a little early.

use super::limits::SET_BACK_MS;
use super::node::Node;
use super::peer::Phase;
use crate::values::Timestamp;

impl Node {
    /// Whether [`wake`](Self::wake) is wanted now: something is due, or the clock has been set back. Shells ask this
    /// whenever they are awake; [`next_wake`](Self::next_wake) only says how long they may sleep.
    pub fn is_due(&self, now: Timestamp) -> bool {
        self.next_wake().is_some_and(|at| at <= now) || self.last_now.ms_since(now) > SET_BACK_MS
    }

    /// Notes what the clock shows.
    pub(super) fn keep_time(&mut self, now: Timestamp) {
        let back_ms = self.last_now.ms_since(now);
        self.last_now = now;
        if back_ms > SET_BACK_MS {
            self.set_back(back_ms);
            // A job whose time is no longer this node's is of no use.
            self.mining_refresh(now);
        }
    }

    fn set_back(&mut self, ms: u64) {
        for link in self.peers.values_mut() {
            for at in [&mut link.since, &mut link.last_heard] {
                *at = at.minus_ms(ms);
            }
            let Phase::Ready(ready) = &mut link.phase else { continue };
            let asked = ready.bodies.values_mut().chain(ready.headers.as_mut().map(|request| &mut request.since));
            let pinged = ready.ping.as_mut().map(|(_, sent)| sent);
            let early = ready.early.as_mut().map(|early| &mut early.since);
            for at in asked.chain(pinged).chain(early).chain([&mut ready.next_ping, &mut ready.last_body]) {
                *at = at.minus_ms(ms);
            }
            // It was measured by a clock that shows something else now.
            ready.ahead_ms = None;
        }
        for at in [&mut self.resync_at, &mut self.alarm_at].into_iter().flatten() {
            *at = at.minus_ms(ms);
        }
        self.barred.set_back(ms);
        self.roster.set_back(ms);
        self.replace.set_back(ms);
    }
}
