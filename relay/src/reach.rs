//! How far a relay can be reached, made from all that it was told, and the defaults that follow from it.
//!
//! It does not listen and asks nobody: [`crate::config`] brings the facts, [`crate::relay`] keeps the result, and
//! [`crate::hosts`] says which names of hosts are the relay's.

use std::net::{IpAddr, SocketAddr};

use crate::hosts::{is_lan_name, is_this_machine, name_of_origin};

/// How far a relay can be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// By programs and browsers of this machine.
    ThisMachine,
    /// By a local network, too.
    Lan,
    /// By anybody.
    Public,
}

impl Reach {
    /// The word for it in the log and in `/healthz`.
    pub fn word(self) -> &'static str {
        match self {
            Self::ThisMachine => "this machine",
            Self::Lan => "LAN",
            Self::Public => "public",
        }
    }
}

/// What is known of how the relay is reached.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// Where it listens.
    pub listens_on: SocketAddr,
    /// Proxies that stand before it.
    pub trusted_proxies: &'a [IpAddr],
    /// Origins whose pages may connect.
    pub allowed_origins: &'a [String],
    /// The origin under which people open it.
    pub public_url: Option<&'a str>,
}

/// How far a relay can be reached, and by which of the facts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reached {
    /// How far.
    pub reach: Reach,
    /// The fact that decided.
    pub why: String,
}

impl Reached {
    /// The farthest that any of the facts tells of; the first of those that tell the same is the reason.
    pub fn of(facts: Facts<'_>) -> Self {
        let listening = facts.listens_on.ip();
        let mut reached = Self { reach: of_address(listening), why: format!("it listens on {}", facts.listens_on) };
        let mut also = |reach: Reach, why: String| {
            if reach > reached.reach {
                reached = Self { reach, why };
            }
        };
        if let Some(url) = facts.public_url {
            also(of_origin(url), format!("--public-url {url}"));
        }
        // A proxy listens for others: whoever reaches it reaches the relay.
        if let Some(proxy) = facts.trusted_proxies.first() {
            also(Reach::Public, format!("a proxy stands before it (--trust-proxy {proxy})"));
        }
        for origin in facts.allowed_origins {
            also(of_origin(origin), format!("--allow-origin {origin}"));
        }
        reached
    }
}

/// How far one who listens there is heard. All addresses of a machine are taken for those of a LAN.
pub(crate) fn of_address(address: IpAddr) -> Reach {
    let address = address.to_canonical();
    if address.is_loopback() {
        Reach::ThisMachine
    } else if address.is_unspecified() || is_private(address) {
        Reach::Lan
    } else {
        Reach::Public
    }
}

/// How far pages of an origin are opened.
fn of_origin(origin: &str) -> Reach {
    // What cannot be read may lead anywhere.
    let Some(name) = name_of_origin(origin) else { return Reach::Public };
    if is_this_machine(&name) {
        return Reach::ThisMachine;
    }
    match name.parse::<IpAddr>() {
        Ok(address) => of_address(address),
        Err(_) if is_lan_name(&name) => Reach::Lan,
        Err(_) => Reach::Public,
    }
}

/// RFC 1918, RFC 4193, link-local addresses, and RFC 6598, which private networks over the internet use.
fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            let [first, second, ..] = address.octets();
            address.is_private() || address.is_link_local() || (first == 100 && (64..128).contains(&second))
        }
        IpAddr::V6(address) => address.is_unique_local() || address.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(listen: &str, proxies: &[&str], origins: &[&str], url: Option<&str>, expected: (Reach, &str)) {
        let proxies: Vec<IpAddr> = proxies.iter().map(|proxy| proxy.parse().expect("an address")).collect();
        let origins: Vec<String> = origins.iter().map(|&origin| origin.to_owned()).collect();
        let facts = Facts {
            listens_on: listen.parse().expect("an address"),
            trusted_proxies: &proxies,
            allowed_origins: &origins,
            public_url: url,
        };
        let reached = Reached::of(facts);
        assert_eq!((reached.reach, reached.why.as_str()), expected);
    }

    #[test]
    fn the_address_that_is_listened_on_tells_how_far_one_is_heard() {
        for (listen, reach) in [
            ("127.0.0.1:5001", Reach::ThisMachine),
            ("127.8.0.1:5001", Reach::ThisMachine),
            ("[::1]:5001", Reach::ThisMachine),
            ("[::ffff:127.0.0.1]:5001", Reach::ThisMachine),
            ("0.0.0.0:5001", Reach::Lan),
            ("[::]:5001", Reach::Lan),
            ("[::ffff:0.0.0.0]:5001", Reach::Lan),
            ("192.168.1.10:5001", Reach::Lan),
            ("[::ffff:10.0.0.1]:5001", Reach::Lan),
            ("169.254.1.1:5001", Reach::Lan),
            ("100.64.0.1:5001", Reach::Lan),
            ("[fd00::1]:5001", Reach::Lan),
            ("[fe80::1]:5001", Reach::Lan),
            ("8.8.8.8:5001", Reach::Public),
            ("100.128.0.1:5001", Reach::Public),
            ("[2606:4700::1]:5001", Reach::Public),
        ] {
            check(listen, &[], &[], None, (reach, &format!("it listens on {listen}")));
        }
    }

    #[test]
    fn a_proxy_a_public_origin_and_a_public_url_open_a_relay_that_listens_on_loopback() {
        let here = "127.0.0.1:5001";
        let listening = (Reach::ThisMachine, "it listens on 127.0.0.1:5001");
        let proxy = (Reach::Public, "a proxy stands before it (--trust-proxy 127.0.0.1)");
        check(here, &["127.0.0.1"], &[], None, proxy);
        check(here, &["127.0.0.1"], &[], Some("http://localhost:8080"), proxy);
        check(here, &[], &["http://localhost:8080", "http://[::1]:80", "http://127.0.0.2"], None, listening);
        check(here, &[], &["http://10.0.0.1"], None, (Reach::Lan, "--allow-origin http://10.0.0.1"));
        check(here, &[], &["http://teacher.local"], None, (Reach::Lan, "--allow-origin http://teacher.local"));
        let origin = (Reach::Public, "--allow-origin https://coin.example");
        check(here, &[], &["http://teacher.local", "https://coin.example"], None, origin);
        let url = (Reach::Public, "--public-url https://coin.example");
        check(here, &["127.0.0.1"], &["https://coin.example"], Some("https://coin.example"), url);
        check(here, &[], &[], Some("http://teacher:5001"), (Reach::Lan, "--public-url http://teacher:5001"));
        check("0.0.0.0:5001", &[], &[], Some("https://coin.example"), url);
    }
}
