//! What answers are made of. Hashes and ids are text as people see them, amounts units (1 coin is 1,000,000),
//! times milliseconds since 1970 UTC.

use serde::Serialize;
use shared::export::{BlockJson, TransactionJson};
use shared::protocol::{Member, Role};
use shared::state::Tip;
use shared::{AddressPrefix, Amount, BlockHash, Height, Params, Rules, Timestamp};
use utoipa::ToSchema;

use super::shapes::{AmountShape, BlockShape, Hash, Milliseconds, ParamsShape, TransactionShape};
use crate::base_path::BasePath;
use crate::room::{Room, StoreState};

/// The end of a chain.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Tip)]
pub(super) struct TipJson {
    /// Its last block.
    #[schema(value_type = Hash)]
    pub(super) hash: String,
    /// That block's height.
    pub(super) height: u64,
    /// The work of the whole chain: a decimal number, too large for a JSON number.
    #[schema(pattern = "^[0-9]+$")]
    pub(super) work: String,
    /// That block's time.
    #[schema(value_type = Milliseconds)]
    pub(super) timestamp: u64,
}

impl From<&Tip> for TipJson {
    fn from(tip: &Tip) -> Self {
        Self {
            hash: tip.hash.to_string(),
            height: tip.height.as_u64(),
            work: tip.work.to_string(),
            timestamp: tip.timestamp.as_ms(),
        }
    }
}

/// Whether a store takes writes.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Store)]
#[serde(tag = "state", rename_all = "lowercase")]
pub(super) enum StoreJson {
    /// It does.
    Ok,
    /// It does not: nothing new is taken or acknowledged, and what is stored can be read.
    Failing {
        /// What the disk or the database said.
        reason: String,
    },
}

impl From<&StoreState> for StoreJson {
    fn from(state: &StoreState) -> Self {
        match state {
            StoreState::Ok => Self::Ok,
            StoreState::Failing { reason } => Self::Failing { reason: reason.clone() },
        }
    }
}

/// The rules of a room.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Rules)]
#[serde(rename_all = "lowercase")]
pub(super) enum RulesJson {
    /// The real currency.
    Sealed,
    /// The tutorial's own chain, which each member has for itself: what is here is the sealed network that its members
    /// are known by, and stays at its genesis.
    Classic,
}

/// A room at a glance.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Room)]
pub(super) struct RoomJson {
    /// What all its nodes agree on.
    #[schema(value_type = ParamsShape)]
    params: Params,
    /// Its network's name: the hash of its genesis.
    #[schema(value_type = Hash)]
    network: String,
    /// By which rules it is.
    rules: RulesJson,
    /// The end of its chain.
    tip: TipJson,
    /// Members that are connected.
    members: usize,
    /// Payments that wait.
    mempool: usize,
    /// Whether the relay's store takes what is new.
    store: StoreJson,
    /// The path of its resources.
    url: String,
}

impl RoomJson {
    pub(super) fn new(room: &Room, base: &BasePath) -> Self {
        let (params, info) = (room.params(), room.info());
        Self {
            params: params.clone(),
            network: params.network().to_string(),
            rules: match params.rules() {
                Rules::Sealed => RulesJson::Sealed,
                Rules::Classic => RulesJson::Classic,
            },
            tip: TipJson::from(&info.tip),
            members: info.members,
            mempool: info.mempool,
            store: StoreJson::from(&info.store),
            url: room_url(room, base),
        }
    }
}

/// The path of a room's resources.
pub(super) fn room_url(room: &Room, base: &BasePath) -> String {
    format!("{base}/api/v1/rooms/{}", room.params().room)
}

/// A block of the active chain.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Place)]
pub(super) struct PlaceJson {
    /// Its hash.
    #[schema(value_type = Hash)]
    pub(super) hash: String,
    /// Its height.
    pub(super) height: u64,
    /// Its time.
    #[schema(value_type = Milliseconds)]
    pub(super) timestamp: u64,
    /// The transaction's position in it; the reward is at 0.
    pub(super) position: usize,
    /// How many blocks stand for it: 1 in the tip.
    pub(super) confirmations: u64,
}

impl PlaceJson {
    pub(super) fn new(hash: &BlockHash, height: Height, timestamp: Timestamp, position: usize, tip: Height) -> Self {
        Self {
            hash: hash.to_string(),
            height: height.as_u64(),
            timestamp: timestamp.as_ms(),
            position,
            confirmations: confirmations(height, tip),
        }
    }
}

/// How many blocks stand for one at this height.
pub(super) fn confirmations(height: Height, tip: Height) -> u64 {
    (tip.as_u64() + 1).saturating_sub(height.as_u64())
}

