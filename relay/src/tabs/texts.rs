//! What a member says in text frames: answers, chains to ask for, chains to keep.

use std::sync::Arc;

use shared::exchange::{CLASSIC_CHAIN_BYTES_MAX, EXCHANGE_BYTES_MAX, ToMember, ToRelay};
use shared::protocol::PeerId;
use shared::{Receipt, Rules};
use tracing::debug;

use super::keeping::keep;
use super::tab::Tab;
use crate::fetch;
use crate::relay::Relay;
use crate::room::Room;

/// Reads one session's text frames.
#[derive(Debug)]
pub struct Texts {
    relay: Arc<Relay>,
    room: Room,
    // The `Host` by which the member reached the relay.
    heard_as: Option<String>,
    // Once it has proved its id.
    tab: Option<Arc<Tab>>,
}

impl Texts {
    /// For a session in this room, of a member that reached the relay by this `Host`.
    pub(crate) fn new(relay: Arc<Relay>, room: Room, heard_as: Option<String>) -> Self {
        Self { relay, room, heard_as, tab: None }
    }

    /// Does what a frame says.
    ///
    /// # Errors
    /// When the member has not proved its id, or breaks a rule: it is to be cut off.
    pub(crate) async fn take(&mut self, peer: PeerId, text: &str) -> Result<(), Receipt> {
        let tab = self.tab(peer, text).await?;
        if text.len() > EXCHANGE_BYTES_MAX {
            let found = format!("{} bytes", text.len());
            return Err(Receipt::new("frame size", format!("at most {EXCHANGE_BYTES_MAX} bytes"), found));
        }
        let said: ToRelay = serde_json::from_str(text).map_err(|error| {
            Receipt::new("text frame", "JSON of an answer, a fetch or a chain to keep", error.to_string())
        })?;
        match said {
            ToRelay::Answer { number, answer } => tab.answered(number, answer),
            ToRelay::Keep { chain } => self.keep(tab, chain).await?,
            ToRelay::Fetch { number, netloc } => self.fetch(tab, number, netloc),
        }
        Ok(())
    }

    /// Whether the member has proved its id.
    pub(crate) async fn is_known(&mut self, peer: PeerId) -> bool {
        if self.tab.is_none() {
            let name = &self.room.params().room;
            self.tab = self.relay.tabs.at(name, peer);
            if self.tab.is_none() {
                // Its proof may be among the messages that the room has not come to yet. A look is dealt with after them.
                self.room.look(|_| ()).await;
                self.tab = self.relay.tabs.at(name, peer);
            }
        }
        self.tab.is_some()
    }

    /// Who speaks.
    async fn tab(&mut self, peer: PeerId, text: &str) -> Result<Arc<Tab>, Receipt> {
        self.is_known(peer).await;
        let found = || format!("a text frame of {} bytes", text.len());
        let refused = || Receipt::new("frame kind", "binary frames until the handshake is done", found());
        self.tab.clone().ok_or_else(refused)
    }

    async fn keep(&self, tab: Arc<Tab>, chain: String) -> Result<(), Receipt> {
        let params = self.room.params();
        if params.rules() != Rules::Classic {
            return Err(Receipt::new("classic chain", "one of a classic room", format!("one of room {}", params.room)));
        }
        if chain.len() > CLASSIC_CHAIN_BYTES_MAX {
            let expected = format!("at most {CLASSIC_CHAIN_BYTES_MAX} bytes");
            return Err(Receipt::new("classic chain", expected, format!("{} bytes", chain.len())));
        }
        let place = self.room.place(chain.len()).await;
        if tab.keeping.put(chain, place) {
            self.relay.sessions.spawn(keep(tab, self.room.clone(), self.relay.stop.clone()));
        }
        Ok(())
    }

    fn fetch(&self, tab: Arc<Tab>, number: u64, netloc: String) {
        let (relay, room, heard_as) = (Arc::clone(&self.relay), self.room.clone(), self.heard_as.clone());
        self.relay.sessions.spawn(async move {
            let fetching = fetch::for_member(&relay, &room, &tab, &netloc, heard_as.as_deref());
            // A relay that stops waits for nobody elsewhere.
            let Some(result) = relay.stop.run_until_cancelled(fetching).await else { return };
            let told = tab.tell(&ToMember::Fetched { number, result });
            let told = told.or_else(|receipt| tab.tell(&ToMember::Fetched { number, result: Err(receipt) }));
            if let Err(receipt) = told {
                debug!(id = %tab.id, %receipt, "the member takes no answer");
            }
        });
    }
}
