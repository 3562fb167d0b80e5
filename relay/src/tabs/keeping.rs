//! A member's classic chain on its way to the store: checked, and written no more often than is useful.
//!
//! While one is being written, or was a moment ago, of those that come the last is kept. So a member that tells of its
//! chain a thousand times a second costs a few writes, and its session waits for none of them.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use shared::Refusal;
use shared::classic::Chain;
use tokio::sync::OwnedSemaphorePermit;
use tokio_util::sync::CancellationToken;
use tracing::info;

use super::tab::Tab;
use crate::limits::KEEP_MS;
use crate::room::Room;

/// A chain that waits, and its place among the bytes that wait for the room.
type Waiting = (String, OwnedSemaphorePermit);

/// What of a member's chain is under way.
#[derive(Debug, Default)]
pub(super) struct Keeping(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    next: Option<Waiting>,
    is_running: bool,
}

impl Keeping {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a chain in the place of one that waits. Whether [`keep`] is to be started.
    pub(super) fn put(&self, chain: String, place: OwnedSemaphorePermit) -> bool {
        let mut state = self.lock();
        state.next = Some((chain, place));
        !std::mem::replace(&mut state.is_running, true)
    }

    /// The chain that waits; when none does, the next one starts [`keep`] again.
    fn take(&self) -> Option<Waiting> {
        let mut state = self.lock();
        let next = state.next.take();
        state.is_running = next.is_some();
        next
    }
}

/// Hands the chains that wait to the room, one after the other, until none does. A member whose chain is none is cut off.
pub(super) async fn keep(tab: Arc<Tab>, room: Room, stop: CancellationToken) {
    while let Some((chain, place)) = tab.keeping.take() {
        let checking = tokio::task::spawn_blocking(move || Chain::from_json(&chain).map(|_| chain));
        match checking.await {
            Ok(Ok(chain)) => room.keep(tab.id, chain, place).await,
            Ok(Err(error)) => {
                let receipt = error.receipt();
                info!(id = %tab.id, %receipt, "member cut off");
                return tab.refuse(&receipt);
            }
            // A panic is in the log through the hook.
            Err(_) => return,
        }
        // When the relay stops, what waits is handed over at once.
        let _ = stop.run_until_cancelled(tokio::time::sleep(Duration::from_millis(KEEP_MS))).await;
    }
}
