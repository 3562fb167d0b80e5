//! The node worker's end of its miners: starts them and ends them, gives them jobs, and hears what they report. What it
//! does is decided by [`Team`]; what there should be, by [`wanted`].
//!
//! A miner is started by the node worker. A browser that does not let a worker start a worker has the page start it;
//! either way the two speak over a port of their own.

use std::collections::BTreeMap;
use std::rc::Rc;

use shared::Receipt;
use shared::state::mining::Job;
use web_sys::MessagePort;

use super::history::History;
use super::team::{Loss, Staffing, Team};
use super::{FromMiner, Kind, ToMiner, wanted};
use crate::node::view::GraphicsView;
use crate::worker::clock::{self, monotonic_ms};
use crate::worker::inbox::{Inbox, Input};
use crate::worker::port::{Port, Spawn, Spawned, spawn};
use crate::worker::snapshot::MinerFacts;
use crate::worker::store::MinerSettings;
use crate::worker::wire::{Surroundings, ToPage};

/// How far ticks are apart, in milliseconds. They are counted, not measured: while the computer sleeps, none passes.
const TICK_MS: f64 = 1_000.0;
/// After so many ticks without mining all workers but one are ended; they start anew within a fraction of a second.
const IDLE_TICKS: u32 = 60;

/// All miners of a tab.
#[derive(Debug)]
pub struct Pool {
    inbox: Inbox,
    page: Rc<Port>,
    team: Team,
    workers: BTreeMap<u32, Worker>,
    /// Whether the page starts them.
    is_hosted_by_page: bool,
    /// Whether a worker that was started here has run.
    has_run_here: bool,
    around: Surroundings,
    settings: MinerSettings,
    throttle_percent: u8,
    graphics: Graphics,
    history: History,
    ticked_ms: f64,
    idle_ticks: u32,
}

/// A miner worker, as the node worker has it.
#[derive(Debug)]
struct Worker {
    port: Option<Port>,
    host: Host,
    kind: Kind,
}

/// Who started a worker.
#[derive(Debug)]
enum Host {
    /// The node worker, if the browser let it; dropping this ends the worker.
    Here { _worker: Option<Spawned> },
    /// The page.
    Page,
}

/// How it stands with the graphics card.
#[derive(Debug)]
enum Graphics {
    Off,
    On(u32),
    Failed(Receipt),
}

/// Something the driver must act on.
#[derive(Debug)]
pub enum News {
    /// A worker failed. The others go on.
    Lost(Receipt),
    /// The graphics card failed, and is not used any more.
    CardLost(Receipt),
    /// Nothing is left that mines.
    NoneLeft(Receipt),
}

impl Pool {
    /// Starts one worker, so that it is known what mines here; the others start with the first job.
    pub fn new(inbox: Inbox, page: Rc<Port>, throttle_percent: u8, settings: MinerSettings) -> Self {
        let mut pool = Self {
            inbox,
            page,
            team: Team::default(),
            workers: BTreeMap::new(),
            is_hosted_by_page: false,
            has_run_here: false,
            around: Surroundings::default(),
            settings,
            throttle_percent,
            graphics: Graphics::Off,
            history: History::default(),
            ticked_ms: monotonic_ms(),
            idle_ticks: IDLE_TICKS,
        };
        pool.fill();
        pool
    }

    /// Learns what the page knows of the machine.
    pub fn surround(&mut self, around: Surroundings) {
        self.around = around;
        self.fill();
    }

    /// Sets how many workers there should be, and gives those that failed another chance.
    pub fn choose(&mut self, workers: Option<u32>) -> MinerSettings {
        self.settings.workers = workers;
        self.team.take_heart();
        self.fill();
        self.settings
    }

    /// Switches the graphics card on or off.
    pub fn use_graphics(&mut self, on: bool) -> MinerSettings {
        self.settings.graphics = on;
        if let Graphics::Failed(_) = self.graphics {
            self.graphics = Graphics::Off;
        }
        self.fill();
        self.settings
    }

    /// Replaces the job; `None` stops.
    pub fn mine(&mut self, job: Option<Job>) {
        self.team.order(job, monotonic_ms());
        for (number, worker) in &self.workers {
            worker.order(&self.team.order_for(*number));
        }
        self.fill();
    }

    /// Sets how much of its core each worker takes, 1 to 100 per cent.
    pub fn throttle(&mut self, percent: u8) {
        self.throttle_percent = percent;
        for worker in self.workers.values() {
            worker.order(&ToMiner::Throttle(percent));
        }
    }

    /// Learns that a worker has started, and gives it what it should be doing by now; or that it failed.
    pub fn started(&mut self, number: u32, outcome: Result<MessagePort, Receipt>) -> Option<News> {
        let worker = self.workers.get_mut(&number)?;
        match outcome {
            Ok(port) => {
                let inbox = self.inbox.clone();
                let port = Port::listen(port, move |report, _| inbox.put(Input::Miner { number, report }));
                self.has_run_here |= worker.is_here();
                port.send(&ToMiner::Throttle(self.throttle_percent));
                port.send(&self.team.connected(number)?);
                worker.port = Some(port);
                None
            }
            Err(_) if worker.is_here() && worker.port.is_none() && !self.has_run_here => {
                // Some browsers let only a page start a worker.
                self.is_hosted_by_page = true;
                worker.host = Host::Page;
                self.page.send(&ToPage::MinerWanted { number, kind: worker.kind });
                None
            }
            Err(receipt) => self.lose(number, receipt),
        }
    }

