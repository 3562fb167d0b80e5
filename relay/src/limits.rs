//! Every limit of the relay, by name, with its reason. Those that an operator may want to move are options of
//! `relay serve`; the rest are constants here.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex, PoisonError};

use shared::Receipt;

use crate::number::{COUNT, WAIT_MS, number};

/// The largest head of an HTTP request, in bytes. A browser's is under 2 KiB.
pub const HEAD_BYTES_MAX: usize = 16 << 10;
/// Time for the head of an HTTP request, in milliseconds; also how long an idle connection is kept.
pub const HEADER_MS: u64 = 10_000;
/// A connection that takes none of an HTTP answer's bytes for so long is closed, in milliseconds.
pub const ANSWER_STALL_MS: u64 = 30_000;
/// Time for the rest of a WebSocket message once its first bytes are there, in milliseconds. The largest message needs
/// 0.4 Mbit/s to make it.
pub const MESSAGE_MS: u64 = 20_000;
/// The most bytes of a message before the handshake is done, heads of frames included. Its messages are under 1 KiB.
pub const HANDSHAKE_BYTES_MAX: usize = 8 << 10;
/// The most bytes that the heads of one message's frames may have: fragments need not be large, and not be empty.
pub const FRAME_HEADS_BYTES_MAX: usize = 64 << 10;
/// The most bytes of unfinished messages in the whole process; where that is short, the largest holder is cut off.
pub const UNFINISHED_BYTES_MAX: usize = 64 << 20;
/// The most that a connection may hold of them while the process is at its limit, in bytes: an ordinary block's worth.
/// Where there may be many connections it is less, so that all these shares take a quarter of the limit.
pub const UNFINISHED_BYTES_FREE: usize = 16 << 10;
/// The buffer a WebSocket reads into, in bytes; one per connection, so small.
pub const READ_BUFFER_BYTES: usize = 4 << 10;
/// Small messages to one member are joined into writes of up to this many bytes.
pub const WRITE_BUFFER_BYTES: usize = 16 << 10;
/// The kernel's buffers of a WebSocket, in bytes each way. Linux doubles what it is asked for.
pub const KERNEL_BUFFER_BYTES: usize = 24 << 10;
/// By how much the kernel's buffer grows for a member that does not read, so that it finds why it was cut off when it
/// reads again. With it the kernel holds 128 KiB for a member at most, both ways.
pub const LAST_WORDS_BYTES: usize = 16 << 10;
/// What a fault costs its address, in joins: who comes back with another id for each is slowed. Whoever is in stays.
pub const JOINS_PER_FAULT: u32 = 8;
/// Time for a closing handshake, in milliseconds.
pub const CLOSE_MS: u64 = 1_000;
/// Messages waiting for a room's turn. A session whose message finds no place waits, and so does its member.
pub const INBOX_MESSAGES_MAX: usize = 1_024;
/// Bytes of messages waiting for a room's turn.
pub const INBOX_BYTES_MAX: usize = 32 << 20;
/// The most bytes queued for all members together, beyond a free share for each; where that is short, the member with
/// the most is cut off.
pub const QUEUED_BYTES_MAX: usize = 128 << 20;
/// What may be queued for a member before it counts, in bytes.
pub const QUEUED_BYTES_FREE: usize = 64 << 10;
/// Exports of chains running at a time; each holds a thread. As many more are for addresses that have none running.
pub const EXPORTS_MAX: usize = 16;
/// Exports of one address at a time.
pub const EXPORTS_PER_ADDRESS: usize = 4;
/// Requests that wait for one tab's answers; one more is refused until some are answered.
pub const REQUESTS_WAITING_MAX: usize = 512;
/// Of these, requests of one address: a class behind one router.
pub const REQUESTS_PER_ADDRESS_MAX: usize = 384;
/// How long a tab may take to mine a block, in milliseconds.
pub const MINE_MS: u64 = 120_000;
/// How long a tab may take to ask its nodes for their chains and adopt the best, in milliseconds.
pub const REPLACE_MS: u64 = 30_000;
/// How long a block is waited for that a tab answers with, in milliseconds: it may be on its way still.
pub const TIP_WAIT_MS: u64 = 2_000;
/// Time for the body of a request, in milliseconds.
pub const BODY_MS: u64 = 10_000;
/// The most bytes of a body that are read after it was refused, so that its sender gets to read why: more than proxies send
/// on unasked (nginx: 1 MB).
pub const UNWANTED_BYTES_MAX: usize = 4 << 20;
/// For how long they are read, in milliseconds.
pub const UNWANTED_MS: u64 = 10_000;
/// The least time between two writes of one member's classic chain, in milliseconds. Of what it tells of meanwhile the
/// last is kept.
pub const KEEP_MS: u64 = 100;
/// Nodes elsewhere that one member may have asked at once: a large class that replaces its chain.
pub const FETCH_BURST: usize = 64;
/// And a second after that.
pub const FETCHES_PER_SECOND: u32 = 8;
/// Classic chains kept in a room; beyond it the one whose member is longest away is forgotten.
pub const CLASSIC_CHAINS_MAX: usize = 1_024;
/// The most bytes of an app folder: far more than an app has, far less than a home folder given by mistake.
pub const APP_BYTES_MAX: u64 = 64 << 20;
/// Time for members to be told and for the last writes when the relay stops, in milliseconds.
pub const SHUTDOWN_MS: u64 = 3_000;

