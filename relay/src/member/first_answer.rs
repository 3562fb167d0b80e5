//! Waits until a relay answers for the first time, and tells a relay that is away from something that is no relay.

use std::time::Duration;

use shared::protocol::Backoff;
use shared::{Params, Receipt, RoomName, visible};
use tracing::warn;

use super::{RelayUrl, api, is_for_good};
use crate::output;
use crate::relay::random;

/// The parameters of a room, as soon as the relay answers. A relay that is away is asked again for as long as it takes,
/// less often the longer it takes. Its first silence is told on standard error, each later one is logged.
///
/// # Errors
/// When asking again would not help: the relay has no such room, or no relay is at that address.
pub(crate) async fn room_params(relay: &RelayUrl, room: &RoomName) -> Result<Params, Receipt> {
    let mut backoff = Backoff::default();
    let mut is_told = false;
    loop {
        let receipt = match api::room_params(relay, room).await {
            Ok(params) => return Ok(params),
            Err(receipt) if is_for_good(&receipt) => return Err(receipt),
            Err(receipt) => receipt,
        };
        let wait_ms = backoff.failed(u32::from_le_bytes(*random().first_chunk().expect("32 bytes")));
        if is_told {
            warn!(%receipt, wait_ms, "the relay does not answer; trying again");
        } else {
            let said = api::in_words(&receipt);
            output::remark(visible(&format!("relay: {said}; trying again until it answers, Ctrl-C ends this")));
            is_told = true;
        }
        tokio::time::sleep(Duration::from_millis(wait_ms)).await;
    }
}
