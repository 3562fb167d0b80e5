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
mod links;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::Serialize;
use shared::protocol::PeerId;
use shared::state::Tip;
use shared::{Address, BlockHash, Height, NodeId, NodeName, Params, RoomName, SecretKey, Seed};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;

use crate::limits::{INBOX_BYTES_MAX, INBOX_MESSAGES_MAX};
use crate::outbox::{Closing, Outbox};
use crate::store::{Store, StoreError};

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
    Left {
        peer: PeerId,
    },
    ActiveChain {
        answer: oneshot::Sender<Vec<BlockHash>>,
    },
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
}

/// Who the relay's node is.
#[derive(Clone, Debug)]
pub struct Identity {
    /// Its key.
    pub key: SecretKey,
    /// What members see it called.
    pub name: NodeName,
    /// Where it would be paid.
    pub address: Address,
}

impl Identity {
    /// The node of this seed, called as every node is by its id.
    pub fn new(seed: &Seed) -> Self {
        let key = seed.node_key();
        Self { name: NodeName::from_id(&NodeId::of(&key.public())), address: seed.wallet_key().public().address(), key }
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
        stop: CancellationToken,
    ) -> Result<(Self, tokio::task::JoinHandle<()>), RoomError> {
        let params = Arc::new(params);
        let links = links::Links::default();
        let core = core::Core::restore(&params, &store, &identity, links.clone())?;
        let (inputs, inbox) = mpsc::channel(INBOX_MESSAGES_MAX);
        let (publish, info) = watch::channel(Arc::new(core.info()));
        let actor = actor::Actor::new(core, Arc::clone(&params), Arc::clone(&store), identity, links, publish);
        let task = tokio::spawn(actor.run(inbox, stop));
        let room = Self {
            params,
            store,
            inputs,
            places: Arc::new(Semaphore::new(INBOX_BYTES_MAX)),
            peers: Arc::default(),
            info,
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
        let weight = u32::try_from(bytes.len().clamp(1, INBOX_BYTES_MAX)).expect("the inbox is below 4 GiB");
        let place = Arc::clone(&self.places).acquire_many_owned(weight).await;
        let place = place.expect("the semaphore is never closed");
        self.send(Input::Message { peer, bytes, _place: place }).await;
    }

    /// A session ended.
    pub async fn left(&self, peer: PeerId) {
        self.send(Input::Left { peer }).await;
    }

    /// The hashes of the active chain, genesis first; `None` while it cannot be told.
    pub async fn active_chain(&self) -> Option<Vec<BlockHash>> {
        let (answer, chain) = oneshot::channel();
        self.send(Input::ActiveChain { answer }).await;
        chain.await.ok()
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
