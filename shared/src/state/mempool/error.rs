//! Why the mempool refuses or drops a payment.

use super::FeeRate;
use crate::rules::receipt::{Receipt, Refusal};
use crate::rules::transaction::PaymentError;
use crate::values::{Amount, TransactionId};

/// Why the mempool does not take a payment, or no longer keeps it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MempoolError {
    /// It breaks a rule of payments.
    #[error(transparent)]
    Payment(#[from] PaymentError),
    /// It is here already.
    #[error("payment {} is known", id.short())]
    Known {
        /// Its id.
        id: TransactionId,
    },
    /// A payment with its sequence number is on the chain.
    #[error("sequence number {found} is used, the sender's next is {expected}")]
    SequenceUsed {
        /// The sender's next sequence number.
        expected: u64,
        /// The one it has.
        found: u64,
    },
    /// A payment before it is missing.
    #[error("sequence number {found} leaves a gap, the sender's next is {expected}")]
    SequenceGap {
        /// The sender's next sequence number, after all that wait.
        expected: u64,
        /// The one it has.
        found: u64,
    },
    /// Another payment with its sequence number waits and offers at least as much.
    #[error("a payment with this sequence number and a fee of {waiting} waits, this one offers {found}")]
    FeeTooLow {
        /// The waiting payment's fee.
        waiting: Amount,
        /// The fee it offers.
        found: Amount,
    },
    /// The room's chain is the tutorial's own, which has no sealed payments.
    #[error("a sealed payment for a classic room")]
    ClassicRoom,
    /// The pool is full of payments that offer at least as much.
    #[error("the mempool is full from {lowest} up, this payment offers {found}")]
    Full {
        /// The lowest rate in the pool.
        lowest: FeeRate,
        /// The rate it offers.
        found: FeeRate,
    },
}

impl MempoolError {
    /// Whether the payment is wrong on any chain, so that whoever passed it on broke a rule. What depends on the tip, or
    /// on what else waits, is nobody's fault.
    pub fn is_misbehaviour(&self) -> bool {
        matches!(self, Self::Payment(error) if error.is_misbehaviour())
    }
}

impl Refusal for MempoolError {
    fn receipt(&self) -> Receipt {
        let (rule, expected, found) = match self {
            Self::Payment(error) => return error.receipt(),
            Self::Known { id } => ("new payment", "a payment that is not known".to_owned(), id.to_string()),
            Self::SequenceUsed { expected, found } => {
                ("sequence number", format!("{expected}, the sender's next"), format!("{found}, which is used"))
            }
            Self::SequenceGap { expected, found } => (
                "sequence number",
                format!("{expected}, the sender's next"),
                format!("{found}, with a payment before it missing"),
            ),
            Self::FeeTooLow { waiting, found } => (
                "replacement",
                format!("a fee above the {} of the payment that waits", waiting.with_unit()),
                found.with_unit(),
            ),
            Self::ClassicRoom => ("room", "a room with sealed payments".to_owned(), "a classic room".to_owned()),
            Self::Full { lowest, found } => ("mempool size", format!("a fee rate above {lowest}"), found.to_string()),
        };
        Receipt::new(rule, expected, found)
    }
}
