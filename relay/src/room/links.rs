//! The members' outboxes, by link. Kept apart from the node, so that they can be told when the node is lost.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use shared::Receipt;
use shared::protocol::PeerId;

use crate::outbox::{Closing, Outbox};

/// The links of a room.
#[derive(Clone, Debug, Default)]
pub(super) struct Links(Arc<Mutex<BTreeMap<PeerId, Arc<Outbox>>>>);

impl Links {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<PeerId, Arc<Outbox>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn insert(&self, peer: PeerId, outbox: Arc<Outbox>) {
        self.lock().insert(peer, outbox);
    }

    /// Whether it was there.
    pub(super) fn remove(&self, peer: PeerId) -> bool {
        self.lock().remove(&peer).is_some()
    }

    /// Queues a message; a link that is gone takes none.
    ///
    /// # Errors
    /// The limit, when the member's queue overflowed.
    pub(super) fn send(&self, peer: PeerId, message: Vec<u8>) -> Result<(), Receipt> {
        let outbox = self.lock().get(&peer).cloned();
        outbox.map_or(Ok(()), |outbox| outbox.push(message))
    }

    pub(super) fn close(&self, peer: PeerId, closing: Closing) {
        if let Some(outbox) = self.lock().get(&peer) {
            outbox.close(closing);
        }
    }

    /// Closes every link, and forgets them.
    pub(super) fn close_all(&self, closing: &Closing) {
        for outbox in std::mem::take(&mut *self.lock()).into_values() {
            outbox.close(closing.clone());
        }
    }
}
