//! Gathers what a backup holds, and puts back what one held. Encrypting and reading words are `shared::backup`'s.
//!
//! A backup holds every identity of this browser, not this tab's alone: what is lost with the site's data is lost
//! together. What a tab holds in memory goes before what the registry has, so that a tab whose store fails can be backed
//! up all the same.

use std::collections::BTreeSet;

use js_sys::{Date, JsString};
use shared::backup::{
    self, Contact, Contents, IDENTITIES_MAX, KeptIdentity, KeptRoom, ROOMS_MAX, RoomContacts, decrypt, encrypt,
};
use shared::{Address, NodeId, Params, Receipt, Refusal, RoomName, Seed, Timestamp};

use super::clock;
use super::contacts::Contacts;
use super::idb;
use super::identity::{Identity, Known, Registry, order};
use super::room;
use super::store::{self, Record};
use crate::node::handle::{Answer, Field, FieldRefusal, Secret};
use crate::node::view::{RestoredView, Standing};

/// What this tab knows besides the registry.
pub struct Desk<'a> {
    /// The list of this browser's identities.
    pub registry: &'a Registry,
    /// This tab's own id.
    pub own: NodeId,
    /// This tab's own identity.
    pub identity: Identity,
    /// The room's parameters.
    pub params: Params,
    /// This tab's contacts in it.
    pub contacts: Contacts,
}

/// What came of restoring.
pub struct Restored {
    /// What the page is told.
    pub views: Vec<RestoredView>,
    /// Contacts for this tab's own room, which it holds in memory.
    pub own_contacts: Vec<(String, Address)>,
}

impl Desk<'_> {
    /// Writes an encrypted file of everything that this browser keeps for its owner.
    pub async fn write(&self, password: &Secret) -> Result<Answer, Vec<FieldRefusal>> {
        let contents = self.gather().await;
        let no_randomness = |error: getrandom::Error| {
            refused(
                Field::Form,
                Receipt::new("keys are random", "the browser's cryptographic randomness", error.to_string()),
            )
        };
        let (salt, nonce) = (clock::random().map_err(no_randomness)?, clock::random().map_err(no_randomness)?);
        let bytes = encrypt(&contents, &normal(password), salt, nonce)
            .map_err(|error| refused(Field::Password, error.receipt()))?;
        let name = file_name(&String::from(Date::new_0().to_iso_string()));
        let ids = contents.identities.iter().map(|kept| id_of(&kept.seed).to_string()).collect();
        Ok(Answer::BackupFile { name, bytes, ids })
    }

    /// Notes that identities are backed up.
    pub async fn note(&self, ids: &[String], now: Timestamp) -> Result<(), Receipt> {
        for id in ids.iter().filter_map(|id| id.parse::<NodeId>().ok()) {
            if let Some(mut identity) = self.registry.get(&id).await.map_err(|error| error.receipt())? {
                identity.back_up(now);
                self.registry.keep(&id, &identity).await.map_err(|error| error.receipt())?;
            }
        }
        Ok(())
    }

    async fn gather(&self) -> Contents {
        // Where the registry cannot be read, what this tab holds is all there is to save.
        let listed = order(&self.registry.list().await.unwrap_or_default(), Some(&self.own));
        let others = listed.into_iter().filter(|known| known.id != self.own);
        let own = Known { id: self.own, identity: self.identity.clone() };
        let rooms = self.rooms().await;
        let databases: BTreeSet<String> = idb::names().await.unwrap_or_default().into_iter().collect();
        let mut identities = Vec::new();
        for known in std::iter::once(own).chain(others).take(IDENTITIES_MAX) {
            let contacts = self.contacts_of(&known.id, &rooms, &databases).await;
            identities.push(known.identity.kept(contacts));
        }
        let kept = |params: &Params| KeptRoom {
            room: params.room.to_string(),
            params: serde_json::to_string(params).expect("parameters have text keys and no values that JSON lacks"),
        };
        Contents { identities, rooms: rooms.iter().map(kept).collect() }
    }

    /// The rooms that this browser knows, this tab's first.
    async fn rooms(&self) -> Vec<Params> {
        let known = self.registry.rooms().await.unwrap_or_default();
        let known = known
            .into_iter()
            .filter_map(|(name, text)| room::read(&String::from_utf8(text).ok()?, &RoomName::new(&name).ok()?).ok());
        let others = known.filter(|params| params.room != self.params.room);
        std::iter::once(self.params.clone()).chain(others).take(ROOMS_MAX).collect()
    }

    async fn contacts_of(&self, id: &NodeId, rooms: &[Params], databases: &BTreeSet<String>) -> Vec<RoomContacts> {
        let mut all = Vec::new();
        for params in rooms {
            let network = params.network();
            let name = store::name(id, params.room.as_str(), &network);
            let contacts = if *id == self.own && params.room == self.params.room {
                Some(self.contacts.clone())
            } else if databases.contains(&name) {
                store::read_record::<Contacts>(&name, Record::Contacts).await.ok().flatten()
            } else {
                None
            };
            let contacts: Vec<Contact> = contacts.iter().flat_map(Contacts::list).map(contact).collect();
            if !contacts.is_empty() {
                all.push(RoomContacts { room: params.room.to_string(), network, contacts });
            }
        }
        all
    }

    /// Puts back the identity of 24 words.
    pub async fn restore_words(&self, words: &Secret, now: Timestamp) -> Result<Restored, Vec<FieldRefusal>> {
        let seed = backup::parse_words(&words.0).map_err(|error| refused(Field::Words, error.receipt()))?;
        let kept = KeptIdentity { seed, name: None, created: now, last_used: now, contacts: Vec::new() };
        let contents = Contents { identities: vec![kept], rooms: Vec::new() };
        self.restore(contents, now).await.map_err(|receipt| refused(Field::Form, receipt))
    }

    /// Puts back what an encrypted file holds.
    pub async fn restore_file(
        &self,
        file: &[u8],
        password: &Secret,
        now: Timestamp,
    ) -> Result<Restored, Vec<FieldRefusal>> {
        let contents = decrypt(file, &normal(password)).map_err(|error| {
            let field = match error {
                backup::BackupError::WrongPassword | backup::BackupError::LongPassword { .. } => Field::Password,
                _ => Field::File,
            };
            refused(field, error.receipt())
        })?;
        self.restore(contents, now).await.map_err(|receipt| refused(Field::Form, receipt))
    }

    /// Adds to what this browser keeps; nothing that is there gives way.
    async fn restore(&self, contents: Contents, now: Timestamp) -> Result<Restored, Receipt> {
        for kept in &contents.rooms {
            self.restore_room(kept).await.map_err(|error| error.receipt())?;
        }
        let (mut views, mut own_contacts) = (Vec::new(), Vec::new());
        for kept in contents.identities {
            let id = id_of(&kept.seed);
            let known = self.registry.get(&id).await.map_err(|error| error.receipt())?;
            let is_held = id != self.own && self.registry.is_held(&id).await.unwrap_or(false);
            let standing = match &known {
                _ if id == self.own => Standing::ThisTab,
                Some(_) if is_held => Standing::AnotherTab,
                Some(_) => Standing::WasHere,
                None => Standing::Restored,
            };
            let mut identity = known.unwrap_or_else(|| Identity::restored(&kept));
            identity.back_up(now);
            self.registry.keep(&id, &identity).await.map_err(|error| error.receipt())?;
            views.push(RestoredView { id: id.to_string(), name: identity.name_for(&id).to_string(), standing });
            for RoomContacts { room, network, contacts } in kept.contacts {
                let contacts: Vec<(String, Address)> =
                    contacts.into_iter().map(|Contact { name, address }| (name, address)).collect();
                if id == self.own && network == self.params.network() {
                    own_contacts.extend(contacts);
                } else if !is_held {
                    let name = store::name(&id, &room, &network);
                    restore_contacts(&name, contacts).await.map_err(|error| error.receipt())?;
                }
            }
        }
        Ok(Restored { views, own_contacts })
    }

    async fn restore_room(&self, kept: &KeptRoom) -> Result<(), idb::StoreError> {
        let text = format!("{{\"params\":{}}}", kept.params);
        let is_room = RoomName::new(&kept.room).is_ok_and(|name| room::read(&text, &name).is_ok());
        if !is_room || self.registry.room(&kept.room).await?.is_some() {
            return Ok(());
        }
        self.registry.keep_room(&kept.room, text.into_bytes()).await
    }
}

