//! Reads an exported chain of either format, block by block.
//!
//! The blocks are decoded and not verified: [`Node::import`](crate::protocol::Node::import) does that. What JSON says twice
//! (hashes, ids, a sender's address) must agree with the rest of it. The file stands in memory once; of its blocks, only
//! the one that is being read.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{BlockJson, Format, ImportError, MAGIC, TransactionJson, frame};
use crate::encoding::{DecodeError, decode};
use crate::rules::receipt::{Receipt, Refusal};
use crate::{
    Address, AddressError, AddressPrefix, BLOCK_BYTES_MAX, Block, CompactTarget, ExtraNonce, Header, Memo, MemoError,
    Params, ParamsError, Payment, Proof, PublicKey, Reward, Signature, SignedPayment, Timestamp, Transaction,
};

/// The largest file that is read, in bytes: the JSON of half a million small blocks. It stands in memory.
pub const CHAIN_FILE_BYTES_MAX: usize = 512 << 20;
/// What `format` says in JSON.
const JSON_FORMAT: &str = "tabcoin chain 1";
/// What some editors and shells begin a text with.
const UTF8_MARK: &[u8] = b"\xef\xbb\xbf";
/// What a text in UTF-16 begins with.
const UTF16_MARKS: [&[u8]; 2] = [b"\xff\xfe", b"\xfe\xff"];

/// A file that is not an exported chain, or a block of it that is not one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChainFileError {
    /// It begins like neither format.
    #[error("not an exported chain: it begins neither like bytes nor like JSON")]
    Unknown,
    /// A text in UTF-16, which a shell makes of JSON that passes through it.
    #[error("text in UTF-16, as some shells write it: export again with --output, or download the file")]
    Utf16,
    /// The file is larger than any that is read.
    #[error("{found} bytes, and at most {CHAIN_FILE_BYTES_MAX} are read")]
    TooLarge {
        /// Bytes.
        found: usize,
    },
    /// It is JSON of something else, or no JSON.
    #[error("not an exported chain as JSON: {why}")]
    Json {
        /// The parser's reason.
        why: String,
    },
    /// The parameters make no network.
    #[error(transparent)]
    Params(#[from] ParamsError),
    /// The network it names is not that of its parameters.
    #[error("its parameters make network {expected}, and it names {found}")]
    Network {
        /// The network of the parameters.
        expected: String,
        /// What it names.
        found: String,
    },
    /// A file of bytes that breaks off or holds something else.
    #[error(transparent)]
    Bytes(#[from] ImportError),
    /// A block as JSON that is none.
    #[error("block #{place}: {error}")]
    Block {
        /// Its place in the file, which is its height: the genesis is 0.
        place: u64,
        /// What is wrong.
        error: BlockJsonError,
    },
}

/// JSON that is no block.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BlockJsonError {
    /// Fields that a block lacks, or has besides, or no JSON.
    #[error("{why}")]
    Json {
        /// The parser's reason.
        why: String,
    },
    /// A field that says the same as others, and does not agree with them.
    #[error("its {field} is {found}, and {expected} follows from the rest of it")]
    Contradiction {
        /// The field.
        field: &'static str,
        /// What follows from the other fields.
        expected: String,
        /// What it says.
        found: String,
    },
    /// A field with another text than it may have.
    #[error("its {field} is {found:?}, expected {expected}")]
    Text {
        /// The field.
        field: &'static str,
        /// What it may be.
        expected: &'static str,
        /// What it says.
        found: String,
    },
    /// An address.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// A memo.
    #[error(transparent)]
    Memo(#[from] MemoError),
    /// Longer than any block.
    #[error("it has {found} bytes, and a block has at most {BLOCK_BYTES_MAX}")]
    TooLong {
        /// Bytes.
        found: usize,
    },
}

impl Refusal for BlockJsonError {
    fn receipt(&self) -> Receipt {
        match self {
            Self::Json { why } => Receipt::new("file", "a block as JSON", why),
            Self::Contradiction { field, expected, found } => {
                Receipt::new(field.replace('_', " "), expected, format!("{found:?}"))
            }
            Self::Text { field, expected, found } => {
                Receipt::new("file", format!("{expected} as {field}"), format!("{found:?}"))
            }
            Self::Address(error) => error.receipt(),
            Self::Memo(error) => error.receipt(),
            Self::TooLong { found } => {
                Receipt::new("block size", format!("at most {BLOCK_BYTES_MAX} bytes"), format!("{found} bytes"))
            }
        }
    }
}

impl Refusal for ChainFileError {
    fn receipt(&self) -> Receipt {
        let chain = "an exported chain, as JSON or bytes";
        match self {
            Self::Unknown => Receipt::new("file", chain, "another file"),
            Self::Utf16 => Receipt::new("file", chain, "text in UTF-16, as some shells write it"),
            Self::TooLarge { found } => {
                Receipt::new("file", format!("at most {CHAIN_FILE_BYTES_MAX} bytes"), format!("{found} bytes"))
            }
            Self::Json { why } => Receipt::new("file", chain, why),
            Self::Params(error) => error.receipt(),
            Self::Network { expected, found } => Receipt::new("network", expected, format!("{found:?}")),
            Self::Bytes(error) => error.receipt(),
            Self::Block { place, error } => {
                let Receipt { rule, expected, found } = error.receipt();
                Receipt::new(rule, expected, format!("{found}, in block #{place}"))
            }
        }
    }
}

/// An exported chain, and how much of it was read.
#[derive(Debug)]
pub struct ChainFile {
    bytes: Vec<u8>,
    format: Format,
    params: Params,
    /// Where the next block begins.
    at: usize,
    /// How many blocks were read.
    count: u64,
    /// Whether a block could not be read.
    has_failed: bool,
}

/// The fields of the JSON object.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Head<'a> {
    format: String,
    params: Params,
    network: String,
    #[serde(borrow)]
    blocks: &'a RawValue,
}

