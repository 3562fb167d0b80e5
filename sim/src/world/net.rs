//! The network: links between hosts, and the connections made over them.
//!
//! What a node may assume of a link is what a WebSocket gives it: messages come in order, each once and whole, or the
//! link ends, which either side learns sooner or later, or never, if the other just falls silent. A stream behaves so
//! whatever goes wrong under it: what is cut waits, and what is lost breaks it. Over datagrams nothing of that holds: a
//! node may lose its link there at any time, and must not lose anything else.

use shared::protocol::PeerId;

use crate::dice::{Dice, Stream};
use crate::plan::{Carrier, LinkPlan};
use crate::time::Time;

/// How many bytes may be under way on one connection, one way, before its sender gives it up. A tab does that at 32 MiB.
pub const UNDER_WAY_BYTES_MAX: usize = 32 << 20;
/// When the end of a broken stream learns of it, in milliseconds.
const BREAK_MS: std::ops::RangeInclusive<u64> = 200..=30_000;
/// How much later the second copy of a message comes, at most, in milliseconds.
const COPY_MS: u64 = 500;

/// Names a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ConnId(pub usize);

/// One end of a connection. Whoever opened it has end 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct End {
    /// Which connection.
    pub conn: ConnId,
    /// Which end of it.
    pub side: usize,
}

impl End {
    /// The other end.
    #[must_use]
    pub fn other(self) -> Self {
        Self { side: 1 - self.side, ..self }
    }

    /// What the node at this end calls it.
    pub fn peer(self) -> PeerId {
        PeerId(self.conn.0 as u64 * 2 + self.side as u64 + 1)
    }

    /// The end that a node calls so.
    pub fn of_peer(peer: PeerId) -> Self {
        let number = peer.0.saturating_sub(1) as usize;
        Self { conn: ConnId(number / 2), side: number % 2 }
    }
}

/// What is under way.
#[derive(Debug)]
pub enum Parcel {
    /// A message.
    Message(Vec<u8>),
    /// The other side is gone.
    Gone,
}

impl Parcel {
    /// How many bytes it has.
    pub fn bytes(&self) -> usize {
        match self {
            Self::Message(bytes) => bytes.len(),
            Self::Gone => 0,
        }
    }
}

/// A parcel and when it arrives at which end.
#[derive(Debug)]
pub struct Delivery {
    /// When.
    pub at: Time,
    /// Where.
    pub to: End,
    /// What.
    pub parcel: Parcel,
}

/// A link and what is wrong with it.
#[derive(Debug)]
pub struct Link {
    /// What it is when nothing is wrong.
    pub plan: LinkPlan,
    /// How many faults cut it, from each end.
    pub cuts: [u32; 2],
    /// How much slower it is, in milliseconds.
    pub slow_ms: u64,
    /// How many bytes it takes a second, where a fault makes it narrow.
    pub narrow: Option<u64>,
    /// How many messages of a thousand it loses.
    pub lose: u64,
    /// How many it delivers twice.
    pub repeat: u64,
    /// By how many milliseconds it mixes them up.
    pub shuffle_ms: u64,
    dice: [Dice; 2],
}

/// A connection, one way.
#[derive(Debug, Default)]
struct Way {
    /// Whether its end takes part still.
    is_open: bool,
    /// When what was sent is through the narrowest place.
    through_at: Time,
    /// When the last parcel arrives.
    last_at: Time,
    /// What waits behind a cut.
    held: Vec<Parcel>,
    /// Whether something was lost on a stream: nothing comes through any more.
    is_broken: bool,
    under_way_bytes: usize,
}

/// A connection. What an end sends goes the way of its number.
#[derive(Debug)]
pub struct Conn {
    /// Over which link.
    pub link: usize,
    ways: [Way; 2],
}

/// All links and connections.
#[derive(Debug)]
pub struct Net {
    /// The links, by number.
    pub links: Vec<Link>,
    conns: Vec<Conn>,
}

impl Link {
    fn new(seed: u64, number: usize, plan: LinkPlan) -> Self {
        let dice = [0, 1].map(|side| Dice::new(seed, Stream::Link(number, side)));
        Self { plan, cuts: [0; 2], slow_ms: 0, narrow: None, lose: 0, repeat: 0, shuffle_ms: 0, dice }
    }

    /// How long a parcel takes now, in microseconds, apart from its length.
    pub fn delay_us(&mut self, side: usize) -> u64 {
        let jitter = self.dice[side].below(self.plan.jitter_ms * 1_000 + 1);
        (self.plan.delay_ms + self.slow_ms) * 1_000 + jitter
    }

    /// Whether anything gets through from both ends.
    pub fn is_whole(&self) -> bool {
        self.cuts == [0; 2]
    }

    fn bytes_per_s(&self) -> u64 {
        self.narrow.unwrap_or(self.plan.bytes_per_s).max(1)
    }
}

impl Net {
    /// Links without connections.
    pub fn new(seed: u64, plans: &[LinkPlan]) -> Self {
        let links = plans.iter().enumerate().map(|(number, plan)| Link::new(seed, number, *plan)).collect();
        Self { links, conns: Vec::new() }
    }

