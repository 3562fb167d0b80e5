//! Payments and tips, passed on to whoever does not have them yet.

use super::fault::PeerError;
use super::limits::{PAYMENTS_MAX, UNJUDGED_MAX};
use super::message::Message;
use super::node::Node;
use super::output::{Event, Output, StoreOp};
use super::peer::{PeerId, Ready};
use crate::encoding::encode;
use crate::rules::receipt::Refusal;
use crate::rules::transaction::PaymentError;
use crate::state::{Accepted, Dropped, FeeRate, MempoolError, TipChange};
use crate::values::{PublicKey, SignedPayment, Timestamp, TransactionId};

/// Payments that their senders cannot make, as far as this node knows. It may know more soon: a payment is quicker than the
/// block or the payment that makes it possible, and a branch that was left may be the chain again.
#[derive(Debug, Default)]
pub(super) struct Unjudged {
    payments: Vec<SignedPayment>,
    /// Whether there were more than are kept.
    overflowed: bool,
}

impl Unjudged {
    pub(super) fn len(&self) -> usize {
        self.payments.len()
    }

    /// Keeps a payment; says whether there was room.
    pub(super) fn keep(&mut self, signed: SignedPayment) -> bool {
        let has_room = self.payments.len() < UNJUDGED_MAX;
        if has_room {
            self.payments.push(signed);
        } else {
            self.overflowed = true;
        }
        has_room
    }

    /// Takes out those of these senders.
    fn take_of(&mut self, senders: &[PublicKey]) -> Vec<SignedPayment> {
        self.payments.extract_if(.., |signed| senders.contains(&signed.payment.sender)).collect()
    }
}

/// Whether another tip may make the payment one to take.
pub(super) fn may_fit_later(error: &MempoolError) -> bool {
    use PaymentError::{Balance, Sequence};
    matches!(error, MempoolError::SequenceGap { .. } | MempoolError::Payment(Balance { .. } | Sequence { .. }))
}

impl Node {
    /// Takes a payment of this node's own, keeps it and passes it on.
    ///
    /// # Errors
    /// When the mempool does not take it, or the room is classic and has none.
    pub fn submit(&mut self, payment: SignedPayment, now: Timestamp) -> Result<TransactionId, MempoolError> {
        let accepted = self.keep_payment(&payment)?;
        let id = accepted.id;
        self.spread(vec![(payment, accepted)], None, now);
        self.judge_again(now);
        Ok(id)
    }

    /// Takes a payment into the mempool and has it stored.
    fn keep_payment(&mut self, signed: &SignedPayment) -> Result<Accepted, MempoolError> {
        if self.is_classic() {
            return Err(MempoolError::ClassicRoom);
        }
        let accepted = self.insert_payment(signed)?;
        self.put(Output::Store(StoreOp::Payment { id: accepted.id, bytes: encode(signed) }));
        for gone in accepted.replaced.iter().chain(&accepted.evicted) {
            self.put(Output::Store(StoreOp::PaymentGone { id: gone.id() }));
        }
        Ok(accepted)
    }

    /// Takes a payment into the mempool.
    pub(super) fn insert_payment(&mut self, signed: &SignedPayment) -> Result<Accepted, MempoolError> {
        let signatures = &mut self.signatures;
        self.mempool.insert_with(signed.clone(), self.chain.ledger(), |signed| signatures.check(signed))
    }

    /// Passes payments on that were just taken, and tells of them.
    fn spread(&mut self, taken: Vec<(SignedPayment, Accepted)>, from: Option<PeerId>, now: Timestamp) {
        if taken.is_empty() {
            return;
        }
        let mut to_send = Vec::new();
        for (peer, ready) in self.ready_peers_mut() {
            let unknown = taken.iter().filter(|(_, accepted)| ready.known.insert(accepted.id));
            let payments: Vec<SignedPayment> = unknown.map(|(signed, _)| signed.clone()).collect();
            to_send.push((peer, payments));
        }
        for (peer, payments) in to_send {
            self.send_payments(peer, payments);
        }
        let from = from.and_then(|peer| self.id_of(peer));
        for (signed, accepted) in taken {
            self.paid.push(signed.payment.sender);
            self.put_event(Event::PaymentTaken { payment: Box::new(signed.clone()), from });
            self.tell_displaced(&signed, accepted);
        }
        self.mining_settle_soon(now);
    }

    /// Tells of those who had to leave for a payment.
    fn tell_displaced(&mut self, signed: &SignedPayment, Accepted { replaced, evicted, .. }: Accepted) {
        let fee = signed.payment.fee;
        let lowest = FeeRate::of(fee, signed.encoded_len());
        if let Some(payment) = replaced {
            let reason = MempoolError::FeeTooLow { waiting: fee, found: payment.payment.fee };
            self.tell_dropped(payment, &reason);
        }
        for payment in evicted {
            let reason = MempoolError::Full { lowest, found: FeeRate::of(payment.payment.fee, payment.encoded_len()) };
            self.tell_dropped(payment, &reason);
        }
    }

    fn tell_dropped(&mut self, payment: SignedPayment, reason: &MempoolError) {
        self.put_event(Event::PaymentDropped { payment: Box::new(payment), receipt: reason.receipt() });
    }

