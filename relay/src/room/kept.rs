//! The classic chains that members of a room have told of, kept so that they can be read when their members have gone.
//!
//! Only which members have one is known here; the chains themselves are in the store. Their number is bounded: of those
//! whose members are away, the one longest away is forgotten first.

use std::collections::{BTreeMap, BTreeSet};

use shared::NodeId;
use shared::protocol::Member;

use crate::limits::CLASSIC_CHAINS_MAX;
use crate::store::Change;

/// Whose chains are kept.
#[derive(Debug)]
pub(super) struct Kept {
    max: usize,
    keepers: BTreeSet<NodeId>,
    // Told of since the last commit; of several by one member the last.
    fresh: BTreeMap<NodeId, String>,
}

impl Kept {
    /// Those whose chains are in the store.
    pub(super) fn new(keepers: impl IntoIterator<Item = NodeId>) -> Self {
        Self { max: CLASSIC_CHAINS_MAX, keepers: keepers.into_iter().collect(), fresh: BTreeMap::new() }
    }

    /// A member's chain is now this.
    pub(super) fn put(&mut self, id: NodeId, chain: String) {
        self.fresh.insert(id, chain);
    }

    /// A member is forgotten, and its chain with it.
    pub(super) fn forget(&mut self, id: NodeId) -> Option<Change> {
        self.fresh.remove(&id);
        self.keepers.remove(&id).then_some(Change::ClassicChainGone { id })
    }

    /// What is to be stored, and what to be forgotten for it. `members` tells all that are known; it is asked only where
    /// there are too many chains.
    pub(super) fn changes(&mut self, members: impl FnOnce() -> Vec<Member>) -> Vec<Change> {
        let fresh = std::mem::take(&mut self.fresh);
        self.keepers.extend(fresh.keys());
        let forgotten = match self.keepers.len().checked_sub(self.max) {
            None | Some(0) => Vec::new(),
            Some(excess) => self.longest_away(&members(), &fresh, excess),
        };
        for id in &forgotten {
            self.keepers.remove(id);
        }
        let stored = fresh.into_iter().filter(|(id, _)| !forgotten.contains(id));
        let stored: Vec<Change> = stored.map(|(id, chain)| Change::ClassicChain { id, chain }).collect();
        forgotten.iter().map(|id| Change::ClassicChainGone { id: *id }).chain(stored).collect()
    }

    /// So many whose chains are not worth keeping: those nobody knows first, then those longest away, and then those
    /// that are here and could tell of theirs again.
    fn longest_away(&self, members: &[Member], fresh: &BTreeMap<NodeId, String>, excess: usize) -> Vec<NodeId> {
        let known: BTreeMap<NodeId, &Member> = members.iter().map(|member| (member.id, member)).collect();
        let mut keepers: Vec<NodeId> = self.keepers.iter().copied().collect();
        keepers.sort_by_key(|id| {
            let member = known.get(id);
            let is_here = member.is_some_and(|member| member.online);
            (fresh.contains_key(id), is_here, member.map(|member| member.seen))
        });
        keepers.truncate(excess);
        keepers
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::protocol::Role;
    use shared::state::Chain;
    use shared::testing::{ChainBuilder, address};
    use shared::{NodeName, Timestamp};

    fn id(number: u8) -> NodeId {
        NodeId::from_bytes([number; 16])
    }

    fn member(number: u8, online: bool, seen: u64) -> Member {
        let chain: Chain = ChainBuilder::easy().chain();
        Member {
            id: id(number),
            name: NodeName::from_id(&id(number)),
            address: address(1),
            role: Role::Tab,
            tip: chain.tip(),
            auto_sync: true,
            online,
            seen: Timestamp::from_ms(seen),
        }
    }

    fn keep(number: u8) -> Change {
        Change::ClassicChain { id: id(number), chain: "[]".to_owned() }
    }

    #[test]
    fn of_several_chains_by_one_member_the_last_is_stored() {
        let mut kept = Kept::new([]);
        kept.put(id(1), "[1]".to_owned());
        kept.put(id(1), "[]".to_owned());
        assert_eq!(kept.changes(Vec::new), [keep(1)]);
        assert_eq!(kept.changes(Vec::new), []);
        assert_eq!(kept.forget(id(1)), Some(Change::ClassicChainGone { id: id(1) }));
        assert_eq!(kept.forget(id(1)), None);
    }

    #[test]
    fn one_too_many_has_the_one_longest_away_forgotten() {
        let mut kept = Kept { max: 3, ..Kept::new([id(1), id(2), id(3)]) };
        let members = || vec![member(1, true, 1), member(2, false, 7), member(3, false, 5)];
        kept.put(id(4), "[]".to_owned());
        assert_eq!(kept.changes(members), [Change::ClassicChainGone { id: id(3) }, keep(4)]);
        kept.put(id(5), "[]".to_owned());
        assert_eq!(kept.changes(members), [Change::ClassicChainGone { id: id(4) }, keep(5)], "nobody knows 4");
    }
}
