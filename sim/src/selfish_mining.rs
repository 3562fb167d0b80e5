//! Selfish mining: how many of the chain's blocks the [miner](crate::plan::Mind::SelfishMiner) gets, and how many theory
//! gives it.
//!
//! In a tie the honest stay with the block they saw first. That is never the selfish miner's: it shows its own when it
//! has heard of theirs, and theirs is everywhere by then. So the share of the honest that go on from its block, which the
//! paper calls gamma, is 0 here.

use shared::protocol::Role;
use shared::{CompactTarget, Height};

use crate::plan::{Carrier, HostPlan, LinkPlan, Mind, Plan, Proofs, Room};
use crate::time::Time;
use crate::world::World;

/// Attempts a second of all together: shares of a twentieth.
const RATE: u64 = 20;
/// A target that one hash in 1,200 meets: with this hash rate a block a minute, which is long beside the half second
/// after which the miner looks again.
const TARGET: CompactTarget = CompactTarget::from_bits(0x1f36_9d03);
/// The intended time between blocks, in milliseconds.
const INTERVAL_MS: u64 = 60_000;
/// The target is to stay where it is, as in the formula.
const HALF_LIFE_MS: u64 = 30 * 86_400_000;

/// The share of the chain's blocks that a selfish miner gets (Eyal and Sirer, "Majority is not Enough", 2014, equation
/// 8), by its share of the hash rate and that of the honest who go on from its block in a tie.
pub fn revenue(share: f64, gamma: f64) -> f64 {
    let honest = 1.0 - share;
    let above = share * honest * honest * (4.0 * share + gamma * (1.0 - 2.0 * share)) - share * share * share;
    above / (1.0 - share * (1.0 + (2.0 - share) * share))
}

/// Which of the first so many blocks of the relay's chain are the selfish miner's, which has so many hundredths of the
/// hash rate; fewer where something happened that must not.
pub fn blocks(seed: u64, share: u64, blocks: u64) -> Vec<bool> {
    let mut world = World::new(plan(seed, share), false);
    let height = |world: &World| {
        let node = world.hosts[0].process.as_ref().map(|process| &process.node);
        node.map_or(0, |node| node.chain().tip().height.as_u64())
    };
    while height(&world) < blocks {
        let until = Time::from_ms(world.now.as_ms() + blocks * INTERVAL_MS / 100);
        if world.run_until(until).is_err() {
            return Vec::new();
        }
    }
    let Some(relay) = &world.hosts[0].process else { return Vec::new() };
    let mut is_own = vec![false; blocks as usize];
    let own = relay.node.chain().heights_of(&world.hosts[2].address);
    own.filter(|height| (1..=blocks).contains(&height.as_u64())).for_each(|height: Height| {
        is_own[height.as_u64() as usize - 1] = true;
    });
    is_own
}

fn plan(seed: u64, share: u64) -> Plan {
    let host = |rate, mind| HostPlan { role: Role::Tab, rate, ahead_ms: 0, starts_ms: 0, mind };
    let theirs = RATE * share / 100;
    let link =
        |from| LinkPlan { from, to: 0, carrier: Carrier::Stream, delay_ms: 1, jitter_ms: 1, bytes_per_s: 10_000_000 };
    Plan {
        seed,
        room: Room { interval_ms: INTERVAL_MS, half_life_ms: HALF_LIFE_MS, easiest: TARGET },
        proofs: Proofs::Drawn,
        hosts: vec![
            HostPlan { role: Role::Relay, ..host(0, Mind::Honest) },
            host(RATE - theirs, Mind::Honest),
            host(theirs, Mind::SelfishMiner),
        ],
        links: vec![link(1), link(2)],
        items: Vec::new(),
        heal_ms: u64::MAX,
        goes_on_ms: 0,
        settle_ms: 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many blocks are looked at, in how many stretches, whose spread says how far off their mean may be.
    const BLOCKS: usize = 5_000;
    const STRETCHES: usize = 20;

    /// The share that it gets, and the standard error of that.
    fn measured(share: u64) -> (f64, f64) {
        let found = blocks(1, share, BLOCKS as u64);
        assert_eq!(found.len(), BLOCKS);
        let length = BLOCKS / STRETCHES;
        let share_of = |stretch: &[bool]| stretch.iter().filter(|own| **own).count() as f64 / length as f64;
        let shares: Vec<f64> = found.chunks(length).map(share_of).collect();
        let mean = shares.iter().sum::<f64>() / STRETCHES as f64;
        let variance = shares.iter().map(|share| (share - mean) * (share - mean)).sum::<f64>() / (STRETCHES - 1) as f64;
        (mean, (variance / STRETCHES as f64).sqrt())
    }

    #[test]
    fn the_formula_gives_the_papers_threshold() {
        // Selfish mining pays from a third on where gamma is 0, and from a quarter on where it is a half.
        assert!((revenue(1.0 / 3.0, 0.0) - 1.0 / 3.0).abs() < 1e-12);
        assert!((revenue(0.25, 0.5) - 0.25).abs() < 1e-12);
        assert!((revenue(0.3, 0.0) - 0.273_126).abs() < 1e-6, "{}", revenue(0.3, 0.0));
        assert!((revenue(0.4, 0.0) - 0.483_721).abs() < 1e-6, "{}", revenue(0.4, 0.0));
    }

    #[test]
    fn a_selfish_miner_gets_the_share_that_theory_gives_it() {
        for share in [30, 40] {
            let ((found, error), expected) = (measured(share), revenue(share as f64 / 100.0, 0.0));
            println!("{share} %: {found:.4} of the blocks, standard error {error:.4}, expected {expected:.4}");
            assert!(error < 0.015, "{share} %: a standard error of {error} says too little");
            assert!((found - expected).abs() < 3.0 * error, "{share} %: {found}, not {expected}, error {error}");
        }
    }
}
