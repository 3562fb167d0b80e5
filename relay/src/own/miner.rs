//! The own node's miner: one search at a time, on a thread that may block, for as long as somebody waits for the block.

use std::sync::Arc;
use std::time::Duration;

use shared::protocol::{MinedError, Mining};
use shared::state::{Job, JobId, SearchCursor, pow, search};
use shared::{Address, Block, ExtraNonce, Proof, Receipt, Refusal};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::spawn_blocking;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::limits::MINE_MS;
use crate::room::Room;

/// Attempts before it is looked whether the job still stands and somebody still waits: a few milliseconds.
const SLICE_ATTEMPTS: u64 = 1 << 18;
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

/// Who may search.
#[derive(Debug)]
pub(super) struct Miner {
    waiting: Arc<Semaphore>,
    turn: Arc<Semaphore>,
}

impl Default for Miner {
    fn default() -> Self {
        Self { waiting: Arc::new(Semaphore::new(MINING_WAITING_MAX)), turn: Arc::new(Semaphore::new(1)) }
    }
}

impl Miner {
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
            let search = Search { room: room.clone(), payout, wanted, _turn: turn };
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

    async fn find(&self, jobs: &mut watch::Receiver<Option<Job>>) -> Result<Block, NotMined> {
        loop {
            let job = timeout(Duration::from_millis(JOB_MS), jobs.wait_for(Option::is_some));
            let job = tokio::select! {
                job = job => job.ok().and_then(Result::ok).and_then(|job| *job).ok_or(NotMined::Failing)?,
                () = self.wanted.cancelled() => return Err(NotMined::Failing),
            };
            let (watched, wanted) = (jobs.clone(), self.wanted.clone());
            let found = spawn_blocking(move || {
                search_while(&job, || {
                    !wanted.is_cancelled() && watched.has_changed().is_ok_and(|has_changed| !has_changed)
                })
            });
            let Some((extra_nonce, proof)) = found.await.map_err(|_| NotMined::Failing)? else {
                if self.wanted.is_cancelled() {
                    return Err(NotMined::Failing);
                }
                continue;
            };
            match self.take(job.id, extra_nonce, proof).await {
                Some(Ok(block)) => return Ok(block),
                // Another block came first; the next job is on its way.
                Some(Err(MinedError::Stale { .. })) => {}
                Some(Err(error @ MinedError::Block(_))) => return Err(NotMined::Refused(error.receipt())),
                None => return Err(NotMined::Failing),
            }
        }
    }

    async fn take(&self, job: JobId, extra_nonce: ExtraNonce, proof: Proof) -> Option<Result<Block, MinedError>> {
        let take = move |node: &mut shared::protocol::Node, now| {
            let hash = node.mined(job, extra_nonce, proof, now)?;
            Ok(node.chain().block(&hash).expect("the body of a block just mined is here"))
        };
        self.room.act(take).await
    }
}

/// Searches in slices for as long as it is wanted.
fn search_while(job: &Job, is_wanted: impl Fn() -> bool) -> Option<(ExtraNonce, Proof)> {
    let kernel = pow::fastest();
    let mut cursor = SearchCursor::of_worker(job, 0);
    while is_wanted() {
        let outcome = search(&*kernel, job, cursor, SLICE_ATTEMPTS);
        if outcome.found.is_some() {
            return outcome.found;
        }
        cursor = outcome.next;
    }
    None
}
