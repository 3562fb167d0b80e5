//! The tutorial's proof of work: SHA-256 of the decimal text of `new² − previous²` begins `0000` in hex.
//!
//! It commits to the proof before it and to nothing else of the block, so the proofs of every chain are the same. That
//! is the weakness the first lesson is about.

use std::cmp::Ordering;

use sha2::block_api::compress256;

use super::decimal::Natural;
use super::json::Integer;
use super::limits::{INTEGER_DIGITS_MAX, PROOF_ATTEMPTS_MAX};
use crate::rules::receipt::{Receipt, Refusal};
use crate::values::sha256;

/// SHA-256's initial state (FIPS 180-4, section 5.3.3).
const INITIAL_STATE: [u32; 8] =
    [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];

/// The proofs that every chain has, from its second block on: the proof of a genesis is 1, and each search finds the
/// same.
#[rustfmt::skip]
pub const KNOWN_PROOFS: [u64; 32] = [
    533, 45_293, 21_391, 8_018, 48_191, 19_865, 95_063, 15_457, 15_479, 7_889, 72_474, 126_616, 64_161, 144_125, 2_492,
    22_592, 107_780, 47_346, 46_891, 91_004, 200_907, 133_432, 43_978, 174_790, 56_224, 17_995, 41_769, 37_872, 56_560,
    93_290, 79_596, 63_608,
];
/// The proof of every genesis.
pub const GENESIS_PROOF: u64 = 1;

/// A proof that cannot be judged or searched for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The number that would be hashed is longer than Python writes.
    #[error("a difference of squares with {digits} digits, and {INTEGER_DIGITS_MAX} are written")]
    Digits {
        /// How many digits it has.
        digits: usize,
    },
    /// Nothing was found within the attempts that are made.
    #[error("no proof within {PROOF_ATTEMPTS_MAX} attempts")]
    NotFound,
}

impl Refusal for ProofError {
    fn receipt(&self) -> Receipt {
        match self {
            Self::Digits { digits } => Receipt::new(
                "proof",
                format!("a difference of squares of at most {INTEGER_DIGITS_MAX} digits, as Python writes it"),
                format!("{digits} digits"),
            ),
            Self::NotFound => Receipt::new("proof", "a proof", format!("none in {PROOF_ATTEMPTS_MAX} attempts")),
        }
    }
}

/// The decimal text of `new² − previous²`.
///
/// # Errors
/// When it has more digits than Python writes.
pub fn difference(new: &Integer, previous: &Integer) -> Result<String, ProofError> {
    let (mut larger, mut smaller) = (Natural::parse(new.digits()), Natural::parse(previous.digits()));
    let is_negative = larger.cmp(&smaller) == Ordering::Less;
    if is_negative {
        std::mem::swap(&mut larger, &mut smaller);
    }
    let mut difference = larger.square();
    difference.subtract(&smaller.square());
    let text = decimal_text(&difference, is_negative)?;
    Ok(String::from_utf8(text).expect("digits and a minus are ASCII"))
}

fn decimal_text(natural: &Natural, is_negative: bool) -> Result<Vec<u8>, ProofError> {
    let digits = natural.digits();
    if digits > INTEGER_DIGITS_MAX {
        return Err(ProofError::Digits { digits });
    }
    let mut text = Vec::with_capacity(digits + 1);
    if is_negative {
        text.push(b'-');
    }
    natural.write(&mut text);
    Ok(text)
}

/// The SHA-256 that decides whether `new` is a proof after `previous`.
///
/// # Errors
/// When what is hashed has more digits than Python writes.
pub fn proof_hash(new: &Integer, previous: &Integer) -> Result<[u8; 32], ProofError> {
    Ok(sha256(&[difference(new, previous)?.as_bytes()]))
}

/// Whether a hash begins `0000` in hex.
pub fn is_proof_hash(hash: &[u8; 32]) -> bool {
    hash[..2] == [0, 0]
}

/// The smallest proof after `previous`: the tutorial's `proof_of_work`.
///
/// # Errors
/// When what would be hashed has more digits than Python writes.
pub fn proof_of_work(previous: &Integer) -> Result<u64, ProofError> {
    ProofSearch::new(previous)?.run(PROOF_ATTEMPTS_MAX).ok_or(ProofError::NotFound)
}

/// A search for the smallest proof, which can be made in slices. An honest one takes about 65,536 attempts.
#[derive(Clone, Debug)]
pub struct ProofSearch {
    previous: Integer,
    attempts: u64,
    hashed: Hashed,
}

/// How the text of `new² − previous²` is made.
#[derive(Clone, Debug)]
enum Hashed {
    /// Both squares fit a machine's number.
    Small { previous: u32 },
    /// `previous² − new²`, which stays above zero within the attempts that are made.
    Large { difference: Natural },
}

impl ProofSearch {
    /// Begins at 1.
    ///
    /// # Errors
    /// When what would be hashed has more digits than Python writes.
    pub fn new(previous: &Integer) -> Result<Self, ProofError> {
        let hashed = match previous.digits().parse() {
            Ok(previous) => Hashed::Small { previous },
            Err(_) => {
                let difference = Natural::parse(previous.digits()).square();
                // One less has at least as many digits, or is written.
                decimal_text(&difference, true)?;
                Hashed::Large { difference }
            }
        };
        Ok(Self { previous: previous.clone(), attempts: 0, hashed })
    }

    /// The proof before the one that is searched for.
    pub fn previous(&self) -> &Integer {
        &self.previous
    }

    /// How many attempts were made.
    pub fn attempts(&self) -> u64 {
        self.attempts
    }

