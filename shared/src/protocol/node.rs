//! The node: the only door to the protocol. Inputs are its methods, outputs are polled.
//!
//! It has no clock, no I/O and no randomness of its own; `now` comes with every input, and the entropy once. What it
//! does with an input is in the file named after the matter: links, sync, gossip, roster, replace, miner.

use std::collections::{BTreeMap, VecDeque};

use super::barred::Barred;
use super::bodies::Fetching;
use super::gossip::{Unjudged, may_fit_later};
use super::limits::ROSTER_MAX;
use super::members::Member;
use super::message::{Agent, Message, Role, Status};
use super::miner::{Jobs, Mining};
use super::names::FormerName;
use super::output::{Event, Output, StoreOp};
use super::peer::{Peer, PeerId, PeerInfo, Ready};
use super::replace::Replace;
use super::roster::Roster;
use super::signatures::Signatures;
use super::taken::Taken;
use super::unstored::Unstored;
use crate::encoding::encode;
use crate::rules::batch::{SHARE_MAX, SignatureBatch};
use crate::rules::block::BlockError;
use crate::rules::header::HeaderError;
use crate::rules::receipt::{Receipt, Refusal};
use crate::state::{Bodies, Chain, HashedBlock, Ledger, Mempool, Template, Tip};
use crate::values::{
    Address, BlockHash, NodeId, NodeName, Params, PublicKey, SecretKey, SignedPayment, Timestamp, sha256,
};

/// What a node is told about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// What it is.
    pub role: Role,
    /// Its name.
    pub name: NodeName,
    /// Its program; what [`Agent`] cannot write is left out.
    pub agent: String,
    /// Whether it adopts others' blocks as they arrive. A relay always does.
    pub auto_sync: bool,
    /// Where it would be paid.
    pub address: Address,
}

/// A store that this node cannot take up.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RestoreError {
    /// Its first block builds on another genesis.
    #[error("the stored chain builds on {found}, this network's genesis is {expected}")]
    OtherNetwork {
        /// This network's genesis.
        expected: BlockHash,
        /// What the first stored block builds on.
        found: BlockHash,
    },
}

impl Refusal for RestoreError {
    fn receipt(&self) -> Receipt {
        let Self::OtherNetwork { expected, found } = self;
        Receipt::new("stored chain", format!("blocks on genesis {expected}"), format!("a first block on {found}"))
    }
}

/// Why a node cannot be connected to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConnectError {
    /// Nobody has told of it.
    #[error("no node {id} in room {room}")]
    Unknown {
        /// The id.
        id: NodeId,
        /// The room.
        room: String,
    },
    /// It is this node.
    #[error("node {id} is this node itself")]
    Oneself {
        /// The id.
        id: NodeId,
    },
}

impl Refusal for ConnectError {
    fn receipt(&self) -> Receipt {
        match self {
            Self::Unknown { id, room } => {
                Receipt::new("node", format!("the id of a node that is or was in room {room}"), id.to_string())
            }
            Self::Oneself { id } => Receipt::new("node", "another node", format!("{id}, which is this node")),
        }
    }
}

/// A node of the network.
#[derive(Debug)]
pub struct Node {
    config: Config,
    key: SecretKey,
    id: NodeId,
    entropy: [u8; 32],
    drawn: u64,
    pub(super) chain: Chain,
    pub(super) mempool: Mempool,
    pub(super) signatures: Signatures,
    pub(super) peers: BTreeMap<PeerId, Peer>,
    /// Who may not come back yet.
    pub(super) barred: Barred,
    pub(super) fetching: Fetching,
    /// When others are looked for whose chain is worth fetching.
    pub(super) resync_at: Option<Timestamp>,
    /// Blocks whose bodies are here and some body below them is not.
    pub(super) unstored: Unstored,
    pub(super) roster: Roster,
    pub(super) replace: Replace,
    pub(super) jobs: Jobs,
    /// The end of what was restored.
    pub(super) restored_tip: BlockHash,
    /// How far others have this node's chain.
    pub(super) taken: Taken,
    /// What the clock showed when it was last handed in.
    pub(super) last_now: Timestamp,
    /// The tip that was last told of in an event.
    pub(super) told_tip: Tip,
    /// Whether peers are still to be told of the tip.
    pub(super) tip_untold: bool,
    /// Whether the tip has moved since payments were last judged again.
    pub(super) tip_moved: bool,
    /// Whose payments were taken since others of theirs were judged again.
    pub(super) paid: Vec<PublicKey>,
    /// Payments that waited, here or in the store, and that the chain has no room for.
    pub(super) left: Unjudged,
    outputs: VecDeque<Output>,
    pub(super) alarm_at: Option<Timestamp>,
}

