//! Catching up: headers first, along one branch at a time, then the bodies of the branches worth having.
//!
//! A *wanted* branch is named by its last header. Its missing bodies are asked for, lowest first, of the peers that led
//! to it. A tab wants branches with more work than its own chain; a relay wants every branch.

use std::collections::{BTreeMap, BTreeSet};

use super::limits::{
    BATCH_BYTES, GET_BLOCKS_MAX, HEADERS_MAX, IN_FLIGHT_BYTES, IN_FLIGHT_MAX, ORPHANS_MAX, REQUEST_MS, RESYNC_MS,
    WANTED_MAX,
};
use super::message::{Message, Role};
use super::node::Node;
use super::output::{Event, Output, StoreOp};
use super::peer::{HeadersRequest, PeerError, PeerId};
use crate::rules::block::BlockError;
use crate::rules::receipt::Refusal;
use crate::state::{BlockStatus, Tip, TipChange};
use crate::values::{BLOCK_BYTES_MAX, Block, BlockHash, Header, Height, Timestamp};

/// How far a node is with catching up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SyncProgress {
    /// Nothing is being fetched.
    Idle,
    /// Headers are being fetched.
    Headers {
        /// The height of the highest header that is known.
        known: Height,
        /// The height that peers claim.
        claimed: Height,
    },
    /// Bodies are being fetched.
    Bodies {
        /// Blocks connected so far.
        done: u64,
        /// Blocks to connect in all.
        total: u64,
    },
}

/// What is being fetched.
#[derive(Debug, Default)]
pub(super) struct Sync {
    /// The wanted branches by their last header, each with the peers that have it.
    wanted: BTreeMap<BlockHash, BTreeSet<PeerId>>,
    /// The height from which progress is counted.
    from: Option<Height>,
    /// The average size of a body in bytes, as far as it is known.
    body_bytes: usize,
    resync_at: Option<Timestamp>,
}

impl Sync {
    pub(super) fn is_wanted(&self, head: &BlockHash) -> bool {
        self.wanted.contains_key(head)
    }

    pub(super) fn resync_at(&self) -> Option<Timestamp> {
        self.resync_at
    }

    /// A peer has gone, and with it what it had.
    pub(super) fn forget_peer(&mut self, peer: PeerId) {
        self.wanted.retain(|_, sources| {
            sources.remove(&peer);
            !sources.is_empty()
        });
    }

    /// How many bodies may be under way from one peer.
    fn in_flight_max(&self) -> usize {
        let body_bytes = if self.body_bytes == 0 { BLOCK_BYTES_MAX } else { self.body_bytes };
        (IN_FLIGHT_BYTES / body_bytes).clamp(GET_BLOCKS_MAX / 4, IN_FLIGHT_MAX)
    }
}

impl Node {
    /// How far this node is with catching up.
    pub fn sync_progress(&self) -> SyncProgress {
        let heads = self.sync.wanted.keys().filter_map(|head| self.chain.tip_of(head));
        if let Some(head) = heads.max_by_key(|head| head.work)
            && let Some(from) = self.sync.from
        {
            let above = |height: Height| height.as_u64().saturating_sub(from.as_u64());
            return SyncProgress::Bodies { done: above(self.chain.tip().height), total: above(head.height) };
        }
        let asked = self.ready_peers().filter(|(_, ready)| ready.headers.is_some());
        match asked.map(|(_, ready)| ready.status.tip.height).max() {
            Some(claimed) if claimed > self.chain.best_header().height => {
                SyncProgress::Headers { known: self.chain.best_header().height, claimed }
            }
            _ => SyncProgress::Idle,
        }
    }

    /// Whether a chain that a peer claims is one to fetch without being told to.
    fn is_worth_fetching(&self, claimed: &Tip) -> bool {
        match self.role() {
            Role::Relay => !self.chain.has_body(&claimed.hash),
            Role::Tab => self.auto_sync() && claimed.work > self.chain.tip().work,
        }
    }

    /// Asks whoever claims a chain worth fetching, if it is not being asked already.
    pub(super) fn resync(&mut self, now: Timestamp) {
        let worth: Vec<(PeerId, Tip)> = self
            .ready_peers()
            .filter(|(_, ready)| ready.headers.is_none() && self.is_worth_fetching(&ready.status.tip))
            .map(|(peer, ready)| (peer, ready.status.tip))
            .collect();
        for (peer, tip) in worth {
            self.fetch(peer, tip.hash, now);
        }
    }

