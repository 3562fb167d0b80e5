//! Names become addresses: who is meant by `sender` and `receiver`.
//!
//! A name proves nothing: whoever comes may take any. So names are compared by what they look like ([`looks_like`]), and one
//! that could mean two addresses means none, be they a contact's, a node's that is away, or one's that had the name before.
//! A stranger can make a name useless so, and cannot be paid in another's place; an address always works.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::protocol::Node;
use crate::rules::receipt::{Receipt, Refusal};
use crate::values::{Address, AddressError, AddressPrefix, NodeId, SecretKey, looks_like};

/// What every answer says that took a name for an address.
const NAMES_PROVE_NOTHING: &str = "a name proves nothing; the address decides";

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

/// Who is called something.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Who {
    /// This wallet's owner.
    Own,
    /// A contact of the owner's.
    Contact,
    /// A node of the room, here or away.
    Node(NodeId),
    /// A node that was called so, and is called otherwise now or was forgotten.
    Former(NodeId),
}

/// A name, whose it is, and the address that it stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Named {
    name: String,
    who: Who,
    address: Address,
}

/// What a text means: an address, and how that was found where it was not written out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Meant {
    pub(super) address: Address,
    named: Option<Named>,
}

/// Whom a name was taken for, as an answer says it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct NameMeans {
    /// The name, as its holder writes it.
    name: String,
    /// A contact of the owner's, a node of the room, or the owner.
    who: &'static str,
    /// The node's id, where it is a node.
    #[serde(skip_serializing_if = "Option::is_none")]
    node: Option<String>,
    address: String,
    note: &'static str,
}

impl Meant {
    /// Whom the name means, where a name was written.
    pub(super) fn means(&self, prefix: &AddressPrefix) -> Option<NameMeans> {
        let Named { name, who, address } = self.named.as_ref()?;
        let (who, node) = match who {
            Who::Own => ("this wallet", None),
            Who::Contact => ("a contact", None),
            Who::Node(id) | Who::Former(id) => ("a node", Some(id.to_string())),
        };
        Some(NameMeans { name: name.clone(), who, node, address: address.encode(prefix), note: NAMES_PROVE_NOTHING })
    }
}

/// The names that lead to addresses.
struct Directory {
    prefix: AddressPrefix,
    room: String,
    names: Vec<Named>,
}