impl Node {
    /// A node of the network with these parameters, at its genesis.
    ///
    /// `entropy` is 32 random bytes; what the node needs to be unpredictable follows from them.
    ///
    /// # Panics
    /// When the parameters were not [checked](Params::check).
    pub fn new(config: Config, params: Params, key: SecretKey, entropy: [u8; 32], bodies: Box<dyn Bodies>) -> Self {
        let chain = Chain::new(params, bodies);
        Self {
            config,
            id: NodeId::of(&key.public()),
            key,
            entropy,
            drawn: 0,
            mempool: Mempool::new(chain.network()),
            signatures: Signatures::default(),
            restored_tip: chain.tip().hash,
            taken: Taken::default(),
            last_now: Timestamp::from_ms(0),
            told_tip: chain.tip(),
            chain,
            peers: BTreeMap::new(),
            barred: Barred::default(),
            fetching: Fetching::default(),
            resync_at: None,
            unstored: Unstored::default(),
            roster: Roster::default(),
            replace: Replace::default(),
            jobs: Jobs::default(),
            tip_untold: false,
            tip_moved: false,
            paid: Vec::new(),
            left: Unjudged::default(),
            outputs: VecDeque::new(),
            alarm_at: None,
        }
    }

    /// Takes blocks back from this node's own store, parents before children; may be called again with more. Returns
    /// how many were taken. Blocks that break a rule, or whose parents are missing, are left out: peers have them. So are
    /// all in a classic room, which has no sealed ones.
    ///
    /// # Errors
    /// When the very first block belongs to another network.
    pub fn restore(
        &mut self,
        blocks: impl Iterator<Item = impl Into<Box<HashedBlock>>>,
    ) -> Result<usize, RestoreError> {
        let mut taken = 0;
        if self.is_classic() {
            return Ok(taken);
        }
        for block in blocks {
            let block = block.into();
            let found = block.header().previous_hash;
            match self.chain.restore(block) {
                Ok(()) => taken += 1,
                Err(BlockError::Header(HeaderError::UnknownParent { .. }))
                    if taken == 0 && self.chain.tip().hash == self.chain.genesis_hash() =>
                {
                    return Err(RestoreError::OtherNetwork { expected: self.chain.genesis_hash(), found });
                }
                Err(_) => {}
            }
        }
        self.told_tip = self.chain.tip();
        self.restored_tip = self.told_tip.hash;
        Ok(taken)
    }

    /// Takes waiting payments back from this node's own store. Those that fit the chain no longer are let go, but for a few
    /// that may fit another: a store that was cut off may lack the blocks that they were made for.
    pub fn restore_payments(&mut self, payments: impl IntoIterator<Item = SignedPayment>) {
        let mut payments: Vec<SignedPayment> = payments.into_iter().collect();
        // A sender's payments are taken in their order.
        payments.sort_by_key(|signed| signed.payment.sequence);
        for payments in payments.chunks(SHARE_MAX) {
            let unverified = payments.iter().filter(|signed| !self.is_verified(signed)).cloned().collect();
            let batch = SignatureBatch::new(unverified);
            self.note_verified(&batch, batch.whole().verify().as_slice());
            for signed in payments {
                let id = signed.id();
                let is_kept = !self.is_classic()
                    && match self.insert_payment(signed) {
                        Ok(_) => true,
                        Err(error) => may_fit_later(&error) && self.left.keep(signed.clone()),
                    };
                if !is_kept {
                    self.put(Output::Store(StoreOp::PaymentGone { id }));
                }
            }
        }
    }

    /// Takes back what a relay knew of the room's members. None of them is connected now.
    pub fn restore_members(&mut self, members: impl IntoIterator<Item = Member>) {
        self.roster.restore(members);
    }

