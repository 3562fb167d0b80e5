//! Who this tab is: the identities this browser keeps, and which of them a tab takes.
//!
//! An identity is a seed; its node key and wallet key follow from it. The registry database lists them. A lock per
//! identity, held as long as the node worker lives, keeps two tabs from being one node. A tab takes, in this order:
//! 1. a new one, if a link of the app's own asks for it (`?new=…`);
//! 2. the one it had before a reload, waiting a little for the lock of its own former self;
//! 3. the most recently used one that no open tab holds;
//! 4. a new one.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use borsh::{BorshDeserialize, BorshSerialize};
use shared::backup::{KeptIdentity, RoomContacts};
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
/// How many identities are read at once. They are read by their ids, so all must be read before any order is made.
const PAGE: u32 = 500;
/// How many rooms are read.
const ROOMS_MAX: u32 = 1_000;
/// How many other identities a snapshot names; the page of identities asks for all.
const SHOWN_MAX: usize = 4;
/// How long a reloaded tab waits for the lock of its former self, in milliseconds. Closing takes a browser some
/// milliseconds, under load some hundred.
const RELOAD_WAIT_MS: u32 = 2_000;

/// An identity as the registry keeps it.
#[derive(Clone, PartialEq, BorshSerialize, BorshDeserialize)]
pub struct Identity {
    seed: [u8; 32],
    /// The name its owner gave it.
    name: Option<String>,
    created_ms: u64,
    last_used_ms: u64,
    /// When it was last seen that its keys are kept elsewhere too.
    backed_up_ms: Option<u64>,
}

impl Identity {
    /// Makes an identity from 32 random bytes.
    pub fn new(seed: [u8; 32], now: Timestamp) -> Self {
        Self { seed, name: None, created_ms: now.as_ms(), last_used_ms: now.as_ms(), backed_up_ms: None }
    }

    /// One as a backup held it.
    pub fn restored(kept: &KeptIdentity) -> Self {
        Self {
            seed: kept.seed.to_bytes(),
            name: kept.name.clone(),
            created_ms: kept.created.as_ms(),
            last_used_ms: kept.last_used.as_ms(),
            backed_up_ms: None,
        }
    }

    /// The same for a backup.
    pub fn kept(&self, contacts: Vec<RoomContacts>) -> KeptIdentity {
        KeptIdentity {
            seed: self.seed(),
            name: self.name.clone(),
            created: Timestamp::from_ms(self.created_ms),
            last_used: Timestamp::from_ms(self.last_used_ms),
            contacts,
        }
    }

    /// Reads one as the registry keeps it. One from before backups were noted ends a field earlier.
    fn read(bytes: &[u8]) -> Option<Self> {
        const NOT_BACKED_UP: [u8; 1] = [0];
        let read = borsh::from_slice(bytes);
        read.or_else(|_| borsh::from_slice(&[bytes, &NOT_BACKED_UP].concat())).ok()
    }

    /// Notes that its keys are kept elsewhere too.
    pub fn back_up(&mut self, now: Timestamp) {
        self.backed_up_ms = self.backed_up_ms.max(Some(now.as_ms()));
    }

    /// Takes over the backup that the registry knows of.
    pub fn take_over(&mut self, kept: &Self) {
        self.backed_up_ms = self.backed_up_ms.max(kept.backed_up_ms);
    }

    /// Whether its keys are kept elsewhere too.
    pub fn is_backed_up(&self) -> bool {
        self.backed_up_ms.is_some()
    }

    /// Notes that it is used now.
    pub fn used(&mut self, now: Timestamp) {
        self.last_used_ms = now.as_ms();
    }

    /// Gives it another name.
    pub fn rename(&mut self, name: &NodeName) {
        self.name = Some(name.to_string());
    }

    /// When it was last used.
    pub fn last_used_ms(&self) -> u64 {
        self.last_used_ms
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
        self.name_for(&self.id())
    }

    /// Its name, where its id is known.
    pub fn name_for(&self, id: &NodeId) -> NodeName {
        let given = self.name.as_deref().and_then(|name| NodeName::new(name).ok());
        given.unwrap_or_else(|| NodeName::from_id(id))
    }
}

