//! The own node's miner: one search at a time, on threads of its own, for as long as somebody waits for the block.

use std::sync::Arc;
use std::time::Duration;

use shared::protocol::{MinedError, Mining};
use shared::state::Job;
use shared::{Address, Block, Receipt, Refusal};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tracing::error;

use crate::limits::MINE_MS;
use crate::room::Room;
use crate::search::{Found, Pool, SharedKernel, Threads, Throttle, fastest};

/// Requests that may wait for a block of the relay's own node, the one that is being mined for included.
pub const MINING_WAITING_MAX: usize = 16;
/// How long a room may take to give out a job, in milliseconds.
const JOB_MS: u64 = 10_000;

/// Why no block was mined.
#[derive(Debug)]
pub(super) enum NotMined {
    /// Too many wait already.
    Crowded(Receipt),
    /// It took too long.
    Late(Receipt),
    /// The room cannot take it now.
    Failing,
    /// The node refused what was found.
    Refused(Receipt),
}

/// Who may search, and with what.
pub(super) struct Miner {
    waiting: Arc<Semaphore>,
    turn: Arc<Semaphore>,
    kernel: SharedKernel,
    threads: Threads,
}

impl std::fmt::Debug for Miner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Miner").field("kernel", &self.kernel.name()).field("threads", &self.threads).finish()
    }
}

impl Miner {
    /// A miner that searches with so many threads.
    pub(super) fn new(threads: Threads) -> Self {
        Self {
            waiting: Arc::new(Semaphore::new(MINING_WAITING_MAX)),
            turn: Arc::new(Semaphore::new(1)),
            kernel: fastest(),
            threads,
        }
    }

    /// Mines the next block of a room. The search ends with this future, or with the relay.
    pub(super) async fn mine(&self, room: &Room, payout: Address, stop: &CancellationToken) -> Result<Block, NotMined> {
        let Ok(_waiting) = Arc::clone(&self.waiting).try_acquire_owned() else {
            let expected = format!("at most {MINING_WAITING_MAX} requests that wait for a block");
            return Err(NotMined::Crowded(Receipt::new("mining", expected, "one more")));
        };
        let wanted = stop.child_token();
        let _wanted = wanted.clone().drop_guard();
        let mining = async {
            let turn = Arc::clone(&self.turn).acquire_owned().await.expect("the semaphore is never closed");
            // A task of its own, so that the room is told to stop mining even when nobody waits any more.
            let kernel = Arc::clone(&self.kernel);
            let search = Search { room: room.clone(), payout, kernel, threads: self.threads, wanted, _turn: turn };
            tokio::spawn(search.run()).await.unwrap_or(Err(NotMined::Failing))
        };
        timeout(Duration::from_millis(MINE_MS), mining).await.unwrap_or_else(|_| {
            let expected = format!("a block within {} s", MINE_MS / 1_000);
            Err(NotMined::Late(Receipt::new("mining", expected, "none yet; others may have mined meanwhile")))
        })
    }
}

/// A search, and the turn that it has.
struct Search {
    room: Room,
    payout: Address,
    kernel: SharedKernel,
    threads: Threads,
    /// Cancelled when nobody waits any more.
    wanted: CancellationToken,
    _turn: OwnedSemaphorePermit,
}

impl Search {
    async fn run(self) -> Result<Block, NotMined> {
        let mut jobs = self.room.jobs();
        let payout = self.payout;
        let mined = match self.room.act(move |node, now| node.set_mining(Mining::Once { payout }, now)).await {
            Some(()) => self.find(&mut jobs).await,
            None => Err(NotMined::Failing),
        };
        if mined.is_err() {
            // Where that fails, the node is a new one, and does not mine.
            let _ = self.room.act(|node, now| node.set_mining(Mining::Off, now)).await;
        }
        mined
    }

    /// Has the pool search for whatever job is the latest. The pool ends with this.
    async fn find(&self, jobs: &mut watch::Receiver<Option<Job>>) -> Result<Block, NotMined> {
        let (pool, mut found) = Pool::start(&self.kernel, self.threads, Throttle::FULL).map_err(|failure| {
            error!(%failure, threads = self.threads.get(), "the system gives no threads to mine with");
            NotMined::Failing
        })?;
        let mut ordered = None;
        loop {
            let job = *jobs.borrow_and_update();
            if job.map(|job| job.id) != ordered {
                pool.order(job);
                ordered = job.map(|job| job.id);
            }
            tokio::select! {
                found = found.recv() => match self.take(found.ok_or(NotMined::Failing)?).await {
                    Some(Ok(block)) => return Ok(block),
                    // Another block came first; the next job is on its way.
                    Some(Err(MinedError::Stale { .. })) => {}
                    Some(Err(error @ MinedError::Block(_))) => return Err(NotMined::Refused(error.receipt())),
                    None => return Err(NotMined::Failing),
                },
                changed = jobs.changed() => changed.map_err(|_| NotMined::Failing)?,
                () = self.wanted.cancelled() => return Err(NotMined::Failing),
                () = sleep(Duration::from_millis(JOB_MS)), if job.is_none() => return Err(NotMined::Failing),
            }
        }
    }

    async fn take(&self, found: Found) -> Option<Result<Block, MinedError>> {
        let Found { job, extra_nonce, proof } = found;
        let take = move |node: &mut shared::protocol::Node, now| {
            let hash = node.mined(job, extra_nonce, proof, now)?;
            Ok(node.chain().block(&hash).expect("the body of a block just mined is here"))
        };
        self.room.act(take).await
    }
}
