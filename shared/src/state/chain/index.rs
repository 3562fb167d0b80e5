//! Where on the active chain a transaction or an address is found.
//!
//! Kept in step with the active chain. It answers questions of people, and tells the [branches](super::branch) when an
//! account was next touched.

use std::collections::BTreeMap;

use super::transactions::TransactionIndex;
use crate::state::ledger::Undo;
use crate::values::{Address, Height, TransactionId};

/// Heights by transaction and by address. Heights are kept in 32 bits: at a block a second that is a century.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ActiveIndex {
    transactions: TransactionIndex,
    /// Heights of the blocks that pay to or from an address, rising.
    addresses: BTreeMap<Address, Vec<u32>>,
}

impl ActiveIndex {
    /// Adds the block on top: its transactions, and the accounts that it changed.
    pub(super) fn connect(&mut self, height: Height, ids: &[TransactionId], undo: &Undo) {
        self.transactions.connect(ids);
        let height = narrow(height);
        for address in undo.addresses() {
            self.addresses.entry(address).or_default().push(height);
        }
    }

    /// Takes the block off the top.
    pub(super) fn disconnect(&mut self, height: Height, undo: &Undo) {
        self.transactions.disconnect();
        let height = narrow(height);
        for address in undo.addresses() {
            if let Some(heights) = self.addresses.get_mut(&address) {
                heights.pop_if(|top| *top == height);
                if heights.is_empty() {
                    self.addresses.remove(&address);
                }
            }
        }
    }

    pub(super) fn height_of(&self, id: &TransactionId) -> Option<Height> {
        self.transactions.height_of(id)
    }

    /// The height of the first block above `height` that pays to or from an address.
    pub(super) fn first_above(&self, address: &Address, height: Height) -> Option<Height> {
        let heights = self.addresses.get(address)?;
        let above = heights.partition_point(|seen| u64::from(*seen) <= height.as_u64());
        heights.get(above).map(|height| Height::from(u64::from(*height)))
    }

    pub(super) fn heights_of(&self, address: &Address) -> impl DoubleEndedIterator<Item = Height> + ExactSizeIterator {
        self.addresses.get(address).map_or(&[][..], Vec::as_slice).iter().map(|height| Height::from(u64::from(*height)))
    }
}

fn narrow(height: Height) -> u32 {
    u32::try_from(height.as_u64()).expect("2^32 blocks do not fit in memory")
}
