//! The node worker's loop: takes what arrived, hands it to the node, performs what the node puts out, and shows the page
//! what changed.
//!
//! A turn is short. What is left goes on in the next, after the event loop had its own: so a command is heard within one
//! message's work, however much the network sends.

mod ahead;
mod http;
mod identities;
mod import;
mod show;

use std::cell::RefCell;
use std::rc::Rc;

use futures_util::future::select;
use gloo_timers::future::TimeoutFuture;
use shared::protocol::{Ahead, Event, Mining, Node, Output, PeerId, Role};
use shared::{Address, AddressPrefix, SecretKey};
use wasm_bindgen_futures::spawn_local;
use web_sys::MessagePort;

use crate::node::handle::{Found, Query, Secret};
use crate::node::view::{EventKind, Origin, StoragePromise};
use crate::worker::census::Census;
use crate::worker::chronicle::Chronicle;
use crate::worker::clock::{self, monotonic_ms};
use crate::worker::command::{Desk, Effect, Outcome};
use crate::worker::contacts::Contacts;
use crate::worker::feed::Feed;
use crate::worker::http::reception::Reception;
use crate::worker::identity::Identity;
use crate::worker::import::Import;
use crate::worker::inbox::{Inbox, Input, LinkEvent, LinkInput};
use crate::worker::link::Link;
use crate::worker::lookup::Library;
use crate::worker::miner::FromMiner;
use crate::worker::miner::pool::{News, Pool};
use crate::worker::outbox::{Item, Outbox};
use crate::worker::port::Port;
use crate::worker::snapshot::{Snapshots, names};
use crate::worker::store::{MinerSettings, Record, Settings};
use crate::worker::turn::Turns;
use crate::worker::unopened;
use crate::worker::verifier::client::Verifiers;
use crate::worker::wire::{Start, ToNode, ToPage};
use shared::{Receipt, Timestamp};

/// How long a turn takes inputs, in milliseconds.
const TURN_MS: f64 = 8.0;
/// The longest sleep, in milliseconds: a computer that was suspended notices within this that time has passed.
const SLEEP_MS: u64 = 1_000;

/// For so long after the relay greeted, it introduces who was in the room before, in milliseconds.
const INTRODUCTION_MS: u64 = 1_500;
/// From which try on the relay is asked why a connection did not open.
const UNOPENED_TRIES: u32 = 3;
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
    /// What its owner set for the miner.
    pub miner_settings: MinerSettings,
    /// What happened so far.
    pub feed: Feed,
    /// Where requests over HTTP arrive.
    pub reception: Reception,
    /// The owner's names for addresses.
    pub contacts: Contacts,
    /// What the page said at the start.
    pub start: Start,
}

/// The loop and what it keeps.
pub struct Driver {
    parts: Parts,
    wallet_key: SecretKey,
    address: Address,
    pool: Pool,
    no_miner: Option<Receipt>,
    prefix: AddressPrefix,
    /// When Replace chain last finished.
    replaced_at: Option<Timestamp>,
    /// When the relay last greeted.
    greeted_at: Option<Timestamp>,
    /// Why the relay refused this node, while it does.
    refused: Option<Receipt>,
    /// What the network sent and waits for its signatures, or for what was sent before.
    ahead: Ahead<ahead::InLine>,
    extent: ahead::Extent,
    verifiers: Verifiers,
    snapshots: Snapshots,
    /// Whether the browser has promised to keep this site's data.
    promise: StoragePromise,
    /// The file that is being taken in, and the number of the command to be answered when it is.
    import: Option<(u64, Import)>,
    dirty: bool,
    /// Whether a request came since the last snapshot.
    asked: bool,
    shown_ms: f64,
}

