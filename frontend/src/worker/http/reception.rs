//! Where requests arrive: who may ask what, by which rules they are answered, and the log of it all. Pure; what comes of
//! it are [`Deed`]s for the driver.

use std::collections::VecDeque;

use shared::exchange::{Answer, Request, ToMember};
use shared::protocol::{Event, Role};
use shared::tutorial::Call;
use shared::{NodeId, Receipt, Timestamp};

use super::access::{Access, TOKEN_BYTES};
use super::deed::{Deed, GONE, Tab, bounded};
use super::log::RequestLog;
use super::queue::Asker;
use super::relays::{AtRelay, Relays};
use super::sealed::Sealed;
use crate::node::handle::{ClassicCommand, FieldRefusal};
use crate::node::view::{ClassicView, HttpView};
use crate::worker::classic::Classic;
use crate::worker::command::only_in;
use crate::worker::store::Record;

/// The status of a change that nobody may make without the token.
const UNAUTHORIZED: u16 = 401;
/// How many requests may wait until the relay has proved who it is. One that greets sends none before.
const EARLY_MAX: usize = 64;

/// By which rules the room's requests are answered.
#[derive(Clone, Debug)]
pub enum Room {
    /// Tabcoin's own.
    Sealed(Box<Sealed>),
    /// The tutorial's.
    Classic(Box<Classic>),
}

impl Room {
    /// The places of the connected nodes.
    fn nodes(&self) -> Vec<String> {
        match self {
            Self::Sealed(room) => room.nodes(),
            Self::Classic(room) => room.nodes(),
        }
    }

    /// Connects it to these nodes and no others.
    fn connect_only(&mut self, nodes: &[String]) -> Vec<Deed> {
        match self {
            Self::Sealed(room) => {
                room.connect_only(nodes);
                Vec::new()
            }
            Self::Classic(room) => room.connect_only(nodes),
        }
    }
}

/// The tab's reception.
#[derive(Clone, Debug)]
pub struct Reception {
    /// Who may change the tab through the present relay. Until that has proved who it is, no request is looked at, and
    /// this is what was agreed with the one before.
    access: Access,
    relays: Relays,
    is_met: bool,
    /// Requests over a link whose relay has not proved yet who it is.
    early: VecDeque<(u64, Request)>,
    log: RequestLog,
    room: Room,
}

impl Reception {
    /// A reception for a room. `access` holds where no relay was met before.
    pub fn new(relays: Relays, access: Access, mut room: Room) -> Self {
        let access = match relays.latest() {
            Some(at) => {
                room.connect_only(&at.nodes);
                at.access.clone()
            }
            None => access,
        };
        Self { access, relays, is_met: false, early: VecDeque::new(), log: RequestLog::default(), room }
    }

    /// Hears that a relay has proved who it is: what was agreed with this one holds from now on, and `fresh` where it is
    /// a new one. What this tab has set before it met any is for the first.
    pub fn meet(&mut self, id: NodeId, fresh: Access, tab: &mut Tab<'_>) -> Vec<Deed> {
        let is_first = self.relays.latest().is_none();
        let (access, nodes) = if is_first { (self.access.clone(), self.room.nodes()) } else { (fresh, Vec::new()) };
        let at = self.relays.meet(id, || AtRelay { access, nodes });
        self.access = at.access.clone();
        let mut deeds = self.room.connect_only(&at.nodes);
        deeds.insert(0, self.keep_relays());
        self.is_met = true;
        for (link, request) in std::mem::take(&mut self.early) {
            deeds.extend(self.request(link, &request, tab));
        }
        deeds
    }

    /// Hears what the relay says over a link.
    pub fn hear(&mut self, link: u64, frame: ToMember, tab: &mut Tab<'_>) -> Vec<Deed> {
        match frame {
            ToMember::Request(request) if self.is_met => self.request(link, &request, tab),
            ToMember::Request(request) => {
                // Whoever sends more than this is no relay of ours; the sender is told by the relay's own clock.
                if self.early.len() < EARLY_MAX {
                    self.early.push_back((link, request));
                }
                Vec::new()
            }
            ToMember::Cancel { number: cancelled } => self.forget(
                |asker| matches!(asker, Asker::Relay { link: over, number, .. } if (*over, *number) == (link, cancelled)),
                tab,
            ),
            ToMember::Fetched { number, result } => match &mut self.room {
                Room::Sealed(room) => {
                    room.fetched(number, result, tab);
                    Vec::new()
                }
                Room::Classic(room) => room.fetched(number, result, tab.now),
            },
        }
    }

    fn request(&mut self, link: u64, request: &Request, tab: &mut Tab<'_>) -> Vec<Deed> {
        let line = self.log.arrived(request, tab.now);
        let asker = Asker::Relay { link, number: request.number, line };
        let call = Call::parse(request).and_then(|call| match self.access.check(request) {
            Err(receipt) if call.route().is_change() => Err(Answer::refusal(UNAUTHORIZED, &receipt)),
            _ => Ok(call),
        });
        let mut deeds = match (call, &mut self.room) {
            (Err(answer), _) => return vec![Deed::Answer(asker, answer)],
            (Ok(call), Room::Sealed(room)) => room.call(asker, call, request, tab),
            (Ok(call), Room::Classic(room)) => room.call(asker, &call, tab.now.plus_ms(request.within_ms), tab),
        };
        // Before the answer.
        deeds.splice(0..0, self.keep_nodes());
        deeds
    }

