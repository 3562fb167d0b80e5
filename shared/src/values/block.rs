//! Blocks: the 116-byte header that is hashed, and the transactions it commits to.

use borsh::{BorshDeserialize, BorshSerialize};

use super::{BlockHash, CompactTarget, Height, MerkleRoot, Timestamp, Transaction, sha256};
use crate::encoding::encode;

/// The length of an encoded header: one SHA-256 block of 64 bytes whose state a miner caches, and 52 more, which with
/// the padding fill exactly one other.
pub const HEADER_BYTES: usize = 116;
/// The only header version there is.
pub const HEADER_VERSION: u32 = 1;
/// The most an encoded block may take, header and list count included.
pub const BLOCK_BYTES_MAX: usize = 256 * 1024;

/// Twelve bytes a miner may choose freely. They stand in the first 64 bytes of the header, so each choice gives another
/// midstate for the same message schedule of the rest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub struct ExtraNonce(pub [u8; 12]);

impl ExtraNonce {
    /// The one so many further on: twelve bytes are a number, little-endian like the header's others, and after the last
    /// comes the first.
    pub fn plus(self, count: u64) -> Self {
        let mut bytes = [0; 16];
        bytes[..12].copy_from_slice(&self.0);
        let sum = u128::from_le_bytes(bytes).wrapping_add(count.into()).to_le_bytes();
        Self(std::array::from_fn(|at| sum[at]))
    }
}

/// The number a miner searches for. Encoded big-endian, so that its low 32-bit word is the header's very last and is
/// read as it is by SHA-256.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Proof(pub u128);

impl BorshSerialize for Proof {
    fn serialize<W: borsh::io::Write>(&self, writer: &mut W) -> borsh::io::Result<()> {
        writer.write_all(&self.0.to_be_bytes())
    }
}

impl BorshDeserialize for Proof {
    fn deserialize_reader<R: borsh::io::Read>(reader: &mut R) -> borsh::io::Result<Self> {
        <[u8; 16]>::deserialize_reader(reader).map(|bytes| Self(u128::from_be_bytes(bytes)))
    }
}

/// What is hashed. Encoded in this order, integers little-endian but for the proof:
///
/// | bytes | field |
/// |---|---|
/// | 0–3 | version |
/// | 4–35 | previous_hash |
/// | 36–43 | height |
/// | 44–51 | timestamp, ms |
/// | 52–63 | extra_nonce |
/// | 64–95 | root |
/// | 96–99 | target, compact |
/// | 100–115 | proof, big-endian |
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Header {
    /// [`HEADER_VERSION`].
    pub version: u32,
    /// The parent's hash.
    pub previous_hash: BlockHash,
    /// The parent's height plus one.
    pub height: Height,
    /// When the miner says the block was made.
    pub timestamp: Timestamp,
    /// The miner's choice.
    pub extra_nonce: ExtraNonce,
    /// What the block commits to: in version 1 the Merkle root of its transactions, in the genesis its parameters.
    pub root: MerkleRoot,
    /// What the hash must not exceed.
    pub target: CompactTarget,
    /// The number that makes it so.
    pub proof: Proof,
}

impl Header {
    /// The 116 bytes.
    pub fn encode(&self) -> [u8; HEADER_BYTES] {
        encode(self).try_into().expect("the fields take 116 bytes")
    }

    /// The block's name.
    pub fn hash(&self) -> BlockHash {
        BlockHash::from_bytes(sha256(&[&self.encode()]))
    }
}

/// A header and its transactions, the reward first. The encoding is the header's 116 bytes, a 32-bit count, and the
/// transactions one after the other.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Block {
    /// What is hashed.
    pub header: Header,
    /// What it commits to.
    pub transactions: Vec<Transaction>,
}

impl Block {
    /// The block's name.
    pub fn hash(&self) -> BlockHash {
        self.header.hash()
    }

    /// The root that the header should carry.
    pub fn root(&self) -> MerkleRoot {
        merkle_root(&self.transactions)
    }

    /// The length of the encoding in bytes.
    pub fn encoded_len(&self) -> usize {
        HEADER_BYTES + 4 + self.transactions.iter().map(Transaction::encoded_len).sum::<usize>()
    }
}

