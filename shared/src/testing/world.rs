//! A small world that is made once: a chain on which a few keys have coins, and everything they could pay with them.
//! Properties and fuzz targets draw from it, so that a case costs neither proofs nor signatures.

use std::sync::LazyLock;

use super::{ChainBuilder, easy_params, payment};
use crate::values::{Amount, Block, CompactTarget, Params, SignedPayment, Timestamp};

/// How many keys have coins in [`RICH`].
pub const KEYS: u64 = 4;
/// How many payments in sequence each of them has signed in [`PAYMENTS`].
pub const SEQUENCES: u64 = 4;
/// The fees of [`PAYMENTS`], in units.
pub const FEES: [u64; 3] = [0, 7, 1_000];

/// Parameters under which nearly every hash is a proof.
pub fn trivial_params() -> Params {
    Params { target_limit: CompactTarget::from_bits(0x2100_ffff), ..easy_params() }
}

/// A time later than that of any block of this world.
pub fn late() -> Timestamp {
    easy_params().genesis_time.plus_ms(86_400_000)
}

/// A chain on which each of the first [`KEYS`] keys has mined one block of ten coins.
pub static RICH: LazyLock<ChainBuilder> = LazyLock::new(|| {
    let mut builder = ChainBuilder::new(trivial_params());
    for miner in 0..KEYS {
        builder.mine(miner, &[]);
    }
    builder
});

/// Signed payments between the keys of [`RICH`], 3 coins each: of every sender, sequence number and fee one. So three in
/// sequence can be paid, and a fourth cannot.
pub static PAYMENTS: LazyLock<Vec<SignedPayment>> = LazyLock::new(|| {
    let mut payments = Vec::new();
    for sender in 0..KEYS {
        for sequence in 0..SEQUENCES {
            for fee in FEES {
                let (amount, fee) = (Amount::from_coins(3), Amount::from_units(fee));
                payments.push(payment(RICH.network(), sender, (sender + 1) % KEYS, amount, fee, sequence));
            }
        }
    }
    payments
});

/// All blocks of some chains, each once, parents before their children.
pub fn tree(chains: &[Vec<Block>]) -> Vec<Block> {
    let mut tree: Vec<Block> = Vec::new();
    for block in chains.iter().flatten() {
        if !tree.contains(block) {
            tree.push(block.clone());
        }
    }
    tree
}
