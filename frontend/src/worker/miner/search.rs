//! The search, cut into slices: what to try next, how long to rest, what to report. Pure; the clock is handed in.

use shared::state::mining::{SearchCursor, search};
use shared::state::pow::Kernel;

use super::{FromMiner, Share, ToMiner};
use crate::worker::pace::{Duty, Meter, Slices};

/// A search that can be stopped and replaced between slices.
pub struct Search {
    kernel: Box<dyn Kernel>,
    job: Option<(Share, SearchCursor)>,
    slices: Slices,
    duty: Duty,
    meter: Meter,
}

/// What a slice came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Slice {
    /// What the node is to be told.
    pub reports: Vec<FromMiner>,
    /// When the next slice is due, in milliseconds from now; 0 at once, `None` where there is nothing to search for.
    pub next_ms: Option<u32>,
}

impl Search {
    /// A search with this kernel, and nothing to search for yet.
    pub fn new(kernel: Box<dyn Kernel>) -> Self {
        Self { kernel, job: None, slices: Slices::default(), duty: Duty::default(), meter: Meter::default() }
    }

    /// The kernel's name.
    pub fn kernel(&self) -> &'static str {
        self.kernel.name()
    }

    /// Takes an order, and returns the answer, if it is of the kind that is answered.
    pub fn hear(&mut self, order: ToMiner, now_ms: f64) -> Option<FromMiner> {
        match order {
            ToMiner::Mine { order, share } => {
                let attempts = self.meter.unreported();
                if self.job.is_none() {
                    self.meter.start(now_ms);
                }
                self.job = share.map(|share| (share, self.begin(share)));
                Some(FromMiner::Took { order, attempts })
            }
            ToMiner::Throttle(percent) => {
                self.duty.set_percent(percent);
                // What was measured at another share says nothing of this one.
                self.meter.start(now_ms);
                None
            }
        }
    }

    /// Whether there is something to search for.
    pub fn is_searching(&self) -> bool {
        self.job.is_some()
    }

    /// Where to begin. A job that differs from the last in its number alone is gone on with: a clock that stands behind
    /// the chain's gives every job the same time.
    fn begin(&self, share: Share) -> SearchCursor {
        match &self.job {
            Some((last, next)) if (last.job.header, last.number) == (share.job.header, share.number) => *next,
            _ => SearchCursor::of_worker(&share.job, share.number),
        }
    }

    /// Notes a rest of this length.
    pub fn rested(&mut self, ms: f64) {
        self.duty.rested(ms);
    }

    /// Searches for one slice.
    pub fn slice(&mut self, clock_ms: impl Fn() -> f64) -> Slice {
        let Some((Share { job, .. }, from)) = &mut self.job else {
            return Slice { reports: Vec::new(), next_ms: None };
        };
        let started = clock_ms();
        let outcome = search(&*self.kernel, job, *from, self.slices.next());
        *from = outcome.next;
        let ended = clock_ms();
        self.meter.add(outcome.attempts);
        self.duty.worked(ended - started);
        let mut reports = Vec::new();
        if let Some((extra_nonce, proof)) = outcome.found {
            reports.push(FromMiner::Found { job: job.id, extra_nonce, proof });
            self.job = None;
        } else {
            // A slice that found something ended early and says nothing about the next.
            self.slices.took(outcome.attempts, ended - started);
        }
        if let Some((attempts, rate_hps)) = self.meter.report(ended) {
            reports.push(FromMiner::Rate { attempts, rate_hps });
        }
        Slice { reports, next_ms: self.job.is_some().then(|| self.duty.rest_ms()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::state::mining::{Job, JobId};
    use shared::state::pow::Scalar;
    use shared::{CompactTarget, Header, Params};
    use std::cell::Cell;

    fn job(id: u64, target: u32) -> Job {
        let genesis = Params::main().genesis().header;
        Job { id: JobId(id), header: Header { target: CompactTarget::from_bits(target), ..genesis } }
    }

    /// A clock on which every look takes 6 ms.
    fn clock() -> impl Fn() -> f64 {
        let now = Cell::new(0.0);
        move || {
            now.set(now.get() + 6.0);
            now.get()
        }
    }

    fn mine(job: Job) -> ToMiner {
        ToMiner::Mine { order: job.id.0, share: Some(Share { job, number: 3 }) }
    }

    #[test]
    fn nothing_is_searched_for_without_a_job() {
        let mut search = Search::new(Box::new(Scalar));
        assert_eq!(search.hear(ToMiner::Throttle(50), 0.0), None);
        assert_eq!(search.slice(clock()).next_ms, None);
        assert_eq!(search.hear(mine(job(8, 0x1d00_ffff)), 0.0), Some(FromMiner::Took { order: 8, attempts: 0 }));
        assert!(search.is_searching());
        search.hear(ToMiner::Mine { order: 9, share: None }, 0.0);
        assert!(!search.is_searching());
        assert_eq!(search.slice(clock()), Slice { reports: Vec::new(), next_ms: None });
    }

    #[test]
    fn the_answer_to_an_order_tells_of_the_attempts_that_no_report_told_of() {
        let mut search = Search::new(Box::new(Scalar));
        search.hear(mine(job(1, 0x0400_ffff)), 0.0);
        assert!(search.slice(clock()).reports.is_empty(), "it is too early for a report");
        let took = |order, attempts| Some(FromMiner::Took { order, attempts });
        assert_eq!(search.hear(mine(job(2, 0x0400_ffff)), 9.0), took(2, crate::worker::pace::FIRST_SLICE));
        assert_eq!(search.hear(ToMiner::Mine { order: 3, share: None }, 9.0), took(3, 0));
    }

    #[test]
    fn a_job_that_is_the_same_but_for_its_number_is_gone_on_with() {
        let mut search = Search::new(Box::new(Scalar));
        search.hear(mine(job(1, 0x0400_ffff)), 0.0);
        search.slice(clock());
        let reached = search.job.expect("still searching").1;
        search.hear(mine(job(2, 0x0400_ffff)), 0.0);
        let (share, next) = search.job.expect("still searching");
        assert_eq!((share.job.id, next), (JobId(2), reached));
        search.hear(mine(job(3, 0x0500_ffff)), 0.0);
        assert_eq!(search.job.expect("another").1, SearchCursor::of_worker(&job(3, 0x0500_ffff), 3));
    }

    #[test]
    fn a_proof_is_reported_at_once_and_the_search_ends() {
        let mut search = Search::new(Box::new(Scalar));
        // One hash in 256 meets this target.
        let easy = job(7, 0x2000_ffff);
        search.hear(mine(easy), 0.0);
        let slice = search.slice(clock());
        let [FromMiner::Found { job: id, extra_nonce, proof }, ..] = slice.reports[..] else { panic!("{slice:?}") };
        assert_eq!((id, slice.next_ms), (JobId(7), None));
        let header = Header { extra_nonce, proof, ..easy.header };
        let target = shared::Target::from_compact(header.target).expect("a target");
        assert!(target.is_met_by(&header.hash()));
    }

    #[test]
    fn slices_go_on_where_the_last_one_ended_and_rest_as_told() {
        let mut search = Search::new(Box::new(Scalar));
        let clock = clock();
        search.hear(ToMiner::Throttle(50), 0.0);
        search.hear(mine(job(1, 0x0400_ffff)), 0.0);
        assert_eq!(search.slice(&clock).next_ms, Some(6));
        search.rested(6.0);
        let (first, tried) = (SearchCursor::of_worker(&job(1, 0x0400_ffff), 3), search.job.expect("still searching").1);
        assert_ne!(tried, first);
        search.slice(&clock);
        assert!(search.job.expect("still searching").1.next_attempt().1 > tried.next_attempt().1);
    }
}
