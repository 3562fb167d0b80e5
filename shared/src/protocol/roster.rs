//! The members of the room: gathered by the relay from what each says of itself, told to all.
//!
//! Nothing of consensus rests on it. A relay tells a member's tip only once it has that chain itself, verified, so that
//! whoever is told of a chain can ask for it; to whom it is told it is a claim all the same.

use std::collections::BTreeSet;

use super::fault::PeerError;
use super::limits::{ABSENT_KEPT_MAX, MEMBERS_MAX, ROSTER_MAX, ROSTER_MS};
use super::members::{Member, Members};
use super::message::{Role, Status};
use super::names::{FormerName, FormerNames, Namesakes};
use super::news::{News, Pace};
use super::node::Node;
use super::output::{Event, Output, StoreOp};
use super::peer::{PeerId, Ready};
use crate::values::{NodeId, Timestamp};

/// The members that are known, and what is still to be told of them.
#[derive(Debug, Default)]
pub(super) struct Roster {
    members: Members,
    /// Changed since members were last kept.
    changed: BTreeSet<NodeId>,
    /// Forgotten since members were last kept.
    gone: Vec<NodeId>,
    /// When changes are kept and told.
    flush_at: Option<Timestamp>,
    /// What peers are still to be told.
    news: News,
    /// How fast they are told.
    pace: Pace,
    /// Members that this node's owner wants asked even while they are away.
    pinned: BTreeSet<NodeId>,
    /// What members were called before.
    former: FormerNames,
    /// At a relay: who is called like somebody who is away.
    namesakes: Namesakes,
}

impl Roster {
    pub(super) fn iter(&self) -> impl Iterator<Item = &Member> {
        self.members.iter()
    }

    pub(super) fn get(&self, id: &NodeId) -> Option<&Member> {
        self.members.get(id)
    }

