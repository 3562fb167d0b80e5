//! Which names a relay may be reached by, so that a page cannot reach it under a name of its own.
//!
//! A page on `evil.example` can have that name lead to this machine or to a LAN once it is loaded (DNS rebinding); then
//! the browser takes the relay for the page's own site. The `Host` of such a request still is `evil.example`. A name
//! that nobody can buy, and an address, cannot be led anywhere. Where the relay is public without a public URL its names
//! are not known, and strangers reach it anyhow: any name will do.

use std::net::IpAddr;

use shared::Receipt;

use crate::authority::Authority;
use crate::origin::Origin;
use crate::reach::{Facts, Reach, of_address};

/// Endings of names that no public name server gives an owner: reserved ones (RFC 6761, 6762, 8375, ICANN's `internal`)
/// and those that routers use and nobody can register. `fritz.box` belongs to the maker of the routers.
const LAN_ENDINGS: [&str; 13] = [
    "local",
    "lan",
    "home.arpa",
    "internal",
    "localhost",
    "localdomain",
    "home",
    "corp",
    "intranet",
    "private",
    "test",
    "fritz.box",
    "speedport.ip",
];

/// The names of a relay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hosts {
    /// Any: not known.
    Any,
    /// Names of this machine for itself, and these.
    ThisMachine(Vec<String>),
    /// Addresses, names that lead nowhere but into a LAN, and these.
    Lan(Vec<String>),
}

impl Hosts {
    /// The names of a relay that can be reached so far.
    pub fn of(facts: Facts<'_>, reach: Reach) -> Self {
        let is_reached_by_all = !facts.trusted_proxies.is_empty() || of_address(facts.listens_on.ip()) == Reach::Public;
        if is_reached_by_all && facts.public_url.is_none() {
            return Self::Any;
        }
        let given = facts.allowed_origins.iter().map(String::as_str).chain(facts.public_url);
        let mut names: Vec<String> = given.filter_map(name_of_origin).collect();
        if reach == Reach::ThisMachine {
            return Self::ThisMachine(names);
        }
        names.extend(gethostname::gethostname().to_str().map(str::to_ascii_lowercase));
        Self::Lan(names)
    }

    /// Checks the host that a request is for. One that names none comes from no browser.
    ///
    /// # Errors
    /// When it is a name that is not this relay's.
    pub(crate) fn check(&self, host: Option<&Authority>) -> Result<(), Receipt> {
        let Some(host) = host else { return Ok(()) };
        let name = host.name();
        let is_ours = |names: &[String]| names.iter().any(|ours| ours == name);
        let expected = match self {
            Self::Any => return Ok(()),
            Self::ThisMachine(names) if is_this_machine(name) || is_ours(names) => return Ok(()),
            Self::Lan(names) if is_lan_host(name) || is_ours(names) => return Ok(()),
            Self::ThisMachine(_) => "127.0.0.1, [::1] or localhost, since this relay is for this machine alone",
            Self::Lan(_) => "an address or a name of the local network",
        };
        let expected = format!("{expected}, or a name that its operator gives with --public-url");
        Err(Receipt::new("host", expected, host.to_string()))
    }
}

/// The name or address in an origin.
pub(crate) fn name_of_origin(origin: &str) -> Option<String> {
    origin.parse::<Origin>().ok().map(|origin| origin.name().to_owned())
}

/// Whether this is a name of a machine for itself.
pub(crate) fn is_this_machine(name: &str) -> bool {
    let is_address = name.parse::<IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback());
    is_address || name == "localhost" || name.ends_with(".localhost")
}

/// Whether this is a name that only a local network knows.
pub(crate) fn is_lan_name(name: &str) -> bool {
    let is_label = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    is_label
        || LAN_ENDINGS.iter().any(|ending| name.strip_suffix(ending).is_some_and(|before| before.ends_with('.')))
        || name == "fritz.box"
}

