//! Chains of other nodes, taken into a sealed room: decoded, verified by the room's node in steps, stored.

use serde::Serialize;
use shared::export::{ImportError as FileError, read_bytes};
use shared::protocol::Imported;
use shared::state::Tip;
use shared::{Block, Receipt, Refusal};
use tokio::task::spawn_blocking;

use crate::fetch::Fetched;
use crate::room::Room;
use crate::verify;

/// A chain that the room has now, whether it is the active one or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Adopted {
    /// Its end.
    pub(crate) tip: Tip,
}

#[derive(Serialize)]
struct AdoptedJson {
    tip: String,
    length: u64,
}

impl Adopted {
    /// What a tab that asked for the chain is told: `{"tip": …, "length": …}`.
    pub(crate) fn to_json(self) -> String {
        let json = AdoptedJson { tip: self.tip.hash.to_string(), length: self.tip.height.as_u64().saturating_add(1) };
        serde_json::to_string(&json).expect("a text and a number")
    }
}

/// Takes a fetched chain into a sealed room: every block that is valid, up to the first that is not.
///
/// # Errors
/// The receipt of the first refusal.
pub(crate) async fn adopt(room: &Room, fetched: Fetched) -> Result<Adopted, Receipt> {
    match fetched {
        Fetched::Tip(hash) => {
            let tip = room.look(move |node| node.chain().tip_of(&hash)).await.ok_or_else(failing)?;
            let missing =
                || Receipt::new("chain", "a chain that this relay has", format!("block {hash}, which it lacks"));
            Ok(Adopted { tip: tip.ok_or_else(missing)? })
        }
        Fetched::File(bytes) => import(room, bytes).await,
        Fetched::Text(text) => {
            let found: String = text.chars().take(80).collect();
            Err(Receipt::new("chain", "an export of a sealed chain", format!("text: {found}")))
        }
    }
}

async fn import(room: &Room, bytes: Vec<u8>) -> Result<Adopted, Receipt> {
    let decoding = spawn_blocking(move || read_bytes(&bytes));
    let (params, blocks) = decoding.await.map_err(|_| failing())?.map_err(|error| file_receipt(&error))?;
    // What is here already is not looked at again.
    let step = move |node: &shared::protocol::Node| {
        let checked = node.check_import(&params);
        let is_known = |block: &&Block| node.chain().is_complete(&block.hash());
        let known = blocks.iter().take_while(is_known).count();
        let tip = known.checked_sub(1).and_then(|last| node.chain().tip_of(&blocks[last].hash()));
        checked.map(|()| (blocks, known, tip))
    };
    let (blocks, known, mut tip) = room.look(step).await.ok_or_else(failing)?.map_err(|error| error.receipt())?;
    let mut blocks = blocks.into_iter().skip(known);
    loop {
        let step = room.act(move |node, now| {
            let imported = node.import_with(&mut blocks, now, verify::at_once);
            (blocks, imported)
        });
        let (rest, imported) = step.await.ok_or_else(failing)?;
        blocks = rest;
        let Imported { seen, tip: reached, .. } = imported.map_err(|error| error.receipt())?;
        tip = reached.or(tip);
        if seen == 0 {
            let empty = || Receipt::new("chain", "a chain with its genesis", "no blocks");
            return Ok(Adopted { tip: tip.ok_or_else(empty)? });
        }
    }
}

fn failing() -> Receipt {
    Receipt::new("store", "a store that takes writes", "none until it works again")
}

fn file_receipt(error: &FileError) -> Receipt {
    Receipt::new("chain", "the bytes of an exported chain", error.to_string())
}