/// What may be waiting for one tab, in bytes: the largest message at least, and no more than for all of them together.
const QUEUE_BYTES: RangeInclusive<u64> = 1 << 20..=1 << 30;

/// The limits an operator may move.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Limits")]
pub struct Limits {
    /// Connections in all that load pages and files or ask for data; a connected tab counts as a tab instead. Each
    /// needs a file descriptor
    #[arg(long, value_name = "N", value_parser = number::<usize>(COUNT), default_value_t = 8_192)]
    pub connections_max: usize,
    /// Connections of one address (an IPv6 /64 counts as one). A classroom behind one router is one address, and a page
    /// being loaded takes up to six
    #[arg(long, value_name = "N", value_parser = number::<usize>(COUNT), default_value_t = 1_024)]
    pub connections_per_address: usize,
    /// New connections of one address a second, after a first burst of twice --connections-per-address; one more is
    /// closed unanswered
    #[arg(long, value_name = "N", value_parser = number::<u32>(COUNT), default_value_t = 1_000)]
    pub connects_per_second: u32,
    /// Tabs in all, over all rooms
    #[arg(long, value_name = "N", value_parser = number::<usize>(COUNT), default_value_t = 4_096)]
    pub members_max: usize,
    /// Tabs of one address
    #[arg(long, value_name = "N", value_parser = number::<usize>(COUNT), default_value_t = 256)]
    pub members_per_address: usize,
    /// New tabs of one address a second, after a first burst of twice --members-per-address (a classroom that
    /// reconnects)
    #[arg(long, value_name = "N", value_parser = number::<u32>(COUNT), default_value_t = 32)]
    pub joins_per_second: u32,
    /// Messages waiting for one tab; beyond it the tab is cut off and catches up when it reconnects
    #[arg(long, value_name = "N", value_parser = number::<usize>(COUNT), default_value_t = 1_024)]
    pub queue_messages: usize,
    /// Bytes waiting for one tab. The largest answer, 64 full blocks, is 16 MiB
    #[arg(long, value_name = "BYTES", value_parser = number::<usize>(QUEUE_BYTES), default_value_t = 20 << 20)]
    pub queue_bytes: usize,
    /// A tab that takes none of the bytes waiting for it for so long is cut off
    #[arg(long, value_name = "MS", value_parser = number::<u64>(WAIT_MS), default_value_t = 2_000)]
    pub write_stall_ms: u64,
    /// Time for the head of an HTTP request; also how long an idle connection is kept
    #[arg(long, value_name = "MS", value_parser = number::<u64>(WAIT_MS), default_value_t = HEADER_MS)]
    pub header_ms: u64,
    /// HTTP requests of one address a second, after a first burst of twice as many; the app's files and WebSockets are
    /// not counted
    #[arg(long, value_name = "N", value_parser = number::<u32>(COUNT), default_value_t = 2_000)]
    pub requests_per_second: u32,
    /// HTTP requests for one tab a second, whoever asks, after a first burst of twice as many
    #[arg(long, value_name = "N", value_parser = number::<u32>(COUNT), default_value_t = 2_000)]
    pub tab_requests_per_second: u32,
    /// Of these, requests that may change the tab
    #[arg(long, value_name = "N", value_parser = number::<u32>(COUNT), default_value_t = 50)]
    pub tab_changes_per_second: u32,
    /// How long a tab may take to answer a request; mining may take two minutes, and replacing a chain half a minute
    #[arg(long, value_name = "MS", value_parser = number::<u64>(WAIT_MS), default_value_t = 10_000)]
    pub tab_answer_ms: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections_max: 8_192,
            connections_per_address: 1_024,
            connects_per_second: 1_000,
            members_max: 4_096,
            members_per_address: 256,
            joins_per_second: 32,
            queue_messages: 1_024,
            queue_bytes: 20 << 20,
            write_stall_ms: 2_000,
            header_ms: HEADER_MS,
            requests_per_second: 2_000,
            tab_requests_per_second: 2_000,
            tab_changes_per_second: 50,
            tab_answer_ms: 10_000,
        }
    }
}

