//! The search on a card between two dispatches: what to hand over next, what to make of an outcome. Pure; times are
//! handed in.

use shared::state::pow::gpu::Hit;

use super::pace::Dispatches;
use super::plan::{Batch, Plan};
use crate::worker::miner::{FromMiner, ToMiner};
use crate::worker::pace::{Duty, Meter};

/// A search that can be stopped and replaced between dispatches.
#[derive(Debug, Default)]
pub struct Search {
    plan: Option<Plan>,
    /// Counts the orders, so that the outcome of a dispatch handed over before the last is known for what it is.
    orders: u64,
    /// The orders that what the card works at was handed over for.
    on_card: Vec<u64>,
    /// The number of the last order, until it is answered.
    unanswered: Option<u64>,
    dispatches: Dispatches,
    duty: Duty,
    is_throttled: bool,
    meter: Meter,
}

/// A dispatch that was handed over.
#[derive(Debug)]
pub struct HandedOver {
    /// What it tries.
    pub batch: Batch,
    order: u64,
    at_ms: f64,
}

impl Search {
    /// Takes an order, and returns the answer, if there is one now. While the card works at something older there is none:
    /// it follows from [`Search::ended`].
    pub fn hear(&mut self, order: ToMiner, now_ms: f64) -> Option<FromMiner> {
        match order {
            ToMiner::Mine { order, share } => {
                if self.plan.is_none() {
                    self.meter.start(now_ms);
                }
                self.orders += 1;
                self.unanswered = Some(order);
                self.plan = share.map(Plan::new);
            }
            ToMiner::Throttle(percent) => {
                self.duty.set_percent(percent);
                self.is_throttled = percent < 100;
                // What was measured at another share says nothing of this one.
                self.meter.start(now_ms);
            }
        }
        self.answer()
    }

    /// The answer to the last order, once the card is done with all that was handed over before.
    fn answer(&mut self) -> Option<FromMiner> {
        if self.on_card.iter().any(|order| *order != self.orders) {
            return None;
        }
        Some(FromMiner::Took { order: self.unanswered.take()?, attempts: self.meter.unreported() })
    }

    /// Forgets what was on its way to a card that is lost.
    pub fn card_lost(&mut self) -> Option<FromMiner> {
        self.on_card.clear();
        self.answer()
    }

    /// How many dispatches to keep on their way. A card that is to rest in between is given one at a time.
    pub fn in_flight(&self) -> usize {
        if self.is_throttled { 1 } else { super::IN_FLIGHT_MAX }
    }

    /// The next dispatch; `None` where there is nothing to search for.
    pub fn next(&mut self, now_ms: f64) -> Option<HandedOver> {
        let batch = self.plan.as_mut()?.next(self.dispatches.next());
        self.on_card.push(self.orders);
        Some(HandedOver { batch, order: self.orders, at_ms: now_ms })
    }

    /// Learns the outcome of a dispatch and returns what the node is to be told. A dispatch for a job that has been
    /// replaced or solved meanwhile counts for nothing.
    pub fn ended(&mut self, dispatch: &HandedOver, hits: &[Hit], now_ms: f64) -> Vec<FromMiner> {
        let attempts = dispatch.batch.attempts();
        self.duty.worked(self.dispatches.took(attempts, dispatch.at_ms, now_ms));
        if let Some(at) = self.on_card.iter().position(|order| *order == dispatch.order) {
            self.on_card.swap_remove(at);
        }
        let mut reports: Vec<FromMiner> = self.answer().into_iter().collect();
        if self.plan.is_none() || dispatch.order != self.orders {
            return reports;
        }
        self.meter.add(attempts);
        if let Some(&hit) = hits.first() {
            let (extra_nonce, proof) = dispatch.batch.found(hit);
            reports.push(FromMiner::Found { job: dispatch.batch.job, extra_nonce, proof });
            self.plan = None;
        }
        if let Some((attempts, rate_hps)) = self.meter.report(now_ms) {
            reports.push(FromMiner::Rate { attempts, rate_hps });
        }
        reports
    }

    /// How long the card is to rest now, in milliseconds.
    pub fn rest_ms(&self) -> u32 {
        self.duty.rest_ms()
    }

