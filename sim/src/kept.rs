//! Seeds that once failed are run for ever.

/// The seeds, a line each with what it found.
const KEPT: &str = include_str!("../seeds.txt");

/// The seeds that are kept.
///
/// # Panics
/// When a line does not begin with a seed.
pub fn kept() -> Vec<u64> {
    let lines = KEPT.lines().filter(|line| !line.starts_with('#'));
    let first = lines.filter_map(|line| line.split_whitespace().next());
    first.map(|seed| seed.parse().expect("a line of seeds.txt begins with a seed")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::draw;
    use crate::run::run;

    #[test]
    fn no_seed_that_once_failed_fails_again() {
        let seeds = kept();
        assert!(!seeds.is_empty());
        for seed in seeds {
            assert_eq!(run(&draw(seed, None), false).violation, None, "seed {seed}");
        }
    }
}
