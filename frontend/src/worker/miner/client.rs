//! The node worker's end of its miner: starts it, gives it jobs, and measures what it reports.
//!
//! The miner is started by the node worker. A browser that does not let a worker start a worker has the page start it;
//! either way the two speak over a port of their own.

use shared::state::mining::Job;
use web_sys::MessagePort;

use super::ToMiner;
use crate::worker::MINER;
use crate::worker::inbox::{Inbox, Input};
use crate::worker::port::{Port, Spawn, Spawned, spawn};

/// The node worker's end of its miner.
#[derive(Debug)]
pub struct Miner {
    inbox: Inbox,
    port: Option<Port>,
    _worker: Option<Spawned>,
    job: Option<Job>,
    throttle_percent: u8,
    /// The name of the miner's kernel, once it has said so.
    kernel: String,
    /// Attempts a second, as last reported.
    rate_hps: f64,
    /// Attempts since the tip last moved.
    attempts: u64,
}

impl Miner {
    /// Starts the miner worker; [`Input::MinerStarted`] tells whether it runs.
    pub fn start(inbox: Inbox, throttle_percent: u8) -> Self {
        let reports = inbox.clone();
        let worker = spawn(MINER, move |outcome| {
            reports.put(Input::MinerStarted(match outcome {
                Spawn::Ready(port) => Ok(port),
                Spawn::Failed(receipt) => Err(receipt),
            }));
        });
        let worker = worker.map_err(|receipt| inbox.put(Input::MinerStarted(Err(receipt)))).ok();
        Self {
            inbox,
            port: None,
            _worker: worker,
            job: None,
            throttle_percent,
            kernel: String::new(),
            rate_hps: 0.0,
            attempts: 0,
        }
    }

    /// Connects to the started worker, and gives it what it should be doing by now.
    pub fn connect(&mut self, port: MessagePort) {
        let inbox = self.inbox.clone();
        let port = Port::listen(port, move |report, _| inbox.put(Input::Miner(report)));
        port.send(&ToMiner::Throttle(self.throttle_percent));
        port.send(&ToMiner::Mine(self.job));
        self.port = Some(port);
    }

    /// Whether the miner worker runs.
    pub fn is_connected(&self) -> bool {
        self.port.is_some()
    }

    /// Whether there is something to search for.
    pub fn is_searching(&self) -> bool {
        self.port.is_some() && self.job.is_some()
    }

    /// Replaces the job; `None` stops.
    pub fn mine(&mut self, job: Option<Job>) {
        let parent = |job: &Option<Job>| job.map(|job| job.header.previous_hash);
        if job.is_none() || parent(&job) != parent(&self.job) {
            self.attempts = 0;
        }
        if job.is_none() {
            self.rate_hps = 0.0;
        }
        self.job = job;
        self.order(&ToMiner::Mine(job));
    }

    /// Sets the share of one core, 1 to 100 per cent.
    pub fn throttle(&mut self, percent: u8) {
        self.throttle_percent = percent;
        self.order(&ToMiner::Throttle(percent));
    }

    /// Notes a report of the rate. One that was on its way when the miner was stopped says nothing any more.
    pub fn measured(&mut self, attempts: u64, rate_hps: f64) {
        if self.job.is_some() {
            self.attempts += attempts;
            self.rate_hps = rate_hps;
        }
    }

    /// Notes the name of the miner's kernel.
    pub fn uses(&mut self, kernel: String) {
        self.kernel = kernel;
    }

    /// The name of the miner's kernel; empty until it runs.
    pub fn kernel(&self) -> &str {
        &self.kernel
    }

    /// Attempts a second; 0 while stopped.
    pub fn rate_hps(&self) -> f64 {
        self.rate_hps
    }

    /// Attempts on top of the current parent.
    pub fn attempts(&self) -> u64 {
        self.attempts
    }

    /// The share of one core, in per cent.
    pub fn throttle_percent(&self) -> u8 {
        self.throttle_percent
    }

    fn order(&self, order: &ToMiner) {
        if let Some(port) = &self.port {
            port.send(order);
        }
    }
}
