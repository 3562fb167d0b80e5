//! A room: one network, its node, and the members connected to it.
//!
//! Each room is one task (the actor) that owns the node, takes what sessions send it in batches, and gives each
//! batch to a *turn* (`core`) on the runtime's blocking threads: verifying signatures takes milliseconds and a commit
//! waits for the disk, and neither may hold up the sockets. A thread of the pool rather than one of its own, because
//! rooms without traffic then cost no thread.
//!
//! What others hold is a [`Room`]: a way to send inputs, and a snapshot of what the room is. Nothing here knows what a
//! socket or an HTTP request is.

mod actor;
mod core;
pub mod events;
mod kept;
mod links;
mod outlets;
mod visit;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde::Serialize;
use shared::protocol::{ClockOffset, Node, PeerId};
use shared::state::{Job, Tip};
use shared::{Address, BlockHash, Height, NodeId, NodeName, Params, Receipt, RoomName, SecretKey, Seed, Timestamp};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};
use tokio_util::sync::CancellationToken;

use self::events::Events;
use self::outlets::Outlets;
use self::visit::Visit;
use crate::clock;
use crate::export::{branch_of, hashes_of};
use crate::limits::{INBOX_BYTES_MAX, INBOX_MESSAGES_MAX};
use crate::outbox::{Closing, Outbox};
use crate::store::{Store, StoreError};
use crate::tabs::Tabs;

/// After how long a block that is about to arrive is looked for again, in milliseconds; doubled each time.
const BRANCH_POLL_MS: u64 = 10;
/// The longest such time.
const BRANCH_POLL_MS_MAX: u64 = 400;

/// Why a room cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum RoomError {
    /// The store fails.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What is stored does not make a chain.
    #[error("expected the store of room {room} to hold a valid chain, found: {found}")]
    Restore {
        /// The room.
        room: RoomName,
        /// What is wrong.
        found: String,
    },
    /// The room that is to answer at the root is not one of the relay's.
    #[error("expected --root-room to name a room of this relay, found {room}; its rooms are {}", .rooms.join(", "))]
    NoRoot {
        /// The room.
        room: RoomName,
        /// Those that there are.
        rooms: Vec<String>,
    },
}

impl RoomError {
    /// Whether another command line would help.
    pub fn is_usage(&self) -> bool {
        matches!(self, Self::NoRoot { .. } | Self::Store(StoreError::OtherParams { .. }))
    }
}

/// Whether the room's store takes writes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "lowercase")]
pub enum StoreState {
    /// It does.
    Ok,
    /// It does not: nothing new is taken or acknowledged, and what is stored can be read.
    Failing {
        /// What the disk or the database said.
        reason: String,
    },
}

/// What is known of a room at a glance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomInfo {
    /// The end of its chain.
    pub tip: Tip,
    /// Members that are connected.
    pub members: usize,
    /// Payments that wait.
    pub mempool: usize,
    /// Whether the store takes writes.
    pub store: StoreState,
    /// How the relay's clock compares with its members', as far as they say.
    pub clock: Option<ClockOffset>,
}

/// What a session tells the room.
#[derive(Debug)]
enum Input {
    Joined {
        peer: PeerId,
        outbox: Arc<Outbox>,
    },
    Message {
        peer: PeerId,
        bytes: Vec<u8>,
        // Held until the message is dealt with.
        _place: OwnedSemaphorePermit,
    },
    Fault {
        peer: PeerId,
        receipt: Receipt,
    },
    Left {
        peer: PeerId,
    },
    Keep {
        id: NodeId,
        chain: String,
        // Held until the chain is dealt with.
        _place: OwnedSemaphorePermit,
    },
    Visit(Visit),
}

/// A room, as sessions and requests see it. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Room {
    params: Arc<Params>,
    store: Arc<Store>,
    inputs: mpsc::Sender<Input>,
    places: Arc<Semaphore>,
    peers: Arc<AtomicU64>,
    info: watch::Receiver<Arc<RoomInfo>>,
    events: Arc<Events>,
    jobs: watch::Receiver<Option<Job>>,
}