/// What limits count as one address: an IPv4 address, or the /64 that one IPv6 customer has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AddressKey(IpAddr);

impl From<IpAddr> for AddressKey {
    fn from(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V6(address) => {
                let network = address.to_bits() >> 64 << 64;
                IpAddr::V6(Ipv6Addr::from_bits(network))
            }
            address => address,
        })
    }
}

/// A number of places, of which one address may take a share.
#[derive(Debug)]
pub struct Places {
    what: &'static str,
    max: usize,
    per_address: usize,
    reserve: usize,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    total: usize,
    by_address: HashMap<AddressKey, usize>,
}

/// A place that was taken; free again when dropped.
#[derive(Debug)]
pub struct Place {
    places: Arc<Places>,
    address: Option<AddressKey>,
}

impl Places {
    /// Makes places, named in receipts by what takes them.
    pub fn new(what: &'static str, max: usize, per_address: usize) -> Arc<Self> {
        Self::with_reserve(what, max, per_address, 0)
    }

    /// The same with so many more, for addresses that have none: a few that take all they may keep nobody out.
    pub fn with_reserve(what: &'static str, max: usize, per_address: usize, reserve: usize) -> Arc<Self> {
        Arc::new(Self { what, max, per_address, reserve, taken: Mutex::default() })
    }