impl Directory {
    fn new(node: &Node, wallet: &Wallet<'_>) -> Self {
        let named = |name: &str, who, address| Named { name: name.to_owned(), who, address };
        let own = wallet.keys.iter().map(|own| named(own.label, Who::Own, own.key.public().address()));
        let mut names: Vec<Named> = own.collect();
        if let Some(address) = names.first().map(|own| own.address) {
            names.push(named(node.name().as_str(), Who::Own, address));
            names.push(named(&node.id().to_string(), Who::Own, address));
        }
        names.extend(wallet.contacts.iter().map(|(name, address)| named(name, Who::Contact, *address)));
        for member in node.members() {
            names.push(named(member.name.as_str(), Who::Node(member.id), member.address));
            names.push(named(&member.id.to_string(), Who::Node(member.id), member.address));
        }
        let former = node.former_names();
        names.extend(former.map(|former| named(former.name.as_str(), Who::Former(former.id), former.address)));
        names.retain(|named| !named.name.is_empty());
        Self { prefix: node.params().address_prefix.clone(), room: node.params().room.to_string(), names }
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

    /// Whom a name means among those that `may` be meant: the only one whose name looks like it.
    ///
    /// Whoever looks alike counts, also who is away and who has given the name up: a refused payment costs a second try,
    /// and one to the wrong address is lost. For the same reason a contact does not go before a node of the same name.
    fn named(&self, rule: &str, text: &str, may: impl Fn(&Who) -> bool) -> Result<Option<&Named>, Receipt> {
        let is_alike = |named: &&Named| may(&named.who) && looks_like(&named.name, text);
        let candidates: Vec<&Named> = self.names.iter().filter(is_alike).collect();
        let mut by_address: Vec<&Named> = Vec::new();
        for candidate in &candidates {
            if by_address.iter().all(|known| known.address != candidate.address) {
                by_address.push(candidate);
            }
        }
        if by_address.len() > 1 {
            return Err(Receipt::new(rule, "an address: several may be meant", self.listed(&by_address)));
        }
        let folded = text.to_lowercase();
        let is_written = |named: &&&Named| named.name.to_lowercase() == folded && !matches!(named.who, Who::Former(_));
        match (candidates.iter().find(is_written), by_address.first()) {
            (Some(named), _) => Ok(Some(named)),
            (None, Some(other)) => {
                let found = format!("{}, which nobody has now; {}", quoted(text), self.listed(&[other]));
                Err(Receipt::new(rule, "an address, or a name as its holder writes it", found))
            }
            (None, None) => Ok(None),
        }
    }

    /// Some holders of a name, each with its address: at most two, as a line of a receipt holds no more.
    fn listed(&self, named: &[&Named]) -> String {
        const LISTED_MAX: usize = 2;
        let one = |named: &&Named| {
            let who = match named.who {
                Who::Own => "you".to_owned(),
                Who::Contact => "contact".to_owned(),
                Who::Node(id) => format!("node {}", id.short()),
                Who::Former(id) => format!("once {}", id.short()),
            };
            format!("{} ({who}) {}", quoted(&named.name), named.address.encode(&self.prefix))
        };
        let listed: Vec<String> = named.iter().take(LISTED_MAX).map(one).collect();
        let more = named.len().saturating_sub(LISTED_MAX);
        let more = if more > 0 { format!("; {more} more") } else { String::new() };
        format!("{}{more}", listed.join("; "))
    }

    fn sender(&self, text: &str) -> Result<Address, Receipt> {
        let text = text.trim();
        let is_own = |who: &Who| *who == Who::Own;
        let mut own = self.names.iter().filter(|named| is_own(&named.who));
        let named = match self.address(text)? {
            Some(address) => own.any(|own| own.address == address).then_some(address),
            None => self.named("sender", text, is_own)?.map(|named| named.address),
        };
        named.ok_or_else(|| {
            let mut names: Vec<&str> =
                self.names.iter().filter(|named| is_own(&named.who)).map(|named| named.name.as_str()).collect();
            names.dedup();
            let expected = format!("an address of this wallet or a name of it: {}", names.join(", "));
            Receipt::new("sender", expected, quoted(text))
        })
    }

    fn receiver(&self, text: &str) -> Result<Meant, Receipt> {
        let text = text.trim();
        if let Some(address) = self.address(text)? {
            return Ok(Meant { address, named: None });
        }
        let named = self.named("receiver", text, |_| true)?.ok_or_else(|| {
            let expected =
                format!("an address, or a name of this wallet, of a contact or of a node in room {}", self.room);
            Receipt::new("receiver", expected, quoted(text))
        })?;
        Ok(Meant { address: named.address, named: Some(named.clone()) })
    }
}

/// The node of the room that a name means, where just one is called like it or was.
pub fn node_named(node: &Node, name: &str) -> Option<NodeId> {
    let members = node.members();
    let called = members.iter().filter(|member| looks_like(member.name.as_str(), name)).map(|member| member.id);
    let formerly = node.former_names().filter(|former| looks_like(former.name.as_str(), name)).map(|former| former.id);
    let ids: BTreeSet<NodeId> = called.chain(formerly).collect();
    let folded = name.to_lowercase();
    let holder = members.iter().find(|member| member.name.as_str().to_lowercase() == folded)?;
    (ids.len() == 1).then_some(holder.id)
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
) -> Result<(&'a SecretKey, Meant), Receipt> {
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
        let id = |number: u64| NodeId::of(&crate::testing::key(number).public());
        let named = |who: fn(NodeId) -> Who, names: &[(&str, u64)]| -> Vec<Named> {
            let named = |(name, number): &(&str, u64)| Named {
                name: (*name).to_owned(),
                who: who(id(*number)),
                address: address(*number),
            };
            names.iter().map(named).collect()
        };
        Directory {
            prefix: crate::testing::easy_params().address_prefix,
            room: "main".to_owned(),
            names: [
                named(|_| Who::Own, &[("savings", 1), ("Brave Otter", 1), ("purse", 2)]),
                named(|_| Who::Contact, &[("Ana", 3), ("Same", 4), ("same", 5), ("Zoe", 12)]),
                named(
                    Who::Node,
                    &[("Ben", 6), ("Two", 7), ("Two", 8), ("Ben", 6), ("Zoe", 12), ("Ada", 10), ("ada", 11)],
                ),
                named(Who::Node, &[("ana", 9), ("Carol", 13), ("Eve", 14)]),
                named(Who::Former, &[("Dan", 13), ("Eve", 15), ("Ben", 6)]),
            ]
            .concat(),
        }
    }