    /// Makes up to so many attempts, and no more than [`PROOF_ATTEMPTS_MAX`] in all.
    pub fn run(&mut self, attempts: u64) -> Option<u64> {
        let last = self.attempts.saturating_add(attempts).min(PROOF_ATTEMPTS_MAX);
        while self.attempts < last {
            self.attempts += 1;
            if self.hashed.is_proof(self.attempts) {
                return Some(self.attempts);
            }
        }
        None
    }
}

impl Hashed {
    /// Tries the next number; they come in order from 1.
    fn is_proof(&mut self, new: u64) -> bool {
        match self {
            Self::Small { previous } => {
                // Below 2³² and 2²⁴: their squares' difference fits.
                let difference = (new * new) as i128 - i128::from(u64::from(*previous) * u64::from(*previous));
                is_small_proof(difference < 0, difference.unsigned_abs() as u64)
            }
            Self::Large { difference } => {
                // (n − 1)² − n² = −(2n − 1)
                difference.subtract(&Natural::from(2 * new - 1));
                let mut text = vec![b'-'];
                difference.write(&mut text);
                is_proof_hash(&sha256(&[&text]))
            }
        }
    }
}

/// Hashes a short number's text in one compression.
fn is_small_proof(is_negative: bool, mut number: u64) -> bool {
    let mut digits = [0; 20];
    let mut start = digits.len();
    loop {
        start -= 1;
        digits[start] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    let mut block = [0; 64];
    block[0] = b'-';
    let sign = usize::from(is_negative);
    let len = sign + digits.len() - start;
    block[sign..len].copy_from_slice(&digits[start..]);
    // The padding: one bit, zeros, and the length in bits.
    block[len] = 0x80;
    block[63] = 8 * len as u8;
    let mut state = INITIAL_STATE;
    compress256(&mut state, std::slice::from_ref(&block));
    state[0] < 1 << 16
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classic::json::{Value, parse};

    fn integer(text: &str) -> Integer {
        let Ok(Value::Int(integer)) = parse(text) else { panic!("{text} is an integer") };
        integer
    }

    #[test]
    fn every_chain_has_the_same_proofs() {
        let mut proofs = vec![GENESIS_PROOF];
        for _ in KNOWN_PROOFS {
            let previous = *proofs.last().expect("the genesis");
            proofs.push(proof_of_work(&Integer::from(previous)).expect("a proof"));
        }
        assert_eq!(proofs[..6], [1, 533, 45_293, 21_391, 8_018, 48_191]);
        assert_eq!(proofs[1..], KNOWN_PROOFS);
    }

    #[test]
    fn what_is_hashed_is_the_difference_of_the_squares_of_any_integers() {
        let huge = "9".repeat(30);
        for (new, previous, expected) in [
            ("533", "1", "284088"),
            ("1", "533", "-284088"),
            ("-533", "1", "284088"),
            ("7", "-7", "0"),
            ("0", "0", "0"),
            (&huge, "0", "999999999999999999999999999998000000000000000000000000000001"),
            ("0", &huge, "-999999999999999999999999999998000000000000000000000000000001"),
        ] {
            assert_eq!(difference(&integer(new), &integer(previous)).expect("short"), expected);
        }
    }

    #[test]
    fn a_search_finds_what_trying_every_number_finds_whatever_the_sign_and_size() {
        for previous in
            ["533", "-533", "0", "4294967295", "4294967296", "-18446744073709551617", "31415926535897932384626"]
        {
            let previous = integer(previous);
            let found = proof_of_work(&previous).expect("a proof");
            let is_proof = |new: u64| is_proof_hash(&proof_hash(&Integer::from(new), &previous).expect("short"));
            assert_eq!((1..=found).find(|new| is_proof(*new)), Some(found), "after {previous}");
        }
    }

    #[test]
    fn a_search_in_slices_finds_what_a_search_at_once_finds() {
        for previous in ["1", "123456789012345678901234567890"] {
            let previous = integer(previous);
            let mut search = ProofSearch::new(&previous).expect("short");
            let found = loop {
                let before = search.attempts();
                if let Some(found) = search.run(100) {
                    break found;
                }
                assert_eq!(search.attempts(), before + 100);
            };
            assert_eq!((found, found), (search.attempts(), proof_of_work(&previous).expect("a proof")));
        }
    }

    #[test]
    fn a_search_ends_after_the_attempts_that_are_made() {
        let mut search = ProofSearch::new(&Integer::from(1u64)).expect("short");
        search.attempts = PROOF_ATTEMPTS_MAX - 1;
        search.run(u64::MAX);
        assert_eq!(search.attempts(), PROOF_ATTEMPTS_MAX);
        assert_eq!(search.run(1), None);
        assert_eq!(search.attempts(), PROOF_ATTEMPTS_MAX);
    }

    #[test]
    fn a_difference_with_more_digits_than_python_writes_is_refused() {
        // The square of a number of n digits that begins 99 has 2n digits.
        let (fits, too_long) = (integer(&"9".repeat(2_150)), integer(&format!("1{}", "0".repeat(2_150))));
        assert!(proof_hash(&fits, &Integer::from(1u64)).is_ok());
        assert!(ProofSearch::new(&fits).is_ok());
        let refused = ProofError::Digits { digits: 4_301 };
        assert_eq!(proof_hash(&too_long, &Integer::from(0u64)), Err(refused.clone()));
        assert_eq!(proof_hash(&Integer::from(0u64), &too_long), Err(refused.clone()));
        assert_eq!(ProofSearch::new(&too_long).map(drop), Err(refused));
    }
}
