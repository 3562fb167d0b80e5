//! What the targets' inputs speak of: the chains of a small world, and dice that the input throws.

use std::sync::LazyLock;

use shared::state::Ledger;
use shared::testing::world::{FEES, tree};
pub(crate) use shared::testing::world::{KEYS, PAYMENTS, RICH, late, trivial_params};
use shared::{Amount, Block, SignedPayment};

/// Chains that share their first blocks with [`RICH`] and then go their own ways. They hold some of [`PAYMENTS`].
pub(crate) static FORKS: LazyLock<Vec<Vec<Block>>> = LazyLock::new(|| {
    let mut trunk = RICH.clone();
    let mut forks = Vec::new();
    for (branch, (at, length, interval_ms)) in
        [(2, 3, 10_000), (3, 2, 4_000), (4, 3, 9_000), (4, 4, 12_000), (1, 6, 10_000)].into_iter().enumerate()
    {
        let mut fork = trunk.fork_at(at);
        fork.set_interval_ms(interval_ms);
        for block in 0..length {
            let payments: &[SignedPayment] = if block == 1 { &PAYMENTS[branch % FEES.len()..][..1] } else { &[] };
            fork.mine(branch as u64, payments);
        }
        forks.push(fork.blocks().to_vec());
    }
    forks
});

/// Every block of [`FORKS`], parents before their children.
pub(crate) static TREE: LazyLock<Vec<Block>> = LazyLock::new(|| tree(&FORKS));

/// The coins there are: one reward for each block, and all of them somebody's.
pub(crate) fn check_supply(ledger: &Ledger, height: u64) {
    assert_eq!(ledger.supply().units(), trivial_params().reward.units() * height);
    let total = Amount::sum(ledger.accounts().map(|(_, account)| account.balance));
    assert_eq!(total, Some(ledger.supply()));
}

/// Choices, one byte of the input each. When the input is used up, [`Dice::is_over`].
pub(crate) struct Dice<'a>(arbitrary::Unstructured<'a>);

impl<'a> Dice<'a> {
    pub(crate) fn new(input: &'a [u8]) -> Self {
        Self(arbitrary::Unstructured::new(input))
    }

    pub(crate) fn is_over(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn byte(&mut self) -> u8 {
        self.0.arbitrary().unwrap_or_default()
    }

    pub(crate) fn number(&mut self) -> u64 {
        self.0.arbitrary().unwrap_or_default()
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        usize::from(self.byte()) % bound.max(1)
    }

    pub(crate) fn is_yes(&mut self) -> bool {
        self.byte() & 1 == 1
    }

    pub(crate) fn pick<'b, T>(&mut self, of: &'b [T]) -> &'b T {
        &of[self.below(of.len())]
    }

    /// Up to 255 bytes as they are.
    pub(crate) fn bytes(&mut self) -> &'a [u8] {
        let count = usize::from(self.byte()).min(self.0.len());
        self.0.bytes(count).unwrap_or_default()
    }
}
