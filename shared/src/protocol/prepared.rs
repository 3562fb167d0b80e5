//! Messages that were looked at before their turn, so that their signatures can be verified meanwhile.
//!
//! What a message is does not change while it waits: it is decoded once, and its bodies' roots and forms are checked once.
//! What the node makes of it may change, and is asked when it is received: whether the link is still there, whether the
//! bodies are still wanted, and everything that depends on the chain.

use std::collections::BTreeSet;

use super::limits::PAYMENTS_MAX;
use super::message::Message;
use super::node::Node;
use super::peer::{Peer, PeerId};
use crate::rules::batch::{SHARE_MIN, SignatureBatch, VerifiedSignatures};
use crate::state::Body;
use crate::values::{Block, BlockHash, Timestamp};

/// The fewest bytes that a payment takes in a message: one without a memo, without a transaction's tag.
const PAYMENT_BYTES_MIN: usize = 176;

/// A message that was looked at. Only the node that made it can take it apart.
#[derive(Debug)]
pub struct Prepared {
    peer: PeerId,
    /// How many bytes came.
    bytes: usize,
    content: Content,
    batch: SignatureBatch,
}

#[derive(Debug)]
enum Content {
    Blocks(Vec<Body>),
    Other(Box<Message>),
}

impl Prepared {
    /// The signatures that receiving the message would have to verify; none where there are too few to have them verified
    /// elsewhere first.
    pub fn signatures(&self) -> SignatureBatch {
        if self.batch.is_worth_sharing() { self.batch.clone() } else { SignatureBatch::default() }
    }
}

impl Node {
    /// Looks at a message that may ask for many signatures, to be [received](Self::receive_prepared) in its turn; nothing
    /// is changed. `None` for one that asks for few, or is refused: its bytes are to be [received](Self::receive).
    ///
    /// The signatures are those of bodies that were asked for, whose headers have proved their work, and which keep every
    /// rule that is cheaper to ask, and of payments that the mempool would take but for their signatures.
    pub fn prepare(&self, peer: PeerId, bytes: &[u8]) -> Option<Prepared> {
        let is_long_enough = bytes.len() >= 2 * SHARE_MIN * PAYMENT_BYTES_MIN;
        if !is_long_enough || !self.is_ready(peer) || self.is_classic() {
            return None;
        }
        let (content, batch) = match self.read(peer, bytes).ok()? {
            Message::Blocks(blocks) => {
                let bodies = self.look_at_bodies(peer, blocks);
                let batch = self.signatures_of(&bodies);
                (Content::Blocks(bodies), batch)
            }
            Message::Payments(payments) if payments.len() <= PAYMENTS_MAX => {
                let worth = self.mempool.worth_verifying(payments.clone(), self.chain.ledger());
                let unverified = worth.into_iter().filter(|signed| !self.is_verified(signed)).collect();
                (Content::Other(Box::new(Message::Payments(payments))), SignatureBatch::new(unverified))
            }
            other => (Content::Other(Box::new(other)), SignatureBatch::default()),
        };
        Some(Prepared { peer, bytes: bytes.len(), content, batch })
    }

    /// Receives a message that was [looked at](Self::prepare), with what was verified of its signatures meanwhile.
    pub fn receive_prepared(&mut self, prepared: Prepared, verified: &[VerifiedSignatures], now: Timestamp) {
        let Prepared { peer, bytes, content, batch } = prepared;
        // It came by a link that is gone.
        if !self.is_ready(peer) || !self.heard(peer, bytes, now) {
            return;
        }
        let result = match content {
            Content::Blocks(mut bodies) => {
                self.note_signed(&mut bodies, &batch, verified);
                self.on_blocks(peer, bodies, now)
            }
            Content::Other(message) => {
                self.note_verified(&batch, verified);
                self.dispatch(peer, *message, now)
            }
        };
        self.received(peer, result, now);
    }

    /// Remembers what was verified elsewhere of some payments.
    pub fn note_verified(&mut self, batch: &SignatureBatch, verified: &[VerifiedSignatures]) {
        batch.verified(verified).for_each(|signed| self.signatures.note(signed));
    }

    /// Notes what was verified elsewhere of some bodies' signatures, of which the batch has all that need it.
    pub(super) fn note_signed(&mut self, bodies: &mut [Body], batch: &SignatureBatch, verified: &[VerifiedSignatures]) {
        if batch.is_verified(verified) {
            bodies.iter_mut().for_each(Body::note_signed);
        } else {
            // One of them is forged, or nobody looked at it: the node finds out which.
            self.note_verified(batch, verified);
        }
    }

    /// The signatures that taking these bodies would have to verify: of those that are in form, all that were not verified
    /// before.
    pub(super) fn signatures_of(&self, bodies: &[Body]) -> SignatureBatch {
        let in_form = bodies.iter().filter(|body| body.is_in_form()).map(Body::block);
        SignatureBatch::of_blocks(in_form, |signed| !self.is_verified(signed))
    }

    /// Looks at those bodies that [`on_blocks`](Self::on_blocks) would take.
    fn look_at_bodies(&self, peer: PeerId, blocks: Vec<Block>) -> Vec<Body> {
        let mut seen = BTreeSet::new();
        let mut is_wanted = |hash: BlockHash| {
            let is_asked_for = |link: &Peer| link.ready().is_some_and(|ready| ready.bodies.contains_key(&hash));
            let is_expected = self.peers.get(&peer).is_some_and(is_asked_for) || self.is_under_way(&hash);
            is_expected && seen.insert(hash)
        };
        // For one that is not known the peer is cut off, before anything else is looked at.
        let are_known = blocks.iter().all(|block| self.chain.header(&block.hash()).is_some());
        let look = |block: Block| {
            let body = Body::from(block);
            if are_known && is_wanted(body.hash()) { self.chain.look_at(body) } else { body }
        };
        blocks.into_iter().map(look).collect()
    }
}
