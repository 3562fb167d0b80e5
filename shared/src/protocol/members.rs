//! Members of a room, found by their ids and by how long they have been away.

use std::collections::{BTreeMap, BTreeSet};

use borsh::{BorshDeserialize, BorshSerialize};

use super::message::{Role, Status};
use crate::state::Tip;
use crate::values::{Address, NodeId, NodeName, Timestamp};

/// A member of the room, as it says itself.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Member {
    /// Who.
    pub id: NodeId,
    /// Its name.
    pub name: NodeName,
    /// Where it would be paid.
    pub address: Address,
    /// What it is.
    pub role: Role,
    /// The end of its chain, as far as the relay has it.
    pub tip: Tip,
    /// Whether it adopts others' blocks as they arrive.
    pub auto_sync: bool,
    /// Whether it is connected.
    pub online: bool,
    /// When the relay last heard that something changed.
    pub seen: Timestamp,
}

impl Member {
    pub(super) fn new(id: NodeId, role: Role, status: &Status, now: Timestamp) -> Self {
        let Status { name, address, tip, auto_sync } = status.clone();
        Self { id, name, address, role, tip, auto_sync, online: true, seen: now }
    }

    pub(super) fn is_same_but_for_when(&self, other: &Self) -> bool {
        *self == Self { seen: self.seen, ..other.clone() }
    }
}

/// Some members.
#[derive(Debug, Default)]
pub(super) struct Members {
    by_id: BTreeMap<NodeId, Member>,
    /// Those who are away, the longest first.
    away: BTreeSet<(Timestamp, NodeId)>,
}

impl Members {
    pub(super) fn len(&self) -> usize {
        self.by_id.len()
    }

    /// In the order of their ids.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Member> {
        self.by_id.values()
    }

    pub(super) fn get(&self, id: &NodeId) -> Option<&Member> {
        self.by_id.get(id)
    }

    /// Those who are away, the longest first.
    pub(super) fn away(&self) -> impl ExactSizeIterator<Item = NodeId> {
        self.away.iter().map(|(_, id)| *id)
    }

    /// Puts a member in the place of what was known of it.
    pub(super) fn insert(&mut self, member: Member) {
        let Member { id, seen, online, .. } = member;
        if let Some(before) = self.by_id.insert(id, member)
            && !before.online
        {
            self.away.remove(&(before.seen, id));
        }
        if !online {
            self.away.insert((seen, id));
        }
    }

    /// Forgets a member; says whether it was known.
    pub(super) fn remove(&mut self, id: &NodeId) -> bool {
        let removed = self.by_id.remove(id);
        if let Some(member) = &removed {
            self.away.remove(&(member.seen, member.id));
        }
        removed.is_some()
    }

    /// None of them is here any more.
    pub(super) fn all_leave(&mut self) {
        for member in self.by_id.values_mut() {
            member.online = false;
            self.away.insert((member.seen, member.id));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{ChainBuilder, address, key};

    fn member(number: u64, seen: u64, online: bool) -> Member {
        Member {
            id: NodeId::of(&key(number).public()),
            name: NodeName::new("ada").expect("a name"),
            address: address(number),
            role: Role::Tab,
            tip: ChainBuilder::easy().chain().tip(),
            auto_sync: true,
            online,
            seen: Timestamp::from_ms(seen),
        }
    }

    #[test]
    fn who_has_been_away_for_longest_is_known_whatever_comes_and_goes() {
        let mut members = Members::default();
        for (number, seen) in [(1, 30), (2, 10), (3, 20)] {
            members.insert(member(number, seen, false));
        }
        let [one, two, three] = [1, 2, 3].map(|number| member(number, 0, true).id);
        assert!(members.away().eq([two, three, one]));
        members.insert(member(2, 40, true));
        assert!(members.away().eq([three, one]), "it is back");
        members.insert(member(3, 50, false));
        assert!(members.away().eq([one, three]), "it was seen again");
        assert!(members.remove(&one) && !members.remove(&one));
        assert!(members.away().eq([three]) && members.len() == 2);
        members.insert(member(2, 40, false));
        assert!(members.away().eq([two, three]), "it went in the moment in which it came");
        members.insert(member(2, 40, true));
        members.all_leave();
        assert!(members.away().eq([two, three]) && members.iter().all(|member| !member.online));
    }
}
