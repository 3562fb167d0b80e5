//! What a node wants done is done: in a tab's way, or in a relay's.

use shared::protocol::{Event as Told, Output, PeerId, Role};
use shared::{BlockHash, Height, encode};

use super::host::Shell;
use super::net::{End, Parcel};
use super::relay::{Effect, Input};
use super::tab::{Item, Round};
use super::{Event, World};
use crate::checker::Violation;
use crate::disk::Record;

/// How long a write takes where nothing is wrong, in microseconds.
const WRITE_US: std::ops::RangeInclusive<u64> = 500..=4_000;

/// What came out of a node.
#[derive(Default)]
struct Outcome {
    items: Vec<Item>,
    mines: bool,
    greeted: Vec<PeerId>,
}

impl World {
    /// Takes what a node puts out and has its shell perform it.
    pub(super) fn perform(&mut self, host: usize) -> Result<(), Violation> {
        let outcome = self.drain(host)?;
        if outcome.mines {
            self.mine_later(host);
        }
        let Some(process) = self.process(host) else { return Ok(()) };
        for peer in outcome.greeted {
            let conn = End::of_peer(peer).conn;
            let is_open = |state| state == super::host::DialState::Open(conn);
            process.dials.iter_mut().filter(|dial| is_open(dial.state)).for_each(|dial| dial.backoff.succeeded());
        }
        match &mut process.shell {
            Shell::Tab(tab) => {
                outcome.items.into_iter().for_each(|item| tab.put(item));
                let round = tab.start();
                self.play(host, round)?;
            }
            Shell::Relay(relay) => {
                let mut records = Vec::new();
                for item in outcome.items {
                    match item {
                        Item::Store(record) => records.push(record),
                        Item::Send(peer, bytes) => relay.effects.push(Effect::Send(peer, bytes)),
                        Item::CutOff(peer) => relay.effects.push(Effect::CutOff(peer)),
                    }
                }
                if records.is_empty() {
                    self.do_effects(host)?;
                } else {
                    relay.is_writing = true;
                    self.write(host, records);
                }
            }
        }
        self.wake_later(host);
        Ok(())
    }

    fn drain(&mut self, number: usize) -> Result<Outcome, Violation> {
        let Self { hosts, checker, trace, now, deepest, .. } = self;
        let mut outcome = Outcome::default();
        let Some(process) = hosts[number].process.as_mut() else { return Ok(outcome) };
        while let Some(output) = process.node.poll_output() {
            match output {
                Output::Send { peer, bytes } => outcome.items.push(Item::Send(peer, bytes)),
                Output::CutOff { peer, receipt } => {
                    trace.say(*now, number, || format!("cuts off {}: {receipt}", peer.0));
                    outcome.items.push(Item::CutOff(peer));
                }
                Output::Store(op) => {
                    let record = Record::from(op);
                    checker.stores(*now, number, &process.node, &record)?;
                    outcome.items.push(Item::Store(record));
                }
                Output::Mine(job) => {
                    process.job = job;
                    process.job_number += 1;
                    process.cursor = None;
                    outcome.mines = true;
                }
                Output::Event(Told::PeerReady { peer, role: Role::Relay | Role::Tab | Role::Bridge, .. }) => {
                    outcome.greeted.push(peer)
                }
                Output::Event(event) => {
                    if let Told::TipChanged { left, .. } = &event {
                        *deepest = (*deepest).max(*left);
                    }
                    trace.say(*now, number, || format!("{event:?}"));
                }
            }
        }
        Ok(outcome)
    }

    /// Does what a tab's round says.
    fn play(&mut self, host: usize, round: Round) -> Result<(), Violation> {
        for item in round.first {
            match item {
                Item::Send(peer, bytes) => self.send(host, peer, bytes)?,
                Item::CutOff(peer) => self.cut_off(host, peer),
                Item::Store(_) => {}
            }
        }
        if let Some(records) = round.records {
            self.write(host, records);
        }
        if let Some(retry_ms) = round.retry_ms {
            let life = self.hosts[host].life;
            self.agenda.put(self.now.plus_ms(retry_ms), Event::Retries { host, life });
        }
        Ok(())
    }

