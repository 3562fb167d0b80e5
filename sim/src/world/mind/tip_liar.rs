//! A liar about tips: it says that it has a chain of endless work, ever another, and answers nobody who asks for it.

use shared::protocol::Message;
use shared::state::Tip;
use shared::{BlockHash, decode, sha256};

use super::{World, status};
use crate::checker::Violation;

/// The most work that can be written: endless.
const ENDLESS: [u8; 32] = [0xff; 32];

pub(super) fn act(world: &mut World, host: usize) -> Result<(), Violation> {
    let Some(process) = &world.hosts[host].process else { return Ok(()) };
    let (mut status, timestamp) = (status(&process.node), world.clock(host));
    let number = world.hosts[host].mind.dice.any();
    let Ok(work) = decode(&ENDLESS) else { return Ok(()) };
    let hash = BlockHash::from_bytes(sha256(&[&number.to_le_bytes()]));
    status.tip = Tip { hash, height: status.tip.height.next().next(), work, timestamp };
    for peer in world.audience(host) {
        world.say(host, peer, &Message::Status(status.clone()));
    }
    Ok(())
}