    pub(super) fn on_payments(
        &mut self,
        peer: PeerId,
        payments: Vec<SignedPayment>,
        now: Timestamp,
    ) -> Result<(), PeerError> {
        PeerError::check_count("payments", payments.len(), PAYMENTS_MAX)?;
        let (mut taken, mut fault) = (Vec::new(), None);
        for signed in payments {
            let id = signed.id();
            self.ready_mut(peer).known.insert(id);
            if self.mempool.contains(&id) {
                continue;
            }
            match self.keep_payment(&signed) {
                Ok(accepted) => taken.push((signed, accepted)),
                Err(error) if error.is_misbehaviour() => {
                    fault = Some((id, error));
                    break;
                }
                Err(error) if may_fit_later(&error) => {
                    self.ready_mut(peer).unjudged.keep(signed);
                }
                // What else waits, and what it offers, is nobody's fault; the payment is just not kept.
                Err(_) => {}
            }
        }
        self.spread(taken, Some(peer), now);
        let Some((id, error)) = fault else { return Ok(()) };
        let from = self.id_of(peer);
        self.put_event(Event::PaymentRefused { id, from, receipt: error.receipt() });
        Err(PeerError::Payment { id, error: Box::new(error) })
    }

    /// Tries payments again that could not be made before: all of them after the tip has moved, and those of a sender after
    /// another of its payments was taken, which may be the one before.
    pub(super) fn judge_again(&mut self, now: Timestamp) {
        if self.tip_moved && !self.is_catching_up() {
            self.tip_moved = false;
            self.judge_left_again(now);
            let unjudged: Vec<(PeerId, Unjudged)> =
                self.ready_peers_mut().map(|(peer, ready)| (peer, std::mem::take(&mut ready.unjudged))).collect();
            for (peer, Unjudged { payments, overflowed }) in unjudged {
                if overflowed {
                    self.send(peer, &Message::GetMempool);
                } else {
                    self.judge_of(peer, payments, now);
                }
            }
        }
        // Each round takes at least one payment that was kept.
        while !self.paid.is_empty() {
            let mut senders = std::mem::take(&mut self.paid);
            senders.sort_unstable();
            senders.dedup();
            let follow = |(peer, ready): (PeerId, &mut Ready)| (peer, ready.unjudged.take_of(&senders));
            let following: Vec<(PeerId, Vec<SignedPayment>)> = self.ready_peers_mut().map(follow).collect();
            for (peer, payments) in following {
                self.judge_of(peer, payments, now);
            }
        }
    }

    fn judge_of(&mut self, peer: PeerId, mut payments: Vec<SignedPayment>, now: Timestamp) {
        payments.sort_by_key(|signed| signed.payment.sequence);
        if self.is_ready(peer)
            && let Err(error) = self.on_payments(peer, payments, now)
        {
            self.cut_off(peer, &error, now);
        }
    }

    /// Tries payments again that waited here until a branch was left that made them possible.
    fn judge_left_again(&mut self, now: Timestamp) {
        let Unjudged { mut payments, .. } = std::mem::take(&mut self.left);
        payments.sort_by_key(|signed| signed.payment.sequence);
        let mut returned = Vec::new();
        for signed in payments {
            match self.keep_payment(&signed) {
                Ok(accepted) => {
                    self.paid.push(signed.payment.sender);
                    self.tell_displaced(&signed, accepted);
                    returned.push(signed);
                }
                Err(error) if may_fit_later(&error) => {
                    self.left.keep(signed);
                }
                // It may have come from the store.
                Err(_) => self.put(Output::Store(StoreOp::PaymentGone { id: signed.id() })),
            }
        }
        if !returned.is_empty() {
            self.spread_returned(returned);
            self.mining_settle_soon(now);
        }
    }

    /// Follows a change of the tip in the mempool. Returns the payments that went back to wait.
    pub(super) fn follow_in_mempool(&mut self, change: &TipChange) -> Vec<SignedPayment> {
        let outcome = self.mempool.update(change, self.chain.ledger());
        let returned = outcome.returned.iter().filter_map(|id| self.mempool.get(id).cloned()).collect::<Vec<_>>();
        for id in outcome.confirmed {
            self.put(Output::Store(StoreOp::PaymentGone { id }));
        }
        for dropped in &outcome.dropped {
            self.put(Output::Store(StoreOp::PaymentGone { id: dropped.payment.id() }));
        }
        for signed in &returned {
            self.put(Output::Store(StoreOp::Payment { id: signed.id(), bytes: encode(signed) }));
        }
        for Dropped { payment, reason } in outcome.dropped {
            if may_fit_later(&reason) {
                self.left.keep(payment.clone());
            }
            self.tell_dropped(payment, &reason);
        }
        returned
    }

    /// Sends payments that went back to wait to every peer: who had them may have dropped them meanwhile.
    pub(super) fn spread_returned(&mut self, returned: Vec<SignedPayment>) {
        if returned.is_empty() {
            return;
        }
        let peers: Vec<PeerId> = self.ready_peers().map(|(peer, _)| peer).collect();
        for peer in peers {
            let known = &mut self.ready_mut(peer).known;
            for signed in &returned {
                known.insert(signed.id());
            }
            self.send_payments(peer, returned.clone());
        }
        for signed in returned {
            self.put_event(Event::PaymentReturned { payment: Box::new(signed) });
        }
    }

    /// Tells every peer of the new tip: its header, to those who do not have it, and where this node stands.
    pub(super) fn announce_tip(&mut self, source: Option<PeerId>) {
        let tip = self.chain.tip();
        let header = *self.chain.header(&tip.hash).expect("the tip's header is known");
        let status = Message::Status(self.status());
        let peers: Vec<(PeerId, bool)> =
            self.ready_peers().map(|(peer, ready)| (peer, ready.status.tip.hash == tip.hash)).collect();
        for (peer, has_it) in peers {
            if !has_it && source != Some(peer) {
                self.send(peer, &Message::Announce(header));
            }
            self.send(peer, &status);
        }
    }
}
