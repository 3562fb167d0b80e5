//! Who is meant by `sender` and `receiver`: an address, or a name that leads to one.
//!
//! The owner's own words go before the room's: a stranger who calls a node as the owner calls a contact is not paid in
//! the contact's place. A name that could mean two addresses means none.

use std::collections::BTreeSet;

use crate::protocol::Node;
use crate::rules::receipt::{Receipt, Refusal};
use crate::values::{Address, AddressError, AddressPrefix, SecretKey};

/// One of the wallet's own keys.
#[derive(Clone, Copy, Debug)]
pub struct OwnKey<'a> {
    /// What its owner calls it; may be empty.
    pub label: &'a str,
    /// It.
    pub key: &'a SecretKey,
}

/// What a wallet knows: its keys, and whom its owner named.
#[derive(Clone, Copy, Debug)]
pub struct Wallet<'a> {
    /// The keys. The first is the one that the node's own name and id stand for.
    pub keys: &'a [OwnKey<'a>],
    /// Names that the owner gave to others' addresses.
    pub contacts: &'a [(String, Address)],
}

/// The names that lead to addresses.
struct Directory {
    prefix: AddressPrefix,
    room: String,
    /// Of the wallet's own keys.
    own: Vec<(String, Address)>,
    /// Of the owner's contacts.
    contacts: Vec<(String, Address)>,
    /// Of the room's nodes, and their ids.
    nodes: Vec<(String, Address)>,
}

impl Directory {
    fn new(node: &Node, wallet: &Wallet<'_>) -> Self {
        let mut own: Vec<(String, Address)> =
            wallet.keys.iter().map(|own| (own.label.to_owned(), own.key.public().address())).collect();
        if let Some((_, address)) = own.first().cloned() {
            own.extend([node.name().as_str().to_owned(), node.id().to_string()].map(|name| (name, address)));
        }
        let member_names = |member: crate::protocol::Member| {
            [member.name.as_str().to_owned(), member.id.to_string()].map(|name| (name, member.address))
        };
        Self {
            prefix: node.params().address_prefix.clone(),
            room: node.params().room.to_string(),
            own,
            contacts: wallet.contacts.to_vec(),
            nodes: node.members().into_iter().flat_map(member_names).collect(),
        }
    }

    /// The address that is written out, if any.
    fn address(&self, text: &str) -> Result<Option<Address>, Receipt> {
        match Address::decode(text, &self.prefix) {
            Ok(address) => Ok(Some(address)),
            // An address with a slip of the pen, or another network's, is not looked for among the names.
            Err(error @ (AddressError::OtherPrefix { .. } | AddressError::WrongLength { .. })) => Err(error.receipt()),
            Err(error) if text.to_lowercase().starts_with(&format!("{}1", self.prefix.as_str())) => {
                Err(error.receipt())
            }
            Err(_) => Ok(None),
        }
    }

    /// The address that a name stands for in the first of these lists that has it.
    fn named(rule: &str, name: &str, lists: &[&[(String, Address)]]) -> Result<Option<Address>, Receipt> {
        let is_exact = |known: &str| known == name;
        let folded = name.to_lowercase();
        let is_alike = |known: &str| known.to_lowercase() == folded;
        let is_same: [&dyn Fn(&str) -> bool; 2] = [&is_exact, &is_alike];
        for list in lists {
            for is_same in is_same {
                let meant: BTreeSet<Address> =
                    list.iter().filter(|(known, _)| is_same(known)).map(|(_, address)| *address).collect();
                match meant.len() {
                    0 => {}
                    1 => return Ok(meant.first().copied()),
                    many => {
                        let found = format!("{many} addresses called {}", quoted(name));
                        return Err(Receipt::new(rule, "a name that only one has, or an address", found));
                    }
                }
            }
        }
        Ok(None)
    }

    fn sender(&self, text: &str) -> Result<Address, Receipt> {
        let text = text.trim();
        let named = match self.address(text)? {
            Some(address) => Some(address).filter(|address| self.own.iter().any(|(_, own)| own == address)),
            None => Self::named("sender", text, &[&self.own])?,
        };
        named.ok_or_else(|| {
            let mut names: Vec<&str> =
                self.own.iter().map(|(name, _)| name.as_str()).filter(|name| !name.is_empty()).collect();
            names.dedup();
            let expected = format!("an address of this wallet or a name of it: {}", names.join(", "));
            Receipt::new("sender", expected, quoted(text))
        })
    }

