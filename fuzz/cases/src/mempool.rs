//! The mempool: payments come, blocks take them, branches take turns, and the pool keeps its promises.

use shared::state::{Chain, Mempool};
use shared::testing::ChainBuilder;
use shared::{Amount, SignedPayment};

use crate::world::{Dice, KEYS, PAYMENTS, RICH, late};

/// The most steps of one run.
const STEPS_MAX: usize = 40;

/// Lets payments, blocks and branches come in the order that the input says.
pub fn run(input: &[u8]) {
    let mut dice = Dice::new(input);
    let bytes = PAYMENTS[0].encoded_len();
    let mut mempool = Mempool::with_bytes_max(RICH.network(), (1 + dice.below(8)) * bytes);
    let (mut builder, mut chain) = (RICH.clone(), RICH.chain());
    for _ in 0..STEPS_MAX {
        if dice.is_over() {
            return;
        }
        match dice.below(8) {
            0..=4 => {
                let before: Vec<SignedPayment> = mempool.iter().cloned().collect();
                if mempool.insert(dice.pick(&PAYMENTS).clone(), chain.ledger()).is_err() {
                    assert!(mempool.iter().eq(before.iter()), "a refused payment leaves no trace");
                }
            }
            5 | 6 => {
                let chosen = mempool.select(dice.below(9) * bytes);
                let block = builder.mine(dice.number() % KEYS, &chosen);
                let outcome = chain.insert_block(block, late(), &|signed| mempool.holds(signed)).expect("chosen well");
                mempool.update(&outcome.change, chain.ledger());
                assert!(chosen.iter().all(|signed| !mempool.contains(&signed.id())));
            }
            _ => reorganise(&mut dice, &mut builder, &mut chain, &mut mempool),
        }
        check(&mempool, &chain);
    }
}

/// Lets another branch become the longer.
fn reorganise(dice: &mut Dice<'_>, builder: &mut ChainBuilder, chain: &mut Chain, mempool: &mut Mempool) {
    let height = builder.height().as_u64();
    let back = (1 + dice.below(3) as u64).min(height);
    let mut fork = builder.fork_at(height - back);
    for _ in 0..=back {
        // The branch may hold some of the payments that the other held or that wait.
        let candidate = dice.pick(&PAYMENTS);
        let is_affordable =
            fork.ledger().clone().apply(&fork.draft(0, std::slice::from_ref(candidate)), fork.params().reward).is_ok();
        let block = fork.mine(dice.number() % KEYS, if is_affordable { std::slice::from_ref(candidate) } else { &[] });
        let outcome = chain.insert_block(block, late(), &|_| false).expect("valid");
        mempool.update(&outcome.change, chain.ledger());
    }
    assert_eq!(chain.tip().hash, fork.tip().hash());
    *builder = fork;
}

/// Queues without a gap, within the balance, within the pool's size.
fn check(mempool: &Mempool, chain: &Chain) {
    assert_eq!(mempool.bytes(), mempool.iter().map(SignedPayment::encoded_len).sum::<usize>());
    for number in 0..KEYS {
        let sender = shared::testing::address(number);
        let account = chain.ledger().account(&sender);
        let own = || mempool.iter().filter(|signed| signed.payment.sender.address() == sender);
        let costs = own().map(|signed| signed.payment.amount.checked_add(signed.payment.fee).expect("little"));
        assert!(Amount::sum(costs).is_some_and(|cost| cost <= account.balance && cost == mempool.leaving(&sender)));
        let mut sequences: Vec<u64> = own().map(|signed| signed.payment.sequence).collect();
        sequences.sort_unstable();
        assert!(sequences.iter().copied().eq((account.next_sequence..).take(sequences.len())));
    }
    assert!(
        chain.ledger().clone().apply(&draft_of(chain, mempool), chain.reward()).is_ok(),
        "what is chosen is payable"
    );
}

fn draft_of(chain: &Chain, mempool: &Mempool) -> shared::Block {
    let template = shared::state::Template::build(chain, mempool, shared::testing::address(0), late());
    template.block(shared::ExtraNonce::default(), shared::Proof::default())
}
