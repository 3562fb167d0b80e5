//! A selfish miner (Eyal and Sirer, "Majority is not Enough", 2014): it keeps its blocks to itself while it leads, and
//! shows them when others are about to catch up. It shows all of them then; the paper's shows them one by one.

use super::World;
use crate::checker::Violation;

pub(super) fn act(world: &mut World, host: usize) -> Result<(), Violation> {
    let (Some(own), Some(public)) = (world.own_tip(host), world.public_tip()) else { return Ok(()) };
    if own.work < public.work {
        // Others lead: it goes on from where they are.
        world.hosts[host].mind.is_hiding = false;
        return world.adopt(host, true);
    }
    if own.hash == public.hash {
        return world.hide(host);
    }
    if world.hosts[host].mind.is_hiding && own.height.as_u64() <= public.height.as_u64() + 1 {
        // It leads by one or not at all, and there was a block of the others' since: now or never.
        let Some(process) = &world.hosts[host].process else { return Ok(()) };
        let is_contested = process.node.chain().hash_at(public.height) != Some(public.hash);
        if is_contested {
            return world.show(host);
        }
    }
    Ok(())
}
