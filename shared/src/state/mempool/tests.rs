//! What the mempool takes, orders, drops and gives back.

use std::slice::from_ref;

use proptest::prelude::*;

use super::*;
use crate::rules::receipt::Refusal;
use crate::rules::transaction::PaymentError;
use crate::state::chain::TipChange;
use crate::testing::{ChainBuilder, address, key, payment};
use crate::values::{Block, Payment};

const LATE: u64 = 86_400_000;

fn coins(coins: u64) -> Amount {
    Amount::from_coins(coins)
}

fn units(units: u64) -> Amount {
    Amount::from_units(units)
}

/// A builder in which keys 1, 2 and 3 have 20 coins each, and a pool for it.
fn setting() -> (ChainBuilder, Mempool) {
    let mut builder = ChainBuilder::easy();
    for number in [1, 2, 3, 1, 2, 3] {
        builder.mine(number, &[]);
    }
    let mempool = Mempool::new(builder.network());
    (builder, mempool)
}

/// One coin from a key to key 9.
fn pay(builder: &ChainBuilder, from: u64, sequence: u64, fee: u64) -> SignedPayment {
    payment(builder.network(), from, 9, coins(1), units(fee), sequence)
}

fn insert(mempool: &mut Mempool, builder: &ChainBuilder, payments: &[SignedPayment]) -> Vec<TransactionId> {
    let take = |signed: &SignedPayment| mempool.insert(signed.clone(), builder.ledger()).expect("taken").id;
    payments.iter().map(take).collect()
}

fn refuse(mempool: &mut Mempool, builder: &ChainBuilder, signed: &SignedPayment) -> MempoolError {
    let before = format!("{mempool:?}");
    let error = mempool.insert(signed.clone(), builder.ledger()).expect_err("refused");
    assert_eq!(format!("{mempool:?}"), before, "a refused payment leaves no trace");
    error
}

fn ids<'a>(payments: impl IntoIterator<Item = &'a SignedPayment>) -> Vec<TransactionId> {
    payments.into_iter().map(SignedPayment::id).collect()
}

/// Every promise of the module's head, and that the bookkeeping adds up.
fn assert_consistent(mempool: &Mempool, ledger: &Ledger) {
    assert!(mempool.bytes <= mempool.bytes_max);
    assert_eq!(mempool.bytes, mempool.iter().map(SignedPayment::encoded_len).sum::<usize>());
    assert_eq!((mempool.len(), mempool.len()), (mempool.iter().count(), mempool.ranks.len()));
    for (sender, queue) in &mempool.queues {
        let account = ledger.account(sender);
        assert!(queue.cost <= account.balance && !queue.waiting.is_empty());
        assert!(queue.waiting.keys().copied().eq((account.next_sequence..).take(queue.waiting.len())));
        assert_eq!(Amount::sum(queue.waiting.values().map(|waiting| waiting.cost)), Some(queue.cost));
    }
    let rates: Vec<_> = mempool.iter().map(|signed| FeeRate::of(signed.payment.fee, signed.encoded_len())).collect();
    assert!(rates.is_sorted_by(|higher, lower| higher >= lower));
}

#[test]
fn a_payment_waits_until_it_is_confirmed() {
    let (mut builder, mut mempool) = setting();
    let signed = pay(&builder, 1, 0, 10);
    let id = insert(&mut mempool, &builder, from_ref(&signed))[0];
    assert_eq!((mempool.len(), mempool.bytes()), (1, signed.encoded_len()));
    assert!(mempool.holds(&signed) && mempool.get(&id) == Some(&signed));
    assert_eq!(mempool.leaving(&address(1)), units(1_000_010));
    assert_eq!(mempool.arriving(&address(9)), coins(1));
    assert_eq!(mempool.next_sequence(&address(1), builder.ledger()), 1);
    let connected = vec![builder.mine(4, &[signed])];
    let change = mempool.update(&TipChange::Extended { connected }, builder.ledger());
    assert_eq!(change, MempoolChange { confirmed: vec![id], ..MempoolChange::default() });
    assert!(mempool.is_empty() && mempool.bytes() == 0);
}

