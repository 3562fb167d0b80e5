//! A timestamp cheat: the times of its blocks are as far ahead as others take them, or as far behind as the median
//! allows, in turns, to have the target move its way.

use shared::FUTURE_MS_MAX;

use super::World;
use crate::checker::Violation;

/// After how many acts it turns.
const TURN: u64 = 40;
/// How far ahead its clock is: others' are not quite right either.
const AHEAD_MS: i64 = FUTURE_MS_MAX as i64 - 5_000;

pub(super) fn act(world: &mut World, host: usize) -> Result<(), Violation> {
    let mind = &mut world.hosts[host].mind;
    mind.acts += 1;
    if mind.acts % TURN == 1 {
        let ahead_ms = if (mind.acts / TURN).is_multiple_of(2) { AHEAD_MS } else { -AHEAD_MS };
        world.set_clock(host, ahead_ms);
    }
    Ok(())
}
