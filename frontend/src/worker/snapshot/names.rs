//! Whose address is whose.

use std::collections::BTreeMap;

use shared::{Address, NodeName};

/// Whose address is whose, as far as the members of the room say.
#[derive(Clone, Debug)]
pub struct Names {
    own: Address,
    own_name: NodeName,
    others: BTreeMap<Address, NodeName>,
}

impl Names {
    /// The names of this node and of the others in the room.
    pub fn new(own: Address, own_name: NodeName, others: impl IntoIterator<Item = (Address, NodeName)>) -> Self {
        Self { own, own_name, others: others.into_iter().collect() }
    }

    /// The name of the node that an address belongs to.
    pub fn of(&self, address: &Address) -> Option<String> {
        let name = if self.is_own(address) { Some(&self.own_name) } else { self.others.get(address) };
        name.map(NodeName::to_string)
    }

    /// This tab's address.
    pub fn own(&self) -> Address {
        self.own
    }

    /// This tab's name.
    pub fn own_name(&self) -> &NodeName {
        &self.own_name
    }

    /// Whether it is this tab's own address.
    pub fn is_own(&self, address: &Address) -> bool {
        self.own == *address
    }
}
