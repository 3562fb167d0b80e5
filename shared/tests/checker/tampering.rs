//! Chains that break one rule each.

use shared::testing::{ChainBuilder, key, solve, solve_header};
use shared::{
    Amount, Block, BlockHash, CompactTarget, Height, Memo, MerkleRoot, NetworkId, Payment, Proof, Reward, Signature,
    SignedPayment, Target, Transaction,
};

use crate::tool::{all_blocks, assert_refused};

/// Five coins from key 1 and ten from key 2, so that every tampered payment below has a sender with money.
fn funded() -> ChainBuilder {
    let mut builder = ChainBuilder::easy();
    builder.mine_many(1, 2);
    builder.mine(2, &[]);
    builder.mine(1, &[builder.pay(1, 2, Amount::from_coins(3), Amount::from_units(500_000))]);
    builder
}

/// A block that breaks a rule, made on top of [`funded`], and the rule.
type Tampering = (&'static str, &'static str, fn(&ChainBuilder) -> Block);

/// A solved block of these payments, whose reward fits them.
fn block_of(builder: &ChainBuilder, payments: &[SignedPayment]) -> Block {
    let mut block = builder.draft(1, payments);
    solve(&mut block);
    block
}

/// A solved block whose header was changed.
fn header_with(builder: &ChainBuilder, change: impl FnOnce(&mut Block)) -> Block {
    let mut block = builder.draft(1, &[]);
    change(&mut block);
    solve_header(&mut block.header);
    block
}

/// A solved block whose transactions were changed.
fn body_with(builder: &ChainBuilder, change: impl FnOnce(&mut Vec<Transaction>)) -> Block {
    let mut block = builder.draft(1, &[a_payment(builder)]);
    change(&mut block.transactions);
    solve(&mut block);
    block
}

fn a_payment(builder: &ChainBuilder) -> SignedPayment {
    builder.pay(1, 2, Amount::from_coins(1), Amount::from_units(5))
}

/// A payment that was changed and signed again.
fn resigned(builder: &ChainBuilder, change: impl FnOnce(&mut Payment)) -> SignedPayment {
    let mut payment = a_payment(builder).payment;
    change(&mut payment);
    payment.sign(&key(1))
}

fn reward(transactions: &mut [Transaction]) -> &mut Reward {
    match &mut transactions[0] {
        Transaction::Reward(reward) => reward,
        Transaction::Payment(_) => panic!("a builder's block begins with its reward"),
    }
}

