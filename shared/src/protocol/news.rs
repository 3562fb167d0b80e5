//! What is still to be told of the room's members, to whom, and how fast.
//!
//! Every change has a number, and of each member only the last one counts; a peer is known by the number up to which it
//! was told. So a peer who comes and one who lags get what they lack and nothing twice, and changes that follow each
//! other quickly are told as one.

use std::collections::{BTreeMap, BTreeSet};

use super::limits::{ABSENT_KEPT_MAX, ABSENT_TOLD_MAX, MEMBERS_MAX, ROSTER_BYTES, ROSTER_MS};
use super::members::Members;
use super::message::Message;
use super::names::Namesakes;
use super::peer::PeerId;
use crate::values::{NodeId, Timestamp};

/// The changes among the members, each member's last.
#[derive(Debug, Default)]
pub(super) struct News {
    last: u64,
    changes: BTreeMap<u64, NodeId>,
    numbers: BTreeMap<NodeId, u64>,
    /// The changes that are members forgotten.
    forgotten: BTreeSet<u64>,
}

/// How much of it a peer was told.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Told {
    up_to: u64,
    /// The last change when it came: it never knew who was forgotten before.
    since: u64,
    /// Members who were away when it came are told from this change on.
    away_from: u64,
}

impl News {
    /// A member is new or has changed.
    pub(super) fn changed(&mut self, id: NodeId) {
        self.supersede(&id);
        self.last += 1;
        self.changes.insert(self.last, id);
        self.numbers.insert(id, self.last);
    }

    /// A member is forgotten.
    pub(super) fn forgotten(&mut self, id: NodeId) {
        self.changed(id);
        self.forgotten.insert(self.last);
        // Whoever lags so far behind goes on to know a member who is away.
        if self.forgotten.len() > ABSENT_KEPT_MAX
            && let Some(oldest) = self.forgotten.first().and_then(|number| self.changes.get(number)).copied()
        {
            self.supersede(&oldest);
        }
    }

    fn supersede(&mut self, id: &NodeId) {
        if let Some(number) = self.numbers.remove(id) {
            self.changes.remove(&number);
            self.forgotten.remove(&number);
        }
    }

    /// Where a peer begins that comes now: with who is here, and who was here last.
    pub(super) fn for_a_newcomer(&self, members: &Members) -> Told {
        let is_away = |id: &NodeId| members.get(id).is_some_and(|member| !member.online);
        let mut away = self.changes.iter().rev().filter(|(_, id)| is_away(id));
        let away_from = away.nth(ABSENT_TOLD_MAX - 1).map_or(0, |(number, _)| *number);
        Told { up_to: 0, since: self.last, away_from }
    }

    /// Whether there is something that a peer was not told.
    pub(super) fn is_more_than(&self, told: &Told) -> bool {
        told.up_to < self.last
    }

    /// The next that a peer is told, as much as one message holds, if it is anything; and how much it then was told. Who is
    /// away and has a namesake here is told whenever it left, so that nobody takes the one for the other.
    pub(super) fn after(&self, told: &Told, members: &Members, namesakes: &Namesakes) -> (Option<Message>, Told) {
        let (mut changed, mut left) = (Vec::new(), Vec::new());
        for (number, id) in self.changes.range(told.up_to + 1..) {
            match members.get(id) {
                Some(member) if member.online || *number >= told.away_from || namesakes.is_shadowed(id) => {
                    changed.push(member.clone());
                }
                None if *number > told.since => left.push(*id),
                _ => {}
            }
            if changed.len() + left.len() == MEMBERS_MAX {
                return (Some(Message::Members { changed, left }), Told { up_to: *number, ..*told });
            }
        }
        let is_any = !(changed.is_empty() && left.is_empty());
        (is_any.then_some(Message::Members { changed, left }), Told { up_to: self.last, ..*told })
    }
}

/// How fast members are told of each other: all of them together, so that a full room does not fill the relay's link, nor
/// the queues of those who read slowly.
#[derive(Debug, Default)]
pub(super) struct Pace {
    since: Timestamp,
    spent: usize,
    /// Who was told last. After it the others come first.
    pub(super) last: Option<PeerId>,
}

impl Pace {
    /// Whether more may be told now.
    pub(super) fn allows(&mut self, now: Timestamp) -> bool {
        if now.ms_since(self.since) >= ROSTER_MS {
            (self.since, self.spent) = (now, 0);
        }
        self.spent < ROSTER_BYTES
    }

    /// The clock was set back.
    pub(super) fn set_back(&mut self, ms: u64) {
        self.since = self.since.minus_ms(ms);
    }

    pub(super) fn spend(&mut self, bytes: usize) {
        self.spent += bytes;
    }
}
