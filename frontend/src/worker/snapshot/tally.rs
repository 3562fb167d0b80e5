//! Counts over one address's whole history, kept up with the chain block by block: counting anew for every snapshot
//! would read every block of a diligent miner.

use shared::state::chain::Chain;
use shared::{Address, Block, BlockHash, Height, Transaction};

/// What the active chain holds for one address.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    /// Per block that concerns the address, rising: height, hash, entries, whether the address mined it.
    blocks: Vec<(Height, BlockHash, u64, bool)>,
    entries: u64,
    mined: u64,
}

impl Tally {
    /// Follows the chain to where it is now.
    pub(super) fn follow(&mut self, chain: &Chain, address: &Address) {
        while let Some(&(height, hash, entries, mined)) = self.blocks.last() {
            if chain.hash_at(height) == Some(hash) {
                break;
            }
            self.blocks.pop();
            self.entries -= entries;
            self.mined -= u64::from(mined);
        }
        let known = self.blocks.last().map(|(height, ..)| *height);
        let mut new: Vec<Height> =
            chain.heights_of(address).rev().take_while(|height| known.is_none_or(|known| *height > known)).collect();
        new.reverse();
        for height in new {
            let Some(block) = chain.hash_at(height).and_then(|hash| chain.block(&hash)) else { continue };
            let (entries, mined) = count(&block, address);
            self.blocks.push((height, block.hash(), entries, mined));
            self.entries += entries;
            self.mined += u64::from(mined);
        }
    }

    /// Entries of the address's history in the active chain.
    pub(super) fn entries(&self) -> u64 {
        self.entries
    }

    /// Blocks of the active chain whose reward went to the address.
    pub(super) fn mined(&self) -> u64 {
        self.mined
    }
}

fn count(block: &Block, address: &Address) -> (u64, bool) {
    let mut mined = false;
    let concerns = |transaction: &&Transaction| match transaction {
        Transaction::Reward(reward) => reward.receiver == *address,
        Transaction::Payment(signed) => {
            signed.payment.receiver == *address || signed.payment.sender.address() == *address
        }
    };
    if let Some(Transaction::Reward(reward)) = block.transactions.first() {
        mined = reward.receiver == *address;
    }
    (block.transactions.iter().filter(concerns).count() as u64, mined)
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::testing::{ChainBuilder, address};
    use shared::{Amount, Timestamp};

    const OWN: u64 = 1;

    fn check(tally: &mut Tally, chain: &Chain) {
        tally.follow(chain, &address(OWN));
        let mut anew = Tally::default();
        anew.follow(chain, &address(OWN));
        assert_eq!((tally.entries(), tally.mined()), (anew.entries(), anew.mined()));
    }

    #[test]
    fn counts_follow_the_chain_as_it_grows() {
        let mut builder = ChainBuilder::easy();
        builder.mine_many(OWN, 2);
        builder.mine_many(2, 3);
        let mut tally = Tally::default();
        tally.follow(&builder.chain(), &address(OWN));
        assert_eq!((tally.entries(), tally.mined()), (2, 2));
        let payment = builder.pay(OWN, 2, Amount::from_coins(1), Amount::ZERO);
        builder.mine(OWN, &[payment]);
        tally.follow(&builder.chain(), &address(OWN));
        assert_eq!((tally.entries(), tally.mined()), (4, 3));
        check(&mut tally, &builder.chain());
    }

    #[test]
    fn counts_of_an_abandoned_branch_are_taken_back() {
        let mut builder = ChainBuilder::easy();
        builder.mine_many(OWN, 4);
        let mut other = builder.fork_at(2);
        let mut chain = builder.chain();
        let mut tally = Tally::default();
        tally.follow(&chain, &address(OWN));
        assert_eq!(tally.mined(), 4);
        other.mine_many(2, 4);
        for block in other.blocks() {
            chain.insert_block(block.clone(), Timestamp::from_ms(u64::MAX), &|_| false).expect("valid blocks");
        }
        check(&mut tally, &chain);
        assert_eq!(tally.mined(), 2);
    }
}
