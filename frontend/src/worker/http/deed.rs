//! What answering a request takes, and what comes of it.

use shared::exchange::{ANSWER_BYTES_MAX, Answer, Body, ToRelay};
use shared::protocol::Node;
use shared::{Address, NodeId, Receipt, SecretKey, Timestamp};

use super::queue::Asker;
use crate::worker::store::Record;

/// The status of an answer that did not come in time.
pub const TIMEOUT: u16 = 504;
/// The status of what cannot be done now.
pub const UNAVAILABLE: u16 = 503;
/// The status, in the log alone, of a request that nobody waits for any more.
pub const GONE: u16 = 499;
/// The status of an answer that is too long to be sent.
const TOO_LONG: u16 = 507;

/// What requests act on.
pub struct Tab<'a> {
    /// The node.
    pub node: &'a mut Node,
    /// What signs this tab's payments.
    pub wallet_key: &'a SecretKey,
    /// Where its rewards go.
    pub payout: Address,
    /// The owner's names for addresses.
    pub contacts: &'a [(String, Address)],
    /// Where the page came from: `http://127.0.0.1:5001`.
    pub origin: &'a str,
    /// Whether there is a link over which the relay can be asked.
    pub is_linked: bool,
    /// Why there is no miner, where there is none.
    pub no_miner: Option<&'a Receipt>,
    /// The wall clock.
    pub now: Timestamp,
}

impl Tab<'_> {
    /// Whether a node is one of the room's, this one included, be it away.
    pub fn knows(&self, id: &NodeId) -> bool {
        *id == self.node.id() || self.node.members().iter().any(|member| member.id == *id)
    }
}

/// Something for the shell to do, in order.
#[derive(Clone, Debug, PartialEq)]
pub enum Deed {
    /// Answer somebody.
    Answer(Asker, Answer),
    /// Nobody waits for this answer any more.
    Drop(Asker),
    /// Say this to the relay.
    Tell(ToRelay),
    /// Keep this, before anything that comes after it.
    Keep(Record, Vec<u8>),
}

/// A refusal for somebody.
pub fn refuse(asker: Asker, status: u16, receipt: &Receipt) -> Deed {
    Deed::Answer(asker, Answer::refusal(status, receipt))
}

/// What is answered to those whose time was up.
pub fn too_late(askers: Vec<Asker>, what: &str) -> Vec<Deed> {
    let receipt = Receipt::new("time", format!("{what} within the time that the relay waits"), "none yet");
    askers.into_iter().map(|asker| refuse(asker, TIMEOUT, &receipt)).collect()
}

/// The same answer, or why it cannot be sent.
pub fn bounded(answer: Answer) -> Answer {
    match &answer.body {
        Body::Json(text) | Body::Text(text) | Body::Replaced { nodes: text, .. } if text.len() > ANSWER_BYTES_MAX => {
            let found = format!("{} bytes", text.len());
            Answer::refusal(TOO_LONG, &Receipt::new("answer", format!("at most {ANSWER_BYTES_MAX} bytes"), found))
        }
        _ => answer,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_at_the_limit_is_sent_and_one_past_it_is_not() {
        let fits = Answer::text(200, "x".repeat(ANSWER_BYTES_MAX));
        assert_eq!(bounded(fits.clone()), fits);
        assert_eq!(bounded(Answer::text(200, "x".repeat(ANSWER_BYTES_MAX + 1))).status, TOO_LONG);
    }
}
