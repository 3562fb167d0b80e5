//! The node worker's end of its verifiers: starts them when there is enough to do, gives them shares, and ends them when
//! there has been nothing for a while.

use std::collections::VecDeque;

use shared::protocol::{Ahead, Share};
use shared::rules::VerifiedSignatures;
use wasm_bindgen::prelude::*;
use web_sys::{MessagePort, WorkerNavigator};

use super::{FromVerifier, most};
use crate::worker::VERIFIER;
use crate::worker::clock::monotonic_ms;
use crate::worker::inbox::{Inbox, Input};
use crate::worker::port::{Port, Spawn, Spawned, spawn};

/// Signatures that wait before a verifier is started: it takes as long to load as to verify about as many.
const START_AT: usize = 1_024;
/// Shares that a verifier has at a time, so that it has its next when it answers.
const SHARES_OUT: usize = 2;
/// After how long without anything to do the verifiers are ended, in milliseconds.
const IDLE_MS: f64 = 10_000.0;
/// After how long a verifier that does not answer is given up, in milliseconds: a share takes forty, and more where the browser is
/// short of processors.
const ANSWER_MS: f64 = 5_000.0;

/// The verifiers of a tab.
#[derive(Debug)]
pub struct Verifiers {
    inbox: Inbox,
    running: Vec<Verifier>,
    /// Whether they are not to be had: this browser does not start them, or one broke.
    are_broken: bool,
    started: u64,
    busy_ms: f64,
}

#[derive(Debug)]
struct Verifier {
    number: u64,
    /// `None` while it loads.
    port: Option<Port>,
    /// What it has, and since when the first of it.
    out: VecDeque<Share>,
    since_ms: f64,
    _worker: Spawned,
}

impl Verifiers {
    /// None yet.
    pub fn new(inbox: Inbox) -> Self {
        Self { inbox, running: Vec::new(), are_broken: false, started: 0, busy_ms: monotonic_ms() }
    }

    /// Gives out what there is to verify; starts verifiers for it, ends them when there has long been nothing, and gives
    /// up those that do not answer.
    pub fn tend<T>(&mut self, ahead: &mut Ahead<T>, waiting: usize) {
        let now = monotonic_ms();
        if ahead.is_empty() {
            if now - self.busy_ms > IDLE_MS {
                self.running.clear();
            }
            return;
        }
        self.busy_ms = now;
        if waiting >= START_AT && self.running.is_empty() && !self.are_broken {
            self.start();
        }
        let is_late = |verifier: &Verifier| !verifier.out.is_empty() && now - verifier.since_ms > ANSWER_MS;
        if self.running.iter().any(is_late) {
            return self.give_up(ahead, "an answer in time");
        }
        let workers = self.workers();
        for verifier in &mut self.running {
            let Some(port) = &verifier.port else { continue };
            while verifier.out.len() < SHARES_OUT
                && let Some((share, signatures)) = ahead.take_share(workers)
            {
                if verifier.out.is_empty() {
                    verifier.since_ms = now;
                }
                verifier.out.push_back(share);
                port.send(&signatures);
            }
        }
    }

    /// How many verify: the node worker, and the verifiers that run or will soon.
    pub fn workers(&self) -> usize {
        1 + self.running.len()
    }

    /// Takes what was heard of a verifier; one that was ended may still speak.
    pub fn hear<T>(&mut self, number: u64, said: FromVerifier, ahead: &mut Ahead<T>) {
        let Some(verifier) = self.running.iter_mut().find(|verifier| verifier.number == number) else { return };
        match said {
            FromVerifier::Started(port) => verifier.port = Some(self.inbox.listen(number, port)),
            FromVerifier::Answered(verified) => {
                verifier.since_ms = monotonic_ms();
                if let Some(share) = verifier.out.pop_front() {
                    ahead.put_back(share, verified);
                }
            }
            FromVerifier::Failed(receipt) => self.give_up(ahead, &receipt.to_string()),
        }
    }

    fn start(&mut self) {
        let scope: web_sys::WorkerGlobalScope = js_sys::global().unchecked_into();
        let navigator: WorkerNavigator = scope.navigator();
        for _ in 0..most(navigator.hardware_concurrency() as usize) {
            self.started += 1;
            let (number, inbox) = (self.started, self.inbox.clone());
            let worker = spawn(VERIFIER, move |outcome| {
                let said = match outcome {
                    Spawn::Ready(port) => FromVerifier::Started(port),
                    Spawn::Failed(receipt) => FromVerifier::Failed(receipt),
                };
                inbox.put(Input::Verifier(number, said));
            });
            match worker {
                Ok(worker) => {
                    let since_ms = monotonic_ms();
                    self.running.push(Verifier { number, port: None, out: VecDeque::new(), since_ms, _worker: worker });
                }
                // Some browsers let only a page start a worker. Then the node does it all.
                Err(_) => self.are_broken = true,
            }
        }
    }

    fn give_up<T>(&mut self, ahead: &mut Ahead<T>, why: &str) {
        web_sys::console::info_1(&format!("signatures are verified without helpers: {why}").into());
        self.are_broken = true;
        self.running.clear();
        ahead.give_up();
    }
}

impl Inbox {
    /// Listens to a verifier.
    fn listen(&self, number: u64, port: MessagePort) -> Port {
        let inbox = self.clone();
        Port::listen(port, move |verified: Option<VerifiedSignatures>, _| {
            inbox.put(Input::Verifier(number, FromVerifier::Answered(verified)));
        })
    }
}