/// The Merkle tree hash of RFC 6962, section 2.1, over the transactions' whole encodings, signatures included: a leaf
/// is SHA-256(0x00 ‖ transaction), a node SHA-256(0x01 ‖ left ‖ right), a list of n splits at the largest power of two
/// below n, and the root of nothing is SHA-256 of nothing. No two lists share a root.
pub fn merkle_root(transactions: &[Transaction]) -> MerkleRoot {
    let leaves: Vec<[u8; 32]> = transactions.iter().map(|transaction| leaf(&encode(transaction))).collect();
    root_of(&leaves)
}

/// The leaf of a transaction, by its encoding.
pub(crate) fn leaf(encoding: &[u8]) -> [u8; 32] {
    sha256(&[&[0], encoding])
}

/// The root above some leaves.
pub(crate) fn root_of(leaves: &[[u8; 32]]) -> MerkleRoot {
    MerkleRoot::from_bytes(if leaves.is_empty() { sha256(&[]) } else { subtree(leaves) })
}

fn subtree(leaves: &[[u8; 32]]) -> [u8; 32] {
    match leaves {
        [leaf] => *leaf,
        _ => {
            let split = leaves.len().next_power_of_two() / 2;
            let (left, right) = leaves.split_at(split);
            sha256(&[&[1], &subtree(left), &subtree(right)])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Address, Amount, Reward, decode};

    fn header() -> Header {
        Header {
            version: 0x0403_0201,
            previous_hash: BlockHash::from_bytes([0x11; 32]),
            height: Height::from(0x0807_0605_0403_0201),
            timestamp: Timestamp::from_ms(0x1817_1615_1413_1211),
            extra_nonce: ExtraNonce([0x22; 12]),
            root: MerkleRoot::from_bytes([0x33; 32]),
            target: CompactTarget::from_bits(0x2423_2221),
            proof: Proof(0x4041_4243_4445_4647_4849_4a4b_4c4d_4e4f),
        }
    }

    fn reward(height: u64) -> Transaction {
        let receiver = Address::from_bytes([height as u8; 20]);
        Transaction::Reward(Reward { height: Height::from(height), receiver, amount: Amount::from_coins(10) })
    }

    #[test]
    fn the_header_is_laid_out_byte_by_byte_as_documented() {
        let text = [
            "01020304",
            &"11".repeat(32),
            "0102030405060708",
            "1112131415161718",
            &"22".repeat(12),
            &"33".repeat(32),
            "21222324",
            "404142434445464748494a4b4c4d4e4f",
        ]
        .concat();
        assert_eq!(hex::encode(header().encode()), text);
        assert_eq!(decode::<Header>(&header().encode()), Ok(header()));
    }

    #[test]
    fn extra_nonces_are_counted_and_after_the_last_comes_the_first() {
        let nonce = |first: u8, rest: u8| ExtraNonce(std::array::from_fn(|at| if at == 0 { first } else { rest }));
        assert_eq!(nonce(7, 0).plus(3), nonce(10, 0));
        assert_eq!(nonce(254, 255).plus(3), nonce(1, 0));
        assert_eq!(nonce(0, 0).plus(1 << 32).0, [0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
    }

    #[test]
    fn a_header_one_byte_short_or_long_is_refused() {
        let bytes = header().encode();
        assert!(decode::<Header>(&bytes[..115]).is_err());
        assert!(decode::<Header>(&[&bytes[..], &[0]].concat()).is_err());
    }

    #[test]
    fn the_root_splits_at_the_largest_power_of_two() {
        let leaf = |height| sha256(&[&[0], &encode(&reward(height))]);
        let node = |left: [u8; 32], right: [u8; 32]| sha256(&[&[1], &left, &right]);
        let root = |count| *merkle_root(&(1..=count).map(reward).collect::<Vec<_>>()).as_bytes();
        assert_eq!(hex::encode(root(0)), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        assert_eq!(root(1), leaf(1));
        assert_eq!(root(2), node(leaf(1), leaf(2)));
        assert_eq!(root(3), node(node(leaf(1), leaf(2)), leaf(3)));
        assert_eq!(root(5), node(node(node(leaf(1), leaf(2)), node(leaf(3), leaf(4))), leaf(5)));
    }

    #[test]
    fn a_blocks_length_is_known_without_encoding_it() {
        let block = Block { header: header(), transactions: vec![reward(1), reward(2)] };
        assert_eq!(block.encoded_len(), encode(&block).len());
        assert_eq!(decode::<Block>(&encode(&block)), Ok(block));
    }
}
