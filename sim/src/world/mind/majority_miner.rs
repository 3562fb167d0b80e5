//! A miner with most of the hash rate: it takes nobody's blocks, and rewrites a stretch of everybody's history again and
//! again. That is its right by the rules; nothing but the coins' owners' patience is in its way.

use super::World;
use crate::checker::Violation;

/// How far the others get before their blocks are replaced.
const STRETCH: u64 = 6;

pub(super) fn act(world: &mut World, host: usize) -> Result<(), Violation> {
    let (Some(own), Some(public)) = (world.own_tip(host), world.public_tip()) else { return Ok(()) };
    let Some(process) = &world.hosts[host].process else { return Ok(()) };
    let chain = process.node.chain();
    let forked = public.height.as_u64().saturating_sub(STRETCH);
    let is_rival = chain.hash_at(forked.into()).is_some()
        && world.hosts.iter().filter(|other| other.plan.mind.is_honest()).any(|other| {
            let theirs = other.process.as_ref().map(|process| process.node.chain());
            theirs.is_some_and(|theirs| {
                theirs.tip().hash == public.hash && theirs.hash_at(forked.into()) != chain.hash_at(forked.into())
            })
        });
    if !world.hosts[host].mind.is_hiding {
        return world.hide(host);
    }
    if is_rival && own.work > public.work { world.show(host) } else { Ok(()) }
}
