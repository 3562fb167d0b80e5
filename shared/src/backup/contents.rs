//! What an encrypted backup holds: identities, their contacts, and the rooms they were used in.
//!
//! Names and parameters are plain text here, bounded and otherwise unchecked, as they were kept. A later version may
//! refuse a name that today's allows, and nobody should lose a key over a name; whoever restores checks them one by one.

use borsh::{BorshDeserialize, BorshSerialize};

use crate::rules::receipt::{Receipt, Refusal};
use crate::values::{Address, NetworkId, Seed, Timestamp};

/// How many identities a backup holds: more than one browser makes in years of lessons.
pub const IDENTITIES_MAX: usize = 10_000;
/// How many rooms a backup holds, and how many rooms' contacts an identity has.
pub const ROOMS_MAX: usize = 1_000;
/// How many contacts an identity has in one room.
pub const ROOM_CONTACTS_MAX: usize = 1_000;
/// The longest name of an identity, a contact or a room, in bytes: 24 characters of four bytes have 96.
pub const NAME_BYTES_MAX: usize = 128;
/// The longest text of a room's parameters, in bytes.
pub const PARAMS_BYTES_MAX: usize = 4_096;

/// Everything that a backup holds.
#[derive(Clone, Debug, Default, PartialEq, BorshSerialize, BorshDeserialize)]
pub struct Contents {
    /// The identities.
    pub identities: Vec<KeptIdentity>,
    /// The rooms.
    pub rooms: Vec<KeptRoom>,
}

/// An identity: the seed of a node key and a wallet key, and what its owner added.
#[derive(Clone, Debug, PartialEq, BorshSerialize, BorshDeserialize)]
pub struct KeptIdentity {
    /// What both keys are made from.
    pub seed: Seed,
    /// The name its owner gave it.
    pub name: Option<String>,
    /// When it was made.
    pub created: Timestamp,
    /// When it was last used.
    pub last_used: Timestamp,
    /// The owner's names for addresses, by room.
    pub contacts: Vec<RoomContacts>,
}

/// The contacts of an identity in one room.
#[derive(Clone, Debug, PartialEq, BorshSerialize, BorshDeserialize)]
pub struct RoomContacts {
    /// The room's name.
    pub room: String,
    /// The room's network.
    pub network: NetworkId,
    /// The contacts.
    pub contacts: Vec<Contact>,
}

/// A name for an address.
#[derive(Clone, Debug, PartialEq, BorshSerialize, BorshDeserialize)]
pub struct Contact {
    /// The name.
    pub name: String,
    /// The address.
    pub address: Address,
}

/// A room that was visited.
#[derive(Clone, Debug, PartialEq, BorshSerialize, BorshDeserialize)]
pub struct KeptRoom {
    /// Its name.
    pub room: String,
    /// Its parameters, as the JSON that an export and REST write.
    pub params: String,
}

/// Contents with more of something than a backup may hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{found} {what}, and at most {max} are allowed")]
pub struct LimitError {
    /// What there is too much of.
    pub what: &'static str,
    /// How much there is.
    pub found: usize,
    /// How much is allowed.
    pub max: usize,
}

impl Refusal for LimitError {
    fn receipt(&self) -> Receipt {
        let Self { what, found, max } = self;
        Receipt::new("backup limits", format!("at most {max} {what}"), format!("{found}"))
    }
}

impl Contents {
    /// Checks every count and length.
    ///
    /// # Errors
    /// The first that is over its limit.
    pub fn check(&self) -> Result<(), LimitError> {
        let name = |text: &str| at_most("bytes in a name", text.len(), NAME_BYTES_MAX);
        at_most("identities", self.identities.len(), IDENTITIES_MAX)?;
        at_most("rooms", self.rooms.len(), ROOMS_MAX)?;
        for identity in &self.identities {
            name(identity.name.as_deref().unwrap_or_default())?;
            at_most("rooms with contacts of one identity", identity.contacts.len(), ROOMS_MAX)?;
            for in_room in &identity.contacts {
                name(&in_room.room)?;
                at_most("contacts in one room", in_room.contacts.len(), ROOM_CONTACTS_MAX)?;
                in_room.contacts.iter().try_for_each(|contact| name(&contact.name))?;
            }
        }
        for room in &self.rooms {
            name(&room.room)?;
            at_most("bytes in a room's parameters", room.params.len(), PARAMS_BYTES_MAX)?;
        }
        Ok(())
    }
}

fn at_most(what: &'static str, found: usize, max: usize) -> Result<(), LimitError> {
    if found <= max { Ok(()) } else { Err(LimitError { what, found, max }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity() -> KeptIdentity {
        KeptIdentity {
            seed: Seed::from_bytes([1; 32]),
            name: None,
            created: Timestamp::from_ms(1),
            last_used: Timestamp::from_ms(2),
            contacts: Vec::new(),
        }
    }

    fn in_room(count: usize) -> RoomContacts {
        let contact = Contact { name: "ada".to_owned(), address: crate::testing::address(1) };
        RoomContacts {
            room: "main".to_owned(),
            network: NetworkId::from_bytes([2; 32]),
            contacts: vec![contact; count],
        }
    }

    #[test]
    fn each_count_and_length_may_be_at_its_limit_and_not_one_past_it() {
        let check = |max: usize, make: &dyn Fn(usize) -> Contents| {
            assert_eq!(make(max).check(), Ok(()));
            let error = make(max + 1).check().expect_err("one past the limit");
            assert_eq!((error.found, error.max), (max + 1, max), "{error}");
        };
        let of = |identity| Contents { identities: vec![identity], rooms: Vec::new() };
        let room = |name: usize, params: usize| KeptRoom { room: "r".repeat(name), params: "p".repeat(params) };
        check(IDENTITIES_MAX, &|count| Contents { identities: vec![identity(); count], rooms: Vec::new() });
        check(ROOMS_MAX, &|count| Contents { identities: Vec::new(), rooms: vec![room(1, 1); count] });
        check(ROOMS_MAX, &|count| of(KeptIdentity { contacts: vec![in_room(0); count], ..identity() }));
        check(ROOM_CONTACTS_MAX, &|count| of(KeptIdentity { contacts: vec![in_room(count)], ..identity() }));
        check(NAME_BYTES_MAX, &|count| of(KeptIdentity { name: Some("n".repeat(count)), ..identity() }));
        check(NAME_BYTES_MAX, &|count| {
            let mut contacts = in_room(1);
            contacts.contacts[0].name = "n".repeat(count);
            of(KeptIdentity { contacts: vec![contacts], ..identity() })
        });
        check(NAME_BYTES_MAX, &|count| Contents { identities: Vec::new(), rooms: vec![room(count, 1)] });
        check(PARAMS_BYTES_MAX, &|count| Contents { identities: Vec::new(), rooms: vec![room(1, count)] });
    }
}
