//! The world: hosts, links and what happens between them, one event after the other.

mod boot;
mod faults;
pub mod host;
mod link;
pub mod mind;
pub mod net;
mod perform;
pub mod relay;
pub mod tab;
mod work;

use shared::protocol::Node;
use shared::{Params, RoomName, Timestamp};

use self::host::{Host, Process};
use self::net::{ConnId, Delivery, End, Net, Parcel};
use crate::checker::{Checker, Violation};
use crate::plan::{Plan, Room};
use crate::time::{Agenda, Time};
use crate::trace::{Trace, mark};

/// How long after the genesis a run begins, in milliseconds.
const AFTER_GENESIS_MS: u64 = 86_400_000;

/// Something that happens.
#[derive(Debug)]
pub enum Event {
    /// An item of the plan begins.
    Begins(usize),
    /// An item of the plan ends.
    Ends(usize),
    /// A host starts for the first time.
    Starts(usize),
    /// A process tries to open a link.
    Dials {
        /// Whose.
        host: usize,
        /// Of which of its lives.
        life: u64,
        /// Which of its links.
        dial: usize,
    },
    /// Somebody wants to connect.
    Knocks {
        /// To this end.
        at: End,
        /// Of which of the caller's lives.
        life: u64,
    },
    /// A connection is open, and the one who opens it learns of it; or it cannot be opened.
    Answered {
        /// Which.
        conn: ConnId,
        /// Whether it is open.
        is_open: bool,
        /// Of which of the host's lives.
        life: u64,
    },
    /// A parcel arrives.
    Arrives {
        /// Where.
        to: End,
        /// What.
        parcel: Parcel,
    },
    /// A process is to be woken.
    Wakes {
        /// Whose.
        host: usize,
        /// Of which of its lives.
        life: u64,
    },
    /// A miner has found a proof, or has made so many attempts.
    Mines {
        /// Whose.
        host: usize,
        /// Of which of its lives.
        life: u64,
        /// For which job.
        job: u64,
    },
    /// An adversary does something.
    Acts {
        /// Who.
        host: usize,
        /// In which of its lives.
        life: u64,
    },
    /// A write has ended.
    Written {
        /// Whose.
        host: usize,
        /// Of which of its lives.
        life: u64,
    },
    /// A failing store is tried again.
    Retries {
        /// Whose.
        host: usize,
        /// Of which of its lives.
        life: u64,
    },
}

/// A world.
#[derive(Debug)]
pub struct World {
    /// What was planned.
    pub plan: Plan,
    /// The room's parameters.
    pub params: Params,
    /// What a true clock shows at the start.
    pub start: Timestamp,
    /// What time it is.
    pub now: Time,
    /// The hosts, by number.
    pub hosts: Vec<Host>,
    /// The links.
    pub net: Net,
    /// What is to happen.
    pub agenda: Agenda<Event>,
    /// What happened.
    pub trace: Trace,
    /// What must hold.
    pub checker: Checker,
    /// How many events there were.
    pub events: u64,
    /// How many blocks the deepest reorganisation left behind.
    pub deepest: u64,
    /// Whether faults are over and done with.
    pub is_healed: bool,
    /// Whether adversaries that give up have done so.
    pub is_over: bool,
    /// Up to how many blocks from the top the honest must agree now, if they must.
    pub agreed_below: Option<u64>,
    /// How many blocks from the top they disagreed at most, since they must agree.
    pub apart: u64,
    /// Items that are going on.
    going_on: Vec<usize>,
    deliveries: Vec<Delivery>,
}

/// The parameters of a room.
pub fn params(room: Room) -> Params {
    Params {
        room: RoomName::new("sim").expect("letters"),
        interval_ms: room.interval_ms,
        half_life_ms: room.half_life_ms,
        target_limit: room.easiest,
        ..Params::main()
    }
}

impl World {
    /// A world in which nothing has happened.
    pub fn new(plan: Plan, in_words: bool) -> Self {
        let params = params(plan.room);
        let hosts: Vec<Host> =
            plan.hosts.iter().enumerate().map(|(number, host)| Host::new(plan.seed, number, host.clone())).collect();
        let mut agenda = Agenda::default();
        for (number, host) in plan.hosts.iter().enumerate() {
            agenda.put(Time::from_ms(host.starts_ms), Event::Starts(number));
        }
        for (number, item) in plan.items.iter().enumerate() {
            agenda.put(Time::from_ms(item.at_ms), Event::Begins(number));
        }
        Self {
            net: Net::new(plan.seed, &plan.links),
            checker: Checker::new(&params, hosts.len()),
            start: params.genesis_time.plus_ms(AFTER_GENESIS_MS),
            now: Time::START,
            trace: Trace::new(in_words),
            events: 0,
            deepest: 0,
            is_healed: false,
            is_over: false,
            agreed_below: None,
            apart: 0,
            going_on: Vec::new(),
            deliveries: Vec::new(),
            plan,
            params,
            hosts,
            agenda,
        }
    }

