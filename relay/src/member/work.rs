//! The mining of a member: when its node mines, and what the search is told.
//!
//! It mines while its link is up and its chain has as much work as the relay's: what is mined on an old tip, or for a
//! chain that nobody hears of, is mined in vain. So is what is mined by a clock that is far from the relay's.

use std::sync::Arc;

use shared::protocol::{ClockTrouble, MinedError, Mining, Node, PeerId, SyncProgress};
use shared::state::Job;
use shared::{Address, ExtraNonce, Header, Refusal};
use tokio::sync::mpsc;
use tracing::{debug, warn};

use crate::clock;
use crate::relay::random;
use crate::search::{Found, Pool};

/// What a member mines with, and for whom.
#[derive(Debug)]
pub struct Work {
    pool: Arc<Pool>,
    found: mpsc::Receiver<Found>,
    payout: Address,
    /// Blocks after which it is enough.
    blocks_max: Option<u64>,
    /// Blocks that were mined and taken by another.
    blocks: u64,
    /// Where the first thread begins: two miners that are paid to one address would otherwise make the same attempts.
    first: ExtraNonce,
    is_on: bool,
}

impl Work {
    /// Mines with this pool, whose finds come out at `found`, until so many blocks are mined, or for ever.
    pub fn new(pool: Arc<Pool>, found: mpsc::Receiver<Found>, payout: Address, blocks_max: Option<u64>) -> Self {
        let first = ExtraNonce(*random().first_chunk().expect("32 bytes"));
        Self { pool, found, payout, blocks_max, blocks: 0, first, is_on: false }
    }

    /// Starts and stops the node's mining. True when it did: the node then has outputs. `relay` is the link, when it is up.
    pub(super) fn steer(&mut self, node: &mut Node, relay: Option<PeerId>) -> bool {
        let is_wanted = match relay {
            Some(relay) if !self.is_enough(node) => match node.clock_trouble(clock::now()) {
                Some(ClockTrouble::Apart { .. } | ClockTrouble::OwnChain { .. }) => false,
                // The relay's chain cannot be taken yet. Another with more work would be.
                Some(ClockTrouble::Early { .. }) => true,
                None => self.is_on || has_caught_up(node, relay),
            },
            _ => false,
        };
        if is_wanted == self.is_on {
            return false;
        }
        self.is_on = is_wanted;
        let mining = if is_wanted { Mining::On { payout: self.payout } } else { Mining::Off };
        node.set_mining(mining, clock::now());
        true
    }

    /// Whether it is mining.
    pub(super) fn is_on(&self) -> bool {
        self.is_on
    }

    /// Whether all blocks that were wanted are mined, if those that are with nobody else yet are taken.
    fn is_enough(&self, node: &Node) -> bool {
        self.blocks_max.is_some_and(|max| self.blocks + node.untaken() as u64 >= max)
    }

    /// Whether all blocks that were wanted are mined, and another node has them.
    pub(super) fn is_done(&self) -> bool {
        self.blocks_max.is_some_and(|max| self.blocks >= max)
    }

    /// Another node has a block that was mined here.
    pub(super) fn taken(&mut self) {
        self.blocks += 1;
    }

    /// Has the pool search for this.
    pub(super) fn order(&self, job: Option<Job>) {
        let from_here = |job: Job| Job { header: Header { extra_nonce: self.first, ..job.header }, ..job };
        self.pool.order(job.map(from_here));
    }

    /// The next proof.
    pub(super) async fn next(&mut self) -> Found {
        match self.found.recv().await {
            Some(found) => found,
            // The threads live as long as the pool.
            None => std::future::pending().await,
        }
    }

    /// Hands a proof to the node.
    pub(super) fn take(&mut self, node: &mut Node, found: Found) {
        match node.mined(found.job, found.extra_nonce, found.proof, clock::now()) {
            Ok(_) => {}
            Err(error @ MinedError::Stale { .. }) => debug!(receipt = %error.receipt(), "a proof came too late"),
            // The node gives out another job after a while.
            Err(error @ MinedError::Block(_)) => warn!(receipt = %error.receipt(), "a proof makes no block"),
        }
    }
}

