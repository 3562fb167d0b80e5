//! The owner's names for addresses, kept for this identity in this room.

use borsh::{BorshDeserialize, BorshSerialize};
use shared::{Address, AddressPrefix, NodeName, Receipt, Refusal};

use super::pasted;
use crate::node::handle::{Field, FieldRefusal};
use crate::node::view::ContactView;

/// How many contacts are kept: more than anybody looks through, and little to carry in each snapshot.
pub const CONTACTS_MAX: usize = 200;

/// The contacts, by name.
#[derive(Clone, Debug, Default, PartialEq, BorshSerialize, BorshDeserialize)]
pub struct Contacts {
    list: Vec<(String, Address)>,
}

impl Contacts {
    /// Gives a name to an address, both as typed. A name that is taken gets the new address.
    pub fn add(&mut self, name: &str, address: &str, prefix: &AddressPrefix) -> Result<(), Vec<FieldRefusal>> {
        let refused = |field, receipt| FieldRefusal { field, receipt };
        let name = NodeName::new(pasted::trimmed(name)).map_err(|error| refused(Field::Contact, error.receipt()));
        let address = Address::decode(&pasted::address(address), prefix);
        let address = address.map_err(|error| refused(Field::Address, error.receipt()));
        let (name, address) = match (name, address) {
            (Ok(name), Ok(address)) => (name.to_string(), address),
            (name, address) => return Err([name.err(), address.err()].into_iter().flatten().collect()),
        };
        match self.place(&name) {
            Ok(place) => self.list[place].1 = address,
            Err(_) if self.list.len() >= CONTACTS_MAX => {
                let found = format!("{} already", self.list.len());
                let receipt = Receipt::new("contacts", format!("at most {CONTACTS_MAX}"), found);
                return Err(vec![refused(Field::Form, receipt)]);
            }
            Err(place) => self.list.insert(place, (name, address)),
        }
        Ok(())
    }

    /// Adds those whose names are free and allowed, as far as there is room. Says whether there were any.
    pub fn merge(&mut self, contacts: impl IntoIterator<Item = (String, Address)>) -> bool {
        let before = self.list.len();
        for (name, address) in contacts {
            let Ok(name) = NodeName::new(&name).map(|name| name.to_string()) else { continue };
            if let (Err(place), true) = (self.place(&name), self.list.len() < CONTACTS_MAX) {
                self.list.insert(place, (name, address));
            }
        }
        self.list.len() != before
    }

    /// Forgets a contact. Says whether there was one.
    pub fn remove(&mut self, name: &str) -> bool {
        let place = self.place(name);
        place.is_ok_and(|place| {
            self.list.remove(place);
            true
        })
    }

    /// The names and their addresses.
    pub fn list(&self) -> &[(String, Address)] {
        &self.list
    }

    /// The contacts as pages draw them.
    pub fn shown(&self, prefix: &AddressPrefix) -> Vec<ContactView> {
        let shown =
            |(name, address): &(String, Address)| ContactView { name: name.clone(), address: address.encode(prefix) };
        self.list.iter().map(shown).collect()
    }

    fn place(&self, name: &str) -> Result<usize, usize> {
        self.list.binary_search_by(|(known, _)| known.as_str().cmp(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::testing::{address, easy_params};

    fn text(key: u64) -> String {
        address(key).encode(&prefix())
    }

    fn prefix() -> AddressPrefix {
        easy_params().address_prefix
    }

    fn fields(refused: Vec<FieldRefusal>) -> Vec<Field> {
        refused.into_iter().map(|refusal| refusal.field).collect()
    }

    #[test]
    fn contacts_are_kept_by_name_and_a_name_gets_another_address() {
        let mut contacts = Contacts::default();
        for (name, key) in [("zoe", 3), (" ada ", 1), ("zoe", 2)] {
            contacts
                .add(name, &format!(" {}\u{feff}\n", text(key).to_uppercase()), &prefix())
                .expect("a name and an address");
        }
        assert_eq!(contacts.list(), [("ada".to_owned(), address(1)), ("zoe".to_owned(), address(2))]);
        assert_eq!(contacts.shown(&prefix())[1], ContactView { name: "zoe".to_owned(), address: text(2) });
        let bytes = borsh::to_vec(&contacts).expect("memory");
        assert_eq!(borsh::from_slice::<Contacts>(&bytes).expect("just written"), contacts);
        assert!(contacts.remove("ada") && !contacts.remove("ada"));
    }

    #[test]
    fn each_field_at_fault_gets_its_receipt() {
        let mut contacts = Contacts::default();
        let (good, ada) = (text(1), "ada");
        for (name, address, expect) in [
            ("", good.as_str(), vec![Field::Contact]),
            ("<b>", &good, vec![Field::Contact]),
            (ada, "", vec![Field::Address]),
            (ada, &good[1..], vec![Field::Address]),
            ("", "x", vec![Field::Contact, Field::Address]),
        ] {
            assert_eq!(
                fields(contacts.add(name, address, &prefix()).expect_err("refused")),
                expect,
                "{name} {address}"
            );
        }
        assert!(contacts.list().is_empty());
    }

    #[test]
    fn restored_contacts_are_added_and_none_that_is_there_gives_way() {
        let mut contacts = Contacts::default();
        contacts.add("ada", &text(1), &prefix()).expect("a name and an address");
        let restored = |name: &str, key| (name.to_owned(), address(key));
        assert!(contacts.merge([restored("ada", 9), restored("zoe", 3), restored("<b>", 4)]));
        assert_eq!(contacts.list(), [restored("ada", 1), restored("zoe", 3)]);
        assert!(!contacts.merge([restored("zoe", 4)]));
        contacts.merge((0..CONTACTS_MAX as u64).map(|number| restored(&format!("contact {number}"), 1)));
        assert_eq!(contacts.list().len(), CONTACTS_MAX);
    }

    #[test]
    fn there_are_no_more_contacts_than_allowed() {
        let mut contacts = Contacts::default();
        for number in 0..CONTACTS_MAX {
            contacts.add(&format!("contact {number}"), &text(1), &prefix()).expect("there is room");
        }
        assert_eq!(fields(contacts.add("one more", &text(1), &prefix()).expect_err("full")), [Field::Form]);
        contacts.add("contact 7", &text(2), &prefix()).expect("it is there already");
    }
}
