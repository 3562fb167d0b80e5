//! Who mines: which workers there are, which part of a job each has, and what they have come to. Pure; times are handed
//! in.
//!
//! Every worker has a number of its own that no other ever gets, and with it extra nonces that no other tries
//! ([`SearchCursor::of_worker`](shared::state::mining::SearchCursor::of_worker)): so no attempt is made twice, whoever
//! comes or goes while a job is out.

use std::collections::BTreeMap;

use shared::state::mining::Job;

use super::{FromMiner, Kind, Share, ToMiner};

/// A worker may take so many ticks to start.
const START_TICKS: u32 = 30;
/// A worker that has something to search for and says nothing for so many ticks is gone. It answers every order, and a
/// job is refreshed every few seconds.
const SILENT_TICKS: u32 = 10;
/// The same for a graphics card, which may have to be opened anew.
const SILENT_CARD_TICKS: u32 = 30;
/// How many workers that break are replaced before it counts as a habit.
const REPLACED_MAX: u32 = 3;
/// After so many ticks one of them is forgotten.
const FORGIVEN_TICKS: u32 = 60;

/// All workers of a tab, the graphics card's among them.
#[derive(Debug, Default)]
pub struct Team {
    members: BTreeMap<u32, Member>,
    /// The number of the next member.
    next: u32,
    /// Processors that are missed and not replaced.
    given_up: u32,
    /// Those that were replaced of late.
    replaced: u32,
    /// Ticks until one of them is forgotten.
    forgive_ticks: u32,
    job: Option<Job>,
    /// Counts the orders.
    order: u64,
    ordered_ms: f64,
    order_ms: Option<f64>,
    /// Whether the order's block follows the same parent as the one before.
    continues: bool,
    attempts: u64,
}

#[derive(Debug)]
struct Member {
    kind: Kind,
    /// The name of its kernel or card; it says that first.
    name: Option<String>,
    is_connected: bool,
    /// Whether it has yet to take the last order.
    is_asked: bool,
    /// Whether it was there when that was given, so that its answer is waited for.
    is_timed: bool,
    is_searching: bool,
    /// Whether it has found a proof and waits for what comes of it.
    waits: bool,
    rate_hps: f64,
    silent_ticks: u32,
}

/// How the team is to change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Staffing {
    /// So many processors are to be hired.
    pub hire: u32,
    /// These are to go.
    pub dismiss: Vec<u32>,
}

/// What the loss of a member means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Loss {
    /// What it was.
    pub kind: Kind,
    /// Whether nobody is left and nobody will come.
    pub was_last: bool,
}

impl Team {
    /// How many of so many processors there can be: less those that were given up.
    pub fn able(&self, wanted: u32) -> u32 {
        wanted.saturating_sub(self.given_up)
    }

    /// What it takes to have so many processors.
    pub fn staffing(&self, wanted: u32) -> Staffing {
        let wanted = wanted as usize;
        let processors: Vec<u32> = self.of(Kind::Processor).map(|(number, _)| number).collect();
        // The newest go first: they may not even have started.
        let dismiss = processors.iter().skip(wanted).copied().collect();
        Staffing { hire: wanted.saturating_sub(processors.len()) as u32, dismiss }
    }

    /// Adds a member that is being started, and returns its number.
    pub fn hire(&mut self, kind: Kind) -> u32 {
        let number = self.next;
        self.next = self.next.checked_add(1).expect("no tab starts four thousand million workers");
        let member = Member {
            kind,
            name: None,
            is_connected: false,
            is_asked: false,
            is_timed: false,
            is_searching: false,
            waits: false,
            rate_hps: 0.0,
            silent_ticks: 0,
        };
        self.members.insert(number, member);
        number
    }

    /// Takes a member away, because it is not wanted any more.
    pub fn dismiss(&mut self, number: u32, now_ms: f64) {
        self.members.remove(&number);
        self.look_at_order(now_ms);
    }

    /// Takes a member away that failed. `None` where it had gone before. One that worked is replaced, unless that becomes
    /// a habit; one that did not even start is not.
    pub fn lose(&mut self, number: u32, now_ms: f64) -> Option<Loss> {
        let Member { kind, is_connected, .. } = self.members.remove(&number)?;
        self.look_at_order(now_ms);
        let may_be_replaced = is_connected && self.replaced < REPLACED_MAX;
        match kind {
            Kind::Card => {}
            Kind::Processor if may_be_replaced => {
                self.replaced += 1;
                self.forgive_ticks = FORGIVEN_TICKS;
            }
            Kind::Processor => self.given_up += 1,
        }
        let was_last = self.members.is_empty() && !(kind == Kind::Processor && may_be_replaced);
        Some(Loss { kind, was_last })
    }

    /// Has those that were given up tried again.
    pub fn take_heart(&mut self) {
        (self.given_up, self.replaced) = (0, 0);
    }

    /// Notes that a member has started. Returns what it is to do; `None` where it is not wanted any more.
    pub fn connected(&mut self, number: u32) -> Option<ToMiner> {
        let member = self.members.get_mut(&number)?;
        (member.is_connected, member.is_asked, member.silent_ticks) = (true, true, 0);
        Some(self.order_for(number))
    }