    /// Fetches the branch that ends in `head` from a peer: its bodies if its header is known, else headers toward it.
    pub(super) fn fetch(&mut self, peer: PeerId, head: BlockHash, now: Timestamp) {
        match self.chain.status(&head) {
            Some(BlockStatus::HeaderOnly) => self.want(head, peer, now),
            Some(_) => {}
            None => self.ask_headers(peer, Some(head), self.chain.locator(), now),
        }
    }

    fn ask_headers(&mut self, peer: PeerId, stop: Option<BlockHash>, locator: Vec<BlockHash>, now: Timestamp) {
        let ready = self.ready_mut(peer);
        if ready.headers.is_some() {
            return;
        }
        ready.headers = Some(HeadersRequest { since: now, stop });
        self.send(peer, &Message::GetHeaders { locator, stop });
        self.alarm(now.plus_ms(REQUEST_MS));
    }

    pub(super) fn on_get_headers(
        &mut self,
        peer: PeerId,
        locator: &[BlockHash],
        stop: Option<BlockHash>,
    ) -> Result<(), PeerError> {
        PeerError::check_locator(locator.len())?;
        let mut headers = self.chain.headers_after(locator, stop, HEADERS_MAX + 1);
        let more = headers.len() > HEADERS_MAX;
        headers.truncate(HEADERS_MAX);
        self.send(peer, &Message::Headers { headers, more });
        Ok(())
    }

    pub(super) fn on_announce(&mut self, peer: PeerId, header: Header, now: Timestamp) -> Result<(), PeerError> {
        let hash = header.hash();
        let may_adopt = self.role() == Role::Relay || self.auto_sync();
        if !may_adopt || self.chain.has_body(&hash) {
            return Ok(());
        }
        if self.chain.header(&header.previous_hash).is_some() {
            return self.take_headers(peer, vec![header], now);
        }
        // An orphan is not kept; the way to it is asked for, one way at a time.
        let ready = self.ready_mut(peer);
        ready.orphans += 1;
        if ready.orphans > ORPHANS_MAX {
            return Err(PeerError::Orphans { found: ready.orphans });
        }
        self.ask_headers(peer, Some(hash), self.chain.locator(), now);
        Ok(())
    }

    pub(super) fn on_headers(
        &mut self,
        peer: PeerId,
        headers: Vec<Header>,
        more: bool,
        now: Timestamp,
    ) -> Result<(), PeerError> {
        PeerError::check_headers(headers.len())?;
        let request = self.ready_mut(peer).headers.take().ok_or(PeerError::Unsolicited { what: "headers" })?;
        let last = headers.last().map(Header::hash);
        self.take_headers(peer, headers, now)?;
        if let Some(last) = last.filter(|last| more && self.chain.header(last).is_some())
            && let Some(locator) = self.chain.locator_of(&last)
        {
            self.ask_headers(peer, request.stop, locator, now);
            return Ok(());
        }
        if let Some(stop) = request.stop {
            self.replace_headers_done(&stop, peer, now);
        }
        Ok(())
    }

    /// Takes headers of one branch, lowest first, and wants the branch if it is worth it.
    fn take_headers(&mut self, peer: PeerId, headers: Vec<Header>, now: Timestamp) -> Result<(), PeerError> {
        let mut head = None;
        for header in headers {
            match self.chain.insert_header(header, now) {
                Ok(_) => head = Some(header.hash()),
                Err(error) if error.is_misbehaviour() => {
                    return Err(self.refuse_block(header.hash(), error, Some(peer)));
                }
                // Too far ahead of the clock, or without a parent: what follows it is no better.
                Err(_) => break,
            }
        }
        if let Some(head) = head {
            self.ready_mut(peer).orphans = 0;
            let claimed = self.chain.tip_of(&head).expect("a header just taken is known");
            if self.is_worth_fetching(&claimed) || self.replace_wants(&head) {
                self.want(head, peer, now);
            }
        }
        Ok(())
    }

    /// Wants the bodies of a branch, and knows one more peer that has them.
    pub(super) fn want(&mut self, head: BlockHash, peer: PeerId, now: Timestamp) {
        if self.chain.has_body(&head) || self.chain.status(&head) == Some(BlockStatus::Invalid) {
            return;
        }
        self.sync.from.get_or_insert(self.chain.tip().height);
        self.sync.wanted.entry(head).or_default().insert(peer);
        // A longer branch takes the place of its own beginning.
        let parent = self.chain.header(&head).map(|header| header.previous_hash);
        if let Some(parent) = parent.filter(|parent| !self.replace_wants(parent)) {
            self.sync.wanted.remove(&parent);
        }
        if self.sync.wanted.len() > WANTED_MAX {
            let least = self.sync.wanted.keys().min_by_key(|head| self.chain.work_of(head)).copied();
            if let Some(least) = least {
                self.sync.wanted.remove(&least);
            }
        }
        self.ask_bodies(now);
    }

