//! Which machines the relay may ask for a chain on behalf of a member: what the operator allows, and nothing else.
//!
//! A member chooses the netloc, so every request is a stranger's. What counts is the address that is connected to, never
//! the name; a name is only looked at where the operator listed it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use crate::reach::Reach;

/// What the operator allows with `--fetch`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FetchPolicy {
    /// Nothing.
    None,
    /// This machine.
    Loopback,
    /// This machine and private networks.
    Lan,
    /// These.
    List(Vec<Allowed>),
}

/// An entry of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Allowed {
    /// A host by its name, in lower case, wherever that leads but to special addresses and to this machine.
    Name(String),
    /// All addresses with these first bits.
    Block {
        /// An address of the block.
        address: IpAddr,
        /// How many of its bits count.
        bits: u8,
    },
}

/// Text that is no policy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected none, loopback, lan, or a list such as 192.168.1.0/24,10.0.0.7,node.example; found {found:?} in it (the name of a host that is like one of these words ends in a dot: lab.)"
)]
pub struct PolicyError {
    /// The part that is none of these.
    pub found: String,
}

impl FetchPolicy {
    /// What holds where the operator says nothing: this machine for those who are on it, too, and else nothing.
    pub fn usual(reach: Reach) -> Self {
        if reach == Reach::ThisMachine { Self::Loopback } else { Self::None }
    }

    /// What `--fetch` was given.
    pub fn word(&self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Loopback => "loopback",
            Self::Lan => "lan",
            Self::List(_) => "a list",
        }
    }

    /// Whether this address may be connected to, when the netloc named `host`.
    pub fn allows(&self, host: &str, address: IpAddr) -> bool {
        if is_never_asked(address) {
            return false;
        }
        match self {
            Self::None => false,
            Self::Loopback => address.is_loopback(),
            Self::Lan => address.is_loopback() || is_private(address),
            Self::List(list) => list.iter().any(|allowed| allowed.allows(host, address)),
        }
    }
}

impl std::fmt::Display for FetchPolicy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::None => f.write_str("no node elsewhere: the relay's --fetch is none"),
            Self::Loopback => f.write_str("a node on the relay's own machine: its --fetch is loopback"),
            Self::Lan => f.write_str("a node on the relay's own machine or a private network: its --fetch is lan"),
            Self::List(_) => f.write_str("a node that the relay's --fetch lists"),
        }
    }
}

impl FromStr for FetchPolicy {
    type Err = PolicyError;

    fn from_str(text: &str) -> Result<Self, PolicyError> {
        match text {
            "none" => Ok(Self::None),
            "loopback" => Ok(Self::Loopback),
            "lan" => Ok(Self::Lan),
            list => list.split(',').map(|part| part.trim().parse()).collect::<Result<_, _>>().map(Self::List),
        }
    }
}

impl Allowed {
    fn allows(&self, host: &str, address: IpAddr) -> bool {
        match self {
            // Whoever owns a name chooses its addresses: it must not lead to what only this machine may reach.
            Self::Name(name) => {
                let is_here = address.is_loopback() && name != "localhost";
                name.eq_ignore_ascii_case(host) && !is_here && !is_special(address)
            }
            Self::Block { address: of_block, bits } => is_in_block(*of_block, *bits, address),
        }
    }
}

impl FromStr for Allowed {
    type Err = PolicyError;

    fn from_str(text: &str) -> Result<Self, PolicyError> {
        let refused = || PolicyError { found: text.chars().take(80).collect() };
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits.parse::<u8>().map_err(|_| refused())?)),
            None => (text, None),
        };
        match (address.parse::<IpAddr>(), bits) {
            (Ok(address), bits) => {
                let all = if address.is_ipv4() { 32 } else { 128 };
                let bits = bits.unwrap_or(all);
                if bits <= all { Ok(Self::Block { address, bits }) } else { Err(refused()) }
            }
            (Err(_), None) if is_name(text) => Ok(Self::Name(text.trim_end_matches('.').to_ascii_lowercase())),
            (Err(_), _) => Err(refused()),
        }
    }
}

/// Whether this could be a host's name. One of digits and dots would be a mistyped address; the words of the other
/// policies in a list, a misunderstanding.
fn is_name(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.';
    (1..=253).contains(&text.len())
        && text.bytes().all(is_allowed)
        && !text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
        && !is_like_a_word(&text.to_ascii_lowercase())
}

/// Whether a name could be a policy's word with a typing error, or one that somebody takes for a policy.
fn is_like_a_word(text: &str) -> bool {
    let is_word = |word: &&str| strsim::damerau_levenshtein(word, text) <= 1;
    ["none", "loopback", "lan"].iter().any(is_word)
        || ["all", "any", "auto", "no", "off", "on", "private", "public", "yes"].contains(&text)
}

fn is_in_block(of_block: IpAddr, bits: u8, address: IpAddr) -> bool {
    match (of_block, address) {
        (IpAddr::V4(of_block), IpAddr::V4(address)) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(bits)).unwrap_or(0);
            of_block.to_bits() & mask == address.to_bits() & mask
        }
        (IpAddr::V6(of_block), IpAddr::V6(address)) => {
            let mask = u128::MAX.checked_shl(128 - u32::from(bits)).unwrap_or(0);
            of_block.to_bits() & mask == address.to_bits() & mask
        }
        _ => false,
    }
}