    fn text(number: u64) -> String {
        address(number).encode(&directory().prefix)
    }

    #[test]
    fn a_receiver_is_an_address_or_the_only_one_whose_name_looks_like_what_was_written() {
        for (name, number) in [
            (text(42).as_str(), 42),
            (&text(42).to_uppercase(), 42),
            ("purse", 2),
            ("PURSE", 2),
            (" Zoe ", 12),
            ("savings", 1),
            ("Ben", 6),
            ("ben", 6),
            ("Carol", 13),
        ] {
            assert_eq!(directory().receiver(name).map(|meant| meant.address), Ok(address(number)), "{name}");
        }
    }

    #[test]
    fn a_name_of_nobody_or_of_two_is_refused_and_so_is_a_slip_in_an_address() {
        let mut slip = text(42);
        slip.replace_range(10..11, if &slip[10..11] == "q" { "p" } else { "q" });
        for (name, rule, found) in [
            ("Nobody", "receiver", "\"Nobody\""),
            ("", "receiver", "\"\""),
            ("!", "receiver", "\"!\""),
            ("Two", "receiver", "\"Two\" (node "),
            ("sAME", "receiver", "\"same\" (contact) "),
            ("Same", "receiver", "\"same\" (contact) "),
            // Both are online, and neither writes it so.
            ("ADA", "receiver", "\"ada\" (node "),
            ("ada", "receiver", "\"Ada\" (node "),
            // A contact, and a node whose name looks like it.
            ("Ana", "receiver", "\"ana\" (node "),
            // Carol was called Dan; Eve's name was another's.
            ("Dan", "receiver", "\"Dan\" (once "),
            ("Eve", "receiver", "\"Eve\" (once "),
            // Cyrillic and full width: read by people as a name that is written otherwise.
            ("В\u{435}n", "receiver", "\"Ben\" (node "),
            ("Ｂｅｎ", "receiver", "\"Ben\" (node "),
            ("аdа", "receiver", "\"Ada\" (node "),
            (slip.as_str(), "address", ""),
            (&address(1).encode(&AddressPrefix::new("les").expect("letters")), "address", ""),
        ] {
            let receipt = directory().receiver(name).expect_err(name);
            assert_eq!(receipt.rule, rule, "{name}");
            assert!(receipt.found.contains(found), "{name}: {receipt}");
        }
    }

    #[test]
    fn a_refusal_lists_whole_addresses_and_an_answer_says_whom_a_name_meant() {
        let receipt = directory().receiver("ada").expect_err("two");
        for number in [10, 11] {
            assert!(receipt.found.contains(&text(number)), "{receipt}");
        }
        let means = |name: &str| directory().receiver(name).expect("one").means(&directory().prefix);
        let ben = means("ben").expect("a name was written");
        assert_eq!((ben.name.as_str(), ben.who, ben.address), ("Ben", "a node", text(6)));
        assert_eq!(ben.node, Some(NodeId::of(&crate::testing::key(6).public()).to_string()));
        assert_eq!(means(&text(6)), None);
    }

    #[test]
    fn only_the_wallets_own_can_send() {
        assert_eq!(directory().sender("Brave Otter"), Ok(address(1)));
        assert_eq!(directory().sender("brave otter"), Ok(address(1)));
        assert_eq!(directory().sender(&text(2)), Ok(address(2)));
        for other in ["Ana", "Ben", &text(3), "x"] {
            let receipt = directory().sender(other).expect_err(other);
            assert_eq!(receipt.rule, "sender");
            assert!(receipt.expected.contains("savings, Brave Otter, purse"), "{receipt}");
        }
    }
}
