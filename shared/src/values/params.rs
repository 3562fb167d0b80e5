//! A network's parameters. The genesis commits to them, so a network is its parameters and nothing crosses.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

use super::{
    AddressPrefix, Amount, Block, BlockHash, CompactTarget, ExtraNonce, FUTURE_MS_MAX, HEADER_VERSION, Header, Height,
    MerkleRoot, NetworkId, Proof, Target, Timestamp, sha256,
};
use crate::encoding::{encode, invalid_data};
use crate::rules::receipt::{Receipt, Refusal};

/// The longest name of a room, in letters.
const ROOM_LETTERS_MAX: usize = 32;
/// The name of the room for lessons on the tutorial's own chain, and what the names of others like it begin with.
const CLASSIC_ROOM: &str = "classic";
/// The most a block may bring its miner: after as many blocks as there are milliseconds in a century, the supply
/// still fits an [`Amount`].
const REWARD_MAX: Amount = Amount::from_coins(1_000);
/// The bounds of the time between blocks, in milliseconds: a tenth of a second to an hour.
const INTERVAL_MS: std::ops::RangeInclusive<u64> = 100..=3_600_000;
/// The shortest half-life of the target, in milliseconds: as long as a block's time may be ahead. A block from a clock that
/// is as far ahead as it may be makes the next one at most twice as hard then; in a room whose half-life were a tenth of it,
/// a thousand times, and such a room stands still.
const HALF_LIFE_MS_MIN: u64 = FUTURE_MS_MAX;
/// The longest half-life of the target, in milliseconds: thirty days.
const HALF_LIFE_MS_MAX: u64 = 30 * 86_400_000;

/// A room's name: 1 to 32 lower-case letters, digits and hyphens, as it stands in links.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RoomName(String);

impl RoomName {
    /// Takes a name.
    ///
    /// # Errors
    /// When it is not 1 to 32 lower-case letters, digits and hyphens.
    pub fn new(text: impl Into<String>) -> Result<Self, ParamsError> {
        let text = text.into();
        let is_allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let fits = (1..=ROOM_LETTERS_MAX).contains(&text.len()) && text.bytes().all(is_allowed);
        if fits { Ok(Self(text)) } else { Err(ParamsError::Room { found: text.chars().take(80).collect() }) }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Which rules a room of this name follows.
    pub fn rules(&self) -> Rules {
        let rest = self.0.strip_prefix(CLASSIC_ROOM);
        if rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-')) { Rules::Classic } else { Rules::Sealed }
    }
}

impl std::fmt::Display for RoomName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for RoomName {
    type Error = ParamsError;

    fn try_from(text: String) -> Result<Self, ParamsError> {
        Self::new(text)
    }
}

impl From<RoomName> for String {
    fn from(name: RoomName) -> Self {
        name.0
    }
}

impl BorshDeserialize for RoomName {
    fn deserialize_reader<R: borsh::io::Read>(reader: &mut R) -> borsh::io::Result<Self> {
        Self::new(String::deserialize_reader(reader)?).map_err(|_| invalid_data("a room's name"))
    }
}

/// The rule set that a room's chain follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rules {
    /// The real currency: everything in this crate that is not explicitly classic.
    Sealed,
    /// The tutorial's own chain, weaknesses included. The members of such a room are known by its sealed network, whose
    /// chain stays at its genesis.
    Classic,
}

/// What all nodes of a network must agree on beforehand.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// The room.
    pub room: RoomName,
    /// What its addresses begin with.
    pub address_prefix: AddressPrefix,
    /// What a block brings its miner besides fees.
    pub reward: Amount,
    /// The intended time between blocks, in milliseconds.
    pub interval_ms: u64,
    /// How late blocks must be, in milliseconds, for the target to double.
    pub half_life_ms: u64,
    /// The easiest target, and the first block's.
    pub target_limit: CompactTarget,
    /// The genesis block's time.
    pub genesis_time: Timestamp,
}

