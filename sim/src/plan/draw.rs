//! Plans drawn from a seed: a room, hosts, links, and a list of what people do and what goes wrong.

use shared::protocol::Role;
use shared::{CompactTarget, FUTURE_MS_MAX};

use super::{Carrier, HostPlan, Item, LinkPlan, Mind, Plan, Proofs, Room, What};
use crate::dice::{Dice, Stream};

/// A target that one hash in 16 meets: proofs are real, and cost next to nothing.
pub(super) const EASIEST: CompactTarget = CompactTarget::from_bits(0x2010_0000);
/// How long all may take to agree, in milliseconds: a chain whose miners have all but gone needs its time.
const SETTLE_MS: u64 = 3 * 3_600_000;
/// The shortest half-life that a room may have, in milliseconds.
const HALF_LIFE_MS_MIN: u64 = FUTURE_MS_MAX;
/// How far a good clock may be off, in milliseconds.
const SKEW_MS: u64 = 2_000;
/// How far a bad one may be.
const BAD_CLOCK_MS: u64 = 600_000;
/// Units in a coin.
const COIN: u64 = 1_000_000;

/// How large a network to draw, and how long to trouble it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// How many tabs there are, besides the relay.
    pub tabs: u64,
    /// How long faults go on, in milliseconds.
    pub heal_ms: u64,
    /// How many payments are made.
    pub payments: u64,
    /// How many faults there are.
    pub faults: u64,
}

impl Shape {
    /// What most seeds are like: a few tabs, a few minutes.
    fn drawn(dice: &mut Dice) -> Self {
        Self {
            tabs: dice.within(2..=7),
            heal_ms: dice.within(60_000..=420_000),
            payments: dice.within(2..=20),
            faults: dice.within(1..=14),
        }
    }
}

/// The plan of a seed; of a shape, where one is given.
pub fn draw(seed: u64, shape: Option<Shape>) -> Plan {
    let mut dice = Dice::new(seed, Stream::Plan);
    let drawn = Shape::drawn(&mut dice);
    let shape = shape.unwrap_or(drawn);
    let interval_ms = *dice.pick(&[1_000, 3_000, 10_000, 10_000]);
    let half_life_ms = (interval_ms * dice.within(6..=18)).max(HALF_LIFE_MS_MIN);
    let room = Room { interval_ms, half_life_ms, easiest: EASIEST };
    let proofs = if dice.is_one_in(8) { Proofs::Searched } else { Proofs::Drawn };
    let mut hosts = hosts(&mut dice, shape, room);
    let links = links(&mut dice, shape.tabs as usize);
    let items = items(&mut dice, shape, &hosts, &links);
    corrupt(&mut dice, &mut hosts);
    Plan { seed, room, proofs, hosts, links, items, heal_ms: shape.heal_ms, goes_on_ms: 0, settle_ms: SETTLE_MS }
}

/// A relay, and tabs of which most mine.
fn hosts(dice: &mut Dice, shape: Shape, room: Room) -> Vec<HostPlan> {
    // So that all together make a block in an interval at 30 to 300 attempts a block.
    let all = dice.within(30..=300) * 1_000 / room.interval_ms;
    let skew = |dice: &mut Dice| dice.within(0..=2 * SKEW_MS) as i64 - SKEW_MS as i64;
    let mut hosts =
        vec![HostPlan { role: Role::Relay, rate: 0, ahead_ms: skew(dice), starts_ms: 0, mind: Mind::Honest }];
    for number in 0..shape.tabs {
        let mines = number == 0 || !dice.is_one_in(3);
        let rate = if mines { (all / shape.tabs * dice.within(50..=150) / 100).max(1) } else { 0 };
        let starts_ms = if dice.is_one_in(4) { dice.below(shape.heal_ms) } else { dice.below(5_000) };
        hosts.push(HostPlan { role: Role::Tab, rate, ahead_ms: skew(dice), starts_ms, mind: Mind::Honest });
    }
    hosts
}

/// In one seed of four, one tab is up to something. Drawn last, so that all else is as without it. Where it alone mines,
/// another does too: the blocks of one who cheats to the end may never reach the others.
fn corrupt(dice: &mut Dice, hosts: &mut [HostPlan]) {
    if hosts.len() > 2 && dice.is_one_in(4) {
        let tab = dice.within(1..=hosts.len() as u64 - 1) as usize;
        hosts[tab].mind = *dice.pick(Mind::ADVERSARIES);
        let rate = hosts[tab].rate;
        if !hosts.iter().any(HostPlan::is_a_miner_in_the_end)
            && let Some(other) = hosts.iter_mut().find(|host| host.role == Role::Tab && host.mind.is_honest())
        {
            other.rate = rate;
        }
    }
}

