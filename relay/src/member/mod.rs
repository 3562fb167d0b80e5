//! A member of a room that is no tab: a node with a key of its own, joined to a relay by an outbound WebSocket.
//!
//! It runs the very node that a tab runs, keeps its link up, and hands its owner what the node does not deal with: the
//! HTTP requests that come for the member's address, and news. What a member does with them is its owner's business
//! (`bridge` hands them to a learner's Python node). A member that is given [`Work`] follows the room's chain and mines
//! (`mine`). Nothing here knows the relay's insides: it may run on another machine.

pub(crate) mod api;
pub(crate) mod first_answer;
mod identity;
mod link;
mod work;

use std::collections::VecDeque;
use std::time::Duration;

use shared::exchange::{ToMember, ToRelay};
use shared::protocol::{Backoff, ClockTrouble, Config, Event, Node, Output, PeerId, Role, TIME};
use shared::state::MemoryBodies;
use shared::{Amount, BlockHash, Height, NodeId, NodeName, Params, Receipt, Seed};
use tokio::sync::mpsc;
use tracing::{debug, info, warn};

pub use identity::{Held, IdentityError, LOCK_FILE, SEED_FILE, existing_seed, hold, seed_in, write_seed};
pub use link::{RelayUrl, RelayUrlError};
pub use work::Work;

use crate::clock;
use crate::relay::random;
use crate::search::Found;
use link::{Frame, Link};

/// The rules whose refusal stands however often one tries: another build, another network, or no relay at all is at the
/// other end.
const FOR_GOOD: [&str; 4] = ["protocol version", "network", api::NO_ROOM, api::NOT_A_RELAY];

/// What a member hears of.
#[derive(Debug)]
pub enum Heard {
    /// The relay greeted: the member is in the room.
    Joined,
    /// The link is down; it is tried again by itself.
    Lost(Receipt),
    /// Something about a request.
    Exchange(ToMember),
    /// The chain ends here now. From a member that mines.
    Tip {
        /// How high it is.
        height: Height,
        /// About how many attempts the whole room makes in a second, as far as recent blocks tell.
        room_rate: Option<f64>,
    },
    /// It mines now, or no longer.
    Mining(bool),
    /// Something is wrong with the time, or nothing any more.
    Clock(Option<ClockTrouble>),
    /// So many blocks that it mined are with nobody else yet.
    Untaken(usize),
    /// It mined a block, and another node has it.
    Mined {
        /// Its hash.
        hash: BlockHash,
        /// Its height.
        height: Height,
        /// The reward and the fees.
        paid: Amount,
    },
}

/// A member.
#[derive(Debug)]
pub struct Member {
    node: Node,
    relay: RelayUrl,
    link: Option<Link>,
    peer: PeerId,
    /// Whether the relay has greeted by this link.
    is_joined: bool,
    backoff: Backoff,
    /// How long to wait before the next try, in milliseconds.
    wait_ms: u64,
    /// Why the relay ended the link, where it said so.
    refused: Option<Receipt>,
    heard: VecDeque<Heard>,
    work: Option<Work>,
    /// What was last told of the time.
    told_clock: Option<ClockTrouble>,
    /// How many blocks were last told to be with nobody else.
    told_untaken: usize,
}

impl Member {
    /// A member with the keys of this seed and this name, if any. It joins in [`run`](Self::run).
    pub fn new(relay: RelayUrl, params: Params, seed: &Seed, name: Option<NodeName>, role: Role, agent: &str) -> Self {
        let key = seed.node_key();
        let name = name.unwrap_or_else(|| NodeName::from_id(&NodeId::of(&key.public())));
        let address = seed.wallet_key().public().address();
        let config = Config { role, name, agent: agent.to_owned(), auto_sync: false, address };
        let node = Node::new(config, params, key, random(), Box::new(MemoryBodies::default()));
        Self {
            node,
            relay,
            link: None,
            peer: PeerId(0),
            is_joined: false,
            backoff: Backoff::default(),
            wait_ms: 0,
            refused: None,
            heard: VecDeque::new(),
            work: None,
            told_clock: None,
            told_untaken: 0,
        }
    }