    /// Asks for missing bodies of wanted branches, as many as may be under way.
    pub(super) fn ask_bodies(&mut self, now: Timestamp) {
        let mut under_way: BTreeSet<BlockHash> =
            self.ready_peers().flat_map(|(_, ready)| ready.bodies.keys().copied()).collect();
        let max = self.sync.in_flight_max();
        // The branch with the most work first.
        let mut heads: Vec<_> = self.sync.wanted.iter().map(|(head, sources)| (*head, sources.clone())).collect();
        heads.sort_by_key(|(head, _)| std::cmp::Reverse(self.chain.work_of(head)));
        for (head, sources) in heads {
            let missing = self.chain.missing_bodies(&head, 2 * IN_FLIGHT_MAX);
            let mut missing =
                missing.into_iter().filter(|hash| !under_way.contains(hash)).collect::<Vec<_>>().into_iter();
            let mut asked = Vec::new();
            for peer in sources {
                let Some(ready) = self.peers.get(&peer).and_then(|peer| peer.ready()) else { continue };
                let mut room = max.saturating_sub(ready.bodies.len());
                // Few large requests rather than many small ones.
                if room < GET_BLOCKS_MAX.min(max / 2) && !ready.bodies.is_empty() {
                    continue;
                }
                while room > 0 {
                    let hashes: Vec<BlockHash> = missing.by_ref().take(room.min(GET_BLOCKS_MAX)).collect();
                    if hashes.is_empty() {
                        break;
                    }
                    room -= hashes.len();
                    asked.extend(hashes.iter().copied());
                    self.ready_mut(peer).bodies.extend(hashes.iter().map(|hash| (*hash, now)));
                    self.send(peer, &Message::GetBlocks(hashes));
                }
            }
            if !asked.is_empty() {
                self.alarm(now.plus_ms(REQUEST_MS));
            }
            under_way.extend(asked);
        }
    }

    pub(super) fn on_get_blocks(&mut self, peer: PeerId, hashes: &[BlockHash]) -> Result<(), PeerError> {
        PeerError::check_requested_blocks(hashes.len())?;
        let (mut batch, mut bytes, mut missing) = (Vec::new(), 0, Vec::new());
        for hash in hashes {
            let Some(block) = self.chain.block(hash) else {
                missing.push(*hash);
                continue;
            };
            bytes += block.encoded_len();
            batch.push(block);
            if bytes >= BATCH_BYTES {
                self.send(peer, &Message::Blocks(std::mem::take(&mut batch)));
                bytes = 0;
            }
        }
        if !batch.is_empty() {
            self.send(peer, &Message::Blocks(batch));
        }
        if !missing.is_empty() {
            self.send(peer, &Message::NotFound(missing));
        }
        Ok(())
    }

    pub(super) fn on_not_found(&mut self, peer: PeerId, hashes: &[BlockHash], now: Timestamp) -> Result<(), PeerError> {
        PeerError::check_requested_blocks(hashes.len())?;
        for hash in hashes {
            self.ready_mut(peer).bodies.remove(hash);
        }
        // It does not have the branches that need them.
        let lacking: Vec<BlockHash> = self
            .sync
            .wanted
            .iter()
            .filter(|(head, sources)| {
                sources.contains(&peer)
                    && self.chain.missing_bodies(head, IN_FLIGHT_MAX).iter().any(|missing| hashes.contains(missing))
            })
            .map(|(head, _)| *head)
            .collect();
        for head in lacking {
            if let Some(sources) = self.sync.wanted.get_mut(&head) {
                sources.remove(&peer);
                if sources.is_empty() {
                    self.sync.wanted.remove(&head);
                }
            }
        }
        self.settle(now);
        Ok(())
    }

    pub(super) fn on_blocks(&mut self, peer: PeerId, blocks: Vec<Block>, now: Timestamp) -> Result<(), PeerError> {
        for block in blocks {
            let hash = block.hash();
            let was_asked = self.ready_mut(peer).bodies.remove(&hash).is_some();
            // An answer that comes after its request was given up is still welcome.
            if !was_asked && self.chain.header(&hash).is_none() {
                return Err(PeerError::Unsolicited { what: "blocks" });
            }
            let bytes = block.encoded_len();
            let average = if self.sync.body_bytes == 0 { bytes } else { (7 * self.sync.body_bytes + bytes) / 8 };
            self.sync.body_bytes = average.max(1);
            self.take_block(block, Some(peer), now).map_err(|error| self.refuse_block(hash, error, Some(peer)))?;
        }
        self.settle(now);
        self.ask_bodies(now);
        Ok(())
    }

