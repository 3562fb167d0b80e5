//! How a host's process starts and ends.

use shared::protocol::{Config, Mining, Node, Role};
use shared::state::MemoryBodies;
use shared::{Block, NodeName, SignedPayment, decode, sha256};

use super::host::{Dial, DialState, Process, Shell};
use super::net::Parcel;
use super::relay::RelayShell;
use super::tab::TabShell;
use super::{Delivery, Event, World};
use crate::checker::Violation;
use crate::disk::Content;
use crate::time::Time;

/// How long a process takes to open its links, at most, in milliseconds.
const STARTING_MS: u64 = 300;

/// How a process ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// It is killed: whoever is connected learns of it, and what it was writing may be finished.
    Kill,
    /// The power goes: nobody learns of it, and what was being written is torn.
    PowerCut,
}

impl World {
    /// Starts a host's process, with what stands on its disk.
    pub(super) fn boot(&mut self, number: usize) -> Result<(), Violation> {
        if self.hosts[number].process.is_some() || self.hosts[number].down > 0 {
            return Ok(());
        }
        let content = self.open_disk(number);
        let node = self.restore(number, content);
        self.hosts[number].life += 1;
        let (life, now) = (self.hosts[number].life, self.now);
        self.trace.note(now, 2, number, life, node.chain().tip().height.as_u64());
        self.trace.say(now, number, || format!("starts at height {}", node.chain().tip().height));
        let mut dials = Vec::new();
        for (link, _) in self.plan.links.iter().enumerate().filter(|(_, link)| link.from == number) {
            let after_ms = self.hosts[number].dice.below(STARTING_MS);
            self.agenda.put(now.plus_ms(after_ms), Event::Dials { host: number, life, dial: dials.len() });
            dials.push(Dial { link, backoff: Default::default(), state: DialState::Down });
        }
        let shell = match node.role() {
            Role::Tab | Role::Bridge => Shell::Tab(TabShell::default()),
            Role::Relay => Shell::Relay(RelayShell::default()),
        };
        let process = Process {
            node,
            shell,
            dials,
            conns: Default::default(),
            wake_at: Time::NEVER,
            job: None,
            job_number: 0,
            cursor: None,
        };
        self.hosts[number].process = Some(process);
        self.checker.booted(now, number, &self.hosts[number])?;
        let (rate, payout) = (self.hosts[number].rate, self.hosts[number].address);
        if rate > 0 {
            self.with(number, |node, now| node.set_mining(Mining::On { payout }, now))?;
        }
        self.act_later(number);
        self.wake(number)
    }

    /// Reads the disk. A relay whose store cannot be read does not start with it: its owner puts it aside.
    pub(super) fn open_disk(&mut self, number: usize) -> Content {
        let host = &mut self.hosts[number];
        let content = host.disk.open();
        if content.unreadable > 0 && host.is_relay() {
            host.disk.wipe();
            return Content::default();
        }
        content
    }

    /// A node with what stood on the disk.
    pub(super) fn restore(&mut self, number: usize, content: Content) -> Node {
        let mut node = self.new_node(number);
        let blocks: Vec<Block> = content.blocks.iter().filter_map(|(_, bytes)| decode(bytes).ok()).collect();
        if node.restore(blocks.into_iter()).is_err() && self.hosts[number].is_relay() {
            self.hosts[number].disk.wipe();
            return self.new_node(number);
        }
        node.restore_payments(content.payments.values().filter_map(|bytes| decode::<SignedPayment>(bytes).ok()));
        node.restore_members(content.members.into_values());
        node
    }

    fn new_node(&self, number: usize) -> Node {
        let host = &self.hosts[number];
        let config = Config {
            role: host.plan.role,
            name: NodeName::new(&format!("host {number}")).expect("a name"),
            agent: "sim".to_owned(),
            auto_sync: host.auto_sync,
            address: host.address,
        };
        let seed = self.plan.seed.to_le_bytes();
        let entropy = sha256(&[b"sim entropy", &seed, &(number as u64).to_le_bytes(), &host.life.to_le_bytes()]);
        Node::new(config, self.params.clone(), host.key.clone(), entropy, Box::new(MemoryBodies::default()))
    }

    /// Ends a host's process.
    pub(super) fn end_process(&mut self, number: usize, ending: Ending) {
        let now = self.now;
        self.trace.say(now, number, || format!("ends: {ending:?}"));
        let host = &mut self.hosts[number];
        match ending {
            Ending::Kill => host.disk.killed(&mut host.dice),
            Ending::PowerCut => host.disk.power_cut(&mut host.dice),
        }
        // What was to happen to a frozen process happens to nobody, but for what holds a connection.
        let deferred = std::mem::take(&mut host.deferred);
        for event in deferred {
            if let Event::Arrives { to, parcel: Parcel::Message(bytes) } = event {
                self.net.arrived(to, bytes.len());
            }
        }
        let Some(process) = self.hosts[number].process.take() else { return };
        for end in process.conns.into_values() {
            match ending {
                Ending::Kill => self.net.close(end, now, &mut self.deliveries),
                Ending::PowerCut => self.net.shut(end),
            }
        }
        self.deliver();
        self.checker.ended(number);
    }

    /// Tells an end that the other is gone, after the way there.
    pub(super) fn reset(&mut self, at: super::End) {
        let link = self.net.link_of(at.conn);
        let after_us = self.net.links[link].delay_us(at.side);
        self.deliveries.push(Delivery { at: self.now.plus_us(after_us), to: at.other(), parcel: Parcel::Gone });
        self.deliver();
    }
}
