//! Links come and go: the handshake, pings, and cutting off.

use super::clocks::{LATENCY_MS_MAX, ping_number};
use super::fault::PeerError;
use super::handshake::{check_hello, check_proof, check_version, proof_bytes};
use super::limits::{HANDSHAKE_BYTES_MAX, HANDSHAKE_MS, MESSAGE_BYTES_MAX, PING_MS, PROTOCOL_VERSION};
use super::message::{Hello, Message, Role, Status};
use super::node::Node;
use super::output::{Event, Output};
use super::peer::{Peer, PeerId, Phase, Ready};
use crate::encoding::decode;
use crate::rules::receipt::{Receipt, Refusal};
use crate::values::{NodeId, Signature, Timestamp};

impl Node {
    /// A link is up. Greets.
    pub fn peer_joined(&mut self, peer: PeerId, now: Timestamp) {
        self.keep_time(now);
        let own = Hello {
            version: PROTOCOL_VERSION,
            network: self.chain.network(),
            key: self.public_key(),
            role: self.role(),
            agent: self.agent(),
            nonce: self.fresh_bytes(),
            status: self.status(),
        };
        let phase = Phase::Greeting { own: Box::new(own.clone()), theirs: None };
        let link = Peer { since: now, last_heard: now, bytes_in: 0, bytes_out: 0, phase };
        self.peers.insert(peer, link);
        self.send(peer, &Message::Hello(own));
        self.alarm(now.plus_ms(HANDSHAKE_MS));
    }

    /// A link is down.
    pub fn peer_left(&mut self, peer: PeerId, now: Timestamp) {
        self.forget(peer, now);
    }

    /// Bytes came over a link: one frame, one message.
    pub fn receive(&mut self, peer: PeerId, bytes: &[u8], now: Timestamp) {
        if !self.heard(peer, bytes.len(), now) {
            return;
        }
        let result = self.read(peer, bytes).and_then(|message| self.dispatch(peer, message, now));
        self.received(peer, result, now);
    }

    /// Notes that so many bytes came over a link; says whether it is there.
    pub(super) fn heard(&mut self, peer: PeerId, bytes: usize, now: Timestamp) -> bool {
        self.keep_time(now);
        let Some(link) = self.peers.get_mut(&peer) else { return false };
        link.last_heard = now;
        link.bytes_in += bytes as u64;
        true
    }

    /// A message was taken, or refused.
    pub(super) fn received(&mut self, peer: PeerId, result: Result<(), PeerError>, now: Timestamp) {
        if let Err(error) = result {
            self.cut_off(peer, &error, now);
        }
        self.judge_again(now);
    }

    pub(super) fn read(&self, peer: PeerId, bytes: &[u8]) -> Result<Message, PeerError> {
        let is_ready = self.is_ready(peer);
        if !is_ready {
            check_version(bytes)?;
        }
        let max = if is_ready { MESSAGE_BYTES_MAX } else { HANDSHAKE_BYTES_MAX };
        if bytes.len() > max {
            return Err(PeerError::Oversize { bytes: bytes.len(), max });
        }
        if is_ready {
            self.check_asked_for(peer, bytes)?;
        }
        Ok(decode(bytes)?)
    }

