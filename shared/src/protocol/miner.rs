//! Mining, as the node sees it: which job is out, and what comes back.

use std::collections::VecDeque;

use super::limits::{JOB_REFRESH_MS, JOB_SETTLE_MS, JOBS_KEPT};
use super::node::Node;
use super::output::{Event, Output};
use super::taken::Mined;
use crate::rules::block::BlockError;
use crate::rules::header::check_clock;
use crate::rules::receipt::{Receipt, Refusal};
use crate::state::{JobId, Template};
use crate::values::{Address, BlockHash, ExtraNonce, Proof, Timestamp};

/// Whether a node mines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mining {
    /// No.
    #[default]
    Off,
    /// Until it is told otherwise.
    On {
        /// Who gets the reward.
        payout: Address,
    },
    /// Until it has mined a block.
    Once {
        /// Who gets the reward.
        payout: Address,
    },
}

impl Mining {
    fn payout(self) -> Option<Address> {
        match self {
            Self::Off => None,
            Self::On { payout } | Self::Once { payout } => Some(payout),
        }
    }
}

/// Why what a worker found is of no use.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MinedError {
    /// The job is not, or no longer, one whose block would be next.
    #[error("job {} is stale", job.0)]
    Stale {
        /// Which.
        job: JobId,
    },
    /// The block breaks a rule.
    #[error(transparent)]
    Block(#[from] BlockError),
}

impl Refusal for MinedError {
    fn receipt(&self) -> Receipt {
        match self {
            Self::Stale { job } => {
                Receipt::new("mining job", "a job for the next block", format!("job {}, which is over", job.0))
            }
            Self::Block(error) => error.receipt(),
        }
    }
}

/// The jobs that are out.
#[derive(Debug, Default)]
pub(super) struct Jobs {
    mining: Mining,
    /// The last jobs on the current parent, the newest last: a proof for an older one is as good.
    recent: VecDeque<(JobId, Template)>,
    last_id: u64,
    refresh_at: Option<Timestamp>,
}

impl Jobs {
    pub(super) fn mining(&self) -> Mining {
        self.mining
    }

    pub(super) fn refresh_at(&self) -> Option<Timestamp> {
        self.refresh_at
    }

    /// How many jobs may still be answered.
    pub(super) fn kept(&self) -> usize {
        self.recent.len()
    }

    pub(super) fn template(&self) -> Option<&Template> {
        self.recent.back().map(|(_, template)| template)
    }
}

impl Node {
    /// Starts, stops, or changes who is paid. In a classic room there is nothing to mine here, and mining stays off.
    pub fn set_mining(&mut self, mining: Mining, now: Timestamp) {
        let mining = if self.is_classic() { Mining::Off } else { mining };
        self.jobs.mining = mining;
        self.jobs.recent.clear();
        if mining == Mining::Off {
            self.jobs.refresh_at = None;
            self.put(Output::Mine(None));
        } else {
            self.mining_new_job(now);
        }
    }

    /// Takes what a worker found for a job.
    ///
    /// # Errors
    /// When the job is stale or the block is not valid; both can happen to an honest worker (a new tip came first).
    pub fn mined(
        &mut self,
        job: JobId,
        extra_nonce: ExtraNonce,
        proof: Proof,
        now: Timestamp,
    ) -> Result<BlockHash, MinedError> {
        let template = self.jobs.recent.iter().find(|(id, _)| *id == job).map(|(_, template)| template.clone());
        let template = template.ok_or(MinedError::Stale { job })?;
        let block = template.block(extra_nonce, proof);
        let hash = block.hash();
        self.chain.insert_header(block.header, now)?;
        if let Mining::Once { .. } = self.jobs.mining {
            self.jobs.mining = Mining::Off;
            self.jobs.refresh_at = None;
            self.jobs.recent.clear();
            self.put(Output::Mine(None));
        }
        self.take_blocks(vec![block.into()], None, now).map_err(|(_, error)| MinedError::Block(*error))?;
        let (height, reward, fees) = (template.height(), self.chain.params().reward, template.fees());
        self.taken_mined(Mined { hash, height, reward, fees });
        self.put_event(Event::BlockMined { hash, height, reward, fees });
        self.judge_again(now);
        Ok(hash)
    }

    /// The tip has changed: what is mined now would come too late.
    pub(super) fn mining_new_tip(&mut self, now: Timestamp) {
        self.jobs.recent.clear();
        self.mining_new_job(now);
    }

    /// The mempool has changed: the job follows when it has settled.
    pub(super) fn mining_settle_soon(&mut self, now: Timestamp) {
        if self.jobs.mining != Mining::Off {
            let at = now.plus_ms(JOB_SETTLE_MS);
            self.jobs.refresh_at = Some(self.jobs.refresh_at.map_or(at, |due| due.min(at)));
            self.alarm(at);
        }
    }

    /// The time has changed: so does the job, if there is one.
    pub(super) fn mining_refresh(&mut self, now: Timestamp) {
        if self.jobs.mining != Mining::Off {
            self.mining_new_job(now);
        }
    }

    /// Gives out a new job if one is due.
    pub(super) fn mining_wake(&mut self, now: Timestamp) {
        if self.jobs.refresh_at.is_some_and(|at| at <= now) {
            self.mining_new_job(now);
        }
    }

    fn mining_new_job(&mut self, now: Timestamp) {
        let Some(payout) = self.jobs.mining.payout() else { return };
        let template = Template::build(&self.chain, &self.mempool, payout, now);
        let at = now.plus_ms(JOB_REFRESH_MS);
        self.jobs.refresh_at = Some(at);
        self.alarm(at);
        if check_clock(template.header(), now).is_err() {
            // Its time has not come: it would be refused here first of all.
            self.put(Output::Mine(None));
            return;
        }
        self.jobs.last_id += 1;
        let id = JobId(self.jobs.last_id);
        self.put(Output::Mine(Some(template.job(id))));
        self.jobs.recent.push_back((id, template));
        if self.jobs.recent.len() > JOBS_KEPT {
            self.jobs.recent.pop_front();
        }
    }
}
