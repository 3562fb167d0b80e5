//! A node for tests: on easy parameters, alone, mined by hand.

use shared::protocol::{Config, Event, Member, Mining, Node, Output, Role, StoreOp};
use shared::state::mining::{Job, SearchCursor, search};
use shared::state::{MemoryBodies, Scalar};
use shared::testing::{address, easy_params, key};
use shared::{Address, Block, BlockHash, NodeId, NodeName, SecretKey, Timestamp};

use super::http::deed::Tab;

/// Where the page of the fixture came from.
pub(crate) const ORIGIN: &str = "http://127.0.0.1:5001";

/// A node and the time it is.
pub(crate) struct Fixture {
    pub(crate) node: Node,
    pub(crate) now: Timestamp,
    pub(crate) own: Address,
    pub(crate) events: Vec<Event>,
    pub(crate) stored: Vec<StoreOp>,
    job: Option<Job>,
}

impl Fixture {
    /// The node whose wallet has the key with this number.
    pub(crate) fn new(number: u64) -> Self {
        let own = key(number).public().address();
        let config = Config {
            role: Role::Tab,
            name: NodeName::new("ada").expect("letters"),
            agent: "test".to_owned(),
            auto_sync: true,
            address: own,
        };
        let params = easy_params();
        let now = params.genesis_time.plus_ms(60_000);
        let node = Node::new(config, params, key(number + 1_000), [7; 32], Box::new(MemoryBodies::default()));
        Self { node, now, own, events: Vec::new(), stored: Vec::new(), job: None }
    }

    /// Has the node mine a block, and returns it.
    pub(crate) fn mine(&mut self) -> BlockHash {
        self.now = self.now.plus_ms(10_000);
        self.node.set_mining(Mining::Once { payout: self.own }, self.now);
        self.solve()
    }

    /// Solves what the node mines, and returns the block.
    pub(crate) fn solve(&mut self) -> BlockHash {
        self.drain();
        let job = self.job.take().expect("a node that mines gives out a job");
        let outcome = search(&Scalar, &job, SearchCursor::default(), u64::from(u32::MAX));
        let (extra_nonce, proof) = outcome.found.expect("the parameters are easy");
        let hash = self.node.mined(job.id, extra_nonce, proof, self.now).expect("a proof of the last job");
        self.drain();
        hash
    }

    /// Has the room know a member who has left: the one with this id and the address of this key.
    pub(crate) fn introduce(&mut self, id: NodeId, name: &str, key: u64) {
        let member = Member {
            id,
            name: NodeName::new(name).expect("letters"),
            address: address(key),
            role: Role::Tab,
            tip: self.node.chain().tip(),
            auto_sync: true,
            online: false,
            seen: self.now,
        };
        self.node.restore_members([member]);
    }

    /// The node as requests meet it, with the wallet of key 1.
    pub(crate) fn tab<'a>(&'a mut self, wallet_key: &'a SecretKey, contacts: &'a [(String, Address)]) -> Tab<'a> {
        Tab {
            payout: self.own,
            node: &mut self.node,
            wallet_key,
            contacts,
            origin: ORIGIN,
            is_linked: true,
            no_miner: None,
            now: self.now,
        }
    }

    /// Has the node take back blocks that it did not mine.
    pub(crate) fn restore(&mut self, blocks: &[Block]) {
        self.node.restore(blocks.iter().cloned()).expect("blocks of this network");
        self.drain();
    }

    /// Takes what the node put out.
    pub(crate) fn drain(&mut self) {
        while let Some(output) = self.node.poll_output() {
            self.take(output);
        }
    }

    fn take(&mut self, output: Output) {
        match output {
            Output::Event(event) => self.events.push(event),
            Output::Store(op) => self.stored.push(op),
            Output::Mine(job) => self.job = job,
            Output::Send { .. } | Output::CutOff { .. } => {}
        }
    }
}
