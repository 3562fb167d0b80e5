//! Blocks that are dated too far ahead of this node's clock: nobody's fault, refused for now, and tried again when their
//! time has come.
//!
//! Only the lowest such block of each peer's chain is remembered, because all above it wait with it. Its header is not
//! kept; the way to it is asked for again.

use super::limits::EARLY_RETRY_MS;
use super::node::Node;
use super::output::Event;
use super::peer::PeerId;
use crate::rules::block::BlockError;
use crate::rules::header::HeaderError;
use crate::rules::receipt::{Receipt, Refusal};
use crate::values::{BlockHash, FUTURE_MS_MAX, Header, Timestamp};

/// The lowest block of a peer's chain that is dated too far ahead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Early {
    pub(super) hash: BlockHash,
    /// Its time.
    pub(super) dated: Timestamp,
    /// When it was last refused.
    pub(super) since: Timestamp,
}

impl Early {
    /// When it can be taken.
    pub(super) fn take_at(&self) -> Timestamp {
        self.dated.minus_ms(FUTURE_MS_MAX)
    }

    /// When the way to it is asked for again: the peer may have another chain by then.
    fn retry_at(&self) -> Timestamp {
        self.take_at().min(self.since.plus_ms(EARLY_RETRY_MS))
    }
}

impl Node {
    /// Notes that a header of a peer is dated too far ahead, if that is why it was refused.
    pub(super) fn note_early(&mut self, peer: PeerId, header: &Header, error: &HeaderError, now: Timestamp) {
        if !matches!(error, HeaderError::TooFarAhead { .. }) {
            return;
        }
        let ready = self.ready_mut(peer);
        let hash = header.hash();
        // What was announced above it is dated later.
        let lowest = ready.early.filter(|early| early.dated <= header.timestamp && now < early.take_at());
        let Early { hash: lowest, dated, .. } = lowest.unwrap_or(Early { hash, dated: header.timestamp, since: now });
        ready.early = Some(Early { hash: lowest, dated, since: now });
        if !std::mem::replace(&mut ready.is_early_told, true) {
            let from = Some(ready.id);
            self.put_event(Event::BlockEarly { hash, from, receipt: error.receipt() });
        }
        self.alarm_early(peer);
    }

    fn alarm_early(&mut self, peer: PeerId) {
        if let Some(early) = self.ready(peer).early {
            self.alarm(early.retry_at());
        }
    }

    /// Whether a peer's chain waits for its time, so that nobody asks for it meanwhile.
    pub(super) fn is_early(&self, peer: PeerId, now: Timestamp) -> bool {
        self.ready(peer).early.is_some_and(|early| now < early.retry_at())
    }

    /// Why a chain of a peer cannot be taken yet, if it is for a block's time.
    pub(super) fn early_receipt(&self, peer: PeerId, now: Timestamp) -> Option<Receipt> {
        let found = self.ready(peer).early?.dated;
        Some(BlockError::from(HeaderError::TooFarAhead { latest: now.plus_ms(FUTURE_MS_MAX), found }).receipt())
    }

    /// Headers of a peer were taken: maybe the one that waited.
    pub(super) fn early_taken(&mut self, peer: PeerId) {
        if self.ready(peer).early.is_some_and(|early| self.chain.header(&early.hash).is_some()) {
            self.ready_mut(peer).early = None;
        }
    }

    /// A peer's chain is known as far as it says: nothing of it waits.
    pub(super) fn early_over(&mut self, peer: PeerId) {
        let tip = self.ready(peer).status.tip.hash;
        if self.chain.header(&tip).is_some() {
            let ready = self.ready_mut(peer);
            ready.early = None;
            ready.is_early_told = false;
        }
    }

    /// Asks again for chains whose time has come, and now and then for those whose time has not.
    pub(super) fn early_wake(&mut self, now: Timestamp) {
        let mut due = Vec::new();
        for (peer, ready) in self.ready_peers_mut() {
            let Some(early) = &mut ready.early else { continue };
            if now < early.retry_at() {
                continue;
            }
            if now < early.take_at() {
                early.since = now;
            } else {
                ready.early = None;
            }
            due.push((peer, ready.status.tip));
        }
        for (peer, tip) in due {
            if self.is_worth_fetching(&tip) {
                self.fetch(peer, tip.hash, now);
            }
        }
    }

    /// When a block's time comes next.
    pub(super) fn early_due(&self) -> Option<Timestamp> {
        self.ready_peers().filter_map(|(_, ready)| ready.early.map(|early| early.retry_at())).min()
    }
}
