//! Addresses: the hash of a key, written in bech32m (BIP 350) with the network's prefix.

use std::cmp::Ordering;

use bech32::primitives::decode::CheckedHrpstring;
use bech32::{Bech32m, Hrp};
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

use super::hash::compare_digests;
use super::{PublicKey, sha256};
use crate::counted;
use crate::encoding::invalid_data;
use crate::rules::receipt::{Receipt, Refusal};

/// The length of an address in bytes.
pub const ADDRESS_BYTES: usize = 20;
/// What follows the prefix and its `1`: five bits of the address a character, and six characters of checksum (BIP 350).
const DATA_CHARS: usize = ADDRESS_BYTES * 8 / 5 + 6;
/// The longest prefix, in letters.
const PREFIX_LETTERS_MAX: usize = 8;

/// The characters of an address after its `1` (BIP 173).
const CHARSET: &str = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";

/// Who is paid: the first 20 bytes of SHA-256 over a tag and a public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub struct Address([u8; ADDRESS_BYTES]);

impl Ord for Address {
    fn cmp(&self, other: &Self) -> Ordering {
        compare_digests(&self.0, &other.0)
    }
}

impl PartialOrd for Address {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// What a network's addresses begin with: 1 to 8 lower-case letters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AddressPrefix(String);

/// Text that is not an address of the network, or a prefix that is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Nothing was written.
    #[error("no address was given")]
    Empty,
    /// Not bech32m, or mistyped: the checksum fails.
    #[error("{found:?} is not a bech32m address: {why}")]
    Malformed {
        /// This network's prefix.
        expected: String,
        /// The text.
        found: String,
        /// What is wrong with it, in plain words.
        why: String,
    },
    /// An address of another network.
    #[error("an address of {found}, and this network's begin with {expected}1")]
    OtherPrefix {
        /// This network's prefix.
        expected: String,
        /// The address's.
        found: String,
    },
    /// Bech32m of something else.
    #[error("{}, and an address has {ADDRESS_BYTES}", counted(*bytes, "byte"))]
    WrongLength {
        /// How many bytes it holds.
        bytes: usize,
    },
    /// A prefix that is none.
    #[error("{found:?} is not 1 to {PREFIX_LETTERS_MAX} lower-case letters")]
    Prefix {
        /// The text.
        found: String,
    },
}

impl Refusal for AddressError {
    fn receipt(&self) -> Receipt {
        let (expected, found) = match self {
            Self::Empty => ("an address".to_owned(), "nothing".to_owned()),
            Self::Malformed { expected, found, why } => {
                let is_slip = found.to_lowercase().starts_with(&format!("{expected}1"));
                let expected = if is_slip {
                    "an address that is copied whole: a character of this one is wrong or missing".to_owned()
                } else {
                    format!("an address, {expected}1 and {DATA_CHARS} characters after it, and no name")
                };
                (expected, format!("{found:?} ({why})"))
            }
            Self::OtherPrefix { expected, found } => {
                (format!("an address that begins with {expected}1"), format!("{found}1…"))
            }
            Self::WrongLength { bytes } => (format!("{ADDRESS_BYTES} bytes"), counted(*bytes, "byte")),
            Self::Prefix { found } => (format!("1 to {PREFIX_LETTERS_MAX} lower-case letters"), format!("{found:?}")),
        };
        Receipt::new("address", expected, found)
    }
}

impl AddressPrefix {
    /// Takes a prefix.
    ///
    /// # Errors
    /// When it is not 1 to 8 lower-case letters.
    pub fn new(text: impl Into<String>) -> Result<Self, AddressError> {
        let text = text.into();
        let fits = (1..=PREFIX_LETTERS_MAX).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_lowercase());
        if fits { Ok(Self(text)) } else { Err(AddressError::Prefix { found: text.chars().take(40).collect() }) }
    }

    /// The letters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for AddressPrefix {
    type Error = AddressError;

    fn try_from(text: String) -> Result<Self, AddressError> {
        Self::new(text)
    }
}