    pub(super) fn dispatch(&mut self, peer: PeerId, message: Message, now: Timestamp) -> Result<(), PeerError> {
        if let Message::Refused(receipt) = message {
            let id = self.id_of(peer);
            self.put_event(Event::RefusedBy { peer, id, receipt: receipt.bounded() });
            return Ok(());
        }
        self.check_room(&message)?;
        if !self.is_ready(peer) {
            return self.greet(peer, message, now);
        }
        match message {
            Message::Hello(_) | Message::Proof(_) => {
                return Err(PeerError::Order { expected: "anything but a handshake", found: message.name() });
            }
            Message::Ping(number) => {
                self.send(peer, &Message::Pong(number));
                self.on_ping_number(peer, number, now);
            }
            Message::Pong(number) => self.on_pong(peer, number, now),
            Message::GetHeaders { locator, stop } => self.on_get_headers(peer, locator, stop, now)?,
            Message::Headers { headers, more } => self.on_headers(peer, &headers, more, now)?,
            Message::Announce(header) => self.on_announce(peer, header, now)?,
            Message::GetBlocks(hashes) => self.on_get_blocks(peer, hashes, now)?,
            Message::Blocks(blocks) => self.on_blocks(peer, blocks, now)?,
            Message::NotFound(hashes) => self.on_not_found(peer, &hashes, now)?,
            Message::GetMempool => self.on_get_mempool(peer, now),
            Message::Payments(payments) => self.on_payments(peer, payments, now)?,
            Message::Status(status) => self.on_status(peer, status, now),
            Message::Members { changed, left } => self.on_members(peer, changed, left)?,
            Message::Refused(_) => {}
        }
        Ok(())
    }

    fn greet(&mut self, peer: PeerId, message: Message, now: Timestamp) -> Result<(), PeerError> {
        let (network, key) = (self.chain.network(), self.public_key());
        let Some(Phase::Greeting { own, theirs }) = self.peers.get_mut(&peer).map(|peer| &mut peer.phase) else {
            return Ok(());
        };
        match (message, theirs.as_deref()) {
            (Message::Hello(hello), None) => {
                check_hello(&hello, network, &key)?;
                // Before anything is signed or verified for it. Who says another's key is kept out with it, and no more.
                if let Some(bar) = self.barred.find(&NodeId::of(&hello.key), now) {
                    return Err(PeerError::barred(bar, now));
                }
                let bytes = proof_bytes(own, &hello);
                *theirs = Some(Box::new(hello));
                let signature = self.sign(&bytes);
                self.send(peer, &Message::Proof(signature));
                Ok(())
            }
            (Message::Proof(signature), Some(hello)) => {
                check_proof(own, hello, &signature)?;
                let hello = hello.clone();
                self.welcome(peer, hello, now);
                Ok(())
            }
            (other, None) => Err(PeerError::Order { expected: "Hello", found: other.name() }),
            (other, Some(_)) => Err(PeerError::Order { expected: "Proof", found: other.name() }),
        }
    }

    /// A peer has proved who it is.
    fn welcome(&mut self, peer: PeerId, hello: Hello, now: Timestamp) {
        let id = NodeId::of(&hello.key);
        let (role, status) = (hello.role, hello.status.clone());
        let older = self.ready_peers().find(|(_, ready)| ready.id == id).map(|(peer, _)| peer);
        if let Some(link) = self.peers.get_mut(&peer) {
            link.phase = Phase::Ready(Box::new(Ready::new(hello, now)));
        }
        // The same node by another link: the newer one is the one that works. The node itself never left.
        if let Some(older) = older {
            self.cut_off(older, &PeerError::Superseded { id }, now);
        }
        self.put_event(Event::PeerReady { peer, id, name: status.name.clone(), role });
        self.roster_note(id, role, &status, now);
        self.roster_self(now);
        self.roster_introduce(peer, now);
        self.taken_by(&status.tip);
        self.send(peer, &Message::GetMempool);
        // The Hello may be older than the chain.
        let status = Message::Status(self.status());
        self.send(peer, &status);
        self.ping(peer, now);
        self.resync(now);
    }

    fn on_status(&mut self, peer: PeerId, status: Status, now: Timestamp) {
        let ready = self.ready_mut(peer);
        ready.status = status.clone();
        let (id, role) = (ready.id, ready.role);
        self.roster_note(id, role, &status, now);
        self.early_over(peer);
        self.taken_by(&status.tip);
        self.resync(now);
    }

    fn ping(&mut self, peer: PeerId, now: Timestamp) {
        let number = ping_number(now);
        let ready = self.ready_mut(peer);
        ready.ping = Some((number, now));
        ready.next_ping = now.plus_ms(PING_MS);
        self.send(peer, &Message::Ping(number));
        self.alarm(now.plus_ms(PING_MS));
    }

