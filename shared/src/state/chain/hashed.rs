//! A block with all that its bytes hash to: worked out once, by whichever thread has the time.

use crate::encoding::{DecodeError, decode, encode};
use crate::rules::block::payments;
use crate::values::{
    Address, Block, BlockHash, HEADER_BYTES, Header, MerkleRoot, TransactionId, leaf, root_of, sha256,
};

/// The length of the count that stands before a block's transactions.
const COUNT_BYTES: usize = 4;

/// A block, its hash, the root of its transactions, their ids, and its payments' senders. No rule is checked.
/// Boxed, as it is handed around a lot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HashedBlock {
    pub(super) block: Block,
    pub(super) hash: BlockHash,
    /// What the transactions have; the header may say something else.
    pub(super) root: MerkleRoot,
    /// Of the transactions, in order.
    pub(super) ids: Vec<TransactionId>,
    /// Of the payments, in order.
    pub(super) senders: Vec<Address>,
}

impl HashedBlock {
    /// Decodes a block and hashes it.
    ///
    /// # Errors
    /// When these bytes are no block.
    pub fn decode(bytes: &[u8]) -> Result<Box<Self>, DecodeError> {
        decode(bytes).map(|block| Self::new(block, bytes))
    }

    /// The block's header.
    pub fn header(&self) -> &Header {
        &self.block.header
    }

    /// Hashes the parts of a block's encoding, of which there is but one.
    fn new(block: Block, encoding: &[u8]) -> Box<Self> {
        let (header, mut rest) = encoding.split_at(HEADER_BYTES);
        rest = &rest[COUNT_BYTES..];
        let count = block.transactions.len();
        let (mut leaves, mut ids) = (Vec::with_capacity(count), Vec::with_capacity(count));
        for transaction in &block.transactions {
            let (encoding, after) = rest.split_at(transaction.encoded_len());
            leaves.push(leaf(encoding));
            ids.push(transaction.id_by_encoding(encoding));
            rest = after;
        }
        Box::new(Self {
            hash: BlockHash::from_bytes(sha256(&[header])),
            root: root_of(&leaves),
            senders: payments(&block).map(|signed| signed.payment.sender.address()).collect(),
            ids,
            block,
        })
    }
}

impl From<Block> for Box<HashedBlock> {
    fn from(block: Block) -> Self {
        let encoding = encode(&block);
        HashedBlock::new(block, &encoding)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{ChainBuilder, address};
    use crate::values::{Amount, Memo, Payment, SignedPayment, Transaction};

    #[test]
    fn what_is_hashed_by_the_encoding_is_what_the_values_say() {
        let mut builder = ChainBuilder::easy();
        builder.mine_busy(1, 1, 5);
        let signed = builder.pay(1, 2, Amount::from_coins(1), Amount::ZERO);
        let memo = Memo::new("é".repeat(32)).expect("short");
        let with_memo = SignedPayment { payment: Payment { memo, ..signed.payment }, ..signed };
        let more = builder.draft(9, &[with_memo, builder.pay(2, 1, Amount::from_coins(1), Amount::ZERO)]);
        let blocks = [&builder.params().genesis(), &builder.blocks()[0], builder.tip(), &more];
        for block in blocks {
            let hashed = Box::<HashedBlock>::from(block.clone());
            assert_eq!(hashed.block, *block);
            assert_eq!(hashed.hash, block.hash());
            assert_eq!(hashed.root, block.root());
            assert_eq!(hashed.ids, block.transactions.iter().map(Transaction::id).collect::<Vec<_>>());
            assert_eq!(HashedBlock::decode(&encode(block)), Ok(hashed));
        }
        assert_eq!(Box::<HashedBlock>::from(more).senders, [address(1), address(2)]);
        assert!(HashedBlock::decode(&encode(builder.tip())[1..]).is_err());
    }
}
