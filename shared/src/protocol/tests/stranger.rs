//! A peer that says what the test wants, true or not.

use super::network::Network;
use crate::protocol::{Agent, Hello, Message, PROTOCOL_VERSION, PeerId, Role, Status, proof_bytes};
use crate::state::Tip;
use crate::testing::{ChainBuilder, address, key};
use crate::values::{NodeId, NodeName, SecretKey};
use crate::{decode, encode};

/// A peer at a link of one host: the relay, unless said otherwise.
pub(super) struct Stranger {
    pub(super) network: Network,
    pub(super) host: usize,
    pub(super) peer: PeerId,
    key: SecretKey,
    /// How many of the messages it heard were looked at.
    looked_at: usize,
}

impl Stranger {
    /// Linked, and not yet greeted.
    pub(super) fn new() -> Self {
        Self::at(Network::of_tabs(1, true), 0)
    }

    /// Linked to a host of a network, and not yet greeted.
    pub(super) fn at(mut network: Network, host: usize) -> Self {
        let peer = network.link_to_test(host);
        Self { network, host, peer, key: key(1_000), looked_at: 0 }
    }

    /// Linked and greeted.
    pub(super) fn greeted() -> Self {
        Self::new().greets()
    }

    pub(super) fn greets(mut self) -> Self {
        let hello = self.hello();
        self.say(&Message::Hello(hello.clone()));
        let theirs = self.heard().into_iter().find_map(|message| match message {
            Message::Hello(hello) => Some(hello),
            _ => None,
        });
        let proof = self.key.sign(&proof_bytes(&hello, &theirs.expect("a node greets first")));
        self.say(&Message::Proof(proof));
        let peers = self.network.hosts[self.host].node.peers();
        assert!(peers.iter().any(|info| info.peer == self.peer && info.id.is_some()));
        self
    }

    /// Comes back by a new link, and says Hello.
    pub(super) fn comes_back(&mut self) {
        self.network.hosts[self.host].cut_off.clear();
        self.peer = self.network.link_to_test(self.host);
        let hello = self.hello();
        self.say(&Message::Hello(hello));
    }

    pub(super) fn id(&self) -> NodeId {
        NodeId::of(&self.key.public())
    }

    pub(super) fn hello(&self) -> Hello {
        Hello {
            version: PROTOCOL_VERSION,
            network: self.network.params.network(),
            key: self.key.public(),
            role: Role::Tab,
            agent: Agent::new("stranger"),
            nonce: [7; 32],
            status: self.status(self.network.hosts[0].node.chain().tip()),
        }
    }

    pub(super) fn status(&self, tip: Tip) -> Status {
        let name = NodeName::new("stranger").expect("a name");
        Status { name, address: address(1_000), tip, auto_sync: true }
    }

    /// A chain of its own, on the network's genesis.
    pub(super) fn builder(&self) -> ChainBuilder {
        ChainBuilder::new(self.network.params.clone())
    }

    pub(super) fn say(&mut self, message: &Message) {
        self.say_bytes(&encode(message));
    }

    pub(super) fn say_bytes(&mut self, bytes: &[u8]) {
        self.network.deliver(self.host, self.peer, bytes);
    }

    /// Says that its chain ends there.
    pub(super) fn claim(&mut self, tip: Tip) {
        let status = self.status(tip);
        self.say(&Message::Status(status));
    }

    /// All it has heard.
    pub(super) fn heard(&self) -> Vec<Message> {
        self.network.hosts[self.host].heard.iter().map(|bytes| decode(bytes).expect("a message")).collect()
    }

    /// What it has heard since it was last asked this.
    pub(super) fn news(&mut self) -> Vec<Message> {
        let heard = self.heard();
        let news = heard[self.looked_at..].to_vec();
        self.looked_at = heard.len();
        news
    }

    /// It is cut off by this rule, was told so, and the others go on.
    #[track_caller]
    pub(super) fn expect_cut_off_by(mut self, rule: &str) {
        let [(peer, receipt)] = &self.network.hosts[self.host].cut_off[..] else {
            panic!("one peer is cut off, not {:?}", self.network.hosts[self.host].cut_off)
        };
        assert_eq!((*peer, receipt.rule.as_str()), (self.peer, rule), "{receipt}");
        assert_eq!(self.heard().last(), Some(&Message::Refused(receipt.clone())));
        self.network.run(200);
        self.network.mine(1);
        self.network.run(200);
        assert_eq!(self.network.tip(0), self.network.tip(1), "the others go on");
    }

    #[track_caller]
    pub(super) fn is_not_cut_off(&self) {
        assert_eq!(self.network.hosts[self.host].cut_off, []);
    }
}
