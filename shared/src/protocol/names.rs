//! Whose names were whose: what the members of a room were called before, and who is called like somebody who is away.
//!
//! A name proves nothing, and whoever is paid by one is found by more than its last holder. Nothing here is told to peers
//! or kept: it lasts as long as the node runs.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::members::{Member, Members};
use crate::values::{Address, NodeId, NodeName, skeleton};

/// How many former names are remembered, the last of them: as many as a busy room gives up in a day.
const FORMER_NAMES_MAX: usize = 4_096;
/// How many of them may be of one member, so that nobody has others' forgotten by taking one name after the other.
const FORMER_NAMES_OF_ONE_MAX: usize = 8;

/// A name that a member had, or that a member had who is forgotten.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormerName {
    /// Who had it.
    pub id: NodeId,
    /// The name.
    pub name: NodeName,
    /// Where its holder was paid.
    pub address: Address,
}

/// The last names that were given up, the oldest first.
#[derive(Debug, Default)]
pub(super) struct FormerNames(VecDeque<FormerName>);

impl FormerNames {
    pub(super) fn iter(&self) -> impl Iterator<Item = &FormerName> {
        self.0.iter()
    }

    /// Notes what a member was called, where it is called otherwise from now on, is paid elsewhere, or is forgotten.
    pub(super) fn note(&mut self, before: &Member, now: Option<&Member>) {
        if now.is_some_and(|now| now.name == before.name && now.address == before.address) {
            return;
        }
        let former = FormerName { id: before.id, name: before.name.clone(), address: before.address };
        self.0.retain(|known| *known != former);
        let of_one = self.0.iter().filter(|known| known.id == former.id).count();
        if of_one >= FORMER_NAMES_OF_ONE_MAX
            && let Some(oldest) = self.0.iter().position(|known| known.id == former.id)
        {
            self.0.remove(oldest);
        }
        if self.0.len() >= FORMER_NAMES_MAX {
            self.0.pop_front();
        }
        self.0.push_back(former);
    }
}

/// Members by what their names look like, at a relay: of those who are away and share their name with somebody who is
/// here, the one who has been away for longest is told to everybody, however many have left since.
#[derive(Debug, Default)]
pub(super) struct Namesakes {
    by_skeleton: BTreeMap<String, BTreeSet<NodeId>>,
    shadowed: BTreeSet<NodeId>,
}

impl Namesakes {
    /// Whether a member is away, and somebody who is here has its name.
    pub(super) fn is_shadowed(&self, id: &NodeId) -> bool {
        self.shadowed.contains(id)
    }

    /// Notes a member who was restored. All who were are away, so nobody is shadowed yet.
    pub(super) fn restored(&mut self, member: &Member) {
        self.by_skeleton.entry(skeleton(member.name.as_str())).or_default().insert(member.id);
    }

    /// Notes what is known of a member now; says who has become shadowed by that. `before` is what was known.
    pub(super) fn update(
        &mut self,
        members: &Members,
        before: Option<&Member>,
        now: Option<&Member>,
    ) -> Option<NodeId> {
        if let (Some(before), Some(now)) = (before, now)
            && (&before.name, before.online) == (&now.name, now.online)
        {
            return None;
        }
        let key = |member: &Member| (skeleton(member.name.as_str()), member.id);
        let (before, now) = (before.map(key), now.map(key));
        if let Some((skeleton, id)) = before.filter(|before| Some(before) != now.as_ref()) {
            if let Some(ids) = self.by_skeleton.get_mut(&skeleton) {
                ids.remove(&id);
            }
            self.shadowed.remove(&id);
            self.shadow(&skeleton, members);
        }
        let (skeleton, id) = now?;
        self.by_skeleton.entry(skeleton.clone()).or_default().insert(id);
        self.shadow(&skeleton, members)
    }

    /// Finds out who of one name is shadowed; says whom, where that is news.
    fn shadow(&mut self, skeleton: &str, members: &Members) -> Option<NodeId> {
        let ids = self.by_skeleton.get(skeleton)?;
        if ids.is_empty() {
            self.by_skeleton.remove(skeleton);
            return None;
        }
        let known = || ids.iter().filter_map(|id| members.get(id));
        let is_taken = known().any(|member| member.online);
        let longest = known().filter(|member| !member.online).min_by_key(|member| (member.seen, member.id));
        let shadowed = longest.filter(|_| is_taken).map(|member| member.id);
        let was = shadowed.is_some_and(|id| self.shadowed.contains(&id));
        for id in ids {
            self.shadowed.remove(id);
        }
        self.shadowed.extend(shadowed);
        shadowed.filter(|_| !was)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Role;
    use crate::testing::{ChainBuilder, address, key};
    use crate::values::Timestamp;

    fn member(number: u64, name: &str) -> Member {
        Member {
            id: NodeId::of(&key(number).public()),
            name: NodeName::new(name).expect("a name"),
            address: address(number),
            role: Role::Tab,
            tip: ChainBuilder::easy().chain().tip(),
            auto_sync: true,
            online: true,
            seen: Timestamp::from_ms(number),
        }
    }

    #[test]
    fn a_name_is_remembered_when_it_is_given_up_and_with_whoever_is_forgotten() {
        let mut former = FormerNames::default();
        let ada = member(1, "Ada");
        former.note(&ada, Some(&Member { online: false, ..ada.clone() }));
        assert_eq!(former.iter().count(), 0, "it is called the same");
        former.note(&ada, Some(&member(1, "Carol")));
        former.note(&member(2, "Ben"), None);
        let names: Vec<&str> = former.iter().map(|former| former.name.as_str()).collect();
        assert_eq!(names, ["Ada", "Ben"]);
    }

    #[test]
    fn nobody_has_others_names_forgotten_by_taking_one_after_the_other() {
        let mut former = FormerNames::default();
        former.note(&member(1, "Ada"), None);
        for number in 0..100 {
            former.note(&member(2, &format!("name {number}")), Some(&member(2, "another")));
        }
        assert_eq!(former.iter().count(), 1 + FORMER_NAMES_OF_ONE_MAX);
        assert_eq!(former.iter().next().expect("the first").name.as_str(), "Ada");
    }
}