impl ChainFile {
    /// Takes the bytes of a file and reads what stands before the blocks.
    ///
    /// # Errors
    /// When the file is too large, or of neither format, or its parameters make no network.
    pub fn open(bytes: Vec<u8>) -> Result<Self, ChainFileError> {
        if bytes.len() > CHAIN_FILE_BYTES_MAX {
            return Err(ChainFileError::TooLarge { found: bytes.len() });
        }
        let (format, params, at) = if bytes.starts_with(&MAGIC) {
            let mut at = MAGIC.len();
            let params = frame(&bytes, &mut at)?.ok_or(ImportError::Truncated { at })?;
            let params: Params = decode(params).map_err(ImportError::from)?;
            params.check()?;
            (Format::Bytes, params, at)
        } else {
            let (params, at) = json_head(&bytes)?;
            (Format::Json, params, at)
        };
        Ok(Self { bytes, format, params, at, count: 0, has_failed: false })
    }

    /// Its format.
    pub fn format(&self) -> Format {
        self.format
    }

    /// The parameters of its network.
    pub fn params(&self) -> &Params {
        &self.params
    }

    /// How much of the file was read, in per cent.
    pub fn percent(&self) -> u8 {
        let (at, len) = (self.at as u64, self.bytes.len().max(1) as u64);
        u8::try_from(at * 100 / len).unwrap_or(100)
    }

    /// Reads the next block; none at the end. After an error there is no next one.
    ///
    /// # Errors
    /// When what stands there is not a block.
    pub fn next_block(&mut self) -> Result<Option<Block>, ChainFileError> {
        if self.has_failed {
            return Ok(None);
        }
        let block = match self.format {
            Format::Bytes => self.next_frame(),
            Format::Json => self.next_json().map_err(|error| ChainFileError::Block { place: self.count, error }),
        };
        self.has_failed = block.is_err();
        self.count += u64::from(matches!(block, Ok(Some(_))));
        block
    }

    fn next_frame(&mut self) -> Result<Option<Block>, ChainFileError> {
        let Some(bytes) = frame(&self.bytes, &mut self.at)? else { return Ok(None) };
        let block: Result<Block, DecodeError> = decode(bytes);
        Ok(Some(block.map_err(ImportError::from)?))
    }