    /// Says whether others' blocks are to be adopted as they arrive.
    pub fn set_auto_sync(&mut self, auto_sync: bool, now: Timestamp) {
        self.config.auto_sync = auto_sync;
        self.tell_status();
        self.drop_unwanted();
        self.resync(now);
        self.settle(now);
    }

    /// Renames this node.
    pub fn rename(&mut self, name: NodeName, now: Timestamp) {
        self.config.name = name;
        self.tell_status();
        self.roster_self(now);
    }

    /// Makes sure that a node is among those whose chain [`replace_chain`](Self::replace_chain) asks for, even when it
    /// is away. Returns its name.
    ///
    /// # Errors
    /// When it is unknown, or this node itself.
    pub fn connect(&mut self, id: NodeId, now: Timestamp) -> Result<NodeName, ConnectError> {
        if id == self.id {
            return Err(ConnectError::Oneself { id });
        }
        let linked = self.ready_peers().find(|(_, ready)| ready.id == id).map(|(_, ready)| ready.status.name.clone());
        let name = linked.or_else(|| self.roster.get(&id).map(|member| member.name.clone()));
        let room = self.chain.params().room.to_string();
        let name = name.ok_or(ConnectError::Unknown { id, room })?;
        self.roster.pin(id);
        self.resync(now);
        Ok(name)
    }

    /// Lets time pass: whatever was due by `now` is done.
    pub fn wake(&mut self, now: Timestamp) {
        self.keep_time(now);
        self.alarm_at = None;
        self.links_wake(now);
        self.serve_wake(now);
        self.sync_wake(now);
        self.roster_flush(now);
        self.mining_wake(now);
        self.judge_again(now);
        let due = [
            self.links_due(),
            self.serve_due(),
            self.sync_due(),
            self.roster.flush_at(),
            self.jobs.refresh_at(),
            self.replace.deadline(),
        ];
        for at in due.into_iter().flatten() {
            self.alarm(at);
        }
    }

    /// When [`wake`](Self::wake) is wanted next.
    pub fn next_wake(&self) -> Option<Timestamp> {
        self.alarm_at
    }

    /// The next thing for the shell to do.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// This node's id.
    pub fn id(&self) -> NodeId {
        self.id
    }

    /// This node's name.
    pub fn name(&self) -> NodeName {
        self.config.name.clone()
    }

    /// Where this node would be paid.
    pub fn address(&self) -> Address {
        self.config.address
    }

    /// What this node is.
    pub fn role(&self) -> Role {
        self.config.role
    }

    /// The network's parameters.
    pub fn params(&self) -> &Params {
        self.chain.params()
    }

    /// The chain.
    pub fn chain(&self) -> &Chain {
        &self.chain
    }

    /// The ledger at the tip.
    pub fn ledger(&self) -> &Ledger {
        self.chain.ledger()
    }

    /// The payments that wait.
    pub fn mempool(&self) -> &Mempool {
        &self.mempool
    }

    /// Whether others' blocks are adopted as they arrive.
    pub fn auto_sync(&self) -> bool {
        self.config.role == Role::Relay || self.config.auto_sync
    }

    /// Whether this node mines.
    pub fn mining(&self) -> Mining {
        self.jobs.mining()
    }

    /// The block that is being mined.
    pub fn template(&self) -> Option<&Template> {
        self.jobs.template()
    }

    /// The links, by their number.
    pub fn peers(&self) -> Vec<PeerInfo> {
        let info = |(peer, link): (&PeerId, &Peer)| {
            let ready = link.ready();
            PeerInfo {
                peer: *peer,
                id: ready.map(|ready| ready.id),
                name: ready.map(|ready| ready.status.name.clone()),
                role: ready.map(|ready| ready.role),
                agent: ready.map(|ready| ready.agent.clone()),
                latency_ms: ready.and_then(|ready| ready.latency_ms),
                ahead_ms: ready.and_then(|ready| ready.ahead_ms),
                since: link.since,
                bytes_in: link.bytes_in,
                bytes_out: link.bytes_out,
            }
        };
        self.peers.iter().map(info).collect()
    }