    /// A new connection, open at neither end.
    pub fn connect(&mut self, link: usize) -> ConnId {
        self.conns.push(Conn { link, ways: Default::default() });
        ConnId(self.conns.len() - 1)
    }

    /// An end of a connection is open from now on, and hears what arrives later.
    pub fn open(&mut self, end: End, now: Time) {
        let conn = &mut self.conns[end.conn.0];
        conn.ways[end.side].is_open = true;
        let hears = &mut conn.ways[1 - end.side];
        hears.last_at = hears.last_at.max(now);
    }

    /// What an end sends arrives no sooner than this.
    pub fn answers_at(&mut self, end: End, at: Time) {
        self.conns[end.conn.0].ways[end.side].last_at = at;
    }

    /// Whether an end is open.
    pub fn is_open(&self, end: End) -> bool {
        self.conns.get(end.conn.0).is_some_and(|conn| conn.ways[end.side].is_open)
    }

    /// The link of a connection.
    pub fn link_of(&self, conn: ConnId) -> usize {
        self.conns[conn.0].link
    }

    /// The host at an end.
    pub fn host_at(&self, end: End) -> usize {
        let plan = &self.links[self.link_of(end.conn)].plan;
        if end.side == 0 { plan.from } else { plan.to }
    }

    /// The most bytes that are under way on any connection, one way.
    pub fn under_way_bytes(&self) -> usize {
        self.conns.iter().flat_map(|conn| &conn.ways).map(|way| way.under_way_bytes).max().unwrap_or(0)
    }

    /// Shuts an end without a word.
    pub fn shut(&mut self, end: End) {
        let way = &mut self.conns[end.conn.0].ways[end.side];
        way.is_open = false;
        if way.held.is_empty() {
            return;
        }
        // What waits behind a cut and is not sent by anybody any more never arrives.
        way.held = Vec::new();
    }

    /// Closes an end, and tells the other.
    pub fn close(&mut self, end: End, now: Time, out: &mut Vec<Delivery>) {
        if self.is_open(end) {
            self.send(end, Parcel::Gone, now, out);
            self.conns[end.conn.0].ways[end.side].is_open = false;
        }
    }

    /// Has both ends learn, sooner or later, that their stream is broken.
    pub fn break_stream(&mut self, conn: ConnId, now: Time, out: &mut Vec<Delivery>) {
        let link = &mut self.links[self.conns[conn.0].link];
        for side in [0, 1] {
            let end = End { conn, side };
            let at = now.plus_ms(link.dice[side].within(BREAK_MS));
            self.conns[conn.0].ways[side].is_broken = true;
            out.push(Delivery { at, to: end, parcel: Parcel::Gone });
        }
    }

    /// The connections over a link that are open at one end at least.
    pub fn conns_over(&self, link: usize) -> Vec<ConnId> {
        let over = |(_, conn): &(usize, &Conn)| conn.link == link && conn.ways.iter().any(|way| way.is_open);
        self.conns.iter().enumerate().filter(over).map(|(number, _)| ConnId(number)).collect()
    }

    /// Sends something from an end.
    pub fn send(&mut self, from: End, parcel: Parcel, now: Time, out: &mut Vec<Delivery>) {
        let conn = &mut self.conns[from.conn.0];
        let way = &mut conn.ways[from.side];
        if !way.is_open || way.is_broken {
            return;
        }
        let link = &mut self.links[conn.link];
        if way.under_way_bytes + parcel.bytes() > UNDER_WAY_BYTES_MAX {
            way.is_broken = true;
            for to in [from, from.other()] {
                out.push(Delivery { at: now, to, parcel: Parcel::Gone });
            }
            return;
        }
        way.under_way_bytes += parcel.bytes();
        match link.plan.carrier {
            Carrier::Stream if link.cuts[from.side] > 0 => way.held.push(parcel),
            Carrier::Stream => {
                if link.lose > 0 && link.dice[from.side].is_per_mille(link.lose) {
                    self.break_stream(from.conn, now, out);
                    return;
                }
                let at = arrival(link, way, from.side, parcel.bytes(), now).max(way.last_at);
                way.last_at = at;
                out.push(Delivery { at, to: from.other(), parcel });
            }
            Carrier::Datagrams => datagram(link, way, from, parcel, now, out),
        }
    }

    /// A parcel has arrived: it is under way no longer.
    pub fn arrived(&mut self, to: End, bytes: usize) {
        let way = &mut self.conns[to.conn.0].ways[1 - to.side];
        way.under_way_bytes = way.under_way_bytes.saturating_sub(bytes);
    }

    /// One cut less, from one end of a link. What waited behind the last is on its way.
    pub fn mend(&mut self, number: usize, side: usize, now: Time, out: &mut Vec<Delivery>) {
        let link = &mut self.links[number];
        link.cuts[side] = link.cuts[side].saturating_sub(1);
        if link.cuts[side] > 0 {
            return;
        }
        for (conn_number, conn) in self.conns.iter_mut().enumerate().filter(|(_, conn)| conn.link == number) {
            let to = End { conn: ConnId(conn_number), side: 1 - side };
            let way = &mut conn.ways[side];
            for parcel in std::mem::take(&mut way.held) {
                let at = arrival(link, way, side, parcel.bytes(), now).max(way.last_at);
                way.last_at = at;
                out.push(Delivery { at, to, parcel });
            }
        }
    }
}

