//! The encoding: decode then encode gives the same bytes, encode then decode the same value, and nothing else is read.

use borsh::{BorshDeserialize, BorshSerialize};
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;
use shared::exchange::{ToMember, ToRelay};
use shared::protocol::{Hello, Member, Message, Status};
use shared::state::Tip;
use shared::{Block, HEADER_BYTES, Header, Params, Payment, Receipt, SignedPayment, Transaction, decode, encode};

use crate::wire;

/// A value comes back from its bytes.
fn comes_back<T>(value: &T) -> Result<Vec<u8>, TestCaseError>
where
    T: BorshSerialize + BorshDeserialize + PartialEq + std::fmt::Debug,
{
    let bytes = encode(value);
    let back = decode::<T>(&bytes).map_err(|error| TestCaseError::fail(error.to_string()))?;
    prop_assert_eq!(&back, value);
    Ok(bytes)
}

/// Bytes that are read as a value are that value's only encoding.
fn is_canonical<T: BorshSerialize + BorshDeserialize>(bytes: &[u8]) -> Result<(), TestCaseError> {
    if let Ok(value) = decode::<T>(bytes) {
        prop_assert_eq!(encode(&value), bytes);
    }
    Ok(())
}

/// The same for every type that is sent, hashed or stored.
fn is_canonical_for_all(bytes: &[u8]) -> Result<(), TestCaseError> {
    is_canonical::<Message>(bytes)?;
    is_canonical::<Hello>(bytes)?;
    is_canonical::<Block>(bytes)?;
    is_canonical::<Header>(bytes)?;
    is_canonical::<Transaction>(bytes)?;
    is_canonical::<SignedPayment>(bytes)?;
    is_canonical::<Payment>(bytes)?;
    is_canonical::<Params>(bytes)?;
    is_canonical::<Member>(bytes)?;
    is_canonical::<Status>(bytes)?;
    is_canonical::<Tip>(bytes)?;
    is_canonical::<Receipt>(bytes)
}

proptest! {
    #![proptest_config(crate::config())]

    #[test]
    fn a_header_comes_back_and_takes_116_bytes(header in wire::headers()) {
        prop_assert_eq!(comes_back(&header)?.len(), HEADER_BYTES);
        prop_assert_eq!(&header.encode()[..], encode(&header));
    }

    #[test]
    fn a_transaction_comes_back_and_is_as_long_as_it_says(transaction in wire::transactions()) {
        prop_assert_eq!(comes_back(&transaction)?.len(), transaction.encoded_len());
    }

    #[test]
    fn a_block_comes_back_and_is_as_long_as_it_says(block in wire::blocks()) {
        prop_assert_eq!(comes_back(&block)?.len(), block.encoded_len());
    }

    #[test]
    fn a_message_comes_back(message in wire::messages()) {
        comes_back(&message)?;
    }

    #[test]
    fn a_message_with_a_byte_changed_is_another_or_none(message in wire::messages(), at: prop::sample::Index, flip in 1..=255_u8) {
        let mut bytes = encode(&message);
        let at = at.index(bytes.len());
        bytes[at] ^= flip;
        is_canonical::<Message>(&bytes)?;
        prop_assert_ne!(decode::<Message>(&bytes).ok(), Some(message));
    }

    #[test]
    fn a_message_cut_short_or_with_more_behind_it_is_none(message in wire::messages(), at: prop::sample::Index, more in prop::collection::vec(any::<u8>(), 1..5)) {
        let bytes = encode(&message);
        prop_assert!(decode::<Message>(&bytes[..at.index(bytes.len())]).is_err());
        prop_assert!(decode::<Message>(&[bytes, more].concat()).is_err());
    }

    #[test]
    fn whatever_bytes_are_read_are_written_the_same(bytes in prop::collection::vec(any::<u8>(), 0..300), kind in 0..16_u8) {
        is_canonical_for_all(&bytes)?;
        // The first byte says which message it is, and most are none.
        is_canonical_for_all(&[&[kind], &bytes[..]].concat())?;
    }

    #[test]
    fn frames_of_the_exchange_come_back(to_member in wire::to_member(), to_relay in wire::to_relay()) {
        let text = serde_json::to_string(&to_member).expect("text keys");
        prop_assert_eq!(serde_json::from_str::<ToMember>(&text).expect("as it was written"), to_member);
        let text = serde_json::to_string(&to_relay).expect("text keys");
        prop_assert_eq!(serde_json::from_str::<ToRelay>(&text).expect("as it was written"), to_relay);
    }
}
