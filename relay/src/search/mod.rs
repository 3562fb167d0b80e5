//! The search for proofs on threads of its own, with the processor's fastest kernel: what the relay's own node and
//! `relay mine` mine with.
//!
//! A [`Pool`] is told what to search for by an order; the next order, or none, replaces it on all threads within a slice
//! of a few milliseconds. Each thread has extra nonces of its own, so no attempt is made twice. Nothing here knows a node,
//! a room or a runtime: what is found leaves by a channel, and whether it is of use, the node says.

mod budget;
mod processor_time;
#[cfg(test)]
mod tests;
mod threads;

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use shared::state::pow::{self, Kernel};
use shared::state::{Job, JobId, SearchCursor, search};
use shared::{ExtraNonce, Proof};
use tokio::sync::mpsc;
use tracing::debug;

use self::budget::{Budget, Slice};
use self::processor_time::ProcessorTime;
pub use self::threads::{THREADS_MAX, Threads, ThreadsError, Throttle, ThrottleError};

/// Proofs that wait for whoever gives the orders. An order brings one proof at most, so that more wait only where they
/// are not looked at any more; what does not fit is lost.
const FOUND_MAX: usize = 16;

/// A kernel that all threads share.
pub type SharedKernel = Arc<dyn Kernel + Send + Sync>;

/// The fastest kernel that this machine can run.
pub fn fastest() -> SharedKernel {
    Arc::from(pow::fastest())
}

/// A proof, and what it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// The job.
    pub job: JobId,
    /// The extra nonce to put into its header.
    pub extra_nonce: ExtraNonce,
    /// The proof to put into its header.
    pub proof: Proof,
}

/// Threads that search. They end, within a slice, when it is dropped.
#[derive(Debug)]
pub struct Pool {
    shared: Arc<Shared>,
}

/// What the threads and whoever gives the orders share.
#[derive(Debug)]
struct Shared {
    threads: u32,
    orders: Mutex<Orders>,
    /// There is a new order.
    ordered: Condvar,
    /// A thread has taken up the order.
    taken: Condvar,
    /// The order's number, to be read between slices without the lock.
    number: AtomicU64,
    attempts: AtomicU64,
}

/// What the threads are to do.
#[derive(Debug)]
struct Orders {
    number: u64,
    job: Option<Job>,
    given: Instant,
    /// How many threads have yet to take up the order.
    awaited: u32,
    /// What one of the threads had to say when all had taken one up.
    switches: Switches,
    is_over: bool,
}

/// How quickly the threads went over to a new job.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Switches {
    /// How often all threads had gone over before there was another order.
    pub count: u64,
    /// How long it took the last thread, at most.
    pub slowest: Duration,
}

impl Pool {
    /// Starts threads, with nothing to do yet. What they find comes out at the receiver.
    ///
    /// # Errors
    /// When the system gives no more threads.
    pub fn start(
        kernel: &SharedKernel,
        threads: Threads,
        throttle: Throttle,
    ) -> io::Result<(Self, mpsc::Receiver<Found>)> {
        let (out, found) = mpsc::channel(FOUND_MAX);
        let orders = Orders {
            number: 0,
            job: None,
            given: Instant::now(),
            awaited: 0,
            switches: Switches::default(),
            is_over: false,
        };
        let shared = Arc::new(Shared {
            threads: threads.get(),
            orders: Mutex::new(orders),
            ordered: Condvar::new(),
            taken: Condvar::new(),
            number: AtomicU64::new(0),
            attempts: AtomicU64::new(0),
        });
        // Before the threads: when one cannot be started, the others end with it.
        let pool = Self { shared: Arc::clone(&shared) };
        for worker in 0..threads.get() {
            let (kernel, shared, out) = (Arc::clone(kernel), Arc::clone(&shared), out.clone());
            let run = move || work(&*kernel, &shared, worker, throttle, &out);
            std::thread::Builder::new().name(format!("search-{worker}")).spawn(run)?;
        }
        Ok((pool, found))
    }

