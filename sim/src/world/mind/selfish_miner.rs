//! A selfish miner (Eyal and Sirer, "Majority is not Enough", 2014): it keeps the blocks it finds to itself and goes on
//! from them. Whenever others find one, it shows as many as they have of their own, so that these compete; and all it
//! has when it leads by one no longer than that. Where it is behind it goes on from others' blocks, as its node does.

use shared::protocol::Message;
use shared::{BlockHash, Height, decode};

use super::{State, World, kind, status};
use crate::checker::Violation;

pub(super) fn act(world: &mut World, host: usize) -> Result<(), Violation> {
    world.hosts[host].mind.is_hiding = true;
    let Some(shown) = to_show(world, host) else { return Ok(()) };
    let Some(process) = &world.hosts[host].process else { return Ok(()) };
    let chain = process.node.chain();
    let (Some(header), Some(tip)) = (chain.header(&shown).copied(), chain.tip_of(&shown)) else { return Ok(()) };
    let told = shared::protocol::Status { tip, ..status(&process.node) };
    let mind = &mut world.hosts[host].mind;
    if mind.shown.replace((tip.height, shown)) == Some((tip.height, shown)) {
        return Ok(());
    }
    for peer in world.audience(host) {
        world.say(host, peer, &Message::Announce(header));
        world.say(host, peer, &Message::Status(told.clone()));
    }
    Ok(())
}

/// The last of its blocks that others are to see now, if they are to see any.
fn to_show(world: &World, host: usize) -> Option<BlockHash> {
    let own = world.hosts[host].process.as_ref()?.node.chain();
    let public = world.public_node()?.chain();
    let (ours, theirs) = (own.tip().height.as_u64(), public.tip().height.as_u64());
    let is_common = |height: &u64| own.hash_at(Height::from(*height)) == public.hash_at(Height::from(*height));
    let fork = (0..=ours.min(theirs)).rev().find(is_common)?;
    let (hidden, found) = (ours - fork, theirs - fork);
    if hidden == 0 || found == 0 {
        return None;
    }
    let count = if hidden <= found + 1 { hidden } else { found };
    own.hash_at(Height::from(fork + count))
}

/// Others may have what was shown to them, and the blocks below it, but nothing above.
pub(super) fn lets_send(kind: u8, bytes: &[u8], state: &State) -> bool {
    let shown = state.shown.map_or(Height::ZERO, |(height, _)| height);
    match kind {
        kind::HEADERS | kind::BLOCKS => match decode(bytes) {
            Ok(Message::Headers { headers, .. }) => headers.iter().all(|header| header.height <= shown),
            Ok(Message::Blocks(blocks)) => blocks.iter().all(|block| block.header.height <= shown),
            _ => false,
        },
        _ => ![kind::ANNOUNCE, kind::PAYMENTS, kind::STATUS].contains(&kind),
    }
}
