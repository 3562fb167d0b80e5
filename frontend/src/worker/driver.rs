//! The node worker's loop: takes what arrived, hands it to the node, performs what the node puts out, and shows the page
//! what changed.
//!
//! A turn is short. What is left goes on in the next, after the event loop had its own: so a command is heard within one
//! message's work, however much the network sends.

use std::cell::RefCell;
use std::rc::Rc;

use futures_util::future::select;
use gloo_timers::future::TimeoutFuture;
use shared::protocol::{Event, Mining, Node, Output, PeerId, Role};
use shared::{Address, AddressPrefix, SecretKey};
use web_sys::MessagePort;

use super::census::Census;
use super::chronicle::Chronicle;
use super::clock::{self, monotonic_ms};
use super::command::{Desk, Effect, Outcome};
use super::feed::Feed;
use super::identity::Identity;
use super::inbox::{Inbox, Input, LinkEvent, LinkInput};
use super::link::Link;
use super::lookup::Library;
use super::miner::client::Miner;
use super::miner::{FromMiner, search};
use super::outbox::{Item, Outbox};
use super::port::Port;
use super::snapshot::{LinkFacts, MinerFacts, Scene, Snapshots, names};
use super::store::Settings;
use super::turn::Turns;
use super::wire::{Start, ToNode, ToPage};
use crate::node::view::{EventKind, IdentityView, Origin, StorageView, TabState};
use shared::{Receipt, Timestamp};

/// How long a turn takes inputs, in milliseconds.
const TURN_MS: f64 = 8.0;
/// The shortest time between two snapshots, in milliseconds: quick to the eye, and a small part of a core.
const SNAPSHOT_MS: f64 = 80.0;
/// The longest sleep, in milliseconds: a computer that was suspended notices within this that time has passed.
const SLEEP_MS: u64 = 1_000;

/// For so long after the relay greeted, it introduces who was in the room before, in milliseconds.
const INTRODUCTION_MS: u64 = 1_500;
/// The rules whose refusal stands until the page is loaded anew: another build, or another network, is at the other end.
const FOR_GOOD: [&str; 2] = ["protocol version", "network"];

/// What the driver is made of.
pub struct Parts {
    /// The node.
    pub node: Rc<RefCell<Node>>,
    /// The link to the relay.
    pub link: Rc<RefCell<Link>>,
    /// What arrives.
    pub inbox: Inbox,
    /// What leaves.
    pub outbox: Outbox,
    /// Turns of the event loop.
    pub turns: Turns,
    /// The page.
    pub page: Rc<Port>,
    /// Who else is open in this browser.
    pub census: Rc<Census>,
    /// Who this tab is.
    pub identity: Identity,
    /// How it came by that.
    pub origin: Origin,
    /// What its owner set.
    pub settings: Settings,
    /// What happened so far.
    pub feed: Feed,
    /// What the page said at the start.
    pub start: Start,
}

/// The loop and what it keeps.
pub struct Driver {
    parts: Parts,
    wallet_key: SecretKey,
    address: Address,
    miner: Miner,
    no_miner: Option<Receipt>,
    miner_from_page: bool,
    prefix: AddressPrefix,
    /// When Replace chain last finished.
    replaced_at: Option<Timestamp>,
    /// When the relay last greeted.
    greeted_at: Option<Timestamp>,
    /// Why the relay refused this node, while it does.
    refused: Option<Receipt>,
    snapshots: Snapshots,
    dirty: bool,
    shown_ms: f64,
}

impl Driver {
    /// Puts the parts together and starts the miner.
    pub fn new(parts: Parts) -> Self {
        let wallet_key = parts.identity.seed().wallet_key();
        let prefix = parts.node.borrow().params().address_prefix.clone();
        let miner = Miner::start(parts.inbox.clone(), parts.settings.throttle_percent);
        Self {
            address: wallet_key.public().address(),
            wallet_key,
            miner,
            no_miner: None,
            miner_from_page: false,
            prefix,
            replaced_at: None,
            greeted_at: None,
            refused: None,
            snapshots: Snapshots::default(),
            dirty: true,
            shown_ms: f64::NEG_INFINITY,
            parts,
        }
    }

    /// Runs for as long as the tab lives.
    pub async fn run(mut self) {
        loop {
            let now = clock::now();
            self.parts.link.borrow_mut().tick(now);
            self.hear();
            self.wake_node();
            self.perform();
            self.parts.census.take(&mut self.parts.identity);
            self.dirty |= self.parts.census.has_changed();
            self.show();
            if self.parts.inbox.is_empty() {
                let sleep = TimeoutFuture::new(self.sleep_ms());
                select(Box::pin(self.parts.inbox.wait()), sleep).await;
            } else {
                self.parts.turns.take().await;
            }
        }
    }

