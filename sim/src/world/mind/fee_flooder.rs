//! A flooder of low-fee payments: it pays itself a unit without a fee, as often as anybody takes it.

use shared::{Amount, Memo, Payment};

use super::World;
use crate::checker::Violation;

/// How many at a time.
const AT_ONCE: usize = 3;

pub(super) fn act(world: &mut World, host: usize) -> Result<(), Violation> {
    for _ in 0..AT_ONCE {
        let own = &world.hosts[host];
        let Some(process) = &own.process else { return Ok(()) };
        let payment = Payment {
            network: world.params.network(),
            sender: own.wallet.public(),
            receiver: own.address,
            amount: Amount::from_units(1),
            fee: Amount::ZERO,
            sequence: process.node.mempool().next_sequence(&own.address, process.node.ledger()),
            memo: Memo::default(),
        };
        let signed = payment.sign(&own.wallet);
        let taken = world.with(host, |node, now| node.submit(signed, now))?;
        if !matches!(taken, Some(Ok(_))) {
            return Ok(());
        }
        world.hosts[host].mind.acts += 1;
    }
    Ok(())
}