impl std::fmt::Debug for Identity {
    /// Without the seed.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Identity")
            .field("name", &self.name)
            .field("last_used_ms", &self.last_used_ms)
            .finish_non_exhaustive()
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

/// An identity of the registry, under its id: to make the id of a seed takes as long as to sign.
#[derive(Clone, Debug, PartialEq)]
pub struct Known {
    /// Its node's id.
    pub id: NodeId,
    /// The identity.
    pub identity: Identity,
}

impl Known {
    fn read(key: &[u8], value: &[u8]) -> Option<Self> {
        Some(Self { id: NodeId::from_bytes(key.try_into().ok()?), identity: Identity::read(value)? })
    }

    /// Its name: the owner's, or the one made from its id.
    pub fn name(&self) -> NodeName {
        self.identity.name_for(&self.id)
    }
}

/// The identities in the order a tab tries them: the one it had, then the most recently used first.
pub fn order(known: &[Known], wanted: Option<&NodeId>) -> Vec<Known> {
    let mut order = known.to_vec();
    order.sort_by_key(|Known { id, identity }| {
        (wanted != Some(id), std::cmp::Reverse(identity.last_used_ms), identity.created_ms)
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

    /// All identities of this browser, however many there are.
    pub async fn list(&self) -> Result<Vec<Known>, StoreError> {
        let Some(db) = self.db() else { return Ok(Vec::new()) };
        let (mut known, mut last) = (Vec::new(), None::<Vec<u8>>);
        loop {
            let page = db.page(IDENTITIES, last.as_deref(), PAGE).await?;
            known.extend(page.iter().filter_map(|(key, value)| Known::read(key, value)));
            match page.last() {
                Some((key, _)) if page.len() == PAGE as usize => last = Some(key.clone()),
                _ => return Ok(known),
            }
        }
    }

    /// One identity of this browser.
    pub async fn get(&self, id: &NodeId) -> Result<Option<Identity>, StoreError> {
        let Some(db) = self.db() else { return Ok(None) };
        Ok(db.get(IDENTITIES, id.as_bytes()).await?.and_then(|bytes| Identity::read(&bytes)))
    }

    /// Forgets an identity.
    pub async fn forget(&self, id: &NodeId) -> Result<(), StoreError> {
        let db = self.db().ok_or(StoreError::Closed)?;
        db.write(&[Change::Delete { store: IDENTITIES, key: id.as_bytes().to_vec() }]).await
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
        let wanted: Option<NodeId> = wanted.and_then(|wanted| wanted.parse().ok());
        for Known { id, mut identity } in order(&known, wanted.as_ref()) {
            let reloaded = wanted == Some(id);
            if self.lock(&id, if reloaded { RELOAD_WAIT_MS } else { 0 }).await {
                let last_used_ms = identity.last_used_ms;
                identity.last_used_ms = now.as_ms();
                self.keep(&id, &identity).await.ok();
                let origin = if reloaded { Origin::Reloaded } else { Origin::Resumed { last_used_ms } };
                return Ok(Taken { identity, origin });
            }
        }
        let identity = Identity::new(seed, now);
        let id = identity.id();
        // Nobody else can hold the lock of keys that were just drawn; it is taken so that nobody does later.
        self.lock(&id, 0).await;
        self.keep(&id, &identity).await.ok();
        Ok(Taken { identity, origin: Origin::New })
    }

    /// Writes an identity down.
    ///
    /// # Errors
    /// Also where the registry is not open: an identity is its keys, and nobody may think that they were saved.
    pub async fn keep(&self, id: &NodeId, identity: &Identity) -> Result<(), StoreError> {
        let db = self.db().ok_or(StoreError::Closed)?;
        let value = borsh::to_vec(identity).expect("writing to memory does not fail");
        db.write(&[Change::Put { store: IDENTITIES, key: id.as_bytes().to_vec(), value }]).await
    }

    /// Writes down that the identity that this tab holds is used. A backup that another tab made is taken over.
    ///
    /// # Errors
    /// As [`keep`](Self::keep).
    pub async fn keep_used(&self, id: &NodeId, identity: &mut Identity) -> Result<(), StoreError> {
        if let Some(kept) = self.get(id).await? {
            identity.take_over(&kept);
        }
        self.keep(id, identity).await
    }

    /// Whether another tab holds an identity.
    ///
    /// # Errors
    /// When the browser does not say.
    pub async fn is_held(&self, id: &NodeId) -> Result<bool, StoreError> {
        Ok(self.keeper.held().await?.contains(&lock_name(id)))
    }

    /// Whether something keeps two tabs of this browser from holding one identity.
    pub fn keeps_apart(&self) -> bool {
        !matches!(self.keeper, Keeper::Nothing)
    }

    /// All identities with whether another tab holds them, most recently used first.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn all(&self) -> Result<Vec<(Known, bool)>, StoreError> {
        let held = self.keeper.held().await?;
        let all = order(&self.list().await?, None).into_iter();
        Ok(all.map(|known| (known.clone(), held.contains(&lock_name(&known.id)))).collect())
    }

    /// The identities besides this tab's own: the first to show, most recently used first, and how many there are.
    pub async fn others(&self, own: &NodeId) -> Result<(Vec<OtherIdentity>, usize), StoreError> {
        let all = self.all().await?;
        let others: Vec<_> = all.iter().filter(|(known, _)| known.id != *own).collect();
        let shown = others.iter().take(SHOWN_MAX).map(|(known, in_use)| OtherIdentity {
            id: known.id.to_string(),
            name: known.name().to_string(),
            last_used_ms: known.identity.last_used_ms,
            in_use: *in_use,
        });
        Ok((shown.collect(), others.len()))
    }

    /// The rooms whose parameters are remembered, by name.
    pub async fn rooms(&self) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        let Some(db) = self.db() else { return Ok(Vec::new()) };
        let page = db.page(ROOMS, None, ROOMS_MAX).await?;
        Ok(page.into_iter().filter_map(|(key, value)| Some((String::from_utf8(key).ok()?, value))).collect())
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

    /// Takes an identity's lock for as long as this worker lives. False where another tab has it.
    pub async fn lock(&self, id: &NodeId, wait_ms: u32) -> bool {
        self.keeper.take(&lock_name(id), wait_ms).await
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

    fn known(seed: u8, last_used_ms: u64) -> Known {
        let identity = identity(seed, last_used_ms);
        Known { id: identity.id(), identity }
    }

    #[test]
    fn the_most_recently_used_identity_is_tried_first() {
        let (old, new, middle) = (known(1, 10), known(2, 30), known(3, 20));
        assert_eq!(order(&[old.clone(), new.clone(), middle.clone()], None), [new, middle, old]);
    }

    #[test]
    fn a_reloaded_tab_tries_first_who_it_was() {
        let (old, new) = (known(1, 10), known(2, 30));
        assert_eq!(order(&[new.clone(), old.clone()], Some(&old.id)), [old.clone(), new.clone()]);
        let gone = NodeId::from_bytes([9; 16]);
        assert_eq!(order(&[old.clone(), new.clone()], Some(&gone)), [new, old]);
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
        assert_eq!(Known::read(node.id().as_bytes(), &bytes), Some(known(9, 77)));
        let mut backed_up = node;
        backed_up.back_up(Timestamp::from_ms(5));
        backed_up.back_up(Timestamp::from_ms(3));
        let bytes = borsh::to_vec(&backed_up).expect("memory");
        assert_eq!(Identity::read(&bytes).and_then(|read| read.backed_up_ms), Some(5));
    }

    #[test]
    fn an_identity_from_before_backups_were_noted_is_read_and_is_not_backed_up() {
        let node = identity(9, 77);
        let bytes = borsh::to_vec(&([9_u8; 32], Some("ada"), 1_u64, 77_u64)).expect("memory");
        let read = Identity::read(&bytes).expect("as it was kept");
        assert_eq!(read, Identity { name: Some("ada".to_owned()), ..node });
        assert!(!read.is_backed_up());
        assert_eq!(Identity::read(&bytes[1..]), None);
    }
}
