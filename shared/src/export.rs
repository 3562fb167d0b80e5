//! A chain as a file: JSON for people and scripts, or the bytes that are hashed and sent.
//!
//! Both begin with the network's parameters, so that a file can be verified from nothing else (`docs/protocol.md` says
//! how, and the checker beside it does). Both are made in chunks, one a block, so that a long chain need not stand in
//! memory twice.

mod chain_file;

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

use crate::encoding::{DecodeError, decode, encode};
use crate::{AddressPrefix, Amount, BLOCK_BYTES_MAX, Block, Height, Params, Receipt, Refusal, Transaction};

pub use chain_file::{BlockJsonError, CHAIN_FILE_BYTES_MAX, ChainFile, ChainFileError};

/// What a file of bytes begins with.
pub const MAGIC: [u8; 8] = *b"TABCOIN\x01";

/// How a chain is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Format {
    /// One JSON object: `format`, `params`, `network` and `blocks`.
    Json,
    /// [`MAGIC`], then the parameters and each block as a 32-bit little-endian length and so many bytes.
    Bytes,
}

impl Format {
    /// The ending of such a file's name.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Bytes => "bin",
        }
    }

    /// The media type of such a file.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Bytes => "application/octet-stream",
        }
    }
}

/// Text that names no format.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected json or bytes, found {found:?}")]
pub struct FormatError {
    /// The text.
    pub found: String,
}

impl Refusal for FormatError {
    fn receipt(&self) -> Receipt {
        Receipt::new("export format", "json or bytes", format!("{:?}", self.found))
    }
}

impl std::str::FromStr for Format {
    type Err = FormatError;

    fn from_str(text: &str) -> Result<Self, FormatError> {
        match text {
            "json" => Ok(Self::Json),
            "bytes" => Ok(Self::Bytes),
            _ => Err(FormatError { found: text.chars().take(40).collect() }),
        }
    }
}

/// Writes a chain, genesis first, in chunks that are to be put one after the other.
pub fn chunks<'a>(
    format: Format,
    params: &'a Params,
    blocks: impl Iterator<Item = Block> + 'a,
) -> Box<dyn Iterator<Item = Vec<u8>> + 'a> {
    match format {
        Format::Json => Box::new(json(params, blocks)),
        Format::Bytes => Box::new(bytes(params, blocks)),
    }
}

fn bytes(params: &Params, blocks: impl Iterator<Item = Block>) -> impl Iterator<Item = Vec<u8>> {
    let framed = |bytes: Vec<u8>| {
        let len = u32::try_from(bytes.len()).expect("parameters and blocks are far below 4 GiB");
        [&len.to_le_bytes()[..], &bytes].concat()
    };
    let head = [&MAGIC[..], &framed(encode(params))].concat();
    std::iter::once(head).chain(blocks.map(move |block| framed(encode(&block))))
}

fn json<'a>(params: &'a Params, blocks: impl Iterator<Item = Block> + 'a) -> impl Iterator<Item = Vec<u8>> + 'a {
    let head = format!(
        "{{\"format\":\"tabcoin chain 1\",\"params\":{},\"network\":\"{}\",\"blocks\":[",
        to_json(params),
        params.network()
    );
    let blocks = blocks.enumerate().map(|(at, block)| {
        let comma = if at == 0 { "\n" } else { ",\n" };
        format!("{comma}{}", to_json(&BlockJson::new(&block, &params.address_prefix)))
    });
    std::iter::once(head).chain(blocks).chain(std::iter::once("\n]}\n".to_owned())).map(String::into_bytes)
}

fn to_json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("these types have text keys and no values that JSON lacks")
}

/// A block as JSON writes it. Hashes and ids are text as people see them, amounts integers of units, the proof decimal
/// text (it may exceed 2⁵³), bytes hex.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BlockJson {
    hash: String,
    version: u32,
    height: Height,
    previous_hash: String,
    timestamp: u64,
    extra_nonce: String,
    root: String,
    target: u32,
    proof: String,
    transactions: Vec<TransactionJson>,
}

/// A transaction as JSON writes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase", deny_unknown_fields)]
pub enum TransactionJson {
    /// The block's reward.
    Reward {
        /// Its name.
        id: String,
        /// The block's height.
        height: Height,
        /// bech32m.
        receiver: String,
        /// Units.
        amount: Amount,
    },
    /// A payment.
    Payment {
        /// Its name.
        id: String,
        /// The network it belongs to.
        network: String,
        /// The sender's public key, hex.
        sender: String,
        /// The sender's address, bech32m.
        sender_address: String,
        /// bech32m.
        receiver: String,
        /// Units.
        amount: Amount,
        /// Units.
        fee: Amount,
        /// The sender's sequence number.
        sequence: u64,
        /// The memo.
        memo: String,
        /// Hex.
        signature: String,
    },
}

impl BlockJson {
    /// Writes a block of a network with this address prefix.
    pub fn new(block: &Block, prefix: &AddressPrefix) -> Self {
        let header = &block.header;
        Self {
            hash: block.hash().to_string(),
            version: header.version,
            height: header.height,
            previous_hash: header.previous_hash.to_string(),
            timestamp: header.timestamp.as_ms(),
            extra_nonce: hex::encode(header.extra_nonce.0),
            root: header.root.to_string(),
            target: header.target.bits(),
            proof: header.proof.0.to_string(),
            transactions: block
                .transactions
                .iter()
                .map(|transaction| TransactionJson::new(transaction, prefix))
                .collect(),
        }
    }
}

