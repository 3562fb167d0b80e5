//! Transactions: a payment, signed by its sender, and the reward of a block.

use borsh::{BorshDeserialize, BorshSerialize};

use super::{
    Address, Amount, Height, NetworkId, PublicKey, SecretKey, Signature, SignatureError, TransactionId, sha256,
};
use crate::encoding::{encode, invalid_data};
use crate::rules::receipt::{Receipt, Refusal};

/// The most an encoded transaction may take.
pub const TRANSACTION_BYTES_MAX: usize = 512;
/// The most a memo may take, in bytes of UTF-8.
pub const MEMO_BYTES_MAX: usize = 64;

/// The length of a signature, which is the last of a payment.
const SIGNATURE_BYTES: usize = 64;
/// Stands before what a payment's signature covers and its id hashes, so that neither can mean anything else.
const PAYMENT_TAG: &[u8] = b"tabcoin payment\0";
/// Stands before what a reward's id hashes.
const REWARD_TAG: &[u8] = b"tabcoin reward\0\0";

/// A few words that travel with a payment: UTF-8, at most [`MEMO_BYTES_MAX`] bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, BorshSerialize)]
pub struct Memo(String);

/// A memo that is too long.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a memo of {bytes} bytes, and {MEMO_BYTES_MAX} are allowed")]
pub struct MemoError {
    /// Its length.
    pub bytes: usize,
}

impl Refusal for MemoError {
    fn receipt(&self) -> Receipt {
        Receipt::new("memo", format!("at most {MEMO_BYTES_MAX} bytes"), format!("{} bytes", self.bytes))
    }
}

impl Memo {
    /// Takes a text.
    ///
    /// # Errors
    /// When it is longer than [`MEMO_BYTES_MAX`] bytes.
    pub fn new(text: impl Into<String>) -> Result<Self, MemoError> {
        let text = text.into();
        if text.len() > MEMO_BYTES_MAX { Err(MemoError { bytes: text.len() }) } else { Ok(Self(text)) }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl BorshDeserialize for Memo {
    fn deserialize_reader<R: borsh::io::Read>(reader: &mut R) -> borsh::io::Result<Self> {
        let len = u32::deserialize_reader(reader)? as usize;
        if len > MEMO_BYTES_MAX {
            return Err(invalid_data("a memo longer than 64 bytes"));
        }
        let mut bytes = vec![0; len];
        reader.read_exact(&mut bytes)?;
        String::from_utf8(bytes).map(Self).map_err(|_| invalid_data("a memo that is not UTF-8"))
    }
}

/// What a sender says: so much to this receiver, once, on this network.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Payment {
    /// The network it belongs to; anywhere else it means nothing.
    pub network: NetworkId,
    /// Who pays: the key whose hash is the sender's address.
    pub sender: PublicKey,
    /// Who is paid.
    pub receiver: Address,
    /// What the receiver gets.
    pub amount: Amount,
    /// What the block's miner gets.
    pub fee: Amount,
    /// How many payments the sender has made before, so that none is paid twice.
    pub sequence: u64,
    /// A few words.
    pub memo: Memo,
}

impl Payment {
    /// The bytes that the signature covers and the id hashes: a 16-byte tag and the encoding.
    pub fn signing_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(PAYMENT_TAG.len() + self.encoded_len());
        bytes.extend_from_slice(PAYMENT_TAG);
        self.serialize(&mut bytes).expect("writing to memory does not fail");
        bytes
    }

    fn encoded_len(&self) -> usize {
        32 + 32 + 20 + 8 + 8 + 8 + 4 + self.memo.as_str().len()
    }

    /// The payment's name. The signature is not part of it.
    pub fn id(&self) -> TransactionId {
        TransactionId::from_bytes(sha256(&[&self.signing_bytes()]))
    }

    /// Signs with the sender's secret key.
    pub fn sign(self, key: &SecretKey) -> SignedPayment {
        let signature = key.sign(&self.signing_bytes());
        SignedPayment { payment: self, signature }
    }
}

/// A payment and its sender's signature.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct SignedPayment {
    /// What is said.
    pub payment: Payment,
    /// Who says it.
    pub signature: Signature,
}

impl SignedPayment {
    /// The payment's name.
    pub fn id(&self) -> TransactionId {
        self.payment.id()
    }

    /// The length in a block, in bytes: the encoding and the transaction's tag.
    pub fn encoded_len(&self) -> usize {
        1 + self.payment.encoded_len() + SIGNATURE_BYTES
    }

