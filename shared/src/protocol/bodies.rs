//! Fetching bodies: of which branches, from whom, and how many at a time.
//!
//! A *wanted* branch is named by its last header. Its missing bodies are asked for, lowest first, of the peers that led
//! to it. A tab wants branches with more work than its own chain; a relay wants every branch.

use std::collections::{BTreeMap, BTreeSet};

use super::fault::PeerError;
use super::limits::{
    BODY_MS, GET_BLOCKS_MAX, IN_FLIGHT_BYTES, IN_FLIGHT_MAX, LOW_WORK_BYTES_MAX, REQUEST_MS, WANTED_MAX,
};
use super::message::Message;
use super::node::Node;
use super::output::Event;
use super::peer::{Peer, PeerId, Ready};
use super::unstored::Intake;
use crate::encoding::decode;
use crate::state::{BlockStatus, Body, Chain};
use crate::values::{BLOCK_BYTES_MAX, BlockHash, HEADER_BYTES, Header, Height, Timestamp};

/// The number of Blocks among the messages.
const BLOCKS: u8 = 8;

/// What is being fetched.
#[derive(Debug)]
pub(super) struct Fetching {
    /// The wanted branches by their last header, each with the peers that have it.
    wanted: BTreeMap<BlockHash, BTreeSet<PeerId>>,
    /// The height from which progress is counted.
    from: Option<Height>,
    /// The average size of a body in bytes, as far as it is known.
    body_bytes: usize,
    /// [`LOW_WORK_BYTES_MAX`]; tests have less.
    pub(super) low_work_bytes_max: usize,
}

impl Default for Fetching {
    fn default() -> Self {
        Self { wanted: BTreeMap::new(), from: None, body_bytes: 0, low_work_bytes_max: LOW_WORK_BYTES_MAX }
    }
}

impl Fetching {
    pub(super) fn is_wanted(&self, head: &BlockHash) -> bool {
        self.wanted.contains_key(head)
    }

    pub(super) fn heads(&self) -> impl Iterator<Item = &BlockHash> {
        self.wanted.keys()
    }

    /// How many blocks are connected and how many are to be, since fetching began.
    pub(super) fn progress(&self, chain: &Chain) -> Option<(u64, u64)> {
        let head = self.wanted.keys().filter_map(|head| chain.tip_of(head)).max_by_key(|head| head.work)?;
        Some((self.above(chain.tip().height.min(head.height)), self.above(head.height)))
    }

    /// How many blocks a height is above the one from which progress is counted.
    pub(super) fn above(&self, height: Height) -> u64 {
        height.as_u64().saturating_sub(self.from.unwrap_or_default().as_u64())
    }

    /// A peer has gone, or lacks a branch after all.
    pub(super) fn forget_source(&mut self, peer: PeerId, is_lacking: impl Fn(&BlockHash) -> bool) {
        self.wanted.retain(|head, sources| {
            if is_lacking(head) {
                sources.remove(&peer);
            }
            !sources.is_empty()
        });
    }

    /// How many bodies may be under way from one peer.
    fn in_flight_max(&self) -> usize {
        let body_bytes = if self.body_bytes == 0 { BLOCK_BYTES_MAX } else { self.body_bytes };
        (IN_FLIGHT_BYTES / body_bytes).clamp(GET_BLOCKS_MAX / 4, IN_FLIGHT_MAX)
    }

    fn note_size(&mut self, bytes: usize) {
        self.body_bytes = if self.body_bytes == 0 { bytes } else { (7 * self.body_bytes + bytes) / 8 }.max(1);
    }
}

impl Ready {
    /// When the body that was asked for at this time is given up: a while after the peer last sent one, and in any case
    /// some time.
    fn body_deadline(&self, asked: Timestamp) -> Timestamp {
        asked.max(self.last_body).plus_ms(REQUEST_MS).min(asked.plus_ms(BODY_MS))
    }

    pub(super) fn bodies_due(&self) -> Option<Timestamp> {
        self.bodies.values().min().map(|asked| self.body_deadline(*asked))
    }

    pub(super) fn give_up_bodies(&mut self, now: Timestamp) {
        let mut bodies = std::mem::take(&mut self.bodies);
        let asked_for = bodies.len();
        bodies.retain(|_, asked| now < self.body_deadline(*asked));
        self.is_silent |= bodies.len() < asked_for;
        self.bodies_given_up += asked_for - bodies.len();
        self.bodies = bodies;
    }
}

