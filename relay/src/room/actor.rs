//! The task of a room: gathers inputs, runs turns on the blocking threads, and decides what happens when the store
//! fails.
//!
//! When a commit fails, the node in memory may know more than the disk. It is thrown away with everything it wanted to
//! send; the members are cut off and told to come back later; the store is opened again as it was after its last good
//! commit, and a node restored from it, so that reading goes on. Members are let in again when a probe has been written.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use shared::{Params, Timestamp};
use tokio::sync::{mpsc, watch};
use tokio::task::spawn_blocking;
use tokio_util::sync::CancellationToken;
use tracing::{error, info};

use super::core::Core;
use super::events::Happening;
use super::outlets::Outlets;
use super::visit::Visit;
use super::{Identity, Input, RoomInfo, StoreState};
use crate::clock;
use crate::outbox::Closing;
use crate::store::Store;

/// Inputs of one turn: as many as share a commit, few enough that answers come soon.
const BATCH_INPUTS_MAX: usize = 256;
/// Time from a failure of the store to the first probe, in milliseconds; doubled with each failure after it.
const PROBE_MS: u64 = 1_000;
/// The longest time between probes, in milliseconds.
const PROBE_MS_MAX: u64 = 30_000;
/// A store that has worked for so long, in milliseconds, has its failures forgotten.
const RECOVERED_MS: u64 = 60_000;

/// The room's node, or what is left of it.
enum Condition {
    Serving(Box<Core>),
    // The core, if there is one, is only read.
    Failing { core: Option<Box<Core>>, reason: String, probe_at: Timestamp },
}

/// The task's state.
pub(super) struct Actor {
    condition: Condition,
    failures: u32,
    failed_at: Timestamp,
    params: Arc<Params>,
    store: Arc<Store>,
    identity: Identity,
    outlets: Outlets,
    publish: watch::Sender<Arc<RoomInfo>>,
    waiting: VecDeque<Input>,
}

impl Actor {
    pub(super) fn new(
        core: Core,
        params: Arc<Params>,
        store: Arc<Store>,
        identity: Identity,
        outlets: Outlets,
        publish: watch::Sender<Arc<RoomInfo>>,
    ) -> Self {
        Self {
            condition: Condition::Serving(Box::new(core)),
            failures: 0,
            failed_at: Timestamp::from_ms(0),
            params,
            store,
            identity,
            outlets,
            publish,
            waiting: VecDeque::new(),
        }
    }

    pub(super) async fn run(mut self, mut inbox: mpsc::Receiver<Input>, stop: CancellationToken) {
        while !stop.is_cancelled() {
            if self.waiting.is_empty() {
                let wake = self.next_wake().map_or(Duration::MAX, clock::until);
                tokio::select! {
                    () = stop.cancelled() => break,
                    () = tokio::time::sleep(wake) => {}
                    input = inbox.recv() => match input {
                        Some(input) => self.waiting.push_back(input),
                        None => break,
                    },
                }
            }
            self.gather(&mut inbox);
            self.turn().await;
        }
        self.stop(inbox).await;
    }

    /// Takes what has come, keeps what is to be kept, and tells everybody.
    async fn stop(mut self, mut inbox: mpsc::Receiver<Input>) {
        // Who comes from here on is told by the session itself.
        inbox.close();
        // What had come before the stop is still taken: a block that reached us is worth keeping.
        while let Some(input) = inbox.recv().await {
            self.waiting.push_back(input);
        }
        while !self.waiting.is_empty() && matches!(self.condition, Condition::Serving(_)) {
            self.turn().await;
        }
        // What members last said of themselves is gathered for a moment before it is kept. That moment is over now.
        if matches!(self.condition, Condition::Serving(_)) {
            self.waiting.push_back(Input::Visit(Visit::act(|node, _| node.flush_members()).0));
            self.turn().await;
        }
        // Streams of events end with the relay: nobody is told who went.
        let _ = self.outlets.links.close_all(&Closing::stopping());
        turn_away(self.waiting, &Closing::stopping());
        info!(room = %self.params.room, height = %self.publish.borrow().tip.height, "room stopped");
    }

    fn gather(&mut self, inbox: &mut mpsc::Receiver<Input>) {
        while self.waiting.len() < BATCH_INPUTS_MAX {
            match inbox.try_recv() {
                Ok(input) => self.waiting.push_back(input),
                Err(_) => return,
            }
        }
    }

    fn next_wake(&self) -> Option<Timestamp> {
        match &self.condition {
            Condition::Serving(core) => core.next_wake(),
            Condition::Failing { probe_at, .. } => Some(*probe_at),
        }
    }

