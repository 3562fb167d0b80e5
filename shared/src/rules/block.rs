//! The rules of a block's body that need no account: its size, its root, its reward, its payments' form and signatures.
//!
//! What they leave open, whether each sender has the money, is asked when the block is
//! [applied](crate::state::ledger::Ledger::apply).

use super::header::HeaderError;
use super::receipt::{Receipt, Refusal};
use super::transaction::{self, PaymentError};
use crate::values::{
    Amount, BLOCK_BYTES_MAX, Block, BlockHash, Header, Height, MerkleRoot, NetworkId, Params, Reward, SignedPayment,
    Transaction, TransactionId,
};

/// Why a block is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BlockError {
    /// Its header breaks a rule.
    #[error(transparent)]
    Header(#[from] HeaderError),
    /// Its header is not known (yet).
    #[error("header of block {hash} is not known")]
    UnknownHeader {
        /// The block.
        hash: BlockHash,
    },
    /// The transactions are not the ones that the header commits to. This says nothing against the header.
    #[error("transactions have root {found}, the header commits to {expected}")]
    Root {
        /// The header's root.
        expected: MerkleRoot,
        /// The root of what came.
        found: MerkleRoot,
    },
    /// It takes more bytes than a block may.
    #[error("block of {bytes} bytes, allowed {BLOCK_BYTES_MAX}")]
    Size {
        /// Its encoded length.
        bytes: usize,
    },
    /// It does not begin with a reward.
    #[error("block does not begin with a reward")]
    NoReward,
    /// A second reward.
    #[error("transaction {position} is a second reward")]
    SecondReward {
        /// Where it stands, the first being 0.
        position: usize,
    },
    /// The reward names another height, so its id would not be its own.
    #[error("reward names height {found}, the block's is {expected}")]
    RewardHeight {
        /// The block's height.
        expected: Height,
        /// The one the reward names.
        found: Height,
    },
    /// The reward is not what the network gives plus the fees.
    #[error("reward pays {paid}, reward and fees are {allowed}")]
    RewardAmount {
        /// What the network gives plus the fees.
        allowed: Amount,
        /// What it pays.
        paid: Amount,
    },
    /// The network's reward and the fees together are more than can be written.
    #[error("fees overflow")]
    FeesOverflow,
    /// All coins together would be more than can be written.
    #[error("a supply of {supply} and a reward of {reward} overflow")]
    SupplyOverflow {
        /// The coins there are.
        supply: Amount,
        /// What the block would add.
        reward: Amount,
    },
    /// One of its payments breaks a rule.
    #[error("payment {}: {error}", id.short())]
    Payment {
        /// Which payment.
        id: TransactionId,
        /// Which rule.
        error: PaymentError,
    },
}

impl BlockError {
    /// Whether whoever sent it broke a rule; if not, it may be taken later.
    pub fn is_misbehaviour(&self) -> bool {
        match self {
            Self::Header(error) => error.is_misbehaviour(),
            Self::UnknownHeader { .. } => false,
            _ => true,
        }
    }
}

impl Refusal for BlockError {
    fn receipt(&self) -> Receipt {
        let (rule, expected, found) = match self {
            Self::Header(error) => return error.receipt(),
            Self::UnknownHeader { hash } => ("header", "a block whose header is known".to_owned(), hash.to_string()),
            Self::Root { expected, found } => ("root", expected.to_string(), found.to_string()),
            Self::Size { bytes } => {
                ("block size", format!("at most {BLOCK_BYTES_MAX} bytes"), format!("{bytes} bytes"))
            }
            Self::NoReward => ("reward", "a reward first".to_owned(), "none".to_owned()),
            Self::SecondReward { position } => {
                ("reward", "one reward".to_owned(), format!("a second as transaction {position}"))
            }
            Self::RewardHeight { expected, found } => ("reward height", expected.to_string(), found.to_string()),
            Self::RewardAmount { allowed, paid } => {
                ("reward", format!("{}, reward and fees", allowed.with_unit()), paid.with_unit())
            }
            Self::FeesOverflow => ("reward", format!("at most {} coins", Amount::MAX), "more".to_owned()),
            Self::SupplyOverflow { supply, reward } => {
                ("supply", format!("at most {} coins in all", Amount::MAX), format!("{supply} and {reward} more"))
            }
            Self::Payment { id, error } => {
                let Receipt { rule, expected, found } = error.receipt();
                return Receipt::new(rule, expected, format!("{found}, in payment {}", id.short()));
            }
        };
        Receipt::new(rule, expected, found)
    }
}

