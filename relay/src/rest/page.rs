//! Pages of the chain, and the cursors that lead from one to the next.
//!
//! A cursor names a block by height and hash, so blocks that come meanwhile shift nothing; and when a reorganisation
//! takes that block off the chain, the cursor is refused rather than led somewhere else.

use std::str::FromStr;

use axum::http::StatusCode;
use shared::state::Chain;
use shared::{BlockHash, Height, Receipt, Refusal};

use super::ask::{Refused, quoted};

/// The order of a page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Order {
    /// The tip first.
    #[default]
    Newest,
    /// The genesis first.
    Oldest,
}

/// Text that names no order.
#[derive(Debug, thiserror::Error)]
#[error("expected newest or oldest, found {0}")]
pub(super) struct OrderError(String);

impl Refusal for OrderError {
    fn receipt(&self) -> Receipt {
        Receipt::new("order", "newest or oldest", self.0.as_str())
    }
}

impl FromStr for Order {
    type Err = OrderError;

    fn from_str(text: &str) -> Result<Self, OrderError> {
        match text {
            "newest" => Ok(Self::Newest),
            "oldest" => Ok(Self::Oldest),
            _ => Err(OrderError(quoted(text))),
        }
    }
}

/// A block, by height and hash, and perhaps a position in it: where a page ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cursor {
    pub(super) height: Height,
    pub(super) hash: BlockHash,
    pub(super) position: Option<usize>,
}

/// Text that is no cursor.
#[derive(Debug, thiserror::Error)]
#[error("expected a cursor, found {0}")]
pub(super) struct CursorError(String);

impl Refusal for CursorError {
    fn receipt(&self) -> Receipt {
        Receipt::new("cursor", "what `next` was in the page before", self.0.as_str())
    }
}

impl FromStr for Cursor {
    type Err = CursorError;

    fn from_str(text: &str) -> Result<Self, CursorError> {
        let read = || {
            let mut parts = text.split('-');
            let height = Height::from(parts.next()?.parse::<u64>().ok()?);
            let hash = parts.next()?.parse().ok()?;
            let position = parts.next().map(str::parse).transpose().ok()?;
            let cursor = Self { height, hash, position };
            // One text for each place.
            (cursor.to_string() == text).then_some(cursor)
        };
        read().ok_or_else(|| CursorError(quoted(text)))
    }
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}", self.height, self.hash)?;
        self.position.map_or(Ok(()), |position| write!(f, "-{position}"))
    }
}

impl Cursor {
    /// Checks that this block is still on the chain.
    ///
    /// # Errors
    /// 410 when a reorganisation took it off, 400 when there never was such a block.
    pub(super) fn check(&self, chain: &Chain) -> Result<(), Refused> {
        if chain.hash_at(self.height) == Some(self.hash) {
            return Ok(());
        }
        match fork_below(chain, &self.hash) {
            Some((height, fork)) if height == self.height => Err(off_the_chain("cursor", height, &self.hash, fork)),
            _ => Err(Refused::bad(CursorError(quoted(&self.to_string())).receipt())),
        }
    }
}

/// The refusal of a block that a reorganisation took off the chain, or that never came onto it.
pub(super) fn off_the_chain(rule: &str, height: Height, hash: &BlockHash, fork: Height) -> Refused {
    let found = format!("{hash} at height {height}, which is not on it: the chain left that branch at height {fork}");
    Refused(StatusCode::GONE, Receipt::new(rule, "a block of the active chain", found))
}

/// The height of a known block that is not on the chain, and of the last block below it that is.
pub(super) fn fork_below(chain: &Chain, hash: &BlockHash) -> Option<(Height, Height)> {
    let height = chain.height_of(hash)?;
    let mut below = *hash;
    while !chain.is_active(&below) {
        below = chain.header(&below)?.previous_hash;
    }
    Some((height, chain.height_of(&below)?))
}