    async fn turn(&mut self) {
        let placeholder =
            Condition::Failing { core: None, reason: "the node was lost".to_owned(), probe_at: clock::now() };
        match std::mem::replace(&mut self.condition, placeholder) {
            Condition::Serving(mut core) => {
                let mut waiting = std::mem::take(&mut self.waiting);
                let turn = spawn_blocking(move || {
                    let result = core.turn(&mut waiting, clock::now());
                    (core, waiting, result)
                });
                match turn.await {
                    Ok((core, waiting, Ok(()))) => {
                        self.waiting = waiting;
                        self.publish.send_replace(Arc::new(core.info()));
                        self.condition = Condition::Serving(core);
                    }
                    Ok((_, waiting, Err(failure))) => {
                        self.waiting = waiting;
                        self.fail(failure.to_string()).await;
                    }
                    // The panic's message went to the log through the hook.
                    Err(_) => self.fail("the node stopped on an error of its own; see the log".to_owned()).await,
                }
            }
            Condition::Failing { core, reason, probe_at } => {
                let core = self.refuse_waiting(core, &reason).await;
                let now = clock::now();
                // A clock that was set back puts no probe off.
                let is_early = now < probe_at && probe_at <= now.plus_ms(PROBE_MS_MAX);
                self.condition = if is_early {
                    Condition::Failing { core, reason, probe_at }
                } else {
                    self.probe(core, reason).await
                };
            }
        }
    }

    /// What a room does with its inputs while it can only be read.
    async fn refuse_waiting(&mut self, core: Option<Box<Core>>, reason: &str) -> Option<Box<Core>> {
        let mut looks = Vec::new();
        for input in self.waiting.drain(..) {
            match input {
                Input::Joined { outbox, .. } => outbox.close(Closing::later(format!("the store fails: {reason}"))),
                Input::Visit(Visit::Look(look)) => looks.push(look),
                // Whoever waits for a change that was dropped learns of it so.
                Input::Visit(Visit::Act(_))
                | Input::Message { .. }
                | Input::Fault { .. }
                | Input::Left { .. }
                | Input::Keep { .. } => {}
            }
        }
        let core = core?;
        if looks.is_empty() {
            return Some(core);
        }
        let looking = spawn_blocking(move || {
            for look in looks {
                core.look(look)();
            }
            core
        });
        // Where even reading fails, the core is lost, and the next probe restores one.
        looking.await.ok()
    }

    async fn fail(&mut self, reason: String) {
        let now = clock::now();
        if now.ms_since(self.failed_at) > RECOVERED_MS {
            self.failures = 0;
        }
        self.failed_at = now;
        error!(
            room = %self.params.room,
            reason,
            "the store fails: nothing is taken or acknowledged until it works; reading goes on"
        );
        let closing = Closing::later("the relay's store fails; reconnect later");
        let gone = self.outlets.links.close_all(&closing);
        turn_away(std::mem::take(&mut self.waiting), &closing);
        self.publish_failing(&reason);
        self.outlets.events.tell(Happening::Store(StoreState::Failing { reason: reason.clone() }));
        for member in gone {
            self.outlets.links.note(&member);
            self.outlets.events.tell(Happening::MemberWent(member));
        }
        let core = self.restore().await;
        if let Some(core) = &core {
            self.publish_failing_at(core.info(), &reason);
        }
        self.condition = Condition::Failing { core, reason, probe_at: self.probe_later() };
    }

    fn probe_later(&mut self) -> Timestamp {
        let wait = PROBE_MS.saturating_mul(1 << self.failures.min(16)).min(PROBE_MS_MAX);
        self.failures += 1;
        clock::now().plus_ms(wait)
    }

    /// Opens the store again and restores a node from it. The future borrows nothing: a node may be sent to another
    /// thread, and not be looked at by two.
    fn restore(&self) -> impl Future<Output = Option<Box<Core>>> + Send + use<> {
        let (params, store) = (Arc::clone(&self.params), Arc::clone(&self.store));
        let (identity, outlets) = (self.identity.clone(), self.outlets.clone());
        let room = self.params.room.clone();
        let restoring = spawn_blocking(move || {
            store.reopen()?;
            Core::restore(&params, &store, &identity, outlets)
        });
        async move {
            match restoring.await {
                Ok(Ok(core)) => Some(Box::new(core)),
                Ok(Err(failure)) => {
                    error!(%room, %failure, "the store cannot be read either");
                    None
                }
                Err(_) => None,
            }
        }
    }