    /// Replaces the job; `None` is to stop. Whoever is connected is to be told with [`Team::order_for`].
    pub fn order(&mut self, job: Option<Job>, now_ms: f64) {
        let parent = |job: &Option<Job>| job.map(|job| job.header.previous_hash);
        self.continues = job.is_some() && parent(&job) == parent(&self.job);
        if !self.continues {
            self.attempts = 0;
        }
        self.job = job;
        self.order += 1;
        self.ordered_ms = now_ms;
        for member in self.members.values_mut() {
            (member.is_asked, member.is_timed, member.waits) = (true, member.is_connected, false);
            if job.is_none() {
                member.rate_hps = 0.0;
            }
        }
    }

    /// What a member is to do now.
    pub fn order_for(&self, number: u32) -> ToMiner {
        ToMiner::Mine { order: self.order, share: self.job.map(|job| Share { job, number }) }
    }

    /// Notes what a member says.
    pub fn hear(&mut self, number: u32, report: &FromMiner, now_ms: f64) {
        let (is_mining, order, continues) = (self.job.is_some(), self.order, self.continues);
        let Some(member) = self.members.get_mut(&number) else { return };
        member.silent_ticks = 0;
        match report {
            FromMiner::Kernel(name) => member.name = Some(name.clone()),
            FromMiner::Took { order: taken, attempts } => {
                // What it did before was for the job before.
                if continues {
                    self.attempts += attempts;
                }
                if *taken == order {
                    (member.is_asked, member.is_timed, member.is_searching) = (false, false, is_mining);
                    self.look_at_order(now_ms);
                }
            }
            FromMiner::Rate { attempts, rate_hps } => {
                if is_mining {
                    member.rate_hps = *rate_hps;
                    if continues || !member.is_asked {
                        self.attempts += attempts;
                    }
                }
            }
            FromMiner::Found { .. } => member.waits = true,
            FromMiner::Failed(_) => {}
        }
    }

    /// A second has passed. Returns those of whom nothing was heard for too long.
    pub fn tick(&mut self) -> Vec<u32> {
        self.forgive_ticks = self.forgive_ticks.saturating_sub(1);
        if self.forgive_ticks == 0 && self.replaced > 0 {
            self.replaced -= 1;
            self.forgive_ticks = FORGIVEN_TICKS;
        }
        let is_mining = self.job.is_some();
        let mut silent = Vec::new();
        for (number, member) in &mut self.members {
            let patience = match member {
                Member { is_connected: false, .. } => START_TICKS,
                Member { kind: Kind::Card, .. } => SILENT_CARD_TICKS,
                Member { kind: Kind::Processor, .. } => SILENT_TICKS,
            };
            // Who has nothing to do has nothing to say, once it has said that it took the order to do nothing.
            let is_due = !member.is_connected || member.is_asked || (is_mining && !member.waits);
            member.silent_ticks = if is_due { member.silent_ticks + 1 } else { 0 };
            if member.silent_ticks > patience {
                silent.push(*number);
            }
        }
        silent
    }

    /// The job that is out.
    pub fn job(&self) -> Option<&Job> {
        self.job.as_ref()
    }

    /// Whether nobody mines or could.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// How many processors search.
    pub fn searching(&self) -> u32 {
        self.of(Kind::Processor).filter(|(_, member)| member.is_searching).count() as u32
    }

    /// How many processors there are, those that start included.
    pub fn processors(&self) -> u32 {
        self.of(Kind::Processor).count() as u32
    }

    /// Attempts a second, of all.
    pub fn rate_hps(&self) -> f64 {
        self.members.values().map(|member| member.rate_hps).sum()
    }

    /// Attempts on top of the current parent, of all.
    pub fn attempts(&self) -> u64 {
        self.attempts
    }

    /// The name of the processors' kernel; empty until one has said it.
    pub fn kernel(&self) -> &str {
        self.of(Kind::Processor).find_map(|(_, member)| member.name.as_deref()).unwrap_or_default()
    }

    /// The card's name and attempts a second, once it is open.
    pub fn card(&self) -> Option<(&str, f64)> {
        self.of(Kind::Card).find_map(|(_, member)| Some((member.name.as_deref()?, member.rate_hps)))
    }

    /// How long the last order took to be obeyed by all, in milliseconds.
    pub fn order_ms(&self) -> Option<f64> {
        self.order_ms
    }

    fn of(&self, kind: Kind) -> impl Iterator<Item = (u32, &Member)> {
        self.members.iter().filter(move |(_, member)| member.kind == kind).map(|(number, member)| (*number, member))
    }

    /// Notes how long the order took, if all have taken it now who were told.
    fn look_at_order(&mut self, now_ms: f64) {
        if self.ordered_ms.is_finite() && self.order > 0 && !self.members.values().any(|member| member.is_timed) {
            self.order_ms = Some(now_ms - self.ordered_ms);
            self.ordered_ms = f64::NAN;
        }
    }
}

#[cfg(test)]
mod tests;