async fn restore_contacts(database: &str, contacts: Vec<(String, Address)>) -> Result<(), idb::StoreError> {
    let mut known: Contacts = store::read_record(database, Record::Contacts).await?.unwrap_or_default();
    if known.merge(contacts) { store::write_record(database, Record::Contacts, &known).await } else { Ok(()) }
}

/// The name of a file that is written now, as ISO 8601 writes it (`2026-11-30T21:06:34.123Z`): two of one day differ.
fn file_name(now: &str) -> String {
    let (date, time) = now.split_once('T').unwrap_or((now, ""));
    let time: String = time.chars().filter(char::is_ascii_digit).take(6).collect();
    format!("tabcoin-backup-{date}-{time}.tabcoin")
}

fn contact((name, address): &(String, Address)) -> Contact {
    Contact { name: name.clone(), address: *address }
}

fn id_of(seed: &Seed) -> NodeId {
    NodeId::of(&seed.node_key().public())
}

/// The password in Unicode's form NFC: the same keys give the same bytes on every system.
fn normal(password: &Secret) -> String {
    let text = JsString::from(password.0.as_str());
    text.normalize("NFC").into()
}

fn refused(field: Field, receipt: Receipt) -> Vec<FieldRefusal> {
    vec![FieldRefusal { field, receipt }]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_files_of_one_day_have_two_names() {
        let [one, other] = ["2026-11-30T09:06:34.123Z", "2026-11-30T09:06:35.000Z"].map(file_name);
        assert_eq!(one, "tabcoin-backup-2026-11-30-090634.tabcoin");
        assert_ne!(one, other);
    }
}
