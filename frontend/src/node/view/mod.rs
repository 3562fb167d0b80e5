//! What the page knows of its node: plain data, built in the node worker and drawn by the pages.
//!
//! A [`NodeView`] is a snapshot. It holds no sockets, no keys and no borrowed state, so it crosses from the worker to
//! the page as bytes (borsh) and a page can be drawn, tested or photographed from a value alone. Times are milliseconds
//! since the Unix epoch, amounts are [`Amount`](shared::Amount)s, hashes are typed. Long lists (the whole chain, an address's whole
//! history) are not here: a page asks for them with a [`Query`](super::handle::Query).

mod chain;
mod classic;
mod event;
mod http;
mod identity;
mod mining;
mod network;
mod wallet;

use borsh::{BorshDeserialize, BorshSerialize};
use shared::Receipt;

pub use self::chain::{BlockRef, BlockSummary, ImportedView, MempoolView, PaymentView, SealView, TipView};
pub use self::classic::{CLASSIC_SHOWN, ClassicBlockView, ClassicTransactionView, ClassicView};
pub use self::event::{EventKind, EventView};
pub use self::http::{HttpView, REQUESTS_SHOWN, RequestView};
pub use self::identity::{
    ContactView, Holder, IdentityRow, IdentityView, Origin, OtherIdentity, PeerView, RestoredView, RoleView, Standing,
};
pub use self::mining::{
    AutoWorkers, GraphicsView, MiningMode, MiningView, RATE_SAMPLE_MS, RATE_SAMPLES_SHOWN, RateSample, TemplateView,
    WORKERS_MAX, WorkersWanted,
};
pub use self::network::{ClockView, LinkView, ReplaceView, RoomView, RulesView, SyncView, Verdict, VerdictView};
pub use self::wallet::{HistoryEntry, HistoryKind, WalletView};

/// Where the tab stands: starting, running with a node to show, or unable to go on.
#[derive(Clone, Debug, PartialEq, BorshSerialize, BorshDeserialize)]
pub enum TabState {
    /// The worker is starting; the text says what it is doing ("opening this tab's store").
    Starting {
        /// What is being done now.
        doing: String,
    },
    /// The node runs.
    Running(Box<NodeView>),
    /// The node cannot run here; the receipt says why and what was expected.
    Failed(Receipt),
}

/// One snapshot of the node.
#[derive(Clone, Debug, PartialEq, BorshSerialize, BorshDeserialize)]
pub struct NodeView {
    /// Who this tab is.
    pub identity: IdentityView,
    /// The network it is on.
    pub room: RoomView,
    /// The connection to the relay.
    pub link: LinkView,
    /// The block this node builds on.
    pub tip: TipView,
    /// How far it is behind, as far as it can know.
    pub sync: SyncView,
    /// Whether others' blocks are adopted as they arrive.
    pub auto_sync: bool,
    /// Coins and the latest history of this tab's address.
    pub wallet: WalletView,
    /// The miner.
    pub mining: MiningView,
    /// Payments waiting for a block.
    pub mempool: MempoolView,
    /// The newest blocks of the active chain, newest first, at most [`RECENT_BLOCKS`].
    pub recent: Vec<BlockSummary>,
    /// Blocks of abandoned or rival branches near the tip, newest first, for the second row of the strip.
    pub forks: Vec<BlockSummary>,
    /// The other nodes in the room, by name.
    pub peers: Vec<PeerView>,
    /// What just happened, newest first, at most [`EVENTS_SHOWN`].
    pub events: Vec<EventView>,
    /// The state of Replace chain: never pressed, running, or its last report.
    pub replace: ReplaceView,
    /// How the tab keeps its data.
    pub storage: StorageView,
    /// Requests over HTTP.
    pub http: HttpView,
    /// The tutorial's own chain, in a classic room.
    pub classic: Option<ClassicView>,
    /// The names that this tab's owner gave to addresses, by name.
    pub contacts: Vec<ContactView>,
    /// How much of a file was taken in, in per cent, while one is.
    pub importing: Option<u8>,
}

/// How many recent blocks a snapshot carries.
pub const RECENT_BLOCKS: usize = 24;
/// How many events a snapshot carries.
pub const EVENTS_SHOWN: usize = 40;
/// How many history entries a snapshot carries; the rest is asked for.
pub const HISTORY_SHOWN: usize = 50;

/// How the tab keeps its data.
#[derive(Clone, Debug, PartialEq, BorshSerialize, BorshDeserialize)]
pub struct StorageView {
    /// Whether everything so far is on disk.
    pub saved: bool,
    /// Why it is not, where it is not.
    pub trouble: Option<Receipt>,
    /// Whether the browser has promised to keep it.
    pub promise: StoragePromise,
}

/// Whether the browser has promised to keep a site's data when room is short (`navigator.storage.persist()`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum StoragePromise {
    /// It was not asked yet: there is nothing worth keeping.
    #[default]
    NotAsked,
    /// It has.
    Given,
    /// It was asked and has not.
    Refused,
    /// It cannot be asked: browsers promise this to secure pages alone.
    Insecure,
}
