//! What the rooms know of their members, where a request can look at it without a turn of the room.

use std::collections::{BTreeMap, HashMap};

use shared::protocol::Member;
use shared::{NodeId, RoomName};

/// The members of all rooms, as the rooms last told of them. As many as the rooms remember.
#[derive(Debug, Default)]
pub(super) struct Roster(HashMap<NodeId, BTreeMap<RoomName, Member>>);

impl Roster {
    /// Forgets what was known of a room's members, and takes these instead.
    pub(super) fn restored(&mut self, room: &RoomName, members: Vec<Member>) {
        self.0.retain(|_, rooms| {
            rooms.remove(room);
            !rooms.is_empty()
        });
        for member in members {
            self.note(room, &member);
        }
    }

    pub(super) fn note(&mut self, room: &RoomName, member: &Member) {
        self.0.entry(member.id).or_default().insert(room.clone(), member.clone());
    }

    pub(super) fn forget(&mut self, room: &RoomName, id: &NodeId) {
        if let Some(rooms) = self.0.get_mut(id) {
            rooms.remove(room);
            if rooms.is_empty() {
                self.0.remove(id);
            }
        }
    }

    pub(super) fn get(&self, id: &NodeId) -> Option<(RoomName, Member)> {
        let rooms = self.0.get(id)?.iter();
        let (room, member) = rooms.max_by_key(|(_, member)| (member.online, member.seen))?;
        Some((room.clone(), member.clone()))
    }

    pub(super) fn get_in(&self, room: &RoomName, id: &NodeId) -> Option<Member> {
        self.0.get(id)?.get(room).cloned()
    }
}