/// Who the relay's node is.
#[derive(Clone, Debug)]
pub struct Identity {
    /// Its key.
    pub key: SecretKey,
    /// What members see it called.
    pub name: NodeName,
    /// What signs its payments.
    pub wallet: SecretKey,
    /// Where it is paid.
    pub address: Address,
}

impl Identity {
    /// The node of this seed, called as every node is by its id.
    pub fn new(seed: &Seed) -> Self {
        let (key, wallet) = (seed.node_key(), seed.wallet_key());
        Self { name: NodeName::from_id(&NodeId::of(&key.public())), address: wallet.public().address(), wallet, key }
    }
}

impl Room {
    /// Restores a room from the store and starts it. It stops, with its members told, when `stop` is cancelled; the
    /// task's end means that everything is committed.
    ///
    /// Blocks until the chain is read: call it outside the runtime's own threads.
    ///
    /// # Errors
    /// When the store cannot be read or does not hold a valid chain.
    pub fn open(
        params: Params,
        store: Arc<Store>,
        identity: Identity,
        tabs: Arc<Tabs>,
        stop: CancellationToken,
    ) -> Result<(Self, tokio::task::JoinHandle<()>), RoomError> {
        let params = Arc::new(params);
        let links = links::Links::new(params.room.clone(), tabs);
        let events = Arc::new(Events::new(clock::now().as_ms()));
        let (give_out, jobs) = watch::channel(None);
        let outlets = Outlets { links, events: Arc::clone(&events), jobs: give_out };
        let core = core::Core::restore(&params, &store, &identity, outlets.clone())?;
        let (inputs, inbox) = mpsc::channel(INBOX_MESSAGES_MAX);
        let (publish, info) = watch::channel(Arc::new(core.info()));
        let actor = actor::Actor::new(core, Arc::clone(&params), Arc::clone(&store), identity, outlets, publish);
        let task = tokio::spawn(actor.run(inbox, stop));
        let room = Self {
            params,
            store,
            inputs,
            places: Arc::new(Semaphore::new(INBOX_BYTES_MAX)),
            peers: Arc::default(),
            info,
            events,
            jobs,
        };
        Ok((room, task))
    }

    /// Its parameters.
    pub fn params(&self) -> &Params {
        &self.params
    }

    /// What it is now.
    pub fn info(&self) -> Arc<RoomInfo> {
        Arc::clone(&self.info.borrow())
    }

    /// The store it is kept in.
    pub fn store(&self) -> &Arc<Store> {
        &self.store
    }

    /// A session begins. The room fills its outbox until [`Self::left`].
    pub async fn joined(&self, outbox: Arc<Outbox>) -> PeerId {
        let peer = PeerId(self.peers.fetch_add(1, Ordering::Relaxed));
        let joined = Input::Joined { peer, outbox: Arc::clone(&outbox) };
        if self.inputs.send(joined).await.is_err() {
            outbox.close(Closing::stopping());
        }
        peer
    }

    /// A message came. Waits while too many others wait.
    pub async fn message(&self, peer: PeerId, bytes: Vec<u8>) {
        let place = self.place(bytes.len()).await;
        self.send(Input::Message { peer, bytes, _place: place }).await;
    }

    /// A place for so many bytes among those that wait for the room. Waits while there is none.
    pub(crate) async fn place(&self, bytes: usize) -> OwnedSemaphorePermit {
        let weight = u32::try_from(bytes.clamp(1, INBOX_BYTES_MAX)).expect("the inbox is below 4 GiB");
        let place = Arc::clone(&self.places).acquire_many_owned(weight).await;
        place.expect("the semaphore is never closed")
    }