#[test]
fn a_payment_is_known_by_its_id_and_held_by_its_signature() {
    let (builder, mut mempool) = setting();
    let signed = pay(&builder, 1, 0, 10);
    let id = insert(&mut mempool, &builder, from_ref(&signed))[0];
    let forged = SignedPayment { signature: key(2).sign(b"other"), ..signed };
    assert_eq!(refuse(&mut mempool, &builder, &forged), MempoolError::Known { id });
    assert!(mempool.contains(&forged.id()) && !mempool.holds(&forged));
}

#[test]
fn what_is_wrong_on_any_chain_is_misbehaviour_and_what_depends_on_the_tip_is_not() {
    let (builder, mut mempool) = setting();
    let good = pay(&builder, 1, 0, 10);
    let changed = |change: fn(&mut Payment)| {
        let mut payment = good.payment.clone();
        change(&mut payment);
        payment.sign(&key(1))
    };
    let forged = SignedPayment { signature: key(2).sign(b"other"), ..good.clone() };
    for (signed, rule, is_misbehaviour) in [
        (forged, "signature", true),
        (changed(|payment| payment.network = NetworkId::ZERO), "network", true),
        (changed(|payment| payment.amount = Amount::ZERO), "amount", true),
        (changed(|payment| payment.fee = Amount::MAX), "amount", true),
        (changed(|payment| payment.amount = Amount::from_coins(20)), "balance", false),
        (changed(|payment| payment.sequence = 1), "sequence number", false),
    ] {
        let error = refuse(&mut mempool, &builder, &signed);
        assert_eq!((error.receipt().rule.as_str(), error.is_misbehaviour()), (rule, is_misbehaviour), "{error}");
    }
    insert(&mut mempool, &builder, &[good]);
}

#[test]
fn sequence_numbers_follow_the_chain_and_what_waits_without_a_gap() {
    let (mut builder, mut mempool) = setting();
    builder.mine(4, &[pay(&builder, 1, 0, 10)]);
    let refused = refuse(&mut mempool, &builder, &pay(&builder, 1, 0, 11));
    assert_eq!(refused, MempoolError::SequenceUsed { expected: 1, found: 0 });
    insert(&mut mempool, &builder, &[pay(&builder, 1, 1, 10)]);
    let refused = refuse(&mut mempool, &builder, &pay(&builder, 1, 3, 10));
    assert_eq!(refused, MempoolError::SequenceGap { expected: 2, found: 3 });
    insert(&mut mempool, &builder, &[pay(&builder, 1, 2, 10)]);
    assert_consistent(&mempool, builder.ledger());
}

#[test]
fn what_waits_counts_against_the_balance_and_what_arrives_does_not_count_for_it() {
    let (builder, mut mempool) = setting();
    let network = builder.network();
    let most = payment(network, 1, 9, coins(19), Amount::ZERO, 0);
    insert(&mut mempool, &builder, &[most, payment(network, 1, 9, coins(1), Amount::ZERO, 1)]);
    let (cost, balance) = (units(1), Amount::ZERO);
    let more = payment(network, 1, 9, units(1), Amount::ZERO, 2);
    let refusal = |cost| MempoolError::Payment(PaymentError::Balance { cost, balance });
    assert_eq!(refuse(&mut mempool, &builder, &more), refusal(cost));
    let arriving = payment(network, 9, 8, coins(1), Amount::ZERO, 0);
    assert_eq!(refuse(&mut mempool, &builder, &arriving), refusal(coins(1)));
}

