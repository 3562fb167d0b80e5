//! Addresses: one text each, in which a slip of the pen shows.

use proptest::prelude::*;
use shared::{Address, AddressError, AddressPrefix, NodeId};

/// The letters of bech32.
const LETTERS: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";

proptest! {
    #![proptest_config(crate::config())]

    #[test]
    fn an_address_is_read_as_it_is_written_in_either_case(bytes: [u8; 20], prefix in "[a-z]{1,8}") {
        let prefix = AddressPrefix::new(prefix).expect("letters");
        let address = Address::from_bytes(bytes);
        let text = address.encode(&prefix);
        prop_assert_eq!(Address::decode(&text, &prefix), Ok(address));
        prop_assert_eq!(Address::decode(&format!(" {} ", text.to_uppercase()), &prefix), Ok(address));
    }

    #[test]
    fn an_address_with_one_letter_changed_is_refused(bytes: [u8; 20], at in 4..42_usize, letter in 0..32_usize) {
        let prefix = AddressPrefix::new("tab").expect("letters");
        let mut text = Address::from_bytes(bytes).encode(&prefix).into_bytes();
        let is_same = text[at] == LETTERS[letter];
        text[at] = LETTERS[letter];
        let text = String::from_utf8(text).expect("ASCII");
        prop_assert_eq!(Address::decode(&text, &prefix).is_ok(), is_same);
    }

    #[test]
    fn an_address_of_another_network_is_refused_by_name(bytes: [u8; 20], other in "[a-z]{1,8}") {
        prop_assume!(other != "tab");
        let prefix = |text: &str| AddressPrefix::new(text).expect("letters");
        let text = Address::from_bytes(bytes).encode(&prefix(&other));
        let expected = AddressError::OtherPrefix { expected: "tab".to_owned(), found: other };
        prop_assert_eq!(Address::decode(&text, &prefix("tab")), Err(expected));
    }

    #[test]
    fn any_text_is_an_address_with_one_text_or_is_refused(text in "tab1[qpzry9x8gf2tvdw0s3jn54khce6mua7l]{38}|\\PC{0,20}") {
        let prefix = AddressPrefix::new("tab").expect("letters");
        if let Ok(address) = Address::decode(&text, &prefix) {
            prop_assert_eq!(address.encode(&prefix), text.trim().to_lowercase());
        }
    }

    #[test]
    fn a_node_id_is_read_as_it_is_written_and_no_other_text_is_one(bytes: [u8; 16], text in "[0-9a-fA-F]{0,34}|[0-9a-fé]{31,32}") {
        let id = NodeId::from_bytes(bytes);
        prop_assert_eq!(id.to_string().parse(), Ok(id));
        match text.parse::<NodeId>() {
            Ok(id) => prop_assert_eq!(id.to_string(), text.to_lowercase()),
            Err(error) => prop_assert!(text.len() != 32 || text.bytes().any(|byte| !byte.is_ascii_hexdigit()), "{}", error),
        }
    }
}
