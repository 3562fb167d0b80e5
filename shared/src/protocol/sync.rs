//! Catching up: whose chain is worth fetching, its headers along one branch at a time, and how far that is.
//!
//! Headers come first; each is checked as it comes, so its work is there before any [body](super::bodies) is asked for.

use super::fault::PeerError;
use super::limits::{HEADERS_MAX, LOCATOR_MAX, ORPHANS_MAX, REQUEST_MS, RESYNC_MS};
use super::message::{Message, Role};
use super::node::Node;
use super::peer::{HeadersRequest, PeerId};
use super::presync::Course;
use crate::rules::block::BlockError;
use crate::rules::header::{check_clock, check_work};
use crate::state::{BlockStatus, HeaderOutcome, Tip};
use crate::values::{BlockHash, Header, Height, Target, Timestamp};

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

impl Node {
    /// How far this node is with catching up.
    pub fn sync_progress(&self) -> SyncProgress {
        let best = self.chain.best_header().height;
        let asked = self.ready_peers().filter(|(_, ready)| ready.headers.is_some());
        let claimed = asked.map(|(_, ready)| ready.status.tip.height).max().filter(|claimed| *claimed > best);
        match (self.fetching.progress(&self.chain), claimed) {
            // The headers that are here may be the lowest of many.
            (Some((done, total)), claimed) => {
                let total = claimed.map_or(total, |claimed| total.max(self.fetching.above(claimed)));
                SyncProgress::Bodies { done, total }
            }
            (None, Some(claimed)) => SyncProgress::Headers { known: best, claimed },
            (None, None) => SyncProgress::Idle,
        }
    }

    /// Whether a chain that a peer claims is one to fetch without being told to.
    pub(super) fn is_worth_fetching(&self, claimed: &Tip) -> bool {
        // What is known is known better than it is claimed.
        let work = self.chain.work_of(&claimed.hash).unwrap_or(claimed.work);
        match self.role() {
            Role::Relay => !self.chain.is_complete(&claimed.hash),
            Role::Tab | Role::Bridge => self.auto_sync() && work > self.chain.tip().work,
        }
    }

    /// Asks whoever claims a chain worth fetching, if it is not being asked already.
    pub(super) fn resync(&mut self, now: Timestamp) {
        let worth: Vec<(PeerId, Tip)> = self
            .ready_peers()
            .filter(|(_, ready)| {
                let tip = &ready.status.tip;
                ready.headers.is_none() && ready.unworthy != Some(tip.hash) && self.is_worth_fetching(tip)
            })
            .filter(|(peer, _)| !self.is_early(*peer, now))
            .map(|(peer, ready)| (peer, ready.status.tip))
            .collect();
        for (peer, tip) in worth {
            self.fetch(peer, tip.hash, now);
        }
    }

    /// Fetches the branch that ends in `head` from a peer: its bodies if its header is known, else headers toward it.
    pub(super) fn fetch(&mut self, peer: PeerId, head: BlockHash, now: Timestamp) {
        match self.chain.status(&head) {
            Some(BlockStatus::Invalid) => {}
            Some(_) => self.want(head, peer, now),
            None => self.ask_headers(peer, head, self.locator(), now),
        }
    }

    /// What a peer needs to know to send what is missing: hashes of the chain, and of the best headers where those lead
    /// elsewhere or further, the highest first.
    fn locator(&self) -> Vec<BlockHash> {
        let mut hashes = self.chain.locator();
        let best = self.chain.best_header().hash;
        if best != self.chain.tip().hash {
            hashes.extend(self.chain.locator_of(&best).unwrap_or_default());
            hashes.sort_by_key(|hash| (std::cmp::Reverse(self.chain.height_of(hash)), *hash));
            hashes.dedup();
            hashes.truncate(LOCATOR_MAX);
        }
        hashes
    }

    fn ask_headers(&mut self, peer: PeerId, stop: BlockHash, locator: Vec<BlockHash>, now: Timestamp) {
        let ready = self.ready_mut(peer);
        if ready.headers.is_some() {
            return;
        }
        ready.headers = Some(HeadersRequest { since: now, stop });
        self.send(peer, &Message::GetHeaders { locator, stop: Some(stop) });
        self.alarm(now.plus_ms(REQUEST_MS));
    }

    pub(super) fn on_announce(&mut self, peer: PeerId, header: Header, now: Timestamp) -> Result<(), PeerError> {
        let hash = header.hash();
        let may_adopt = self.role() == Role::Relay || self.auto_sync();
        if !may_adopt || self.chain.is_complete(&hash) {
            return Ok(());
        }
        if self.chain.header(&header.previous_hash).is_some() {
            return self.take_single(peer, header, now);
        }
        // Without its parent nothing is known of its target but that none is easier than the limit.
        let limit = self.chain.params().target_limit();
        let target = Target::from_compact(header.target).unwrap_or(limit).min(limit);
        check_work(hash, target).map_err(|error| self.refuse_block(hash, error.into(), Some(peer)))?;
        // What waits for its time has no parent here, nor has what builds on it.
        let clock = check_clock(&header, now);
        if let Err(error) = &clock {
            self.note_early(peer, &header, error, now);
        }
        if clock.is_err() || self.is_early(peer, now) {
            return Ok(());
        }
        // An orphan is not kept; the way to it is asked for, one way at a time.
        let ready = self.ready_mut(peer);
        ready.orphans += 1;
        if ready.orphans > ORPHANS_MAX {
            return Err(PeerError::Orphans { found: ready.orphans });
        }
        if ready.headers.is_none() {
            self.ask_headers(peer, hash, self.locator(), now);
        }
        Ok(())
    }