    fn on_pong(&mut self, peer: PeerId, number: u64, now: Timestamp) {
        let ready = self.ready_mut(peer);
        if let Some((_, sent)) = ready.ping.take_if(|(sent, _)| *sent == number) {
            let took = u32::try_from(now.ms_since(sent)).ok();
            ready.latency_ms = took.filter(|took| u64::from(*took) <= LATENCY_MS_MAX);
        }
    }

    /// Gives up whoever is silent or does not finish its handshake, and pings the others.
    pub(super) fn links_wake(&mut self, now: Timestamp) {
        let mut lost = Vec::new();
        let mut due = Vec::new();
        for (peer, link) in &self.peers {
            match &link.phase {
                Phase::Greeting { .. } if now.ms_since(link.since) >= HANDSHAKE_MS => {
                    lost.push((*peer, PeerError::HandshakeTime));
                }
                Phase::Greeting { .. } => {}
                Phase::Ready(ready) if link.silent_at(ready).is_some_and(|at| at <= now) => {
                    lost.push((*peer, PeerError::Silent));
                }
                Phase::Ready(ready) if ready.next_ping <= now => due.push(*peer),
                Phase::Ready(_) => {}
            }
        }
        for (peer, error) in lost {
            self.cut_off(peer, &error, now);
        }
        for peer in due {
            self.ping(peer, now);
        }
    }

    /// The soonest time at which a link wants attention.
    pub(super) fn links_due(&self) -> Option<Timestamp> {
        let due = self.peers.values().map(|link| match &link.phase {
            Phase::Greeting { .. } => link.since.plus_ms(HANDSHAKE_MS),
            Phase::Ready(ready) => link.silent_at(ready).map_or(ready.next_ping, |at| at.min(ready.next_ping)),
        });
        due.min()
    }

    /// What carries a peer's messages broke a rule of its own: the peer is cut off as for any other.
    pub fn fault(&mut self, peer: PeerId, receipt: Receipt, now: Timestamp) {
        if self.peers.contains_key(&peer) {
            self.cut_off(peer, &PeerError::Shell(receipt.bounded()), now);
        }
    }

    /// Tells a peer why, closes its link, forgets it, and bars it where it broke a rule.
    pub(super) fn cut_off(&mut self, peer: PeerId, error: &PeerError, now: Timestamp) {
        let receipt: Receipt = error.receipt();
        // An id that was not proved may be another's.
        if self.role() == Role::Relay
            && error.is_misbehaviour()
            && let Some(id) = self.id_of(peer)
        {
            self.barred.bar(id, &receipt.rule, now);
        }
        self.send(peer, &Message::Refused(receipt.clone()));
        self.put(Output::CutOff { peer, receipt: receipt.clone() });
        let id = self.id_of(peer);
        self.put_event(Event::PeerCutOff { peer, id, receipt });
        self.forget(peer, now);
    }

    fn forget(&mut self, peer: PeerId, now: Timestamp) {
        let Some(link) = self.peers.remove(&peer) else { return };
        self.fetching.forget_source(peer, |_| true);
        if let Phase::Ready(ready) = link.phase {
            // By another link it may still be here.
            if self.ready_peers().all(|(_, other)| other.id != ready.id) {
                self.roster_absent(ready.id, now);
            }
            if ready.role == Role::Relay && self.ready_peers().all(|(_, other)| other.role != Role::Relay) {
                self.roster_lost();
            }
            self.put_event(Event::PeerGone { id: ready.id, name: ready.status.name.clone(), role: ready.role });
        }
        self.ask_bodies(now);
        self.settle(now);
        self.replace_peer_gone(now);
    }

    fn sign(&self, bytes: &[u8]) -> Signature {
        self.secret_key().sign(bytes)
    }
}