/// When a parcel arrives that is sent now.
fn arrival(link: &mut Link, way: &mut Way, side: usize, bytes: usize, now: Time) -> Time {
    let through_us = bytes as u64 * 1_000_000 / link.bytes_per_s();
    way.through_at = way.through_at.max(now).plus_us(through_us);
    way.through_at.plus_us(link.delay_us(side))
}

fn datagram(link: &mut Link, way: &mut Way, from: End, parcel: Parcel, now: Time, out: &mut Vec<Delivery>) {
    let bytes = parcel.bytes();
    let at = arrival(link, way, from.side, bytes, now).max(way.last_at);
    let dice = &mut link.dice[from.side];
    let is_lost = link.cuts[from.side] > 0 || dice.is_per_mille(link.lose);
    let is_repeated = dice.is_per_mille(link.repeat);
    let later_us = dice.below(link.shuffle_ms * 1_000 + 1);
    if is_lost {
        way.under_way_bytes -= bytes;
        return;
    }
    if let (Parcel::Message(bytes), true) = (&parcel, is_repeated) {
        let copy = Parcel::Message(bytes.clone());
        out.push(Delivery { at: at.plus_us(dice.below(COPY_MS * 1_000)), to: from.other(), parcel: copy });
    }
    out.push(Delivery { at: at.plus_us(later_us), to: from.other(), parcel });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn net(carrier: Carrier) -> (Net, End) {
        let plan = LinkPlan { from: 0, to: 1, carrier, delay_ms: 10, jitter_ms: 20, bytes_per_s: 1_000_000 };
        let mut net = Net::new(1, &[plan]);
        let conn = net.connect(0);
        for side in [0, 1] {
            net.open(End { conn, side }, Time::START);
        }
        (net, End { conn, side: 0 })
    }

    fn send(net: &mut Net, from: End, byte: u8, out: &mut Vec<Delivery>) {
        net.send(from, Parcel::Message(vec![byte; 10]), Time::START, out);
    }

    fn order(mut out: Vec<Delivery>) -> Vec<u8> {
        out.sort_by_key(|delivery| delivery.at);
        let byte = |delivery: Delivery| match delivery.parcel {
            Parcel::Message(bytes) => Some(bytes[0]),
            Parcel::Gone => None,
        };
        out.into_iter().filter_map(byte).collect()
    }

    #[test]
    fn a_stream_keeps_the_order_and_datagrams_do_not() {
        for (carrier, is_kept) in [(Carrier::Stream, true), (Carrier::Datagrams, false)] {
            let (mut net, end) = net(carrier);
            net.links[0].shuffle_ms = 1_000;
            let mut out = Vec::new();
            (0..50).for_each(|byte| send(&mut net, end, byte, &mut out));
            let came = order(out);
            assert_eq!(came.len(), 50);
            assert_eq!(came.is_sorted(), is_kept, "{carrier:?}");
        }
    }

    #[test]
    fn a_stream_that_loses_a_message_delivers_nothing_more_and_breaks() {
        let (mut net, end) = net(Carrier::Stream);
        net.links[0].lose = 1_000;
        let mut out = Vec::new();
        send(&mut net, end, 1, &mut out);
        net.links[0].lose = 0;
        send(&mut net, end, 2, &mut out);
        assert_eq!(out.len(), 2);
        assert!(out.iter().all(|delivery| matches!(delivery.parcel, Parcel::Gone)));
    }

    #[test]
    fn what_is_cut_waits_on_a_stream_and_is_lost_as_a_datagram() {
        for (carrier, comes) in [(Carrier::Stream, 1), (Carrier::Datagrams, 0)] {
            let (mut net, end) = net(carrier);
            net.links[0].cuts[0] = 1;
            let mut out = Vec::new();
            send(&mut net, end, 1, &mut out);
            assert!(out.is_empty());
            send(&mut net, end.other(), 2, &mut out);
            assert_eq!(std::mem::take(&mut out).len(), 1, "the other way is whole");
            net.mend(0, 0, Time::from_ms(500), &mut out);
            assert_eq!(out.len(), comes, "{carrier:?}");
        }
    }

    #[test]
    fn who_sends_more_than_fits_loses_the_connection() {
        let (mut net, end) = net(Carrier::Stream);
        let mut out = Vec::new();
        for _ in 0..33 {
            net.send(end, Parcel::Message(vec![0; 1 << 20]), Time::START, &mut out);
        }
        assert!(net.under_way_bytes() <= UNDER_WAY_BYTES_MAX);
        assert_eq!(out.iter().filter(|delivery| matches!(delivery.parcel, Parcel::Gone)).count(), 2);
    }

    #[test]
    fn ends_are_told_apart_by_what_nodes_call_them() {
        for end in [0, 1].map(|side| End { conn: ConnId(7), side }) {
            assert_eq!(End::of_peer(end.peer()), end);
        }
    }
}
