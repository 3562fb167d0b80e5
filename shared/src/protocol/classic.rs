//! Rooms of the tutorial's chain, as the sealed protocol sees them: members, and nothing else.
//!
//! Their ids, names and links are those of any room. Its sealed chain stays at the genesis, so that whoever has a block
//! or a payment for it broke a rule; the classic chain lives beside the node, in its shell, and no message here carries
//! it.

use super::fault::PeerError;
use super::message::Message;
use super::node::Node;
use crate::state::Tip;
use crate::values::Rules;

impl Node {
    /// Whether this room's chain is the tutorial's.
    pub(super) fn is_classic(&self) -> bool {
        self.params().rules() == Rules::Classic
    }

    /// A message is one that the room has.
    pub(super) fn check_room(&self, message: &Message) -> Result<(), PeerError> {
        if !self.is_classic() {
            return Ok(());
        }
        let is_ours = |tip: &Tip| tip.hash == self.chain.genesis_hash();
        let what = match message {
            Message::Announce(_) => "a header",
            Message::Headers { headers, .. } if !headers.is_empty() => "headers",
            Message::Blocks(blocks) if !blocks.is_empty() => "blocks",
            Message::Payments(payments) if !payments.is_empty() => "payments",
            Message::Status(status) if !is_ours(&status.tip) => "a chain",
            Message::Hello(hello) if hello.network == self.chain.network() && !is_ours(&hello.status.tip) => "a chain",
            _ => return Ok(()),
        };
        Err(PeerError::ClassicRoom { what })
    }
}
