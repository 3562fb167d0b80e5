//! The nodes that the own node of a sealed room was connected to, and what it does with them: `replace_chain`.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures_util::{StreamExt, stream};
use shared::Receipt;
use shared::exchange::Answer;
use shared::protocol::Verdict;
use shared::state::Tip;
use shared::tutorial::{self, Netloc, NodeVerdict, check_connected, disconnected};
use tokio::sync::Mutex;
use tokio::task::spawn_blocking;

use super::{ASKED_AT_ONCE, adopt, failing, keep};
use crate::fetch::{self, Want};
use crate::relay::Relay;
use crate::room::{Room, RoomError};

/// What the nodes are kept under in the store.
const KEPT: &str = "nodes";

/// The nodes, in the store whenever they are here.
#[derive(Debug)]
pub(super) struct Nodes(Mutex<BTreeSet<Netloc>>);

impl Nodes {
    pub(super) fn open(room: &Room) -> Result<Self, RoomError> {
        let kept = room.store().own(&room.params().room, KEPT)?.unwrap_or_default();
        // One a line; a netloc has no white space.
        Ok(Self(Mutex::new(kept.lines().filter_map(|line| Netloc::parse(line).ok()).collect())))
    }

    /// Adds nodes; says all there are now.
    pub(super) async fn add(&self, room: &Room, more: Vec<Netloc>) -> Result<BTreeSet<Netloc>, Answer> {
        let mut nodes = self.0.lock().await;
        let mut all = nodes.clone();
        all.extend(more);
        check_connected(all.len()).map_err(|receipt| Answer::refusal(400, &receipt))?;
        change(&mut nodes, room, all).await
    }

    /// Takes those nodes away that are named, all or none; says all there are now.
    pub(super) async fn remove(&self, room: &Room, named: &[Netloc]) -> Result<BTreeSet<Netloc>, Answer> {
        let mut nodes = self.0.lock().await;
        let connected: Vec<Netloc> = nodes.iter().cloned().collect();
        let left = disconnected(&connected, named).map_err(|receipt| Answer::refusal(400, &receipt))?;
        change(&mut nodes, room, left.into_iter().collect()).await
    }

    /// Asks every node for its chain, takes what is valid of each, and tells what came of it.
    pub(super) async fn replace(&self, relay: &Arc<Relay>, room: &Room) -> Answer {
        let nodes = self.0.lock().await.clone();
        let tip = async || room.look(|node| node.chain().tip()).await;
        let Some(before) = tip().await else { return failing() };
        let asked = stream::iter(nodes).map(async |netloc| {
            let chain = ask(relay, room, &netloc).await;
            (netloc, chain)
        });
        let asked: Vec<(Netloc, Result<Tip, Receipt>)> = asked.buffered(ASKED_AT_ONCE).collect().await;
        let Some(tip) = tip().await else { return failing() };
        let replaced = tip.hash != before.hash;
        let mut is_adopted = false;
        let verdicts: Vec<NodeVerdict> = asked
            .into_iter()
            .map(|(netloc, chain)| {
                let verdict = match chain {
                    Err(receipt) => Verdict::Refused(receipt),
                    Ok(theirs) if theirs.hash == tip.hash && replaced && !is_adopted => {
                        is_adopted = true;
                        Verdict::Adopted
                    }
                    Ok(theirs) if theirs.hash == tip.hash => Verdict::SameTip,
                    Ok(theirs) if theirs.work == tip.work => Verdict::EqualWork,
                    Ok(theirs) => Verdict::LessWork { theirs: theirs.work, ours: tip.work },
                };
                NodeVerdict::at(netloc.shown(), &verdict)
            })
            .collect();
        tutorial::replaced_by(tip.hash, replaced, &verdicts)
    }
}

/// Puts these nodes in the place of those there are, once the store has them.
async fn change(
    nodes: &mut BTreeSet<Netloc>,
    room: &Room,
    changed: BTreeSet<Netloc>,
) -> Result<BTreeSet<Netloc>, Answer> {
    if changed != *nodes {
        let text: Vec<&str> = changed.iter().map(Netloc::as_str).collect();
        let (store, name, text) = (Arc::clone(room.store()), room.params().room.clone(), text.join("\n"));
        let keeping = spawn_blocking(move || keep(&store, &name, KEPT, &text));
        if !matches!(keeping.await, Ok(Ok(()))) {
            return Err(failing());
        }
        nodes.clone_from(&changed);
    }
    Ok(changed)
}

async fn ask(relay: &Arc<Relay>, room: &Room, netloc: &Netloc) -> Result<Tip, Receipt> {
    let fetched = fetch::fetch(relay, room, netloc.as_str(), Want::Sealed).await?;
    adopt(room, fetched).await.map(|adopted| adopted.tip)
}
