//! The relay's own node as the tutorial's script: its six requests, answered in each room.
//!
//! It is the node that verifies for the room, with the wallet of the relay's seed and a miner of its own; both exist only
//! where the operator allows ([`OwnNode`]). It needs no token: on a relay that only this machine reaches, whoever
//! reaches it is its owner, and elsewhere what changes it is off. In a classic room it is one of the tutorial's scripts
//! beside the room's members, kept in the store.
//!
//! Nothing here knows a socket: a request comes parsed, and an answer leaves as an [`Answer`].

mod chain;
mod classic;
mod import;
mod miner;
mod nodes;
mod sealed;

use std::collections::BTreeMap;
use std::sync::Arc;

use shared::exchange::{Answer, Request};
use shared::tutorial::{Call, Route};
use shared::{Receipt, RoomName, Rules};

pub(crate) use self::chain::{Cache, respond};
pub(crate) use self::classic::Standing;
pub(crate) use self::import::adopt;
pub use self::miner::MINING_WAITING_MAX;
use self::miner::Miner;
use self::sealed::Sealed;
use crate::reach::Reach;
use crate::relay::Relay;
use crate::room::{Identity, Room, RoomError};
use crate::search::Threads;
use crate::store::{Store, StoreError};

/// Nodes that are asked for their chains at a time.
const ASKED_AT_ONCE: usize = 4;

/// Whether the relay's own node mines and pays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum OwnNode {
    /// It does, for whoever can reach the relay
    On,
    /// It only answers what it knows
    Off,
    /// It does where only this machine reaches the relay
    #[default]
    Auto,
}

impl OwnNode {
    /// Whether it does, on a relay that can be reached so far.
    pub fn is_on(self, reach: Reach) -> bool {
        match self {
            Self::On => true,
            Self::Off => false,
            Self::Auto => reach == Reach::ThisMachine,
        }
    }
}

/// What the relay's own node keeps in each room besides the room's node.
#[derive(Debug)]
pub(crate) struct Own {
    is_on: bool,
    sealed: BTreeMap<RoomName, Sealed>,
    classic: BTreeMap<RoomName, classic::Script>,
    miner: Miner,
    chains: Cache,
}

impl Own {
    /// Takes up what the store keeps of the own node in these rooms. Blocks on the disk.
    pub(crate) fn open<'a>(
        rooms: impl Iterator<Item = &'a Room>,
        identity: &Identity,
        is_on: bool,
        mining_threads: Threads,
    ) -> Result<Self, RoomError> {
        let (mut sealed, mut classic) = (BTreeMap::new(), BTreeMap::new());
        for room in rooms {
            let name = room.params().room.clone();
            match room.params().rules() {
                Rules::Sealed => drop(sealed.insert(name, Sealed::open(room, identity)?)),
                Rules::Classic => drop(classic.insert(name, classic::Script::open(room, identity)?)),
            }
        }
        Ok(Self { is_on, sealed, classic, miner: Miner::new(mining_threads), chains: Cache::default() })
    }

    /// How far its chain in a classic room is; `None` in a sealed one.
    pub(crate) fn classic_standing(&self, room: &RoomName) -> Option<Standing> {
        self.classic.get(room).map(classic::Script::standing)
    }

    /// Whether it mines and pays.
    pub(crate) fn is_on(&self) -> bool {
        self.is_on
    }
}

/// Answers a request to the relay's own node in a room.
pub(crate) async fn answer(relay: &Arc<Relay>, room: &Room, request: &Request) -> Answer {
    let call = match Call::parse(request) {
        Ok(call) => call,
        Err(answer) => return answer,
    };
    if let Err(receipt) = check_allowed(relay, call.route(), request.is_foreign) {
        return Answer::refusal(403, &receipt);
    }
    let own = &relay.own;
    if let Some(script) = own.classic.get(&room.params().room) {
        return script.answer(relay, room, call).await;
    }
    let sealed = own.sealed.get(&room.params().room).expect("every room is sealed or classic");
    sealed.answer(relay, room, call).await
}

/// The chain of the relay's own node in a classic room, as its `get_chain` answers it; `None` in a sealed room.
pub(crate) async fn classic_chain(relay: &Relay, room: &Room) -> Option<String> {
    Some(relay.own.classic.get(&room.params().room)?.chain().await)
}

fn check_allowed(relay: &Relay, route: Route, is_foreign: bool) -> Result<(), Receipt> {
    if !route.is_change() {
        return Ok(());
    }
    if relay.own.is_on {
        // It has no token that such a page could know.
        let expected = "a request of the relay's own pages, or of no page";
        let refused = || Receipt::new("origin", expected, format!("{} from another site's page", route.path()));
        return if is_foreign { Err(refused()) } else { Ok(()) };
    }
    let expected = "a relay whose operator lets its own node mine and pay (relay serve --own-node on)";
    Err(Receipt::new("own node", expected, format!("{}, and this relay's own node only answers", route.path())))
}

/// Keeps a text of the own node in a room. Blocks on the disk.
fn keep(store: &Store, room: &RoomName, name: &str, text: &str) -> Result<(), StoreError> {
    store.set_own(room, name, text).inspect_err(|_| {
        // The failure has closed the database: it is opened again, so that reading goes on and the next try may succeed.
        let _ = store.recover();
    })
}

/// What is answered while the room's store takes no writes, or the relay stops.
fn failing() -> Answer {
    Answer::refusal(503, &Receipt::new("store", "a store that takes writes", "none until it works again"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_own_node_is_on_by_itself_only_where_nobody_else_reaches_it() {
        for (choice, expected) in [
            (OwnNode::Auto, [true, false, false]),
            (OwnNode::On, [true, true, true]),
            (OwnNode::Off, [false, false, false]),
        ] {
            let found = [Reach::ThisMachine, Reach::Lan, Reach::Public].map(|reach| choice.is_on(reach));
            assert_eq!(found, expected, "{choice:?}");
        }
    }
}