    /// A digest of all of it, the signature too.
    pub fn digest(&self) -> [u8; 32] {
        sha256(&[b"tabcoin signed\0\0", self.signature.as_bytes(), &self.payment.signing_bytes()])
    }

    /// Checks the signature by ZIP 215.
    ///
    /// # Errors
    /// When it is not the sender's.
    pub fn verify(&self) -> Result<(), SignatureError> {
        self.payment.sender.verify(&self.payment.signing_bytes(), &self.signature)
    }
}

/// What a block's miner gets: the network's reward and the fees of the block's payments.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Reward {
    /// The block's height, which makes each reward's id its own.
    pub height: Height,
    /// The miner's address.
    pub receiver: Address,
    /// Reward and fees.
    pub amount: Amount,
}

/// Anything a block holds. Encoded with a one-byte tag: 0 a reward, 1 a payment.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Transaction {
    /// The first of every block but the genesis.
    Reward(Reward),
    /// All others.
    Payment(SignedPayment),
}

impl Transaction {
    /// The transaction's name.
    pub fn id(&self) -> TransactionId {
        match self {
            Self::Reward(reward) => TransactionId::from_bytes(sha256(&[REWARD_TAG, &encode(reward)])),
            Self::Payment(payment) => payment.id(),
        }
    }

    /// The same, by the transaction's encoding where that is at hand.
    pub(crate) fn id_by_encoding(&self, encoding: &[u8]) -> TransactionId {
        let without_tag = &encoding[1..];
        TransactionId::from_bytes(match self {
            Self::Reward(_) => sha256(&[REWARD_TAG, without_tag]),
            Self::Payment(_) => sha256(&[PAYMENT_TAG, &without_tag[..without_tag.len() - SIGNATURE_BYTES]]),
        })
    }

    /// The length of the encoding in bytes.
    pub fn encoded_len(&self) -> usize {
        match self {
            Self::Reward(_) => 1 + 8 + 20 + 8,
            Self::Payment(payment) => payment.encoded_len(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode;

    fn payment(memo: &str) -> SignedPayment {
        let key = SecretKey::from_bytes([7; 32]);
        Payment {
            network: NetworkId::from_bytes([1; 32]),
            sender: key.public(),
            receiver: Address::from_bytes([2; 20]),
            amount: Amount::from_coins(4),
            fee: Amount::from_units(100_000),
            sequence: 3,
            memo: Memo::new(memo).expect("short"),
        }
        .sign(&key)
    }

    #[test]
    fn a_transactions_length_is_known_without_encoding_it() {
        for memo in ["", "tea", &"é".repeat(32)] {
            let transaction = Transaction::Payment(payment(memo));
            let bytes = encode(&transaction);
            assert_eq!(bytes.len(), transaction.encoded_len());
            assert!(bytes.len() <= TRANSACTION_BYTES_MAX);
            assert_eq!(decode(&bytes), Ok(transaction));
        }
    }

    #[test]
    fn the_signature_is_not_part_of_the_id_and_everything_else_is() {
        let signed = payment("tea");
        let mut other = signed.clone();
        other.signature = SecretKey::from_bytes([8; 32]).sign(b"else");
        assert_eq!(other.id(), signed.id());
        assert!(signed.verify().is_ok() && other.verify().is_err());
        let changes: [fn(&mut Payment); 7] = [
            |payment| payment.network = NetworkId::ZERO,
            |payment| payment.sender = SecretKey::from_bytes([9; 32]).public(),
            |payment| payment.receiver = Address::from_bytes([3; 20]),
            |payment| payment.amount = Amount::from_coins(5),
            |payment| payment.fee = Amount::ZERO,
            |payment| payment.sequence += 1,
            |payment| payment.memo = Memo::default(),
        ];
        for change in changes {
            let mut changed = signed.clone();
            change(&mut changed.payment);
            assert_ne!(changed.id(), signed.id());
            assert!(changed.verify().is_err());
        }
    }

    #[test]
    fn a_memo_at_the_limit_is_taken_and_one_past_it_or_not_utf_8_is_refused() {
        assert!(Memo::new("x".repeat(64)).is_ok());
        assert_eq!(Memo::new("x".repeat(65)), Err(MemoError { bytes: 65 }));
        let mut bytes = encode(&Memo::new("abc").expect("short"));
        bytes[4] = 0xff;
        assert!(decode::<Memo>(&bytes).is_err());
        assert!(decode::<Memo>(&encode(&"x".repeat(65))).is_err());
        assert!(decode::<Memo>(&u32::MAX.to_le_bytes()).is_err(), "a length alone takes no memory");
    }
}
