//! The miner: a worker of its own that only searches, so that neither the page nor the node ever waits for it.
//!
//! [`search`] is what it does, [`kernel`] with what, [`worker`] how it does it in a browser, and [`client`] the node
//! worker's end. [`gpu`] is the same on a graphics card.

pub mod client;
pub mod gpu;
pub mod history;
pub mod kernel;
pub mod search;
pub mod wanted;
pub mod worker;

use borsh::{BorshDeserialize, BorshSerialize};
use shared::state::mining::{Job, JobId};
use shared::{ExtraNonce, Proof, Receipt};

/// From the node worker to its miner.
#[derive(Clone, Debug, PartialEq, BorshSerialize, BorshDeserialize)]
pub enum ToMiner {
    /// Search for this, in place of whatever is searched for now; `None` is to stop.
    Mine(Option<Job>),
    /// Per cent of one core, 1 to 100.
    Throttle(u8),
}

/// From the miner to its node worker.
#[derive(Clone, Debug, PartialEq, BorshSerialize, BorshDeserialize)]
pub enum FromMiner {
    /// The name of its kernel; said first.
    Kernel(String),
    /// How the search goes; a few times a second while there is a job.
    Rate {
        /// Attempts since the last report.
        attempts: u64,
        /// Attempts a second over the last seconds of wall time.
        rate_hps: f64,
    },
    /// A proof. The miner waits for its next job.
    Found {
        /// The job it solves.
        job: JobId,
        /// The rolled extra nonce.
        extra_nonce: ExtraNonce,
        /// The proof.
        proof: Proof,
    },
    /// The miner cannot go on.
    Failed(Receipt),
}
