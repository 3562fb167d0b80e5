//! What a host is up to.

use std::fmt::{self, Display};

macro_rules! minds {
    ($($(#[$doc:meta])* $variant:ident $name:literal)*) => {
        /// What a host is up to. Beneath every adversary runs an honest node; what it sends, hears and mines is bent.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Mind {
            /// It keeps to the rules.
            #[default]
            Honest,
            $($(#[$doc])* $variant,)*
        }

        impl Mind {
            /// All that are not honest.
            pub const ADVERSARIES: &[Self] = &[$(Self::$variant,)*];

            /// What it is called in a plan's text.
            pub fn name(self) -> &'static str {
                match self {
                    Self::Honest => "honest",
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

minds! {
    /// It pays, mines a branch in which it paid itself, and shows that once the payee is sure.
    DoubleSpender "double-spender"
    /// It keeps its blocks to itself until others are about to catch up.
    SelfishMiner "selfish-miner"
    /// It never takes others' blocks, and shows its own many at a time.
    MajorityMiner "majority-miner"
    /// It says it has a chain of endless work, and never shows it.
    TipLiar "tip-liar"
    /// It shows the headers of its blocks, and never a body.
    Withholder "withholder"
    /// It announces blocks whose parents nobody knows.
    OrphanFlooder "orphan-flooder"
    /// It announces blocks with work enough, and a body that breaks the rules.
    InvalidFlooder "invalid-flooder"
    /// It makes as many payments without a fee as it can.
    FeeFlooder "fee-flooder"
    /// It sends payments that were made in another room, and those that were made in this one long ago.
    Replayer "replayer"
    /// The times of its blocks are as far ahead or behind as goes.
    TimeCheat "time-cheat"
    /// It stands between a tab and everybody else, and lets no block or payment through.
    Eclipser "eclipser"
}

impl Mind {
    /// The mind of this name.
    pub fn of_name(name: &str) -> Option<Self> {
        let mut all = std::iter::once(Self::Honest).chain(Self::ADVERSARIES.iter().copied());
        all.find(|mind| mind.name() == name)
    }

    /// Whether it keeps to the rules.
    pub fn is_honest(self) -> bool {
        self == Self::Honest
    }

    /// Whether it gives up when faults stop. Honest nodes need not come to agree while somebody with hash rate of its
    /// own keeps a branch back, while the only way to them is barred, or while payments never end.
    pub fn gives_up(self) -> bool {
        use Mind::{DoubleSpender, Eclipser, FeeFlooder, MajorityMiner, SelfishMiner, TimeCheat};
        matches!(self, DoubleSpender | SelfishMiner | MajorityMiner | FeeFlooder | TimeCheat | Eclipser)
    }
}

impl Display for Mind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mind_goes_by_its_name() {
        for mind in Mind::ADVERSARIES {
            assert_eq!(Mind::of_name(mind.name()), Some(*mind));
            assert!(!mind.is_honest());
        }
        assert_eq!(Mind::of_name("honest"), Some(Mind::Honest));
        assert_eq!(Mind::of_name("kind"), None);
    }
}