    /// Notes a rest of this length.
    pub fn rested(&mut self, ms: f64) {
        self.duty.rested(ms);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::worker::miner::Share;
    use shared::state::mining::{Job, JobId};
    use shared::{CompactTarget, Header, Params, Target};

    fn mine(id: u64) -> ToMiner {
        let genesis = Params::main().genesis().header;
        // One hash in 256 meets this target.
        let header = Header { target: CompactTarget::from_bits(0x2000_ffff), ..genesis };
        ToMiner::Mine { order: id, share: Some(Share { job: Job { id: JobId(id), header }, number: 5 }) }
    }

    /// What a card would answer.
    fn hits(dispatch: &HandedOver) -> Vec<Hit> {
        let batch = &dispatch.batch;
        let rows = batch.first..=batch.first + (batch.count - 1);
        let lanes = batch.header.midstates().len() as u32;
        rows.flat_map(|proof| (0..lanes).map(move |lane| Hit { proof, lane }))
            .filter(|hit| batch.header.first_in_row(hit.proof, hit.lane..hit.lane + 1).is_some())
            .collect()
    }

    #[test]
    fn nothing_is_handed_over_without_a_job() {
        let mut search = Search::default();
        assert!(search.next(0.0).is_none());
        search.hear(mine(1), 0.0);
        assert!(search.next(0.0).is_some());
        search.hear(ToMiner::Mine { order: 9, share: None }, 1.0);
        assert!(search.next(1.0).is_none());
    }

    #[test]
    fn a_proof_is_reported_once_and_the_search_ends() {
        let mut search = Search::default();
        search.hear(mine(7), 0.0);
        let (first, second) = (search.next(0.0).expect("a job"), search.next(0.0).expect("a job"));
        let reports = search.ended(&first, &hits(&first), 300.0);
        let [FromMiner::Found { job, extra_nonce, proof }, FromMiner::Rate { attempts, .. }] = reports[..] else {
            panic!("{reports:?}")
        };
        assert_eq!((job, attempts), (JobId(7), first.batch.attempts()));
        let header = Header { extra_nonce, proof, ..Params::main().genesis().header };
        let header = Header { target: CompactTarget::from_bits(0x2000_ffff), ..header };
        assert!(Target::from_compact(header.target).expect("a target").is_met_by(&header.hash()));
        assert_eq!(search.ended(&second, &hits(&second), 600.0), [], "the job is solved");
        assert!(search.next(600.0).is_none());
    }

    #[test]
    fn the_outcome_of_a_replaced_job_counts_for_nothing() {
        let mut search = Search::default();
        search.hear(mine(1), 0.0);
        let old = search.next(0.0).expect("a job");
        search.hear(mine(2), 1.0);
        assert_eq!(search.ended(&old, &hits(&old), 400.0), [FromMiner::Took { order: 2, attempts: 0 }]);
        let new = search.next(400.0).expect("a job");
        assert_eq!(new.batch.job, JobId(2));
        assert_eq!(new.batch.first, old.batch.first, "the new job begins at its own beginning");
    }

    #[test]
    fn an_order_is_answered_when_the_card_is_done_with_what_came_before() {
        let mut search = Search::default();
        let took = |order| FromMiner::Took { order, attempts: 0 };
        assert_eq!(search.hear(mine(1), 0.0), Some(took(1)));
        let (first, second) = (search.next(0.0).expect("a job"), search.next(0.0).expect("a job"));
        assert_eq!(search.hear(mine(2), 1.0), None);
        assert_eq!(search.ended(&first, &[], 2.0), []);
        let third = search.next(2.0).expect("a job");
        assert_eq!(search.hear(ToMiner::Mine { order: 3, share: None }, 3.0), None);
        assert_eq!(search.ended(&third, &[], 4.0), []);
        assert_eq!(search.ended(&second, &[], 5.0), [took(3)]);
        search.hear(mine(4), 6.0);
        search.next(6.0);
        assert_eq!((search.hear(mine(5), 7.0), search.card_lost()), (None, Some(took(5))));
    }

    #[test]
    fn a_throttled_card_gets_one_dispatch_at_a_time_and_rests() {
        let mut search = Search::default();
        assert_eq!((search.in_flight(), search.rest_ms()), (2, 0));
        search.hear(ToMiner::Throttle(25), 0.0);
        search.hear(mine(1), 0.0);
        assert_eq!(search.in_flight(), 1);
        let dispatch = search.next(0.0).expect("a job");
        search.ended(&dispatch, &[], 10.0);
        assert_eq!(search.rest_ms(), 30);
        search.rested(30.0);
        assert_eq!(search.rest_ms(), 0);
        search.hear(ToMiner::Throttle(100), 50.0);
        assert_eq!(search.in_flight(), 2);
    }
}