    /// A member's classic chain is now this JSON array of blocks, and is to be kept.
    pub(crate) async fn keep(&self, id: NodeId, chain: String, place: OwnedSemaphorePermit) {
        self.send(Input::Keep { id, chain, _place: place }).await;
    }

    /// A session found a fault in what its member sends: the member is cut off and barred.
    pub async fn fault(&self, peer: PeerId, receipt: Receipt) {
        self.send(Input::Fault { peer, receipt }).await;
    }

    /// A session ended.
    pub async fn left(&self, peer: PeerId) {
        self.send(Input::Left { peer }).await;
    }

    /// Lets `closure` look at the node, in a turn of the room, and hands out what it returns. While the store fails, what
    /// was restored from it is looked at; `None` while there is nothing to look at.
    ///
    /// Turns follow each other: the closure holds up the whole room, and is to be quick.
    pub async fn look<T: Send + 'static>(&self, closure: impl FnOnce(&Node) -> T + Send + 'static) -> Option<T> {
        let (visit, answer) = Visit::look(closure);
        self.send(Input::Visit(visit)).await;
        answer.await.ok()
    }

    /// Lets `closure` change the node, in a turn of the room, and hands out what it returns once the turn is committed.
    /// `None` when the store fails, or the relay stops: nothing was done, then, that will last.
    pub async fn act<T: Send + 'static>(
        &self,
        closure: impl FnOnce(&mut Node, Timestamp) -> T + Send + 'static,
    ) -> Option<T> {
        let (visit, answer) = Visit::act(closure);
        self.send(Input::Visit(visit)).await;
        answer.await.ok()
    }

    /// What the room's node wants mined.
    pub(crate) fn jobs(&self) -> watch::Receiver<Option<Job>> {
        self.jobs.clone()
    }

    /// Whether the room's node is mining.
    pub fn is_mining(&self) -> bool {
        self.jobs.borrow().is_some()
    }

    /// What happens in the room.
    pub fn events(&self) -> &Events {
        &self.events
    }

    /// The hashes of the active chain, genesis first; `None` while it cannot be told.
    pub async fn active_chain(&self) -> Option<Vec<BlockHash>> {
        self.look(|node| hashes_of(node.chain())).await
    }

    /// The hashes of the chain that ends in this block, on whichever branch, genesis first. A block that is not here may be
    /// about to arrive and is waited for; `Some(None)` when it has not, `None` when it cannot be told.
    pub async fn branch(&self, tip: BlockHash, wait: Duration) -> Option<Option<Vec<BlockHash>>> {
        self.comes(wait, move |node| branch_of(node.chain(), &tip)).await
    }

    /// Waits for a block that is about to arrive, until all below it is here too and those who are on its chain have been
    /// told; or until it is late.
    pub async fn arrives(&self, hash: BlockHash, wait: Duration) {
        let _ = self.comes(wait, move |node| node.chain().is_complete(&hash).then_some(())).await;
    }

    /// Looks again and again until there is something, or it is late.
    async fn comes<T, L>(&self, wait: Duration, look: L) -> Option<Option<T>>
    where
        T: Send + 'static,
        L: Fn(&Node) -> Option<T> + Clone + Send + 'static,
    {
        let deadline = tokio::time::Instant::now() + wait;
        let mut pause = Duration::from_millis(BRANCH_POLL_MS);
        loop {
            let found = self.look(look.clone()).await?;
            if found.is_some() || tokio::time::Instant::now() >= deadline {
                return Some(found);
            }
            tokio::time::sleep(pause).await;
            // Whoever names blocks that never come costs the room little.
            pause = (pause * 2).min(Duration::from_millis(BRANCH_POLL_MS_MAX));
        }
    }

    /// The height of its chain.
    pub fn height(&self) -> Height {
        self.info.borrow().tip.height
    }

    async fn send(&self, input: Input) {
        // The room is gone only while the relay stops, and sessions are closed then.
        let _ = self.inputs.send(input).await;
    }
}
