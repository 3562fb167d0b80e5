//! The members of the room: gathered by the relay from what each says of itself, told to all.
//!
//! Nothing of consensus rests on it. A relay tells a member's tip only once it has that chain itself, verified, so that
//! whoever is told of a chain can ask for it; to whom it is told it is a claim all the same.

use std::collections::{BTreeMap, BTreeSet};

use borsh::{BorshDeserialize, BorshSerialize};

use super::fault::PeerError;
use super::limits::{ABSENT_KEPT_MAX, ABSENT_TOLD_MAX, MEMBERS_MAX, ROSTER_MAX, ROSTER_MS};
use super::message::{Message, Role, Status};
use super::node::Node;
use super::output::{Event, Output, StoreOp};
use super::peer::PeerId;
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
    fn new(id: NodeId, role: Role, status: &Status, now: Timestamp) -> Self {
        let Status { name, address, tip, auto_sync } = status.clone();
        Self { id, name, address, role, tip, auto_sync, online: true, seen: now }
    }

    fn is_same_but_for_when(&self, other: &Self) -> bool {
        *self == Self { seen: self.seen, ..other.clone() }
    }
}

/// The members that are known, and what is still to be told of them.
#[derive(Debug, Default)]
pub(super) struct Roster {
    members: BTreeMap<NodeId, Member>,
    /// Changed since members were last told.
    changed: BTreeSet<NodeId>,
    /// Forgotten since members were last told.
    gone: Vec<NodeId>,
    /// When members are told.
    flush_at: Option<Timestamp>,
    /// Members that this node's owner wants asked even while they are away.
    pinned: BTreeSet<NodeId>,
}

impl Roster {
    pub(super) fn iter(&self) -> impl Iterator<Item = &Member> {
        self.members.values()
    }

    pub(super) fn get(&self, id: &NodeId) -> Option<&Member> {
        self.members.get(id)
    }

    pub(super) fn pin(&mut self, id: NodeId) {
        self.pinned.insert(id);
    }

    pub(super) fn is_pinned(&self, id: &NodeId) -> bool {
        self.pinned.contains(id)
    }

    pub(super) fn flush_at(&self) -> Option<Timestamp> {
        self.flush_at
    }

    pub(super) fn restore(&mut self, members: impl IntoIterator<Item = Member>) {
        let away = members.into_iter().map(|member| (member.id, Member { online: false, ..member }));
        self.members.extend(away);
        self.forget_the_longest_away();
        self.gone.clear();
    }

    /// Notes a member; says whether anything about it is new.
    fn put(&mut self, member: Member) -> bool {
        if self.get(&member.id).is_some_and(|known| known.is_same_but_for_when(&member)) {
            return false;
        }
        self.gone.retain(|gone| *gone != member.id);
        self.changed.insert(member.id);
        self.members.insert(member.id, member);
        true
    }

    /// Makes room for one more in what a tab remembers, if there is a member who is away to forget.
    fn has_room_for(&mut self, id: &NodeId) -> bool {
        if self.members.len() < ROSTER_MAX || self.members.contains_key(id) {
            return true;
        }
        let away = self.members.values().filter(|member| !member.online && !self.pinned.contains(&member.id));
        let Some(longest) = away.min_by_key(|member| member.seen).map(|member| member.id) else { return false };
        self.members.remove(&longest);
        true
    }

    /// Keeps at most [`ABSENT_KEPT_MAX`] members who are away.
    fn forget_the_longest_away(&mut self) {
        let mut away: Vec<_> =
            self.members.values().filter(|member| !member.online).map(|member| (member.seen, member.id)).collect();
        let Some(excess) = away.len().checked_sub(ABSENT_KEPT_MAX).filter(|excess| *excess > 0) else { return };
        away.sort_unstable();
        for (_, id) in away.into_iter().take(excess) {
            self.members.remove(&id);
            self.changed.remove(&id);
            self.gone.push(id);
        }
    }

    /// All that a newcomer is told: who is here, and who was here last.
    fn for_a_newcomer(&self) -> Vec<Member> {
        let (mut told, mut away): (Vec<_>, Vec<_>) = self.members.values().cloned().partition(|member| member.online);
        away.sort_unstable_by_key(|member| std::cmp::Reverse(member.seen));
        away.truncate(ABSENT_TOLD_MAX);
        told.extend(away);
        told
    }
}

impl Node {
    /// A relay's own node is a member too.
    pub(super) fn roster_self(&mut self, now: Timestamp) {
        if self.role() == Role::Relay {
            let member = Member::new(self.id(), Role::Relay, &self.status(), now);
            self.roster_put(member, now);
        }
    }

    fn roster_put(&mut self, member: Member, now: Timestamp) {
        if self.roster.put(member) {
            self.roster_flush_soon(now);
        }
    }

