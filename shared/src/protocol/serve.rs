//! Answering: headers, bodies and waiting payments for peers that ask for them.
//!
//! A question of a few bytes can have an answer of megabytes. So each peer has a budget that refills with time: what it
//! asks for beyond that waits its turn, and who asks for more than may wait is cut off.

use std::collections::VecDeque;

use super::fault::PeerError;
use super::limits::{
    ANSWER_BYTES_MAX, ANSWER_BYTES_PER_MS, BATCH_BYTES, BLOCKS_OWED_MAX, GET_BLOCKS_MAX, HEADERS_MAX, HEADERS_OWED_MAX,
    PAYMENTS_MAX,
};
use super::message::Message;
use super::node::Node;
use super::peer::PeerId;
use crate::values::{BlockHash, SignedPayment, Timestamp};

/// What a peer has asked for and was not sent yet, and how much it may be sent now.
#[derive(Debug)]
pub(super) struct Owed {
    /// How many bytes may be sent; an answer may overdraw it.
    credit: usize,
    /// How many bytes were sent beyond the credit.
    debt: usize,
    refilled: Timestamp,
    headers: VecDeque<(Vec<BlockHash>, Option<BlockHash>)>,
    blocks: VecDeque<BlockHash>,
    /// Blocks that were asked for and are not here.
    missing: Vec<BlockHash>,
    mempool: bool,
}

impl Owed {
    /// How many requests for headers wait.
    pub(super) fn headers_len(&self) -> usize {
        self.headers.len()
    }

    /// How many blocks were asked for and not sent, those that are not here included.
    pub(super) fn blocks_len(&self) -> usize {
        self.blocks.len() + self.missing.len()
    }

    pub(super) fn new(now: Timestamp) -> Self {
        Self {
            credit: ANSWER_BYTES_MAX,
            debt: 0,
            refilled: now,
            headers: VecDeque::new(),
            blocks: VecDeque::new(),
            missing: Vec::new(),
            mempool: false,
        }
    }

    fn is_settled(&self) -> bool {
        self.headers.is_empty() && self.blocks.is_empty() && self.missing.is_empty() && !self.mempool
    }

    fn refill(&mut self, now: Timestamp) {
        let ms = usize::try_from(now.ms_since(self.refilled)).unwrap_or(usize::MAX);
        self.refilled = now;
        let gained = ms.saturating_mul(ANSWER_BYTES_PER_MS);
        self.credit = self.credit.saturating_add(gained.saturating_sub(self.debt)).min(ANSWER_BYTES_MAX);
        self.debt = self.debt.saturating_sub(gained);
    }

    fn spend(&mut self, bytes: usize) {
        self.debt += bytes.saturating_sub(self.credit);
        self.credit = self.credit.saturating_sub(bytes);
    }

    /// When there is credit for another message, if one is owed.
    pub(super) fn due(&self) -> Option<Timestamp> {
        let lacking = self.debt + BATCH_BYTES.saturating_sub(self.credit);
        let ms = lacking.div_ceil(ANSWER_BYTES_PER_MS) as u64;
        (!self.is_settled()).then(|| self.refilled.plus_ms(ms))
    }
}

impl Node {
    pub(super) fn on_get_headers(
        &mut self,
        peer: PeerId,
        locator: Vec<BlockHash>,
        stop: Option<BlockHash>,
        now: Timestamp,
    ) -> Result<(), PeerError> {
        PeerError::check_locator(locator.len())?;
        let owed = &mut self.ready_mut(peer).owed;
        owed.headers.push_back((locator, stop));
        PeerError::check_count("requests for headers at once", owed.headers.len(), HEADERS_OWED_MAX)?;
        self.serve(peer, now);
        Ok(())
    }

    pub(super) fn on_get_blocks(
        &mut self,
        peer: PeerId,
        hashes: Vec<BlockHash>,
        now: Timestamp,
    ) -> Result<(), PeerError> {
        PeerError::check_requested_blocks(hashes.len())?;
        let owed = &mut self.ready_mut(peer).owed;
        owed.blocks.extend(hashes);
        PeerError::check_count("blocks asked for at once", owed.blocks.len(), BLOCKS_OWED_MAX)?;
        self.serve(peer, now);
        Ok(())
    }