    fn next_json(&mut self) -> Result<Option<Block>, BlockJsonError> {
        let rest = &self.bytes[self.at..];
        let skipped = rest.iter().take_while(|byte| byte.is_ascii_whitespace() || **byte == b',').count();
        let rest = &rest[skipped..];
        // The list was read once as a whole, so it ends with its bracket.
        if rest.first() == Some(&b']') {
            return Ok(None);
        }
        let mut values = serde_json::Deserializer::from_slice(rest).into_iter::<BlockJson>();
        let json = values.next().unwrap_or_else(|| Err(serde::de::Error::custom("the file ends within its blocks")));
        let json = json.map_err(|error| BlockJsonError::Json { why: error.to_string() })?;
        self.at += skipped + values.byte_offset();
        json.to_block(&self.params.address_prefix).map(Some)
    }
}

/// The parameters of a chain as JSON, and where its blocks begin.
fn json_head(bytes: &[u8]) -> Result<(Params, usize), ChainFileError> {
    if UTF16_MARKS.iter().any(|mark| bytes.starts_with(mark)) {
        return Err(ChainFileError::Utf16);
    }
    let text = bytes.strip_prefix(UTF8_MARK).unwrap_or(bytes);
    if text.trim_ascii_start().first() != Some(&b'{') {
        return Err(ChainFileError::Unknown);
    }
    let not_a_chain = |why: String| ChainFileError::Json { why };
    let head: Head<'_> = serde_json::from_slice(text).map_err(|error| not_a_chain(error.to_string()))?;
    if head.format != JSON_FORMAT {
        let found: String = head.format.chars().take(40).collect();
        return Err(not_a_chain(format!("expected the format {JSON_FORMAT:?}, found {found:?}")));
    }
    head.params.check()?;
    let expected = head.params.network().to_string();
    if head.network != expected {
        return Err(ChainFileError::Network { expected, found: head.network.chars().take(80).collect() });
    }
    let list = head.blocks.get();
    if !list.starts_with('[') {
        return Err(not_a_chain("expected a list of blocks".to_owned()));
    }
    // Borrowed from the file, so the difference of the two addresses is its place there.
    Ok((head.params, list.as_ptr().addr() - bytes.as_ptr().addr() + 1))
}

fn agrees(field: &'static str, expected: String, found: &str) -> Result<(), BlockJsonError> {
    if expected == found {
        return Ok(());
    }
    Err(BlockJsonError::Contradiction { field, expected, found: found.chars().take(80).collect() })
}

fn hex_bytes<const N: usize>(
    field: &'static str,
    expected: &'static str,
    text: &str,
) -> Result<[u8; N], BlockJsonError> {
    let mut bytes = [0; N];
    let is_lower = !text.bytes().any(|byte| byte.is_ascii_uppercase());
    match hex::decode_to_slice(text, &mut bytes) {
        Ok(()) if is_lower => Ok(bytes),
        _ => Err(BlockJsonError::Text { field, expected, found: text.chars().take(80).collect() }),
    }
}

fn digest<T: std::str::FromStr>(field: &'static str, text: &str) -> Result<T, BlockJsonError> {
    let digest = text.parse().ok().filter(|_| !text.bytes().any(|byte| byte.is_ascii_uppercase()));
    let found = || text.chars().take(80).collect();
    digest.ok_or_else(|| BlockJsonError::Text { field, expected: "64 hex digits", found: found() })
}

impl BlockJson {
    /// The block that this describes, on a network with this address prefix.
    ///
    /// # Errors
    /// When a text is not what its field may hold, or a hash, id or address does not follow from the rest.
    pub fn to_block(&self, prefix: &AddressPrefix) -> Result<Block, BlockJsonError> {
        let number: Option<u128> = self.proof.parse().ok();
        let proof = number.filter(|number| number.to_string() == self.proof);
        let expected = "a number below 2^128 in decimal";
        let found = || self.proof.chars().take(80).collect();
        let proof = proof.ok_or_else(|| BlockJsonError::Text { field: "proof", expected, found: found() })?;
        let header = Header {
            version: self.version,
            previous_hash: digest("previous_hash", &self.previous_hash)?,
            height: self.height,
            timestamp: Timestamp::from_ms(self.timestamp),
            extra_nonce: ExtraNonce(hex_bytes("extra_nonce", "24 hex digits", &self.extra_nonce)?),
            root: digest("root", &self.root)?,
            target: CompactTarget::from_bits(self.target),
            proof: Proof(proof),
        };
        let transactions = self.transactions.iter().map(|transaction| transaction.to_transaction(prefix));
        let block = Block { header, transactions: transactions.collect::<Result<_, _>>()? };
        let found = block.encoded_len();
        if found > BLOCK_BYTES_MAX {
            return Err(BlockJsonError::TooLong { found });
        }
        agrees("hash", block.hash().to_string(), &self.hash)?;
        Ok(block)
    }
}

