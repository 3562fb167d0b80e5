//! Changes of a room's records, and how they are written.

use redb::{ReadableTable, WriteTransaction};
use shared::{BlockHash, Height, NodeId, TransactionId};

use super::StoreError;
use super::schema::{BLOCK_COUNTS, BLOCK_PLACES, BLOCKS, CLASSIC_CHAINS, MEMBERS, PAYMENTS};

/// One change of a room's records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Adds a block; one that is there already stays where it is.
    Block {
        /// Its hash.
        hash: BlockHash,
        /// Its height.
        height: Height,
        /// The encoded block.
        bytes: Vec<u8>,
    },
    /// Takes out a block that turned out to be invalid.
    BlockGone {
        /// Its hash.
        hash: BlockHash,
    },
    /// Adds a payment of the mempool.
    Payment {
        /// Its id.
        id: TransactionId,
        /// The encoded signed payment.
        bytes: Vec<u8>,
    },
    /// Takes a payment out of the mempool.
    PaymentGone {
        /// Its id.
        id: TransactionId,
    },
    /// Adds or replaces a member.
    Member {
        /// The node's id.
        id: NodeId,
        /// The encoded member.
        bytes: Vec<u8>,
    },
    /// Forgets a member.
    MemberGone {
        /// The node's id.
        id: NodeId,
    },
    /// Adds or replaces a member's classic chain.
    ClassicChain {
        /// The node's id.
        id: NodeId,
        /// The JSON array of its blocks.
        chain: String,
    },
    /// Forgets a member's classic chain.
    ClassicChainGone {
        /// The node's id.
        id: NodeId,
    },
}

/// Writes changes of a room into a transaction.
pub(super) fn write(writing: &WriteTransaction, room: &str, changes: &[Change]) -> Result<(), StoreError> {
    let mut blocks = writing.open_table(BLOCKS)?;
    let mut places = writing.open_table(BLOCK_PLACES)?;
    let mut counts = writing.open_table(BLOCK_COUNTS)?;
    let mut payments = writing.open_table(PAYMENTS)?;
    let mut members = writing.open_table(MEMBERS)?;
    let mut classic_chains = writing.open_table(CLASSIC_CHAINS)?;
    let first = counts.get(room)?.map_or(0, |count| count.value());
    let mut count = first;
    for change in changes {
        match change {
            Change::Block { hash, height, bytes } => {
                if places.get((room, hash.as_bytes()))?.is_none() {
                    blocks.insert((room, height.as_u64(), count), bytes.as_slice())?;
                    places.insert((room, hash.as_bytes()), (height.as_u64(), count))?;
                    count += 1;
                }
            }
            Change::BlockGone { hash } => {
                if let Some(place) = places.remove((room, hash.as_bytes()))? {
                    let (height, number) = place.value();
                    blocks.remove((room, height, number))?;
                }
            }
            Change::Payment { id, bytes } => {
                payments.insert((room, id.as_bytes()), bytes.as_slice())?;
            }
            Change::PaymentGone { id } => {
                payments.remove((room, id.as_bytes()))?;
            }
            Change::Member { id, bytes } => {
                members.insert((room, id.as_bytes()), bytes.as_slice())?;
            }
            Change::MemberGone { id } => {
                members.remove((room, id.as_bytes()))?;
            }
            Change::ClassicChain { id, chain } => {
                classic_chains.insert((room, id.as_bytes()), chain.as_str())?;
            }
            Change::ClassicChainGone { id } => {
                classic_chains.remove((room, id.as_bytes()))?;
            }
        }
    }
    if count != first {
        counts.insert(room, count)?;
    }
    Ok(())
}