    /// Takes inputs until there are none or the turn is over.
    fn hear(&mut self) {
        let started = monotonic_ms();
        while let Some(input) = self.parts.inbox.take() {
            self.dirty = true;
            match input {
                Input::Page(message, port) => self.hear_page(message, port),
                Input::Miner(report) => self.hear_miner(report),
                Input::MinerStarted(outcome) => self.miner_started(outcome),
                Input::Link(input) => self.hear_link(input),
            }
            // What the node puts out for a command (a stop, an answer) does not wait for the rest of the turn.
            self.perform();
            if monotonic_ms() - started >= TURN_MS {
                break;
            }
        }
    }

    fn hear_page(&mut self, message: ToNode, port: Option<MessagePort>) {
        match message {
            // A page says this once, and it was heard before the driver was made.
            ToNode::Start(_) => {}
            ToNode::Command { number, command } => {
                let mut node = self.parts.node.borrow_mut();
                let mut desk = Desk {
                    node: &mut node,
                    wallet_key: &self.wallet_key,
                    payout: self.address,
                    origin: &self.parts.start.origin,
                    no_miner: self.no_miner.as_ref(),
                    now: clock::now(),
                };
                let Outcome { answer, effect } = desk.perform(command);
                drop(node);
                self.parts.page.send(&ToPage::Answer { number, answer });
                if let Some(effect) = effect {
                    self.take_effect(effect);
                }
            }
            ToNode::Query { number, query } => {
                let node = self.parts.node.borrow();
                let names = names(&node, self.address);
                let library = Library { chain: node.chain(), mempool: node.mempool(), names: &names };
                self.parts.page.send(&ToPage::Found { number, found: library.find(&query) });
            }
            ToNode::Wake => {
                self.parts.link.borrow_mut().hurry(clock::now());
                self.parts.census.hurry();
            }
            ToNode::Miner => match port {
                Some(port) => self.miner.connect(port),
                None => self.without_miner(Receipt::new("a miner", "a port to reach it", "none")),
            },
            ToNode::MinerFailed(receipt) => self.without_miner(receipt),
        }
    }

    fn take_effect(&mut self, effect: Effect) {
        match effect {
            Effect::Throttle(percent) => {
                self.miner.throttle(percent);
                self.parts.settings.throttle_percent = percent;
                self.parts.outbox.put(Item::Settings(self.parts.settings));
            }
            Effect::AutoSync(on) => {
                self.parts.settings.auto_sync = on;
                self.parts.outbox.put(Item::Settings(self.parts.settings));
            }
            Effect::Renamed(name) => {
                self.parts.identity.rename(&name);
                self.parts.census.hurry();
            }
            Effect::ForgetEvents => self.parts.feed.clear(),
        }
    }

    fn hear_miner(&mut self, report: FromMiner) {
        match report {
            FromMiner::Rate { attempts, rate_hps } => self.miner.measured(attempts, rate_hps),
            FromMiner::Found { job, extra_nonce, proof } => {
                let mined = self.parts.node.borrow_mut().mined(job, extra_nonce, proof, clock::now());
                // A job that was replaced while its proof was on the way is nobody's fault and of no use.
                if let Err(error) = mined {
                    web_sys::console::info_1(&format!("a proof came too late: {error}").into());
                }
            }
            FromMiner::Failed(receipt) => self.without_miner(receipt),
        }
    }

    fn miner_started(&mut self, outcome: Result<MessagePort, Receipt>) {
        match outcome {
            Ok(port) => self.miner.connect(port),
            Err(receipt) if self.miner.is_connected() || self.miner_from_page => self.without_miner(receipt),
            Err(_) => {
                // Some browsers let only a page start a worker.
                self.miner_from_page = true;
                self.parts.page.send(&ToPage::MinerWanted);
            }
        }
    }

    fn without_miner(&mut self, receipt: Receipt) {
        let now = clock::now();
        self.parts.node.borrow_mut().set_mining(Mining::Off, now);
        self.parts.feed.note(now, EventKind::Refused { what: "The miner".to_owned(), receipt: receipt.clone() });
        self.no_miner = Some(receipt);
    }

    fn hear_link(&mut self, LinkInput { link: number, event }: LinkInput) {
        let (peer, now) = (PeerId(number), clock::now());
        let mut node = self.parts.node.borrow_mut();
        let mut link = self.parts.link.borrow_mut();
        match event {
            LinkEvent::Opened if link.opened(number) => node.peer_joined(peer, now),
            LinkEvent::Frame(bytes) if number == link.number() => node.receive(peer, &bytes, now),
            LinkEvent::Closed if link.closed(number, now) => node.peer_left(peer, now),
            // News of a connection that was given up.
            LinkEvent::Opened | LinkEvent::Frame(_) | LinkEvent::Closed => {}
        }
    }

