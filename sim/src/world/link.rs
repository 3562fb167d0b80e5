//! How links are opened, and what arrives over them.

use super::host::{DialState, Shell};
use super::net::{ConnId, End, Parcel};
use super::relay::Input;
use super::{Event, World};
use crate::checker::Violation;

/// How long a connection may take to open, in milliseconds: as in a tab.
const OPEN_MS: u64 = 10_000;

impl World {
    pub(super) fn dial(&mut self, host: usize, dial: usize) -> Result<(), Violation> {
        let (now, life) = (self.now, self.hosts[host].life);
        let Some(process) = self.hosts[host].process.as_mut() else { return Ok(()) };
        let dial = &mut process.dials[dial];
        if dial.state != DialState::Down {
            return Ok(());
        }
        let conn = self.net.connect(dial.link);
        dial.state = DialState::Opening(conn);
        let link = &mut self.net.links[dial.link];
        if link.is_whole() {
            let at = now.plus_us(link.delay_us(0));
            self.agenda.put(at, Event::Knocks { at: End { conn, side: 1 }, life });
        }
        self.agenda.put(now.plus_ms(OPEN_MS), Event::Answered { conn, is_open: false, life });
        Ok(())
    }

    /// Somebody connects to a host.
    pub(super) fn knock(&mut self, host: usize, end: End, life: u64) -> Result<(), Violation> {
        let link = self.net.link_of(end.conn);
        let at = self.now.plus_us(self.net.links[link].delay_us(1));
        let is_open = match self.process(host) {
            None => false,
            Some(process) => !matches!(&process.shell, Shell::Relay(relay) if relay.is_failing),
        };
        self.agenda.put(at, Event::Answered { conn: end.conn, is_open, life });
        if !is_open {
            return Ok(());
        }
        self.net.open(end, self.now);
        self.net.answers_at(end, at);
        self.join(host, end)
    }

    /// The one who dialled learns what came of it.
    pub(super) fn answered(&mut self, host: usize, conn: ConnId, is_open: bool, life: u64) -> Result<(), Violation> {
        let end = End { conn, side: 0 };
        let is_awaited = self.lives(host, life)
            && self
                .process(host)
                .is_some_and(|process| process.dials.iter().any(|dial| dial.state == DialState::Opening(conn)));
        if !is_awaited {
            // It took too long: nobody waits for it any more.
            if is_open && self.net.is_open(end.other()) && !self.net.is_open(end) {
                self.reset(end);
            }
            return Ok(());
        }
        if !is_open {
            self.dial_again(host, conn);
            return Ok(());
        }
        self.net.open(end, self.now);
        if let Some(process) = self.process(host)
            && let Some(dial) = process.dials.iter_mut().find(|dial| dial.state == DialState::Opening(conn))
        {
            dial.state = DialState::Open(conn);
        }
        self.join(host, end)
    }

    fn join(&mut self, host: usize, end: End) -> Result<(), Violation> {
        let Some(process) = self.process(host) else { return Ok(()) };
        process.conns.insert(end.peer(), end);
        match &mut process.shell {
            Shell::Relay(relay) => {
                relay.inbox.push_back(Input::Joined(end));
                self.turn(host)
            }
            Shell::Tab(_) => self.with(host, |node, now| node.peer_joined(end.peer(), now)).map(drop),
        }
    }

    pub(super) fn arrive(&mut self, host: usize, to: End, parcel: Parcel) -> Result<(), Violation> {
        self.net.arrived(to, parcel.bytes());
        if !self.net.is_open(to) {
            // Nobody is there any more; who sent a message to nobody learns of it.
            if matches!(parcel, Parcel::Message(_)) && self.net.is_open(to.other()) {
                self.reset(to);
            }
            return Ok(());
        }
        match parcel {
            Parcel::Message(bytes) => self.hear(host, to, bytes),
            Parcel::Gone => self.lose(host, to),
        }
    }

    fn hear(&mut self, host: usize, from: End, bytes: Vec<u8>) -> Result<(), Violation> {
        if !self.lets_hear(host, from, &bytes)? {
            return Ok(());
        }
        let Some(process) = self.process(host) else { return Ok(()) };
        match &mut process.shell {
            Shell::Relay(relay) => {
                relay.inbox.push_back(Input::Message(from, bytes));
                self.turn(host)
            }
            Shell::Tab(_) => self.with(host, |node, now| node.receive(from.peer(), &bytes, now)).map(drop),
        }
    }

    fn lose(&mut self, host: usize, end: End) -> Result<(), Violation> {
        self.net.shut(end);
        let Some(process) = self.process(host) else { return Ok(()) };
        process.conns.remove(&end.peer());
        match &mut process.shell {
            Shell::Relay(relay) => {
                relay.inbox.push_back(Input::Left(end));
                self.turn(host)?;
            }
            Shell::Tab(_) => {
                self.with(host, |node, now| node.peer_left(end.peer(), now))?;
            }
        }
        self.dial_again(host, end.conn);
        Ok(())
    }

    /// A link is to be opened again, after the usual wait.
    pub(super) fn dial_again(&mut self, host: usize, conn: ConnId) {
        let Self { hosts, agenda, now, .. } = self;
        let host_state = &mut hosts[host];
        let life = host_state.life;
        let random = host_state.dice.any() as u32;
        let Some(process) = host_state.process.as_mut() else { return };
        let is_this = |state| state == DialState::Opening(conn) || state == DialState::Open(conn);
        if let Some((number, dial)) = process.dials.iter_mut().enumerate().find(|(_, dial)| is_this(dial.state)) {
            dial.state = DialState::Down;
            let wait_ms = dial.backoff.failed(random);
            agenda.put(now.plus_ms(wait_ms), Event::Dials { host, life, dial: number });
        }
    }
}
