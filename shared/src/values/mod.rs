//! The values: small types with private fields, checked arithmetic and one way to be written.
//!
//! Text and bytes become values at the edge; inside, the type is trusted. Nothing here knows a rule that needs more
//! than the value itself: that is [`rules`](crate::rules).

mod address;
mod amount;
mod block;
mod confusable;
mod hash;
pub(crate) mod json_integer;
mod keys;
mod name;
mod params;
mod seal;
mod span;
mod target;
mod time;
mod transaction;
mod work;

pub use address::{ADDRESS_BYTES, Address, AddressError, AddressPrefix};
pub use amount::{Amount, AmountError, DECIMALS, UNITS_PER_COIN};
pub use block::{BLOCK_BYTES_MAX, Block, ExtraNonce, HEADER_BYTES, HEADER_VERSION, Header, Proof, merkle_root};
pub(crate) use block::{leaf, root_of};
pub use confusable::{looks_like, skeleton};
pub use hash::{BlockHash, HashError, MerkleRoot, NetworkId, TransactionId, sha256};
pub use json_integer::JSON_INTEGER_MAX;
pub use keys::{NodeId, NodeIdError, ParsedKey, PublicKey, SecretKey, Seed, Signature, SignatureError, verify_batch};
pub use name::{NAME_CHARS_MAX, NameError, NodeName};
pub use params::{Params, ParamsError, RoomName, Rules};
pub use seal::{SEAL_COLOURS, Seal};
pub use span::Span;
pub use target::{CompactTarget, Target, TargetError};
pub use time::{FUTURE_MS_MAX, Height, MEDIAN_SPAN, Timestamp};
pub use transaction::{
    MEMO_BYTES_MAX, Memo, MemoError, Payment, Reward, SignedPayment, TRANSACTION_BYTES_MAX, Transaction,
};
pub use work::Work;
