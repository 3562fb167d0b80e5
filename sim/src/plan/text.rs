//! Plans as text, a line for each thing, to be written by people and to be kept.
//!
//! ```text
//! # Two tabs lose sight of each other for a minute.
//! seed 7
//! room interval=10s half-life=3m easiest=0x20100000
//! host relay
//! host tab rate=10
//! host tab rate=10 ahead=-500ms
//! link from=1 to=0 delay=40ms
//! link from=2 to=0 delay=40ms
//! at 30s pay from=1 to=2 amount=2000000 fee=1000
//! at 1m for 1m partition group=0b100
//! heal 3m
//! ```

use std::collections::BTreeMap;
use std::fmt::{self, Display, Write};
use std::str::FromStr;

use shared::CompactTarget;
use shared::protocol::Role;

use super::draw::EASIEST;
use super::graph::{self, Every};
use super::{Carrier, HostPlan, Item, LinkPlan, Mind, Plan, Proofs, Room, What};

/// A line that says nothing that is understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: expected {expected}, found {found:?}")]
pub struct PlanError {
    /// Which line, from 1.
    pub line: usize,
    /// What should stand there.
    pub expected: String,
    /// What does.
    pub found: String,
}

/// What a line says: `key=value` by key.
struct Fields<'a>(BTreeMap<&'a str, &'a str>);

/// What is expected, and what was found.
type Unread = (String, String);

/// A value as it stands in a line.
trait Value: Sized {
    fn read(text: &str) -> Option<Self>;
}

fn number(text: &str) -> Option<u64> {
    if let Some(digits) = text.strip_prefix("0x") {
        return u64::from_str_radix(digits, 16).ok();
    }
    if let Some(digits) = text.strip_prefix("0b") {
        return u64::from_str_radix(digits, 2).ok();
    }
    let units = [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("", 1)];
    units.iter().find_map(|(unit, factor)| text.strip_suffix(unit)?.parse::<u64>().ok()?.checked_mul(*factor))
}

impl Value for u64 {
    fn read(text: &str) -> Option<Self> {
        number(text)
    }
}

impl Value for Mind {
    fn read(text: &str) -> Option<Self> {
        Self::of_name(text)
    }
}

impl Value for usize {
    fn read(text: &str) -> Option<Self> {
        number(text)?.try_into().ok()
    }
}

impl Value for i64 {
    fn read(text: &str) -> Option<Self> {
        match text.strip_prefix('-') {
            Some(text) => i64::try_from(number(text)?).ok().map(|number| -number),
            None => number(text)?.try_into().ok(),
        }
    }
}

impl<'a> Fields<'a> {
    fn of(words: impl Iterator<Item = &'a str>) -> Result<Self, Unread> {
        let field = |word: &'a str| word.split_once('=').ok_or(("key=value".to_owned(), word.to_owned()));
        words.map(field).collect::<Result<_, _>>().map(Self)
    }

    fn take<T: Value>(&mut self, key: &str) -> Result<T, Unread> {
        let text = self.0.remove(key).ok_or_else(|| (format!("{key}="), "nothing".to_owned()))?;
        T::read(text).ok_or_else(|| (format!("a value after {key}="), text.to_owned()))
    }

    fn take_or<T: Value>(&mut self, key: &str, default: T) -> Result<T, Unread> {
        if self.0.contains_key(key) { self.take(key) } else { Ok(default) }
    }

    fn end(self) -> Result<(), Unread> {
        match self.0.first_key_value() {
            None => Ok(()),
            Some((key, value)) => Err(("the end of the line".to_owned(), format!("{key}={value}"))),
        }
    }
}

