//! The rules of a header: what can be said of a block before its transactions are here.
//!
//! Each takes the header and plain values; what a parent or a median is, the [block tree](crate::state::chain) knows.

use super::receipt::{Receipt, Refusal};
use crate::values::{BlockHash, CompactTarget, FUTURE_MS_MAX, HEADER_VERSION, Header, Height, Span, Target, Timestamp};

/// Why a header is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// A version that this node does not know.
    #[error("header version {found}, expected {HEADER_VERSION}")]
    Version {
        /// Its version.
        found: u32,
    },
    /// The parent is not known (yet).
    #[error("parent {parent} is not known")]
    UnknownParent {
        /// The hash it names.
        parent: BlockHash,
    },
    /// The parent is invalid, and so is all that builds on it.
    #[error("parent {parent} is invalid")]
    InvalidParent {
        /// The hash it names.
        parent: BlockHash,
    },
    /// Not one above the parent.
    #[error("height {found}, the parent's is one below {expected}")]
    Height {
        /// The parent's height plus one.
        expected: Height,
        /// Its height.
        found: Height,
    },
    /// Another target than the chain's pace asks for.
    #[error("target {found}, expected {expected}")]
    Target {
        /// The target that follows from the blocks before it.
        expected: CompactTarget,
        /// Its target.
        found: CompactTarget,
    },
    /// Not later than the median of the blocks before it.
    #[error("timestamp {} is not later than the median {}", found.as_ms(), median.as_ms())]
    TooEarly {
        /// The median of the blocks before it.
        median: Timestamp,
        /// Its time.
        found: Timestamp,
    },
    /// The hash exceeds the target.
    #[error("hash {hash} exceeds target {target}")]
    Work {
        /// The target.
        target: Target,
        /// Its hash.
        hash: BlockHash,
    },
    /// Further ahead of this node's clock than a block may be. The clock will come round to it.
    #[error("timestamp {} is later than {}", found.as_ms(), latest.as_ms())]
    TooFarAhead {
        /// The latest time that would be taken now.
        latest: Timestamp,
        /// Its time.
        found: Timestamp,
    },
}

impl HeaderError {
    /// Whether whoever sent it broke a rule. A block whose parent is missing or whose time is yet to come did not: it
    /// may be taken later.
    pub fn is_misbehaviour(&self) -> bool {
        !matches!(self, Self::UnknownParent { .. } | Self::TooFarAhead { .. })
    }
}

impl Refusal for HeaderError {
    fn receipt(&self) -> Receipt {
        let (rule, expected, found) = match self {
            Self::Version { found } => ("header version", HEADER_VERSION.to_string(), found.to_string()),
            Self::UnknownParent { parent } => ("previous hash", "a block that is known".to_owned(), parent.to_string()),
            Self::InvalidParent { parent } => {
                ("previous hash", "a valid block".to_owned(), format!("invalid block {parent}"))
            }
            Self::Height { expected, found } => {
                ("height", format!("{expected}, one above the parent"), found.to_string())
            }
            Self::Target { expected, found } => ("target", expected.to_string(), found.to_string()),
            Self::TooEarly { median, found } => (
                "time",
                format!("later than {} ms, the median of the blocks before", median.as_ms()),
                format!("{} ms", found.as_ms()),
            ),
            Self::Work { target, hash } => ("proof of work", format!("a hash of at most {target}"), hash.to_string()),
            Self::TooFarAhead { latest, found } => (
                "time",
                format!("at most {} ahead of this node's clock", Span::from_ms(FUTURE_MS_MAX)),
                format!("{} ahead of it", Span::from_ms(found.ms_since(latest.minus_ms(FUTURE_MS_MAX)))),
            ),
        };
        Receipt::new(rule, expected, found)
    }
}

/// All rules but the clock's, the cheap ones first and each before the proof: what a header without work costs is the
/// hash of it. Gives the target as it is rounded, which is what the work counts by.
///
/// `height` and `median` are the parent's and that of the blocks that end with it, `target` the one that follows from
/// them.
///
/// # Errors
/// The first rule that it breaks.
pub(crate) fn check_on(
    header: &Header,
    hash: BlockHash,
    height: Height,
    target: Target,
    median: Timestamp,
) -> Result<Target, HeaderError> {
    check_version(header)?;
    check_height(header, height)?;
    check_target(header, target)?;
    check_median_time(header, median)?;
    // The compact form is the rule, and it is rounded.
    let target = Target::from_compact(target.to_compact()).expect("a compact form just made is canonical");
    check_work(hash, target)?;
    Ok(target)
}

/// The version is the one there is.
///
/// # Errors
/// [`HeaderError::Version`].
pub fn check_version(header: &Header) -> Result<(), HeaderError> {
    if header.version == HEADER_VERSION { Ok(()) } else { Err(HeaderError::Version { found: header.version }) }
}

/// The height is one above the parent's.
///
/// # Errors
/// [`HeaderError::Height`].
pub fn check_height(header: &Header, parent: Height) -> Result<(), HeaderError> {
    let (expected, found) = (parent.next(), header.height);
    if found == expected && found > parent { Ok(()) } else { Err(HeaderError::Height { expected, found }) }
}