impl From<AddressPrefix> for String {
    fn from(prefix: AddressPrefix) -> Self {
        prefix.0
    }
}

impl BorshDeserialize for AddressPrefix {
    fn deserialize_reader<R: borsh::io::Read>(reader: &mut R) -> borsh::io::Result<Self> {
        Self::new(String::deserialize_reader(reader)?).map_err(|_| invalid_data("an address prefix"))
    }
}

impl Address {
    /// The address that a key spends from.
    pub fn of(key: &PublicKey) -> Self {
        let digest = sha256(&[b"tabcoin address\0", key.as_bytes()]);
        Self(digest[..ADDRESS_BYTES].try_into().expect("a digest has more than 20 bytes"))
    }

    /// Takes the 20 bytes.
    pub const fn from_bytes(bytes: [u8; ADDRESS_BYTES]) -> Self {
        Self(bytes)
    }

    /// The 20 bytes.
    pub const fn as_bytes(&self) -> &[u8; ADDRESS_BYTES] {
        &self.0
    }

    /// The text: `tab1…`.
    pub fn encode(&self, prefix: &AddressPrefix) -> String {
        let prefix = Hrp::parse(&prefix.0).expect("lower-case letters are a valid bech32 prefix");
        bech32::encode::<Bech32m>(prefix, &self.0).expect("20 bytes fit a bech32 string")
    }

    /// Reads the text, upper or lower case, white space around it ignored.
    ///
    /// # Errors
    /// When it is not bech32m, not of this network, or not an address.
    pub fn decode(text: &str, prefix: &AddressPrefix) -> Result<Self, AddressError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(AddressError::Empty);
        }
        let checked = CheckedHrpstring::new::<Bech32m>(text).map_err(|_| AddressError::Malformed {
            expected: prefix.0.clone(),
            found: text.chars().take(80).collect(),
            why: fault(text, prefix),
        })?;
        let found = checked.hrp().to_lowercase();
        if found != prefix.0 {
            return Err(AddressError::OtherPrefix { expected: prefix.0.clone(), found });
        }
        let bytes: Vec<u8> = checked.byte_iter().collect();
        let len = bytes.len();
        bytes.try_into().map(Self).map_err(|_| AddressError::WrongLength { bytes: len })
    }
}