/// Whether the node is where the relay is, or further, and their clocks were compared: a relay that says what its clock
/// shows does so before it answers the first ping.
fn has_caught_up(node: &Node, relay: PeerId) -> bool {
    let is_measured = node.peers().iter().any(|info| info.peer == relay && info.latency_ms.is_some());
    let at_relay = node.member_at(relay).map(|member| member.tip.work);
    is_measured
        && at_relay.is_some_and(|work| work <= node.chain().tip().work)
        && node.sync_progress() == SyncProgress::Idle
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use shared::protocol::{Config, Output, Role, StoreOp};
    use shared::state::MemoryBodies;
    use shared::testing::{ChainBuilder, address, easy_params, key};
    use shared::{Height, NodeId, NodeName};

    use super::*;
    use crate::search::{Throttle, fastest};

    const LINK: PeerId = PeerId(1);

    fn node(number: u64, role: Role) -> Node {
        let name = NodeName::from_id(&NodeId::of(&key(number).public()));
        let config = Config { role, name, agent: "test".to_owned(), auto_sync: true, address: address(number) };
        Node::new(config, easy_params(), key(number), [number as u8; 32], Box::new(MemoryBodies::default()))
    }

    fn work(blocks_max: u64) -> Work {
        let one = "1".parse().expect("a number of threads");
        let (pool, found) = Pool::start(&fastest(), one, Throttle::FULL).expect("a thread");
        Work::new(Arc::new(pool), found, address(7), Some(blocks_max))
    }

    fn outputs(node: &mut Node) -> Vec<Output> {
        std::iter::from_fn(|| node.poll_output()).collect()
    }

    /// Hands what one node sends to the other.
    fn deliver(outputs: &[Output], to: &mut Node) {
        for output in outputs {
            if let Output::Send { bytes, .. } = output {
                to.receive(LINK, bytes, clock::now());
            }
        }
    }

    /// Lets two nodes talk until neither has anything more to say.
    fn talk(one: &mut Node, other: &mut Node) {
        loop {
            let (of_one, of_other) = (outputs(one), outputs(other));
            if of_one.is_empty() && of_other.is_empty() {
                return;
            }
            deliver(&of_one, other);
            deliver(&of_other, one);
        }
    }

    fn ordered(outputs: &[Output]) -> Option<Job> {
        outputs.iter().find_map(|output| if let Output::Mine(job) = output { *job } else { None })
    }

    /// A relay whose chain has so many blocks, and a member that has just connected to it.
    fn connected(blocks: usize) -> (Node, Node) {
        let (mut member, mut relay) = (node(1, Role::Tab), node(2, Role::Relay));
        let mut chain = ChainBuilder::easy();
        chain.mine_many(3, blocks);
        relay.restore(chain.blocks().iter().cloned()).expect("its own network");
        member.peer_joined(LINK, clock::now());
        relay.peer_joined(LINK, clock::now());
        (member, relay)
    }

    #[tokio::test]
    async fn it_mines_when_it_has_the_relays_chain_and_no_longer_without_a_link() {
        let (mut member, mut relay) = connected(5);
        let mut work = work(1);
        assert!(!work.steer(&mut member, Some(LINK)), "nothing is known of the relay");
        talk(&mut member, &mut relay);
        assert!(work.steer(&mut member, Some(LINK)) && work.is_on());
        let job = ordered(&outputs(&mut member)).expect("a job");
        assert_eq!(job.header.height, Height::from(6));
        assert!(!work.steer(&mut member, Some(LINK)), "it mines already");
        assert!(work.steer(&mut member, None) && !work.is_on());
        assert_eq!(outputs(&mut member), [Output::Mine(None)]);
    }

    #[tokio::test]
    async fn a_block_is_stored_before_it_is_sent_and_the_work_is_done_when_the_relay_has_it() {
        let (mut member, mut relay) = connected(0);
        talk(&mut member, &mut relay);
        let mut work = work(1);
        work.steer(&mut member, Some(LINK));
        work.order(ordered(&outputs(&mut member)));
        let found = work.next().await;
        work.take(&mut member, found);
        let outputs = outputs(&mut member);
        let stored = outputs.iter().position(|output| matches!(output, Output::Store(StoreOp::Block { .. })));
        let sent = outputs.iter().position(|output| matches!(output, Output::Send { .. }));
        assert!(stored.expect("it is stored") < sent.expect("it is sent"), "{outputs:?}");
        assert!(work.is_enough(&member) && !work.is_done(), "the relay has yet to take it");
        assert!(work.steer(&mut member, Some(LINK)) && !work.is_on(), "no more is mined meanwhile");
        deliver(&outputs, &mut relay);
        talk(&mut member, &mut relay);
        assert_eq!(member.untaken(), 0, "the relay has it");
        work.taken();
        assert!(work.is_done());
        assert_eq!(relay.chain().tip(), member.chain().tip());
        assert_eq!(relay.ledger().account(&address(7)).balance, easy_params().reward);
    }

    #[tokio::test]
    async fn two_miners_that_are_paid_to_one_address_begin_at_different_extra_nonces() {
        let (one, other) = (work(1), work(1));
        assert_ne!(one.first, other.first);
        let (mut member, mut relay) = connected(0);
        talk(&mut member, &mut relay);
        let mut work = one;
        work.steer(&mut member, Some(LINK));
        work.order(ordered(&outputs(&mut member)));
        let found = work.next().await;
        // One thread has LANES_MAX extra nonces from its first on.
        let lanes = 0..u64::from(shared::state::LANES_MAX);
        assert!(lanes.into_iter().any(|lane| work.first.plus(lane) == found.extra_nonce));
    }
}