#[test]
fn only_a_strictly_higher_fee_replaces_a_payment() {
    let (builder, mut mempool) = setting();
    let first = pay(&builder, 1, 0, 10);
    insert(&mut mempool, &builder, &[first.clone(), pay(&builder, 1, 1, 10)]);
    let same = payment(builder.network(), 1, 8, coins(1), units(10), 0);
    let (waiting, found) = (units(10), units(10));
    assert_eq!(refuse(&mut mempool, &builder, &same), MempoolError::FeeTooLow { waiting, found });
    let higher = payment(builder.network(), 1, 8, coins(1), units(11), 0);
    let accepted = mempool.insert(higher.clone(), builder.ledger()).expect("a higher fee");
    assert_eq!(accepted, Accepted { id: higher.id(), replaced: Some(first), evicted: Vec::new() });
    assert_eq!(mempool.len(), 2);
    assert_consistent(&mempool, builder.ledger());
}

#[test]
fn a_replacement_may_cost_what_the_replaced_payment_frees_and_no_more() {
    let (builder, mut mempool) = setting();
    let network = builder.network();
    insert(&mut mempool, &builder, &[pay(&builder, 1, 0, 0), payment(network, 1, 9, coins(19), Amount::ZERO, 1)]);
    let at_the_limit = payment(network, 1, 9, units(999_999), units(1), 0);
    let one_past_it = payment(network, 1, 9, coins(1), units(1), 0);
    assert_eq!(refuse(&mut mempool, &builder, &one_past_it).receipt().rule, "balance");
    insert(&mut mempool, &builder, &[at_the_limit]);
    assert_consistent(&mempool, builder.ledger());
}

#[test]
fn payments_are_chosen_by_fee_rate_and_each_senders_in_sequence() {
    let (builder, mut mempool) = setting();
    let payments = [
        pay(&builder, 1, 0, 10),
        pay(&builder, 1, 1, 1_000),
        pay(&builder, 2, 0, 500),
        pay(&builder, 2, 1, 20),
        pay(&builder, 3, 0, 10),
    ];
    let ids = insert(&mut mempool, &builder, &payments);
    let bytes = payments[0].encoded_len();
    let chosen = |bytes_left| mempool.select(bytes_left).iter().map(SignedPayment::id).collect::<Vec<_>>();
    assert_eq!(chosen(usize::MAX), [ids[2], ids[3], ids[0], ids[1], ids[4]]);
    assert_eq!(chosen(3 * bytes), [ids[2], ids[3], ids[0]], "exactly three fit");
    assert_eq!(chosen(3 * bytes - 1), [ids[2], ids[3]], "one byte less, and only two do");
    let by_rate: Vec<_> = mempool.iter().map(SignedPayment::id).collect();
    assert_eq!(by_rate, [ids[1], ids[2], ids[3], ids[0], ids[4]], "of equal rates the first to come goes first");
}

#[test]
fn a_full_pool_gives_up_its_lowest_rates_with_what_follows_them() {
    let (builder, _) = setting();
    let bytes = pay(&builder, 1, 0, 10).encoded_len();
    let mut mempool = Mempool::with_bytes_max(builder.network(), 4 * bytes);
    let low = [pay(&builder, 1, 0, 10), pay(&builder, 1, 1, 1_000)];
    insert(&mut mempool, &builder, &low);
    insert(&mut mempool, &builder, &[pay(&builder, 2, 0, 30), pay(&builder, 2, 1, 40)]);
    assert_eq!(mempool.bytes(), 4 * bytes, "exactly at the limit");
    let equal = pay(&builder, 3, 0, 10);
    assert!(matches!(refuse(&mut mempool, &builder, &equal), MempoolError::Full { .. }));
    let higher = pay(&builder, 3, 0, 11);
    let accepted = mempool.insert(higher.clone(), builder.ledger()).expect("a higher rate");
    assert_eq!(accepted.evicted, low);
    assert_eq!(mempool.len(), 3);
    insert(&mut mempool, &builder, &[pay(&builder, 3, 1, 5)]);
    assert_consistent(&mempool, builder.ledger());
}

#[test]
fn a_payment_never_pushes_out_one_that_it_follows() {
    let (builder, _) = setting();
    let bytes = pay(&builder, 1, 0, 10).encoded_len();
    let mut mempool = Mempool::with_bytes_max(builder.network(), 2 * bytes);
    insert(&mut mempool, &builder, &[pay(&builder, 1, 0, 10), pay(&builder, 1, 1, 20)]);
    let next = pay(&builder, 1, 2, 5_000);
    assert!(matches!(refuse(&mut mempool, &builder, &next), MempoolError::Full { .. }));
    insert(&mut mempool, &builder, &[pay(&builder, 1, 0, 30)]);
    assert_eq!(mempool.len(), 2, "a replacement takes the place of the replaced one");
}

