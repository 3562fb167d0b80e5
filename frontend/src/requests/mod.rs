//! This tab from outside: the requests it answers, written as commands for a shell, as a Postman collection, and as the file
//! that `connect_node` takes.
//!
//! Pure text made of a snapshot of the node; nothing here sends anything. What peers call themselves is data in a
//! request's body and nothing else.

mod beyond;
mod nodes;
pub mod postman;
mod shell;
mod tutorial;

pub use beyond::{Reading, beyond};
pub use nodes::nodes_json;
pub use shell::Shell;
pub use tutorial::{Ready, Tried, ready};

use shared::looks_like;

use crate::node::view::{NodeView, RoleView, RulesView};

/// Stands for the token wherever a text is shown before its owner asked for the token.
pub const HIDDEN: &str = "TOKEN";

/// Who can be asked: this tab, and the other nodes of its room that are here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// The relay's address: `http://host:port`, or `https://host/coin` behind a proxy.
    pub base: String,
    /// The room's name.
    pub room: String,
    /// The room's rules.
    pub rules: RulesView,
    /// This tab.
    pub own: Member,
    /// This tab's address for coins.
    pub address: String,
    /// What a change of this tab needs; `None` where the tab is open to everyone.
    pub token: Option<String>,
    /// The others that are here now.
    pub others: Vec<Member>,
}

/// A node that has an address of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// 32 hex digits.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// Whether it is the relay's own.
    pub relay: bool,
}

impl Site {
    /// What a snapshot knows of it.
    pub fn of(view: &NodeView) -> Self {
        let here = view.peers.iter().filter(|peer| peer.online);
        Self {
            base: view.http.base.clone(),
            room: view.room.name.clone(),
            rules: view.room.rules,
            own: Member { id: view.identity.id.clone(), name: view.identity.name.clone(), relay: false },
            address: view.identity.address.clone(),
            token: (!view.http.open).then(|| view.http.token.clone()),
            others: here
                .map(|peer| Member {
                    id: peer.id.clone(),
                    name: peer.name.clone(),
                    relay: peer.role == RoleView::Relay,
                })
                .collect(),
        }
    }

    /// The same with a word in the token's place, to be shown.
    #[must_use]
    pub fn hiding_the_token(&self) -> Self {
        Self { token: self.token.as_ref().map(|_| HIDDEN.to_owned()), ..self.clone() }
    }

    /// Where a node's requests go: `http://host:port/nodes/ID`. The relay has a node in every room, so its own is named
    /// by the room: `http://host:port/rooms/ROOM`.
    pub fn url(&self, member: &Member) -> String {
        if member.relay { self.relay_url() } else { format!("{}/nodes/{}", self.base, member.id) }
    }

    /// Where the requests of the relay's own node in this room go.
    pub fn relay_url(&self) -> String {
        format!("{}/rooms/{}", self.base, self.room)
    }

    /// The address that survives the tutorial's `add_node`, which keeps nothing but host, port and user information:
    /// `http://ID:PASSWORD@host:port`, or with the room's name for the relay's own node. Any password will do where nothing
    /// is changed.
    pub fn short_url(&self, member: &Member, password: &str) -> String {
        let (scheme, host) = self.base.split_once("://").unwrap_or(("http", &self.base));
        let user = if member.relay { &self.room } else { &member.id };
        format!("{scheme}://{user}:{password}@{host}")
    }

    /// Whom to pay: another tab, by its name or, where others have that name too, by its id; this tab itself where it is
    /// alone.
    fn receiver(&self) -> &str {
        match self.others.iter().find(|other| !other.relay) {
            Some(tab) if self.is_alone_with(&tab.name) => &tab.name,
            Some(tab) => &tab.id,
            None => &self.own.name,
        }
    }

    fn is_alone_with(&self, name: &str) -> bool {
        let bearers = self.others.iter().chain([&self.own]).filter(|member| looks_like(&member.name, name));
        bearers.count() == 1
    }
}

#[cfg(test)]
mod fixture {
    use super::{Member, Site};
    use crate::node::view::RulesView;

    /// A room of three tabs and the relay, two tabs of one name.
    pub(super) fn site(rules: RulesView, token: Option<&str>) -> Site {
        let member = |digit: char, name: &str, relay| Member {
            id: std::iter::repeat_n(digit, 32).collect(),
            name: name.to_owned(),
            relay,
        };
        Site {
            base: "http://127.0.0.1:5001".to_owned(),
            room: "main".to_owned(),
            rules,
            own: member('a', "swift heron", false),
            address: "tab1own".to_owned(),
            token: token.map(str::to_owned),
            others: vec![
                member('0', "old harbour", true),
                member('b', "twin", false),
                member('c', "twin", false),
                member('d', "Zoë's laptop", false),
            ],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::fixture::site;
    use super::*;

    #[test]
    fn the_first_other_tab_is_paid_by_its_name_or_by_its_id_where_the_name_is_not_its_alone() {
        let mut site = site(RulesView::Sealed, None);
        assert_eq!(site.receiver(), "b".repeat(32), "two are called twin, and the relay is no tab");
        site.others.remove(1);
        assert_eq!(site.receiver(), "twin");
        site.others.truncate(1);
        assert_eq!(site.receiver(), "swift heron");
    }

    #[test]
    fn an_address_with_user_information_keeps_scheme_and_port() {
        let mut site = site(RulesView::Sealed, None);
        site.base = "https://coins.example:8443".to_owned();
        let id = "a".repeat(32);
        assert_eq!(site.short_url(&site.own, "secret"), format!("https://{id}:secret@coins.example:8443"));
        assert_eq!(site.short_url(&site.others[0], "x"), "https://main:x@coins.example:8443");
    }

    #[test]
    fn the_relay_s_own_node_is_named_by_the_room() {
        let site = site(RulesView::Sealed, None);
        assert_eq!(site.url(&site.others[0]), "http://127.0.0.1:5001/rooms/main");
        assert_eq!(site.url(&site.others[1]), format!("http://127.0.0.1:5001/nodes/{}", "b".repeat(32)));
    }
}
