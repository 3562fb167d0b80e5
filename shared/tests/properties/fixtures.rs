//! What is made once for all cases: keys, signed payments, and chains of few blocks.

use std::sync::LazyLock;

use shared::state::{Chain, MemoryBodies};
use shared::testing::{ChainBuilder, easy_params, key, payment};
use shared::{Amount, Block, CompactTarget, Params, SecretKey, SignedPayment, Timestamp};

/// How many keys have coins in [`RICH`].
pub(crate) const KEYS: u64 = 4;
/// How many payments in sequence each of them has signed in [`PAYMENTS`].
pub(crate) const SEQUENCES: u64 = 4;
/// The fees of [`PAYMENTS`], in units.
pub(crate) const FEES: [u64; 3] = [0, 7, 1_000];

/// Parameters under which nearly every hash is a proof.
pub(crate) fn trivial_params() -> Params {
    Params { target_limit: CompactTarget::from_bits(0x2100_ffff), ..easy_params() }
}

/// An empty chain of these parameters.
pub(crate) fn empty(params: &Params) -> Chain {
    Chain::new(params.clone(), Box::new(MemoryBodies::default()))
}

/// A time later than that of any block made here.
pub(crate) fn late() -> Timestamp {
    easy_params().genesis_time.plus_ms(86_400_000)
}

/// The first keys, whose derivation costs a multiplication of a point.
pub(crate) static SECRETS: LazyLock<Vec<SecretKey>> = LazyLock::new(|| (0..16).map(key).collect());

/// A chain on which each of the first [`KEYS`] keys has mined one block of ten coins.
pub(crate) static RICH: LazyLock<ChainBuilder> = LazyLock::new(|| {
    let mut builder = ChainBuilder::new(trivial_params());
    for miner in 0..KEYS {
        builder.mine(miner, &[]);
    }
    builder
});

/// Signed payments between the keys of [`RICH`], 3 coins each: of every sender, sequence number and fee one. So three in
/// sequence can be paid, and a fourth cannot.
pub(crate) static PAYMENTS: LazyLock<Vec<SignedPayment>> = LazyLock::new(|| {
    let network = RICH.network();
    let mut payments = Vec::new();
    for sender in 0..KEYS {
        for sequence in 0..SEQUENCES {
            for fee in FEES {
                let (amount, fee) = (Amount::from_coins(3), Amount::from_units(fee));
                payments.push(payment(network, sender, (sender + 1) % KEYS, amount, fee, sequence));
            }
        }
    }
    payments
});

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
pub(crate) static TREE: LazyLock<Vec<Block>> = LazyLock::new(|| {
    let mut tree: Vec<Block> = Vec::new();
    for block in FORKS.iter().flatten() {
        if !tree.contains(block) {
            tree.push(block.clone());
        }
    }
    tree
});
