//! What is made once for all cases, beside the small world: keys, and chains of few blocks.

use std::sync::LazyLock;

use shared::state::{Chain, MemoryBodies};
use shared::testing::key;
pub(crate) use shared::testing::world::{FEES, KEYS, RICH, SEQUENCES, late, trivial_params};
use shared::testing::world::{PAYMENTS, tree};
use shared::{Amount, Block, Params, SecretKey, SignedPayment};

/// An empty chain of these parameters.
pub(crate) fn empty(params: &Params) -> Chain {
    Chain::new(params.clone(), Box::new(MemoryBodies::default()))
}

/// The first keys, whose derivation costs a multiplication of a point.
pub(crate) static SECRETS: LazyLock<Vec<SecretKey>> = LazyLock::new(|| (0..16).map(key).collect());

/// The payment of [`PAYMENTS`] from this sender, with this sequence number and this place among [`FEES`].
pub(crate) fn signed(sender: u64, sequence: u64, fee: usize) -> &'static SignedPayment {
    let at = (sender * SEQUENCES + sequence) as usize * FEES.len() + fee;
    &PAYMENTS[at]
}

/// Chains that share their first two blocks and then go their own ways, at their own paces: different lengths, works
/// and payments.
pub(crate) static FORKS: LazyLock<Vec<Vec<Block>>> = LazyLock::new(|| {
    let mut trunk = RICH.clone();
    let mut forks = Vec::new();
    for (branch, (at, length, interval_ms)) in
        [(2, 3, 10_000), (2, 2, 4_000), (3, 2, 9_000), (3, 3, 12_000), (4, 1, 10_000)].into_iter().enumerate()
    {
        let mut fork = trunk.fork_at(at);
        fork.set_interval_ms(interval_ms);
        for block in 0..length {
            let pays = block + branch == 2;
            let pay = fork.pay(0, 9, Amount::from_units(5), Amount::from_units(1));
            fork.mine(branch as u64, if pays { std::slice::from_ref(&pay) } else { &[] });
        }
        forks.push(fork.blocks().to_vec());
    }
    forks
});

/// All blocks of [`FORKS`], each once, parents before their children.
pub(crate) static TREE: LazyLock<Vec<Block>> = LazyLock::new(|| tree(&FORKS));
