//! The page's end of the node worker: starts it, sends it commands and queries, and pairs answers with questions.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use futures_channel::oneshot;
use gloo_timers::callback::Timeout;
use shared::Receipt;
use web_sys::MessagePort;

use super::handle::{Answer, Command, Field, FieldRefusal, Found, IdentityCommand, Query};
use super::session::{self, Asked};
use super::view::TabState;
use crate::base;
use crate::worker::NODE;
use crate::worker::miner::Kind;
use crate::worker::port::{Port, Spawn, Spawned, spawn};
use crate::worker::wire::{Start, Surroundings, ToNode, ToPage};

/// After how long a node worker that has not started is told of, in milliseconds.
const SLOW_START_MS: u32 = 8_000;

/// Reaches the tab's node. Cheap to clone; two handles are equal where they reach the same worker.
#[derive(Clone)]
pub struct NodeHandle {
    inner: Rc<Inner>,
}

struct Inner {
    show: Box<dyn Fn(TabState)>,
    /// What the link asked for that the page was opened with.
    asked: Asked,
    /// Ends the worker when the handle goes.
    node: RefCell<Option<Spawned>>,
    port: RefCell<Option<Port>>,
    /// What was asked before the worker was there.
    early: RefCell<Vec<ToNode>>,
    next: Cell<u64>,
    commands: RefCell<BTreeMap<u64, oneshot::Sender<Answer>>>,
    queries: RefCell<BTreeMap<u64, oneshot::Sender<Found>>>,
    /// Set once the worker cannot go on; later questions are answered with it.
    failure: RefCell<Option<Receipt>>,
    /// Whether the browser was asked to keep this site's data.
    persistent: Cell<bool>,
    /// Miners that the page started for a node worker that may not, by their numbers.
    miners: RefCell<BTreeMap<u32, Spawned>>,
    /// Tells that the worker takes long to start; gone once it runs or has failed.
    slow_start: RefCell<Option<Timeout>>,
}

impl NodeHandle {
    /// Starts the node worker; every state it publishes is handed to `show`.
    pub(super) fn start(show: impl Fn(TabState) + 'static) -> Self {
        let asked = session::take_asked();
        let handle = Self::detached(show, asked);
        handle.post(ToNode::Start(Start {
            base: base::url(),
            room: session::room(),
            wanted: session::identity(),
            fresh: asked == Asked::New,
        }));
        handle.tell_promise(false);
        let weak = Rc::downgrade(&handle.inner);
        let spawned = spawn(NODE, move |outcome| {
            let Some(inner) = weak.upgrade() else { return };
            match outcome {
                Spawn::Ready(port) => Self { inner }.connect(port),
                Spawn::Failed(receipt) => Self { inner }.fail(receipt),
            }
        });
        match spawned {
            Ok(worker) => {
                *handle.inner.node.borrow_mut() = Some(worker);
                handle.tell_slow_start();
            }
            Err(receipt) => handle.fail(receipt),
        }
        handle
    }

    fn tell_slow_start(&self) {
        let weak = Rc::downgrade(&self.inner);
        let slow = Timeout::new(SLOW_START_MS, move || {
            if let Some(inner) = weak.upgrade() {
                let doing = "still loading the node's worker: the network is slow, or something on the way holds its \
                             files back"
                    .to_owned();
                (inner.show)(TabState::Starting { doing });
            }
        });
        *self.inner.slow_start.borrow_mut() = Some(slow);
    }

    fn detached(show: impl Fn(TabState) + 'static, asked: Asked) -> Self {
        let inner = Inner {
            show: Box::new(show),
            asked,
            node: RefCell::default(),
            port: RefCell::default(),
            early: RefCell::default(),
            next: Cell::new(0),
            commands: RefCell::default(),
            queries: RefCell::default(),
            failure: RefCell::default(),
            persistent: Cell::new(false),
            miners: RefCell::default(),
            slow_start: RefCell::default(),
        };
        Self { inner: Rc::new(inner) }
    }

    /// Has the node do something, and waits for its answer.
    pub async fn command(&self, command: Command) -> Answer {
        self.keep_what_is_earned(&command);
        let (answer, answered) = oneshot::channel();
        let number = self.number();
        self.inner.commands.borrow_mut().insert(number, answer);
        self.post(ToNode::Command { number, command });
        answered
            .await
            .unwrap_or_else(|_| Answer::Refused(vec![FieldRefusal { field: Field::Form, receipt: self.failure() }]))
    }

    /// Has the node do something whose answer nobody waits for: the next view shows what came of it.
    pub fn tell(&self, command: Command) {
        self.keep_what_is_earned(&command);
        self.post(ToNode::Command { number: self.number(), command });
    }

    /// Looks something up.
    pub async fn query(&self, query: Query) -> Found {
        let (found, answered) = oneshot::channel();
        let number = self.number();
        self.inner.queries.borrow_mut().insert(number, found);
        self.post(ToNode::Query { number, query });
        answered.await.unwrap_or_else(|_| Found::Nothing(self.failure()))
    }

    /// Tells the node that now is a good moment to try the relay again.
    pub fn wake(&self) {
        self.post(ToNode::Wake);
    }

    /// Ends the node, and what works for it, at once.
    pub(super) fn end(&self) {
        self.inner.node.take();
        self.inner.miners.take();
    }

