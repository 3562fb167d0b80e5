//! A replayer: it sends what others signed once more. What they signed in another room, with the same keys, it sends
//! into this one; what they signed in this one it sends again when it has long been paid.

use shared::protocol::Message;
use shared::{Amount, Memo, NetworkId, Payment, sha256};

use super::World;
use crate::checker::Violation;

pub(super) fn act(world: &mut World, host: usize) -> Result<(), Violation> {
    for peer in world.audience(host) {
        let number = world.hosts[host].mind.dice.any();
        let from = &world.hosts[(number % world.hosts.len() as u64) as usize];
        // What somebody signed for the same payee in the other room.
        let foreign = Payment {
            network: NetworkId::from_bytes(sha256(&[b"another room"])),
            sender: from.wallet.public(),
            receiver: world.hosts[host].address,
            amount: Amount::from_units(1_000),
            fee: Amount::from_units(1_000),
            sequence: number % 4,
            memo: Memo::default(),
        };
        let foreign = foreign.sign(&from.wallet);
        let own = world.hosts[host].mind.heard.clone();
        // Somebody who sends what is foreign is cut off: mostly it sends what was heard here.
        let payments = if number.is_multiple_of(8) || own.is_empty() { vec![foreign] } else { own };
        world.say(host, peer, &Message::Payments(payments));
    }
    Ok(())
}