    fn wake_node(&mut self) {
        let now = clock::now();
        let mut node = self.parts.node.borrow_mut();
        if node.next_wake().is_some_and(|at| at <= now) {
            node.wake(now);
            self.dirty = true;
        }
    }

    /// Performs what the node put out. What must wait for the store waits in the outbox.
    fn perform(&mut self) {
        loop {
            let Some(output) = self.parts.node.borrow_mut().poll_output() else {
                break;
            };
            self.dirty = true;
            match output {
                Output::Send { peer, bytes } => self.parts.outbox.put(Item::Send { peer, bytes }),
                Output::CutOff { peer, .. } => self.parts.outbox.put(Item::CutOff { peer }),
                Output::Store(op) => self.parts.outbox.put(Item::Store(op)),
                Output::Mine(job) => self.miner.mine(job),
                Output::Event(event) => self.note(&event),
            }
        }
    }

    fn note(&mut self, event: &Event) {
        let now = clock::now();
        let introducing = match self.greeted_at {
            Some(at) => now.ms_since(at) < INTRODUCTION_MS,
            None => true,
        };
        let node = self.parts.node.borrow();
        let chronicle = Chronicle { node: &node, own: self.address, introducing };
        for line in chronicle.lines(event) {
            self.parts.feed.note(now, line);
        }
        drop(node);
        match event {
            Event::PeerReady { role: Role::Relay, .. } => {
                self.parts.link.borrow_mut().greeted();
                self.greeted_at = Some(now);
                self.refused = None;
            }
            Event::RefusedBy { receipt, .. } | Event::PeerCutOff { receipt, .. } if is_for_good(receipt) => {
                self.refused = Some(receipt.clone());
            }
            Event::ReplaceFinished(_) => self.replaced_at = Some(now),
            _ => {}
        }
    }

    /// Sends the page a snapshot if something changed and the last one is old enough.
    fn show(&mut self) {
        let now_ms = monotonic_ms();
        if !self.dirty || now_ms - self.shown_ms < SNAPSHOT_MS {
            return;
        }
        self.dirty = false;
        self.shown_ms = now_ms;
        let node = self.parts.node.borrow();
        // Taken out for as long as the scene borrows the rest.
        let mut snapshots = std::mem::take(&mut self.snapshots);
        let view = snapshots.build(&node, &self.scene());
        drop(node);
        self.snapshots = snapshots;
        self.parts.page.send(&ToPage::State(TabState::Running(Box::new(view))));
    }

    fn scene(&self) -> Scene<'_> {
        let Parts { identity, origin, start, feed, outbox, link, .. } = &self.parts;
        let (id, prefix) = (identity.id(), &self.prefix);
        let link = link.borrow();
        Scene {
            identity: IdentityView {
                id: id.to_string(),
                name: identity.name().to_string(),
                address: self.address.encode(prefix),
                origin: *origin,
                urls: vec![format!("{}/nodes/{id}", start.origin)],
                others: self.parts.census.others().clone(),
            },
            address: self.address,
            link: LinkFacts { attempt: link.attempt(), retry_at: link.retry_at(), refused: self.refused.clone() },
            feed,
            miner: MinerFacts {
                rate_hps: self.miner.rate_hps(),
                attempts: self.miner.attempts(),
                throttle_percent: self.miner.throttle_percent(),
                kernel: search::kernel().name(),
            },
            storage: StorageView { saved: outbox.is_saved(), trouble: outbox.trouble() },
            replaced_at: self.replaced_at,
            now: clock::now(),
        }
    }

    /// How long to sleep where nothing arrives, in milliseconds.
    fn sleep_ms(&self) -> u32 {
        let now = clock::now();
        let deadlines = [self.parts.node.borrow().next_wake(), self.parts.link.borrow().next_tick()];
        let until = deadlines.into_iter().flatten().map(|at| at.ms_since(now)).min().unwrap_or(SLEEP_MS);
        let show = if self.dirty { SNAPSHOT_MS - (monotonic_ms() - self.shown_ms) } else { f64::INFINITY };
        (until.min(SLEEP_MS) as f64).min(show.max(0.0)).ceil() as u32
    }
}

/// Whether trying again would not help.
fn is_for_good(receipt: &Receipt) -> bool {
    FOR_GOOD.contains(&receipt.rule.as_str())
}
