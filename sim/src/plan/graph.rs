//! Links of many tabs at once: a star, a ring, a random graph.

use super::{Carrier, LinkPlan};
use crate::dice::{Dice, Stream};

/// A link's plan, but for its ends.
#[derive(Clone, Copy, Debug)]
pub(super) struct Every {
    pub(super) delay_ms: u64,
    pub(super) jitter_ms: u64,
    pub(super) bytes_per_s: u64,
}

impl Every {
    fn link(self, from: usize, to: usize) -> LinkPlan {
        let Self { delay_ms, jitter_ms, bytes_per_s } = self;
        LinkPlan { from, to, carrier: Carrier::Stream, delay_ms, jitter_ms, bytes_per_s }
    }
}

/// Everybody to host 0.
pub(super) fn star(hosts: usize, every: Every) -> Vec<LinkPlan> {
    (1..hosts).map(|from| every.link(from, 0)).collect()
}

/// Everybody to the next, and the last to the first.
pub(super) fn ring(hosts: usize, every: Every) -> Vec<LinkPlan> {
    let last = (hosts > 2).then(|| every.link(0, hosts - 1));
    (1..hosts).map(|from| every.link(from, from - 1)).chain(last).collect()
}

/// Everybody to some of those before, drawn with the seed: in one piece, whatever is drawn.
pub(super) fn random(hosts: usize, degree: usize, seed: u64, every: Every) -> Vec<LinkPlan> {
    let mut dice = Dice::new(seed, Stream::Plan);
    let mut links = Vec::new();
    for from in 1..hosts {
        let mut to: Vec<usize> = (0..degree).map(|_| dice.below(from as u64) as usize).collect();
        to.sort_unstable();
        to.dedup();
        links.extend(to.into_iter().map(|to| every.link(from, to)));
    }
    links
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVERY: Every = Every { delay_ms: 20, jitter_ms: 5, bytes_per_s: 1_000_000 };

    fn ends(links: &[LinkPlan]) -> Vec<(usize, usize)> {
        links.iter().map(|link| (link.from, link.to)).collect()
    }

    #[test]
    fn a_graph_has_the_links_of_its_shape() {
        assert_eq!(ends(&star(4, EVERY)), [(1, 0), (2, 0), (3, 0)]);
        assert_eq!(ends(&ring(4, EVERY)), [(1, 0), (2, 1), (3, 2), (0, 3)]);
        let links = random(100, 3, 1, EVERY);
        assert!(links.iter().all(|link| link.to < link.from), "so that each is joined to the first");
        assert!((1..100).all(|host| links.iter().any(|link| link.from == host)));
        assert_eq!(links, random(100, 3, 1, EVERY));
        assert_ne!(links, random(100, 3, 2, EVERY));
    }
}
