//! The node of a room and the links to its members: takes a batch of inputs, commits what the node says is to be
//! stored, and only then hands out what it says is to be sent. Blocks on the disk; knows no runtime.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use shared::protocol::{ClockTrouble, Config, Event, Member, Node, Output, PeerId, Prepared, Role, StoreOp};
use shared::rules::SignatureBatch;
use shared::state::Job;
use shared::{NodeId, NodeName, Params, Receipt, SignedPayment, Timestamp, decode, encode};
use tracing::{debug, info, warn};

use super::events::Happening;
use super::kept::Kept;
use super::outlets::Outlets;
use super::visit::{Handing, Look, Visit};
use super::{Identity, Input, RoomError, RoomInfo, StoreState};
use crate::outbox::Closing;
use crate::relay::random;
use crate::store::{Change, Store, StoreBodies, StoreError, Uncommitted};
use crate::verify;

/// A turn takes no more inputs once it has this many bytes to send, so that answers to many questions do not pile up.
const TURN_BYTES_MAX: usize = 8 << 20;
/// Of how many bytes of messages the signatures are looked for ahead. What is beyond is verified by the node itself.
const AHEAD_BYTES_MAX: usize = 8 << 20;

/// What is done once the batch is committed.
enum Effect {
    Send { peer: PeerId, bytes: Vec<u8> },
    CutOff { peer: PeerId, receipt: Receipt },
    Ready { peer: PeerId, id: NodeId, name: NodeName },
    Forget(NodeId),
    Hand(Handing),
    Mine(Option<Job>),
    Tell(Happening),
}

/// What a turn works on: the node, the inputs that wait, and the first of them as far as they were looked at.
type Context<'a> = (&'a mut Core, &'a mut VecDeque<Input>, VecDeque<Option<Prepared>>);

/// The node and its links.
pub(super) struct Core {
    store: Arc<Store>,
    node: Node,
    uncommitted: Uncommitted,
    outlets: Outlets,
    kept: Kept,
    // Members that came or went, and were not stored since.
    announced: BTreeMap<NodeId, Member>,
    // Members that have proved who they are.
    members: usize,
    // What was last logged of the time.
    told_clock: Option<ClockTrouble>,
    // What restoring left to be changed in the store, in the first turn.
    due: Vec<Change>,
    // Whether there was a first turn.
    is_awake: bool,
}

impl Core {
    /// Restores the node of a room from the store, which is only read.
    pub(super) fn restore(
        params: &Params,
        store: &Arc<Store>,
        identity: &Identity,
        outlets: Outlets,
    ) -> Result<Self, RoomError> {
        let started = std::time::Instant::now();
        // A node that is restored does not mine.
        outlets.jobs.send_replace(None);
        let room = &params.room;
        let (bodies, uncommitted) = StoreBodies::new(Arc::clone(store), room.clone());
        let config = Config {
            role: Role::Relay,
            name: identity.name.clone(),
            agent: format!("relay {}", env!("CARGO_PKG_VERSION")),
            auto_sync: true,
            address: identity.address,
        };
        let mut node = Node::new(config, params.clone(), identity.key.clone(), random(), Box::new(bodies));
        let invalid = |found: String| RoomError::Restore { room: room.clone(), found };
        let (mut blocks, mut taken) = (0, 0);
        store.read_blocks(room, |pages| {
            for page in pages {
                let page = page?;
                blocks += page.len();
                taken += node.restore(page.into_iter()).map_err(|error| invalid(error.to_string()))?;
            }
            Ok::<(), RoomError>(())
        })?;
        if taken < blocks {
            warn!(%room, stored = blocks, taken, "stored blocks that keep no rule are left out");
        }
        let payments = decode_all::<SignedPayment>(&store.payments(room)?, "payment");
        let members = decode_all::<Member>(&store.members(room)?, "member");
        info!(
            room = %room,
            blocks,
            payments = payments.len(),
            members = members.len(),
            took_ms = started.elapsed().as_millis(),
            "room restored"
        );
        let batch = SignatureBatch::new(payments.clone());
        node.note_verified(&batch, &verify::at_once(batch.clone()));
        node.restore_payments(payments);
        let ids: Vec<NodeId> = members.iter().map(|member| member.id).collect();
        node.restore_members(members);
        let known: BTreeSet<NodeId> = node.members().iter().map(|member| member.id).chain([node.id()]).collect();
        let forgotten = ids.into_iter().filter(|id| !known.contains(id)).map(|id| Change::MemberGone { id });
        let mut forgotten: Vec<Change> = forgotten.collect();
        let (keepers, strangers): (Vec<_>, Vec<_>) =
            store.classic_keepers(room)?.into_iter().partition(|id| known.contains(id));
        forgotten.extend(strangers.into_iter().map(|id| Change::ClassicChainGone { id }));
        outlets.links.restored(node.members());
        Ok(Self {
            store: Arc::clone(store),
            node,
            uncommitted,
            outlets,
            kept: Kept::new(keepers),
            announced: BTreeMap::new(),
            members: 0,
            told_clock: None,
            due: forgotten,
            is_awake: false,
        })
    }