/// The header's root is the transactions' root.
///
/// # Errors
/// [`BlockError::Root`].
pub fn check_root(block: &Block) -> Result<(), BlockError> {
    check_root_of(&block.header, block.root())
}

/// The header's root is this one, which is that of the transactions.
///
/// # Errors
/// [`BlockError::Root`].
pub fn check_root_of(header: &Header, found: MerkleRoot) -> Result<(), BlockError> {
    let expected = header.root;
    if found == expected { Ok(()) } else { Err(BlockError::Root { expected, found }) }
}

/// A block takes at most [`BLOCK_BYTES_MAX`] bytes.
///
/// # Errors
/// [`BlockError::Size`].
pub fn check_size(block: &Block) -> Result<(), BlockError> {
    let bytes = block.encoded_len();
    if bytes > BLOCK_BYTES_MAX { Err(BlockError::Size { bytes }) } else { Ok(()) }
}

/// A block begins with a reward.
///
/// # Errors
/// [`BlockError::NoReward`].
pub fn check_reward_is_first(block: &Block) -> Result<&Reward, BlockError> {
    match block.transactions.first() {
        Some(Transaction::Reward(reward)) => Ok(reward),
        _ => Err(BlockError::NoReward),
    }
}

/// All transactions but the first are payments.
///
/// # Errors
/// [`BlockError::SecondReward`].
pub fn check_reward_is_only(block: &Block) -> Result<(), BlockError> {
    let second =
        block.transactions.iter().skip(1).position(|transaction| matches!(transaction, Transaction::Reward(_)));
    second.map_or(Ok(()), |index| Err(BlockError::SecondReward { position: index + 1 }))
}

/// The reward names the block's height.
///
/// # Errors
/// [`BlockError::RewardHeight`].
pub fn check_reward_height(reward: &Reward, height: Height) -> Result<(), BlockError> {
    let (expected, found) = (height, reward.height);
    if found == expected { Ok(()) } else { Err(BlockError::RewardHeight { expected, found }) }
}

/// What a block's miner gets: what the network gives and the fees.
///
/// # Errors
/// [`BlockError::FeesOverflow`].
pub fn reward_and_fees<'a>(
    reward: Amount,
    payments: impl IntoIterator<Item = &'a SignedPayment>,
) -> Result<Amount, BlockError> {
    let fees = payments.into_iter().map(|signed| signed.payment.fee);
    Amount::sum(std::iter::once(reward).chain(fees)).ok_or(BlockError::FeesOverflow)
}

/// The reward is exactly what the network gives and the fees, no more and no less, so that the height tells the supply.
///
/// # Errors
/// [`BlockError::RewardAmount`].
pub fn check_reward_amount(paid: Amount, allowed: Amount) -> Result<(), BlockError> {
    if paid == allowed { Ok(()) } else { Err(BlockError::RewardAmount { allowed, paid }) }
}

/// The payments of a block, in order.
pub fn payments(block: &Block) -> impl Iterator<Item = &SignedPayment> {
    block.transactions.iter().filter_map(|transaction| match transaction {
        Transaction::Payment(signed) => Some(signed),
        Transaction::Reward(_) => None,
    })
}

