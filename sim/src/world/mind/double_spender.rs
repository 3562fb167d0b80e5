//! A double spender: it pays somebody, and mines a branch in secret in which it paid itself instead. Once the payee has
//! seen so many confirmations and the secret branch is ahead, it shows that.

use shared::protocol::Mining;
use shared::{Address, Amount, Memo, Payment, SignedPayment, TransactionId};

use super::World;
use crate::checker::Violation;

/// How much is paid, in units.
const AMOUNT: u64 = 1_000_000;
/// What is offered for the payment, and for the one in its place: enough more for its own miner to take that.
const PAID_FEE: u64 = 1_000;
const KEPT_FEE: u64 = 5_000;

/// A double spend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attack {
    /// How many confirmations the payee waits for.
    pub confirmations: u64,
    /// How many blocks behind it gives up.
    pub patience: u64,
    /// Where it stands.
    pub stage: Stage,
}

/// Where a double spend stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// It has yet to earn what it pays with.
    Earning,
    /// It has paid, with this sequence number.
    Paid(TransactionId, u64),
    /// The payee is paid by the first; the secret branch has the second.
    Racing(TransactionId, TransactionId),
    /// It was given up.
    GivenUp,
    /// The secret branch was shown; it holds this in place of what was paid.
    Shown(TransactionId),
}

impl Default for Attack {
    fn default() -> Self {
        Self { confirmations: 2, patience: 20, stage: Stage::Earning }
    }
}

pub(super) fn act(world: &mut World, host: usize) -> Result<(), Violation> {
    let (Some(own), Some(public)) = (world.own_tip(host), world.public_tip()) else { return Ok(()) };
    let attack = world.hosts[host].mind.attack;
    match attack.stage {
        Stage::Earning => {
            let Some(victim) = world.hosts.iter().rposition(|other| other.plan.mind.is_honest()) else { return Ok(()) };
            let is_same = own.hash == public.hash;
            let Some(process) = &world.hosts[host].process else { return Ok(()) };
            let has = process.node.ledger().account(&world.hosts[host].address).balance.units();
            if !is_same || has < 2 * AMOUNT {
                return Ok(());
            }
            let payee = world.hosts[victim].address;
            let sequence = process.node.mempool().next_sequence(&world.hosts[host].address, process.node.ledger());
            let paid = payment(world, host, payee, PAID_FEE, sequence);
            let id = paid.id();
            if matches!(world.with(host, |node, now| node.submit(paid, now))?, Some(Ok(_))) {
                world.hosts[host].mind.attack.stage = Stage::Paid(id, sequence);
            }
            Ok(())
        }
        // Everybody has heard of the payment by now.
        Stage::Paid(paid, sequence) => {
            let kept = payment(world, host, world.hosts[host].address, KEPT_FEE, sequence);
            let id = kept.id();
            world.hide(host)?;
            // Where the payment is in a block already, the attacker is too late.
            let is_racing = matches!(world.with(host, |node, now| node.submit(kept, now))?, Some(Ok(_)));
            // What is mined in secret is to hold the other payment from the first block on.
            if is_racing && world.hosts[host].rate > 0 {
                let payout = world.hosts[host].address;
                world.with(host, |node, now| node.set_mining(Mining::On { payout }, now))?;
            }
            let mind = &mut world.hosts[host].mind;
            mind.acts += u64::from(is_racing);
            mind.attack.stage = if is_racing { Stage::Racing(paid, id) } else { Stage::Earning };
            if is_racing { Ok(()) } else { retreat(world, host) }
        }
        Stage::Racing(paid, kept) => {
            let honest = world.hosts.iter().filter(|other| other.plan.mind.is_honest());
            let chains = honest.filter_map(|other| other.process.as_ref()).map(|process| process.node.chain());
            let paid_at = chains.filter_map(|chain| chain.transaction_height(&paid)).min();
            let confirmed = paid_at.map_or(0, |height| public.height.as_u64() + 1 - height.as_u64());
            if confirmed >= attack.confirmations && own.work > public.work {
                world.hosts[host].mind.attack.stage = Stage::Shown(kept);
                world.show(host)?;
                return world.adopt(host, true);
            }
            if own.height.as_u64() + attack.patience < public.height.as_u64() {
                world.hosts[host].mind.attack.stage = Stage::GivenUp;
                return retreat(world, host);
            }
            Ok(())
        }
        Stage::GivenUp | Stage::Shown(_) => {
            if world.plan.goes_on_ms > 0 {
                world.hosts[host].mind.attack.stage = Stage::Earning;
            }
            Ok(())
        }
    }
}

/// It lets its own branch be, and goes on from everybody's.
fn retreat(world: &mut World, host: usize) -> Result<(), Violation> {
    world.hosts[host].mind.is_hiding = false;
    world.adopt(host, true)
}

fn payment(world: &World, host: usize, receiver: Address, fee: u64, sequence: u64) -> SignedPayment {
    let own = &world.hosts[host];
    let payment = Payment {
        network: world.params.network(),
        sender: own.wallet.public(),
        receiver,
        amount: Amount::from_units(AMOUNT),
        fee: Amount::from_units(fee),
        sequence,
        memo: Memo::default(),
    };
    payment.sign(&own.wallet)
}
