//! Names for nodes: one made from the id until the owner gives another.

use borsh::{BorshDeserialize, BorshSerialize};

use super::NodeId;
use crate::encoding::invalid_data;
use crate::rules::receipt::{Receipt, Refusal};

/// The longest name, in characters.
pub const NAME_CHARS_MAX: usize = 24;

/// Letters, by Unicode, that nobody sees: the fillers of Hangul.
const UNSEEN: [char; 4] = ['\u{115f}', '\u{1160}', '\u{3164}', '\u{ffa0}'];

/// A node's name: 1 to 24 letters and digits of any script, with single spaces, hyphens, dots, apostrophes and
/// underscores between them (and a space after a dot). Markup, control characters and marks that turn the reading direction
/// cannot be written.
///
/// A peer is cut off for a name that is none, so this rule is part of the wire protocol and stays as it is: a name that is
/// made to be taken for another is a name. [`looks_like`](super::looks_like) finds those, and pays neither.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize)]
pub struct NodeName(String);

/// A text that is no name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing was written.
    #[error("no name was given")]
    Empty,
    /// Too long.
    #[error("a name of {chars} characters, and {NAME_CHARS_MAX} are allowed")]
    TooLong {
        /// How many characters it has.
        chars: usize,
    },
    /// A character that names do not have.
    #[error("a name with the character {}", .found.escape_unicode())]
    Character {
        /// The character.
        found: char,
    },
    /// A name begins and ends with a letter or a digit.
    #[error("a name that begins or ends with {found:?}")]
    Edge {
        /// The character.
        found: char,
    },
    /// Two marks side by side.
    #[error("a name with {found:?} after another mark")]
    Marks {
        /// The second of them.
        found: char,
    },
}

impl Refusal for NameError {
    fn receipt(&self) -> Receipt {
        let letters = "letters, digits, and single spaces, hyphens, dots, apostrophes or underscores between them";
        let (expected, found) = match self {
            Self::Empty => (format!("1 to {NAME_CHARS_MAX} characters"), "nothing".to_owned()),
            Self::TooLong { chars } => (format!("at most {NAME_CHARS_MAX} characters"), format!("{chars} characters")),
            Self::Character { found } if found.is_ascii_graphic() => {
                (letters.to_owned(), format!("the character {found}"))
            }
            Self::Character { found } => (letters.to_owned(), format!("the character U+{:04X}", u32::from(*found))),
            Self::Edge { found } => ("a letter or digit at either end".to_owned(), format!("{found:?}")),
            Self::Marks { found } => (letters.to_owned(), format!("{found:?} after another mark")),
        };
        Receipt::new("name", expected, found)
    }
}

impl NodeName {
    /// Takes a name; white space around it is cut off.
    ///
    /// # Errors
    /// When it is empty, too long, or has a character that names do not have.
    pub fn new(text: &str) -> Result<Self, NameError> {
        let text = text.trim();
        let chars = text.chars().count();
        if chars > NAME_CHARS_MAX {
            return Err(NameError::TooLong { chars });
        }
        let is_mark = |character: char| matches!(character, ' ' | '-' | '.' | '\'' | '_');
        let mut last = None;
        for character in text.chars() {
            if is_mark(character) {
                match last {
                    None => return Err(NameError::Edge { found: character }),
                    Some('.') if character == ' ' => {}
                    Some(before) if is_mark(before) => return Err(NameError::Marks { found: character }),
                    Some(_) => {}
                }
            } else if !character.is_alphanumeric() || UNSEEN.contains(&character) {
                return Err(NameError::Character { found: character });
            }
            last = Some(character);
        }
        match last {
            None => Err(NameError::Empty),
            Some(found) if is_mark(found) => Err(NameError::Edge { found }),
            Some(_) => Ok(Self(text.to_owned())),
        }
    }