const TAMPERINGS: [Tampering; 31] = [
    ("an unknown parent", "previous hash", |chain| {
        header_with(chain, |block| block.header.previous_hash = BlockHash::from_bytes([7; 32]))
    }),
    ("no parent", "previous hash", |chain| {
        header_with(chain, |block| block.header.previous_hash = BlockHash::from_bytes([0; 32]))
    }),
    ("version 2", "header version", |chain| header_with(chain, |block| block.header.version = 2)),
    ("version 0", "header version", |chain| header_with(chain, |block| block.header.version = 0)),
    ("a height too high", "height", |chain| {
        header_with(chain, |block| block.header.height = block.header.height.next())
    }),
    ("a height too low", "height", |chain| header_with(chain, |block| block.header.height = Height::ZERO)),
    ("an easier target", "target", |chain| {
        header_with(chain, |block| block.header.target = CompactTarget::from_bits(0x2001_0000))
    }),
    ("a harder target", "target", |chain| {
        header_with(chain, |block| block.header.target = CompactTarget::from_bits(0x2000_fffe))
    }),
    ("the median's time", "time", |chain| {
        // Five blocks with the genesis: the middle one is the third.
        header_with(chain, |block| block.header.timestamp = chain.blocks()[1].header.timestamp)
    }),
    ("a false proof", "proof of work", |chain| {
        let mut block = block_of(chain, &[]);
        while verify_work(&block) {
            block.header.proof = Proof(block.header.proof.0 + 1);
        }
        block
    }),
    ("another root", "root", |chain| header_with(chain, |block| block.header.root = MerkleRoot::from_bytes([3; 32]))),
    ("a memo changed afterwards", "root", |chain| {
        let mut block = block_of(chain, &[a_payment(chain)]);
        block.transactions[1] =
            Transaction::Payment(resigned(chain, |payment| payment.memo = Memo::new("!").expect("short")));
        block
    }),
    ("a signature changed afterwards", "root", |chain| {
        let mut block = block_of(chain, &[a_payment(chain)]);
        let payment = a_payment(chain).payment;
        let signature = Signature::from_bytes([0; 64]);
        block.transactions[1] = Transaction::Payment(SignedPayment { payment, signature });
        block
    }),
    ("more than 256 KiB", "block size", |chain| {
        body_with(chain, |list| list.extend(vec![list[1].clone(); 256 * 1024 / list[1].encoded_len()]))
    }),
    ("no transactions", "reward", |chain| body_with(chain, Vec::clear)),
    ("a payment before the reward", "reward", |chain| body_with(chain, |list| list.swap(0, 1))),
    ("two rewards", "reward", |chain| body_with(chain, |list| list.push(list[0].clone()))),
    ("the reward of another height", "reward height", |chain| {
        body_with(chain, |list| reward(list).height = Height::from(1))
    }),
    ("a unit too much", "reward", |chain| {
        body_with(chain, |list| reward(list).amount = Amount::from_units(reward(list).amount.units() + 1))
    }),
    ("a reward that leaves the fees", "reward", |chain| {
        body_with(chain, |list| reward(list).amount = Amount::from_coins(10))
    }),
    ("fees past what can be written", "reward", |chain| {
        let half = resigned(chain, |payment| payment.fee = Amount::from_units(1 << 63));
        body_with(chain, |list| list.extend(vec![Transaction::Payment(half); 2]))
    }),
    ("fees up to what can be written", "balance", |chain| {
        let fee = Amount::from_units(u64::MAX - chain.params().reward.units());
        block_of(chain, &[resigned(chain, |payment| payment.fee = fee)])
    }),
    ("a payment of another network", "network", |chain| {
        block_of(chain, &[resigned(chain, |payment| payment.network = NetworkId::from_bytes([1; 32]))])
    }),
    ("a payment of nothing", "amount", |chain| {
        block_of(chain, &[resigned(chain, |payment| payment.amount = Amount::ZERO)])
    }),
    ("an amount and a fee that overflow", "amount", |chain| {
        block_of(chain, &[resigned(chain, |payment| payment.amount = Amount::MAX)])
    }),
    ("an amount and a fee up to what can be written", "balance", |chain| {
        let unpaid = resigned(chain, |payment| payment.amount = Amount::from_units(u64::MAX - payment.fee.units()));
        block_of(chain, &[unpaid])
    }),
    ("a forged signature", "signature", |chain| {
        let payment = a_payment(chain).payment;
        let forged = SignedPayment { payment: payment.clone(), signature: payment.sign(&key(2)).signature };
        block_of(chain, &[chain.pay(2, 1, Amount::from_coins(1), Amount::ZERO), forged])
    }),
    ("a payment made twice", "sequence number", |chain| block_of(chain, &[a_payment(chain), a_payment(chain)])),
    ("a payment of the chain made again", "sequence number", |chain| {
        let Transaction::Payment(made) = &chain.tip().transactions[1] else { panic!("its second is a payment") };
        block_of(chain, std::slice::from_ref(made))
    }),
    ("a payment before its turn", "sequence number", |chain| {
        block_of(chain, &[resigned(chain, |payment| payment.sequence += 1)])
    }),
    ("a unit more than there is", "balance", |chain| {
        let fee = Amount::from_units(chain.balance(1).units() + 1 - 1_000_000);
        block_of(chain, &[resigned(chain, |payment| payment.fee = fee)])
    }),
];

fn verify_work(block: &Block) -> bool {
    let target = Target::from_compact(block.header.target).expect("a builder's target");
    target.is_met_by(&block.hash())
}

#[test]
fn both_name_the_same_rule_at_the_same_height_of_a_tampered_chain() {
    let builder = funded();
    for (what, rule, tamper) in TAMPERINGS {
        let blocks = [all_blocks(&builder), vec![tamper(&builder)]].concat();
        assert_refused(what, builder.params(), &blocks, rule);
    }
}