    /// Lets things happen until this time.
    ///
    /// # Errors
    /// When something happened that must not.
    pub fn run_until(&mut self, until: Time) -> Result<(), Violation> {
        while self.agenda.next_at().is_some_and(|at| at <= until) {
            let Some((at, event)) = self.agenda.take() else { break };
            self.now = at;
            self.happen(event)?;
        }
        self.now = self.now.max(until);
        Ok(())
    }

    /// What a host's clock shows.
    pub fn clock(&self, host: usize) -> Timestamp {
        self.hosts[host].clock.shows(self.start, self.now)
    }

    fn happen(&mut self, event: Event) -> Result<(), Violation> {
        self.events += 1;
        if let Some(host) = self.host_of(&event) {
            if self.hosts[host].frozen > 0 {
                self.hosts[host].deferred.push_back(event);
                return Ok(());
            }
            self.note(host, &event);
            self.happen_to(host, event)?;
            self.checker.after(self.now, host, &self.hosts[host])?;
            let Some(agreed_below) = self.agreed_below else { return Ok(()) };
            self.apart = self.apart.max(self.checker.close(self.now, host, &self.hosts, agreed_below)?);
            return Ok(());
        }
        match event {
            Event::Begins(item) => self.begin(item),
            Event::Ends(item) => self.end(item),
            Event::Starts(host) => self.boot(host),
            _ => Ok(()),
        }
    }

    /// To whom an event happens, if its process is to take it.
    fn host_of(&self, event: &Event) -> Option<usize> {
        match event {
            Event::Begins(_) | Event::Ends(_) | Event::Starts(_) => None,
            Event::Dials { host, .. }
            | Event::Wakes { host, .. }
            | Event::Acts { host, .. }
            | Event::Mines { host, .. }
            | Event::Written { host, .. }
            | Event::Retries { host, .. } => Some(*host),
            Event::Knocks { at, .. } => Some(self.net.host_at(*at)),
            Event::Answered { conn, .. } => Some(self.net.host_at(End { conn: *conn, side: 0 })),
            Event::Arrives { to, .. } => Some(self.net.host_at(*to)),
        }
    }

    fn note(&mut self, host: usize, event: &Event) {
        let (kind, a, b) = match event {
            Event::Begins(item) => (0, *item as u64, 0),
            Event::Ends(item) => (1, *item as u64, 0),
            Event::Starts(_) => (2, 0, 0),
            Event::Dials { life, dial, .. } => (3, *life, *dial as u64),
            Event::Knocks { at, life } => (4, at.conn.0 as u64, *life),
            Event::Answered { conn, is_open, .. } => (5, conn.0 as u64, u64::from(*is_open)),
            Event::Arrives { to, parcel: Parcel::Message(bytes) } => (6, to.peer().0, mark(bytes)),
            Event::Arrives { to, parcel: Parcel::Gone } => (7, to.peer().0, 0),
            Event::Wakes { life, .. } => (8, *life, 0),
            Event::Mines { life, job, .. } => (9, *life, *job),
            Event::Written { life, .. } => (10, *life, 0),
            Event::Retries { life, .. } => (11, *life, 0),
            Event::Acts { life, .. } => (12, *life, 0),
        };
        self.trace.note(self.now, kind, host, a, b);
    }

    fn happen_to(&mut self, host: usize, event: Event) -> Result<(), Violation> {
        match event {
            Event::Dials { life, dial, .. } if self.lives(host, life) => self.dial(host, dial),
            Event::Knocks { at, life } => self.knock(host, at, life),
            Event::Answered { conn, is_open, life } => self.answered(host, conn, is_open, life),
            Event::Arrives { to, parcel } => self.arrive(host, to, parcel),
            Event::Wakes { life, .. } if self.lives(host, life) => self.wake_due(host),
            Event::Mines { life, job, .. } if self.lives(host, life) => self.mine(host, job),
            Event::Acts { life, .. } if self.lives(host, life) => self.act(host),
            Event::Written { life, .. } if self.lives(host, life) => self.written(host),
            Event::Retries { life, .. } if self.lives(host, life) => self.retry(host),
            _ => Ok(()),
        }
    }

    /// Whether this life of a host's process goes on.
    fn lives(&self, host: usize, life: u64) -> bool {
        self.hosts[host].life == life && self.hosts[host].process.is_some()
    }

    fn process(&mut self, host: usize) -> Option<&mut Process> {
        self.hosts[host].process.as_mut()
    }

    /// Does something with a node, and then what it wants done.
    fn with<T>(&mut self, host: usize, act: impl FnOnce(&mut Node, Timestamp) -> T) -> Result<Option<T>, Violation> {
        let now = self.clock(host);
        let Some(process) = self.process(host) else { return Ok(None) };
        let result = act(&mut process.node, now);
        self.perform(host)?;
        Ok(Some(result))
    }

    /// Puts what the network has taken among what is to happen.
    fn deliver(&mut self) {
        for Delivery { at, to, parcel } in self.deliveries.drain(..) {
            self.agenda.put(at, Event::Arrives { to, parcel });
        }
    }
}