    /// Has all threads search for this instead of whatever they searched for; for nothing when `None`. A proof for an
    /// earlier job may still come out.
    pub fn order(&self, job: Option<Job>) {
        self.shared.order(&mut self.shared.lock(), job);
    }

    /// How many attempts were made.
    pub fn attempts(&self) -> u64 {
        self.shared.attempts.load(Ordering::Relaxed)
    }

    /// How quickly the threads went over to new jobs.
    pub fn switches(&self) -> Switches {
        self.shared.lock().switches
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        let mut orders = self.shared.lock();
        orders.is_over = true;
        self.shared.order(&mut orders, None);
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Orders> {
        // Every change is made in one go, so what a panic left behind is whole.
        self.orders.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn order(&self, orders: &mut Orders, job: Option<Job>) {
        orders.number += 1;
        orders.job = job;
        orders.given = Instant::now();
        orders.awaited = self.threads;
        self.number.store(orders.number, Ordering::Release);
        self.ordered.notify_all();
    }

    /// Waits for an order other than the one with this number that says what to search for; `None` when it is over.
    fn next(&self, mut seen: u64) -> Option<(u64, Job)> {
        let mut orders = self.lock();
        loop {
            if orders.is_over {
                return None;
            }
            if orders.number != seen {
                seen = orders.number;
                self.take_up(&mut orders);
                if let Some(job) = orders.job {
                    return Some((seen, job));
                }
                continue;
            }
            orders = self.ordered.wait(orders).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn take_up(&self, orders: &mut Orders) {
        orders.awaited -= 1;
        if orders.awaited == 0 {
            if orders.job.is_some() {
                let after = orders.given.elapsed();
                orders.switches.count += 1;
                orders.switches.slowest = orders.switches.slowest.max(after);
                debug!(after_us = after.as_micros(), "all threads search for the new job");
            }
            self.taken.notify_all();
        }
    }

    /// Whether the order with this number still stands.
    fn stands(&self, number: u64) -> bool {
        self.number.load(Ordering::Acquire) == number
    }

    /// Ends an order, because its proof is found. False when another thread did so, or there is another order.
    fn fulfil(&self, number: u64) -> bool {
        let mut orders = self.lock();
        let is_first = orders.number == number;
        if is_first {
            self.order(&mut orders, None);
        }
        is_first
    }

    /// Waits for as long as the order stands.
    fn rest(&self, number: u64, time: Duration) {
        let orders = self.lock();
        // When it wakes too soon, whoever rests is told to rest again.
        drop(self.ordered.wait_timeout_while(orders, time, |orders| orders.number == number));
    }
}

/// What a thread does.
fn work(kernel: &dyn Kernel, shared: &Shared, worker: u32, throttle: Throttle, out: &mpsc::Sender<Found>) {
    let (mut slice, mut budget) = (Slice::default(), Budget::new(throttle, Instant::now()));
    let mut seen = 0;
    while let Some((number, job)) = shared.next(seen) {
        seen = number;
        let mut cursor = SearchCursor::of_worker(&job, worker);
        while shared.stands(number) {
            let rest = budget.rest(Instant::now());
            if !rest.is_zero() {
                shared.rest(number, rest);
                continue;
            }
            let (began, processor_time) = (Instant::now(), ProcessorTime::start());
            let outcome = search(kernel, &job, cursor, slice.attempts());
            shared.attempts.fetch_add(outcome.attempts, Ordering::Relaxed);
            budget.spend(processor_time.used());
            if let Some((extra_nonce, proof)) = outcome.found {
                if shared.fulfil(number) {
                    // Fails when nobody looks any more.
                    let _ = out.try_send(Found { job: job.id, extra_nonce, proof });
                }
                break;
            }
            slice.took(began.elapsed());
            cursor = outcome.next;
        }
    }
}
