//! What a room tells the outside through. It outlives the node, which may be thrown away and restored.

use std::sync::Arc;

use shared::state::Job;
use tokio::sync::watch;

use super::events::Events;
use super::links::Links;

/// The ways out of a room. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Outlets {
    /// To the members.
    pub(super) links: Links,
    /// To whoever listens.
    pub(super) events: Arc<Events>,
    /// To the relay's miner.
    pub(super) jobs: watch::Sender<Option<Job>>,
}
