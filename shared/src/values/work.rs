//! Work: how many attempts a chain stands for.

use borsh::{BorshDeserialize, BorshSerialize};
use ruint::aliases::U256;

/// Expected attempts, 0 to 2²⁵⁶ − 1. The encoding is the number's 32 bytes, little-endian.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Work(U256);

impl Work {
    /// None.
    pub const ZERO: Self = Self(U256::ZERO);

    /// Takes a number of attempts.
    pub(crate) const fn from_number(number: U256) -> Self {
        Self(number)
    }

    /// The work of both, or the most there can be: 2²⁵⁶ attempts are out of anybody's reach.
    #[must_use]
    pub fn saturating_add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// The number as floating point, for display alone.
    pub fn to_f64(self) -> f64 {
        self.0.as_limbs().iter().rev().fold(0.0, |number, limb| number * 2f64.powi(64) + *limb as f64)
    }
}

/// Decimal.
impl std::fmt::Display for Work {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl BorshSerialize for Work {
    fn serialize<W: borsh::io::Write>(&self, writer: &mut W) -> borsh::io::Result<()> {
        writer.write_all(&self.0.to_le_bytes::<32>())
    }
}

impl BorshDeserialize for Work {
    fn deserialize_reader<R: borsh::io::Read>(reader: &mut R) -> borsh::io::Result<Self> {
        <[u8; 32]>::deserialize_reader(reader).map(|bytes| Self(U256::from_le_bytes(bytes)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_adds_up_and_never_wraps() {
        let most = Work(U256::MAX);
        assert_eq!(most.saturating_add(Work(U256::ONE)), most);
        assert_eq!(Work(U256::from(1u64 << 40)).to_f64(), (1u64 << 40) as f64);
        assert_eq!(crate::decode::<Work>(&crate::encode(&most)), Ok(most));
    }
}
