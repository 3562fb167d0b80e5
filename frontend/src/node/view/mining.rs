//! The miner.

use borsh::{BorshDeserialize, BorshSerialize};
use shared::{Amount, BlockHash, Receipt};

/// The miner.
#[derive(Clone, Debug, PartialEq, BorshSerialize, BorshDeserialize)]
pub struct MiningView {
    /// Off, on, or until one block is found.
    pub mode: MiningMode,
    /// Attempts a second over the last seconds, of all workers and the graphics card; 0 while off.
    pub rate_hps: f64,
    /// The same over the last minutes, oldest first, at most [`RATE_SAMPLES_SHOWN`]; with zeros while off.
    pub rate_history: Vec<RateSample>,
    /// Attempts a second of the whole room, as its last blocks tell; `None` where there are too few.
    pub room_rate_hps: Option<f64>,
    /// Attempts since the parent block arrived.
    pub attempts: u64,
    /// Attempts expected for a block at the current target.
    pub expected_attempts: f64,
    /// Expected time to a block at this rate; `None` while off.
    pub expected_ms: Option<u64>,
    /// How much of its core each worker takes, 1 to 100 per cent.
    pub throttle_percent: u8,
    /// Workers that search now; 0 while off.
    pub workers: u32,
    /// The most workers there may be: as many as the machine has logical cores, and no more than [`WORKERS_MAX`].
    pub workers_max: u32,
    /// How many workers there should be, and who said so.
    pub workers_wanted: WorkersWanted,
    /// How long it took until the last order (another job, or to stop) was obeyed by all workers, in milliseconds; `None`
    /// before the first.
    pub order_ms: Option<f64>,
    /// The graphics card.
    pub graphics: GraphicsView,
    /// Why there is nothing to mine with, where that is so.
    pub trouble: Option<Receipt>,
    /// Whether the tab is hidden: its workers go on, at the rate that the browser allows.
    pub hidden: bool,
    /// Blocks this tab has mined in the active chain.
    pub blocks_found: u64,
    /// The block that is, or would be, mined.
    pub template: TemplateView,
    /// The kernel in use ("scalar").
    pub kernel: String,
}

/// The most workers that a tab starts, however many cores there are.
pub const WORKERS_MAX: u32 = 64;
/// How many samples of the rate a snapshot carries.
pub const RATE_SAMPLES_SHOWN: usize = 150;
/// How far they are apart, in milliseconds; more where the computer slept.
pub const RATE_SAMPLE_MS: u64 = 2_000;

impl MiningView {
    /// This tab's share of the room's rate, 0 to 1; `None` while it does not mine or the room's rate is not known. The
    /// estimate looks back, so a tab may be faster than the room it is in: then it has all of it.
    pub fn room_share(&self) -> Option<f64> {
        let room_hps = self.room_rate_hps?.max(self.rate_hps);
        (self.rate_hps > 0.0).then(|| self.rate_hps / room_hps)
    }
}

/// The rate at one time.
#[derive(Clone, Copy, Debug, PartialEq, BorshSerialize, BorshDeserialize)]
pub struct RateSample {
    /// When, by the wall clock.
    pub at_ms: u64,
    /// Attempts a second.
    pub rate_hps: f64,
    /// Whether the tab was hidden then.
    pub hidden: bool,
}

/// How many workers there should be, and who said so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum WorkersWanted {
    /// As many as suit the machine.
    Auto(AutoWorkers),
    /// So many, as the owner said.
    Chosen(u32),
}

/// How many workers suit the machine, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum AutoWorkers {
    /// One a core.
    AllCores,
    /// One, because it runs on its battery.
    OnBattery,
    /// One, because it is a phone.
    OnPhone,
}

/// Mining on the graphics card.
#[derive(Clone, Debug, PartialEq, BorshSerialize, BorshDeserialize)]
pub enum GraphicsView {
    /// It is not used.
    Off {
        /// Whether the browser offers one.
        available: bool,
    },
    /// It is being opened and tried.
    Starting,
    /// It is used.
    On {
        /// What the browser calls it.
        card: String,
        /// Attempts a second; 0 while mining is off.
        rate_hps: f64,
    },
    /// It was asked for, and cannot be used; the switch is off again.
    Failed(Receipt),
}

/// Off, on, or until one block is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum MiningMode {
    /// Not mining.
    Off,
    /// Mining until stopped.
    On,
    /// Mining until one block is found.
    Once,
}

/// The next block as it stands.
#[derive(Clone, Debug, PartialEq, BorshSerialize, BorshDeserialize)]
pub struct TemplateView {
    /// Its height.
    pub height: u64,
    /// Payments in it.
    pub payments: u32,
    /// Their fees.
    pub fees: Amount,
    /// Reward and fees.
    pub reward: Amount,
    /// Encoded size in bytes.
    pub bytes: u32,
    /// The parent.
    pub previous: BlockHash,
    /// The target, as 64 hex digits, most significant first.
    pub target: String,
}