/// Gives every kind of item its name and its fields in the text.
macro_rules! items {
    ($($name:literal $variant:ident { $($field:ident = $key:literal),* })*) => {
        impl What {
            /// What it is called in the text.
            pub fn name(&self) -> &'static str {
                match self { $(Self::$variant { .. } => $name,)* }
            }

            fn read(name: &str, fields: &mut Fields<'_>) -> Result<Self, Unread> {
                match name {
                    $($name => Ok(Self::$variant { $($field: fields.take($key)?),* }),)*
                    _ => Err(("something that is done or goes wrong".to_owned(), name.to_owned())),
                }
            }
        }

        impl Display for What {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $(Self::$variant { $($field),* } => {
                        f.write_str($name)?;
                        $(write!(f, " {}={}", $key, $field)?;)*
                        Ok(())
                    })*
                }
            }
        }
    };
}

items! {
    "pay" Pay { from = "from", to = "to", amount = "amount", fee = "fee" }
    "replace" Replace { host = "host" }
    "rate" Rate { host = "host", rate = "rate" }
    "alone" Alone { host = "host" }
    "replace-chain" ReplaceChain { host = "host" }
    "close" Close { host = "host" }
    "freeze" Freeze { host = "host" }
    "kill" Kill { host = "host" }
    "power-cut" PowerCut { host = "host" }
    "rot" Rot { host = "host" }
    "wipe" Wipe { host = "host" }
    "roll-back" RollBack { host = "host", per_mille = "per-mille" }
    "disk-full" DiskFull { host = "host" }
    "disk-fails" DiskFails { host = "host" }
    "disk-slow" DiskSlow { host = "host", ms = "by" }
    "clock" Clock { host = "host", ahead_ms = "ahead" }
    "break" Break { link = "link" }
    "cut" Cut { link = "link", end = "end" }
    "partition" Partition { group = "group" }
    "slow" Slow { link = "link", ms = "by" }
    "narrow" Narrow { link = "link", bytes_per_s = "bytes-per-s" }
    "lose" Lose { link = "link", per_mille = "per-mille" }
    "repeat" Repeat { link = "link", per_mille = "per-mille" }
    "shuffle" Shuffle { link = "link", ms = "by" }
}

impl Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at {}", duration(self.at_ms))?;
        if self.what.has_length() {
            write!(f, " for {}", duration(self.for_ms))?;
        }
        write!(f, " {}", self.what)
    }
}

fn duration(ms: u64) -> String {
    let units = [(3_600_000, "h"), (60_000, "m"), (1_000, "s")];
    let fits = units.iter().find(|(factor, _)| ms > 0 && ms.is_multiple_of(*factor));
    fits.map_or_else(|| format!("{ms}ms"), |(factor, unit)| format!("{}{unit}", ms / factor))
}

impl Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Room { interval_ms, half_life_ms, easiest } = self.room;
        writeln!(f, "seed {}", self.seed)?;
        let (interval, half_life) = (duration(interval_ms), duration(half_life_ms));
        writeln!(f, "room interval={interval} half-life={half_life} easiest={easiest}")?;
        writeln!(f, "proofs {}", if self.proofs == Proofs::Drawn { "drawn" } else { "searched" })?;
        for host in &self.hosts {
            let role = if host.role == Role::Relay { "relay" } else { "tab" };
            let starts = duration(host.starts_ms);
            write!(f, "host {role} rate={} ahead={} starts={starts}", host.rate, host.ahead_ms)?;
            if !host.mind.is_honest() {
                write!(f, " mind={}", host.mind)?;
            }
            f.write_char('\n')?;
        }
        for link in &self.links {
            let LinkPlan { from, to, carrier, delay_ms, jitter_ms, bytes_per_s } = link;
            write!(f, "link from={from} to={to} delay={delay_ms}ms jitter={jitter_ms}ms bytes-per-s={bytes_per_s}")?;
            f.write_str(if *carrier == Carrier::Datagrams { " datagrams=1\n" } else { "\n" })?;
        }
        for item in &self.items {
            writeln!(f, "{item}")?;
        }
        writeln!(f, "heal {}", duration(self.heal_ms))?;
        if self.goes_on_ms > 0 {
            writeln!(f, "goes-on {}", duration(self.goes_on_ms))?;
        }
        f.write_str("settle ")?;
        f.write_str(&duration(self.settle_ms))?;
        f.write_char('\n')
    }
}

