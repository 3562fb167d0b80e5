use super::*;
use shared::state::mining::{JobId, SearchCursor};
use shared::{BlockHash, Header, Params, Receipt};

/// The job of a number, on top of the parent of a number.
fn job(id: u64, parent: u8) -> Job {
    let genesis = Params::main().genesis().header;
    Job { id: JobId(id), header: Header { previous_hash: BlockHash::from_bytes([parent; 32]), ..genesis } }
}

/// A team of so many processors that have started and taken their order.
fn team(processors: u32) -> Team {
    let mut team = Team::default();
    for _ in 0..processors {
        let number = team.hire(Kind::Processor);
        assert!(team.connected(number).is_some());
        took(&mut team, number, 0.0);
    }
    team
}

fn took(team: &mut Team, number: u32, now_ms: f64) {
    let report = FromMiner::Took { order: team.order, attempts: 0 };
    team.hear(number, &report, now_ms);
}

fn rate(attempts: u64, rate_hps: f64) -> FromMiner {
    FromMiner::Rate { attempts, rate_hps }
}

#[test]
fn it_is_filled_up_to_what_is_wanted_and_the_newest_go_first() {
    let mut team = team(3);
    assert_eq!(team.staffing(5), Staffing { hire: 2, dismiss: vec![] });
    assert_eq!(team.staffing(3), Staffing::default());
    assert_eq!(team.staffing(1), Staffing { hire: 0, dismiss: vec![1, 2] });
    team.hire(Kind::Card);
    assert_eq!(team.staffing(3), Staffing::default(), "a card is no processor");
}

#[test]
fn nobody_gets_the_extra_nonces_that_another_had_even_while_a_job_is_out() {
    let mut team = team(2);
    team.order(Some(job(1, 1)), 0.0);
    let mut all = std::collections::BTreeSet::new();
    let mut share = |team: &Team, number| {
        let ToMiner::Mine { share: Some(Share { job, number }), .. } = team.order_for(number) else { panic!("a job") };
        let from = SearchCursor::of_worker(&job, number);
        for lane in 0..u64::from(shared::state::pow::LANES_MAX) {
            assert!(all.insert(from.plus(lane).next_attempt().0), "worker {number} repeats another's");
        }
    };
    share(&team, 0);
    share(&team, 1);
    for _ in 0..20 {
        // The pool shrinks, grows, loses a worker and gets the card, all on the same job.
        let Staffing { dismiss, .. } = team.staffing(1);
        for number in dismiss {
            team.dismiss(number, 0.0);
        }
        for kind in [Kind::Processor, Kind::Card] {
            let number = team.hire(kind);
            assert!(team.connected(number).is_some());
            share(&team, number);
        }
        let first = *team.members.keys().next().expect("somebody");
        team.lose(first, 0.0);
    }
}

#[test]
fn rates_add_up_and_attempts_count_for_the_parent_they_were_made_on() {
    let mut team = team(2);
    team.order(Some(job(1, 1)), 0.0);
    for number in [0, 1] {
        took(&mut team, number, 1.0);
        team.hear(number, &rate(100, 5.0), 2.0);
    }
    assert_eq!((team.attempts(), team.rate_hps(), team.searching()), (200, 10.0, 2));
    // The same parent: what was under way counts on.
    team.order(Some(job(2, 1)), 3.0);
    team.hear(0, &rate(10, 5.0), 4.0);
    team.hear(0, &FromMiner::Took { order: team.order, attempts: 1 }, 4.0);
    assert_eq!(team.attempts(), 211);
    // Another: what was under way was for the one before.
    team.order(Some(job(3, 2)), 5.0);
    team.hear(0, &rate(10, 5.0), 6.0);
    team.hear(0, &FromMiner::Took { order: team.order, attempts: 7 }, 6.0);
    assert_eq!(team.attempts(), 0);
    team.hear(0, &rate(10, 5.0), 7.0);
    assert_eq!(team.attempts(), 10);
    team.order(None, 8.0);
    assert_eq!((team.attempts(), team.rate_hps(), team.searching()), (0, 0.0, 2), "they have not heard it yet");
    team.hear(0, &rate(10, 5.0), 9.0);
    took(&mut team, 0, 9.0);
    took(&mut team, 1, 9.0);
    assert_eq!((team.attempts(), team.rate_hps(), team.searching()), (0, 0.0, 0));
}

#[test]
fn an_order_takes_as_long_as_the_slowest_of_those_who_were_there() {
    let mut team = team(2);
    let late = team.hire(Kind::Processor);
    team.order(Some(job(1, 1)), 100.0);
    team.connected(late);
    took(&mut team, 0, 105.0);
    assert_eq!(team.order_ms(), None);
    took(&mut team, 1, 109.0);
    assert_eq!(team.order_ms(), Some(9.0));
    took(&mut team, late, 900.0);
    assert_eq!(team.order_ms(), Some(9.0), "it was still starting");
    team.order(None, 1_000.0);
    took(&mut team, 0, 1_001.0);
    took(&mut team, late, 1_002.0);
    team.lose(1, 1_004.0);
    assert_eq!(team.order_ms(), Some(4.0), "nobody waits for one that is gone");
}

