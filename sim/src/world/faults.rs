//! What the plan says is done or goes wrong, and how it ends.

use shared::protocol::Node;

use super::boot::Ending;
use super::{Event, World};
use crate::checker::Violation;
use crate::clock::Clock;
use crate::plan::What;

/// The longest that a tab's shell sleeps, in milliseconds: it notices within this that its clock was set.
const SLEEP_MS: u64 = 1_000;

impl World {
    pub(super) fn begin(&mut self, number: usize) -> Result<(), Violation> {
        let item = self.plan.items[number];
        if self.is_healed && item.what.has_length() {
            return Ok(());
        }
        let now = self.now;
        self.trace.note(now, 0, number, 0, 0);
        self.trace.say(now, number, || format!("item: {:?} for {} ms", item.what, item.for_ms));
        match item.what {
            What::Pay { from, to, amount, fee } if self.hosts[from].is_awake() => self.pay(from, to, amount, fee)?,
            What::Replace { host } if self.hosts[host].is_awake() => self.replace(host)?,
            What::ReplaceChain { host } if self.hosts[host].is_awake() => {
                self.with(host, Node::replace_chain)?;
            }
            What::Pay { .. } | What::Replace { .. } | What::ReplaceChain { .. } => {}
            What::Rate { host, rate } => self.set_rate(host, rate)?,
            What::Alone { host } => self.set_auto_sync(host, false)?,
            What::Close { host } | What::Kill { host } => self.stop(host, Ending::Kill),
            What::PowerCut { host } => self.stop(host, Ending::PowerCut),
            What::Rot { host } => {
                self.stop(host, Ending::PowerCut);
                let host = &mut self.hosts[host];
                host.disk.flip(&mut host.dice);
            }
            What::Wipe { host } => {
                self.stop(host, Ending::Kill);
                self.hosts[host].disk.wipe();
            }
            What::RollBack { host, per_mille } => {
                self.stop(host, Ending::Kill);
                self.hosts[host].disk.roll_back(per_mille);
            }
            What::Freeze { host } => self.hosts[host].frozen += 1,
            What::DiskFull { host } => self.hosts[host].disk.trouble.full += 1,
            What::DiskFails { host } => self.hosts[host].disk.trouble.failing += 1,
            What::DiskSlow { host, ms } => self.hosts[host].disk.trouble.slow_ms += ms,
            What::Clock { host, ahead_ms } => self.set_clock(host, ahead_ms),
            What::Break { link } => {
                for conn in self.net.conns_over(link) {
                    self.net.break_stream(conn, now, &mut self.deliveries);
                }
                self.deliver();
            }
            What::Cut { link, end } => self.net.links[link].cuts[end] += 1,
            What::Partition { group } => self.crossing(group).for_each(|link| {
                self.net.links[link].cuts[0] += 1;
                self.net.links[link].cuts[1] += 1;
            }),
            What::Slow { link, ms } => self.net.links[link].slow_ms += ms,
            What::Narrow { link, bytes_per_s } => self.net.links[link].narrow = Some(bytes_per_s),
            What::Lose { link, per_mille } => self.net.links[link].lose = per_mille,
            What::Repeat { link, per_mille } => self.net.links[link].repeat = per_mille,
            What::Shuffle { link, ms } => self.net.links[link].shuffle_ms = ms,
        }
        if item.what.has_length() {
            self.going_on.push(number);
            self.agenda.put(now.plus_ms(item.for_ms), Event::Ends(number));
        }
        Ok(())
    }

