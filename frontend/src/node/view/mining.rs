//! The miner.

use borsh::{BorshDeserialize, BorshSerialize};
use shared::{Amount, BlockHash};

/// The miner.
#[derive(Clone, Debug, PartialEq, BorshSerialize, BorshDeserialize)]
pub struct MiningView {
    /// Off, on, or until one block is found.
    pub mode: MiningMode,
    /// Attempts a second over the last seconds; 0 while off.
    pub rate_hps: f64,
    /// Attempts since the parent block arrived.
    pub attempts: u64,
    /// Attempts expected for a block at the current target.
    pub expected_attempts: f64,
    /// Expected time to a block at this rate; `None` while off.
    pub expected_ms: Option<u64>,
    /// 1 to 100.
    pub throttle_percent: u8,
    /// Blocks this tab has mined in the active chain.
    pub blocks_found: u64,
    /// The block that is, or would be, mined.
    pub template: TemplateView,
    /// The kernel in use ("scalar").
    pub kernel: String,
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