impl Node {
    /// Wants the bodies of a branch, and knows one more peer that has them.
    pub(super) fn want(&mut self, head: BlockHash, peer: PeerId, now: Timestamp) {
        if self.chain.is_complete(&head) || self.chain.status(&head) == Some(BlockStatus::Invalid) {
            return;
        }
        self.fetching.from.get_or_insert(self.chain.tip().height);
        self.fetching.wanted.entry(head).or_default().insert(peer);
        // A longer branch takes the place of its own beginning.
        let parent = self.chain.header(&head).map(|header| header.previous_hash);
        if let Some(parent) = parent.filter(|parent| !self.replace_wants(parent)) {
            self.fetching.wanted.remove(&parent);
        }
        if self.fetching.wanted.len() > WANTED_MAX {
            let least = self.fetching.wanted.keys().min_by_key(|head| self.chain.work_of(head)).copied();
            if let Some(least) = least {
                self.fetching.wanted.remove(&least);
            }
        }
        self.ask_bodies(now);
    }

    /// Lets go of branches of little work once the blocks beside the chain take too much. They are wanted again when they
    /// are worth more than the chain.
    fn drop_low_work(&mut self) {
        if self.chain.beside_bytes() < self.fetching.low_work_bytes_max {
            return;
        }
        let ours = self.chain.tip().work;
        let is_low =
            |head: &&BlockHash| self.chain.work_of(head).is_none_or(|work| work <= ours) && !self.replace_wants(head);
        let low: Vec<BlockHash> = self.fetching.heads().filter(is_low).copied().collect();
        for head in low {
            self.fetching.wanted.remove(&head);
        }
    }