    pub(super) fn on_headers(
        &mut self,
        peer: PeerId,
        headers: &[Header],
        more: bool,
        now: Timestamp,
    ) -> Result<(), PeerError> {
        PeerError::check_count("headers", headers.len(), HEADERS_MAX)?;
        let ready = self.ready_mut(peer);
        let Some(request) = ready.headers.take() else {
            // The answer to a request that was given up is late, and as good as any.
            let Some(given_up) = ready.headers_given_up.checked_sub(1) else {
                return Err(PeerError::Unsolicited { what: "headers" });
            };
            ready.headers_given_up = given_up;
            // What it is worth is seen when it is asked for again.
            if let Course::Take(count) = self.judge_headers(peer, headers, false, now)? {
                self.take_headers(peer, &headers[..count], now)?;
            }
            self.replace_ask(now);
            return Ok(());
        };
        let (headers, more) = match self.judge_answer(peer, headers, more, now)? {
            Course::Take(count) => (&headers[..count], more || count < headers.len()),
            Course::Ask(locator) => {
                self.replace_progress_made(now);
                self.ask_headers(peer, request.stop, locator, now);
                return Ok(());
            }
            Course::Leave => {
                let is_early = self.is_early(peer, now);
                let ready = self.ready_mut(peer);
                // What only waits for its time is looked at again.
                ready.unworthy = Some(request.stop).filter(|_| !is_early);
                ready.orphans = 0;
                self.replace_headers_done(&request.stop, peer, true, now);
                return Ok(());
            }
        };
        let is_progress = self.take_headers(peer, headers, now)?;
        let last = headers.last().map(Header::hash).filter(|last| *last != request.stop);
        // Who says that there is more must have sent something new.
        if let Some(last) = last.filter(|_| more && is_progress)
            && let Some(locator) = self.chain.locator_of(&last)
        {
            self.replace_progress_made(now);
            self.ask_headers(peer, request.stop, locator, now);
            return Ok(());
        }
        self.ready_mut(peer).presync = None;
        self.replace_headers_done(&request.stop, peer, true, now);
        // Its tip may have moved on while it answered. (If it has not, and is still unknown, asking again would not help.)
        let ready = self.ready(peer);
        let (tip, is_free) = (ready.status.tip, ready.headers.is_none());
        if is_free && tip.hash != request.stop && self.is_worth_fetching(&tip) {
            self.fetch(peer, tip.hash, now);
        }
        Ok(())
    }

    /// Takes a header whose parent is known.
    fn take_single(&mut self, peer: PeerId, header: Header, now: Timestamp) -> Result<(), PeerError> {
        if let Course::Take(1) = self.judge_headers(peer, &[header], false, now)? {
            self.take_headers(peer, &[header], now)?;
        }
        Ok(())
    }

    /// Takes headers of one branch, lowest first, and wants the branch if it is worth it. Says whether any was new.
    fn take_headers(&mut self, peer: PeerId, headers: &[Header], now: Timestamp) -> Result<bool, PeerError> {
        let (mut head, mut is_progress) = (None, false);
        for header in headers {
            match self.chain.insert_header(*header, now) {
                Ok(outcome) => {
                    is_progress |= matches!(outcome, HeaderOutcome::Added(_));
                    head = Some(header.hash());
                }
                Err(error) if error.is_misbehaviour() => {
                    return Err(self.refuse_block(header.hash(), error, Some(peer)));
                }
                // Too far ahead of the clock, or without a parent: what follows it is no better.
                Err(error) => {
                    if let BlockError::Header(error) = &error {
                        self.note_early(peer, header, error, now);
                    }
                    break;
                }
            }
        }
        if let Some(head) = head {
            self.ready_mut(peer).orphans = 0;
            let claimed = self.chain.tip_of(&head).expect("a header just taken is known");
            if self.is_worth_fetching(&claimed) || self.replace_wants(&head) {
                self.want(head, peer, now);
            }
        }
        self.early_taken(peer);
        Ok(is_progress)
    }

    /// Gives up requests that went unanswered, and looks for somebody else to ask.
    pub(super) fn sync_wake(&mut self, now: Timestamp) {
        let mut late = Vec::new();
        for (peer, ready) in self.ready_peers_mut() {
            let is_late = |request: &mut HeadersRequest| now >= request.since.plus_ms(REQUEST_MS);
            if let Some(request) = ready.headers.take_if(is_late) {
                ready.headers_given_up = ready.headers_given_up.saturating_add(1);
                ready.presync = None;
                late.push((peer, request.stop));
            }
            ready.give_up_bodies(now);
        }
        let is_any_late = !late.is_empty();
        for (peer, stop) in late {
            self.replace_headers_done(&stop, peer, false, now);
        }
        if is_any_late || self.resync_at.is_none_or(|at| at <= now) {
            self.resync_at = Some(now.plus_ms(RESYNC_MS));
            self.resync(now);
        }
        self.early_wake(now);
        self.ask_bodies(now);
        self.settle(now);
    }

    /// When the next request is given up, or others are looked for.
    pub(super) fn sync_due(&self) -> Option<Timestamp> {
        let requests = self.ready_peers().flat_map(|(_, ready)| {
            let headers = ready.headers.map(|request| request.since.plus_ms(REQUEST_MS));
            headers.into_iter().chain(ready.bodies_due())
        });
        requests.chain(self.resync_at).chain(self.early_due()).min()
    }
}
