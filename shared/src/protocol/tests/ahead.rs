//! Signatures verified ahead: which a peer can have verified, and that it changes no verdict.

use super::stranger::Stranger;
use crate::encode;
use crate::protocol::{Ahead, Message, Mining, PeerId, Prepared};
use crate::rules::batch::{SignatureBatch, SignatureShare, VerifiedSignatures};
use crate::rules::receipt::Receipt;
use crate::testing::{ChainBuilder, address, payment, solve};
use crate::values::{Amount, Block, Proof, Signature, SignedPayment, Transaction};

/// Payments in a block or a message of these tests: enough to share.
const MANY: usize = 130;

impl Stranger {
    fn prepare(&self, message: &Message) -> Option<Prepared> {
        self.network.hosts[self.host].node.prepare(self.peer, &encode(message))
    }

    fn ahead(&self, message: &Message) -> SignatureBatch {
        self.prepare(message).map_or_else(SignatureBatch::default, |prepared| prepared.signatures())
    }

    /// Says something whose signatures the host's shell has verified first, as far as there are enough of them.
    fn say_ahead(&mut self, message: &Message) {
        let Some(prepared) = self.prepare(message) else { return self.say(message) };
        let batch = prepared.signatures();
        let middle = batch.len() / 2;
        let shares = [batch.share(0..middle), batch.share(middle..batch.len())];
        let verified: Vec<_> = shares.iter().filter_map(SignatureShare::verify).collect();
        self.hand_over(prepared, &verified);
    }

    fn hand_over(&mut self, prepared: Prepared, verified: &[VerifiedSignatures]) {
        self.network.with(self.host, |node, now| node.receive_prepared(prepared, verified, now));
    }

    fn announce(&mut self, blocks: &[Block]) {
        for block in blocks {
            self.say(&Message::Announce(block.header));
        }
    }
}

/// Three blocks for key 1, and a draft of a fourth in which it makes many payments.
fn rich(stranger: &Stranger) -> (ChainBuilder, Block) {
    let mut builder = stranger.builder();
    builder.mine_many(1, 3);
    let network = builder.network();
    let pay = |sequence| payment(network, 1, 2, Amount::from_units(1), Amount::ZERO, sequence);
    let payments: Vec<_> = (0..MANY as u64).map(pay).collect();
    let draft = builder.draft(1, &payments);
    (builder, draft)
}

fn forge(block: &mut Block, position: usize) {
    let Transaction::Payment(signed) = &mut block.transactions[position] else { panic!("a payment") };
    signed.signature = Signature::from_bytes([3; 64]);
}

#[test]
fn a_body_that_was_asked_for_has_its_signatures_verified_ahead_and_no_other_has() {
    let mut stranger = Stranger::greeted();
    let (builder, mut draft) = rich(&stranger);
    solve(&mut draft);
    let body = Message::Blocks(vec![draft.clone()]);
    assert!(stranger.ahead(&body).is_empty(), "its header is not known");
    stranger.announce(builder.blocks());
    assert!(stranger.ahead(&body).is_empty(), "nor is it by those below");
    let mut lazy = draft.header;
    lazy.proof = Proof(lazy.proof.0.wrapping_add(1));
    let unproved = Message::Blocks(vec![Block { header: lazy, ..draft.clone() }]);
    stranger.announce(&[draft.clone()]);
    assert!(stranger.ahead(&unproved).is_empty(), "it has no work");
    let mut other = draft.clone();
    other.transactions.pop();
    assert!(stranger.ahead(&Message::Blocks(vec![other])).is_empty(), "it is not the header's");
    assert_eq!(stranger.ahead(&body).len(), MANY);
    assert_eq!(stranger.ahead(&Message::Blocks(vec![draft.clone(), draft.clone()])).len(), MANY, "once is enough");
    let stray = Message::Blocks(vec![draft.clone(), stranger.builder().mine(9, &[])]);
    assert!(stranger.ahead(&stray).is_empty(), "for the other block it will be cut off");
    let bytes = encode(&body);
    let node = &stranger.network.hosts[0].node;
    assert!(node.prepare(PeerId(9_999), &bytes).is_none(), "nobody sent it");
    stranger.say_ahead(&Message::Blocks(builder.blocks().to_vec()));
    stranger.say_ahead(&body);
    assert_eq!(stranger.network.height(0), 4);
    assert!(stranger.ahead(&body).is_empty(), "it is here");
    stranger.is_not_cut_off();
}

