//! The schemas of types that are not the relay's: what [`shared::export`] writes, parameters and receipts.
//!
//! They stand here and not beside the types, because `shared` knows nothing of HTTP. Nothing is ever made of them; that
//! they tell the truth is checked by the tests and by whoever fuzzes the relay against its own document.
#![expect(dead_code, reason = "schemas, of which no value is made")]

use std::borrow::Cow;

use shared::JSON_INTEGER_MAX;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, OneOfBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

/// A hash or an id: 64 hex digits. A block's begins with zeros that were hard to find.
#[derive(ToSchema)]
#[schema(value_type = String, pattern = "^[0-9a-f]{64}$")]
pub(super) struct Hash(String);

/// An amount in units: a number, or text where floating point would round it.
pub(super) struct AmountShape;

impl PartialSchema for AmountShape {
    fn schema() -> RefOr<Schema> {
        let number = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(0)).maximum(Some(JSON_INTEGER_MAX));
        let text = ObjectBuilder::new().schema_type(Type::String).pattern(Some("^[0-9]{1,20}$"));
        let description = "An amount in units, of which a coin has 1,000,000: a number up to 2^53 - 1, and the text of one \
                           above, up to 18446744073709551615. Either form is taken.";
        OneOfBuilder::new()
            .item(number)
            .item(text)
            .description(Some(description))
            .examples([serde_json::Value::from(5_000_000)])
            .into()
    }
}

impl ToSchema for AmountShape {
    fn name() -> Cow<'static, str> {
        "Amount".into()
    }
}

/// A time in milliseconds since 1970 UTC.
#[derive(ToSchema)]
#[schema(value_type = u64)]
pub(super) struct Milliseconds(u64);

/// Why something was refused. The same words stand in the page and in the log.
#[derive(ToSchema)]
#[schema(as = Receipt)]
pub(crate) struct ReceiptShape {
    /// The rule's name.
    rule: String,
    /// What the rule asks for.
    expected: String,
    /// What was there instead.
    found: String,
}

/// A network's parameters, which its genesis commits to.
#[derive(ToSchema)]
#[schema(as = Params)]
pub(super) struct ParamsShape {
    /// The room.
    #[schema(pattern = "^[a-z0-9-]{1,32}$")]
    room: String,
    /// What its addresses begin with.
    address_prefix: String,
    /// What a block brings its miner besides fees.
    reward: AmountShape,
    /// The intended time between blocks, in milliseconds.
    interval_ms: u64,
    /// How late blocks must be, in milliseconds, for the target to double.
    half_life_ms: u64,
    /// The easiest target, and the first block's, in the compact form.
    target_limit: u32,
    /// The genesis block's time.
    genesis_time: Milliseconds,
}

/// A block.
#[derive(ToSchema)]
#[schema(as = Block)]
pub(super) struct BlockShape {
    /// Its hash.
    hash: Hash,
    /// The header's version.
    version: u32,
    /// Its height.
    height: u64,
    /// The block below it.
    previous_hash: Hash,
    /// Its time.
    timestamp: Milliseconds,
    /// The extra nonce, 12 bytes as hex.
    #[schema(pattern = "^[0-9a-f]{24}$")]
    extra_nonce: String,
    /// The root that its transactions have.
    root: Hash,
    /// Its target, in the compact form.
    target: u32,
    /// The proof: a decimal number, too large for a JSON number.
    #[schema(pattern = "^[0-9]+$")]
    proof: String,
    /// Its transactions, the reward first.
    transactions: Vec<TransactionShape>,
}

/// A transaction.
#[derive(ToSchema)]
#[schema(as = Transaction)]
#[serde(tag = "type", rename_all = "lowercase")]
pub(super) enum TransactionShape {
    /// A block's reward.
    Reward {
        /// Its name.
        id: Hash,
        /// The block's height.
        height: u64,
        /// Who is paid.
        receiver: String,
        /// Reward and fees.
        amount: AmountShape,
    },
    /// A payment.
    Payment {
        /// Its name. The signature is not part of it.
        id: Hash,
        /// The network it belongs to.
        network: Hash,
        /// The sender's public key.
        #[schema(pattern = "^[0-9a-f]{64}$")]
        sender: String,
        /// The sender's address.
        sender_address: String,
        /// Who is paid.
        receiver: String,
        /// What the receiver gets.
        amount: AmountShape,
        /// What the block's miner gets.
        fee: AmountShape,
        /// How many payments the sender has made before.
        sequence: u64,
        /// A few words.
        memo: String,
        /// The sender's signature.
        #[schema(pattern = "^[0-9a-f]{128}$")]
        signature: String,
    },
}

/// An exported chain.
#[derive(ToSchema)]
#[schema(as = Chain)]
pub(super) struct ChainShape {
    /// `tabcoin chain 1`.
    format: String,
    /// The network's parameters.
    params: ParamsShape,
    /// The network's name: the hash of its genesis.
    network: Hash,
    /// The blocks, genesis first.
    blocks: Vec<BlockShape>,
}
