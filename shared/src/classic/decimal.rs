//! Natural numbers of any size in base 10⁹: they come as decimal text and leave as decimal text, since that is what the
//! tutorial's proof of work hashes. Only what a difference of squares needs.

use std::cmp::Ordering;

const BASE: u64 = 1_000_000_000;
/// How many decimal digits a limb holds.
const LIMB_DIGITS: usize = 9;

/// A natural number: limbs below 10⁹, the lowest first, none of them a leading zero.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Natural(Vec<u32>);

impl Natural {
    /// Reads ASCII digits.
    pub(super) fn parse(digits: &str) -> Self {
        let limb = |digits: &[u8]| digits.iter().fold(0, |limb, digit| limb * 10 + u32::from(digit - b'0'));
        Self(digits.as_bytes().rchunks(LIMB_DIGITS).map(limb).collect()).trimmed()
    }

    fn trimmed(mut self) -> Self {
        while self.0.last() == Some(&0) {
            self.0.pop();
        }
        self
    }

    pub(super) fn square(&self) -> Self {
        let mut limbs = vec![0; 2 * self.0.len()];
        for (at, low) in self.0.iter().enumerate() {
            let mut carry = 0;
            for (limb, high) in limbs[at..].iter_mut().zip(&self.0) {
                let sum = u64::from(*limb) + u64::from(*low) * u64::from(*high) + carry;
                (*limb, carry) = ((sum % BASE) as u32, sum / BASE);
            }
            limbs[at + self.0.len()] = carry as u32;
        }
        Self(limbs).trimmed()
    }

    /// Takes a number away that is no larger.
    pub(super) fn subtract(&mut self, other: &Self) {
        let mut borrow = 0;
        for (at, limb) in self.0.iter_mut().enumerate() {
            let taken = other.0.get(at).copied().unwrap_or(0) + borrow;
            borrow = u32::from(*limb < taken);
            *limb = *limb + borrow * BASE as u32 - taken;
        }
        debug_assert_eq!(borrow, 0, "only smaller numbers are taken away");
        while self.0.last() == Some(&0) {
            self.0.pop();
        }
    }

    /// Appends the decimal text.
    pub(super) fn write(&self, text: &mut Vec<u8>) {
        let Some((first, rest)) = self.0.split_last() else {
            text.push(b'0');
            return;
        };
        text.extend_from_slice(first.to_string().as_bytes());
        for limb in rest.iter().rev() {
            let mut digits = [b'0'; LIMB_DIGITS];
            let mut left = *limb;
            for digit in digits.iter_mut().rev() {
                *digit += (left % 10) as u8;
                left /= 10;
            }
            text.extend_from_slice(&digits);
        }
    }

    pub(super) fn digits(&self) -> usize {
        self.0.last().map_or(1, |first| first.to_string().len() + LIMB_DIGITS * (self.0.len() - 1))
    }
}

impl From<u64> for Natural {
    fn from(number: u64) -> Self {
        let limbs = [number % BASE, number / BASE % BASE, number / BASE / BASE];
        Self(limbs.map(|limb| limb as u32).to_vec()).trimmed()
    }
}

impl PartialOrd for Natural {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Natural {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.len().cmp(&other.0.len()).then_with(|| self.0.iter().rev().cmp(other.0.iter().rev()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(number: &Natural) -> String {
        let mut text = Vec::new();
        number.write(&mut text);
        assert_eq!(number.digits(), text.len());
        String::from_utf8(text).expect("digits")
    }

    #[test]
    fn numbers_are_written_as_they_were_read() {
        for digits in ["0", "7", "999999999", "1000000000", "1000000001000000000", "123456789012345678901234567890"] {
            assert_eq!(text(&Natural::parse(digits)), digits);
        }
        for number in [0, 1, BASE - 1, BASE, u64::MAX] {
            assert_eq!(text(&Natural::from(number)), number.to_string());
        }
    }

    #[test]
    fn squares_differences_and_order_agree_with_machine_arithmetic() {
        let numbers = [0, 1, 2, 533, BASE - 1, BASE, BASE + 1, u64::MAX / 3, u64::MAX - 1, u64::MAX];
        for a in numbers {
            let square = u128::from(a) * u128::from(a);
            assert_eq!(text(&Natural::from(a).square()), square.to_string());
            for b in numbers {
                assert_eq!(Natural::from(a).cmp(&Natural::from(b)), a.cmp(&b));
                if b <= a {
                    let mut difference = Natural::from(a).square();
                    difference.subtract(&Natural::from(b).square());
                    assert_eq!(text(&difference), (square - u128::from(b) * u128::from(b)).to_string());
                }
            }
        }
    }

    #[test]
    fn the_largest_that_python_writes_can_be_squared() {
        // (10ⁿ − 1)² = 10²ⁿ − 2·10ⁿ + 1
        let nines = "9".repeat(4_300);
        assert_eq!(text(&Natural::parse(&nines).square()), format!("{}8{}1", &nines[1..], "0".repeat(4_299)));
    }
}
