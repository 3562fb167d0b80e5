//! What the page and its node worker say to each other.
//!
//! Each message crosses as its borsh bytes. These are one build talking to itself (both come from the same wasm), so there is no version in them; what crosses the network is `shared::protocol`'s.

use borsh::{BorshDeserialize, BorshSerialize};
use shared::{Receipt, RoomName};

use crate::node::handle::{Answer, Command, Found, Query};
use crate::node::view::{StoragePromise, TabState};
use crate::worker::miner::Kind;

/// From the page to its node worker.
#[derive(Clone, Debug, PartialEq, BorshSerialize, BorshDeserialize)]
pub enum ToNode {
    /// The first message: what the worker must know to start.
    Start(Start),
    /// Do something; answered with [`ToPage::Answer`] of the same number.
    Command {
        /// Pairs the answer with its question.
        number: u64,
        /// What to do.
        command: Command,
    },
    /// Look something up; answered with [`ToPage::Found`] of the same number.
    Query {
        /// Pairs the answer with its question.
        number: u64,
        /// What to look up.
        query: Query,
    },
    /// What the page knows of the machine; said at once and whenever it changes.
    Surroundings(Surroundings),
    /// Whether the browser has promised to keep this site's data.
    Storage(StoragePromise),
    /// The page became visible or the browser came online: a good moment to try the relay again.
    Wake,
    /// A miner worker that was asked for with [`ToPage::MinerWanted`]; its port travels with the message.
    Miner {
        /// Which.
        number: u32,
    },
    /// A miner worker that was asked for cannot be started, or broke.
    MinerFailed {
        /// Which.
        number: u32,
        /// Why.
        receipt: Receipt,
    },
}

/// What the page knows of the machine and a worker does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Surroundings {
    /// Logical cores, as the browser tells; at least 1.
    pub cores: u32,
    /// Whether it is a phone.
    pub is_phone: bool,
    /// Whether it runs on its battery.
    pub on_battery: bool,
    /// Whether the browser offers a graphics card.
    pub has_graphics: bool,
    /// Whether the tab is hidden.
    pub hidden: bool,
}

impl Default for Surroundings {
    /// What is supposed until the page has spoken: a machine that is spared.
    fn default() -> Self {
        Self { cores: 1, is_phone: false, on_battery: false, has_graphics: false, hidden: false }
    }
}

/// What the node worker must know to start.
#[derive(Clone, Debug, PartialEq, BorshSerialize, BorshDeserialize)]
pub struct Start {
    /// Where the page came from: `http://127.0.0.1:5001`, or `https://host/coin` behind a proxy.
    pub base: String,
    /// The room that the page was opened for.
    pub room: RoomName,
    /// The identity this tab had before a reload, 32 hex digits.
    pub wanted: Option<String>,
    /// Whether a link of the app's own asked for a new node (`?new=…`).
    pub fresh: bool,
}

/// From the node worker to its page.
#[derive(Clone, Debug, PartialEq, BorshSerialize, BorshDeserialize)]
pub enum ToPage {
    /// Where the tab stands now.
    State(TabState),
    /// The answer to a command.
    Answer {
        /// The command's number.
        number: u64,
        /// Its answer.
        answer: Answer,
    },
    /// The answer to a query.
    Found {
        /// The query's number.
        number: u64,
        /// Its answer.
        found: Found,
    },
    /// Who this tab is, to be remembered over a reload: 32 hex digits.
    Identity(String),
    /// This browser does not let a worker start a worker: the page is asked for a miner.
    MinerWanted {
        /// Names it.
        number: u32,
        /// What it mines on.
        kind: Kind,
    },
    /// A miner that the page was asked for is not wanted any more.
    MinerUnwanted {
        /// Which.
        number: u32,
    },
}
