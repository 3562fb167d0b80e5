use std::collections::BTreeSet;
use std::sync::mpsc as std_mpsc;

use shared::state::pow::{LANES_MAX, PreparedHeader, Scalar};
use shared::testing::{ChainBuilder, easy_params};
use shared::{CompactTarget, Header, Target};

use super::*;

/// Longer than anything here takes, also on a machine that is busy with something else.
const SOON: Duration = Duration::from_secs(30);
/// What a stop and a new job may take here: twenty milliseconds on an idle machine, and these tests have none.
const PROMPT: Duration = Duration::from_millis(500);

fn threads(number: u32) -> Threads {
    number.to_string().parse().expect("a number of threads")
}

fn job(id: u64, target: CompactTarget) -> Job {
    let mut header: Header = ChainBuilder::easy().draft(1, &[]).header;
    header.target = target;
    Job { id: JobId(id), header }
}

/// A job that nobody finds a proof for.
fn endless(id: u64) -> Job {
    job(id, CompactTarget::from_bits(0x0400_ffff))
}

fn easy(id: u64) -> Job {
    job(id, easy_params().target_limit)
}

impl Pool {
    /// Waits until all threads have taken up the order that was given last.
    fn taken(&self) -> Duration {
        let began = Instant::now();
        let orders = self.shared.lock();
        let waited = self.shared.taken.wait_timeout_while(orders, SOON, |orders| orders.awaited > 0);
        assert!(!waited.expect("no thread panics").1.timed_out(), "a thread does not take up its order");
        began.elapsed()
    }
}

fn next(found: &mut mpsc::Receiver<Found>) -> Found {
    found.blocking_recv().expect("the threads run")
}

#[test]
fn what_is_found_is_a_proof_for_the_job() {
    for number in [1, 3] {
        let (pool, mut found) = Pool::start(&fastest(), threads(number), Throttle::FULL).expect("threads");
        for id in 1..=20 {
            let job = easy(id);
            pool.order(Some(job));
            let Found { job: of, extra_nonce, proof } = next(&mut found);
            assert_eq!(of, job.id);
            let target = Target::from_compact(job.header.target).expect("a target");
            assert!(target.is_met_by(&Header { extra_nonce, proof, ..job.header }.hash()));
        }
        assert!(pool.attempts() > 0);
    }
}

#[test]
fn an_order_brings_one_proof_and_then_the_threads_rest() {
    let (pool, mut found) = Pool::start(&fastest(), threads(4), Throttle::FULL).expect("threads");
    for id in 1..=50 {
        pool.order(Some(easy(id)));
        assert_eq!(next(&mut found).job, JobId(id));
        pool.taken();
        found.try_recv().expect_err("one is enough");
    }
}

/// Finds nothing, and tells what it was asked to try.
struct Recording(std_mpsc::SyncSender<Tried>);

/// The extra nonces, by their midstates, and the rows that were tried with them.
struct Tried {
    lanes: Vec<[u32; 8]>,
    rows: std::ops::Range<u64>,
}

impl Kernel for Recording {
    fn name(&self) -> &'static str {
        "recording"
    }

    fn first_row(&self, header: &PreparedHeader, first: u32, rows: u32) -> Option<u32> {
        let rows = u64::from(first)..u64::from(first) + u64::from(rows);
        // Fails when enough has been told.
        let _ = self.0.send(Tried { lanes: header.midstates().to_vec(), rows });
        None
    }
}

#[test]
fn no_attempt_is_made_twice_whichever_thread_makes_it() {
    let (tell, told) = std_mpsc::sync_channel(1);
    let kernel: SharedKernel = Arc::new(Recording(tell));
    let (pool, _found) = Pool::start(&kernel, threads(3), Throttle::FULL).expect("threads");
    pool.order(Some(endless(1)));
    let (mut workers, mut tried) = (BTreeSet::new(), BTreeSet::new());
    let mut slices = 0;
    while workers.len() < 3 || slices < 30 {
        let Tried { lanes, rows } = told.recv_timeout(SOON).expect("all three threads search");
        assert_eq!(lanes.len(), LANES_MAX as usize);
        slices += 1;
        workers.insert(lanes[0]);
        for lane in lanes {
            // One thread goes through its rows in order, so their beginnings tell overlaps.
            assert!(tried.insert((lane, rows.start)), "rows {rows:?} were tried before");
        }
    }
    assert_eq!(workers.len(), 3, "each thread has extra nonces of its own");
    let lanes: BTreeSet<[u32; 8]> = tried.iter().map(|(lane, _)| *lane).collect();
    assert_eq!(lanes.len(), 3 * LANES_MAX as usize, "and they do not overlap");
}

#[test]
fn a_new_job_and_a_stop_reach_all_threads_at_once() {
    let (pool, mut found) = Pool::start(&fastest(), threads(2), Throttle::FULL).expect("threads");
    for id in 1..=10 {
        pool.order(Some(endless(id)));
        assert!(pool.taken() < PROMPT);
    }
    assert_eq!(pool.switches().count, 10);
    pool.order(None);
    assert!(pool.taken() < PROMPT);
    let attempts = pool.attempts();
    // The next order is taken up with nothing tried in between.
    pool.order(None);
    pool.taken();
    assert_eq!(pool.attempts(), attempts);
    drop(pool);
    assert_eq!(found.blocking_recv(), None, "the threads have ended");
}

#[test]
fn a_thread_that_rests_takes_up_a_new_job_at_once() {
    let (pool, _found) =
        Pool::start(&(Arc::new(Scalar) as SharedKernel), threads(1), "1".parse().expect("a share")).expect("threads");
    for id in 1..=5 {
        pool.order(Some(endless(id)));
        assert!(pool.taken() < PROMPT);
    }
}
