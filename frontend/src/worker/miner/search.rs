//! The search, cut into slices: what to try next, how long to rest, what to report. Pure; the clock is handed in.

use shared::state::mining::{Job, SearchCursor, search};
use shared::state::pow::Kernel;

use super::{FromMiner, ToMiner};
use crate::worker::pace::{Duty, Meter, Slices};

/// A search that can be stopped and replaced between slices.
pub struct Search {
    kernel: Box<dyn Kernel>,
    job: Option<(Job, SearchCursor)>,
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

    /// Takes an order. Says whether there is something to search for.
    pub fn hear(&mut self, order: ToMiner, now_ms: f64) -> bool {
        match order {
            ToMiner::Mine(job) => {
                if self.job.is_none() {
                    self.meter.start(now_ms);
                }
                self.job = job.map(|job| (job, SearchCursor::of_worker(&job, 0)));
            }
            ToMiner::Throttle(percent) => {
                self.duty.set_percent(percent);
                // What was measured at another share says nothing of this one.
                self.meter.start(now_ms);
            }
        }
        self.job.is_some()
    }

    /// Notes a rest of this length.
    pub fn rested(&mut self, ms: f64) {
        self.duty.rested(ms);
    }

    /// Searches for one slice.
    pub fn slice(&mut self, clock_ms: impl Fn() -> f64) -> Slice {
        let Some((job, from)) = &mut self.job else { return Slice { reports: Vec::new(), next_ms: None } };
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
    use shared::state::mining::JobId;
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

    #[test]
    fn nothing_is_searched_for_without_a_job() {
        let mut search = Search::new(Box::new(Scalar));
        assert!(!search.hear(ToMiner::Throttle(50), 0.0));
        assert_eq!(search.slice(clock()).next_ms, None);
        assert!(search.hear(ToMiner::Mine(Some(job(1, 0x1d00_ffff))), 0.0));
        assert!(!search.hear(ToMiner::Mine(None), 0.0));
        assert_eq!(search.slice(clock()), Slice { reports: Vec::new(), next_ms: None });
    }

    #[test]
    fn a_proof_is_reported_at_once_and_the_search_ends() {
        let mut search = Search::new(Box::new(Scalar));
        // One hash in 256 meets this target.
        let easy = job(7, 0x2000_ffff);
        search.hear(ToMiner::Mine(Some(easy)), 0.0);
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
        search.hear(ToMiner::Mine(Some(job(1, 0x0400_ffff))), 0.0);
        assert_eq!(search.slice(&clock).next_ms, Some(6));
        search.rested(6.0);
        let (first, tried) = (SearchCursor::of_worker(&job(1, 0x0400_ffff), 0), search.job.expect("still searching").1);
        assert_ne!(tried, first);
        search.slice(&clock);
        assert!(search.job.expect("still searching").1.next_attempt().1 > tried.next_attempt().1);
    }
}
