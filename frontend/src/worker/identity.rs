//! Who this tab is: the identities this browser keeps, and which of them a tab takes.
//!
//! An identity is a seed; its node key and wallet key follow from it. The registry database lists them. A lock per
//! identity, held as long as the node worker lives, keeps two tabs from being one node. A tab takes, in this order:
//! 1. a new one, if the link asks for it (`?new`);
//! 2. the one it had before a reload, waiting a little for the lock of its own former self;
//! 3. the most recently used one that no open tab holds;
//! 4. a new one.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use borsh::{BorshDeserialize, BorshSerialize};
use shared::{NodeId, NodeName, Seed, Timestamp};

use super::claims::Claims;
use super::clock;
use super::idb::{Change, Database, StoreError};
use super::locks::Locks;
use crate::node::view::{Origin, OtherIdentity};

/// The database that lists this browser's identities and remembers rooms.
const REGISTRY: &str = "tabcoin";
const STORES: &[&str] = &[IDENTITIES, ROOMS];
const IDENTITIES: &str = "identities";
const ROOMS: &str = "rooms";
/// How many identities are read; more are kept but not listed.
const LISTED_MAX: u32 = 500;
/// How long a reloaded tab waits for the lock of its former self, in milliseconds. Closing takes a browser some
/// milliseconds, under load some hundred.
const RELOAD_WAIT_MS: u32 = 2_000;

/// An identity as the registry keeps it.
#[derive(Clone, Debug, PartialEq, BorshSerialize, BorshDeserialize)]
pub struct Identity {
    seed: [u8; 32],
    /// The name its owner gave it.
    name: Option<String>,
    created_ms: u64,
    last_used_ms: u64,
}

impl Identity {
    /// Makes an identity from 32 random bytes.
    pub fn new(seed: [u8; 32], now: Timestamp) -> Self {
        Self { seed, name: None, created_ms: now.as_ms(), last_used_ms: now.as_ms() }
    }

    /// Notes that it is used now.
    pub fn used(&mut self, now: Timestamp) {
        self.last_used_ms = now.as_ms();
    }

    /// Gives it another name.
    pub fn rename(&mut self, name: &NodeName) {
        self.name = Some(name.to_string());
    }

    /// What its keys are made from.
    pub fn seed(&self) -> Seed {
        Seed::from_bytes(self.seed)
    }

    /// Its node's id.
    pub fn id(&self) -> NodeId {
        NodeId::of(&self.seed().node_key().public())
    }

    /// Its name: the owner's, or the one made from its id.
    pub fn name(&self) -> NodeName {
        let given = self.name.as_deref().and_then(|name| NodeName::new(name).ok());
        given.unwrap_or_else(|| NodeName::from_id(&self.id()))
    }
}

/// An identity this tab holds, and how it came by it.
#[derive(Clone, Debug, PartialEq)]
pub struct Taken {
    /// The identity.
    pub identity: Identity,
    /// How the tab came by it.
    pub origin: Origin,
}

/// The identities in the order a tab tries them: the one it had, then the most recently used first.
pub fn order(known: &[Identity], wanted: Option<&str>) -> Vec<Identity> {
    let mut order = known.to_vec();
    order.sort_by_key(|identity| {
        let was_ours = wanted.is_some_and(|wanted| wanted == identity.id().to_string());
        (!was_ours, std::cmp::Reverse(identity.last_used_ms), identity.created_ms)
    });
    order
}

/// What keeps tabs apart here.
#[derive(Debug)]
enum Keeper {
    /// A secure page.
    Locks(Locks),
    /// Any other page.
    Claims(Claims),
    /// A browser with neither: nothing keeps two tabs apart, so each takes new keys.
    Nothing,
}

impl Keeper {
    fn here() -> Self {
        match Locks::here() {
            Some(locks) => Self::Locks(locks),
            None => Claims::join().map_or(Self::Nothing, Self::Claims),
        }
    }

    async fn take(&self, name: &str, wait_ms: u32) -> bool {
        match self {
            Self::Locks(locks) => locks.take(name, wait_ms).await.unwrap_or(false),
            Self::Claims(claims) => {
                let lot = clock::random::<8>().map_or(u64::MAX, u64::from_le_bytes);
                claims.take(name, lot).await.unwrap_or(false)
            }
            Self::Nothing => false,
        }
    }

    async fn held(&self) -> Result<BTreeSet<String>, StoreError> {
        match self {
            Self::Locks(locks) => Ok(locks.held().await?),
            Self::Claims(claims) => Ok(claims.held().await?),
            Self::Nothing => Ok(BTreeSet::new()),
        }
    }
}

/// The list of this browser's identities.
#[derive(Debug)]
pub struct Registry {
    db: RefCell<Option<Rc<Database>>>,
    keeper: Keeper,
}

impl Registry {
    /// Opens the registry. Where the browser keeps nothing, the registry is empty and the second value says why.
    pub async fn open() -> (Self, Option<StoreError>) {
        let keeper = Keeper::here();
        match Database::open(REGISTRY, STORES).await {
            Ok(db) => (Self::with(Some(db), keeper), None),
            Err(error) => (Self::with(None, keeper), Some(error)),
        }
    }

    fn with(db: Option<Database>, keeper: Keeper) -> Self {
        Self { db: RefCell::new(db.map(Rc::new)), keeper }
    }

    /// Opens the registry again after trouble.
    pub async fn reopen(&self) -> Result<(), StoreError> {
        self.close();
        let db = Database::open(REGISTRY, STORES).await?;
        *self.db.borrow_mut() = Some(Rc::new(db));
        Ok(())
    }