fn is_lan_host(name: &str) -> bool {
    name.parse::<IpAddr>().is_ok() || is_lan_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reach::Reached;

    fn hosts(listen: &str, proxies: &[IpAddr], origins: &[&str], url: Option<&str>) -> Hosts {
        let origins: Vec<String> = origins.iter().map(|&origin| origin.to_owned()).collect();
        let listens_on = listen.parse().expect("an address");
        let facts = Facts { listens_on, trusted_proxies: proxies, allowed_origins: &origins, public_url: url };
        Hosts::of(facts, Reached::of(facts).reach)
    }

    #[track_caller]
    fn check(hosts: &Hosts, ours: &[&str], foreign: &[&str]) {
        for (list, is_ours) in [(ours, true), (foreign, false)] {
            for host in list {
                let host = host.parse().expect("a host");
                assert_eq!(hosts.check(Some(&host)).is_ok(), is_ours, "{hosts:?} {host}");
            }
        }
    }

    const HERE: [&str; 7] = [
        "127.0.0.1:5001",
        "127.9.9.9",
        "[::1]:5001",
        "localhost:5001",
        "LOCALHOST",
        "ab.localhost:5001",
        "[::ffff:127.0.0.1]:5001",
    ];
    const FOREIGN: [&str; 6] = [
        "evil.example:5001",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "teacher.local.evil.example",
        "local.evil.example",
        "notlocal.example",
    ];

    #[test]
    fn a_relay_of_this_machine_has_its_names_and_those_that_the_operator_gives() {
        let alone = hosts("127.0.0.1:5001", &[], &[], None);
        check(&alone, &HERE, &FOREIGN);
        check(&alone, &[], &["10.0.0.1", "[::2]", "teacher-laptop:5001", "teacher.local"]);
        assert_eq!(alone.check(None), Ok(()), "no browser leaves it out");
        let named = hosts("127.0.0.1:5001", &[], &["https://coin.example:8443"], Some("http://other.example"));
        check(&named, &["coin.example", "COIN.example:80", "other.example.", "127.0.0.1:5001"], &FOREIGN);
    }

    #[test]
    fn a_relay_of_a_lan_has_the_names_of_lans_and_addresses() {
        let lan = hosts("0.0.0.0:5001", &[], &[], None);
        check(&lan, &HERE, &FOREIGN);
        let names = [
            "192.168.1.10:5001",
            "teacher-laptop:5001",
            "teacher.local:5001",
            "TEACHER.lan",
            "pc.home.arpa",
            "a.b.internal",
            "pc.fritz.box:5001",
            "fritz.box",
            "[fd00::1]:5001",
            "203.0.113.7",
        ];
        check(&lan, &names, &["pc.box", "notfritz.box", "lan.example"]);
        let named = hosts("0.0.0.0:5001", &[], &["https://coin.example"], None);
        check(&named, &["coin.example", "teacher.local"], &FOREIGN);
    }

    #[test]
    fn a_public_relay_has_any_name_until_it_is_told_its_own() {
        let proxy = ["127.0.0.1".parse().expect("an address")];
        for any in [hosts("127.0.0.1:5001", &proxy, &[], None), hosts("8.8.8.8:5001", &[], &[], None)] {
            assert_eq!(any, Hosts::Any);
            check(&any, &FOREIGN, &[]);
        }
        let named = hosts("127.0.0.1:5001", &proxy, &[], Some("https://coin.example"));
        // A proxy may hand on what it calls the relay itself.
        check(&named, &["coin.example", "127.0.0.1:5001", "backend"], &FOREIGN);
    }

    #[test]
    fn an_origin_that_is_allowed_does_not_open_a_loopback_relay_to_other_names() {
        let own = hosts("127.0.0.1:5001", &[], &["https://dev.example"], None);
        check(&own, &["dev.example", "localhost:5001"], &FOREIGN);
    }
}