    fn receiver(&self, text: &str) -> Result<Address, Receipt> {
        let text = text.trim();
        if let Some(address) = self.address(text)? {
            return Ok(address);
        }
        let own_words: Vec<(String, Address)> = self.own.iter().chain(&self.contacts).cloned().collect();
        Self::named("receiver", text, &[&own_words, &self.nodes])?.ok_or_else(|| {
            let expected =
                format!("an address, or a name of this wallet, of a contact or of a node in room {}", self.room);
            Receipt::new("receiver", expected, quoted(text))
        })
    }
}

fn quoted(text: &str) -> String {
    format!("{:?}", text.chars().take(80).collect::<String>())
}

/// Who pays and who is paid.
pub(super) fn resolve<'a>(
    node: &Node,
    wallet: &Wallet<'a>,
    sender: &str,
    receiver: &str,
) -> Result<(&'a SecretKey, Address), Receipt> {
    let directory = Directory::new(node, wallet);
    let sender = directory.sender(sender)?;
    let receiver = directory.receiver(receiver)?;
    let own = wallet.keys.iter().find(|own| own.key.public().address() == sender);
    Ok((own.expect("a sender is the address of one of the keys").key, receiver))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::address;

    fn directory() -> Directory {
        let named = |names: &[(&str, u64)]| -> Vec<(String, Address)> {
            names.iter().map(|(name, number)| ((*name).to_owned(), address(*number))).collect()
        };
        Directory {
            prefix: crate::testing::easy_params().address_prefix,
            room: "main".to_owned(),
            own: named(&[("savings", 1), ("Brave Otter", 1), ("purse", 2)]),
            contacts: named(&[("Ana", 3), ("Same", 4), ("same", 5)]),
            nodes: named(&[("Ana", 9), ("Ben", 6), ("Two", 7), ("Two", 8), ("Ben", 6), ("savings", 9)]),
        }
    }

    fn text(number: u64) -> String {
        address(number).encode(&directory().prefix)
    }

    #[test]
    fn a_receiver_is_an_address_or_whoever_the_owner_means_by_the_name() {
        for (name, number) in [
            (text(42).as_str(), 42),
            (&text(42).to_uppercase(), 42),
            ("purse", 2),
            ("PURSE", 2),
            (" Ana ", 3),
            ("savings", 1),
            ("Ben", 6),
            ("ben", 6),
            ("Same", 4),
            ("same", 5),
        ] {
            assert_eq!(directory().receiver(name), Ok(address(number)), "{name}");
        }
    }

    #[test]
    fn a_name_of_nobody_or_of_two_is_refused_and_so_is_a_slip_in_an_address() {
        let mut slip = text(42);
        slip.replace_range(10..11, if &slip[10..11] == "q" { "p" } else { "q" });
        for (name, rule, found) in [
            ("Nobody", "receiver", "\"Nobody\""),
            ("", "receiver", "\"\""),
            ("Two", "receiver", "2 addresses called \"Two\""),
            ("sAME", "receiver", "2 addresses called \"sAME\""),
            (slip.as_str(), "address", ""),
            (&address(1).encode(&AddressPrefix::new("les").expect("letters")), "address", ""),
        ] {
            let receipt = directory().receiver(name).expect_err(name);
            assert_eq!(receipt.rule, rule, "{name}");
            assert!(receipt.found.contains(found), "{receipt}");
        }
    }

    #[test]
    fn only_the_wallets_own_can_send() {
        assert_eq!(directory().sender("Brave Otter"), Ok(address(1)));
        assert_eq!(directory().sender(&text(2)), Ok(address(2)));
        for other in ["Ana", "Ben", &text(3), "x"] {
            let receipt = directory().sender(other).expect_err(other);
            assert_eq!(receipt.rule, "sender");
            assert!(receipt.expected.contains("savings, Brave Otter, purse"), "{receipt}");
        }
    }
}