    pub(super) fn on_get_mempool(&mut self, peer: PeerId, now: Timestamp) {
        self.ready_mut(peer).owed.mempool = true;
        self.serve(peer, now);
    }

    /// Sends whatever was put off for want of credit.
    pub(super) fn serve_wake(&mut self, now: Timestamp) {
        let due = |at: Option<Timestamp>| at.is_some_and(|at| at <= now);
        let peers: Vec<PeerId> =
            self.ready_peers().filter(|(_, ready)| due(ready.owed.due())).map(|(peer, _)| peer).collect();
        for peer in peers {
            self.serve(peer, now);
        }
    }

    /// When the next answer that was put off can be sent.
    pub(super) fn serve_due(&self) -> Option<Timestamp> {
        self.ready_peers().filter_map(|(_, ready)| ready.owed.due()).min()
    }

    /// Sends a peer what it asked for, as far as its credit goes; the rest when it has grown again.
    fn serve(&mut self, peer: PeerId, now: Timestamp) {
        self.ready_mut(peer).owed.refill(now);
        loop {
            let owed = &mut self.ready_mut(peer).owed;
            if owed.is_settled() {
                return;
            }
            if owed.credit == 0 {
                break;
            }
            let sent = if let Some((locator, stop)) = owed.headers.pop_front() {
                self.send_headers(peer, &locator, stop)
            } else if !owed.blocks.is_empty() || !owed.missing.is_empty() {
                self.send_blocks(peer)
            } else {
                owed.mempool = false;
                self.send_mempool(peer)
            };
            self.ready_mut(peer).owed.spend(sent);
        }
        if let Some(at) = self.ready(peer).owed.due() {
            self.alarm(at);
        }
    }

    fn send_headers(&mut self, peer: PeerId, locator: &[BlockHash], stop: Option<BlockHash>) -> usize {
        let mut headers = self.chain.headers_after(locator, stop, HEADERS_MAX + 1);
        let more = headers.len() > HEADERS_MAX;
        headers.truncate(HEADERS_MAX);
        self.send(peer, &Message::Headers { headers, more })
    }

    /// Sends one message of blocks, and after the last of them what could not be found.
    fn send_blocks(&mut self, peer: PeerId) -> usize {
        let (mut batch, mut bytes) = (Vec::new(), 0);
        while bytes < BATCH_BYTES
            && let Some(hash) = self.ready_mut(peer).owed.blocks.pop_front()
        {
            match self.chain.block(&hash) {
                Some(block) => {
                    bytes += block.encoded_len();
                    batch.push(block);
                }
                None => self.ready_mut(peer).owed.missing.push(hash),
            }
        }
        let mut sent = if batch.is_empty() { 0 } else { self.send(peer, &Message::Blocks(batch)) };
        let owed = &mut self.ready_mut(peer).owed;
        if owed.blocks.is_empty() {
            for missing in std::mem::take(&mut owed.missing).chunks(GET_BLOCKS_MAX) {
                sent += self.send(peer, &Message::NotFound(missing.to_vec()));
            }
        }
        sent
    }

    /// Sends all waiting payments, in an order in which they can be taken.
    fn send_mempool(&mut self, peer: PeerId) -> usize {
        let payments = self.mempool.select(usize::MAX);
        let known = &mut self.ready_mut(peer).known;
        for signed in &payments {
            known.insert(signed.id());
        }
        self.send_payments(peer, payments)
    }

    /// Sends payments in as many messages as it takes.
    pub(super) fn send_payments(&mut self, peer: PeerId, mut payments: Vec<SignedPayment>) -> usize {
        let mut sent = 0;
        while !payments.is_empty() {
            let rest = payments.split_off(payments.len().min(PAYMENTS_MAX));
            sent += self.send(peer, &Message::Payments(payments));
            payments = rest;
        }
        sent
    }
}