    /// Takes inputs, commits, sends. Inputs that are left are for the next turn.
    ///
    /// # Errors
    /// When the commit failed: nothing of the batch was sent, and this node knows more than the store. It is to be
    /// thrown away.
    pub(super) fn turn(&mut self, waiting: &mut VecDeque<Input>, now: Timestamp) -> Result<(), StoreError> {
        let mut effects = Vec::new();
        let mut changes = std::mem::take(&mut self.due);
        let mut bytes = 0;
        if !self.is_awake || self.node.is_due(now) {
            self.is_awake = true;
            self.node.wake(now);
        }
        let mut context = (&mut *self, waiting, VecDeque::new());
        let look = |(core, waiting, prepared): &mut Context<'_>, push: &mut dyn FnMut(SignatureBatch)| {
            core.prepare(waiting, prepared, push);
        };
        verify::meanwhile(verify::helpers(), &mut context, look, |(core, waiting, prepared), verified| {
            while bytes < TURN_BYTES_MAX
                && let Some(input) = waiting.pop_front()
            {
                let verified = verified.of_next();
                if let Some(prepared) = prepared.pop_front().flatten() {
                    core.node.receive_prepared(prepared, &verified, now);
                } else {
                    effects.extend(core.take(input, now).map(Effect::Hand));
                }
                bytes += core.drain(&mut changes, &mut effects);
            }
        });
        self.drain(&mut changes, &mut effects);
        self.notice_clock(now);
        changes.extend(self.kept.changes(|| self.node.members()));
        self.commit(changes)?;
        self.perform(effects);
        Ok(())
    }

    /// Looks at the first of these inputs, and for the signatures that they will ask for.
    fn prepare(
        &self,
        waiting: &VecDeque<Input>,
        prepared: &mut VecDeque<Option<Prepared>>,
        push: &mut dyn FnMut(SignatureBatch),
    ) {
        let mut bytes_ahead = 0;
        for input in waiting {
            let mut looked_at = None;
            if let Input::Message { peer, bytes, .. } = input {
                bytes_ahead += bytes.len();
                if bytes_ahead > AHEAD_BYTES_MAX {
                    break;
                }
                looked_at = self.node.prepare(*peer, bytes);
            }
            push(looked_at.as_ref().map_or_else(SignatureBatch::default, Prepared::signatures));
            prepared.push_back(looked_at);
        }
    }

    /// When a turn is wanted even without inputs. The first is wanted at once.
    pub(super) fn next_wake(&self) -> Option<Timestamp> {
        if self.is_awake { self.node.next_wake() } else { Some(Timestamp::from_ms(0)) }
    }

    pub(super) fn info(&self) -> RoomInfo {
        RoomInfo {
            tip: self.node.chain().tip(),
            members: self.members,
            mempool: self.node.mempool().len(),
            store: StoreState::Ok,
            clock: self.node.clock_offset(),
        }
    }

    /// Looks at the node, and gives the answer to hand out.
    pub(super) fn look(&self, look: Look) -> Handing {
        look(&self.node)
    }

    /// Takes an input; gives the answer to hand out, if it asks for one.
    fn take(&mut self, input: Input, now: Timestamp) -> Option<Handing> {
        match input {
            Input::Joined { peer, outbox } => {
                self.outlets.links.insert(peer, outbox);
                self.node.peer_joined(peer, now);
            }
            Input::Message { peer, bytes, .. } => self.node.receive(peer, &bytes, now),
            Input::Fault { peer, receipt } => self.node.fault(peer, receipt, now),
            Input::Left { peer } => {
                // From here on requests for the member are answered from what is noted of it: its tip as it is now.
                if let Some(member) = self.node.member_at(peer) {
                    self.outlets.links.note(member);
                }
                if self.outlets.links.remove(peer) {
                    self.node.peer_left(peer, now);
                }
            }
            Input::Keep { id, chain, .. } => self.kept.put(id, chain),
            Input::Visit(Visit::Look(look)) => return Some(look(&self.node)),
            Input::Visit(Visit::Act(act)) => return Some(act(&mut self.node, now)),
        }
        None
    }

    /// Sorts what the node wants into what is stored first and what is done after; says how many bytes are to be sent.
    fn drain(&mut self, changes: &mut Vec<Change>, effects: &mut Vec<Effect>) -> usize {
        let mut sending = 0;
        while let Some(output) = self.node.poll_output() {
            match output {
                Output::Send { peer, bytes } => {
                    sending += bytes.len();
                    effects.push(Effect::Send { peer, bytes });
                }
                Output::CutOff { peer, receipt } => effects.push(Effect::CutOff { peer, receipt }),
                Output::Store(op) => {
                    effects.extend(self.changed_member(&op).map(Effect::Tell));
                    if let StoreOp::MemberGone { id } = &op {
                        effects.push(Effect::Forget(*id));
                        changes.extend(self.kept.forget(*id));
                    }
                    changes.push(change(op));
                }
                Output::Event(event) => {
                    self.notice(&event);
                    if let Event::PeerReady { peer, id, name, .. } = &event {
                        effects.push(Effect::Ready { peer: *peer, id: *id, name: name.clone() });
                    }
                    effects.extend(self.happening(event).map(Effect::Tell));
                }
                Output::Mine(job) => effects.push(Effect::Mine(job)),
            }
        }
        sending
    }

    /// Counts members and logs what happened.
    fn notice(&mut self, event: &Event) {
        let room = self.node.params().room.as_str();
        match event {
            Event::PeerReady { peer, id, .. } => {
                self.members += 1;
                info!(room, peer = peer.0, %id, "member came");
            }
            Event::PeerGone { id, .. } => {
                self.members -= 1;
                info!(room, %id, "member went");
            }
            Event::PeerCutOff { peer, id, receipt } => {
                let id = id.map(|id| id.to_string());
                let Receipt { rule, expected, found } = receipt;
                info!(room, peer = peer.0, id, rule, expected, found, "member cut off");
            }
            Event::BlockRefused { hash, from, receipt } => {
                let from = from.map(|id| id.to_string());
                let Receipt { rule, expected, found } = receipt;
                info!(room, %hash, from, rule, expected, found, "block refused");
            }
            Event::BlockEarly { hash, from, receipt } => {
                let from = from.map(|id| id.to_string());
                let Receipt { rule, expected, found } = receipt;
                info!(room, %hash, from, rule, expected, found, "a block waits for its time");
            }
            Event::PaymentRefused { id, from, receipt } => {
                let from = from.map(|id| id.to_string());
                let Receipt { rule, expected, found } = receipt;
                info!(room, %id, from, rule, expected, found, "payment refused");
            }
            Event::RefusedBy { peer, receipt, .. } => {
                let Receipt { rule, expected, found } = receipt;
                info!(room, peer = peer.0, rule, expected, found, "refused by a member");
            }
            Event::TipChanged { new, left, adopted, .. } => {
                info!(room, height = new.height.as_u64(), hash = %new.hash, left, adopted, "tip");
            }
            // What a payment says is its parties' business.
            Event::PaymentTaken { .. } | Event::PaymentReturned { .. } | Event::PaymentDropped { .. } => {}
            other => debug!(room, event = ?other, "event"),
        }
    }

    /// Logs that something is wrong with the time, and that nothing is any more.
    fn notice_clock(&mut self, now: Timestamp) {
        let room = self.node.params().room.as_str();
        let trouble = self.node.clock_trouble(now);
        let kind = |trouble: &Option<ClockTrouble>| trouble.as_ref().map(std::mem::discriminant);
        if kind(&trouble) == kind(&self.told_clock) {
            return;
        }
        match &trouble {
            Some(trouble) => warn!(room, advice = trouble.advice(), "{trouble}"),
            None => info!(room, "nothing is wrong with the time any more"),
        }
        self.told_clock = trouble;
    }

    /// What of an event others may be told.
    fn happening(&mut self, event: Event) -> Option<Happening> {
        Some(match event {
            Event::TipChanged { old, new, left, adopted, returned, from } => {
                Happening::Tip { old, new, left, adopted, returned, from }
            }
            Event::PaymentTaken { payment, .. } => Happening::PaymentTaken { payment: *payment },
            Event::PaymentReturned { payment } => Happening::PaymentReturned { payment: *payment },
            Event::PaymentDropped { payment, receipt } => Happening::PaymentDropped { payment: *payment, receipt },
            Event::MemberJoined(member) => {
                self.announced.insert(member.id, Member::clone(&member));
                Happening::MemberCame(*member)
            }
            Event::MemberLeft(member) => {
                self.announced.insert(member.id, Member::clone(&member));
                Happening::MemberWent(*member)
            }
            _ => return None,
        })
    }

    /// The member that an operation of the node keeps, if that is news.
    fn changed_member(&mut self, op: &StoreOp) -> Option<Happening> {
        let StoreOp::Member(member) = op else { return None };
        let is_announced = self.announced.remove(&member.id).is_some_and(|announced| announced == *member);
        (!is_announced && member.id != self.node.id()).then(|| Happening::MemberChanged(member.clone()))
    }

    fn commit(&mut self, mut changes: Vec<Change>) -> Result<(), StoreError> {
        changes.extend(self.uncommitted.removals());
        if changes.is_empty() {
            return Ok(());
        }
        self.store.commit(&self.node.params().room, &changes)?;
        self.uncommitted.committed(&changes);
        Ok(())
    }

    fn perform(&self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Send { peer, bytes } => {
                    if let Err(receipt) = self.outlets.links.send(peer, bytes) {
                        info!(
                            peer = peer.0,
                            rule = receipt.rule,
                            expected = receipt.expected,
                            found = receipt.found,
                            "cut off: it does not read"
                        );
                    }
                }
                Effect::CutOff { peer, receipt } => self.outlets.links.close(peer, Closing::broke(&receipt)),
                Effect::Hand(hand) => hand(),
                // Nobody may be mining.
                Effect::Mine(job) => drop(self.outlets.jobs.send_replace(job)),
                Effect::Ready { peer, id, name } => self.outlets.links.ready(peer, id, name),
                Effect::Forget(id) => self.outlets.links.forget(&id),
                Effect::Tell(happening) => {
                    if let Happening::MemberCame(member)
                    | Happening::MemberWent(member)
                    | Happening::MemberChanged(member) = &happening
                    {
                        self.outlets.links.note(member);
                    }
                    self.outlets.events.tell(happening);
                }
            }
        }
    }
}

/// What an operation of the node is in the store. The tip needs no record of its own: it follows from the blocks.
fn change(op: StoreOp) -> Change {
    match op {
        StoreOp::Block { hash, height, bytes } => Change::Block { hash, height, bytes },
        StoreOp::Payment { id, bytes } => Change::Payment { id, bytes },
        StoreOp::PaymentGone { id } => Change::PaymentGone { id },
        StoreOp::Member(member) => Change::Member { id: member.id, bytes: encode(&member) },
        StoreOp::MemberGone { id } => Change::MemberGone { id },
    }
}

/// Decodes records of the store. What cannot be read is left out and said so: a lost payment of the mempool or member is
/// no reason not to start, and both come back with their tabs.
fn decode_all<T: borsh::BorshDeserialize>(records: &[Vec<u8>], what: &str) -> Vec<T> {
    let decoded = records.iter().filter_map(|bytes| match decode(bytes) {
        Ok(value) => Some(value),
        Err(error) => {
            warn!(%error, "a stored {what} is left out");
            None
        }
    });
    decoded.collect()
}