    /// The members of the room as far as this node was told, itself left out. At most [`ROSTER_MAX`] in a tab.
    pub fn members(&self) -> Vec<Member> {
        self.roster.iter().filter(|member| member.id != self.id).take(self.roster_shown()).cloned().collect()
    }

    /// Names that members had and gave up, or that were forgotten with them, as far as this node remembers.
    pub fn former_names(&self) -> impl Iterator<Item = &FormerName> {
        self.roster.former_names().filter(|former| former.id != self.id)
    }

    /// The member at the other end of a link, as far as the relay knows.
    pub fn member_at(&self, peer: PeerId) -> Option<&Member> {
        self.id_of(peer).and_then(|id| self.roster.get(&id))
    }

    fn roster_shown(&self) -> usize {
        if self.config.role == Role::Relay { usize::MAX } else { ROSTER_MAX }
    }

    pub(super) fn status(&self) -> Status {
        Status {
            name: self.config.name.clone(),
            address: self.config.address,
            tip: self.chain.tip(),
            auto_sync: self.auto_sync(),
        }
    }

    pub(super) fn tell_status(&mut self) {
        let status = Message::Status(self.status());
        self.broadcast(&status);
    }

    pub(super) fn agent(&self) -> Agent {
        Agent::new(&self.config.agent)
    }

    pub(super) fn public_key(&self) -> PublicKey {
        self.key.public()
    }

    pub(super) fn secret_key(&self) -> &SecretKey {
        &self.key
    }

    /// 32 bytes that nobody can foretell and that were not drawn before.
    pub(super) fn fresh_bytes(&mut self) -> [u8; 32] {
        self.drawn += 1;
        sha256(&[b"tabcoin entropy\0", &self.entropy, &self.drawn.to_le_bytes()])
    }

    pub(super) fn put(&mut self, output: Output) {
        self.outputs.push_back(output);
    }

    pub(super) fn put_event(&mut self, event: Event) {
        self.put(Output::Event(event));
    }

    /// Sends a message; says how many bytes it has.
    pub(super) fn send(&mut self, peer: PeerId, message: &Message) -> usize {
        let Some(link) = self.peers.get_mut(&peer) else { return 0 };
        let bytes = encode(message);
        let len = bytes.len();
        link.bytes_out += len as u64;
        self.outputs.push_back(Output::Send { peer, bytes });
        len
    }

    /// Sends to every peer whose handshake is done.
    pub(super) fn broadcast(&mut self, message: &Message) {
        let bytes = encode(message);
        for (peer, link) in self.peers.iter_mut().filter(|(_, link)| link.ready().is_some()) {
            link.bytes_out += bytes.len() as u64;
            self.outputs.push_back(Output::Send { peer: *peer, bytes: bytes.clone() });
        }
    }

    /// Wants to be woken at this time, or sooner.
    pub(super) fn alarm(&mut self, at: Timestamp) {
        self.alarm_at = Some(self.alarm_at.map_or(at, |due| due.min(at)));
    }

    pub(super) fn ready_peers(&self) -> impl Iterator<Item = (PeerId, &Ready)> {
        self.peers.iter().filter_map(|(peer, link)| link.ready().map(|ready| (*peer, ready)))
    }

    pub(super) fn ready_peers_mut(&mut self) -> impl Iterator<Item = (PeerId, &mut Ready)> {
        self.peers.iter_mut().filter_map(|(peer, link)| link.ready_mut().map(|ready| (*peer, ready)))
    }

    pub(super) fn is_ready(&self, peer: PeerId) -> bool {
        self.peers.get(&peer).is_some_and(|link| link.ready().is_some())
    }

    pub(super) fn id_of(&self, peer: PeerId) -> Option<NodeId> {
        self.peers.get(&peer).and_then(Peer::ready).map(|ready| ready.id)
    }

    /// A peer that a message just came from.
    pub(super) fn ready(&self, peer: PeerId) -> &Ready {
        self.peers.get(&peer).and_then(Peer::ready).expect("messages are dispatched for ready peers alone")
    }

    /// A peer that a message just came from.
    pub(super) fn ready_mut(&mut self, peer: PeerId) -> &mut Ready {
        self.peers.get_mut(&peer).and_then(Peer::ready_mut).expect("messages are dispatched for ready peers alone")
    }
}