/// The target is the one that follows from the blocks before.
///
/// # Errors
/// [`HeaderError::Target`].
pub fn check_target(header: &Header, expected: Target) -> Result<(), HeaderError> {
    let (expected, found) = (expected.to_compact(), header.target);
    if found == expected { Ok(()) } else { Err(HeaderError::Target { expected, found }) }
}

/// The time is later than the median of the blocks before, so that the past cannot be rewritten at leisure.
///
/// # Errors
/// [`HeaderError::TooEarly`].
pub fn check_median_time(header: &Header, median: Timestamp) -> Result<(), HeaderError> {
    let found = header.timestamp;
    if found > median { Ok(()) } else { Err(HeaderError::TooEarly { median, found }) }
}

/// The hash, read as a little-endian number, is at most the target.
///
/// # Errors
/// [`HeaderError::Work`].
pub fn check_work(hash: BlockHash, target: Target) -> Result<(), HeaderError> {
    if target.is_met_by(&hash) { Ok(()) } else { Err(HeaderError::Work { target, hash }) }
}

/// The time is at most [`FUTURE_MS_MAX`] ahead of the node's clock. Policy: the chain itself has no clock.
///
/// # Errors
/// [`HeaderError::TooFarAhead`].
pub fn check_clock(header: &Header, now: Timestamp) -> Result<(), HeaderError> {
    let (latest, found) = (now.plus_ms(FUTURE_MS_MAX), header.timestamp);
    if found <= latest { Ok(()) } else { Err(HeaderError::TooFarAhead { latest, found }) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{ChainBuilder, solve_header};

    fn header() -> Header {
        ChainBuilder::easy().mine(1, &[]).header
    }

    fn at(ms: u64) -> Header {
        Header { timestamp: Timestamp::from_ms(ms), ..header() }
    }

    #[test]
    fn only_the_known_version_is_taken() {
        assert_eq!(check_version(&header()), Ok(()));
        for found in [0, HEADER_VERSION + 1, u32::MAX] {
            assert_eq!(check_version(&Header { version: found, ..header() }), Err(HeaderError::Version { found }));
        }
    }

    #[test]
    fn a_height_is_exactly_one_above_the_parents() {
        assert_eq!(check_height(&header(), Height::ZERO), Ok(()));
        for (parent, expected) in [(1, 2), (2, 3)] {
            let (expected, found) = (Height::from(expected), Height::from(1));
            assert_eq!(check_height(&header(), Height::from(parent)), Err(HeaderError::Height { expected, found }));
        }
        let last = Height::from(u64::MAX);
        assert!(
            check_height(&Header { height: last, ..header() }, last).is_err(),
            "there is no height above the highest"
        );
    }

    #[test]
    fn a_target_easier_or_harder_than_the_chain_asks_for_is_refused() {
        let target = |bits| CompactTarget::from_bits(bits);
        let expected = header().target;
        let check = |found| {
            check_target(&Header { target: found, ..header() }, Target::from_compact(expected).expect("a target"))
        };
        assert_eq!(check(expected), Ok(()));
        for found in [target(expected.bits() - 1), target(expected.bits() + 1), target(0), target(u32::MAX)] {
            assert_eq!(check(found), Err(HeaderError::Target { expected, found }));
        }
    }

    #[test]
    fn a_time_one_millisecond_after_the_median_is_taken_and_the_median_itself_is_not() {
        let median = Timestamp::from_ms(1_000);
        assert_eq!(check_median_time(&at(1_001), median), Ok(()));
        assert_eq!(check_median_time(&at(1_000), median), Err(HeaderError::TooEarly { median, found: median }));
    }

    #[test]
    fn a_time_two_minutes_ahead_is_taken_and_one_millisecond_more_must_wait() {
        let (now, latest) = (Timestamp::from_ms(5_000), Timestamp::from_ms(125_000));
        assert_eq!(check_clock(&at(125_000), now), Ok(()));
        let error = check_clock(&at(125_001), now).expect_err("too far ahead");
        assert_eq!(error, HeaderError::TooFarAhead { latest, found: Timestamp::from_ms(125_001) });
        assert!(!error.is_misbehaviour());
    }

    #[test]
    fn a_hash_above_the_target_is_refused() {
        let mut header = header();
        let target = Target::from_compact(header.target).expect("a target");
        assert_eq!(check_work(header.hash(), target), Ok(()));
        // Some change of the version will do; about one in 256 hashes meets the target by chance.
        while check_work(header.hash(), target).is_ok() {
            header.version += 1;
        }
        let hash = header.hash();
        assert_eq!(check_work(hash, target), Err(HeaderError::Work { target, hash }));
        solve_header(&mut header);
        assert_eq!(check_work(header.hash(), target), Ok(()));
    }

    #[test]
    fn a_false_proof_is_answered_with_the_target_and_the_hash() {
        let header = header();
        let target = Target::from_compact(header.target).expect("a target");
        let receipt = HeaderError::Work { target, hash: header.hash() }.receipt();
        assert_eq!(receipt.rule, "proof of work");
        assert_eq!(receipt.expected, format!("a hash of at most {target}"));
        assert_eq!(receipt.found, header.hash().to_string());
    }
}