/// What is wrong with a text that is no bech32m, in the words of whoever typed it.
fn fault(text: &str, prefix: &AddressPrefix) -> String {
    let begins = format!("{}1", prefix.0);
    let is_begun = text.get(..begins.len()).is_some_and(|start| start.eq_ignore_ascii_case(&begins));
    let Some(data) = text.get(begins.len()..).filter(|_| is_begun) else {
        return format!("it does not begin with {begins}");
    };
    let is_of_none = |character: &char| !CHARSET.contains(character.to_ascii_lowercase());
    let count = data.chars().count();
    if let Some(character) = data.chars().find(is_of_none) {
        format!("{character:?} is in no address")
    } else if text.contains(char::is_uppercase) && text.contains(char::is_lowercase) {
        "capital and small letters are mixed".to_owned()
    } else if count != DATA_CHARS {
        format!("{} after {begins}, and an address has {DATA_CHARS}", counted(count, "character"))
    } else {
        "its checksum does not fit".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tab() -> AddressPrefix {
        AddressPrefix::new("tab").expect("letters")
    }

    #[test]
    fn an_address_is_written_and_read_back_in_either_case() {
        let address = Address::from_bytes([0xab; 20]);
        let text = address.encode(&tab());
        assert!(text.starts_with("tab1"));
        assert_eq!(text.len(), 42);
        assert_eq!(Address::decode(&text, &tab()), Ok(address));
        assert_eq!(Address::decode(&format!(" {}\n", text.to_uppercase()), &tab()), Ok(address));
    }

    #[test]
    fn any_one_mistyped_character_is_refused() {
        let text = Address::from_bytes([0x5c; 20]).encode(&tab());
        for at in 0..text.len() {
            for wrong in ["q", "l", "b", "7"] {
                let mut typed = text.clone();
                typed.replace_range(at..=at, wrong);
                assert!(typed == text || Address::decode(&typed, &tab()).is_err(), "{typed}");
            }
        }
    }

    #[test]
    fn what_is_no_address_here_is_refused_by_name() {
        let other = AddressPrefix::new("lesson").expect("letters");
        let of_other = Address::from_bytes([1; 20]).encode(&other);
        assert!(matches!(Address::decode("", &tab()), Err(AddressError::Empty)));
        assert!(matches!(Address::decode("swift heron", &tab()), Err(AddressError::Malformed { .. })));
        assert!(matches!(Address::decode(&of_other, &tab()), Err(AddressError::OtherPrefix { .. })));
        let hrp = Hrp::parse("tab").expect("letters");
        let long = bech32::encode::<Bech32m>(hrp, &[1; 21]).expect("fits");
        assert_eq!(Address::decode(&long, &tab()), Err(AddressError::WrongLength { bytes: 21 }));
        let bech32 = bech32::encode::<bech32::Bech32>(hrp, &[1; 20]).expect("fits");
        assert!(matches!(Address::decode(&bech32, &tab()), Err(AddressError::Malformed { .. })), "the older checksum");
    }

    #[test]
    fn a_slip_is_told_in_plain_words() {
        let text = Address::from_bytes([0x5c; 20]).encode(&tab());
        let with_last = |last: &str| format!("{}{last}", &text[..text.len() - 1]);
        let last = if text.ends_with('q') { "p" } else { "q" };
        for (typed, why) in [
            ("swift heron".to_owned(), "it does not begin with tab1"),
            ("t\u{e9}b1".to_owned(), "it does not begin with tab1"),
            ("tab1".to_owned(), "0 characters after tab1, and an address has 38"),
            (with_last(""), "37 characters after tab1, and an address has 38"),
            (format!("{text}q"), "39 characters after tab1, and an address has 38"),
            (with_last("o"), "'o' is in no address"),
            (with_last("\u{e9}"), "'\u{e9}' is in no address"),
            (with_last("Q"), "capital and small letters are mixed"),
            (with_last(last), "its checksum does not fit"),
        ] {
            let found = Address::decode(&typed, &tab()).expect_err("no address").receipt().found;
            assert_eq!(found, format!("{typed:?} ({why})"));
        }
    }

    /// BIP 350, "Test vectors for Bech32m".
    #[test]
    fn the_bip_350_vectors_hold() {
        let valid = [
            "A1LQFN3A",
            "a1lqfn3a",
            "an83characterlonghumanreadablepartthatcontainsthetheexcludedcharactersbioandnumber11sg7hg6",
            "abcdef1l7aum6echk45nj3s0wdvt2fg8x9yrzpqzd3ryx",
            "11llllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllludsr8",
            "split1checkupstagehandshakeupstreamerranterredcaperredlc445v",
            "?1v759aa",
        ];
        for text in valid {
            assert!(CheckedHrpstring::new::<Bech32m>(text).is_ok(), "{text}");
        }
        let invalid = [
            "\u{20}1xj0phk",
            "\u{7f}1g6xzxy",
            "\u{80}1vctc34",
            "an84characterslonghumanreadablepartthatcontainsthetheexcludedcharactersbioandnumber11d6pts4",
            "qyrz8wqd2c9m",
            "1qyrz8wqd2c9m",
            "y1b0jsk6g",
            "lt1igcx5c0",
            "in1muywd",
            "mm1crxm3i",
            "au1s5cgom",
            "M1VUXWEZ",
            "16plkw9",
            "1p2gdwpf",
        ];
        for text in invalid {
            assert!(CheckedHrpstring::new::<Bech32m>(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_prefix_is_one_to_eight_lower_case_letters() {
        assert!(AddressPrefix::new("t").is_ok() && AddressPrefix::new("tabcoins").is_ok());
        for bad in ["", "tabcoinss", "Tab", "tab1", "täb"] {
            assert!(AddressPrefix::new(bad).is_err(), "{bad}");
        }
    }
}