    /// A relay takes what has arrived, unless it is still storing what came before.
    pub(super) fn turn(&mut self, host: usize) -> Result<(), Violation> {
        let now = self.clock(host);
        let Some(process) = self.process(host) else { return Ok(()) };
        let Shell::Relay(relay) = &mut process.shell else { return Ok(()) };
        if relay.is_failing {
            relay.inbox.clear();
            return Ok(());
        }
        if relay.is_writing {
            return Ok(());
        }
        if process.node.is_due(now) {
            process.node.wake(now);
        }
        for input in std::mem::take(&mut relay.inbox) {
            match input {
                Input::Joined(end) => process.node.peer_joined(end.peer(), now),
                Input::Message(end, bytes) => process.node.receive(end.peer(), &bytes, now),
                Input::Left(end) => process.node.peer_left(end.peer(), now),
            }
        }
        self.perform(host)
    }

    fn do_effects(&mut self, host: usize) -> Result<(), Violation> {
        let Some(Shell::Relay(relay)) = self.process(host).map(|process| &mut process.shell) else { return Ok(()) };
        for effect in std::mem::take(&mut relay.effects) {
            match effect {
                Effect::Send(peer, bytes) => self.send(host, peer, bytes)?,
                Effect::CutOff(peer) => self.cut_off(host, peer),
            }
        }
        Ok(())
    }

    fn send(&mut self, host: usize, peer: PeerId, bytes: Vec<u8>) -> Result<(), Violation> {
        if !self.lets_send(host, peer, &bytes) {
            return Ok(());
        }
        self.checker.tells(self.now, host, &self.hosts[host], &bytes)?;
        self.net.send(End::of_peer(peer), Parcel::Message(bytes), self.now, &mut self.deliveries);
        self.deliver();
        Ok(())
    }

    fn cut_off(&mut self, host: usize, peer: PeerId) {
        let end = End::of_peer(peer);
        self.net.close(end, self.now, &mut self.deliveries);
        self.deliver();
        if let Some(process) = self.process(host) {
            process.conns.remove(&peer);
        }
        self.dial_again(host, end.conn);
    }

    fn write(&mut self, host: usize, records: Vec<Record>) {
        let Self { hosts, agenda, now, .. } = self;
        let host_state = &mut hosts[host];
        host_state.disk.begin(records);
        let takes_us = host_state.dice.within(WRITE_US) + host_state.disk.trouble.slow_ms * 1_000;
        agenda.put(now.plus_us(takes_us), Event::Written { host, life: host_state.life });
    }

    pub(super) fn written(&mut self, host: usize) -> Result<(), Violation> {
        let host_state = &mut self.hosts[host];
        let result = host_state.disk.finish(&mut host_state.dice);
        let random = host_state.dice.any() as u32;
        if let Err(error) = result {
            self.trace.say(self.now, host, || format!("a write failed: {error}"));
        }
        let now_ms = self.now.as_ms();
        let Some(process) = self.process(host) else { return Ok(()) };
        match &mut process.shell {
            Shell::Tab(tab) => {
                let round = tab.written(result.is_ok(), random);
                self.play(host, round)?;
                self.perform(host)
            }
            Shell::Relay(relay) => {
                relay.is_writing = false;
                if result.is_ok() {
                    self.do_effects(host)?;
                    return self.turn(host);
                }
                relay.effects.clear();
                relay.inbox.clear();
                let wait_ms = relay.failed(now_ms);
                for end in std::mem::take(&mut process.conns).into_values() {
                    self.net.close(end, self.now, &mut self.deliveries);
                }
                self.deliver();
                let content = self.open_disk(host);
                let node = self.restore(host, content);
                let life = self.hosts[host].life;
                self.agenda.put(self.now.plus_ms(wait_ms), Event::Retries { host, life });
                if let Some(process) = self.process(host) {
                    process.node = node;
                    process.job = None;
                    process.job_number += 1;
                }
                self.checker.booted(self.now, host, &self.hosts[host])
            }
        }
    }

