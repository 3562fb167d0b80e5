//! The six requests in a sealed room.

use std::sync::{Arc, Mutex, PoisonError};

use shared::exchange::Answer;
use shared::tutorial::{self, AUDIT_HEADERS, Audit, Call, OwnKey, Wallet, read_nodes};
use shared::{Address, Receipt, Refusal, SecretKey};

use super::failing;
use super::miner::NotMined;
use super::nodes::Nodes;
use crate::relay::Relay;
use crate::room::{Identity, Room, RoomError};

/// What the wallet's only key is called.
const LABEL: &str = "relay";

/// What the own node keeps in a sealed room.
#[derive(Debug)]
pub(super) struct Sealed {
    wallet: SecretKey,
    payout: Address,
    nodes: Nodes,
    /// How far the chain was audited.
    audit: Mutex<Audit>,
}

impl Sealed {
    pub(super) fn open(room: &Room, identity: &Identity) -> Result<Self, RoomError> {
        Ok(Self {
            wallet: identity.wallet.clone(),
            payout: identity.address,
            nodes: Nodes::open(room)?,
            audit: Mutex::default(),
        })
    }

    pub(super) async fn answer(&self, relay: &Arc<Relay>, room: &Room, call: Call) -> Answer {
        match call {
            Call::MineBlock => self.mine(relay, room).await,
            // Whatever the format, it is the relay that writes it.
            Call::GetChain { .. } => room.look(|node| tutorial::chain(node.chain())).await.unwrap_or_else(failing),
            Call::IsValid => self.audit(room).await,
            Call::AddTransaction { body } => self.pay(room, body).await,
            Call::ConnectNode { body } => self.connect(room, &body).await,
            Call::DisconnectNode { body } => self.disconnect(room, &body).await,
            Call::ReplaceChain => self.nodes.replace(relay, room).await,
            Call::StartOver | Call::DropTransactions => tutorial::only_in_classic(call.route()),
        }
    }

    async fn mine(&self, relay: &Relay, room: &Room) -> Answer {
        match relay.own.miner.mine(room, self.payout, &relay.stop).await {
            Ok(block) => tutorial::mined(&block, &room.params().address_prefix),
            Err(NotMined::Crowded(receipt)) => Answer::refusal(429, &receipt),
            Err(NotMined::Late(receipt)) => Answer::refusal(504, &receipt),
            Err(NotMined::Refused(receipt)) => Answer::refusal(500, &receipt),
            Err(NotMined::Failing) => failing(),
        }
    }

    /// In steps, so that a long chain does not hold up the room.
    async fn audit(&self, room: &Room) -> Answer {
        let lock = || self.audit.lock().unwrap_or_else(PoisonError::into_inner);
        let mut audit = lock().clone();
        loop {
            let step = room.look(move |node| {
                let answer = audit.run(node.chain(), AUDIT_HEADERS);
                (audit, answer)
            });
            match step.await {
                Some((reached, Some(answer))) => {
                    *lock() = reached;
                    return answer;
                }
                Some((reached, None)) => audit = reached,
                None => return failing(),
            }
        }
    }

    async fn pay(&self, room: &Room, body: String) -> Answer {
        let wallet = self.wallet.clone();
        let pay = move |node: &mut shared::protocol::Node, now| {
            let keys = [OwnKey { label: LABEL, key: &wallet }];
            tutorial::add_transaction(node, &Wallet { keys: &keys, contacts: &[] }, &body, now)
        };
        room.act(pay).await.unwrap_or_else(failing)
    }

    async fn connect(&self, room: &Room, body: &str) -> Answer {
        let nodes = match read_nodes(body) {
            Ok(nodes) => nodes,
            Err(answer) => return answer,
        };
        // A node named by its id must be one that the room knows.
        let ids: Vec<_> = nodes.iter().filter_map(|node| node.node_id()).collect();
        let known = room.act(move |node, now| -> Result<(), Receipt> {
            let own = node.id();
            for id in ids.into_iter().filter(|id| *id != own) {
                node.connect(id, now).map_err(|error| error.receipt())?;
            }
            Ok(())
        });
        match known.await {
            None => return failing(),
            Some(Err(receipt)) => return Answer::refusal(400, &receipt),
            Some(Ok(())) => {}
        }
        match self.nodes.add(room, nodes).await {
            Ok(nodes) => tutorial::connected(&nodes),
            Err(answer) => answer,
        }
    }

    async fn disconnect(&self, room: &Room, body: &str) -> Answer {
        let named = match read_nodes(body) {
            Ok(named) => named,
            Err(answer) => return answer,
        };
        match self.nodes.remove(room, &named).await {
            Ok(nodes) => tutorial::disconnected_answer(&nodes),
            Err(answer) => answer,
        }
    }
}
