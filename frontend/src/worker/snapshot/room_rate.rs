//! How fast the whole room mines, looked up once for every tip.

use shared::BlockHash;
use shared::state::chain::Chain;

/// The estimate, and the tip it is made for: it changes with the chain alone.
#[derive(Debug, Default)]
pub(super) struct RoomRate {
    tip: Option<BlockHash>,
    rate_hps: Option<f64>,
}

impl RoomRate {
    /// Attempts a second, as [`Chain::room_rate_hps`] says.
    pub(super) fn follow(&mut self, chain: &Chain) -> Option<f64> {
        let tip = chain.tip();
        if self.tip != Some(tip.hash) {
            *self = Self { tip: Some(tip.hash), rate_hps: chain.room_rate_hps() };
        }
        self.rate_hps
    }
}
