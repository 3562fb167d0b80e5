//! What the network sent, in line: frames that ask for many signatures have them verified before it is their turn, by the
//! [verifiers](crate::worker::verifier) and, share by share, by this worker. Nothing of the network's overtakes them;
//! the page, the miner and requests over HTTP do.

use shared::protocol::{PeerId, Prepared};
use shared::rules::{SignatureBatch, VerifiedSignatures};

use super::{Driver, TURN_MS};
use crate::worker::clock::{self, monotonic_ms};
use crate::worker::inbox::{LinkEvent, LinkInput};

/// Of how many bytes of frames the signatures are looked for ahead: as many as a node has under way from one peer.
const AHEAD_BYTES_MAX: usize = shared::protocol::limits::IN_FLIGHT_BYTES;

/// An input in line, with how much it is.
#[derive(Debug)]
pub(super) struct InLine {
    what: What,
    bytes: usize,
    signatures: usize,
}

#[derive(Debug)]
enum What {
    Input(LinkInput),
    /// A frame of this link that was looked at.
    Prepared(u64, Prepared),
}

/// How much is in line.
#[derive(Debug, Default)]
pub(super) struct Extent {
    bytes: usize,
    signatures: usize,
}

impl Driver {
    /// Takes something of the network: at once, or in line if there is one or if it asks for many signatures.
    pub(super) fn line_up(&mut self, input: LinkInput) {
        let (mut bytes, mut prepared) = (0, None);
        if let LinkEvent::Frame(frame) = &input.event {
            bytes = frame.len();
            if self.extent.bytes + bytes <= AHEAD_BYTES_MAX {
                prepared = self.parts.node.borrow().prepare(PeerId(input.link), frame);
            }
        }
        let signatures = prepared.as_ref().map_or_else(SignatureBatch::default, Prepared::signatures);
        let is_request = input.is_request();
        let link = input.link;
        let what = prepared.map_or(What::Input(input), |prepared| What::Prepared(link, prepared));
        if is_request || (self.ahead.is_empty() && signatures.is_empty()) {
            return self.hear_in_turn(what, &[]);
        }
        let in_line = InLine { what, bytes, signatures: signatures.len() };
        self.extent.bytes += in_line.bytes;
        self.extent.signatures += in_line.signatures;
        self.ahead.push(in_line, signatures);
        // Before the next frame is looked at: that takes as long as verifying a few dozen signatures.
        self.verifiers.tend(&mut self.ahead, self.extent.signatures);
    }

    fn hear_in_turn(&mut self, what: What, verified: &[VerifiedSignatures]) {
        match what {
            What::Input(input) => self.hear_link(input),
            What::Prepared(link, prepared) if link == self.parts.link.borrow().number() => {
                self.parts.node.borrow_mut().receive_prepared(prepared, verified, clock::now());
            }
            // News of a connection that was given up.
            What::Prepared(..) => {}
        }
    }

    /// Hands out what there is to verify, verifies shares, and takes from the line whose turn it is, until the turn is over.
    /// Says whether there is more that need not be waited for.
    pub(super) fn advance(&mut self) -> bool {
        let started = monotonic_ms();
        self.verifiers.tend(&mut self.ahead, self.extent.signatures);
        while monotonic_ms() - started < TURN_MS {
            if let Some((next, verified)) = self.ahead.take_input() {
                self.extent.bytes -= next.bytes;
                self.extent.signatures -= next.signatures;
                self.hear_in_turn(next.what, &verified);
                self.dirty = true;
                self.perform();
            } else if let Some((share, signatures)) = self.ahead.take_share(self.verifiers.workers()) {
                self.ahead.put_back(share, signatures.verify());
            } else {
                return false;
            }
        }
        !self.ahead.is_empty()
    }
}
