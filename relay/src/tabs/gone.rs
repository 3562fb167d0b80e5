//! What is answered for a member that has gone: its chain as it was, from the store. The rest waits until it is back.

use std::sync::Arc;

use shared::classic::{self, Chain};
use shared::exchange::{Answer, Body};
use shared::protocol::Member;
use shared::tutorial::{self, Route};
use shared::{NodeId, Receipt, Refusal, Rules};
use tokio::task::spawn_blocking;

use crate::room::Room;

/// Answers in the place of a member of this room.
pub(super) async fn answer(room: &Room, member: &Member, route: Route) -> Answer {
    match (room.params().rules(), route) {
        (Rules::Sealed, Route::GetChain) => Answer { status: 200, body: Body::Chain { tip: member.tip.hash } },
        // Of a member the relay tells only a tip whose chain it has verified, to the last payment.
        (Rules::Sealed, Route::IsValid) => tutorial::verified(&member.tip),
        (Rules::Classic, Route::GetChain) => of_kept(room, member, classic::chain_answer).await,
        (Rules::Classic, Route::IsValid) => of_kept(room, member, classic::valid_answer).await,
        _ => {
            let expected = format!("{}, which is here", member.name);
            let found =
                format!("gone; last seen {} UTC. Its get_chain and is_valid are answered still", member.seen.to_text());
            Answer::refusal(503, &Receipt::new("node", expected, found))
        }
    }
}

/// An answer about the classic chain that a member has told of.
async fn of_kept(room: &Room, member: &Member, answer: fn(&Chain) -> Answer) -> Answer {
    match kept(room, member.id).await {
        Ok(Some(chain)) => answer(&chain),
        Ok(None) => {
            let found = format!("none of {}, which was here last {} UTC", member.name, member.seen.to_text());
            Answer::refusal(503, &Receipt::new("classic chain", "a chain that the node has told of", found))
        }
        Err(receipt) => Answer::refusal(503, &receipt),
    }
}

/// The classic chain that a member has told of.
///
/// # Errors
/// When it cannot be read.
pub(crate) async fn kept(room: &Room, id: NodeId) -> Result<Option<Chain>, Receipt> {
    let (store, name) = (Arc::clone(room.store()), room.params().room.clone());
    let reading = spawn_blocking(move || {
        let text = store
            .classic_chain(&name, &id)
            .map_err(|error| Receipt::new("store", "a chain that can be read", error.to_string()))?;
        text.map(|text| Chain::from_json(&text)).transpose().map_err(|error| error.receipt())
    });
    let failed = |_| Receipt::new("store", "a chain that can be read", "an error of the relay's own");
    reading.await.map_err(failed)?
}