    /// Does without the registry.
    pub fn close(&self) {
        self.db.take();
    }

    fn db(&self) -> Option<Rc<Database>> {
        self.db.borrow().clone()
    }

    /// All identities of this browser.
    pub async fn list(&self) -> Result<Vec<Identity>, StoreError> {
        let Some(db) = self.db() else { return Ok(Vec::new()) };
        let page = db.page(IDENTITIES, None, LISTED_MAX).await?;
        Ok(page.iter().filter_map(|(_, bytes)| borsh::from_slice(bytes).ok()).collect())
    }

    /// Takes an identity for as long as this worker lives, and tries to write down that it is used. Where that fails it is
    /// taken all the same: on a full disk its owner still wants these coins. The [census](super::census) says so, and tries
    /// again.
    ///
    /// # Errors
    /// When the identities of this browser cannot be read.
    pub async fn take(
        &self,
        wanted: Option<&str>,
        fresh: bool,
        seed: [u8; 32],
        now: Timestamp,
    ) -> Result<Taken, StoreError> {
        let known = if fresh { Vec::new() } else { self.list().await? };
        for mut identity in order(&known, wanted) {
            let reloaded = wanted.is_some_and(|wanted| wanted == identity.id().to_string());
            if self.lock(&identity, if reloaded { RELOAD_WAIT_MS } else { 0 }).await {
                let last_used_ms = identity.last_used_ms;
                identity.last_used_ms = now.as_ms();
                self.keep(&identity).await.ok();
                let origin = if reloaded { Origin::Reloaded } else { Origin::Resumed { last_used_ms } };
                return Ok(Taken { identity, origin });
            }
        }
        let identity = Identity::new(seed, now);
        // Nobody else can hold the lock of keys that were just drawn; it is taken so that nobody does later.
        self.lock(&identity, 0).await;
        self.keep(&identity).await.ok();
        Ok(Taken { identity, origin: Origin::New })
    }

    /// Writes an identity down.
    ///
    /// # Errors
    /// Also where the registry is not open: an identity is its keys, and nobody may think that they were saved.
    pub async fn keep(&self, identity: &Identity) -> Result<(), StoreError> {
        let db = self.db().ok_or(StoreError::Closed)?;
        let value = borsh::to_vec(identity).expect("writing to memory does not fail");
        let key = identity.id().as_bytes().to_vec();
        db.write(&[Change::Put { store: IDENTITIES, key, value }]).await
    }

    /// The other identities, most recently used first.
    pub async fn others(&self, own: &NodeId) -> Result<Vec<OtherIdentity>, StoreError> {
        let held = self.keeper.held().await?;
        let known = order(&self.list().await?, None);
        let others = known.into_iter().filter(|identity| identity.id() != *own);
        Ok(others
            .map(|identity| OtherIdentity {
                id: identity.id().to_string(),
                name: identity.name().to_string(),
                last_used_ms: identity.last_used_ms,
                in_use: held.contains(&lock_name(&identity.id())),
            })
            .collect())
    }

    /// The parameters of a room as they were last fetched.
    pub async fn room(&self, room: &str) -> Result<Option<Vec<u8>>, StoreError> {
        match self.db() {
            Some(db) => db.get(ROOMS, room.as_bytes()).await,
            None => Ok(None),
        }
    }

    /// Remembers the parameters of a room.
    pub async fn keep_room(&self, room: &str, value: Vec<u8>) -> Result<(), StoreError> {
        let Some(db) = self.db() else { return Ok(()) };
        db.write(&[Change::Put { store: ROOMS, key: room.as_bytes().to_vec(), value }]).await
    }

    async fn lock(&self, identity: &Identity, wait_ms: u32) -> bool {
        self.keeper.take(&lock_name(&identity.id()), wait_ms).await
    }
}

fn lock_name(id: &NodeId) -> String {
    format!("tabcoin node {id}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(seed: u8, last_used_ms: u64) -> Identity {
        Identity { last_used_ms, ..Identity::new([seed; 32], Timestamp::from_ms(1)) }
    }

    #[test]
    fn the_most_recently_used_identity_is_tried_first() {
        let (old, new, middle) = (identity(1, 10), identity(2, 30), identity(3, 20));
        assert_eq!(order(&[old.clone(), new.clone(), middle.clone()], None), [new, middle, old]);
    }

    #[test]
    fn a_reloaded_tab_tries_first_who_it_was() {
        let (old, new) = (identity(1, 10), identity(2, 30));
        let wanted = old.id().to_string();
        assert_eq!(order(&[new.clone(), old.clone()], Some(&wanted)), [old.clone(), new.clone()]);
        assert_eq!(order(&[old.clone(), new.clone()], Some("gone")), [new, old]);
    }

    #[test]
    fn a_name_that_is_no_longer_allowed_gives_way_to_the_one_made_from_the_id() {
        let mut node = identity(1, 1);
        let made = node.name();
        node.name = Some("\u{202e}evil".to_owned());
        assert_eq!(node.name(), made);
        node.rename(&NodeName::new("ada").expect("three letters"));
        assert_eq!(node.name().to_string(), "ada");
    }

    #[test]
    fn what_the_registry_writes_it_reads() {
        let node = identity(9, 77);
        let bytes = borsh::to_vec(&node).expect("memory");
        assert_eq!(borsh::from_slice::<Identity>(&bytes).expect("just written"), node);
    }
}