    pub(super) fn retry(&mut self, host: usize) -> Result<(), Violation> {
        let is_working = self.hosts[host].disk.works();
        let (now, life) = (self.now, self.hosts[host].life);
        let lacking = self.lacking(host);
        let Some(process) = self.process(host) else { return Ok(()) };
        match &mut process.shell {
            Shell::Tab(tab) if tab.is_in_trouble => {
                let round = tab.recover(lacking);
                self.play(host, round)
            }
            Shell::Tab(_) => Ok(()),
            Shell::Relay(relay) if is_working => {
                relay.is_failing = false;
                self.wake(host)
            }
            Shell::Relay(relay) => {
                let wait_ms = relay.probe_later();
                self.agenda.put(now.plus_ms(wait_ms), Event::Retries { host, life });
                Ok(())
            }
        }
    }

    /// What a tab's store lacks: the blocks of the active chain above the highest it has, those of other branches, and the
    /// payments that wait.
    fn lacking(&self, host: usize) -> Vec<Record> {
        let host = &self.hosts[host];
        let Some(process) = &host.process else { return Vec::new() };
        let chain = process.node.chain();
        let mut missing = Vec::new();
        let mut height = chain.tip().height;
        while let Some(hash) = chain.hash_at(height).filter(|hash| height > Height::ZERO && !host.disk.has_block(hash))
        {
            missing.extend(chain.body_bytes(&hash).map(|bytes| Record::Block(hash, bytes)));
            height = height.previous().unwrap_or(Height::ZERO);
        }
        missing.reverse();
        let is_lacking = |hash: &BlockHash| chain.is_complete(hash) && !host.disk.has_block(hash);
        let mut beside: Vec<_> = chain.rivals(Height::ZERO).into_iter().filter(is_lacking).collect();
        beside.sort_unstable_by_key(|hash| (chain.height_of(hash), *hash));
        missing.extend(beside.into_iter().filter_map(|hash| Some(Record::Block(hash, chain.body_bytes(&hash)?))));
        missing.extend(process.node.mempool().iter().map(|signed| Record::Payment(signed.id(), encode(signed))));
        missing
    }

    /// It is time to wake a process, unless it was woken already, or is to be later.
    pub(super) fn wake_due(&mut self, host: usize) -> Result<(), Violation> {
        let now = self.now;
        let is_due = self.process(host).is_some_and(|process| process.wake_at <= now);
        if is_due { self.wake(host) } else { Ok(()) }
    }

    pub(super) fn wake(&mut self, host: usize) -> Result<(), Violation> {
        let now = self.clock(host);
        let Some(process) = self.process(host) else { return Ok(()) };
        process.wake_at = crate::time::Time::NEVER;
        if let Shell::Relay(_) = &process.shell {
            self.turn(host)?;
            self.wake_later(host);
            return Ok(());
        }
        if process.node.is_due(now) {
            process.node.wake(now);
        }
        self.perform(host)
    }

    /// Has a process woken when its node wants it.
    pub(super) fn wake_later(&mut self, number: usize) {
        let Self { hosts, agenda, now, start, .. } = self;
        let host = &mut hosts[number];
        let (clock, life) = (host.clock, host.life);
        let Some(process) = host.process.as_mut() else { return };
        if matches!(&process.shell, Shell::Relay(relay) if relay.is_writing || relay.is_failing) {
            return;
        }
        let Some(wake) = process.node.next_wake() else { return };
        let at = clock.when(*start, wake, *now).max(now.plus_us(1));
        if at < process.wake_at {
            process.wake_at = at;
            agenda.put(at, Event::Wakes { host: number, life });
        }
    }
}