    pub(super) fn former_names(&self) -> impl Iterator<Item = &FormerName> {
        self.former.iter()
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

    /// The clock was set back.
    pub(super) fn set_back(&mut self, ms: u64) {
        self.flush_at = self.flush_at.map(|at| at.minus_ms(ms));
        self.pace.set_back(ms);
    }

    pub(super) fn restore(&mut self, members: impl IntoIterator<Item = Member>) {
        members.into_iter().for_each(|member| self.members.insert(Member { online: false, ..member }));
        self.forget_the_longest_away();
        self.gone.clear();
        self.members.iter().for_each(|member| self.namesakes.restored(member));
        // In the order in which they went.
        let mut ids: Vec<_> = self.members.iter().map(|member| (member.seen, member.id)).collect();
        ids.sort_unstable();
        self.news = News::default();
        ids.into_iter().for_each(|(_, id)| self.news.changed(id));
    }

    /// Notes a member; says whether anything about it is new.
    fn put(&mut self, member: Member) -> bool {
        let before = self.get(&member.id).cloned();
        if before.as_ref().is_some_and(|known| known.is_same_but_for_when(&member)) {
            return false;
        }
        self.gone.retain(|gone| *gone != member.id);
        self.changed.insert(member.id);
        self.news.changed(member.id);
        self.note(member.clone());
        if let Some(shadowed) = self.namesakes.update(&self.members, before.as_ref(), Some(&member)) {
            // Those who came after it had left for long were never told of it.
            self.news.changed(shadowed);
        }
        true
    }

    /// Puts a member in the place of what was known of it, and remembers what it was called.
    fn note(&mut self, member: Member) {
        if let Some(before) = self.members.get(&member.id) {
            self.former.note(before, Some(&member));
        }
        self.members.insert(member);
    }

    /// Forgets a member, and remembers what it was called.
    fn forget(&mut self, id: &NodeId) -> bool {
        if let Some(before) = self.members.get(id) {
            self.former.note(before, None);
        }
        self.members.remove(id)
    }

    /// Makes room for one more in what a tab remembers, if there is a member who is away to forget.
    fn has_room_for(&mut self, id: &NodeId) -> bool {
        if self.members.len() < ROSTER_MAX || self.members.get(id).is_some() {
            return true;
        }
        let longest = self.members.away().find(|id| !self.pinned.contains(id));
        longest.is_some_and(|longest| self.forget(&longest))
    }

    /// Keeps at most [`ABSENT_KEPT_MAX`] members who are away.
    fn forget_the_longest_away(&mut self) {
        let excess = self.members.away().len().saturating_sub(ABSENT_KEPT_MAX);
        let forgotten: Vec<NodeId> = self.members.away().take(excess).collect();
        for id in forgotten {
            let before = self.get(&id).cloned();
            self.forget(&id);
            self.namesakes.update(&self.members, before.as_ref(), None);
            self.changed.remove(&id);
            self.news.forgotten(id);
            self.gone.push(id);
        }
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

    /// Tells a newcomer of the members, at once where the pace allows it.
    pub(super) fn roster_introduce(&mut self, peer: PeerId, now: Timestamp) {
        if self.role() != Role::Relay {
            return;
        }
        self.ready_mut(peer).roster_told = self.roster.news.for_a_newcomer(&self.roster.members);
        if self.roster.pace.allows(now) {
            self.roster_tell(peer);
        }
        self.roster_flush_soon(now);
    }

    /// Tells a peer what it lacks, in one message.
    fn roster_tell(&mut self, peer: PeerId) {
        let (message, told) =
            self.roster.news.after(&self.ready(peer).roster_told, &self.roster.members, &self.roster.namesakes);
        self.ready_mut(peer).roster_told = told;
        if let Some(message) = message {
            let bytes = self.send(peer, &message);
            self.roster.pace.spend(bytes);
        }
    }

    /// Tells and keeps at once what has changed among the members: a relay that stops has no later.
    pub fn flush_members(&mut self) {
        if let Some(at) = self.roster.flush_at {
            self.roster_flush(at);
        }
    }

    /// Keeps what has changed among the members, and tells it to as many as the pace allows; the others are next.
    pub(super) fn roster_flush(&mut self, now: Timestamp) {
        if self.roster.flush_at.is_none_or(|at| at > now) {
            return;
        }
        self.roster.flush_at = None;
        for id in std::mem::take(&mut self.roster.changed) {
            if let Some(member) = self.roster.get(&id).filter(|member| member.role != Role::Relay) {
                self.put(Output::Store(StoreOp::Member(member.clone())));
            }
        }
        for id in std::mem::take(&mut self.roster.gone) {
            self.put(Output::Store(StoreOp::MemberGone { id }));
        }
        let lacks = |ready: &Ready| self.roster.news.is_more_than(&ready.roster_told);
        let mut lacking: Vec<PeerId> =
            self.ready_peers().filter(|(_, ready)| lacks(ready)).map(|(peer, _)| peer).collect();
        let last = self.roster.pace.last;
        let first = lacking.partition_point(|peer| Some(*peer) <= last);
        lacking.rotate_left(first);
        for peer in lacking {
            if !self.roster.pace.allows(now) {
                break;
            }
            self.roster_tell(peer);
            self.roster.pace.last = Some(peer);
        }
        if self.ready_peers().any(|(_, ready)| self.roster.news.is_more_than(&ready.roster_told)) {
            self.roster_flush_soon(now);
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
            self.roster.forget(&id);
        }
        for member in changed {
            if member.id == self.id() {
                continue;
            }
            let was_online = self.roster.get(&member.id).is_some_and(|known| known.online);
            if member.role != Role::Relay && member.online != was_online {
                let event = if member.online { Event::MemberJoined } else { Event::MemberLeft };
                self.put_event(event(Box::new(member.clone())));
            }
            self.taken_by(&member.tip);
            if self.roster.has_room_for(&member.id) {
                self.roster.note(member);
            }
        }
        Ok(())
    }

    /// Without the relay nobody knows who is there.
    pub(super) fn roster_lost(&mut self) {
        self.roster.members.all_leave();
    }
}