impl TransactionJson {
    /// Writes a transaction of a network with this address prefix.
    pub fn new(transaction: &Transaction, prefix: &AddressPrefix) -> Self {
        let id = transaction.id().to_string();
        match transaction {
            Transaction::Reward(reward) => Self::Reward {
                id,
                height: reward.height,
                receiver: reward.receiver.encode(prefix),
                amount: reward.amount,
            },
            Transaction::Payment(signed) => {
                let payment = &signed.payment;
                Self::Payment {
                    id,
                    network: payment.network.to_string(),
                    sender: payment.sender.to_string(),
                    sender_address: payment.sender.address().encode(prefix),
                    receiver: payment.receiver.encode(prefix),
                    amount: payment.amount,
                    fee: payment.fee,
                    sequence: payment.sequence,
                    memo: payment.memo.as_str().to_owned(),
                    signature: signed.signature.to_string(),
                }
            }
        }
    }
}

/// A file that is not an exported chain.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// It begins with something else.
    #[error("not an exported chain: it does not begin with \"{}\"", MAGIC.escape_ascii())]
    Magic,
    /// It ends in the middle.
    #[error("the file ends in the middle of a frame, at byte {at}")]
    Truncated {
        /// Where the frame begins.
        at: usize,
    },
    /// A frame longer than any block.
    #[error("a frame of {len} bytes at byte {at}, and a block has at most {BLOCK_BYTES_MAX}")]
    TooLong {
        /// Where the frame begins.
        at: usize,
        /// Its length.
        len: usize,
    },
    /// A frame that holds no block, or no parameters.
    #[error(transparent)]
    Decode(#[from] DecodeError),
}

impl Refusal for ImportError {
    fn receipt(&self) -> Receipt {
        match self {
            Self::Magic => Receipt::new("file", "the bytes of an exported chain", "another file"),
            Self::Truncated { at } => Receipt::new(
                "encoding",
                "a file that ends with a block",
                format!("the end within the one at byte {at}"),
            ),
            Self::TooLong { at, len } => Receipt::new(
                "block size",
                format!("at most {BLOCK_BYTES_MAX} bytes"),
                format!("{len} bytes, at byte {at} of the file"),
            ),
            Self::Decode(error) => error.receipt(),
        }
    }
}

/// Reads a file of bytes back, all of it. The blocks are decoded, not verified. [`ChainFile`] reads either format, block by
/// block.
///
/// # Errors
/// When the file is not what [`chunks`] writes.
pub fn read_bytes(file: &[u8]) -> Result<(Params, Vec<Block>), ImportError> {
    if !file.starts_with(&MAGIC) {
        return Err(ImportError::Magic);
    }
    let mut at = MAGIC.len();
    let params = decode(frame(file, &mut at)?.ok_or(ImportError::Truncated { at })?)?;
    let mut blocks = Vec::new();
    while let Some(bytes) = frame(file, &mut at)? {
        blocks.push(decode(bytes)?);
    }
    Ok((params, blocks))
}

/// The frame that begins at a byte, and the byte after it; none at the file's end.
fn frame<'a>(file: &'a [u8], at: &mut usize) -> Result<Option<&'a [u8]>, ImportError> {
    let rest = &file[*at..];
    if rest.is_empty() {
        return Ok(None);
    }
    let (len, rest) = rest.split_first_chunk::<4>().ok_or(ImportError::Truncated { at: *at })?;
    let len = u32::from_le_bytes(*len) as usize;
    if len > BLOCK_BYTES_MAX {
        return Err(ImportError::TooLong { at: *at, len });
    }
    let frame = rest.get(..len).ok_or(ImportError::Truncated { at: *at })?;
    *at += 4 + len;
    Ok(Some(frame))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(format: Format) -> Vec<u8> {
        let params = Params::main();
        chunks(format, &params, std::iter::once(params.genesis())).collect::<Vec<_>>().concat()
    }

    #[test]
    fn bytes_are_read_back_as_they_were_written() {
        let params = Params::main();
        assert_eq!(read_bytes(&file(Format::Bytes)), Ok((params.clone(), vec![params.genesis()])));
    }

    #[test]
    fn json_holds_the_parameters_the_network_and_the_blocks() {
        let json: serde_json::Value = serde_json::from_slice(&file(Format::Json)).expect("JSON");
        assert_eq!(serde_json::from_value::<Params>(json["params"].clone()).expect("parameters"), Params::main());
        assert_eq!(json["network"], json["blocks"][0]["hash"]);
        assert_eq!(json["blocks"][0]["height"], 0);
    }

    #[test]
    fn a_file_cut_anywhere_or_of_another_kind_is_refused() {
        let file = file(Format::Bytes);
        let whole = file.len();
        let params_end = MAGIC.len() + 4 + encode(&Params::main()).len();
        for cut in 0..whole {
            assert_eq!(read_bytes(&file[..cut]).is_ok(), cut == params_end, "cut at {cut}");
        }
        assert_eq!(read_bytes(b"{\"format\":"), Err(ImportError::Magic));
        let mut long = file.clone();
        long.extend(u32::MAX.to_le_bytes());
        assert_eq!(read_bytes(&long), Err(ImportError::TooLong { at: whole, len: u32::MAX as usize }));
    }
}