    /// Takes a block whose header is known: keeps it, and follows the chain wherever it went.
    pub(super) fn take_block(&mut self, block: Block, from: Option<PeerId>, now: Timestamp) -> Result<(), BlockError> {
        let hash = block.hash();
        let mempool = &self.mempool;
        let outcome = self.chain.insert_body(block, &|signed| mempool.holds(signed))?;
        if outcome.is_new {
            let bytes = self.chain.body_bytes(&hash).expect("a body just taken is kept");
            let height = self.chain.height_of(&hash).expect("a block just taken has a height");
            self.put(Output::Store(StoreOp::Block { hash, height, bytes }));
        }
        for (hash, error) in outcome.refused {
            self.refuse_block(hash, error, None);
        }
        if outcome.change != TipChange::Unchanged {
            self.follow(&outcome.change, from, now);
        }
        Ok(())
    }

    /// Follows a change of the tip: mempool, miner, peers, and whoever wants to know.
    fn follow(&mut self, change: &TipChange, from: Option<PeerId>, now: Timestamp) {
        let returned = self.follow_in_mempool(change);
        let (left, adopted) = (change.disconnected().len() as u64, change.connected().len() as u64);
        let (old, new) = (self.told_tip, self.chain.tip());
        self.told_tip = new;
        let from_id = from.and_then(|peer| self.peers.get(&peer)).and_then(|peer| peer.ready()).map(|ready| ready.id);
        self.put_event(Event::TipChanged { old, new, left, adopted, returned, from: from_id });
        self.mining_new_tip(now);
        self.roster_self(now);
        // While catching up, only the end of it is worth telling.
        if self.is_catching_up() {
            self.tip_untold = true;
        } else {
            self.tip_untold = false;
            self.announce_tip(from);
        }
    }

    fn is_catching_up(&self) -> bool {
        let tip = self.chain.tip();
        let best = self.sync.wanted.keys().filter_map(|head| self.chain.tip_of(head)).max_by_key(|head| head.work);
        best.is_some_and(|best| best.work > tip.work && best.height.as_u64() > tip.height.as_u64() + 1)
    }

    /// Lets go of branches that are complete or turned out invalid, and tells of it when there are none left.
    pub(super) fn settle(&mut self, now: Timestamp) {
        let chain = &self.chain;
        self.sync.wanted.retain(|head, _| chain.status(head) == Some(BlockStatus::HeaderOnly));
        if self.tip_untold && !self.is_catching_up() {
            self.tip_untold = false;
            self.announce_tip(None);
        }
        if self.sync.wanted.is_empty() && self.sync.from.take().is_some() {
            self.put_event(Event::Synced { tip: self.chain.tip() });
        }
        self.replace_settle(now);
    }

    /// Notes that a block was refused, and says why its sender is cut off.
    fn refuse_block(&mut self, hash: BlockHash, error: BlockError, from: Option<PeerId>) -> PeerError {
        let receipt = error.receipt();
        let from = from.and_then(|peer| self.peers.get(&peer)).and_then(|peer| peer.ready()).map(|ready| ready.id);
        self.replace_refused(&hash, &receipt);
        self.put_event(Event::BlockRefused { hash, from, receipt });
        PeerError::Block { hash, error: Box::new(error) }
    }

    /// Gives up requests that went unanswered, and looks for somebody else to ask.
    pub(super) fn sync_wake(&mut self, now: Timestamp) {
        let is_late = |since: Timestamp| now.ms_since(since) >= REQUEST_MS;
        let mut late = Vec::new();
        for (peer, ready) in self.ready_peers_mut() {
            if let Some(request) = ready.headers.take_if(|request| is_late(request.since)) {
                late.push((peer, request.stop));
            }
            ready.bodies.retain(|_, since| !is_late(*since));
        }
        for (peer, stop) in late {
            if let Some(stop) = stop {
                self.replace_headers_done(&stop, peer, now);
            }
        }
        if self.sync.resync_at.is_none_or(|at| at <= now) {
            let at = now.plus_ms(RESYNC_MS);
            self.sync.resync_at = Some(at);
            self.alarm(at);
            self.resync(now);
        }
        self.ask_bodies(now);
        self.settle(now);
    }
}