#[test]
fn a_rival_payment_on_the_chain_drops_what_waited_with_its_sequence_number() {
    let (mut builder, mut mempool) = setting();
    let waiting = pay(&builder, 1, 0, 10);
    insert(&mut mempool, &builder, &[waiting.clone(), pay(&builder, 1, 1, 10)]);
    let connected = vec![builder.mine(4, &[payment(builder.network(), 1, 8, coins(2), Amount::ZERO, 0)])];
    let change = mempool.update(&TipChange::Extended { connected }, builder.ledger());
    let reason = MempoolError::SequenceUsed { expected: 1, found: 0 };
    assert_eq!(change.dropped, [Dropped { payment: waiting, reason }]);
    assert_eq!(mempool.len(), 1, "its follower fits as it did");
    assert_consistent(&mempool, builder.ledger());
}

/// Two branches of the same height that leave a common chain: what `ours` holds is abandoned for what `theirs` holds.
fn reorganise(ours: &[Block], theirs: &[Block]) -> TipChange {
    TipChange::Reorganised { disconnected: ours.iter().rev().cloned().collect(), connected: theirs.to_vec() }
}

#[test]
fn payments_of_an_abandoned_branch_wait_again_but_for_those_that_the_new_one_holds() {
    let (mut ours, mut mempool) = setting();
    let mut theirs = ours.fork_at(6);
    let (both, only_ours, next) = (pay(&ours, 1, 0, 10), pay(&ours, 2, 0, 10), pay(&ours, 2, 1, 10));
    let waiting = pay(&ours, 3, 0, 10);
    let abandoned = [ours.mine(4, &[both.clone(), only_ours.clone()]), ours.mine(4, from_ref(&next))];
    insert(&mut mempool, &ours, &[waiting.clone(), pay(&ours, 2, 2, 10)]);
    let adopted = [theirs.mine(5, &[both]), theirs.mine(5, from_ref(&waiting)), theirs.mine(5, &[])];
    let change = mempool.update(&reorganise(&abandoned, &adopted), theirs.ledger());
    assert_eq!(change.returned, ids([&only_ours, &next]));
    assert_eq!(change.confirmed, [waiting.id()]);
    assert_eq!(change.dropped, []);
    assert_eq!(mempool.len(), 3);
    assert_consistent(&mempool, theirs.ledger());
}

#[test]
fn a_payment_out_of_an_abandoned_reward_is_dropped_with_what_follows_it() {
    let (mut ours, mut mempool) = setting();
    let mut theirs = ours.fork_at(6);
    let mut abandoned = vec![ours.mine(5, &[])];
    let spent = pay(&ours, 5, 0, 10);
    abandoned.push(ours.mine(4, from_ref(&spent)));
    let follower = pay(&ours, 5, 1, 10);
    insert(&mut mempool, &ours, from_ref(&follower));
    theirs.mine_many(6, 3);
    let change = mempool.update(&reorganise(&abandoned, &theirs.blocks()[6..]), theirs.ledger());
    let balance = PaymentError::Balance { cost: units(1_000_010), balance: Amount::ZERO };
    let gap = MempoolError::SequenceGap { expected: 0, found: 1 };
    assert_eq!(
        change.dropped,
        [Dropped { payment: spent, reason: balance.into() }, Dropped { payment: follower, reason: gap },]
    );
    assert!(mempool.is_empty() && change.returned.is_empty());
}