    /// The name a node has until its owner gives it another: an adjective and an animal chosen by the id.
    pub fn from_id(id: &NodeId) -> Self {
        let bytes = id.as_bytes();
        let pick = |list: &[&'static str; 64], byte: u8| list[usize::from(byte) % list.len()];
        Self(format!("{} {}", pick(&ADJECTIVES, bytes[0]), pick(&ANIMALS, bytes[1])))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for NodeName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl BorshDeserialize for NodeName {
    fn deserialize_reader<R: borsh::io::Read>(reader: &mut R) -> borsh::io::Result<Self> {
        let len = u32::deserialize_reader(reader)? as usize;
        if len > NAME_CHARS_MAX * 4 {
            return Err(invalid_data("a name longer than 24 characters"));
        }
        let mut bytes = vec![0; len];
        reader.read_exact(&mut bytes)?;
        let text = String::from_utf8(bytes).map_err(|_| invalid_data("a name that is not UTF-8"))?;
        match Self::new(&text) {
            Ok(name) if name.0 == text => Ok(name),
            Ok(_) => Err(invalid_data("a name with white space around it")),
            Err(error) => Err(invalid_data(&error.to_string())),
        }
    }
}

#[rustfmt::skip]
const ADJECTIVES: [&str; 64] = [
    "amber", "ancient", "bold", "brave", "breezy", "bright", "brisk", "calm", "candid", "cheerful", "clever", "cosmic",
    "curious", "daring", "dapper", "eager", "early", "electric", "fabled", "fair", "fearless", "fleet", "frosty", "gallant",
    "gentle", "gleaming", "golden", "grand", "happy", "hardy", "honest", "humble", "jolly", "keen", "kind", "lively",
    "lucky", "lunar", "mellow", "merry", "mighty", "misty", "modest", "nimble", "noble", "patient", "placid", "proud",
    "quick", "quiet", "radiant", "ready", "serene", "silver", "snowy", "solar", "steady", "sunny", "swift", "tidy",
    "vivid", "warm", "wild", "wise",
];

#[rustfmt::skip]
const ANIMALS: [&str; 64] = [
    "albatross", "antelope", "badger", "beaver", "bison", "bobcat", "camel", "caribou", "cheetah", "condor", "cormorant", "crane",
    "cricket", "curlew", "dolphin", "dragonfly", "eagle", "egret", "falcon", "ferret", "finch", "fox", "gazelle", "gecko",
    "gibbon", "hare", "hawk", "hedgehog", "heron", "ibex", "ibis", "jackal", "jaguar", "kestrel", "kingfisher", "koala",
    "lark", "lemur", "leopard", "lynx", "magpie", "marmot", "marten", "mole", "moose", "newt", "ocelot", "orca",
    "osprey", "otter", "owl", "panda", "pelican", "penguin", "puffin", "quail", "raven", "robin", "seal", "sparrow",
    "swallow", "tapir", "turtle", "wombat",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{decode, encode};

    #[test]
    fn names_of_people_in_any_script_are_taken() {
        for text in ["Ana", "swift heron", "O'Neil 2", "李雷", "Зоя", "table_4", "a", &"x".repeat(24), "J. R. Smith-Bo"]
        {
            assert!(NodeName::new(text).is_ok(), "{text}");
        }
        for text in ["रीमा", "มานี", "مُحَمَد", "שָׁלוֹם", "Nguyễn", "佐々木", "Kaʻiulani"]
        {
            assert!(NodeName::new(text).is_ok(), "{text} is written with marks or modifier letters");
        }
        assert_eq!(NodeName::new(" Ana ").map(|name| name.0), Ok("Ana".to_owned()));
    }

    #[test]
    fn markup_and_marks_that_turn_the_text_around_are_refused_by_name() {
        let character = |found| Err(NameError::Character { found });
        assert_eq!(NodeName::new("<b>Ana</b>"), character('<'));
        assert_eq!(NodeName::new("Ana\u{202e}anA"), character('\u{202e}'));
        assert_eq!(NodeName::new("Ana\u{200b}"), character('\u{200b}'));
        assert_eq!(NodeName::new("\u{3164}"), character('\u{3164}'), "a letter that nobody sees");
        assert_eq!(NodeName::new("A\0"), character('\0'));
        assert_eq!(NodeName::new("A&amp;"), character('&'));
        assert_eq!(NodeName::new("  "), Err(NameError::Empty));
        assert_eq!(NodeName::new(&"x".repeat(25)), Err(NameError::TooLong { chars: 25 }));
        assert_eq!(NodeName::new("-a"), Err(NameError::Edge { found: '-' }));
        assert_eq!(NodeName::new("a."), Err(NameError::Edge { found: '.' }));
        assert_eq!(NodeName::new("a  b"), Err(NameError::Marks { found: ' ' }));
    }

    #[test]
    fn a_name_from_a_peer_obeys_the_same_rule() {
        assert_eq!(decode(&encode(&"Ana".to_owned())), NodeName::new("Ana").map_err(|_| unreachable!()));
        for bad in ["<i>", " Ana", "", &"x".repeat(25)] {
            assert!(decode::<NodeName>(&encode(&bad.to_owned())).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_node_has_a_valid_name_before_its_owner_gives_one() {
        for byte in 0..=255 {
            let name = NodeName::from_id(&NodeId::from_bytes([byte; 16]));
            assert_eq!(NodeName::new(&name.0), Ok(name.clone()));
        }
    }
}
