//! The members' outboxes, by link. Kept apart from the node, so that they can be told when the node is lost.
//!
//! Here, too, [`Tabs`] is told who is at which link, and what is known of members: HTTP finds them by it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use shared::protocol::{Member, PeerId};
use shared::{NodeId, NodeName, Receipt, RoomName};

use crate::outbox::{Closing, Outbox};
use crate::tabs::Tabs;

/// The links of a room.
#[derive(Clone, Debug)]
pub(super) struct Links {
    room: RoomName,
    outboxes: Arc<Mutex<BTreeMap<PeerId, Arc<Outbox>>>>,
    tabs: Arc<Tabs>,
}

impl Links {
    pub(super) fn new(room: RoomName, tabs: Arc<Tabs>) -> Self {
        Self { room, outboxes: Arc::default(), tabs }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<PeerId, Arc<Outbox>>> {
        self.outboxes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn insert(&self, peer: PeerId, outbox: Arc<Outbox>) {
        self.lock().insert(peer, outbox);
    }

    /// A link has proved its id. One that is gone already is not told of.
    pub(super) fn ready(&self, peer: PeerId, id: NodeId, name: NodeName) {
        let outbox = self.lock().get(&peer).cloned();
        if let Some(outbox) = outbox {
            self.tabs.ready(&self.room, peer, id, name, outbox);
        }
    }

    /// What a store knew of the members.
    pub(super) fn restored(&self, members: Vec<Member>) {
        self.tabs.restored(&self.room, members);
    }

    /// Something of a member has changed.
    pub(super) fn note(&self, member: &Member) {
        self.tabs.note(&self.room, member);
    }

    /// A member was forgotten.
    pub(super) fn forget(&self, id: &NodeId) {
        self.tabs.forget(&self.room, id);
    }

    /// Whether it was there.
    pub(super) fn remove(&self, peer: PeerId) -> bool {
        self.tabs.left(&self.room, peer);
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
        self.tabs.left(&self.room, peer);
        if let Some(outbox) = self.lock().get(&peer) {
            outbox.close(closing);
        }
    }

    /// Closes every link, and forgets them. Gives the members that were there.
    pub(super) fn close_all(&self, closing: &Closing) -> Vec<Member> {
        for outbox in std::mem::take(&mut *self.lock()).into_values() {
            outbox.close(closing.clone());
        }
        self.tabs.room_lost(&self.room)
    }
}