    /// A relay notes what a peer says of itself.
    pub(super) fn roster_note(&mut self, id: NodeId, role: Role, status: &Status, now: Timestamp) {
        if self.role() != Role::Relay {
            return;
        }
        let known = self.roster.get(&id).map(|known| (known.online, known.tip));
        let last = known.map(|(_, tip)| tip).filter(|tip| self.chain.is_complete(&tip.hash));
        let genesis = self.chain.genesis_hash();
        let shown = if self.chain.is_complete(&status.tip.hash) {
            status.tip.hash
        } else {
            last.map_or(genesis, |tip| tip.hash)
        };
        let tip = self.chain.tip_of(&shown).expect("a complete block is known");
        let member = Member { tip, ..Member::new(id, role, status, now) };
        if known.is_none_or(|(online, _)| !online) {
            self.put_event(Event::MemberJoined(Box::new(member.clone())));
        }
        self.roster_put(member, now);
    }

    /// A relay has more of the chains that its peers claim to be on.
    pub(super) fn roster_follow(&mut self, now: Timestamp) {
        if self.role() != Role::Relay {
            return;
        }
        let behind: Vec<Member> = self
            .ready_peers()
            .filter_map(|(_, ready)| {
                let known = self.roster.get(&ready.id)?;
                let claimed = ready.status.tip.hash;
                let is_news = known.tip.hash != claimed && self.chain.is_complete(&claimed);
                is_news.then(|| Some(Member { tip: self.chain.tip_of(&claimed)?, seen: now, ..known.clone() }))?
            })
            .collect();
        for member in behind {
            self.roster_put(member, now);
        }
    }

    /// A relay notes that a peer has gone.
    pub(super) fn roster_absent(&mut self, id: NodeId, now: Timestamp) {
        if self.role() != Role::Relay {
            return;
        }
        if let Some(known) = self.roster.get(&id).filter(|known| known.online) {
            let member = Member { online: false, seen: now, ..known.clone() };
            self.put_event(Event::MemberLeft(Box::new(member.clone())));
            self.roster_put(member, now);
            self.roster.forget_the_longest_away();
        }
    }

    fn roster_flush_soon(&mut self, now: Timestamp) {
        if self.roster.flush_at.is_none() {
            let at = now.plus_ms(ROSTER_MS);
            self.roster.flush_at = Some(at);
            self.alarm(at);
        }
    }

    /// Tells a newcomer of all members.
    pub(super) fn roster_introduce(&mut self, peer: PeerId) {
        if self.role() == Role::Relay {
            for members in self.roster.for_a_newcomer().chunks(MEMBERS_MAX) {
                self.send(peer, &Message::Members { changed: members.to_vec(), left: Vec::new() });
            }
        }
    }

    /// Tells and keeps at once what has changed among the members: a relay that stops has no later.
    pub fn flush_members(&mut self) {
        if let Some(at) = self.roster.flush_at {
            self.roster_flush(at);
        }
    }

    /// Tells all members what has changed among them, and keeps it.
    pub(super) fn roster_flush(&mut self, now: Timestamp) {
        if self.roster.flush_at.is_none_or(|at| at > now) {
            return;
        }
        self.roster.flush_at = None;
        let changed = std::mem::take(&mut self.roster.changed);
        let changed: Vec<Member> = changed.iter().filter_map(|id| self.roster.get(id).cloned()).collect();
        for member in changed.iter().filter(|member| member.role == Role::Tab) {
            self.put(Output::Store(StoreOp::Member(member.clone())));
        }
        let mut gone = std::mem::take(&mut self.roster.gone);
        for id in &gone {
            self.put(Output::Store(StoreOp::MemberGone { id: *id }));
        }
        for members in changed.chunks(MEMBERS_MAX) {
            self.broadcast(&Message::Members { changed: members.to_vec(), left: Vec::new() });
        }
        while !gone.is_empty() {
            let left = gone.split_off(gone.len().saturating_sub(MEMBERS_MAX));
            self.broadcast(&Message::Members { changed: Vec::new(), left });
        }
    }

    /// A member listens to what the relay tells of the others.
    pub(super) fn on_members(
        &mut self,
        peer: PeerId,
        changed: Vec<Member>,
        left: Vec<NodeId>,
    ) -> Result<(), PeerError> {
        if self.ready(peer).role != Role::Relay || self.role() == Role::Relay {
            return Err(PeerError::NotRelay);
        }
        PeerError::check_count("members", changed.len() + left.len(), MEMBERS_MAX)?;
        for id in left {
            self.roster.members.remove(&id);
        }
        for member in changed {
            if member.id == self.id() {
                continue;
            }
            let was_online = self.roster.get(&member.id).is_some_and(|known| known.online);
            if member.role == Role::Tab && member.online != was_online {
                let event = if member.online { Event::MemberJoined } else { Event::MemberLeft };
                self.put_event(event(Box::new(member.clone())));
            }
            if self.roster.has_room_for(&member.id) {
                self.roster.members.insert(member.id, member);
            }
        }
        Ok(())
    }

    /// Without the relay nobody knows who is there.
    pub(super) fn roster_lost(&mut self) {
        for member in self.roster.members.values_mut() {
            member.online = false;
        }
    }
}