#[test]
fn a_forged_payment_in_a_block_is_refused_in_the_same_words_with_and_without() {
    let receipt = |ahead: bool, forged: &[usize]| -> Receipt {
        let mut stranger = Stranger::greeted();
        let (builder, mut draft) = rich(&stranger);
        forged.iter().for_each(|position| forge(&mut draft, *position));
        solve(&mut draft);
        let blocks = [builder.blocks(), &[draft]].concat();
        stranger.announce(&blocks);
        let body = Message::Blocks(blocks);
        if ahead {
            assert_eq!(stranger.ahead(&body).len(), MANY);
            stranger.say_ahead(&body);
        } else {
            stranger.say(&body);
        }
        assert_eq!(stranger.network.height(0), 3);
        let receipt = stranger.network.hosts[0].cut_off[0].1.clone();
        stranger.expect_cut_off_by("signature");
        receipt
    };
    for forged in [&[1][..], &[MANY], &[40, 90]] {
        assert_eq!(receipt(true, forged), receipt(false, forged));
    }
}

#[test]
fn payments_are_verified_ahead_if_the_mempool_would_take_them() {
    let mut stranger = Stranger::greeted();
    let (builder, draft) = rich(&stranger);
    let payments: Vec<SignedPayment> = crate::rules::block::payments(&draft).cloned().collect();
    let message = |payments: &[SignedPayment]| Message::Payments(payments.to_vec());
    assert!(stranger.ahead(&message(&payments)).is_empty(), "their sender has nothing");
    stranger.announce(builder.blocks());
    stranger.say(&Message::Blocks(builder.blocks().to_vec()));
    assert_eq!(stranger.ahead(&message(&payments)).len(), MANY);
    assert!(stranger.ahead(&message(&payments[1..])).is_empty(), "there is a gap in the sequence");
    assert!(stranger.ahead(&message(&vec![payments[0].clone(); MANY])).is_empty(), "each number is used once");
    let mut broken = payments.clone();
    broken[0].payment.amount = Amount::ZERO;
    assert!(stranger.ahead(&message(&broken)).is_empty(), "for the first the peer will be cut off");
    let dear = |sequence| payment(builder.network(), 1, 2, Amount::from_units(200_000), Amount::ZERO, sequence);
    let dear: Vec<_> = (0..200).map(dear).collect();
    assert_eq!(stranger.ahead(&message(&dear)).len(), 150, "then the thirty coins are spent");
    stranger.say_ahead(&message(&payments));
    assert_eq!(stranger.network.hosts[0].node.mempool().len(), MANY);
    assert!(stranger.ahead(&message(&payments)).is_empty(), "they wait");
    stranger.is_not_cut_off();
}

#[test]
fn a_forged_payment_among_many_is_refused_in_the_same_words_with_and_without() {
    let outcome = |ahead: bool| {
        let mut stranger = Stranger::greeted();
        let (builder, mut draft) = rich(&stranger);
        stranger.announce(builder.blocks());
        stranger.say(&Message::Blocks(builder.blocks().to_vec()));
        forge(&mut draft, 70);
        let message = Message::Payments(crate::rules::block::payments(&draft).cloned().collect());
        if ahead {
            stranger.say_ahead(&message)
        } else {
            stranger.say(&message)
        };
        let waiting = stranger.network.hosts[0].node.mempool().len();
        let receipt = stranger.network.hosts[0].cut_off[0].1.clone();
        assert_eq!(receipt.rule, "signature");
        (waiting, receipt)
    };
    assert_eq!(outcome(true), outcome(false));
    assert_eq!(outcome(true).0, 69, "those before it wait");
}

