//! How many workers there should be. Pure.

use crate::node::view::{AutoWorkers, WORKERS_MAX, WorkersWanted};
use crate::worker::wire::Surroundings;

/// The most workers that this machine may have.
pub fn workers_max(around: Surroundings) -> u32 {
    around.cores.clamp(1, WORKERS_MAX)
}

/// How many the owner chose, or else what suits the machine: a battery and a phone are spared.
pub fn workers_wanted(chosen: Option<u32>, around: Surroundings) -> WorkersWanted {
    match chosen {
        Some(workers) => WorkersWanted::Chosen(workers.clamp(1, workers_max(around))),
        None if around.is_phone => WorkersWanted::Auto(AutoWorkers::OnPhone),
        None if around.on_battery => WorkersWanted::Auto(AutoWorkers::OnBattery),
        None => WorkersWanted::Auto(AutoWorkers::AllCores),
    }
}

/// The number of them.
pub fn count(wanted: WorkersWanted, around: Surroundings) -> u32 {
    match wanted {
        WorkersWanted::Chosen(workers) => workers,
        WorkersWanted::Auto(AutoWorkers::AllCores) => workers_max(around),
        WorkersWanted::Auto(AutoWorkers::OnBattery | AutoWorkers::OnPhone) => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(chosen: Option<u32>, around: Surroundings, expect: (WorkersWanted, u32)) {
        let wanted = workers_wanted(chosen, around);
        assert_eq!((wanted, count(wanted, around)), expect, "{chosen:?} {around:?}");
    }

    #[test]
    fn every_core_gets_a_worker_but_a_battery_and_a_phone_are_spared_unless_asked() {
        use AutoWorkers::{AllCores, OnBattery, OnPhone};
        use WorkersWanted::{Auto, Chosen};
        let desk = Surroundings { cores: 8, ..Surroundings::default() };
        let lap = Surroundings { on_battery: true, ..desk };
        let phone = Surroundings { is_phone: true, ..lap };
        check(None, desk, (Auto(AllCores), 8));
        check(None, lap, (Auto(OnBattery), 1));
        check(None, phone, (Auto(OnPhone), 1));
        for around in [desk, lap, phone] {
            check(Some(3), around, (Chosen(3), 3));
            check(Some(8), around, (Chosen(8), 8));
            check(Some(9), around, (Chosen(8), 8));
            check(Some(0), around, (Chosen(1), 1));
        }
    }

    #[test]
    fn a_machine_of_many_cores_or_none_is_within_limits() {
        let cores = |cores| Surroundings { cores, ..Surroundings::default() };
        assert_eq!(
            [0, 1, WORKERS_MAX, WORKERS_MAX + 1, u32::MAX].map(|number| workers_max(cores(number))),
            [1, 1, WORKERS_MAX, WORKERS_MAX, WORKERS_MAX]
        );
    }
}