#[test]
fn an_answer_to_an_older_order_is_none_to_the_last() {
    let mut team = team(1);
    team.order(Some(job(1, 1)), 0.0);
    let old = FromMiner::Took { order: team.order, attempts: 0 };
    team.order(Some(job(2, 2)), 1.0);
    team.hear(0, &old, 2.0);
    assert_eq!(team.order_ms(), None);
    took(&mut team, 0, 3.0);
    assert_eq!(team.order_ms(), Some(2.0));
}

#[test]
fn one_that_breaks_is_replaced_until_it_becomes_a_habit() {
    let mut team = team(2);
    for _ in 0..REPLACED_MAX {
        let number = *team.members.keys().next_back().expect("somebody");
        assert_eq!(team.lose(number, 0.0), Some(Loss { kind: Kind::Processor, was_last: false }));
        assert_eq!(team.lose(number, 0.0), None, "it is lost once");
        assert_eq!(team.staffing(team.able(2)).hire, 1);
        let number = team.hire(Kind::Processor);
        team.connected(number);
    }
    let number = *team.members.keys().next_back().expect("somebody");
    team.lose(number, 0.0);
    assert_eq!(team.staffing(team.able(2)), Staffing::default(), "one is enough now");
    for _ in 0..FORGIVEN_TICKS {
        team.tick();
    }
    assert_eq!(team.lose(0, 0.0), Some(Loss { kind: Kind::Processor, was_last: false }), "one was forgiven");
    team.take_heart();
    assert_eq!(team.staffing(team.able(2)).hire, 2);
}

#[test]
fn one_that_does_not_start_is_not_replaced_and_the_others_go_on() {
    let mut team = team(1);
    let (second, third) = (team.hire(Kind::Processor), team.hire(Kind::Card));
    assert_eq!(team.lose(second, 0.0), Some(Loss { kind: Kind::Processor, was_last: false }));
    assert_eq!(team.staffing(team.able(2)), Staffing::default());
    assert_eq!(team.lose(third, 0.0), Some(Loss { kind: Kind::Card, was_last: false }));
    team.dismiss(0, 0.0);
    let last = team.hire(Kind::Processor);
    assert_eq!(team.lose(last, 0.0), Some(Loss { kind: Kind::Processor, was_last: true }));
    assert!(team.is_empty());
}

#[test]
fn one_that_says_nothing_is_noticed_but_not_one_that_has_nothing_to_say() {
    let mut team = team(2);
    let ticks = |team: &mut Team, count| (0..count).flat_map(|_| team.tick()).collect::<Vec<_>>();
    assert!(ticks(&mut team, 1_000).is_empty(), "nothing to do");
    team.order(Some(job(1, 1)), 0.0);
    took(&mut team, 0, 0.0);
    took(&mut team, 1, 0.0);
    for _ in 0..100 {
        team.hear(0, &rate(1, 1.0), 0.0);
        if team.tick() == [1] {
            team.lose(1, 0.0);
        }
    }
    assert_eq!((team.processors(), team.searching()), (1, 1));
    team.hear(0, &FromMiner::Found { job: JobId(1), extra_nonce: Default::default(), proof: Default::default() }, 0.0);
    assert!(ticks(&mut team, 1_000).is_empty(), "it waits for the next job");
    team.order(None, 0.0);
    assert_eq!(ticks(&mut team, SILENT_TICKS + 1), [0], "it did not even answer");
    team.lose(0, 0.0);
    let starting = team.hire(Kind::Processor);
    assert_eq!(ticks(&mut team, START_TICKS + 1), [starting]);
}

#[test]
fn the_kernel_and_the_card_are_named_as_they_name_themselves() {
    let mut team = team(1);
    let card = team.hire(Kind::Card);
    assert_eq!((team.kernel(), team.card()), ("", None));
    team.hear(0, &FromMiner::Kernel("simd128".to_owned()), 0.0);
    team.connected(card);
    assert_eq!((team.kernel(), team.card()), ("simd128", None), "it is connected and not yet open");
    team.hear(card, &FromMiner::Kernel("a card".to_owned()), 0.0);
    team.order(Some(job(1, 1)), 0.0);
    team.hear(card, &rate(9, 3.0), 0.0);
    assert_eq!((team.card(), team.rate_hps()), (Some(("a card", 3.0)), 3.0));
    team.hear(card, &FromMiner::Failed(Receipt::new("a", "b", "c")), 0.0);
    team.lose(card, 0.0);
    assert_eq!((team.card(), team.rate_hps()), (None, 0.0));
}