impl TransactionJson {
    /// The transaction that this describes.
    fn to_transaction(&self, prefix: &AddressPrefix) -> Result<Transaction, BlockJsonError> {
        let (transaction, id) = match self {
            Self::Reward { id, height, receiver, amount } => {
                let receiver = Address::decode(receiver, prefix)?;
                (Transaction::Reward(Reward { height: *height, receiver, amount: *amount }), id)
            }
            Self::Payment { id, network, sender, sender_address, receiver, amount, fee, sequence, memo, signature } => {
                let payment = Payment {
                    network: digest("network", network)?,
                    sender: PublicKey::from_bytes(hex_bytes("sender", "64 hex digits", sender)?),
                    receiver: Address::decode(receiver, prefix)?,
                    amount: *amount,
                    fee: *fee,
                    sequence: *sequence,
                    memo: Memo::new(memo.as_str())?,
                };
                agrees("sender_address", payment.sender.address().encode(prefix), sender_address)?;
                let signature = Signature::from_bytes(hex_bytes("signature", "128 hex digits", signature)?);
                (Transaction::Payment(SignedPayment { payment, signature }), id)
            }
        };
        agrees("id", transaction.id().to_string(), id)?;
        Ok(transaction)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Amount;
    use crate::export::chunks;
    use crate::testing::{ChainBuilder, payment};

    const FORMATS: [Format; 2] = [Format::Json, Format::Bytes];

    fn chain() -> (Params, Vec<Block>) {
        let mut builder = ChainBuilder::easy();
        builder.mine(1, &[]);
        let payment = payment(builder.network(), 1, 2, Amount::from_coins(4), Amount::from_units(1), 0);
        builder.mine(2, &[payment]);
        let blocks = std::iter::once(builder.params().genesis()).chain(builder.blocks().iter().cloned());
        (builder.params().clone(), blocks.collect())
    }

    fn file(format: Format) -> Vec<u8> {
        let (params, blocks) = chain();
        chunks(format, &params, blocks.into_iter()).collect::<Vec<_>>().concat()
    }

    fn read(bytes: Vec<u8>) -> Result<(Params, Vec<Block>), ChainFileError> {
        let mut file = ChainFile::open(bytes)?;
        let mut blocks = Vec::new();
        while let Some(block) = file.next_block()? {
            blocks.push(block);
        }
        assert_eq!(file.next_block(), Ok(None), "the end stays the end");
        Ok((file.params().clone(), blocks))
    }

    /// The JSON of the chain with one value replaced.
    fn changed(pointer: &str, value: impl Into<serde_json::Value>) -> Vec<u8> {
        let mut json: serde_json::Value = serde_json::from_slice(&file(Format::Json)).expect("JSON");
        *json.pointer_mut(pointer).expect("a field") = value.into();
        json.to_string().into_bytes()
    }

    #[test]
    fn both_formats_are_read_back_as_they_were_written() {
        for format in FORMATS {
            assert_eq!(read(file(format)), Ok(chain()), "{format:?}");
            assert_eq!(ChainFile::open(file(format)).expect("a chain").format(), format);
        }
        let (params, _) = chain();
        for format in FORMATS {
            let empty = chunks(format, &params, std::iter::empty()).collect::<Vec<_>>().concat();
            assert_eq!(read(empty), Ok((params.clone(), Vec::new())), "{format:?}");
        }
    }

    #[test]
    fn json_is_read_in_any_layout_and_behind_a_byte_order_mark() {
        let json: serde_json::Value = serde_json::from_slice(&file(Format::Json)).expect("JSON");
        let pretty = serde_json::to_string_pretty(&json).expect("JSON");
        // serde_json sorts the fields of a map, so that `blocks` stands first.
        for text in [json.to_string(), pretty.clone(), pretty.replace('\n', "\r\n"), format!("\u{feff}{pretty}\r\n")] {
            assert_eq!(read(text.into_bytes()), Ok(chain()));
        }
    }

    #[test]
    fn how_far_it_was_read_is_told() {
        for format in FORMATS {
            let mut file = ChainFile::open(file(format)).expect("a chain");
            let mut last = file.percent();
            while file.next_block().expect("a block").is_some() {
                assert!(file.percent() > last, "{format:?}");
                last = file.percent();
            }
            assert!(last >= 99, "{format:?}: {last}");
        }
    }

    #[test]
    fn what_json_says_twice_must_agree() {
        let zero = "0".repeat(64);
        let (params, _) = chain();
        let another = crate::testing::address(7).encode(&params.address_prefix);
        for (pointer, value, rule) in [
            ("/network", zero.clone(), "network"),
            ("/blocks/1/hash", zero.clone(), "hash"),
            ("/blocks/2/transactions/0/id", zero.clone(), "id"),
            ("/blocks/2/transactions/1/id", zero.clone(), "id"),
            ("/blocks/2/transactions/1/sender_address", another, "sender address"),
        ] {
            let error = read(changed(pointer, value)).expect_err("a contradiction");
            assert_eq!(error.receipt().rule, rule, "{pointer}: {error}");
        }
    }

    #[test]
    fn a_field_of_another_form_is_refused_with_the_block_it_stands_in() {
        let upper = "A".repeat(64);
        for (pointer, value) in [
            ("/blocks/1/previous_hash", upper.into()),
            ("/blocks/1/root", "00".into()),
            ("/blocks/1/extra_nonce", "".into()),
            ("/blocks/1/proof", "+1".into()),
            ("/blocks/1/proof", "01".into()),
            ("/blocks/1/proof", 1.into()),
            ("/blocks/1/height", (-1).into()),
            ("/blocks/1/timestamp", 1.5.into()),
            ("/blocks/1/transactions/0/receiver", "tab1nobody".into()),
            ("/blocks/1/transactions/0/type", "gift".into()),
            ("/blocks/1/transactions", serde_json::Value::Null),
            ("/blocks/1", 1.into()),
        ] {
            let value: serde_json::Value = value;
            let error = read(changed(pointer, value)).expect_err("another form");
            assert!(matches!(error, ChainFileError::Block { place: 1, .. }), "{pointer}: {error:?}");
            assert!(error.to_string().starts_with("block #1: "), "{error}");
        }
        let long = read(changed("/blocks/2/transactions/1/memo", "x".repeat(65))).expect_err("a long memo");
        assert_eq!(long.receipt().rule, "memo");
    }

    #[test]
    fn other_files_are_refused_in_words() {
        let check = |bytes: &[u8], expect: &str| {
            let error = read(bytes.to_vec()).expect_err("no chain");
            assert!(error.to_string().contains(expect), "{expect:?} in {error}");
        };
        for other in [&b""[..], b" ", b"hello", b"[]", b"TABCOIN\x02", b"\x1f\x8b", b"tabcoin backup\n\x01"] {
            assert_eq!(read(other.to_vec()), Err(ChainFileError::Unknown), "{other:?}");
        }
        check(b"{}", "missing field `format`");
        check(br#"{"chain": [], "length": 0}"#, "unknown field `chain`");
        check(&changed("/format", "tabcoin chain 2"), "found \"tabcoin chain 2\"");
        check(&changed("/blocks", serde_json::json!({})), "a list of blocks");
        check(&changed("/params/interval_ms", 99), "an interval of 99 ms");
        let utf16: Vec<u8> = "\u{feff}{".encode_utf16().flat_map(u16::to_le_bytes).collect();
        check(&utf16, "text in UTF-16");
        let mut cut = file(Format::Json);
        cut.truncate(cut.len() - 3);
        check(&cut, "EOF");
        check(&file(Format::Bytes)[..20], "in the middle of a frame");
        check(&[file(Format::Bytes), vec![0xff; 4]].concat(), "a frame of 4294967295 bytes");
    }

    #[test]
    fn a_file_at_the_limit_is_looked_at_and_one_past_it_is_not() {
        // Zeros of the system, which take no memory until they are read.
        assert_eq!(read(vec![0; CHAIN_FILE_BYTES_MAX]), Err(ChainFileError::Unknown));
        let found = CHAIN_FILE_BYTES_MAX + 1;
        assert_eq!(read(vec![0; found]), Err(ChainFileError::TooLarge { found }));
    }
}