impl FromStr for Plan {
    type Err = PlanError;

    fn from_str(text: &str) -> Result<Self, PlanError> {
        let mut plan = Self {
            seed: 1,
            room: Room { interval_ms: 10_000, half_life_ms: 180_000, easiest: EASIEST },
            proofs: Proofs::Drawn,
            hosts: Vec::new(),
            links: Vec::new(),
            items: Vec::new(),
            heal_ms: 300_000,
            goes_on_ms: 0,
            settle_ms: 3_600_000,
        };
        let lines = text.lines().enumerate().map(|(number, line)| (number + 1, line.split('#').next().unwrap_or("")));
        for (line, words) in lines {
            let mut words = words.split_whitespace().peekable();
            let Some(first) = words.next() else { continue };
            plan.read_line(first, &mut words).map_err(|(expected, found)| PlanError { line, expected, found })?;
        }
        plan.check().map_err(|(expected, found)| PlanError { line: text.lines().count(), expected, found })?;
        Ok(plan)
    }
}

impl Plan {
    fn read_line<'a>(
        &mut self,
        first: &str,
        words: &mut std::iter::Peekable<impl Iterator<Item = &'a str>>,
    ) -> Result<(), Unread> {
        let mut word = |what: &str| words.next().ok_or_else(|| (what.to_owned(), "nothing".to_owned()));
        let read = |text: &str| number(text).ok_or_else(|| ("a number".to_owned(), text.to_owned()));
        match first {
            "seed" => self.seed = read(word("a number")?)?,
            "heal" => self.heal_ms = read(word("a time")?)?,
            "goes-on" => self.goes_on_ms = read(word("a time")?)?,
            "settle" => self.settle_ms = read(word("a time")?)?,
            "proofs" => {
                self.proofs = match word("drawn or searched")? {
                    "drawn" => Proofs::Drawn,
                    "searched" => Proofs::Searched,
                    other => return Err(("drawn or searched".to_owned(), other.to_owned())),
                }
            }
            "room" => {
                let mut fields = Fields::of(words.by_ref())?;
                let easiest = fields.take_or("easiest", u64::from(EASIEST.bits()))? as u32;
                self.room = Room {
                    interval_ms: fields.take_or("interval", 10_000)?,
                    half_life_ms: fields.take_or("half-life", 180_000)?,
                    easiest: CompactTarget::from_bits(easiest),
                };
                fields.end()?;
            }
            "host" => {
                let role = match word("relay or tab")? {
                    "relay" => Role::Relay,
                    "tab" => Role::Tab,
                    other => return Err(("relay or tab".to_owned(), other.to_owned())),
                };
                let mut fields = Fields::of(words.by_ref())?;
                let host = HostPlan {
                    role,
                    rate: fields.take_or("rate", 0)?,
                    ahead_ms: fields.take_or("ahead", 0)?,
                    starts_ms: fields.take_or("starts", 0)?,
                    mind: fields.take_or("mind", Mind::Honest)?,
                };
                let times: usize = fields.take_or("times", 1)?;
                fields.end()?;
                self.hosts.extend(std::iter::repeat_n(host, times));
            }
            "link" => {
                let mut fields = Fields::of(words.by_ref())?;
                let is_datagrams = fields.take_or("datagrams", 0_u64)? != 0;
                self.links.push(LinkPlan {
                    from: fields.take("from")?,
                    to: fields.take("to")?,
                    carrier: if is_datagrams { Carrier::Datagrams } else { Carrier::Stream },
                    delay_ms: fields.take_or("delay", 20)?,
                    jitter_ms: fields.take_or("jitter", 5)?,
                    bytes_per_s: fields.take_or("bytes-per-s", 1_000_000)?,
                });
                fields.end()?;
            }
            "graph" => {
                let shape = word("star, ring or random")?;
                let mut fields = Fields::of(words.by_ref())?;
                let every = Every {
                    delay_ms: fields.take_or("delay", 20)?,
                    jitter_ms: fields.take_or("jitter", 5)?,
                    bytes_per_s: fields.take_or("bytes-per-s", 1_000_000)?,
                };
                let hosts = self.hosts.len();
                self.links.extend(match shape {
                    "star" => graph::star(hosts, every),
                    "ring" => graph::ring(hosts, every),
                    "random" => graph::random(hosts, fields.take_or("degree", 3)?, self.seed, every),
                    other => return Err(("star, ring or random".to_owned(), other.to_owned())),
                });
                fields.end()?;
            }
            "at" => {
                let at_ms = read(word("a time")?)?;
                let (mut name, mut for_ms) = (word("what is done")?, 0);
                if name == "for" {
                    for_ms = read(word("a time")?)?;
                    name = word("what is done")?;
                }
                let mut fields = Fields::of(words.by_ref())?;
                let what = What::read(name, &mut fields)?;
                fields.end()?;
                self.items.push(Item { at_ms, for_ms, what });
            }
            other => {
                let expected = "seed, room, proofs, host, link, graph, at, heal, goes-on or settle";
                return Err((expected.to_owned(), other.to_owned()));
            }
        }
        match words.next() {
            None => Ok(()),
            Some(more) => Err(("the end of the line".to_owned(), more.to_owned())),
        }
    }

    /// Whether hosts and links are named that there are.
    fn check(&self) -> Result<(), Unread> {
        let fields = |what: What| {
            let text = what.to_string();
            let of = |key: &str| text.split(' ').find_map(|word| word.strip_prefix(key)?.parse::<usize>().ok());
            ([of("host="), of("from="), of("to=")], of("link="), of("end="))
        };
        let host = |host: usize| match host < self.hosts.len() {
            true => Ok(()),
            false => Err((format!("a host below {}", self.hosts.len()), host.to_string())),
        };
        for link in &self.links {
            host(link.from)?;
            host(link.to)?;
        }
        for item in &self.items {
            let (hosts, link, end) = fields(item.what);
            hosts.into_iter().flatten().try_for_each(host)?;
            if let Some(link) = link.filter(|link| *link >= self.links.len()) {
                return Err((format!("a link below {}", self.links.len()), link.to_string()));
            }
            if let Some(end) = end.filter(|end| *end > 1) {
                return Err(("end 0 or 1".to_owned(), end.to_string()));
            }
        }
        crate::world::params(self.room).check().map_err(|error| ("a room's parameters".to_owned(), error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::draw;

    #[test]
    fn a_plan_is_what_its_text_says() {
        for seed in 0..200 {
            let plan = draw(seed, None);
            assert_eq!(plan.to_string().parse(), Ok(plan));
        }
    }

    #[test]
    fn a_plan_says_how_long_adversaries_go_on() {
        let plan: Plan = "host tab\ngoes-on 4h".parse().expect("a plan");
        assert_eq!(plan.goes_on_ms, 4 * 3_600_000);
        assert_eq!(plan.to_string().parse(), Ok(plan));
    }

    #[test]
    fn what_is_not_understood_is_named_with_its_line() {
        let cases = [
            ("seed x", 1, "a number", "x"),
            ("\nhosts relay", 2, "seed, room, proofs, host, link, graph, at, heal, goes-on or settle", "hosts"),
            ("host tab\nat 5s kill host=1", 2, "a host below 1", "1"),
            ("host tab\nat 5s explode host=0", 2, "something that is done or goes wrong", "explode"),
            ("host tab\nat 5s kill", 2, "host=", "nothing"),
            ("host tab rate=1 speed=2", 1, "the end of the line", "speed=2"),
            ("heal 5 minutes", 1, "the end of the line", "minutes"),
            ("host tab\nat 5s for 1s cut link=0 end=0", 2, "a link below 0", "0"),
        ];
        for (text, line, expected, found) in cases {
            let error = PlanError { line, expected: expected.to_owned(), found: found.to_owned() };
            assert_eq!(text.parse::<Plan>(), Err(error), "{text}");
        }
    }
}