/// RFC 1918 and RFC 4193.
fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_private(),
        IpAddr::V6(address) => address.is_unique_local(),
    }
}

/// Addresses that no list can allow: they name no machine, or hide another address.
fn is_never_asked(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.octets()[0] == 0 || address.is_multicast() || address.is_broadcast(),
        IpAddr::V6(address) => address.is_unspecified() || address.is_multicast() || hides_ipv4(address),
    }
}

/// Addresses with an IPv4 address inside: mapped and compatible ones, NAT64 (RFC 6052), 6to4 (RFC 3056) and Teredo
/// (RFC 4380).
fn hides_ipv4(address: Ipv6Addr) -> bool {
    let segments = address.segments();
    let is_compatible = segments[..6] == [0; 6] && address != Ipv6Addr::LOCALHOST;
    let is_nat64 = segments[..2] == [0x64, 0xff9b];
    let is_teredo = segments[..2] == [0x2001, 0];
    address.to_ipv4_mapped().is_some() || is_compatible || is_nat64 || segments[0] == 0x2002 || is_teredo
}

/// Addresses that a name must not lead to: link-local ones, where clouds keep their secrets, those for documentation,
/// measurements and sharing, and reserved ones.
fn is_special(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            let [first, second, third, _] = address.octets();
            address.is_link_local()
                || address.is_documentation()
                || first >= 240
                || (first == 100 && (64..128).contains(&second))
                || (first == 198 && (18..20).contains(&second))
                || (Ipv4Addr::new(first, second, third, 0) == Ipv4Addr::new(192, 0, 0, 0))
        }
        IpAddr::V6(address) => {
            let segments = address.segments();
            address.is_unicast_link_local() || segments[..2] == [0x2001, 0x0db8] || segments[0] == 0x3fff
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(policy: &str, host: &str, address: &str, expected: bool) {
        let policy: FetchPolicy = policy.parse().expect("a policy");
        let address = address.parse().expect("an address");
        assert_eq!(policy.allows(host, address), expected, "{policy:?} {host} {address}");
    }

    #[test]
    fn each_policy_reaches_what_it_says_and_nothing_else() {
        for (address, loopback, lan) in [
            ("127.0.0.1", true, true),
            ("127.255.255.254", true, true),
            ("::1", true, true),
            ("10.0.0.1", false, true),
            ("172.16.0.1", false, true),
            ("172.31.255.255", false, true),
            ("172.32.0.1", false, false),
            ("192.168.1.10", false, true),
            ("fd00::1", false, true),
            ("8.8.8.8", false, false),
            ("2606:4700::1", false, false),
        ] {
            check("none", "h", address, false);
            check("loopback", "h", address, loopback);
            check("lan", "h", address, lan);
        }
    }

    #[test]
    fn special_addresses_are_neither_this_machine_nor_a_lan_and_no_name_may_lead_to_them() {
        for address in [
            "0.0.0.0",
            "0.0.0.1",
            "169.254.169.254",
            "224.0.0.1",
            "239.255.255.250",
            "255.255.255.255",
            "240.0.0.1",
            "192.0.2.1",
            "198.51.100.1",
            "203.0.113.1",
            "100.64.0.1",
            "198.18.0.1",
            "192.0.0.8",
            "::",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::1",
            "2001:0:7f00:1::1",
            "fe80::1",
            "ff02::1",
            "2001:db8::1",
        ] {
            for policy in ["none", "loopback", "lan", "node.example"] {
                check(policy, "node.example", address, false);
            }
        }
    }

    #[test]
    fn a_list_allows_its_addresses_blocks_and_names() {
        let list = "10.0.0.7, 192.168.1.0/24,2001:470::/32,Node.example";
        check(list, "h", "10.0.0.7", true);
        check(list, "h", "10.0.0.8", false);
        check(list, "h", "192.168.1.255", true);
        check(list, "h", "192.168.2.0", false);
        check(list, "h", "2001:470::1", true);
        check(list, "h", "2001:471::1", false);
        check(list, "h", "127.0.0.1", false);
        check(list, "node.EXAMPLE", "8.8.8.8", true);
        check(list, "other.example", "8.8.8.8", false);
        check(list, "node.example", "127.0.0.1", false);
        check("localhost", "localhost", "127.0.0.1", true);
        check("lab.", "lab", "10.0.0.1", true);
        check("teacher", "teacher", "10.0.0.1", true);
        check("0.0.0.0/0", "h", "8.8.8.8", true);
        check("0.0.0.0/0", "h", "0.0.0.0", false);
        check("::/0", "h", "::ffff:127.0.0.1", false);
        check("::/0", "h", "::1", true);
    }

    #[test]
    fn what_is_no_policy_is_refused_with_the_part_that_is_wrong() {
        for (text, found) in [
            ("", ""),
            ("10.0.0.0/33", "10.0.0.0/33"),
            ("a,,b", ""),
            ("a b", "a b"),
            ("10.0.0", "10.0.0"),
            ("lan,a", "lan"),
            ("a/8", "a/8"),
            ("*", "*"),
            ("LAN", "LAN"),
            ("lopback", "lopback"),
            ("node.example,non", "non"),
            ("all", "all"),
        ] {
            let error = text.parse::<FetchPolicy>().expect_err(text);
            assert_eq!(error.found, found);
        }
    }
}