/// All rules of a body that need neither an account nor a signature check; the root is checked apart, because a wrong
/// root is the sender's fault and everything here the miner's.
///
/// # Errors
/// The first rule that is broken.
pub fn check_form(block: &Block, params: &Params, network: NetworkId) -> Result<(), BlockError> {
    check_size(block)?;
    let reward = check_reward_is_first(block)?;
    check_reward_is_only(block)?;
    check_reward_height(reward, block.header.height)?;
    for signed in payments(block) {
        transaction::check_form(signed, network).map_err(|error| BlockError::Payment { id: signed.id(), error })?;
    }
    let allowed = reward_and_fees(params.reward, payments(block))?;
    check_reward_amount(reward.amount, allowed)
}

/// Every payment is signed by its sender. Those that `is_verified` knows are not verified again; the rest are, in one
/// batch.
///
/// # Errors
/// [`BlockError::Payment`] for the first that was forged.
pub fn check_signatures(block: &Block, is_verified: &dyn Fn(&SignedPayment) -> bool) -> Result<(), BlockError> {
    let unverified: Vec<_> = payments(block).filter(|signed| !is_verified(signed)).collect();
    transaction::check_signatures(&unverified).map_err(|(signed, error)| BlockError::Payment { id: signed.id(), error })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{ChainBuilder, address, key, payment};
    use crate::values::{Memo, Payment};

    /// A chain in which key 1 has some coins.
    fn builder() -> ChainBuilder {
        let mut builder = ChainBuilder::easy();
        builder.mine_many(1, 3);
        builder
    }

    fn pay(builder: &ChainBuilder) -> SignedPayment {
        builder.pay(1, 2, Amount::from_coins(4), Amount::from_units(100_000))
    }

    fn check(block: &Block) -> Result<(), BlockError> {
        let builder = builder();
        check_form(block, builder.params(), builder.network())
    }

    fn reward(block: &mut Block) -> &mut Reward {
        match &mut block.transactions[0] {
            Transaction::Reward(reward) => reward,
            Transaction::Payment(_) => panic!("the first is the reward"),
        }
    }

    /// A block of exactly so many bytes: many payments, and memos to make up the rest.
    fn block_of(bytes: usize) -> Block {
        let builder = builder();
        let smallest = pay(&builder).encoded_len();
        let space = bytes - builder.draft(1, &[]).encoded_len();
        let count = space / smallest;
        let mut rest = space - count * smallest;
        let payments: Vec<_> = (0..count)
            .map(|sequence| {
                let mut signed = payment(builder.network(), 1, 2, Amount::from_units(1), Amount::ZERO, sequence as u64);
                let memo = rest.min(64);
                rest -= memo;
                signed.payment.memo = Memo::new("x".repeat(memo)).expect("short");
                signed
            })
            .collect();
        builder.draft(1, &payments)
    }

    #[test]
    fn a_block_with_and_without_payments_is_in_order() {
        let builder = builder();
        assert_eq!(check(&builder.draft(1, &[])), Ok(()));
        assert_eq!(check(&builder.draft(1, &[pay(&builder)])), Ok(()));
    }

    #[test]
    fn a_root_of_other_transactions_is_refused() {
        let builder = builder();
        let mut block = builder.draft(1, &[pay(&builder)]);
        assert_eq!(check_root(&block), Ok(()));
        let expected = block.header.root;
        block.transactions.pop();
        assert_eq!(check_root(&block), Err(BlockError::Root { expected, found: block.root() }));
    }

    #[test]
    fn the_root_commits_to_signatures_too() {
        let builder = builder();
        let mut signed = pay(&builder);
        let mut block = builder.draft(1, &[signed.clone()]);
        signed.signature = key(1).sign(b"another");
        block.transactions[1] = Transaction::Payment(signed);
        assert!(matches!(check_root(&block), Err(BlockError::Root { .. })));
    }

    #[test]
    fn a_block_at_the_size_limit_is_taken_and_one_byte_more_is_not() {
        let (full, over) = (block_of(BLOCK_BYTES_MAX), block_of(BLOCK_BYTES_MAX + 1));
        assert_eq!(full.encoded_len(), BLOCK_BYTES_MAX);
        assert_eq!(check(&full), Ok(()));
        assert_eq!(check(&over), Err(BlockError::Size { bytes: BLOCK_BYTES_MAX + 1 }));
    }

    #[test]
    fn a_block_without_a_reward_or_with_it_elsewhere_is_refused() {
        let builder = builder();
        let mut block = builder.draft(1, &[pay(&builder)]);
        block.transactions.swap(0, 1);
        assert_eq!(check(&block), Err(BlockError::NoReward));
        block.transactions.clear();
        assert_eq!(check(&block), Err(BlockError::NoReward));
    }

    #[test]
    fn a_second_reward_is_refused_wherever_it_stands() {
        let builder = builder();
        for position in [1, 2] {
            let mut block = builder.draft(1, &[pay(&builder)]);
            let reward = block.transactions[0].clone();
            block.transactions.insert(position, reward);
            assert_eq!(check(&block), Err(BlockError::SecondReward { position }));
        }
    }

    #[test]
    fn a_reward_for_another_height_is_refused() {
        let mut block = builder().draft(1, &[]);
        for found in [3, 5].map(Height::from) {
            reward(&mut block).height = found;
            assert_eq!(check(&block), Err(BlockError::RewardHeight { expected: Height::from(4), found }));
        }
    }

    #[test]
    fn a_reward_is_exactly_what_the_network_gives_and_the_fees() {
        let builder = builder();
        let allowed = Amount::from_units(10_100_000);
        for (paid, is_ok) in [(10_100_000, true), (10_100_001, false), (10_099_999, false), (10_000_000, false)] {
            let mut block = builder.draft(1, &[pay(&builder)]);
            let paid = Amount::from_units(paid);
            reward(&mut block).amount = paid;
            let expected = if is_ok { Ok(()) } else { Err(BlockError::RewardAmount { allowed, paid }) };
            assert_eq!(check(&block), expected);
        }
    }

    #[test]
    fn fees_that_overflow_are_refused() {
        let builder = builder();
        let most = Amount::MAX.saturating_sub(Amount::from_units(1));
        let greedy = |fee| payment(builder.network(), 1, 2, Amount::from_units(1), fee, 0);
        let mut block = builder.draft(1, &[]);
        block.transactions.push(Transaction::Payment(greedy(most)));
        assert_eq!(check(&block), Err(BlockError::FeesOverflow));
    }

    #[test]
    fn a_payment_that_breaks_a_rule_is_named() {
        let builder = builder();
        let payments = [pay(&builder), builder.pay(1, 2, Amount::ZERO, Amount::ZERO)];
        let id = payments[1].id();
        assert_eq!(check(&builder.draft(1, &payments)), Err(BlockError::Payment { id, error: PaymentError::NoAmount }));
        let elsewhere = ChainBuilder::new(crate::values::Params::main()).pay(1, 2, Amount::from_coins(1), Amount::ZERO);
        let error = check(&builder.draft(1, &[elsewhere])).expect_err("of another network");
        assert_eq!(error.receipt().rule, "network");
    }

    #[test]
    fn a_forged_signature_is_named_unless_that_very_payment_is_known_to_be_verified() {
        let builder = builder();
        let good = pay(&builder);
        let stolen = Payment { receiver: address(9), sequence: 1, ..good.payment.clone() };
        let forged = SignedPayment { payment: stolen, signature: good.signature };
        let block = builder.draft(1, &[good.clone(), forged.clone()]);
        assert_eq!(check_signatures(&builder.draft(1, &[good]), &|_| false), Ok(()));
        let error = PaymentError::Signature { sender: key(1).public() };
        let refusal = Err(BlockError::Payment { id: forged.id(), error });
        assert_eq!(check_signatures(&block, &|_| false), refusal);
        assert_eq!(check_signatures(&block, &|signed| *signed != forged), refusal);
        assert_eq!(check_signatures(&block, &|signed| *signed == forged), Ok(()));
    }
}
