//! What a wallet asks of a relay's REST: the room, an account, whether a payment is in a block; and what it submits.

use axum::http::StatusCode;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use shared::export::TransactionJson;
use shared::{Amount, BlockHash, Params, Receipt, RoomName};

use crate::client::Came;
use crate::member::{RelayUrl, api};

/// A relay and a room of it.
#[derive(Debug)]
pub(super) struct Remote {
    relay: RelayUrl,
    room: RoomName,
}

/// What an address has, as the relay says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(super) struct Account {
    pub(super) confirmed: Amount,
    pub(super) spendable: Amount,
    pub(super) leaving: Amount,
    pub(super) arriving: Amount,
    pub(super) next_sequence: u64,
}

/// The block that a payment is in.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(super) struct Place {
    pub(super) hash: BlockHash,
    pub(super) height: u64,
}

#[derive(Deserialize)]
struct Standing {
    block: Option<Place>,
}

impl Remote {
    pub(super) fn new(relay: RelayUrl, room: RoomName) -> Self {
        Self { relay, room }
    }

    /// The room's parameters.
    ///
    /// # Errors
    /// When the relay does not answer, or does not have the room.
    pub(super) async fn params(&self) -> Result<Params, Receipt> {
        api::room_params(&self.relay, &self.room).await
    }

    /// What an address has.
    ///
    /// # Errors
    /// When the relay does not answer, or with something else.
    pub(super) async fn account(&self, address: &str) -> Result<Account, Receipt> {
        let came = api::get(&self.relay, &format!("/api/v1/rooms/{}/addresses/{address}", self.room)).await?;
        self.read(&came, "an account")
    }

    /// Submits a payment.
    ///
    /// # Errors
    /// When the relay does not answer, or refuses it.
    pub(super) async fn submit(&self, payment: &TransactionJson) -> Result<(), Receipt> {
        let body = serde_json::to_string(payment).expect("a payment has text keys and no values that JSON lacks");
        let came = api::post(&self.relay, &format!("/api/v1/rooms/{}/transactions", self.room), body).await?;
        if came.status.is_success() { Ok(()) } else { Err(api::refusal(&self.relay, &came)) }
    }

    /// The block that a payment is in; none while it waits. A relay that has never heard of it may hear of it again.
    ///
    /// # Errors
    /// When the relay does not answer, or with something else.
    pub(super) async fn place(&self, id: &str) -> Result<Option<Place>, Receipt> {
        let came = api::get(&self.relay, &format!("/api/v1/rooms/{}/transactions/{id}", self.room)).await?;
        if came.status == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        self.read(&came, "a transaction").map(|standing: Standing| standing.block)
    }

    fn read<T: DeserializeOwned>(&self, came: &Came, what: &str) -> Result<T, Receipt> {
        if came.status != StatusCode::OK {
            return Err(api::refusal(&self.relay, came));
        }
        let unreadable = |error: serde_json::Error| {
            Receipt::new("relay", format!("{what} from {}", self.relay.page()), error.to_string())
        };
        serde_json::from_slice(&came.body).map_err(unreadable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_as_numbers_and_as_text() {
        let text = r#"{"address": "tab1…", "confirmed": 5, "spendable": "18446744073709551615", "leaving": 0, "arriving": 0, "next_sequence": 7}"#;
        let account: Account = serde_json::from_str(text).expect("an account");
        assert_eq!((account.confirmed, account.next_sequence), (Amount::from_units(5), 7));
        assert_eq!(account.spendable, Amount::from_units(u64::MAX));
        for bad in [r#"{"confirmed": -1}"#, r#"{"confirmed": 1.5}"#, "{}", "[]"] {
            assert!(serde_json::from_str::<Account>(bad).is_err(), "{bad}");
        }
    }
}