impl Driver {
    /// Puts the parts together and starts the miner.
    pub fn new(parts: Parts) -> Self {
        let wallet_key = parts.identity.seed().wallet_key();
        let prefix = parts.node.borrow().params().address_prefix.clone();
        let (inbox, page) = (parts.inbox.clone(), Rc::clone(&parts.page));
        let pool = Pool::new(inbox, page, parts.settings.throttle_percent, parts.miner_settings);
        Self {
            address: wallet_key.public().address(),
            wallet_key,
            pool,
            no_miner: None,
            prefix,
            replaced_at: None,
            greeted_at: None,
            refused: None,
            ahead: Ahead::default(),
            extent: ahead::Extent::default(),
            verifiers: Verifiers::new(parts.inbox.clone()),
            snapshots: Snapshots::default(),
            promise: StoragePromise::default(),
            import: None,
            dirty: true,
            asked: false,
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
            let is_busy = self.advance() | self.import.is_some();
            self.step_import();
            self.wake_node();
            self.perform();
            self.wake_reception();
            self.wake_miners();
            self.parts.census.take(&mut self.parts.identity, self.parts.outbox.trouble().is_some());
            self.dirty |= self.parts.census.has_changed();
            self.show();
            if self.parts.inbox.is_empty() && !self.parts.reception.is_busy() && !is_busy {
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
            self.dirty |= !input.is_request();
            match input {
                Input::Page(message, port) => self.hear_page(message, port),
                Input::Miner { number, report } => self.hear_miner(number, report),
                Input::MinerStarted { number, outcome } => self.miner_started(number, outcome),
                Input::Verifier(number, said) => self.verifiers.hear(number, said, &mut self.ahead),
                Input::Contacts(contacts) => self.merge_contacts(contacts),
                Input::Link(input) => self.line_up(input),
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
                let Some(command) = self.take_command(number, command) else { return };
                let mut node = self.parts.node.borrow_mut();
                let mut desk = Desk {
                    node: &mut node,
                    wallet_key: &self.wallet_key,
                    payout: self.address,
                    origin: &self.parts.start.base,
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
            ToNode::Query { number, query: Query::ClassicChain } => {
                let found = self.parts.reception.classic_chain().map_or_else(Found::Nothing, Found::Text);
                self.parts.page.send(&ToPage::Found { number, found });
            }
            ToNode::Query { number, query: Query::Identities { count } } => self.list_identities(number, count),
            ToNode::Query { number, query: Query::Words } => {
                let words = shared::backup::words(&self.parts.identity.seed());
                let found = Found::Words(words.map(|word| Secret(word.to_owned())).to_vec());
                self.parts.page.send(&ToPage::Found { number, found });
            }
            ToNode::Query { number, query } => {
                let node = self.parts.node.borrow();
                let names = names(&node, self.address);
                let members = node.members();
                let (chain, mempool, id) = (node.chain(), node.mempool(), node.id());
                let library = Library { chain, mempool, names: &names, members: &members, id };
                self.parts.page.send(&ToPage::Found { number, found: library.find(&query) });
            }
            ToNode::Surroundings(around) => self.pool.surround(around),
            ToNode::Storage(promise) => self.promise = promise,
            ToNode::Wake => {
                self.parts.link.borrow_mut().hurry(clock::now());
                self.parts.census.hurry();
            }
            ToNode::Miner { number } => {
                let port = port.ok_or_else(|| Receipt::new("a miner", "a port to reach it", "none"));
                self.miner_started(number, port);
            }
            ToNode::MinerFailed { number, receipt } => self.miner_started(number, Err(receipt)),
        }
    }

    fn take_effect(&mut self, effect: Effect) {
        match effect {
            Effect::Throttle(percent) => {
                self.pool.throttle(percent);
                self.parts.settings.throttle_percent = percent;
                self.parts.outbox.put(Item::keep(Record::Settings, &self.parts.settings));
            }
            Effect::Workers(workers) => {
                let settings = self.pool.choose(workers);
                self.parts.outbox.put(Item::keep(Record::Miner, &settings));
            }
            Effect::Graphics(on) => {
                let settings = self.pool.use_graphics(on);
                self.parts.outbox.put(Item::keep(Record::Miner, &settings));
            }
            Effect::AutoSync(on) => {
                self.parts.settings.auto_sync = on;
                self.parts.outbox.put(Item::keep(Record::Settings, &self.parts.settings));
            }
            Effect::Renamed(name) => {
                self.parts.identity.rename(&name);
                self.parts.reception.renamed(name.as_str());
                self.parts.census.hurry();
            }
            Effect::ForgetEvents => self.parts.feed.clear(),
            Effect::OwnerSpoke => self.receive(|reception, tab| reception.owner_spoke(tab)),
            Effect::Replace => self.receive(Reception::replace),
        }
    }

    fn hear_miner(&mut self, number: u32, report: FromMiner) {
        if let FromMiner::Found { job, extra_nonce, proof } = report {
            let mined = self.parts.node.borrow_mut().mined(job, extra_nonce, proof, clock::now());
            // A job that was replaced while its proof was on the way is nobody's fault and of no use.
            if let Err(error) = mined {
                web_sys::console::info_1(&format!("a proof came too late: {error}").into());
            }
        }
        let news = self.pool.hear(number, report);
        self.take_news(news);
    }

    fn miner_started(&mut self, number: u32, outcome: Result<MessagePort, Receipt>) {
        if outcome.is_ok() {
            self.no_miner = None;
        }
        let news = self.pool.started(number, outcome);
        self.take_news(news);
    }

    fn wake_miners(&mut self) {
        let (news, has_changed) = self.pool.tick();
        self.dirty |= has_changed;
        self.take_news(news);
        self.perform();
    }

    fn take_news(&mut self, news: impl IntoIterator<Item = News>) {
        for news in news {
            let (what, receipt) = match &news {
                News::Lost(receipt) => ("A worker of the miner", receipt),
                News::CardLost(receipt) => ("Mining on the graphics card", receipt),
                News::NoneLeft(receipt) => ("The miner", receipt),
            };
            let refused = EventKind::Refused { what: what.to_owned(), receipt: receipt.clone() };
            self.parts.feed.note(clock::now(), refused);
            // A card that failed is switched off.
            self.parts.outbox.put(Item::keep(Record::Miner, &self.pool.settings()));
            if let News::NoneLeft(receipt) = news {
                self.parts.node.borrow_mut().set_mining(Mining::Off, clock::now());
                self.no_miner = Some(receipt);
                self.receive(|reception, tab| reception.owner_spoke(tab));
            }
        }
    }

    fn hear_link(&mut self, LinkInput { link: number, event }: LinkInput) {
        let event = match event {
            LinkEvent::Exchange(frame) => return self.hear_exchange(number, frame),
            LinkEvent::Unopened(receipt) => return self.hear_unopened(receipt),
            event => event,
        };
        let is_closed = event == LinkEvent::Closed;
        if is_closed && self.parts.link.borrow().is_opening(number) {
            self.ask_why_unopened(number);
        }
        self.hear_peer(number, event);
        if is_closed {
            self.receive(|reception, tab| reception.link_lost(number, tab));
        }
    }

    fn hear_peer(&mut self, number: u64, event: LinkEvent) {
        let (peer, now) = (PeerId(number), clock::now());
        let mut node = self.parts.node.borrow_mut();
        let mut link = self.parts.link.borrow_mut();
        match event {
            LinkEvent::Answers => link.answers(number, now),
            LinkEvent::Opened if link.opened(number) => node.peer_joined(peer, now),
            LinkEvent::Frame(bytes) if number == link.number() => node.receive(peer, &bytes, now),
            LinkEvent::Closed if link.closed(number, now) => node.peer_left(peer, now),
            // News of a connection that was given up.
            LinkEvent::Opened
            | LinkEvent::Frame(_)
            | LinkEvent::Exchange(_)
            | LinkEvent::Closed
            | LinkEvent::Unopened(_) => {}
        }
    }

    /// Asks the relay why a connection did not open. Whether or not it says so, the link is tried again.
    fn ask_why_unopened(&self, number: u64) {
        // A relay that starts again is away for the first tries.
        if self.parts.link.borrow().attempt() < UNOPENED_TRIES {
            return;
        }
        let (start, inbox) = (self.parts.start.clone(), self.parts.inbox.clone());
        spawn_local(async move {
            if let Some(receipt) = unopened::why(&start.base, &start.room).await {
                inbox.put(Input::Link(LinkInput { link: number, event: LinkEvent::Unopened(receipt) }));
            }
        });
    }

    fn hear_unopened(&mut self, receipt: Receipt) {
        // A connection that opened meanwhile makes it old news.
        if !self.parts.link.borrow().is_greeted() {
            self.refused = Some(receipt);
            self.dirty = true;
        }
    }

    fn wake_node(&mut self) {
        let now = clock::now();
        let mut node = self.parts.node.borrow_mut();
        if node.is_due(now) {
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
                Output::Mine(job) => self.pool.mine(job),
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
            Event::PeerReady { role: Role::Relay, id, .. } => {
                self.parts.link.borrow_mut().greeted();
                self.greeted_at = Some(now);
                self.refused = None;
                self.meet(*id);
            }
            Event::RefusedBy { receipt, .. } | Event::PeerCutOff { receipt, .. } if is_for_good(receipt) => {
                self.refused = Some(receipt.clone());
            }
            Event::ReplaceFinished(_) => self.replaced_at = Some(now),
            _ => {}
        }
        self.receive(|reception, tab| reception.note(event, tab));
    }

    /// How long to sleep where nothing arrives, in milliseconds.
    fn sleep_ms(&self) -> u32 {
        let now = clock::now();
        let due = self.parts.reception.next_due();
        let deadlines = [self.parts.node.borrow().next_wake(), self.parts.link.borrow().next_tick(), due];
        let sample_ms = self.pool.until_due_ms();
        let until = deadlines.into_iter().flatten().map(|at| at.ms_since(now)).min().unwrap_or(SLEEP_MS);
        (until.min(SLEEP_MS).min(sample_ms) as f64).min(self.until_shown_ms()).ceil() as u32
    }
}

/// Whether trying again would not help.
fn is_for_good(receipt: &Receipt) -> bool {
    FOR_GOOD.contains(&receipt.rule.as_str())
}
