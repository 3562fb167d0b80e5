//! Chance: streams of numbers that follow from a seed.
//!
//! Whatever draws (a host, a link, the plan) has a stream of its own, so that leaving a fault out of a plan does not
//! change what everything else draws. Only exact operations are used, so that a browser draws what a server draws.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// Who draws.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Whoever makes the plan.
    Plan,
    /// A host: its back-off, its disk.
    Host(usize),
    /// A host's miner.
    Miner(usize),
    /// A link, one way.
    Link(usize, usize),
    /// An adversary.
    Mind(usize),
}

impl Stream {
    fn number(self) -> u64 {
        let (kind, a, b) = match self {
            Self::Plan => (0, 0, 0),
            Self::Host(host) => (1, host, 0),
            Self::Miner(host) => (2, host, 0),
            Self::Link(link, side) => (3, link, side),
            Self::Mind(host) => (4, host, 0),
        };
        (a as u64) << 16 | (b as u64) << 8 | kind
    }
}

/// A stream of numbers.
#[derive(Clone, Debug)]
pub struct Dice(ChaCha8Rng);

impl Dice {
    /// The stream of one who draws, in the run with this seed.
    pub fn new(seed: u64, stream: Stream) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        random.set_stream(stream.number());
        Self(random)
    }

    /// Any number.
    pub fn any(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A number below the bound; 0 where that is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        // The high half of the product: even to one part in 2⁶⁴ / bound.
        ((u128::from(self.any()) * u128::from(bound)) >> 64) as u64
    }

    /// A number of a range, its end included.
    pub fn within(&mut self, range: std::ops::RangeInclusive<u64>) -> u64 {
        range.start() + self.below(range.end().saturating_sub(*range.start()).saturating_add(1))
    }

    /// Whether one of so many equal chances came up.
    pub fn is_one_in(&mut self, chances: u64) -> bool {
        self.below(chances) == 0
    }

    /// Whether a chance of so many in a thousand came up.
    pub fn is_per_mille(&mut self, chances: u64) -> bool {
        self.below(1_000) < chances
    }

    /// One of these.
    ///
    /// # Panics
    /// When there is none.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len() as u64) as usize]
    }

    /// A number between 0 and 1, neither of them included.
    pub fn fraction(&mut self) -> f64 {
        ((self.any() >> 12) as f64 + 0.5) / (1_u64 << 52) as f64
    }

    /// A time to wait for what comes at random once in so long, in the same unit: exponentially distributed.
    pub fn wait(&mut self, mean: f64) -> f64 {
        -ln(self.fraction()) * mean
    }
}

/// The natural logarithm of a positive, normal number.
///
/// The standard library's depends on the machine in its last bits; this is made of exact operations alone, and good to
/// about 13 digits: `ln m = 2 · artanh((m − 1) / (m + 1))`, m brought close to 1.
pub fn ln(x: f64) -> f64 {
    let bits = x.to_bits();
    let (mut exponent, mut mantissa) =
        ((bits >> 52 & 0x7ff) as i32 - 1_023, f64::from_bits(bits & ((1 << 52) - 1) | 1_023 << 52));
    if mantissa > std::f64::consts::SQRT_2 {
        mantissa /= 2.0;
        exponent += 1;
    }
    let t = (mantissa - 1.0) / (mantissa + 1.0);
    let square = t * t;
    let (mut power, mut sum) = (t, 0.0);
    for odd in (1..=19).step_by(2) {
        sum += power / f64::from(odd);
        power *= square;
    }
    2.0 * sum + f64::from(exponent) * std::f64::consts::LN_2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_logarithm_is_the_logarithm() {
        for x in [1e-15, 0.001, 0.25, 0.7, 1.0, 1.41, 1.42, 2.0, 10.0, 1e18] {
            assert!((ln(x) - x.ln()).abs() <= 1e-12 * x.ln().abs().max(1.0), "{x}: {} and {}", ln(x), x.ln());
        }
    }

    #[test]
    fn waits_have_the_mean_that_is_asked_for() {
        let mut dice = Dice::new(1, Stream::Plan);
        let mean = (0..20_000).map(|_| dice.wait(500.0)).sum::<f64>() / 20_000.0;
        assert!((480.0..520.0).contains(&mean), "{mean}");
    }

    #[test]
    fn streams_differ_and_are_the_same_each_time() {
        let draw = |seed, stream| Dice::new(seed, stream).any();
        assert_eq!(draw(1, Stream::Host(3)), draw(1, Stream::Host(3)));
        let streams = [Stream::Plan, Stream::Host(3), Stream::Miner(3), Stream::Link(3, 0), Stream::Link(3, 1)];
        let mut drawn: Vec<u64> =
            streams.iter().map(|stream| draw(1, *stream)).chain([draw(2, Stream::Plan)]).collect();
        drawn.sort_unstable();
        drawn.dedup();
        assert_eq!(drawn.len(), streams.len() + 1);
    }
}