#[test]
fn of_a_returning_and_a_waiting_payment_with_one_sequence_number_the_higher_fee_stays() {
    for (returning_fee, waiting_fee, stays) in [(10, 20, 20), (20, 10, 20), (10, 10, 10)] {
        let (mut ours, mut mempool) = setting();
        let mut theirs = ours.fork_at(6);
        let returning = pay(&ours, 1, 0, returning_fee);
        let waiting = payment(ours.network(), 1, 8, coins(1), units(waiting_fee), 0);
        // The pool saw `waiting` while their branch was active; ours returns it another payment of that number.
        insert(&mut mempool, &theirs, from_ref(&waiting));
        let abandoned = [ours.mine(4, from_ref(&returning))];
        theirs.mine_many(5, 2);
        let change = mempool.update(&reorganise(&abandoned, &theirs.blocks()[6..]), theirs.ledger());
        assert_eq!(mempool.iter().map(|signed| signed.payment.fee).collect::<Vec<_>>(), [units(stays)]);
        assert_eq!(mempool.holds(&waiting), waiting_fee >= returning_fee, "of equal fees the one that waited");
        assert_eq!(change.dropped.len(), 1);
        assert_consistent(&mempool, theirs.ledger());
    }
}

#[test]
fn payments_that_return_to_a_full_pool_push_out_the_lowest_rates() {
    let (mut ours, _) = setting();
    let bytes = pay(&ours, 1, 0, 10).encoded_len();
    let mut mempool = Mempool::with_bytes_max(ours.network(), 2 * bytes);
    let mut theirs = ours.fork_at(6);
    let returning = pay(&ours, 1, 0, 50);
    let abandoned = [ours.mine(4, from_ref(&returning))];
    let low = pay(&ours, 3, 0, 5);
    insert(&mut mempool, &ours, &[low.clone(), pay(&ours, 2, 0, 20)]);
    theirs.mine_many(5, 2);
    let change = mempool.update(&reorganise(&abandoned, &theirs.blocks()[6..]), theirs.ledger());
    assert_eq!(change.returned, [returning.id()]);
    assert_eq!(ids(change.dropped.iter().map(|dropped| &dropped.payment)), [low.id()]);
    assert_consistent(&mempool, theirs.ledger());
}

proptest! {
    #![proptest_config(crate::state::proptest_config(48))]

    /// Payments come in any order while two branches take turns; the pool keeps its promises throughout, and what it
    /// chooses always makes a block that its chain takes.
    #[test]
    fn whatever_comes_the_pool_keeps_its_promises(
        steps in prop::collection::vec((0..5_u8, 1..4_u64, 0..4_u64, 1..8_u64, 0..50_u64), 1..60),
        room in 1..8_usize,
    ) {
        let mut main = ChainBuilder::easy();
        main.mine_many(1, 2);
        main.mine(2, &[]);
        let mut chain = main.chain();
        let bytes = pay(&main, 1, 0, 0).encoded_len();
        let mut mempool = Mempool::with_bytes_max(main.network(), room * bytes);
        let late = main.now().plus_ms(LATE);
        for (step, from, ahead, amount, fee) in steps {
            match step {
                0..=2 => {
                    let sequence = chain.ledger().account(&address(from)).next_sequence + ahead;
                    let signed = payment(chain.network(), from, 1 + amount % 4, coins(amount), units(fee), sequence);
                    let _ = mempool.insert(signed, chain.ledger());
                }
                3 => {
                    let block = main.mine(from, &mempool.select(3 * bytes));
                    let outcome = chain.insert_block(block, late, &|signed| mempool.holds(signed)).expect("chosen well");
                    mempool.update(&outcome.change, chain.ledger());
                }
                _ => {
                    let back = main.height().as_u64().min(1 + ahead);
                    let mut fork = main.fork_at(main.height().as_u64() - back);
                    for _ in 0..=back {
                        let block = fork.mine(from, &[]);
                        let outcome = chain.insert_block(block, late, &|_| false).expect("valid");
                        mempool.update(&outcome.change, chain.ledger());
                        assert_consistent(&mempool, chain.ledger());
                    }
                    prop_assert_eq!(chain.tip().hash, fork.tip().hash());
                    main = fork;
                }
            }
            assert_consistent(&mempool, chain.ledger());
        }
    }
}
