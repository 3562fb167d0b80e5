//! Many seeds, on many threads.

use std::fmt;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use sim::checker::Violation;
use sim::plan::Plan;
use sim::run::{Outcome, run_guarded};

use super::progress::Progress;

/// After how many failures no more seeds are begun: the first few say enough.
const FAILURES_MAX: usize = 5;

/// A seed that failed.
pub(super) struct Failure {
    pub(super) plan: Plan,
    pub(super) violation: Violation,
}

/// What all seeds came to.
#[derive(Default)]
pub(super) struct Summary {
    pub(super) failures: Vec<Failure>,
    pub(super) done: u64,
    pub(super) events: u64,
    pub(super) checks: u64,
    pub(super) blocks: u64,
    /// How many blocks the deepest reorganisation left behind.
    pub(super) deepest: u64,
    pub(super) virtual_ms: u64,
    /// All traces, whatever the order they came in: the exclusive or of their hashes.
    pub(super) trace: [u8; 32],
    pub(super) took: Duration,
}

impl Summary {
    fn add(&mut self, plan: Plan, outcome: Outcome) {
        self.done += 1;
        self.events += outcome.events;
        self.checks += outcome.checks;
        self.blocks += outcome.blocks as u64;
        self.deepest = self.deepest.max(outcome.deepest);
        self.virtual_ms += outcome.virtual_ms;
        self.trace.iter_mut().zip(outcome.trace).for_each(|(all, one)| *all ^= one);
        if let Some(violation) = outcome.violation {
            self.failures.push(Failure { plan, violation });
            self.failures.sort_by_key(|failure| failure.plan.seed);
        }
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { done, events, checks, blocks, deepest, virtual_ms, took, .. } = self;
        let days = *virtual_ms as f64 / 86_400_000.0;
        let times = *virtual_ms as f64 / 1_000.0 / took.as_secs_f64().max(1e-9);
        writeln!(
            f,
            "{done} seeds, {days:.1} days of virtual time ({times:.0} times as fast as real), {events} events, \
             {checks} checks, {blocks} blocks ({deepest} left behind at once at most), in {:.1} s",
            took.as_secs_f64()
        )?;
        writeln!(f, "trace of all: {}", hex(&self.trace))?;
        let failed = self.failures.len() as u64;
        let verdict = if failed == 0 { "ok" } else { "FAILED" };
        write!(f, "test result: {verdict}. {} passed; {failed} failed; 0 ignored", done - failed)
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Runs the plans of these seeds.
pub(super) fn run_all(seeds: Range<u64>, threads: usize, draw: &(dyn Fn(u64) -> Plan + Sync)) -> Summary {
    let next = AtomicU64::new(seeds.start);
    let state = Mutex::new((Summary::default(), Progress::new(seeds.end - seeds.start)));
    let work = || loop {
        let seed = next.fetch_add(1, Ordering::Relaxed);
        if seed >= seeds.end {
            return;
        }
        let plan = draw(seed);
        let outcome = run_guarded(&plan, false);
        let (summary, progress) = &mut *state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(violation) = &outcome.violation {
            progress.fails(seed, violation);
        }
        summary.add(plan, outcome);
        progress.tell(summary.done, summary.failures.len(), summary.virtual_ms);
        if summary.failures.len() >= FAILURES_MAX {
            next.store(seeds.end, Ordering::Relaxed);
        }
    };
    std::thread::scope(|scope| {
        (1..threads).for_each(|_| drop(scope.spawn(work)));
        work();
    });
    let (mut summary, progress) = state.into_inner().unwrap_or_else(PoisonError::into_inner);
    summary.took = progress.close();
    summary
}
