//! Double spends, many of them, with the success rate that theory has for them.
//!
//! Each is a run of its own: a relay, a tab that mines for everybody and is paid, and a [double
//! spender](crate::plan::Mind::DoubleSpender). Its first secret block is searched for at the moment it pays. It succeeds
//! when the payee's chain holds the other payment in the end.

use shared::protocol::Role;
use shared::{CompactTarget, Height};

use crate::plan::{Carrier, HostPlan, LinkPlan, Mind, Plan, Proofs, Room};
use crate::time::Time;
use crate::world::World;
use crate::world::mind::Stage;

/// Shares of the hash rate that are looked at, in hundredths.
pub const SHARES: [u64; 4] = [10, 30, 45, 55];
/// Confirmations that are looked at.
pub const CONFIRMATIONS: std::ops::RangeInclusive<u64> = 1..=6;
/// How far behind an attacker gives up. With 45 % of the hash rate one in 5 makes up for 8 blocks, one in 400 for 30.
const PATIENCE: u64 = 30;
/// Attempts a second of all together: a hundred shares of one in 5 seconds.
const RATE: u64 = 20;
/// A target that one hash in 200 meets: with this hash rate, a block in 10 seconds.
const TARGET: CompactTarget = CompactTarget::from_bits(0x2001_47ae);
/// The target is to stay where it is, as in the formulas: a half-life much longer than any attack.
const HALF_LIFE_MS: u64 = 20 * 86_400_000;
/// How often it is looked whether an attack is over, in milliseconds, and for how long.
const LOOK_MS: u64 = 60_000;
const LOOKS_MAX: u64 = 6_000;

/// What became of one attack.
fn succeeds(seed: u64, share: u64, confirmations: u64) -> Option<bool> {
    let mut world = World::new(plan(seed, share), false);
    world.hosts[2].mind.attack.confirmations = confirmations;
    world.hosts[2].mind.attack.patience = PATIENCE;
    for look in 1..=LOOKS_MAX {
        world.run_until(Time::from_ms(look * LOOK_MS)).ok()?;
        match world.hosts[2].mind.attack.stage {
            Stage::GivenUp => return Some(false),
            Stage::Shown(kept) => {
                // The payee has it within the next look.
                world.run_until(Time::from_ms((look + 1) * LOOK_MS)).ok()?;
                let payee = world.hosts[1].process.as_ref()?;
                return Some(payee.node.chain().transaction_height(&kept).is_some_and(|height| height > Height::ZERO));
            }
            Stage::Earning | Stage::Paid(..) | Stage::Racing(..) => {}
        }
    }
    None
}

fn plan(seed: u64, share: u64) -> Plan {
    let host = |role, rate, mind| HostPlan { role, rate, ahead_ms: 0, starts_ms: 0, mind };
    let theirs = RATE * share / 100;
    let link =
        |from| LinkPlan { from, to: 0, carrier: Carrier::Stream, delay_ms: 1, jitter_ms: 1, bytes_per_s: 10_000_000 };
    Plan {
        seed,
        room: Room { interval_ms: 10_000, half_life_ms: HALF_LIFE_MS, easiest: TARGET },
        proofs: Proofs::Drawn,
        hosts: vec![
            host(Role::Relay, 0, Mind::Honest),
            host(Role::Tab, RATE - theirs, Mind::Honest),
            host(Role::Tab, theirs, Mind::DoubleSpender),
        ],
        links: vec![link(1), link(2)],
        items: Vec::new(),
        heal_ms: LOOKS_MAX * LOOK_MS,
        goes_on_ms: 0,
        settle_ms: 0,
    }
}

/// How many of so many attacks succeed, and how many came to an end.
pub fn attacks(share: u64, confirmations: u64, trials: u64) -> (u64, u64) {
    let ended = (0..trials).filter_map(|seed| succeeds(seed, share, confirmations));
    ended.fold((0, 0), |(won, all), success| (won + u64::from(success), all + 1))
}

/// To the power of a whole number.
fn power(base: f64, exponent: u64) -> f64 {
    (0..exponent).fold(1.0, |power, _| power * base)
}

/// Nakamoto's formula ("Bitcoin: A Peer-to-Peer Electronic Cash System", section 11): the blocks that the attacker has
/// by the last confirmation are Poisson distributed, and drawing level is success.
pub fn nakamoto(share: f64, confirmations: u64) -> f64 {
    let ratio = share / (1.0 - share);
    if ratio >= 1.0 {
        return 1.0;
    }
    let mean = confirmations as f64 * ratio;
    // e^-mean, as a power of one that is close to 1.
    let mut poisson = power(1.0 / (1.0 + mean / 4_096.0 + mean * mean / (2.0 * 4_096.0 * 4_096.0)), 4_096);
    let mut sum = 0.0;
    for found in 0..=confirmations {
        sum += poisson * (1.0 - power(ratio, confirmations - found));
        poisson *= mean / (found + 1) as f64;
    }
    1.0 - sum
}

/// The exact form (Rosenfeld, "Analysis of Hashrate-Based Double Spending", 2014) for an attacker without a block in
/// advance, who has to be ahead: the blocks it has by the last confirmation are negative-binomially distributed.
pub fn exact(share: f64, confirmations: u64) -> f64 {
    let (p, ratio) = (1.0 - share, share / (1.0 - share));
    if ratio >= 1.0 {
        return 1.0;
    }
    let mut chance = power(p, confirmations);
    let mut sum = 0.0;
    for found in 0..=confirmations {
        sum += chance * (1.0 - power(ratio, confirmations + 1 - found));
        chance *= share * (confirmations + found) as f64 / (found + 1) as f64;
    }
    1.0 - sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nakamotos_formula_gives_his_figures() {
        // The table at the end of section 11 of his paper.
        let cases = [(0.1, 1, 0.204_587_3), (0.1, 5, 0.000_913_7), (0.1, 10, 0.000_001_2), (0.3, 5, 0.177_352_3)];
        for (share, confirmations, expected) in cases {
            let found = nakamoto(share, confirmations);
            assert!((found - expected).abs() < 2e-6, "{share} {confirmations}: {found}");
        }
    }

    #[test]
    fn the_exact_form_is_a_gamblers_ruin_at_its_simplest() {
        // Without a confirmation to wait for, the attacker has to be ahead once: q / p.
        assert!((exact(0.3, 0) - 0.3 / 0.7).abs() < 1e-12);
        assert_eq!((exact(0.5, 3), exact(0.55, 3)), (1.0, 1.0));
    }

    #[test]
    fn attacks_succeed_about_as_often_as_they_should() {
        let (won, all) = attacks(30, 2, 100);
        let (rate, expected) = (won as f64 / all as f64, exact(0.3, 2));
        assert_eq!(all, 100);
        assert!((rate - expected).abs() < 0.15, "{rate} of {expected}");
        let (won, all) = attacks(55, 1, 20);
        assert!(won + 2 >= all, "a majority has its way in {won} of {all}");
    }
}
