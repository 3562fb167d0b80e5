//! What the network sent, in line: frames that ask for many signatures have them verified before it is their turn, by the
//! [verifiers](crate::worker::verifier) and, share by share, by this worker. Nothing of the network's overtakes them;
//! the page, the miner and requests over HTTP do.

use shared::protocol::PeerId;

use super::{Driver, TURN_MS};
use crate::worker::clock::monotonic_ms;
use crate::worker::inbox::{LinkEvent, LinkInput};

/// Of how many bytes of frames the signatures are looked for ahead: as many as a node has under way from one peer.
const AHEAD_BYTES_MAX: usize = shared::protocol::limits::IN_FLIGHT_BYTES;

/// An input in line, with how much it is.
#[derive(Debug)]
pub(super) struct InLine {
    input: LinkInput,
    bytes: usize,
    signatures: usize,
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
        let (mut bytes, mut signatures) = (0, Default::default());
        if let LinkEvent::Frame(frame) = &input.event {
            bytes = frame.len();
            if self.extent.bytes + bytes <= AHEAD_BYTES_MAX {
                signatures = self.parts.node.borrow().signatures_ahead(PeerId(input.link), frame);
            }
        }
        if input.is_request() || (self.ahead.is_empty() && signatures.is_empty()) {
            return self.hear_link(input);
        }
        let in_line = InLine { input, bytes, signatures: signatures.len() };
        self.extent.bytes += in_line.bytes;
        self.extent.signatures += in_line.signatures;
        self.ahead.push(in_line, signatures);
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
                verified.iter().for_each(|verified| self.parts.node.borrow_mut().note_verified(verified));
                self.hear_link(next.input);
                self.dirty = true;
                self.perform();
            } else if let Some((share, batch)) = self.ahead.take_share() {
                self.ahead.put_back(share, batch.verify());
            } else {
                return false;
            }
        }
        !self.ahead.is_empty()
    }
}