/// Parameters that make no network.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParamsError {
    /// The room's name.
    #[error("{found:?} is not a room's name: 1 to {ROOM_LETTERS_MAX} lower-case letters, digits and hyphens")]
    Room {
        /// The text.
        found: String,
    },
    /// The reward.
    #[error("a reward of {found}, and at most {REWARD_MAX} is allowed")]
    Reward {
        /// The reward.
        found: Amount,
    },
    /// The interval.
    #[error("an interval of {found} ms, and {} to {} are allowed", INTERVAL_MS.start(), INTERVAL_MS.end())]
    Interval {
        /// Milliseconds.
        found: u64,
    },
    /// The half-life.
    #[error("a half-life of {found} ms, and {} are allowed", half_lives(*interval_ms))]
    HalfLife {
        /// Milliseconds.
        found: u64,
        /// The interval in milliseconds.
        interval_ms: u64,
    },
    /// The target limit.
    #[error("target limit: {0}")]
    Limit(#[from] super::TargetError),
}

/// The half-lives that are allowed beside an interval, in words.
fn half_lives(interval_ms: u64) -> String {
    if interval_ms > HALF_LIFE_MS_MIN {
        return format!("{interval_ms} (the interval) to {HALF_LIFE_MS_MAX} ms");
    }
    format!(
        "{HALF_LIFE_MS_MIN} to {HALF_LIFE_MS_MAX} ms, so that a clock that is {} s ahead makes a block at most twice as hard",
        FUTURE_MS_MAX / 1_000
    )
}

impl Refusal for ParamsError {
    fn receipt(&self) -> Receipt {
        let (rule, expected, found) = match self {
            Self::Room { found } => (
                "room name",
                format!("1 to {ROOM_LETTERS_MAX} lower-case letters, digits and hyphens"),
                format!("{found:?}"),
            ),
            Self::Reward { found } => ("reward", format!("at most {REWARD_MAX} coins"), found.with_unit()),
            Self::Interval { found } => {
                ("interval", format!("{} to {} ms", INTERVAL_MS.start(), INTERVAL_MS.end()), format!("{found} ms"))
            }
            Self::HalfLife { found, interval_ms } => ("half-life", half_lives(*interval_ms), format!("{found} ms")),
            Self::Limit(error) => return error.receipt(),
        };
        Receipt::new(rule, expected, found)
    }
}

impl Params {
    /// The room that exists from the start. A block every ten seconds; the first takes one laptop a second or two.
    pub fn main() -> Self {
        Self {
            room: RoomName::new("main").expect("letters"),
            address_prefix: AddressPrefix::new("tab").expect("letters"),
            reward: Amount::from_coins(10),
            interval_ms: 10_000,
            half_life_ms: 180_000,
            // 2^233: about 8.4 million attempts.
            target_limit: CompactTarget::from_bits(0x1e02_0000),
            // 2026-01-01T00:00:00Z.
            genesis_time: Timestamp::from_ms(1_767_225_600_000),
        }
    }

    /// The room for lessons on the tutorial's own chain, which exists from the start too. Of its sealed network only the
    /// handshake and the members are used.
    pub fn classic() -> Self {
        Self { room: RoomName::new(CLASSIC_ROOM).expect("letters"), ..Self::main() }
    }

    /// Which rules the room's chain follows. The name says so, since the genesis commits to it: `classic`, and every
    /// name that begins with `classic-`, is classic.
    pub fn rules(&self) -> Rules {
        self.room.rules()
    }

    /// Checks what arithmetic relies on.
    ///
    /// # Errors
    /// When a parameter is out of its range, which the error names.
    pub fn check(&self) -> Result<(), ParamsError> {
        if self.reward > REWARD_MAX {
            return Err(ParamsError::Reward { found: self.reward });
        }
        if !INTERVAL_MS.contains(&self.interval_ms) {
            return Err(ParamsError::Interval { found: self.interval_ms });
        }
        if !(self.interval_ms.max(HALF_LIFE_MS_MIN)..=HALF_LIFE_MS_MAX).contains(&self.half_life_ms) {
            return Err(ParamsError::HalfLife { found: self.half_life_ms, interval_ms: self.interval_ms });
        }
        Target::from_compact(self.target_limit)?;
        Ok(())
    }

    /// The easiest target.
    ///
    /// # Panics
    /// When the parameters were not [checked](Self::check).
    pub fn target_limit(&self) -> Target {
        Target::from_compact(self.target_limit).expect("parameters are checked where they come in")
    }

