//! Payments and tips, passed on to whoever does not have them yet.

use super::limits::{BATCH_BYTES, PAYMENTS_MAX};
use super::message::Message;
use super::node::Node;
use super::output::{Event, Output, StoreOp};
use super::peer::{PeerError, PeerId};
use crate::encoding::encode;
use crate::rules::receipt::Refusal;
use crate::state::{MempoolError, TipChange};
use crate::values::{SignedPayment, Timestamp, TransactionId};

impl Node {
    /// Takes a payment into the mempool, keeps it, and passes it on.
    pub(super) fn take_payment(
        &mut self,
        signed: SignedPayment,
        from: Option<PeerId>,
        now: Timestamp,
    ) -> Result<TransactionId, MempoolError> {
        let accepted = self.mempool.insert(signed.clone(), self.chain.ledger())?;
        self.put(Output::Store(StoreOp::Payment { id: accepted.id, bytes: encode(&signed) }));
        for gone in accepted.replaced.iter().chain(&accepted.evicted) {
            self.put(Output::Store(StoreOp::PaymentGone { id: gone.id() }));
        }
        self.pass_on(&signed, accepted.id);
        let from = from.map(|peer| self.ready(peer).id);
        self.put_event(Event::PaymentTaken { payment: Box::new(signed), from });
        self.mining_settle_soon(now);
        Ok(accepted.id)
    }

    /// Sends a payment to every peer that is not known to have it.
    fn pass_on(&mut self, signed: &SignedPayment, id: TransactionId) {
        let mut to = Vec::new();
        for (peer, ready) in self.ready_peers_mut() {
            if ready.known.insert(id) {
                to.push(peer);
            }
        }
        let message = Message::Payments(vec![signed.clone()]);
        for peer in to {
            self.send(peer, &message);
        }
    }

    pub(super) fn on_payments(
        &mut self,
        peer: PeerId,
        payments: Vec<SignedPayment>,
        now: Timestamp,
    ) -> Result<(), PeerError> {
        PeerError::check_payments(payments.len())?;
        for signed in payments {
            let id = signed.id();
            self.ready_mut(peer).known.insert(id);
            if self.mempool.contains(&id) {
                continue;
            }
            // What depends on the tip or on what else waits is nobody's fault; the payment is just not kept.
            if let Err(error) = self.take_payment(signed, Some(peer), now)
                && error.is_misbehaviour()
            {
                let from = Some(self.ready(peer).id);
                self.put_event(Event::PaymentRefused { id, from, receipt: error.receipt() });
                return Err(PeerError::Payment { id, error: Box::new(error) });
            }
        }
        Ok(())
    }

    pub(super) fn on_get_mempool(&mut self, peer: PeerId) {
        let mut batch = Vec::new();
        let mut bytes = 0;
        let all: Vec<SignedPayment> = self.mempool.iter().cloned().collect();
        for signed in all {
            self.ready_mut(peer).known.insert(signed.id());
            bytes += signed.encoded_len();
            batch.push(signed);
            if bytes >= BATCH_BYTES || batch.len() == PAYMENTS_MAX {
                self.send(peer, &Message::Payments(std::mem::take(&mut batch)));
                bytes = 0;
            }
        }
        if !batch.is_empty() {
            self.send(peer, &Message::Payments(batch));
        }
    }

    /// Follows a change of the tip in the mempool; says how many payments went back to wait.
    pub(super) fn follow_in_mempool(&mut self, change: &TipChange) -> u64 {
        let outcome = self.mempool.update(change, self.chain.ledger());
        for id in outcome.confirmed {
            self.put(Output::Store(StoreOp::PaymentGone { id }));
        }
        for dropped in outcome.dropped {
            self.put(Output::Store(StoreOp::PaymentGone { id: dropped.payment.id() }));
            let receipt = dropped.reason.receipt();
            self.put_event(Event::PaymentDropped { payment: Box::new(dropped.payment), receipt });
        }
        let returned = outcome.returned.len() as u64;
        for id in outcome.returned {
            let Some(signed) = self.mempool.get(&id).cloned() else { continue };
            self.put(Output::Store(StoreOp::Payment { id, bytes: encode(&signed) }));
            self.pass_on(&signed, id);
            self.put_event(Event::PaymentReturned { payment: Box::new(signed) });
        }
        returned
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