    pub(super) fn end(&mut self, number: usize) -> Result<(), Violation> {
        let Some(place) = self.going_on.iter().position(|going_on| *going_on == number) else { return Ok(()) };
        self.going_on.remove(place);
        let now = self.now;
        self.trace.note(now, 1, number, 0, 0);
        match self.plan.items[number].what {
            What::Pay { .. } | What::Replace { .. } | What::ReplaceChain { .. } | What::Break { .. } => {}
            What::Rate { host, .. } => self.set_rate(host, self.plan.hosts[host].rate)?,
            What::Alone { host } => self.set_auto_sync(host, true)?,
            What::Close { host }
            | What::Kill { host }
            | What::PowerCut { host }
            | What::Rot { host }
            | What::Wipe { host }
            | What::RollBack { host, .. } => {
                self.hosts[host].down -= 1;
                self.boot(host)?;
            }
            What::Freeze { host } => self.thaw(host)?,
            What::DiskFull { host } => self.hosts[host].disk.trouble.full -= 1,
            What::DiskFails { host } => self.hosts[host].disk.trouble.failing -= 1,
            What::DiskSlow { host, ms } => self.hosts[host].disk.trouble.slow_ms -= ms,
            What::Clock { host, .. } => self.set_clock(host, self.plan.hosts[host].ahead_ms),
            What::Cut { link, end } => self.net.mend(link, end, now, &mut self.deliveries),
            What::Partition { group } => {
                for link in self.crossing(group).collect::<Vec<_>>() {
                    self.net.mend(link, 0, now, &mut self.deliveries);
                    self.net.mend(link, 1, now, &mut self.deliveries);
                }
            }
            What::Slow { link, ms } => self.net.links[link].slow_ms -= ms,
            What::Narrow { link, .. } => self.net.links[link].narrow = None,
            What::Lose { link, .. } => self.net.links[link].lose = 0,
            What::Repeat { link, .. } => self.net.links[link].repeat = 0,
            What::Shuffle { link, .. } => self.net.links[link].shuffle_ms = 0,
        }
        self.deliver();
        Ok(())
    }

    /// Ends everything that goes wrong, and lets nothing more go wrong.
    ///
    /// # Errors
    /// When something happened that must not.
    pub fn heal(&mut self) -> Result<(), Violation> {
        self.is_healed = true;
        if self.plan.goes_on_ms == 0 {
            self.give_up()?;
        }
        while let Some(number) = self.going_on.first().copied() {
            self.end(number)?;
        }
        for host in 0..self.hosts.len() {
            self.boot(host)?;
        }
        Ok(())
    }

    /// Links with one end among these hosts and one not.
    fn crossing(&self, group: u64) -> impl Iterator<Item = usize> + use<> {
        let is_in = |host: usize| host < 64 && group >> host & 1 == 1;
        let links = self.plan.links.iter().enumerate();
        let crossing: Vec<usize> =
            links.filter(|(_, link)| is_in(link.from) != is_in(link.to)).map(|(number, _)| number).collect();
        crossing.into_iter()
    }

    fn stop(&mut self, host: usize, ending: Ending) {
        self.hosts[host].down += 1;
        self.end_process(host, ending);
    }

    pub(super) fn set_auto_sync(&mut self, host: usize, on: bool) -> Result<(), Violation> {
        self.hosts[host].auto_sync = on;
        self.with(host, |node, now| node.set_auto_sync(on, now)).map(drop)
    }

    pub(super) fn set_clock(&mut self, host: usize, ahead_ms: i64) {
        self.hosts[host].clock = Clock { ahead_ms };
        // A shell sleeps for as long as it was told by the clock as it was, and at most a second where it is a tab's.
        let at = self.now.plus_ms(SLEEP_MS);
        let life = self.hosts[host].life;
        if let Some(process) = self.process(host) {
            process.wake_at = at;
            self.agenda.put(at, Event::Wakes { host, life });
        }
    }

    /// A frozen host gets its processor back: what happened meanwhile happens to it now.
    fn thaw(&mut self, host: usize) -> Result<(), Violation> {
        self.hosts[host].frozen -= 1;
        if self.hosts[host].frozen > 0 {
            return Ok(());
        }
        for event in std::mem::take(&mut self.hosts[host].deferred) {
            self.happen(event)?;
        }
        Ok(())
    }
}