    /// The same, and it follows the room's chain and mines.
    #[must_use]
    pub fn with_work(mut self, work: Work) -> Self {
        self.node.set_auto_sync(true, clock::now());
        self.work = Some(work);
        self
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
    /// while it is not joined is lost, as are the requests it was about. Ends when the owner has gone, or when the work is
    /// done.
    ///
    /// # Errors
    /// When the relay refuses this member for good.
    pub async fn run(mut self, heard: mpsc::Sender<Heard>, mut says: mpsc::Receiver<ToRelay>) -> Result<(), Receipt> {
        loop {
            self.perform().await;
            while self.steer() {
                self.perform().await;
            }
            self.look_at_clock();
            for news in self.heard.drain(..) {
                if heard.send(news).await.is_err() {
                    return Ok(());
                }
            }
            if self.is_done() {
                return Ok(());
            }
            if let Some(receipt) = self.refused.take_if(|receipt| is_for_good(receipt)) {
                return Err(receipt);
            }
            let Some(link) = &mut self.link else {
                self.connect().await;
                continue;
            };
            let wake = self.node.next_wake().map_or(Duration::MAX, clock::until);
            tokio::select! {
                frame = link.next() => self.take(frame),
                found = next_found(&mut self.work) => {
                    if let Some(work) = &mut self.work {
                        work.take(&mut self.node, found);
                    }
                }
                () = tokio::time::sleep(wake) => self.node.wake(clock::now()),
                said = says.recv() => match said {
                    Some(said) => self.say(&said).await,
                    None => return Ok(()),
                },
            }
        }
    }

    /// Tells of what is wrong with the time when that changes, and of blocks that nobody takes.
    fn look_at_clock(&mut self) {
        let trouble = self.node.clock_trouble(clock::now());
        // Without a link, or before a new one has measured anything, nothing is known to be right again.
        let is_known = self.is_joined && (trouble.is_some() || self.node.clock_offset().is_some());
        let is_news = match (&trouble, &self.told_clock) {
            (Some(trouble), Some(told)) => std::mem::discriminant(trouble) != std::mem::discriminant(told),
            (trouble, told) => trouble.is_some() != told.is_some(),
        };
        if is_news && is_known {
            self.told_clock = trouble;
            self.heard.push_back(Heard::Clock(trouble));
        }
        let untaken = self.node.untaken();
        if untaken != self.told_untaken {
            self.told_untaken = untaken;
            self.heard.push_back(Heard::Untaken(untaken));
        }
    }

    /// Starts and stops mining. True when the node then has outputs.
    fn steer(&mut self) -> bool {
        let relay = self.link.is_some().then_some(self.peer);
        let Some(work) = &mut self.work else { return false };
        let is_steered = work.steer(&mut self.node, relay);
        if is_steered {
            self.heard.push_back(Heard::Mining(work.is_on()));
        }
        is_steered
    }

    fn is_done(&self) -> bool {
        self.work.as_ref().is_some_and(Work::is_done)
    }

    async fn say(&mut self, said: &ToRelay) {
        if !self.is_joined {
            return;
        }
        let text = serde_json::to_string(said).expect("frames have text keys and no values that JSON lacks");
        if let Some(link) = &mut self.link
            && let Err(receipt) = link.send_text(text).await
        {
            self.down(receipt);
        }
    }

    async fn connect(&mut self) {
        tokio::time::sleep(Duration::from_millis(std::mem::take(&mut self.wait_ms))).await;
        match Link::open(&self.relay, self.node.params().room.as_str()).await {
            Ok(link) => {
                self.link = Some(link);
                self.peer = PeerId(self.peer.0 + 1);
                self.node.peer_joined(self.peer, clock::now());
            }
            Err(receipt) if is_for_good(&receipt) => self.refused = Some(receipt),
            Err(receipt) => {
                self.wait();
                warn!(%receipt, wait_ms = self.wait_ms, "no link to the relay");
            }
        }
    }

    /// Puts the next try off, longer with each that failed.
    fn wait(&mut self) {
        self.wait_ms = self.backoff.failed(u32::from_le_bytes(*random().first_chunk().expect("32 bytes")));
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
        self.is_joined = false;
        if self.link.take().is_some() {
            self.node.peer_left(self.peer, clock::now());
            self.wait();
            let receipt = self.refused.take().unwrap_or(receipt);
            if is_for_good(&receipt) {
                self.refused = Some(receipt.clone());
            }
            self.heard.push_back(Heard::Lost(receipt));
        }
    }

    /// Performs what the node wants, in order. What it wants kept is in its memory already, and a member has no other
    /// store: it keeps nothing between runs.
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
                    self.is_joined = true;
                    self.backoff.succeeded();
                    info!(relay = %self.relay.page(), "joined");
                    self.heard.push_back(Heard::Joined);
                }
                // What it says of the time ends no link.
                Output::Event(Event::RefusedBy { receipt, .. }) if receipt.rule == TIME => {
                    warn!(rule = receipt.rule, expected = receipt.expected, found = receipt.found, "the relay says");
                }
                Output::Event(Event::RefusedBy { receipt, .. }) => self.refused = Some(receipt),
                Output::Event(event) if self.work.is_some() => self.tell(&event),
                Output::Mine(job) => {
                    if let Some(work) = &self.work {
                        work.order(job);
                    }
                }
                Output::Event(_) | Output::Store(_) => {}
            }
        }
    }

    fn tell(&mut self, event: &Event) {
        match event {
            Event::TipChanged { new, .. } => {
                let (height, room_rate) = (new.height, self.node.chain().room_rate_hps());
                // A tip that nobody has looked at yet is of no interest any more.
                if let Some(Heard::Tip { .. }) = self.heard.back() {
                    self.heard.pop_back();
                }
                self.heard.push_back(Heard::Tip { height, room_rate });
            }
            Event::BlockTaken { hash, height, reward, fees } => {
                if let Some(work) = &mut self.work {
                    work.taken();
                }
                let paid = reward.checked_add(*fees).unwrap_or(*reward);
                self.heard.push_back(Heard::Mined { hash: *hash, height: *height, paid });
            }
            _ => {}
        }
    }
}

/// Whether a refusal stands however often one tries.
pub(crate) fn is_for_good(receipt: &Receipt) -> bool {
    FOR_GOOD.contains(&receipt.rule.as_str())
}

async fn next_found(work: &mut Option<Work>) -> Found {
    match work {
        Some(work) => work.next().await,
        None => std::future::pending().await,
    }
}