    /// Hears a worker. What it found is the driver's.
    pub fn hear(&mut self, number: u32, report: FromMiner) -> Option<News> {
        self.team.hear(number, &report, monotonic_ms());
        match report {
            FromMiner::Failed(receipt) => self.lose(number, receipt),
            _ => None,
        }
    }

    /// Does what is due. Says what happened, and whether there is something new to see.
    pub fn tick(&mut self) -> (Vec<News>, bool) {
        let has_sample = self.history.note(clock::now().as_ms(), self.team.rate_hps(), self.around.hidden);
        let now_ms = monotonic_ms();
        if now_ms - self.ticked_ms < TICK_MS {
            return (Vec::new(), has_sample);
        }
        self.ticked_ms = now_ms;
        self.idle_ticks = if self.team.job().is_some() { 0 } else { self.idle_ticks.saturating_add(1) };
        let silent = self.team.tick();
        let receipt = || Receipt::new("a miner answers", "a report every few seconds", "silence");
        let news: Vec<News> = silent.into_iter().filter_map(|number| self.lose(number, receipt())).collect();
        self.fill();
        let has_news = has_sample || !news.is_empty();
        (news, has_news)
    }

    /// How long until something is due, in milliseconds.
    pub fn until_due_ms(&self) -> u64 {
        self.history.until_due_ms(clock::now().as_ms())
    }

    /// Whether something mines or could.
    pub fn is_empty(&self) -> bool {
        self.team.is_empty()
    }

    /// What the page is shown, with the reason why there is no miner, if there is one.
    pub fn facts(&self, trouble: Option<Receipt>) -> MinerFacts {
        MinerFacts {
            rate_hps: self.team.rate_hps(),
            attempts: self.team.attempts(),
            throttle_percent: self.throttle_percent,
            kernel: self.team.kernel().to_owned(),
            workers: self.team.searching(),
            workers_max: wanted::workers_max(self.around),
            workers_wanted: wanted::workers_wanted(self.settings.workers, self.around),
            order_ms: self.team.order_ms(),
            graphics: self.graphics(),
            rate_history: self.history.samples(),
            trouble,
            hidden: self.around.hidden,
        }
    }

    fn graphics(&self) -> GraphicsView {
        match (&self.graphics, self.team.card()) {
            (Graphics::Off, _) => GraphicsView::Off { available: self.around.has_graphics },
            (Graphics::On(_), None) => GraphicsView::Starting,
            (Graphics::On(_), Some((card, rate_hps))) => GraphicsView::On { card: card.to_owned(), rate_hps },
            (Graphics::Failed(receipt), _) => GraphicsView::Failed(receipt.clone()),
        }
    }

    /// Starts and ends workers until there are those that there should be.
    fn fill(&mut self) {
        let all = wanted::count(wanted::workers_wanted(self.settings.workers, self.around), self.around);
        let able = self.team.able(all);
        let wanted = match self.team.job() {
            Some(_) => able,
            None if self.idle_ticks >= IDLE_TICKS => able.min(1),
            // Somebody who stops may soon start again.
            None => self.team.processors().clamp(able.min(1), able),
        };
        let Staffing { hire, dismiss } = self.team.staffing(wanted);
        for number in dismiss {
            self.end(number);
        }
        for _ in 0..hire {
            self.start(Kind::Processor);
        }
        match self.graphics {
            Graphics::On(number) if !self.settings.graphics => {
                self.graphics = Graphics::Off;
                self.end(number);
            }
            Graphics::Off | Graphics::Failed(_) if self.settings.graphics => {
                self.graphics = Graphics::On(self.start(Kind::Card));
            }
            _ => {}
        }
    }

    fn start(&mut self, kind: Kind) -> u32 {
        let number = self.team.hire(kind);
        let host = if self.is_hosted_by_page {
            self.page.send(&ToPage::MinerWanted { number, kind });
            Host::Page
        } else {
            let inbox = self.inbox.clone();
            let spawned = spawn(kind.role(), move |outcome| {
                let outcome = match outcome {
                    Spawn::Ready(port) => Ok(port),
                    Spawn::Failed(receipt) => Err(receipt),
                };
                inbox.put(Input::MinerStarted { number, outcome });
            });
            let failed = |receipt| self.inbox.put(Input::MinerStarted { number, outcome: Err(receipt) });
            Host::Here { _worker: spawned.map_err(failed).ok() }
        };
        self.workers.insert(number, Worker { port: None, host, kind });
        number
    }

    fn end(&mut self, number: u32) {
        self.team.dismiss(number, monotonic_ms());
        self.let_go(number);
    }

    fn lose(&mut self, number: u32, receipt: Receipt) -> Option<News> {
        let Loss { kind, was_last } = self.team.lose(number, monotonic_ms())?;
        self.let_go(number);
        if kind == Kind::Card {
            self.settings.graphics = false;
            self.graphics = Graphics::Failed(receipt.clone());
        }
        self.fill();
        Some(match kind {
            _ if was_last => News::NoneLeft(receipt),
            Kind::Card => News::CardLost(receipt),
            Kind::Processor => News::Lost(receipt),
        })
    }

    fn let_go(&mut self, number: u32) {
        // What was started here ends with this.
        if self.workers.remove(&number).is_some_and(|worker| !worker.is_here()) {
            self.page.send(&ToPage::MinerUnwanted { number });
        }
    }

    /// What the owner set.
    pub fn settings(&self) -> MinerSettings {
        self.settings
    }
}

impl Worker {
    fn is_here(&self) -> bool {
        matches!(self.host, Host::Here { .. })
    }

    fn order(&self, order: &ToMiner) {
        if let Some(port) = &self.port {
            port.send(order);
        }
    }
}