#[test]
fn inputs_taken_in_their_order_come_to_the_same_whoever_verifies_last() {
    let tip = |reversed: bool, lost: bool| {
        let mut stranger = Stranger::greeted();
        let (mut builder, mut draft) = rich(&stranger);
        solve(&mut draft);
        builder.push(draft);
        stranger.announce(builder.blocks());
        let [below @ .., last] = builder.blocks() else { panic!("blocks") };
        let mut ahead = Ahead::default();
        for blocks in [below.to_vec(), vec![last.clone()]] {
            let bytes = encode(&Message::Blocks(blocks));
            let prepared = stranger.network.hosts[0].node.prepare(stranger.peer, &bytes);
            let batch = prepared.as_ref().map_or_else(SignatureBatch::default, Prepared::signatures);
            ahead.push((bytes, prepared), batch);
        }
        let mut shares: Vec<_> = std::iter::from_fn(|| ahead.take_share(2)).collect();
        assert_eq!(shares.len(), 2);
        if reversed {
            shares.reverse();
        }
        if lost {
            ahead.give_up();
        }
        for (share, signatures) in shares {
            ahead.put_back(share, signatures.verify());
        }
        while let Some(((bytes, prepared), verified)) = ahead.take_input() {
            match prepared {
                Some(prepared) => stranger.hand_over(prepared, &verified),
                None => stranger.say_bytes(&bytes),
            }
        }
        stranger.is_not_cut_off();
        stranger.network.tip(0)
    };
    let expected = tip(false, false);
    assert_eq!((tip(true, false), tip(false, true)), (expected, expected));
}

#[test]
fn what_was_verified_of_one_message_helps_no_other() {
    let mut stranger = Stranger::greeted();
    let (builder, good) = rich(&stranger);
    let (mut good, mut forged) = (good.clone(), good);
    forge(&mut forged, 1);
    [&mut good, &mut forged].into_iter().for_each(solve);
    stranger.announce(builder.blocks());
    stranger.say(&Message::Blocks(builder.blocks().to_vec()));
    stranger.announce(&[good.clone(), forged.clone()]);
    let of_the_good = stranger.ahead(&Message::Blocks(vec![good.clone()])).whole().verify().expect("valid");
    let prepared = stranger.prepare(&Message::Blocks(vec![forged])).expect("long enough");
    stranger.hand_over(prepared, &[of_the_good]);
    assert_eq!(stranger.network.height(0), 3);
    stranger.expect_cut_off_by("signature");
}

#[test]
fn a_message_that_was_looked_at_is_judged_by_what_the_node_knows_in_its_turn() {
    let mut stranger = Stranger::greeted();
    let (builder, mut draft) = rich(&stranger);
    solve(&mut draft);
    stranger.announce(builder.blocks());
    stranger.announce(&[draft.clone()]);
    let prepare = |stranger: &Stranger| {
        let prepared = stranger.prepare(&Message::Blocks(vec![draft.clone()])).expect("long enough");
        let verified = prepared.signatures().whole().verify().expect("valid");
        (prepared, [verified])
    };
    let (first, second, third) = (prepare(&stranger), prepare(&stranger), prepare(&stranger));
    stranger.hand_over(first.0, &first.1);
    assert_eq!(stranger.network.height(0), 0, "the blocks below it are not here");
    stranger.say(&Message::Blocks(builder.blocks().to_vec()));
    assert_eq!(stranger.network.height(0), 4);
    stranger.is_not_cut_off();
    stranger.hand_over(second.0, &second.1);
    stranger.hand_over(third.0, &third.1);
    let cut_off = stranger.network.hosts[0].cut_off.iter().map(|(_, receipt)| receipt.rule.as_str());
    assert!(cut_off.eq(["unsolicited answer"]), "nobody waits for it any more; then the link is gone");
}

#[test]
fn a_node_that_mines_what_was_verified_ahead_agrees_with_one_that_did_not() {
    let mut stranger = Stranger::greeted();
    let (builder, draft) = rich(&stranger);
    stranger.announce(builder.blocks());
    stranger.say(&Message::Blocks(builder.blocks().to_vec()));
    let payments: Vec<SignedPayment> = crate::rules::block::payments(&draft).cloned().collect();
    stranger.say_ahead(&Message::Payments(payments));
    let now = stranger.network.now;
    stranger.network.hosts[0].node.set_mining(Mining::Once { payout: address(5) }, now);
    stranger.network.run(1_000);
    assert_eq!(stranger.network.hosts[0].node.template().map_or(0, |template| template.payments().count()), MANY);
    stranger.network.mine(1);
    stranger.network.run(1_000);
    assert_eq!(stranger.network.tip(0), stranger.network.tip(1));
}