/// A transaction, and where it stands.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Standing)]
pub(super) struct StandingJson {
    /// The transaction.
    #[schema(value_type = TransactionShape)]
    pub(super) transaction: TransactionJson,
    /// Whether it waits or is on the chain.
    pub(super) status: StatusJson,
    /// Its block; none while it waits.
    pub(super) block: Option<PlaceJson>,
}

/// Whether a transaction waits or is on the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Status)]
#[serde(rename_all = "lowercase")]
pub(super) enum StatusJson {
    /// It waits for a block.
    Waiting,
    /// It is on the chain.
    Confirmed,
}

/// A block, and where it stands.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BlockStanding)]
pub(super) struct BlockStandingJson {
    /// The block.
    #[schema(value_type = BlockShape)]
    pub(super) block: BlockJson,
    /// Whether it is on the chain.
    pub(super) status: BlockStatusJson,
    /// How many blocks stand for it, 1 for the tip; 0 off the chain.
    pub(super) confirmations: u64,
    /// The length of its encoding.
    pub(super) bytes: usize,
}

/// Whether a block is on the chain.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[schema(as = BlockStatus)]
#[serde(rename_all = "lowercase")]
pub(super) enum BlockStatusJson {
    /// It is.
    Active,
    /// It is valid, and another branch has more work.
    Stored,
}

/// A block without its transactions.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BlockSummary)]
pub(super) struct BlockSummaryJson {
    /// Its hash.
    #[schema(value_type = Hash)]
    pub(super) hash: String,
    /// Its height.
    pub(super) height: u64,
    /// The block below it.
    #[schema(value_type = Hash)]
    pub(super) previous_hash: String,
    /// Its time.
    #[schema(value_type = Milliseconds)]
    pub(super) timestamp: u64,
    /// Its target, in the compact form.
    pub(super) target: u32,
    /// How many transactions it holds, the reward included.
    pub(super) transactions: usize,
    /// The length of its encoding.
    pub(super) bytes: usize,
    /// Who was paid for it; nobody for the genesis.
    pub(super) miner: Option<String>,
}

/// What an address has. `confirmed` is what the chain says; `spendable` is that less what is leaving.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Address)]
pub(super) struct AddressJson {
    /// The address.
    pub(super) address: String,
    /// Confirmed by the chain.
    #[schema(value_type = AmountShape)]
    pub(super) confirmed: Amount,
    /// What can be sent now.
    #[schema(value_type = AmountShape)]
    pub(super) spendable: Amount,
    /// Waiting payments from it, fees included.
    #[schema(value_type = AmountShape)]
    pub(super) leaving: Amount,
    /// Waiting payments to it.
    #[schema(value_type = AmountShape)]
    pub(super) arriving: Amount,
    /// The sequence number that its next payment should have, after all that wait.
    pub(super) next_sequence: u64,
    /// The newest payments from it or to it that wait, at most 100.
    #[schema(value_type = Vec<TransactionShape>)]
    pub(super) waiting: Vec<TransactionJson>,
    /// How many there are of them.
    pub(super) waiting_count: usize,
    /// In how many blocks it was paid or has paid.
    pub(super) blocks: usize,
}

/// A node of the room, as it says itself.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Node)]
pub(super) struct NodeJson {
    /// Its id: 32 hex digits of the hash of its key.
    #[schema(pattern = "^[0-9a-f]{32}$")]
    pub(super) id: String,
    /// Its name.
    name: String,
    /// Where it would be paid.
    address: String,
    /// What it is.
    role: RoleJson,
    /// The end of its chain, as far as the relay has it.
    tip: TipJson,
    /// Whether it adopts others' blocks as they arrive.
    auto_sync: bool,
    /// Whether it is connected.
    online: bool,
    /// When the relay last heard that something about it changed; for the relay itself, when it was started or the time of
    /// its tip, whichever is later.
    #[schema(value_type = Milliseconds)]
    seen: u64,
    /// The path of its six tutorial routes.
    pub(super) url: String,
}

/// What a node is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Role)]
#[serde(rename_all = "lowercase")]
enum RoleJson {
    /// A tab, or a program that mines.
    Tab,
    /// The relay's own node.
    Relay,
    /// A bridge to a node of the tutorial, which answers in its place.
    Bridge,
}

impl NodeJson {
    pub(super) fn new(member: &Member, prefix: &AddressPrefix, base: &BasePath) -> Self {
        Self {
            id: member.id.to_string(),
            name: member.name.to_string(),
            address: member.address.encode(prefix),
            role: match member.role {
                Role::Tab => RoleJson::Tab,
                Role::Relay => RoleJson::Relay,
                Role::Bridge => RoleJson::Bridge,
            },
            tip: TipJson::from(&member.tip),
            auto_sync: member.auto_sync,
            online: member.online,
            seen: member.seen.as_ms(),
            url: format!("{base}/nodes/{}", member.id),
        }
    }
}
