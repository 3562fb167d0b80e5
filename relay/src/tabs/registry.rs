//! Which member is reached by which link, by its proven id; and what is known of those that are not here.

use std::collections::HashMap;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use shared::protocol::{Member, PeerId};
use shared::{NodeId, NodeName, RoomName};

use super::roster::Roster;
use super::tab::Tab;
use crate::limits::{FETCH_BURST, FETCHES_PER_SECOND, Limits};
use crate::outbox::Outbox;
use crate::pace::Rate;

/// The tabs of all rooms.
#[derive(Debug)]
pub struct Tabs {
    limits: Limits,
    numbers: Arc<AtomicU64>,
    // Read by every request, written when a member comes or goes; never held across an await.
    here: RwLock<Here>,
    roster: RwLock<Roster>,
}

#[derive(Debug, Default)]
struct Here {
    // One in each room where the id is; the one that came last is the one that is asked.
    by_id: HashMap<NodeId, Vec<Arc<Tab>>>,
    by_link: HashMap<(RoomName, PeerId), Arc<Tab>>,
}

impl Here {
    fn forget(&mut self, tab: &Arc<Tab>) {
        self.by_link.remove(&(tab.room.clone(), tab.peer));
        if let Some(tabs) = self.by_id.get_mut(&tab.id) {
            tabs.retain(|other| !Arc::ptr_eq(other, tab));
            if tabs.is_empty() {
                self.by_id.remove(&tab.id);
            }
        }
    }
}

impl Tabs {
    /// Nobody, within these limits.
    pub fn new(limits: &Limits) -> Arc<Self> {
        Arc::new(Self {
            limits: limits.clone(),
            numbers: Arc::new(AtomicU64::new(1)),
            here: RwLock::default(),
            roster: RwLock::default(),
        })
    }

    fn here(&self) -> RwLockReadGuard<'_, Here> {
        self.here.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn here_mut(&self) -> RwLockWriteGuard<'_, Here> {
        self.here.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn roster_mut(&self) -> RwLockWriteGuard<'_, Roster> {
        self.roster.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// A link has proved its id.
    pub(crate) fn ready(&self, room: &RoomName, peer: PeerId, id: NodeId, name: NodeName, outbox: Arc<Outbox>) {
        let fetches = Rate::new(FETCH_BURST, FETCHES_PER_SECOND);
        let numbers = Arc::clone(&self.numbers);
        let tab = Arc::new(Tab::new(id, name, room.clone(), peer, outbox, numbers, &self.limits, fetches));
        let mut here = self.here_mut();
        here.by_id.entry(id).or_default().push(Arc::clone(&tab));
        here.by_link.insert((room.clone(), peer), tab);
    }

    /// A link is gone, if it was here. Requests that wait for it are told at once.
    pub(crate) fn left(&self, room: &RoomName, peer: PeerId) {
        let mut here = self.here_mut();
        let Some(tab) = here.by_link.get(&(room.clone(), peer)).cloned() else { return };
        here.forget(&tab);
        drop(here);
        tab.gone();
    }

    /// All links of a room are gone. Gives those who were there, as they are now.
    pub(crate) fn room_lost(&self, room: &RoomName) -> Vec<Member> {
        let mut here = self.here_mut();
        let tabs: Vec<Arc<Tab>> = here.by_link.values().filter(|tab| tab.room == *room).cloned().collect();
        for tab in &tabs {
            here.forget(tab);
        }
        drop(here);
        let mut members = Vec::with_capacity(tabs.len());
        for tab in tabs {
            tab.gone();
            members.extend(self.member_in(room, &tab.id).map(|member| Member { online: false, ..member }));
        }
        // One that had two links went once.
        members.sort_by_key(|member| member.id);
        members.dedup_by_key(|member| member.id);
        members
    }

    /// The member with this id, if it is here.
    pub(crate) fn get(&self, id: &NodeId) -> Option<Arc<Tab>> {
        self.here().by_id.get(id).and_then(|tabs| tabs.last()).cloned()
    }

    /// The member with this id in this room, if it is here.
    pub(crate) fn get_in(&self, room: &RoomName, id: &NodeId) -> Option<Arc<Tab>> {
        self.here().by_id.get(id)?.iter().find(|tab| tab.room == *room).cloned()
    }

    /// The member at this link, if it has proved its id.
    pub(crate) fn at(&self, room: &RoomName, peer: PeerId) -> Option<Arc<Tab>> {
        self.here().by_link.get(&(room.clone(), peer)).cloned()
    }

    /// Takes over what a room knows of its members.
    pub(crate) fn restored(&self, room: &RoomName, members: Vec<Member>) {
        self.roster_mut().restored(room, members);
    }

    /// A room knows something new of a member.
    pub(crate) fn note(&self, room: &RoomName, member: &Member) {
        self.roster_mut().note(room, member);
    }

    /// A room has forgotten a member.
    pub(crate) fn forget(&self, room: &RoomName, id: &NodeId) {
        self.roster_mut().forget(room, id);
    }

    /// What is known of a member, and in which room: one where it is, or else where it was last.
    pub(crate) fn member(&self, id: &NodeId) -> Option<(RoomName, Member)> {
        self.roster.read().unwrap_or_else(PoisonError::into_inner).get(id)
    }

    /// What is known of a member in this room.
    pub(crate) fn member_in(&self, room: &RoomName, id: &NodeId) -> Option<Member> {
        self.roster.read().unwrap_or_else(PoisonError::into_inner).get_in(room, id)
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;
    use crate::outbox::queued;
    use shared::testing::key;

    fn room(name: &str) -> RoomName {
        RoomName::new(name).expect("letters")
    }

    fn come(tabs: &Tabs, at: &str, peer: u64) -> NodeId {
        let id = NodeId::of(&key(1).public());
        let outbox = Outbox::new(10, 1_000, queued().holder(Ipv4Addr::LOCALHOST.into()));
        tabs.ready(&room(at), PeerId(peer), id, NodeName::from_id(&id), outbox);
        id
    }

    #[test]
    fn of_an_id_in_two_rooms_the_one_that_came_last_is_asked_until_it_goes() {
        let tabs = Tabs::new(&Limits::default());
        let id = come(&tabs, "main", 7);
        come(&tabs, "classic", 7);
        assert_eq!(tabs.get(&id).expect("here").room, room("classic"));
        assert_eq!(tabs.get_in(&room("main"), &id).expect("here").room, room("main"));
        tabs.left(&room("classic"), PeerId(7));
        assert_eq!(tabs.get(&id).expect("here").room, room("main"));
        tabs.left(&room("main"), PeerId(8));
        assert!(tabs.get(&id).is_some(), "another link went");
        tabs.left(&room("main"), PeerId(7));
        assert!(tabs.get(&id).is_none() && tabs.at(&room("main"), PeerId(7)).is_none());
    }

    #[test]
    fn a_room_that_is_lost_takes_its_members_with_it_and_no_others() {
        let tabs = Tabs::new(&Limits::default());
        let id = come(&tabs, "main", 1);
        come(&tabs, "classic", 2);
        tabs.room_lost(&room("classic"));
        assert_eq!(tabs.get(&id).expect("here").room, room("main"));
        assert!(tabs.at(&room("classic"), PeerId(2)).is_none());
    }
}
