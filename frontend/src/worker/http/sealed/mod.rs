//! The six requests in a sealed room, answered from the tab's node.
//!
//! What a request means and how an answer reads is `shared::tutorial`'s; here is what takes time: those who wait for a
//! block, for a verdict on the whole chain, or for the chains of others.

mod connections;
mod mines;
mod replaces;
#[cfg(test)]
mod tests;
mod validity;

use shared::exchange::{Answer, Request};
use shared::protocol::{Event, Role};
use shared::tutorial::{self, Call, OwnKey, Wallet};
use shared::{Receipt, Timestamp};

pub use self::connections::{Connections, member_url};
use self::mines::Mines;
use self::replaces::Replaces;
use self::validity::Validity;
use super::deed::{Deed, Tab};
use super::queue::Asker;

/// Answers requests in a sealed room.
#[derive(Clone, Debug, Default)]
pub struct Sealed {
    connections: Connections,
    mines: Mines,
    replaces: Replaces,
    validity: Validity,
}

impl Sealed {
    /// The places of the connected nodes.
    pub fn nodes(&self) -> Vec<String> {
        self.connections.kept()
    }

    /// Connects it to these nodes and no others.
    pub fn connect_only(&mut self, nodes: &[String]) {
        self.connections = Connections::restore(nodes);
    }

    /// Answers a request, now or later.
    pub fn call(&mut self, asker: Asker, call: Call, request: &Request, tab: &mut Tab<'_>) -> Vec<Deed> {
        let until = tab.now.plus_ms(request.within_ms);
        let mut deeds = Vec::new();
        let answer = match call {
            Call::GetChain { .. } => Some(tutorial::chain(tab.node.chain())),
            Call::IsValid => self.validity.ask(asker, until, tab.node.chain()),
            Call::AddTransaction { body } => {
                let keys = [OwnKey { label: "", key: tab.wallet_key }];
                let wallet = Wallet { keys: &keys, contacts: tab.contacts };
                Some(tutorial::add_transaction(tab.node, &wallet, &body, tab.now))
            }
            Call::ConnectNode { body } => Some(self.connections.connect(&body, tab)),
            Call::DisconnectNode { body } => Some(self.connections.disconnect(&body, tab)),
            Call::MineBlock => self.mines.ask(asker, until, tab).err(),
            Call::StartOver | Call::DropTransactions => Some(tutorial::only_in_classic(call.route())),
            Call::ReplaceChain => match self.replaces.ask(asker, until) {
                Ok(()) => {
                    deeds.extend(self.replace(tab));
                    None
                }
                Err(answer) => Some(answer),
            },
        };
        deeds.extend(answer.map(|answer: Answer| Deed::Answer(asker, answer)));
        deeds
    }

    /// Replaces the chain: by request, or on the page's button.
    pub fn replace(&mut self, tab: &mut Tab<'_>) -> Vec<Deed> {
        self.connections.remind(tab);
        let elsewhere = self.connections.elsewhere(tab.node);
        self.replaces.start(&elsewhere, tab).into_iter().map(Deed::Tell).collect()
    }

    /// Hears what happened in the node.
    pub fn hear(&mut self, event: &Event, tab: &mut Tab<'_>) -> Vec<Deed> {
        match event {
            Event::BlockMined { hash, .. } => self.mines.mined(hash, tab).into_iter().collect(),
            Event::ReplaceFinished(report) => self.replaces.finished(report, tab.node.chain()),
            Event::PeerGone { role: Role::Relay, .. } => {
                self.replaces.relay_lost(tab);
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    /// Hears what came of asking a node elsewhere.
    pub fn fetched(&mut self, number: u64, result: Result<String, Receipt>, tab: &mut Tab<'_>) {
        self.replaces.fetched(number, result, tab);
    }

    /// Notes that the owner started or stopped the miner, or that it broke.
    pub fn owner_spoke(&mut self, tab: &Tab<'_>) -> Vec<Deed> {
        self.mines.owner_spoke(tab.node)
    }

    /// Forgets askers that wait no longer.
    pub fn forget(&mut self, mut gone: impl FnMut(&Asker) -> bool, tab: &mut Tab<'_>) -> Vec<Deed> {
        let mut deeds = self.mines.forget(&mut gone, tab);
        deeds.extend(self.replaces.forget(&mut gone));
        deeds.extend(self.validity.forget(&mut gone));
        deeds
    }

    /// Does what is due, and a little of what takes long.
    pub fn wake(&mut self, tab: &mut Tab<'_>) -> Vec<Deed> {
        let mut deeds = self.mines.wake(tab);
        deeds.extend(self.replaces.wake(tab));
        deeds.extend(self.validity.step(tab.node.chain()));
        deeds.extend(self.validity.wake(tab.now));
        deeds
    }

    /// Whether [`Sealed::wake`] has something to do at once.
    pub fn is_busy(&self) -> bool {
        self.validity.is_busy()
    }

    /// When [`Sealed::wake`] has something to do.
    pub fn next_due(&self) -> Option<Timestamp> {
        let due = [self.mines.next_due(), self.replaces.next_due(), self.validity.next_due()];
        due.into_iter().flatten().min()
    }
}
