//! Names of nodes and rooms: what can be written, and that nothing else can.

use proptest::prelude::*;
use shared::{AddressPrefix, Memo, NAME_CHARS_MAX, NodeId, NodeName, RoomName, decode, encode, looks_like, skeleton};

proptest! {
    #![proptest_config(crate::config())]

    #[test]
    fn any_text_is_a_harmless_name_or_is_refused(text in "[a-zA-Z0-9éß茶 ._'<>&\"-]{0,28}|\\PC{0,10}|[\u{200b}-\u{202f}a]{1,6}") {
        if let Ok(name) = NodeName::new(&text) {
            let name_text = name.as_str();
            prop_assert_eq!(name_text, text.trim());
            prop_assert!((1..=NAME_CHARS_MAX).contains(&name_text.chars().count()));
            let is_harmless = |character: char| character.is_alphanumeric() || " -.'_".contains(character);
            prop_assert!(name_text.chars().all(is_harmless), "{:?}", name_text);
            prop_assert_eq!(NodeName::new(name_text), Ok(name.clone()));
            prop_assert_eq!(decode::<NodeName>(&encode(&name)), Ok(name));
        }
    }

    #[test]
    fn a_name_on_the_wire_is_one_that_could_be_typed(text in "[a-z ._-]{0,26}|\\PC{0,9}") {
        let is_on_the_wire = decode::<NodeName>(&encode(&text)).is_ok();
        let is_typed = NodeName::new(&text).is_ok_and(|name| name.as_str() == text);
        prop_assert_eq!(is_on_the_wire, is_typed);
    }

    #[test]
    fn the_name_that_an_id_gives_is_a_name(bytes: [u8; 16]) {
        let name = NodeName::from_id(&NodeId::from_bytes(bytes));
        prop_assert_eq!(NodeName::new(name.as_str()), Ok(name));
    }

    #[test]
    fn marks_without_width_make_no_other_name(text in "\\PC{0,6}", mark in "\\p{Mn}{1,3}", rest in "\\PC{0,6}") {
        let (name, marked) = (format!("{text}{rest}"), format!("{text}{mark}{rest}"));
        prop_assert!(looks_like(&name, &marked), "{:?} and {:?}", name, marked);
    }

    #[test]
    fn case_and_what_stands_between_letters_make_no_other_name(text in "[\\p{Latin}\\p{Cyrillic}\\p{Greek}\\p{Armenian}0-9]{0,8}") {
        // Some letters have two in the place of their capital, or another's.
        let capital = |letter: char| letter.to_uppercase().next().filter(|capital| capital.to_lowercase().eq([letter]));
        let capitals: String = text.chars().map(|letter| capital(letter).unwrap_or(letter)).collect();
        prop_assert!(looks_like(&text, &capitals), "{:?} and {:?}", text, capitals);
        let apart: String = text.chars().flat_map(|letter| [letter, ' ']).collect();
        prop_assert!(looks_like(&text, &apart));
    }

    #[test]
    fn the_skeleton_of_a_name_is_its_own(text in "\\PC{0,12}") {
        let once = skeleton(&text);
        prop_assert_eq!(skeleton(&once), once);
    }

    #[test]
    fn a_room_or_a_prefix_is_what_can_stand_in_a_link(text in "[a-z0-9-]{0,34}|\\PC{0,4}") {
        let letters = |allowed: fn(u8) -> bool, max| (1..=max).contains(&text.len()) && text.bytes().all(allowed);
        let is_room = letters(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'), 32);
        prop_assert_eq!(RoomName::new(text.as_str()).is_ok(), is_room);
        prop_assert_eq!(decode::<RoomName>(&encode(&text)).is_ok(), is_room);
        let is_prefix = letters(|byte| byte.is_ascii_lowercase(), 8);
        prop_assert_eq!(AddressPrefix::new(text.as_str()).is_ok(), is_prefix);
        prop_assert_eq!(decode::<AddressPrefix>(&encode(&text)).is_ok(), is_prefix);
    }

    #[test]
    fn a_memo_is_any_text_of_at_most_64_bytes(text in "\\PC{0,30}|[a-zé]{50,68}") {
        let memo = Memo::new(text.as_str());
        prop_assert_eq!(memo.is_ok(), text.len() <= 64);
        prop_assert_eq!(decode::<Memo>(&encode(&text)).ok(), memo.ok());
    }
}
