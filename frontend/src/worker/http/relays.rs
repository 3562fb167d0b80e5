//! What a tab keeps of each relay that it was a member of: the control token there, and the nodes it was connected to.
//!
//! One address is not one relay: the next program on a port, or the next operator of a host, is another. A relay sees the
//! tokens that pass through it, so each relay gets its own, and a node that was connected at one is not asked at another.
//! A relay is known by the id that it proves in the handshake; its address and what it says of itself prove nothing.

use borsh::{BorshDeserialize, BorshSerialize};
use shared::NodeId;

use super::access::Access;

/// How many relays are remembered. The one that was met longest ago is forgotten first.
pub const RELAYS_MAX: usize = 32;

/// What is kept of one relay.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct AtRelay {
    /// Who may change the tab through it.
    pub access: Access,
    /// The places of the connected nodes.
    pub nodes: Vec<String>,
}

/// The relays, in the order in which they were last met.
#[derive(Clone, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Relays {
    met: Vec<(NodeId, AtRelay)>,
}

impl Relays {
    /// The relay that was met last.
    pub fn latest(&self) -> Option<&AtRelay> {
        self.met.last().map(|(_, at)| at)
    }

    /// The same, to be changed.
    pub fn latest_mut(&mut self) -> Option<&mut AtRelay> {
        self.met.last_mut().map(|(_, at)| at)
    }

    /// Makes this relay the one that was met last. One that was never met before gets what `first` makes.
    pub fn meet(&mut self, id: NodeId, first: impl FnOnce() -> AtRelay) -> &AtRelay {
        let known = self.met.iter().position(|(met, _)| *met == id);
        let at = known.map(|place| self.met.remove(place).1).unwrap_or_else(first);
        if self.met.len() >= RELAYS_MAX {
            self.met.remove(0);
        }
        self.met.push((id, at));
        &self.met.last().expect("one was just put there").1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::worker::http::access::TOKEN_BYTES;

    fn id(byte: u8) -> NodeId {
        NodeId::from_bytes([byte; 16])
    }

    fn at(byte: u8) -> AtRelay {
        AtRelay { access: Access::new([byte; TOKEN_BYTES], false), nodes: vec![format!("10.0.0.{byte}")] }
    }

    #[test]
    fn a_relay_that_was_met_before_gives_back_what_was_kept_of_it() {
        let mut relays = Relays::default();
        assert_eq!(relays.latest(), None);
        for byte in [1, 2] {
            assert_eq!(*relays.meet(id(byte), || at(byte)), at(byte));
        }
        assert_eq!(*relays.meet(id(1), || panic!("it is known")), at(1));
        assert_eq!(relays.latest(), Some(&at(1)));
    }

    #[test]
    fn the_relay_met_longest_ago_is_forgotten_first() {
        let mut relays = Relays::default();
        for byte in 0..RELAYS_MAX as u8 {
            relays.meet(id(byte), || at(byte));
        }
        relays.meet(id(0), || panic!("it is known"));
        relays.meet(id(100), || at(100));
        relays.meet(id(0), || panic!("it was met again"));
        let mut forgotten = false;
        relays.meet(id(1), || {
            forgotten = true;
            at(1)
        });
        assert!(forgotten);
    }
}
