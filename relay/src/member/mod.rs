//! A member of a room that is no tab: a node with a key of its own, joined to a relay by an outbound WebSocket.
//!
//! It runs the very node that a tab runs, keeps its link up, and hands its owner what the node does not deal with: the
//! HTTP requests that come for the member's address, and news. What a member does with them is its owner's business
//! (`bridge` hands them to a learner's Python node). Nothing here knows the relay's insides: it may run on another
//! machine.

mod identity;
mod link;

use std::collections::VecDeque;
use std::time::Duration;

use shared::exchange::{ToMember, ToRelay};
use shared::protocol::{Backoff, Config, Event, Node, Output, PeerId, Role};
use shared::state::MemoryBodies;
use shared::{NodeId, NodeName, Params, Receipt, Seed};
use tokio::sync::mpsc;
use tracing::{debug, info, warn};

pub use identity::{IdentityError, seed_in};
pub use link::{RelayUrl, RelayUrlError};

use crate::clock;
use crate::relay::random;
use link::{Frame, Link};

/// The rules whose refusal stands however often one tries: another build, or another network, is at the other end.
const FOR_GOOD: [&str; 3] = ["protocol version", "network", "room"];

/// What a member hears of.
#[derive(Debug)]
pub enum Heard {
    /// The relay greeted: the member is in the room.
    Joined,
    /// The link is down; it is tried again by itself.
    Lost(Receipt),
    /// Something about a request.
    Exchange(ToMember),
}

/// A member.
#[derive(Debug)]
pub struct Member {
    node: Node,
    relay: RelayUrl,
    link: Option<Link>,
    peer: PeerId,
    backoff: Backoff,
    /// Why the relay ended the link, where it said so.
    refused: Option<Receipt>,
    heard: VecDeque<Heard>,
}

impl Member {
    /// A member with the keys of this seed and this name, if any. It joins in [`run`](Self::run).
    pub fn new(relay: RelayUrl, params: Params, seed: &Seed, name: Option<NodeName>, agent: &str) -> Self {
        let key = seed.node_key();
        let name = name.unwrap_or_else(|| NodeName::from_id(&NodeId::of(&key.public())));
        let address = seed.wallet_key().public().address();
        let config = Config { role: Role::Tab, name, agent: agent.to_owned(), auto_sync: false, address };
        let node = Node::new(config, params, key, random(), Box::new(MemoryBodies::default()));
        Self {
            node,
            relay,
            link: None,
            peer: PeerId(0),
            backoff: Backoff::default(),
            refused: None,
            heard: VecDeque::new(),
        }
    }

    /// Its id.
    pub fn id(&self) -> NodeId {
        self.node.id()
    }

    /// Its name.
    pub fn name(&self) -> NodeName {
        self.node.name()
    }

    /// Where the relay hands requests on to it.
    pub fn url(&self) -> String {
        format!("{}/nodes/{}", self.relay.page(), self.id())
    }

    /// Joins, and stays joined: what the owner `says` goes to the relay, what is heard goes to the owner. What is said
    /// while the link is down is lost, as are the requests it was about. Ends when the owner has gone.
    ///
    /// # Errors
    /// When the relay refuses this member for good.
    pub async fn run(mut self, heard: mpsc::Sender<Heard>, mut says: mpsc::Receiver<ToRelay>) -> Result<(), Receipt> {
        loop {
            self.perform().await;
            for news in self.heard.drain(..) {
                if heard.send(news).await.is_err() {
                    return Ok(());
                }
            }
            if let Some(receipt) = self.refused.take_if(|receipt| FOR_GOOD.contains(&receipt.rule.as_str())) {
                return Err(receipt);
            }
            let Some(link) = &mut self.link else {
                self.connect().await;
                continue;
            };
            let wake = self.node.next_wake().map_or(Duration::MAX, clock::until);
            tokio::select! {
                frame = link.next() => self.take(frame),
                () = tokio::time::sleep(wake) => self.node.wake(clock::now()),
                said = says.recv() => match said {
                    Some(said) => self.say(&said).await,
                    None => return Ok(()),
                },
            }
        }
    }

    async fn say(&mut self, said: &ToRelay) {
        let text = serde_json::to_string(said).expect("frames have text keys and no values that JSON lacks");
        if let Some(link) = &mut self.link
            && let Err(receipt) = link.send_text(text).await
        {
            self.down(receipt);
        }
    }

    async fn connect(&mut self) {
        match Link::open(&self.relay, self.node.params().room.as_str()).await {
            Ok(link) => {
                self.link = Some(link);
                self.peer = PeerId(self.peer.0 + 1);
                self.node.peer_joined(self.peer, clock::now());
            }
            Err(receipt) => {
                let wait = self.backoff.failed(u32::from_le_bytes(*random().first_chunk().expect("32 bytes")));
                warn!(%receipt, wait_ms = wait, "no link to the relay");
                tokio::time::sleep(Duration::from_millis(wait)).await;
            }
        }
    }

    fn take(&mut self, frame: Result<Frame, Receipt>) {
        match frame {
            Ok(Frame::Message(bytes)) => self.node.receive(self.peer, &bytes, clock::now()),
            Ok(Frame::Text(text)) => match serde_json::from_str::<ToMember>(&text) {
                Ok(exchange) => self.heard.push_back(Heard::Exchange(exchange)),
                Err(error) => debug!(%error, "a text frame that is not understood"),
            },
            Err(receipt) => self.down(receipt),
        }
    }

    fn down(&mut self, receipt: Receipt) {
        if self.link.take().is_some() {
            self.node.peer_left(self.peer, clock::now());
            let receipt = self.refused.clone().unwrap_or(receipt);
            self.heard.push_back(Heard::Lost(receipt));
        }
    }

    /// Performs what the node wants. A member keeps nothing between runs and does not mine.
    async fn perform(&mut self) {
        while let Some(output) = self.node.poll_output() {
            match output {
                Output::Send { bytes, .. } => {
                    if let Some(link) = &mut self.link
                        && let Err(receipt) = link.send(bytes).await
                    {
                        self.down(receipt);
                    }
                }
                Output::CutOff { receipt, .. } => self.down(receipt),
                Output::Event(Event::PeerReady { .. }) => {
                    self.backoff.succeeded();
                    info!(relay = %self.relay.page(), "joined");
                    self.heard.push_back(Heard::Joined);
                }
                Output::Event(Event::RefusedBy { receipt, .. }) => self.refused = Some(receipt),
                Output::Event(_) | Output::Store(_) | Output::Mine(_) => {}
            }
        }
    }
}