    /// Asks for missing bodies of wanted branches, as many as may be under way.
    pub(super) fn ask_bodies(&mut self, now: Timestamp) {
        self.drop_low_work();
        if self.fetching.wanted.is_empty() {
            return;
        }
        let under_way_from = |is_asked: &dyn Fn(&Ready) -> bool| -> BTreeSet<BlockHash> {
            let asked = self.ready_peers().filter(|(_, ready)| is_asked(ready));
            asked.flat_map(|(_, ready)| ready.bodies.keys().copied()).collect()
        };
        let mut under_way = under_way_from(&|_| true);
        // What only the silent were asked for may be had from others, whose branch begins as theirs does.
        let mut to_be_expected = under_way_from(&|ready| !ready.is_silent);
        let max = self.fetching.in_flight_max();
        // The branch with the most work first.
        let mut heads: Vec<_> = self.fetching.wanted.iter().map(|(head, sources)| (*head, sources.clone())).collect();
        heads.sort_by_key(|(head, _)| std::cmp::Reverse(self.chain.work_of(head)));
        for (head, sources) in heads {
            let mut missing = self.chain.missing_bodies(&head, 2 * IN_FLIGHT_MAX);
            if !self.unstored.has_room_for(under_way.len() * self.fetching.body_bytes) {
                // The lowest need not wait.
                missing.truncate(1);
            }
            let is_silent =
                |peer: &PeerId| self.peers.get(peer).and_then(Peer::ready).is_none_or(|ready| ready.is_silent);
            let are_all_silent = sources.iter().all(is_silent);
            let asked_for = if are_all_silent { &under_way } else { &to_be_expected };
            missing.retain(|hash| !asked_for.contains(hash));
            let mut missing = missing.into_iter();
            for peer in sources {
                let Some(ready) = self.peers.get(&peer).and_then(Peer::ready) else { continue };
                if ready.is_silent && !are_all_silent {
                    continue;
                }
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
                    under_way.extend(hashes.iter().copied());
                    if !are_all_silent {
                        to_be_expected.extend(hashes.iter().copied());
                    }
                    self.ready_mut(peer).bodies.extend(hashes.iter().map(|hash| (*hash, now)));
                    self.send(peer, &Message::GetBlocks(hashes));
                    self.alarm(now.plus_ms(REQUEST_MS));
                }
            }
        }
    }

    pub(super) fn on_not_found(&mut self, peer: PeerId, hashes: &[BlockHash], now: Timestamp) -> Result<(), PeerError> {
        PeerError::check_count("hashes of blocks", hashes.len(), GET_BLOCKS_MAX)?;
        let ready = self.ready_mut(peer);
        let not_found: Vec<BlockHash> =
            hashes.iter().filter(|hash| ready.bodies.remove(*hash).is_some()).copied().collect();
        // It does not have the branches that need them.
        let chain = &self.chain;
        let needs = |head: &BlockHash| {
            chain.missing_bodies(head, IN_FLIGHT_MAX).iter().any(|missing| not_found.contains(missing))
        };
        let lost: Vec<BlockHash> = self.fetching.heads().filter(|head| needs(head)).copied().collect();
        self.fetching.forget_source(peer, |head| lost.contains(head));
        for head in lost {
            self.replace_not_found(&head);
        }
        self.ask_bodies(now);
        self.settle(now);
        Ok(())
    }

    /// Blocks that nobody asked for are refused by the header of the first, before the rest is even decoded. Late ones are
    /// no fault, as many as were asked for.
    pub(super) fn check_asked_for(&self, peer: PeerId, frame: &[u8]) -> Result<(), PeerError> {
        // The message's number, how many blocks, the first one's header.
        let [BLOCKS, _, _, _, _, blocks @ ..] = frame else { return Ok(()) };
        let Some(header) = blocks.get(..HEADER_BYTES).and_then(|bytes| decode::<Header>(bytes).ok()) else {
            // What it is instead, decoding tells.
            return Ok(());
        };
        // A classic room has a rule of its own for them.
        if self.is_classic() || self.is_under_way(&header.hash()) || self.may_be_late(peer, &header.hash()) {
            return Ok(());
        }
        Err(PeerError::Unsolicited { what: "blocks" })
    }

    /// Whether a block that nobody waits for may be the answer to a request that was given up.
    fn may_be_late(&self, peer: PeerId, hash: &BlockHash) -> bool {
        self.ready(peer).bodies_given_up > 0 && self.chain.header(hash).is_some()
    }

    pub(super) fn on_blocks(
        &mut self,
        peer: PeerId,
        bodies: impl IntoIterator<Item: Into<Body>>,
        now: Timestamp,
    ) -> Result<(), PeerError> {
        let (mut welcome, mut intake) = (Vec::new(), Intake::default());
        for body in bodies {
            let body: Body = body.into();
            let hash = body.hash();
            let ready = self.ready_mut(peer);
            if ready.bodies.remove(&hash).is_some() {
                ready.last_body = now;
                ready.is_silent = false;
                self.fetching.note_size(body.block().encoded_len());
            } else if !self.is_under_way(&hash) {
                // Nor is it an answer that comes after its request was given up, and made again of another.
                if !self.may_be_late(peer, &hash) {
                    return Err(PeerError::Unsolicited { what: "blocks" });
                }
                self.ready_mut(peer).bodies_given_up -= 1;
                continue;
            }
            // What there is no room for is asked for again when it is next.
            if intake.takes(self, &body) {
                welcome.push(body);
            }
        }
        let result = self.take_blocks(welcome, Some(peer), now);
        let result = result.map_err(|(hash, error)| self.refuse_block(hash, *error, Some(peer)));
        self.ask_bodies(now);
        self.settle(now);
        result
    }

    pub(super) fn is_under_way(&self, hash: &BlockHash) -> bool {
        self.ready_peers().any(|(_, ready)| ready.bodies.contains_key(hash))
    }

    /// Lets go of branches that are complete or turned out invalid, and tells of it when there are none left.
    pub(super) fn settle(&mut self, now: Timestamp) {
        let chain = &self.chain;
        self.fetching.wanted.retain(|head, _| {
            !chain.is_complete(head) && chain.status(head).is_some_and(|status| status != BlockStatus::Invalid)
        });
        if self.tip_untold && !self.is_catching_up() {
            self.tip_untold = false;
            self.announce_tip(None);
        }
        let tip = self.chain.tip();
        if self.fetching.wanted.is_empty()
            && self.fetching.from.take().is_some()
            && self.chain.best_header().work <= tip.work
        {
            self.put_event(Event::Synced { tip });
        }
        self.replace_settle(now);
    }

    /// Lets go of branches that nobody asked for any more: auto-sync was turned off, or Replace chain is over.
    pub(super) fn drop_unwanted(&mut self) {
        let worth: BTreeSet<BlockHash> = self
            .fetching
            .heads()
            .filter(|head| {
                let is_worth = |tip| self.is_worth_fetching(&tip);
                self.replace_wants(head) || self.chain.tip_of(head).is_some_and(is_worth)
            })
            .copied()
            .collect();
        self.fetching.wanted.retain(|head, _| worth.contains(head));
        if worth.is_empty() {
            self.fetching.from = None;
            for (_, ready) in self.ready_peers_mut() {
                ready.bodies_given_up += std::mem::take(&mut ready.bodies).len();
            }
        }
    }
}
