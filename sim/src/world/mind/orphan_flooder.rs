//! A flooder of orphans: it announces blocks whose parents nobody knows, with as little work as the room's rules allow.

use shared::protocol::Message;
use shared::state::{Job, JobId, Scalar, SearchCursor, search};
use shared::{BlockHash, ExtraNonce, HEADER_VERSION, Header, Height, MerkleRoot, Proof, sha256};

use super::World;
use crate::checker::Violation;

/// How many at a time.
const AT_ONCE: usize = 20;
/// How many attempts one is worth.
const ATTEMPTS_MAX: u64 = 1 << 16;

pub(super) fn act(world: &mut World, host: usize) -> Result<(), Violation> {
    let timestamp = world.clock(host);
    for peer in world.audience(host) {
        for _ in 0..AT_ONCE {
            let number = world.hosts[host].mind.dice.any();
            let header = Header {
                version: HEADER_VERSION,
                previous_hash: BlockHash::from_bytes(sha256(&[&number.to_le_bytes()])),
                height: Height::from(number % 1_000_000 + 1),
                timestamp,
                extra_nonce: ExtraNonce::default(),
                root: MerkleRoot::from_bytes(sha256(&[b"root", &number.to_le_bytes()])),
                target: world.params.target_limit,
                proof: Proof::default(),
            };
            let job = Job { id: JobId(0), header };
            let from = SearchCursor::at(header.extra_nonce, header.proof);
            if let Some((extra_nonce, proof)) = search(&Scalar, &job, from, ATTEMPTS_MAX).found {
                world.say(host, peer, &Message::Announce(Header { extra_nonce, proof, ..header }));
            }
        }
    }
    Ok(())
}