    /// Tells the node what is around it.
    pub(super) fn surround(&self, surroundings: Surroundings) {
        self.post(ToNode::Surroundings(surroundings));
    }

    /// Once there is something worth keeping, asks the browser not to throw this site's data away when room is short.
    /// Not earlier: some browsers ask the person, who would not know what for.
    fn keep_what_is_earned(&self, command: &Command) {
        let earns = matches!(command, Command::StartMining | Command::MineOne | Command::Send { .. });
        if earns && !self.inner.persistent.replace(true) {
            self.tell_promise(true);
        }
    }

    /// Asks the browser not to throw this site's data away when room is short.
    pub fn ask_to_keep_data(&self) {
        self.tell_promise(true);
    }

    /// Tells the node whether the browser has promised to keep this site's data.
    fn tell_promise(&self, ask: bool) {
        let handle = self.clone();
        yew::platform::spawn_local(async move {
            let promise = session::storage_promise(ask).await;
            handle.post(ToNode::Storage(promise));
        });
    }

    /// Whether a link that the app did not make asked for a new node.
    pub fn was_asked_by_a_stranger(&self) -> bool {
        self.inner.asked == Asked::NewByAStranger
    }

    /// Has this tab be another identity of this browser. Where that can be, the page is loaded again.
    ///
    /// # Errors
    /// The receipt where it cannot.
    pub async fn become_identity(&self, id: String) -> Result<(), Receipt> {
        match self.command(Command::Identity(IdentityCommand::Become(id.clone()))).await {
            Answer::Refused(refusals) => {
                Err(refusals.into_iter().next().map_or_else(|| self.failure(), |first| first.receipt))
            }
            _ => session::become_identity(&id),
        }
    }

    fn number(&self) -> u64 {
        let number = self.inner.next.get();
        self.inner.next.set(number + 1);
        number
    }

    fn failure(&self) -> Receipt {
        let failure = self.inner.failure.borrow().clone();
        failure.unwrap_or_else(|| Receipt::new("the node must run", "an answer from this tab's node", "none"))
    }

    fn post(&self, message: ToNode) {
        if self.inner.failure.borrow().is_some() {
            self.forget();
            return;
        }
        match &*self.inner.port.borrow() {
            Some(port) => port.send(&message),
            None => self.inner.early.borrow_mut().push(message),
        }
    }

    fn connect(&self, port: MessagePort) {
        self.inner.slow_start.take();
        let weak = Rc::downgrade(&self.inner);
        let port = Port::listen(port, move |message, _| {
            if let Some(inner) = weak.upgrade() {
                Self { inner }.hear(message);
            }
        });
        for message in self.inner.early.take() {
            port.send(&message);
        }
        *self.inner.port.borrow_mut() = Some(port);
    }

    fn hear(&self, message: ToPage) {
        match message {
            ToPage::State(TabState::Failed(receipt)) => self.fail(receipt),
            ToPage::State(state) => (self.inner.show)(state),
            // Whoever asked may be gone by now (a page that was left): then nobody hears the answer.
            ToPage::Answer { number, answer } => {
                if let Some(asked) = self.inner.commands.borrow_mut().remove(&number) {
                    asked.send(answer).ok();
                }
            }
            ToPage::Found { number, found } => {
                if let Some(asked) = self.inner.queries.borrow_mut().remove(&number) {
                    asked.send(found).ok();
                }
            }
            ToPage::Identity(id) => session::remember(&id),
            ToPage::MinerWanted { number, kind } => self.start_miner(number, kind),
            ToPage::MinerUnwanted { number } => drop(self.inner.miners.borrow_mut().remove(&number)),
        }
    }

    fn start_miner(&self, number: u32, kind: Kind) {
        let weak = Rc::downgrade(&self.inner);
        let spawned = spawn(kind.role(), move |outcome| {
            let Some(inner) = weak.upgrade() else { return };
            match (&*inner.port.borrow(), outcome) {
                (Some(node), Spawn::Ready(port)) => node.send_with(&ToNode::Miner { number }, &port),
                (Some(node), Spawn::Failed(receipt)) => node.send(&ToNode::MinerFailed { number, receipt }),
                (None, _) => {}
            }
        });
        match spawned {
            Ok(miner) => drop(self.inner.miners.borrow_mut().insert(number, miner)),
            Err(receipt) => self.post(ToNode::MinerFailed { number, receipt }),
        }
    }

    fn fail(&self, receipt: Receipt) {
        // The first failure is the cause; what follows it (a trap after a panic) says less.
        if self.inner.failure.borrow().is_some() {
            return;
        }
        *self.inner.failure.borrow_mut() = Some(receipt.clone());
        self.inner.early.take();
        self.inner.slow_start.take();
        self.forget();
        (self.inner.show)(TabState::Failed(receipt));
        // Later, because the worker's own message may have led here.
        let inner = Rc::clone(&self.inner);
        yew::platform::spawn_local(async move {
            Self { inner }.end();
        });
    }

    /// Drops every open question, which answers it with the failure.
    fn forget(&self) {
        self.inner.commands.take();
        self.inner.queries.take();
    }
}

impl PartialEq for NodeHandle {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.inner, &other.inner)
    }
}

impl std::fmt::Debug for NodeHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NodeHandle").finish_non_exhaustive()
    }
}