/// The heights of a page, in their order, and whether there are more after it.
pub(super) fn heights(tip: Height, order: Order, after: Option<Height>, limit: usize) -> (Vec<Height>, bool) {
    let (tip, limit) = (tip.as_u64(), limit as u64);
    let (heights, is_more): (Vec<u64>, bool) = match order {
        Order::Newest => {
            let count = after.map_or(tip + 1, |after| after.as_u64().min(tip + 1));
            ((count.saturating_sub(limit)..count).rev().collect(), count > limit)
        }
        Order::Oldest => {
            let first = after.map_or(0, |after| after.as_u64().saturating_add(1));
            let end = first.saturating_add(limit).min(tip + 1);
            ((first..end).collect(), end <= tip && first <= tip)
        }
    };
    (heights.into_iter().map(Height::from).collect(), is_more)
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::testing::ChainBuilder;

    fn page(tip: u64, order: Order, after: Option<u64>, limit: usize) -> (Vec<u64>, bool) {
        let (heights, is_more) = heights(Height::from(tip), order, after.map(Height::from), limit);
        (heights.into_iter().map(Height::as_u64).collect(), is_more)
    }

    #[test]
    fn pages_follow_each_other_without_a_gap_in_both_orders() {
        use Order::{Newest, Oldest};
        for (asked, expected) in [
            ((5, Newest, None, 2), (vec![5, 4], true)),
            ((5, Newest, Some(4), 3), (vec![3, 2, 1], true)),
            ((5, Newest, Some(4), 4), (vec![3, 2, 1, 0], false)),
            ((5, Newest, Some(0), 4), (vec![], false)),
            ((0, Newest, None, 1), (vec![0], false)),
            ((5, Oldest, None, 2), (vec![0, 1], true)),
            ((5, Oldest, Some(1), 4), (vec![2, 3, 4, 5], false)),
            ((5, Oldest, Some(1), 3), (vec![2, 3, 4], true)),
            ((5, Oldest, Some(5), 3), (vec![], false)),
            ((5, Oldest, Some(u64::MAX), 3), (vec![], false)),
        ] {
            let (tip, order, after, limit) = asked;
            assert_eq!(page(tip, order, after, limit), expected, "{asked:?}");
        }
    }

    #[test]
    fn a_cursor_has_one_text() {
        let hash = ChainBuilder::easy().tip().hash();
        for position in [None, Some(0), Some(12)] {
            let cursor = Cursor { height: Height::from(7), hash, position };
            assert_eq!(cursor.to_string().parse::<Cursor>().expect("it was written so"), cursor);
        }
        for wrong in ["", "7", "7-", "x-00", &format!("07-{hash}"), &format!("7-{hash}-"), &format!("7-{hash}-1-2")] {
            wrong.parse::<Cursor>().expect_err(wrong);
        }
    }

    #[test]
    fn a_cursor_off_the_chain_is_gone_and_says_where_the_chain_left_it() {
        let mut builder = ChainBuilder::easy();
        builder.mine_many(1, 2);
        let mut fork = builder.fork_at(1);
        let mut chain = builder.chain();
        let cursor =
            |builder: &ChainBuilder| Cursor { height: builder.height(), hash: builder.tip().hash(), position: None };
        let old = cursor(&builder);
        assert!(old.check(&chain).is_ok());
        fork.mine_many(2, 2);
        for block in &fork.blocks()[1..] {
            chain.insert_block(block.clone(), fork.now(), &|_| false).expect("valid");
        }
        assert!(cursor(&fork).check(&chain).is_ok());
        let Err(Refused(status, receipt)) = old.check(&chain) else { panic!("it left the chain") };
        assert_eq!(status, StatusCode::GONE);
        assert!(receipt.found.ends_with("at height 1"), "{receipt}");
        let made_up = Cursor { height: Height::from(3), hash: BlockHash::ZERO, position: None };
        assert!(matches!(made_up.check(&chain), Err(Refused(StatusCode::BAD_REQUEST, _))));
    }
}
