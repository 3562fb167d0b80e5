//! The own node in a classic room: one of the tutorial's scripts, kept in the store after every change.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt, stream};
use shared::classic::{self, Node, Outcome, answers, replaced};
use shared::exchange::{Answer, Body};
use shared::tutorial::Call;
use shared::{NodeId, Receipt, RoomName};
use tokio::sync::{Mutex, watch};
use tokio::task::spawn_blocking;
use tokio::time::timeout;
use tracing::error;

use super::{ASKED_AT_ONCE, failing, keep};
use crate::clock;
use crate::fetch::{self, Fetched, Want};
use crate::limits::REPLACE_MS;
use crate::relay::Relay;
use crate::room::{Identity, Room, RoomError};
use crate::store::{Store, StoreError};

/// What the script is kept under in the store.
const KEPT: &str = "script";

/// The script.
#[derive(Debug)]
pub(super) struct Script {
    kept: Arc<Mutex<Kept>>,
    standing: watch::Receiver<Standing>,
}

/// How far the script's chain is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    /// How many blocks it has, its genesis among them.
    pub(crate) length: usize,
    /// How many transactions wait for the next one.
    pub(crate) waiting: usize,
}

impl Standing {
    fn of(node: &Node) -> Self {
        Self { length: node.chain().length(), waiting: node.pending().len() }
    }
}

/// The node, and how it is kept.
#[derive(Debug)]
struct Kept {
    node: Node,
    /// As it stands in the store.
    saved: String,
    store: Arc<Store>,
    room: RoomName,
    /// Read without waiting for a change that is under way.
    standing: watch::Sender<Standing>,
}

impl Kept {
    /// Takes up the node that the store has; a new one where it has none. Blocks on the disk.
    fn open(room: &Room, identity: &Identity) -> Result<Self, RoomError> {
        let (store, room) = (Arc::clone(room.store()), room.params().room.clone());
        let (id, name) = (NodeId::of(&identity.key.public()), identity.name.as_str());
        let (node, saved) = match store.own(&room, KEPT)? {
            Some(saved) => {
                let damaged =
                    |error: classic::NodeError| RoomError::Restore { room: room.clone(), found: error.to_string() };
                (Node::restore(id, name, &saved).map_err(damaged)?, saved)
            }
            None => {
                // The genesis of a script is its own; it is to be the same after a restart.
                let node = Node::new(id, name, clock::now());
                let saved = node.save();
                store.set_own(&room, KEPT, &saved)?;
                (node, saved)
            }
        };
        let standing = watch::Sender::new(Standing::of(&node));
        Ok(Self { node, saved, store, room, standing })
    }

    /// Does something with the node and keeps what changed. Blocks on the disk.
    ///
    /// # Errors
    /// When it cannot be kept; the node is then as it was.
    fn change<T>(&mut self, change: impl FnOnce(&mut Node) -> T) -> Result<T, StoreError> {
        let revision = self.node.revision();
        let result = change(&mut self.node);
        if self.node.revision() != revision {
            let changed = self.node.save();
            if let Err(failure) = keep(&self.store, &self.room, KEPT, &changed) {
                let (id, name) = (self.node.id(), self.node.name().to_owned());
                self.node = Node::restore(id, name, &self.saved).expect("what a node saved it restores");
                return Err(failure);
            }
            self.saved = changed;
            self.standing.send_replace(Standing::of(&self.node));
        }
        Ok(result)
    }
}

impl Script {
    pub(super) fn open(room: &Room, identity: &Identity) -> Result<Self, RoomError> {
        let kept = Kept::open(room, identity)?;
        let standing = kept.standing.subscribe();
        Ok(Self { kept: Arc::new(Mutex::new(kept)), standing })
    }

    /// How far its chain is.
    pub(super) fn standing(&self) -> Standing {
        *self.standing.borrow()
    }

    /// What its `get_chain` answers.
    pub(super) async fn chain(&self) -> String {
        match answers::chain_answer(self.kept.lock().await.node.chain()).body {
            Body::Json(text) | Body::Text(text) => text,
            Body::Chain { .. } | Body::Replaced { .. } => unreachable!("a classic chain is answered as JSON"),
        }
    }

    pub(super) async fn answer(&self, relay: &Arc<Relay>, room: &Room, call: Call) -> Answer {
        let outcome = self.change(move |node| classic::answer(node, &call, clock::now())).await;
        match outcome {
            None => failing(),
            Some(Outcome::Answer(answer)) => answer,
            Some(Outcome::Replace { ask }) => {
                let chains = self.ask(relay, room, ask).await;
                self.change(move |node| replaced(node, chains)).await.unwrap_or_else(failing)
            }
        }
    }

    /// Does something with the node on a thread that may block, and keeps what changed; `None` where that fails.
    async fn change<T: Send + 'static>(&self, change: impl FnOnce(&mut Node) -> T + Send + 'static) -> Option<T> {
        let mut kept = Arc::clone(&self.kept).lock_owned().await;
        let changing = spawn_blocking(move || {
            let changed = kept.change(change);
            changed.inspect_err(|failure| error!(room = %kept.room, %failure, "the own node's change is undone"))
        });
        changing.await.ok().and_then(Result::ok)
    }

    /// Asks nodes for their chains, in the order of their places.
    async fn ask(&self, relay: &Arc<Relay>, room: &Room, nodes: Vec<String>) -> Vec<(String, Result<String, Receipt>)> {
        let asked = stream::iter(nodes).map(async |netloc: String| {
            let fetching = fetch::fetch(relay, room, &netloc, Want::Classic);
            let chain = match timeout(Duration::from_millis(REPLACE_MS), fetching).await {
                Ok(Ok(Fetched::Text(text))) => Ok(text),
                Ok(Ok(Fetched::File(_) | Fetched::Tip(_))) => {
                    Err(Receipt::new("chain", "a classic chain", "a sealed one"))
                }
                Ok(Err(receipt)) => Err(receipt),
                Err(_) => Err(Receipt::new("chain", format!("an answer within {} s", REPLACE_MS / 1_000), "none")),
            };
            (netloc, chain)
        });
        asked.buffered(ASKED_AT_ONCE).collect().await
    }
}