    async fn probe(&mut self, core: Option<Box<Core>>, reason: String) -> Condition {
        let core = match core {
            Some(core) => Some(core),
            None => self.restore().await,
        };
        let store = Arc::clone(&self.store);
        let probe = spawn_blocking(move || store.recover());
        match (core, probe.await) {
            (Some(core), Ok(Ok(()))) => {
                info!(room = %self.params.room, height = %core.info().tip.height, "the store works again");
                self.publish.send_replace(Arc::new(core.info()));
                self.outlets.events.tell(Happening::Store(StoreState::Ok));
                Condition::Serving(core)
            }
            (core, probe) => {
                let reason = match probe {
                    Ok(Err(failure)) => failure.to_string(),
                    _ => reason,
                };
                self.publish_failing(&reason);
                Condition::Failing { core, reason, probe_at: self.probe_later() }
            }
        }
    }

    fn publish_failing(&self, reason: &str) {
        let info = RoomInfo::clone(&self.publish.borrow());
        self.publish_failing_at(info, reason);
    }

    fn publish_failing_at(&self, info: RoomInfo, reason: &str) {
        let store = StoreState::Failing { reason: reason.to_owned() };
        let info = RoomInfo { store, members: 0, ..info };
        self.publish.send_replace(Arc::new(info));
    }
}

/// Drops inputs that will not be taken, and tells those who joined by them.
fn turn_away(inputs: VecDeque<Input>, closing: &Closing) {
    for input in inputs {
        if let Input::Joined { outbox, .. } = input {
            outbox.close(closing.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;
    use std::sync::mpsc as blocking;

    use shared::Seed;
    use shared::protocol::PeerId;
    use shared::testing::easy_params;
    use tokio::task::yield_now;

    use super::*;
    use crate::limits::Limits;
    use crate::outbox::queued;
    use crate::outbox::{Next, Outbox};
    use crate::room::Room;
    use crate::room::events::Events;
    use crate::room::links::Links;
    use crate::store::FileDisk;
    use crate::tabs::Tabs;

    /// How often the room's task gets a turn of the runtime while it has nothing to wait for.
    const TURNS: usize = 100;

    async fn turns_pass() {
        for _ in 0..TURNS {
            yield_now().await;
        }
    }

    fn store(folder: &tempfile::TempDir) -> Arc<Store> {
        let store = Store::open(FileDisk::in_folder(folder.path())).expect("a store");
        store.create_room(&easy_params()).expect("a room");
        Arc::new(store)
    }

    fn identity() -> Identity {
        Identity::new(&Seed::from_bytes([1; 32]))
    }

    fn outbox() -> Arc<Outbox> {
        Outbox::new(8, 1_024, queued().holder(Ipv4Addr::LOCALHOST.into()))
    }

    #[test]
    fn who_joins_while_the_room_stops_is_told() {
        // One thread for what blocks: while the test holds it, the room cannot end its last turn.
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .max_blocking_threads(1)
            .build()
            .expect("a runtime");
        runtime.block_on(async {
            let folder = tempfile::tempdir().expect("a folder");
            let (tabs, stop) = (Tabs::new(&Limits::default()), CancellationToken::new());
            let opened = Room::open(easy_params(), store(&folder), identity(), tabs, stop.clone());
            let (room, task) = opened.expect("a room");
            let (release, held) = blocking::channel::<()>();
            let holding = spawn_blocking(move || held.recv());
            stop.cancel();
            turns_pass().await;
            assert!(!task.is_finished(), "its last turn is under way");
            let outbox = outbox();
            room.joined(Arc::clone(&outbox)).await;
            release.send(()).expect("held");
            holding.await.expect("no panic").expect("released");
            task.await.expect("no panic");
            assert_eq!(outbox.try_next(), Some(Next::Close(Closing::stopping())));
        });
    }
    #[tokio::test]
    async fn who_waits_to_be_let_in_when_the_store_fails_is_told() {
        let folder = tempfile::tempdir().expect("a folder");
        let (store, params) = (store(&folder), Arc::new(easy_params()));
        let links = Links::new(params.room.clone(), Tabs::new(&Limits::default()));
        let outlets = Outlets { links, events: Arc::new(Events::new(0)), jobs: watch::channel(None).0 };
        let core = Core::restore(&params, &store, &identity(), outlets.clone()).expect("a core");
        let publish = watch::channel(Arc::new(core.info())).0;
        let mut actor = Actor::new(core, params, store, identity(), outlets, publish);
        let outbox = outbox();
        actor.waiting.push_back(Input::Joined { peer: PeerId(1), outbox: Arc::clone(&outbox) });
        actor.fail("no space is left".to_owned()).await;
        assert!(matches!(outbox.try_next(), Some(Next::Close(Closing { code: 1013, .. }))));
    }
}
