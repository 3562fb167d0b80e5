//! The miner: workers of their own that only search, so that neither the page nor the node ever waits for them.
//!
//! [`search`] is what it does, [`kernel`] with what, [`worker`] how it does it in a browser. [`gpu`] is the same on a
//! graphics card. [`pool`] is the node worker's end of all of them, over [`team`], which decides, and [`wanted`].

pub mod gpu;
pub mod history;
pub mod kernel;
pub mod pool;
pub mod search;
pub mod team;
pub mod wanted;
pub mod worker;

use borsh::{BorshDeserialize, BorshSerialize};
use shared::state::mining::{Job, JobId};
use shared::{ExtraNonce, Proof, Receipt};

use super::{GPU, MINER};

/// What a worker mines on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Kind {
    /// A core of the processor.
    Processor,
    /// The graphics card.
    Card,
}

impl Kind {
    /// The name under which such a worker is started.
    pub fn role(self) -> &'static str {
        match self {
            Self::Processor => MINER,
            Self::Card => GPU,
        }
    }
}

/// One worker's part of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Share {
    /// The job.
    pub job: Job,
    /// The worker's number, which says where it begins
    /// ([`SearchCursor::of_worker`](shared::state::mining::SearchCursor::of_worker)).
    pub number: u32,
}

/// From the node worker to a miner.
#[derive(Clone, Debug, PartialEq, BorshSerialize, BorshDeserialize)]
pub enum ToMiner {
    /// Search for something in place of whatever is searched for now.
    Mine {
        /// The number of the order, to be answered with [`FromMiner::Took`].
        order: u64,
        /// What to search for; `None` is to stop.
        share: Option<Share>,
    },
    /// Per cent of its core, 1 to 100.
    Throttle(u8),
}

/// From a miner to its node worker.
#[derive(Clone, Debug, PartialEq, BorshSerialize, BorshDeserialize)]
pub enum FromMiner {
    /// The name of its kernel, or of its card once that is open.
    Kernel(String),
    /// It does what it was told in an order, and whatever it did before is over.
    Took {
        /// The number of the order.
        order: u64,
        /// Attempts since the last report, made on what it did before.
        attempts: u64,
    },
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