/// Every tab to the relay; at times tabs to each other as well.
fn links(dice: &mut Dice, tabs: usize) -> Vec<LinkPlan> {
    let plan = |dice: &mut Dice, from, to, carrier| LinkPlan {
        from,
        to,
        carrier,
        delay_ms: dice.within(1..=120),
        jitter_ms: dice.below(40),
        bytes_per_s: dice.within(50_000..=10_000_000),
    };
    let mut links: Vec<LinkPlan> = (1..=tabs).map(|tab| plan(dice, tab, 0, Carrier::Stream)).collect();
    if dice.is_one_in(3) {
        for from in 1..tabs {
            if dice.is_one_in(2) {
                let to = dice.within(from as u64 + 1..=tabs as u64) as usize;
                let carrier = if dice.is_one_in(2) { Carrier::Datagrams } else { Carrier::Stream };
                links.push(plan(dice, from, to, carrier));
            }
        }
    }
    links
}

fn items(dice: &mut Dice, shape: Shape, hosts: &[HostPlan], links: &[LinkPlan]) -> Vec<Item> {
    let mut items = Vec::new();
    for _ in 0..shape.payments {
        let at_ms = dice.below(shape.heal_ms);
        let from = dice.within(1..=shape.tabs) as usize;
        let to = dice.within(0..=shape.tabs) as usize;
        let amount = dice.within(1..=12 * COIN);
        let fee = dice.below(COIN / 10);
        let what = if dice.is_one_in(8) { What::Replace { host: from } } else { What::Pay { from, to, amount, fee } };
        items.push(Item { at_ms, for_ms: 0, what });
    }
    for _ in 0..shape.faults {
        let at_ms = dice.below(shape.heal_ms);
        let for_ms = *dice.pick(&[500, 5_000, 30_000, 90_000, 300_000, 3_600_000]);
        let what = fault(dice, shape, hosts, links);
        items.push(Item { at_ms, for_ms: if what.has_length() { for_ms } else { 0 }, what });
    }
    items.sort_by_key(|item| item.at_ms);
    items
}

fn fault(dice: &mut Dice, shape: Shape, hosts: &[HostPlan], links: &[LinkPlan]) -> What {
    let tab = dice.within(1..=shape.tabs) as usize;
    let host = dice.below(hosts.len() as u64) as usize;
    let link = dice.below(links.len() as u64) as usize;
    match dice.below(23) {
        0 => What::Rate { host: tab, rate: hosts[tab].rate * *dice.pick(&[0, 3, 30]) },
        1 => What::Alone { host: tab },
        2 => What::ReplaceChain { host: tab },
        3 => What::Close { host: tab },
        4 => What::Freeze { host },
        5 | 6 => What::Kill { host },
        7 => What::PowerCut { host },
        8 => What::Rot { host },
        9 => What::Wipe { host: tab },
        10 => What::RollBack { host: tab, per_mille: dice.below(1_000) },
        11 => What::DiskFull { host },
        12 => What::DiskFails { host },
        13 => What::DiskSlow { host, ms: *dice.pick(&[50, 1_000, 20_000]) },
        14 => What::Clock { host, ahead_ms: dice.within(0..=2 * BAD_CLOCK_MS) as i64 - BAD_CLOCK_MS as i64 },
        15 => What::Break { link },
        16 => What::Cut { link, end: dice.below(2) as usize },
        17 => What::Partition { group: dice.any() & ((1 << hosts.len().min(63)) - 1) },
        18 => What::Slow { link, ms: *dice.pick(&[200, 3_000, 15_000]) },
        19 => What::Narrow { link, bytes_per_s: *dice.pick(&[500, 5_000]) },
        20 => What::Lose { link, per_mille: *dice.pick(&[5, 50, 300]) },
        21 => What::Repeat { link, per_mille: 300 },
        _ => What::Shuffle { link, ms: *dice.pick(&[100, 2_000]) },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plans_follow_from_their_seeds_and_name_only_what_there_is() {
        for seed in 0..200 {
            let plan = draw(seed, None);
            assert_eq!(plan, draw(seed, None));
            assert!(plan.items.iter().all(|item| item.at_ms < plan.heal_ms));
            assert!(
                plan.links.iter().all(|link| link.from < plan.hosts.len() && link.to < link.from.max(plan.hosts.len()))
            );
        }
        assert_ne!(draw(1, None), draw(2, None));
    }

    #[test]
    fn somebody_mines_in_the_end_whoever_cheats() {
        for seed in (0..2_000).chain([2_001_976, 2_002_409, 2_002_690]) {
            let hosts = draw(seed, None).hosts;
            assert!(hosts.iter().any(HostPlan::is_a_miner_in_the_end), "seed {seed}: {hosts:?}");
        }
    }

    #[test]
    fn every_kind_of_fault_is_drawn() {
        let mut kinds: Vec<_> = (0..200).flat_map(|seed| draw(seed, None).items).map(|item| item.what.name()).collect();
        kinds.sort_unstable();
        kinds.dedup();
        assert_eq!(kinds.len(), 24, "{kinds:?}");
    }
}
