//! What people type: amounts, addresses, names, places and hashes.

use shared::export::Format;
use shared::tutorial::{Netloc, read_nodes};
use shared::{Address, AddressPrefix, Amount, BlockHash, Memo, NAME_CHARS_MAX, NodeId, NodeName, RoomName};

/// Reads a text as everything that is typed somewhere.
pub fn run(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    if let Ok(amount) = text.parse::<Amount>() {
        assert_eq!(amount.to_string().parse(), Ok(amount));
    }
    let prefix = AddressPrefix::new("tab").expect("letters");
    if let Ok(address) = Address::decode(text, &prefix) {
        assert_eq!(address.encode(&prefix), text.trim().to_lowercase());
    }
    if let Ok(name) = NodeName::new(text) {
        assert!(name.as_str().chars().count() <= NAME_CHARS_MAX);
        assert!(name.as_str().chars().all(|character| character.is_alphanumeric() || " -.'_".contains(character)));
    }
    if let Ok(id) = text.parse::<NodeId>() {
        assert_eq!(id.to_string(), text.to_lowercase());
    }
    if let Ok(hash) = text.parse::<BlockHash>() {
        assert_eq!(hash.to_string(), text.to_lowercase());
    }
    if let Ok(room) = RoomName::new(text) {
        assert_eq!(room.as_str(), text);
    }
    if let Ok(place) = Netloc::parse(text) {
        assert_eq!(Netloc::parse(&format!("http://{}/get_chain", place.as_str())), Ok(place.clone()));
        let _ = (place.shown(), place.host_and_port(), place.node_id());
    }
    if let Ok(place) = shared::classic::netloc(text) {
        assert_eq!(shared::classic::netloc(&format!("http://{place}/get_chain")), Ok(place));
    }
    if let Err(answer) = read_nodes(text) {
        assert_eq!(answer.status, 400);
    }
    let _ = (text.parse::<Format>(), Memo::new(text), shared::classic::without_password(text));
}