    /// Notes that a link is gone: nobody waits for answers over it.
    pub fn link_lost(&mut self, link: u64, tab: &mut Tab<'_>) -> Vec<Deed> {
        self.is_met = false;
        self.early.clear();
        self.forget(|asker| matches!(asker, Asker::Relay { link: over, .. } if *over == link), tab)
    }

    fn forget(&mut self, gone: impl FnMut(&Asker) -> bool, tab: &mut Tab<'_>) -> Vec<Deed> {
        match &mut self.room {
            Room::Sealed(room) => room.forget(gone, tab),
            Room::Classic(room) => room.forget(gone),
        }
    }

    /// Hears what happened in the node.
    pub fn note(&mut self, event: &Event, tab: &mut Tab<'_>) -> Vec<Deed> {
        match (&mut self.room, event) {
            (Room::Sealed(room), event) => room.hear(event, tab),
            (Room::Classic(room), Event::PeerReady { role: Role::Relay, .. }) => room.greeting(),
            (Room::Classic(room), Event::PeerGone { role: Role::Relay, .. }) => room.relay_lost(tab.now),
            (Room::Classic(_), _) => Vec::new(),
        }
    }

    /// Does what is due, and a little of what takes long.
    pub fn wake(&mut self, tab: &mut Tab<'_>) -> Vec<Deed> {
        match &mut self.room {
            Room::Sealed(room) => room.wake(tab),
            Room::Classic(room) => room.wake(tab.now),
        }
    }

    /// Whether [`Reception::wake`] has something to do at once.
    pub fn is_busy(&self) -> bool {
        match &self.room {
            Room::Sealed(room) => room.is_busy(),
            Room::Classic(room) => room.is_busy(),
        }
    }

    /// When [`Reception::wake`] has something to do.
    pub fn next_due(&self) -> Option<Timestamp> {
        match &self.room {
            Room::Sealed(room) => room.next_due(),
            Room::Classic(room) => room.next_due(),
        }
    }

    /// The answer to a request as it is sent, once the log has it; `None` where nobody waits.
    pub fn answered(&mut self, line: u64, answer: Option<Answer>, now: Timestamp) -> Option<Answer> {
        let answer = answer.map(bounded);
        self.log.answered(line, answer.as_ref().map_or(GONE, |answer| answer.status), now);
        answer
    }

    /// Replaces the chain on the page's button.
    pub fn replace(&mut self, tab: &mut Tab<'_>) -> Vec<Deed> {
        match &mut self.room {
            Room::Sealed(room) => room.replace(tab),
            Room::Classic(_) => Vec::new(),
        }
    }

    /// Notes that the owner started or stopped the miner, or that it broke.
    pub fn owner_spoke(&mut self, tab: &Tab<'_>) -> Vec<Deed> {
        match &mut self.room {
            Room::Sealed(room) => room.owner_spoke(tab),
            Room::Classic(_) => Vec::new(),
        }
    }

    /// Notes that the node has another name.
    pub fn renamed(&mut self, name: &str) {
        if let Room::Classic(room) = &mut self.room {
            room.rename(name);
        }
    }

    /// Does something with the classic chain.
    pub fn classic(
        &mut self,
        asker: Asker,
        command: ClassicCommand,
        tab: &Tab<'_>,
    ) -> Result<Vec<Deed>, Vec<FieldRefusal>> {
        match &mut self.room {
            Room::Classic(room) => {
                let mut deeds = room.command(asker, command, tab)?;
                deeds.splice(0..0, self.keep_nodes());
                Ok(deeds)
            }
            Room::Sealed(_) => Err(only_in("a classic room", "a sealed one")),
        }
    }

    /// The classic chain as a JSON array.
    pub fn classic_chain(&self) -> Result<String, Receipt> {
        match &self.room {
            Room::Classic(room) => Ok(room.chain_json()),
            Room::Sealed(_) => Err(Receipt::new("classic chain", "a classic room", "a sealed one")),
        }
    }

    /// The classic chain as the page draws it.
    pub fn classic_view(&mut self) -> Option<ClassicView> {
        match &mut self.room {
            Room::Classic(room) => Some(room.view()),
            Room::Sealed(_) => None,
        }
    }

    /// Lets anybody change the tab, or nobody without the token.
    pub fn set_open(&mut self, open: bool) -> Deed {
        self.access.set_open(open);
        self.keep_access()
    }

    /// Makes a new token of random bytes.
    pub fn renew_token(&mut self, random: [u8; TOKEN_BYTES]) -> Deed {
        self.access.renew(random);
        self.keep_access()
    }

    fn keep_access(&mut self) -> Deed {
        if let Some(at) = self.relays.latest_mut() {
            at.access = self.access.clone();
        }
        self.keep_relays()
    }

    /// Keeps the connected nodes, where they are others than before.
    fn keep_nodes(&mut self) -> Option<Deed> {
        let nodes = self.room.nodes();
        let at = self.relays.latest_mut().filter(|at| at.nodes != nodes)?;
        at.nodes = nodes;
        Some(self.keep_relays())
    }

    fn keep_relays(&self) -> Deed {
        Deed::Keep(Record::Relays, borsh::to_vec(&self.relays).expect("writing to memory does not fail"))
    }

    /// What the page is shown.
    pub fn view(&self, origin: &str) -> HttpView {
        HttpView {
            base: origin.to_owned(),
            token: self.access.token().to_owned(),
            open: self.access.is_open(),
            log: self.log.shown(),
            handled: self.log.handled(),
        }
    }

    /// The addresses under which the relay reaches this node.
    pub fn urls(&self, id: &str, origin: &str) -> Vec<String> {
        super::urls::urls(id, self.access.token(), origin)
    }
}