    /// The block that every chain of the network begins with. It holds no transactions and needs no proof; its root is
    /// SHA-256 over the tag `tabcoin genesis\0` and the encoded parameters.
    pub fn genesis(&self) -> Block {
        let header = Header {
            version: HEADER_VERSION,
            previous_hash: BlockHash::ZERO,
            height: Height::ZERO,
            timestamp: self.genesis_time,
            extra_nonce: ExtraNonce::default(),
            root: MerkleRoot::from_bytes(sha256(&[b"tabcoin genesis\0", &encode(self)])),
            target: self.target_limit,
            proof: Proof::default(),
        };
        Block { header, transactions: Vec::new() }
    }

    /// The network's name: the hash of its genesis.
    pub fn network(&self) -> NetworkId {
        NetworkId::from_bytes(*self.genesis().hash().as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_change_of_a_parameter_makes_another_network() {
        let changes: [fn(&mut Params); 7] = [
            |params| params.room = RoomName::new("lesson").expect("letters"),
            |params| params.address_prefix = AddressPrefix::new("les").expect("letters"),
            |params| params.reward = Amount::from_coins(11),
            |params| params.interval_ms += 1,
            |params| params.half_life_ms += 1,
            |params| params.target_limit = CompactTarget::from_bits(0x1e01_ffff),
            |params| params.genesis_time = params.genesis_time.plus_ms(1),
        ];
        for change in changes {
            let mut params = Params::main();
            change(&mut params);
            assert_eq!(params.check(), Ok(()));
            assert_ne!(params.network(), Params::main().network());
        }
    }

    #[test]
    fn parameters_out_of_range_are_refused_by_name() {
        fn check(change: impl FnOnce(&mut Params)) -> Result<(), ParamsError> {
            let mut params = Params::main();
            change(&mut params);
            params.check()
        }
        assert_eq!(check(|_| ()), Ok(()));
        assert_eq!(check(|params| params.reward = REWARD_MAX), Ok(()));
        assert!(matches!(check(|params| params.reward = Amount::MAX), Err(ParamsError::Reward { .. })));
        assert!(matches!(check(|params| params.interval_ms = 99), Err(ParamsError::Interval { .. })));
        assert_eq!(check(|params| params.half_life_ms = 120_000), Ok(()));
        assert!(matches!(check(|params| params.half_life_ms = 119_999), Err(ParamsError::HalfLife { .. })));
        let slow = |half_life_ms| {
            move |params: &mut Params| (params.interval_ms, params.half_life_ms) = (200_000, half_life_ms)
        };
        assert_eq!(check(slow(200_000)), Ok(()));
        assert!(matches!(check(slow(199_999)), Err(ParamsError::HalfLife { .. })));
        assert!(matches!(
            check(|params| params.target_limit = CompactTarget::from_bits(0)),
            Err(ParamsError::Limit(_))
        ));
    }

    #[test]
    fn a_rooms_name_can_stand_in_a_link() {
        for good in ["main", "class-7b", "a"] {
            assert!(RoomName::new(good).is_ok());
        }
        for bad in ["", "Main", "a b", "../x", "é", &"x".repeat(33)] {
            assert!(RoomName::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_rooms_name_says_which_rules_it_follows() {
        for classic in ["classic", "classic-", "classic-7b"] {
            assert_eq!(RoomName::new(classic).expect("a name").rules(), Rules::Classic, "{classic}");
        }
        for sealed in ["main", "classics", "classic7b", "my-classic", "clas-sic"] {
            assert_eq!(RoomName::new(sealed).expect("a name").rules(), Rules::Sealed, "{sealed}");
        }
        assert_eq!((Params::main().rules(), Params::classic().rules()), (Rules::Sealed, Rules::Classic));
    }

    /// The network of the room `classic`, pinned: with another, tabs would not find each other there.
    #[test]
    fn the_network_of_classic_is_pinned() {
        let network = Params::classic().network().to_string();
        assert_eq!(network, include_str!("../../golden/network-classic.txt").trim());
    }

    /// The genesis of `main`, pinned: a change here is another currency.
    #[test]
    fn the_genesis_of_main_is_pinned() {
        let genesis = Params::main().genesis();
        assert_eq!(hex::encode(genesis.header.encode()), include_str!("../../golden/genesis-main.hex").trim());
        assert_eq!(Params::main().network().to_string(), include_str!("../../golden/network-main.txt").trim());
    }
}
