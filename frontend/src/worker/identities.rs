//! What the page does with the identities of this browser: list them, take another one, rename one, forget one.
//!
//! All of it reads and writes the registry beside the driver's loop. What a tab holds is that tab's: nobody else renames
//! or forgets it.

use std::cell::RefCell;
use std::collections::BTreeSet;

use shared::protocol::Node;
use shared::{Amount, NodeId, NodeName, Receipt, Refusal};

use super::idb;
use super::identity::{Identity, Known, Registry};
use super::store;
use crate::node::handle::{Answer, Field, FieldRefusal, Found, IdentityCommand};
use crate::node::view::{Holder, IdentityRow, RulesView};
use crate::room;

/// What is written in receipts where an identity is refused.
const RULE: &str = "identity";

/// What the identities are looked at from.
pub struct Desk<'a> {
    /// The list.
    pub registry: &'a Registry,
    /// This tab's own.
    pub own: NodeId,
    /// Whether its keys would be lost if the tab left them now, and why they are not on disk.
    pub unsaved: Option<Receipt>,
}

impl Desk<'_> {
    /// Does what the page asks.
    pub async fn perform(&self, command: IdentityCommand) -> Answer {
        let done = match command {
            IdentityCommand::Become(id) => self.make_way(&id).await.map_err(|receipt| (Field::Form, receipt)),
            IdentityCommand::Rename { id, name } => self.rename(&id, &name).await,
            IdentityCommand::Forget(id) => self.forget(&id).await.map_err(|receipt| (Field::Form, receipt)),
            // What concerns backups is done elsewhere.
            _ => Ok(()),
        };
        match done {
            Ok(()) => Answer::Done,
            Err((field, receipt)) => Answer::Refused(vec![FieldRefusal { field, receipt }]),
        }
    }

    /// The first identities: this tab's own, then the most recently used ones.
    pub async fn list(&self, count: u32, node: &RefCell<Node>) -> Found {
        let all = match self.registry.all().await {
            Ok(all) => all,
            Err(error) => return Found::Nothing(error.receipt()),
        };
        let total = all.len() as u32;
        let databases = idb::names().await.unwrap_or_default();
        let own = all.iter().filter(|(known, _)| known.id == self.own);
        let others = all.iter().filter(|(known, _)| known.id != self.own);
        let rows = own.chain(others).take(count as usize).map(|(known, is_held)| IdentityRow {
            other_rooms: other_rooms(&known.id, &databases, node.borrow().params().room.as_str()),
            ..self.row(known, *is_held, node)
        });
        Found::Identities { rows: rows.collect(), total }
    }

    fn row(&self, known: &Known, is_held: bool, node: &RefCell<Node>) -> IdentityRow {
        IdentityRow {
            id: known.id.to_string(),
            name: known.name().to_string(),
            last_used_ms: known.identity.last_used_ms(),
            holder: match is_held {
                _ if known.id == self.own => Holder::ThisTab,
                true => Holder::AnotherTab,
                false => Holder::Nobody,
            },
            is_backed_up: known.identity.is_backed_up(),
            balance: balance(&known.identity, &node.borrow()),
            other_rooms: Vec::new(),
        }
    }

    /// Holds another identity, so that no other tab takes it while this one is loaded again.
    async fn make_way(&self, id: &str) -> Result<(), Receipt> {
        if let Some(receipt) = &self.unsaved {
            return Err(receipt.clone());
        }
        let id = self.find(id).await?.id;
        if self.registry.lock(&id, 0).await {
            return Ok(());
        }
        Err(match self.registry.keeps_apart() {
            true => held(),
            false => {
                let expected = "a browser in which tabs can tell each other who they are";
                Receipt::new(RULE, expected, "one with neither Web Locks nor BroadcastChannel")
            }
        })
    }

    async fn rename(&self, id: &str, name: &str) -> Result<(), (Field, Receipt)> {
        let name = NodeName::new(name).map_err(|error| (Field::Name, error.receipt()))?;
        let renamed = async {
            let Known { id, mut identity } = self.find_free(id).await?;
            identity.rename(&name);
            self.registry.keep(&id, &identity).await.map_err(|error| error.receipt())
        };
        renamed.await.map_err(|receipt| (Field::Form, receipt))
    }

    async fn forget(&self, id: &str) -> Result<(), Receipt> {
        let id = self.find_free(id).await?.id;
        // Held for as long as this tab lives, so that no other opens it meanwhile.
        if self.registry.keeps_apart() && !self.registry.lock(&id, 0).await {
            return Err(held());
        }
        self.registry.forget(&id).await.map_err(|error| error.receipt())?;
        let names = idb::names().await.unwrap_or_default();
        for name in names.iter().filter(|name| name.starts_with(&store::prefix(&id))) {
            // The keys are gone; a chain that stays costs room and nothing else.
            idb::delete(name).await.ok();
        }
        Ok(())
    }

    /// Another identity of this browser than this tab's own.
    async fn find(&self, id: &str) -> Result<Known, Receipt> {
        let id: NodeId = id.parse().map_err(|error: shared::NodeIdError| error.receipt())?;
        if id == self.own {
            return Err(Receipt::new(RULE, "another one than this tab's own", "this tab's own"));
        }
        let found = self.registry.get(&id).await.map_err(|error| error.receipt())?;
        let identity = found.ok_or_else(|| Receipt::new(RULE, "one that this browser keeps", id.to_string()))?;
        Ok(Known { id, identity })
    }

    /// One that no tab holds.
    async fn find_free(&self, id: &str) -> Result<Known, Receipt> {
        let known = self.find(id).await?;
        match self.registry.is_held(&known.id).await {
            Ok(false) => Ok(known),
            Ok(true) => Err(held()),
            Err(error) => Err(error.receipt()),
        }
    }
}

/// The rooms besides this one of which there is a database of the identity's, each once. A classic room is left out: no
/// key has coins there.
fn other_rooms(id: &NodeId, databases: &[String], here: &str) -> Vec<String> {
    let rooms = databases.iter().filter_map(|name| store::room_of(name, id)).filter(|room| *room != here);
    let rooms = rooms.filter(|room| room::rules(room) == RulesView::Sealed);
    rooms.collect::<BTreeSet<_>>().into_iter().map(str::to_owned).collect()
}

/// What the room's chain gives an identity.
fn balance(identity: &Identity, node: &Node) -> Amount {
    node.ledger().account(&identity.seed().wallet_key().public().address()).balance
}

fn held() -> Receipt {
    Receipt::new(RULE, "one that no other tab holds", "one that is open in another tab of this browser")
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::testing::easy_params;

    #[test]
    fn the_rooms_of_an_identity_are_read_from_its_databases_alone() {
        let [own, other] = [1, 2].map(|byte| NodeId::from_bytes([byte; 16]));
        let network = easy_params().network();
        let kept =
            [(own, "main"), (own, "class-7b"), (own, "arena"), (own, "classic"), (own, "classic-7b"), (other, "exam")];
        let mut databases: Vec<String> = kept.iter().map(|(id, room)| store::name(id, room, &network)).collect();
        databases.extend([
            "tabcoin".to_owned(),
            format!("tabcoin {own} arena 0000000000000000"),
            format!("tabcoin {own}"),
        ]);
        assert_eq!(other_rooms(&own, &databases, "main"), ["arena", "class-7b"]);
        assert_eq!(other_rooms(&other, &databases, "main"), ["exam"]);
        assert_eq!(other_rooms(&other, &databases, "exam"), Vec::<String>::new());
    }
}
