//! A flooder of invalid blocks: each has all the work that is due, and a reward that is not its miner's to take.

use shared::protocol::{Message, PeerId};
use shared::state::{Job, JobId, Scalar, SearchCursor, Template, search};
use shared::{Amount, Header, Transaction, decode};

use super::World;
use crate::checker::Violation;

/// How many attempts one is worth: more than blocks take in the rooms that are drawn.
const ATTEMPTS_MAX: u64 = 1 << 14;
/// How many are kept for who asks.
const FORGED_MAX: usize = 64;

pub(super) fn act(world: &mut World, host: usize) -> Result<(), Violation> {
    let now = world.clock(host);
    // As often as another miner would, so that its work is not for nothing.
    if !world.hosts[host].mind.dice.is_one_in(8) {
        return Ok(());
    }
    let Some(process) = &world.hosts[host].process else { return Ok(()) };
    let node = &process.node;
    let template = Template::build(node.chain(), node.mempool(), node.address(), now);
    let mut block = template.block(Default::default(), Default::default());
    if let Some(Transaction::Reward(reward)) = block.transactions.first_mut() {
        reward.amount = reward.amount.checked_add(Amount::from_units(1)).unwrap_or(reward.amount);
    }
    block.header.root = block.root();
    let job = Job { id: JobId(0), header: block.header };
    let from = SearchCursor::at(job.header.extra_nonce, job.header.proof);
    let Some((extra_nonce, proof)) = search(&Scalar, &job, from, ATTEMPTS_MAX).found else { return Ok(()) };
    block.header = Header { extra_nonce, proof, ..block.header };
    let forged = &mut world.hosts[host].mind.forged;
    forged.insert(block.header.hash(), block.clone());
    if forged.len() > FORGED_MAX {
        forged.pop_first();
    }
    for peer in world.audience(host) {
        world.say(host, peer, &Message::Announce(block.header));
    }
    Ok(())
}

/// Somebody asks for blocks: those that were forged are handed over. Says whether the node is to hear of it.
pub(super) fn answer(world: &mut World, host: usize, peer: PeerId, bytes: &[u8]) -> Result<bool, Violation> {
    let Ok(Message::GetBlocks(hashes)) = decode(bytes) else { return Ok(true) };
    let forged = &world.hosts[host].mind.forged;
    let found: Vec<_> = hashes.iter().filter_map(|hash| forged.get(hash).cloned()).collect();
    let is_honest = found.is_empty();
    if !is_honest {
        world.say(host, peer, &Message::Blocks(found));
    }
    Ok(is_honest)
}
