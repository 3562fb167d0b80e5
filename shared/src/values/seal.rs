//! The seal of a block: five colours and two words by which people compare chains across a room.

use bip39::Language;

use super::BlockHash;

/// How many colours a cell of a seal may have.
pub const SEAL_COLOURS: u8 = 16;

/// A picture of a block's hash. Two different blocks share one with a chance of one in 2⁴².
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seal {
    /// Five palette indices below [`SEAL_COLOURS`].
    pub cells: [u8; 5],
    /// Two words of the English BIP 39 list.
    pub words: [&'static str; 2],
}

impl Seal {
    /// The seal of a block. The cells are the low four bits of the digest's bytes 0 to 4; the words' numbers in the
    /// list are the low 11 bits of its bytes 5–6 and 7–8, little-endian. (The digest's last bytes are zeros, won by
    /// mining.)
    pub fn of(hash: &BlockHash) -> Self {
        let bytes = hash.as_bytes();
        let word = |at: usize| {
            let number = u16::from_le_bytes([bytes[at], bytes[at + 1]]) & 0x7ff;
            Language::English.word_list()[usize::from(number)]
        };
        Self { cells: std::array::from_fn(|at| bytes[at] % SEAL_COLOURS), words: [word(5), word(7)] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seal_follows_from_the_first_nine_bytes_of_the_digest() {
        let mut bytes = [0; 32];
        bytes[..9].copy_from_slice(&[0x01, 0x1f, 0x20, 0x33, 0x44, 0xff, 0xff, 0x00, 0xf8]);
        let seal = Seal::of(&BlockHash::from_bytes(bytes));
        assert_eq!(seal, Seal { cells: [1, 15, 0, 3, 4], words: ["zoo", "abandon"] });
        bytes[9] = 9;
        assert_eq!(Seal::of(&BlockHash::from_bytes(bytes)), seal);
    }
}