    /// Takes a place for this address; `None` is an address that is exempt, a trusted proxy.
    ///
    /// # Errors
    /// When all places or the address's share are taken.
    pub fn take(self: &Arc<Self>, address: Option<IpAddr>) -> Result<Place, Receipt> {
        let address = address.map(AddressKey::from);
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let is_first = address.is_some_and(|address| !taken.by_address.contains_key(&address));
        if taken.total >= self.max + if is_first { self.reserve } else { 0 } {
            let rule = format!("{} in all", self.what);
            return Err(Receipt::new(rule, format!("at most {}", self.max), "one more"));
        }
        if let Some(address) = address {
            let of_address = taken.by_address.entry(address).or_default();
            if *of_address >= self.per_address {
                let rule = format!("{} per address", self.what);
                return Err(Receipt::new(rule, format!("at most {}", self.per_address), "one more"));
            }
            *of_address += 1;
        }
        taken.total += 1;
        Ok(Place { places: Arc::clone(self), address })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.total -= 1;
        if let Some(address) = self.address
            && let Some(of_address) = taken.by_address.get_mut(&address)
        {
            *of_address -= 1;
            if *of_address == 0 {
                taken.by_address.remove(&address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use shared::exchange::{CLASSIC_CHAIN_BYTES_MAX, REQUEST_BYTES_MAX};

    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    fn grouped(number: usize) -> String {
        let digits = number.to_string();
        let parts: Vec<&str> =
            digits.as_bytes().rchunks(3).rev().map(|part| str::from_utf8(part).expect("digits")).collect();
        parts.join(",")
    }

    #[test]
    fn the_documents_give_the_limits_that_there_are() {
        let limits = Limits::default();
        let (rest, hosting) = (include_str!("../../docs/rest.md"), include_str!("../../docs/hosting.md"));
        let (requests, of_tab) = (limits.requests_per_second, limits.tab_requests_per_second);
        let seconds = |ms: u64| ms / 1_000;
        for line in [
            format!("| requests of one address | {} a second (`--requests-per-second`) |", grouped(requests as usize)),
            format!("| requests to one tab | {} a second (`--tab-requests-per-second`) |", grouped(of_tab as usize)),
            format!("| changes to one tab | {} a second (`--tab-changes-per-second`)", limits.tab_changes_per_second),
            format!("| a request's body | {} KiB |", REQUEST_BYTES_MAX >> 10),
            format!("| a classic chain that a tab keeps | {} KiB of JSON |", CLASSIC_CHAIN_BYTES_MAX >> 10),
            format!(
                "| time for an answer | {} s; {} s for `replace_chain`; {} s for `mine_block` |",
                seconds(limits.tab_answer_ms),
                seconds(REPLACE_MS),
                seconds(MINE_MS)
            ),
        ] {
            assert!(rest.contains(&line), "docs/rest.md: {line}");
        }
        for line in [
            format!("| `--members-max` | {} tabs |", grouped(limits.members_max)),
            format!("| `--connections-max` | {} |", grouped(limits.connections_max)),
            format!("| `--members-per-address` | {} |", grouped(limits.members_per_address)),
            format!("| `--connections-per-address` | {} |", grouped(limits.connections_per_address)),
            format!("| `--joins-per-second` | {} an address |", limits.joins_per_second),
            format!("| `--requests-per-second` | {} an address |", grouped(requests as usize)),
            format!("| `--queue-bytes` | {} MiB a tab |", limits.queue_bytes >> 20),
        ] {
            assert!(hosting.contains(&line), "docs/hosting.md: {line}");
        }
    }

    #[test]
    fn an_address_gets_its_share_and_not_one_more_and_a_place_left_is_free_again() {
        let places = Places::new("connections", 3, 2);
        let one = places.take(Some(ip("10.0.0.1"))).expect("a place");
        let _two = places.take(Some(ip("10.0.0.1"))).expect("a place");
        let refusal = places.take(Some(ip("10.0.0.1"))).expect_err("a third");
        assert_eq!(refusal.rule, "connections per address");
        let _other = places.take(Some(ip("10.0.0.2"))).expect("others are unaffected");
        assert_eq!(places.take(Some(ip("10.0.0.3"))).expect_err("a fourth").rule, "connections in all");
        drop(one);
        places.take(Some(ip("10.0.0.1"))).expect("free again");
    }

    #[test]
    fn a_reserve_is_for_addresses_that_have_none() {
        let places = Places::with_reserve("exports", 2, 2, 1);
        let _two = [places.take(Some(ip("10.0.0.1"))).expect("one"), places.take(Some(ip("10.0.0.1"))).expect("two")];
        let _first = places.take(Some(ip("10.0.0.2"))).expect("its first");
        assert_eq!(places.take(Some(ip("10.0.0.2"))).map(|_| ()).expect_err("its second").rule, "exports in all");
        places.take(Some(ip("10.0.0.3"))).map(|_| ()).expect_err("the reserve is taken");
    }

    #[test]
    fn a_subnet_of_ipv6_is_one_address_and_a_mapped_ipv4_is_itself() {
        assert_eq!(AddressKey::from(ip("2001:db8::1")), AddressKey::from(ip("2001:db8::ffff:1")));
        assert_ne!(AddressKey::from(ip("2001:db8::1")), AddressKey::from(ip("2001:db8:0:1::1")));
        assert_eq!(AddressKey::from(ip("::ffff:10.0.0.1")), AddressKey::from(ip("10.0.0.1")));
    }
}
