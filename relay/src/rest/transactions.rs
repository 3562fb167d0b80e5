//! One transaction, and where it stands.

use axum::response::Response;
use shared::export::TransactionJson;
use shared::{Block, BlockHash, Transaction, TransactionId};

use super::answer::json;
use super::ask::{Ask, Refused};
use super::blocks::read_block;
use super::json::{PlaceJson, StandingJson, StatusJson};
use crate::room::Room;

/// Where the node knows it to be.
enum Found {
    Waiting(Box<Transaction>),
    Confirmed { block: BlockHash, tip: shared::Height },
}

/// Shows a transaction, waiting or on the chain.
#[utoipa::path(
    get,
    path = "/api/v1/rooms/{room}/transactions/{id}",
    operation_id = "transaction",
    tag = "transactions",
    params(("id" = String, Path, description = "Its id", pattern = "^[0-9a-fA-F]{64}$")),
    responses((status = 200, description = "The transaction", body = StandingJson))
)]
pub(super) async fn show(ask: Ask) -> Result<Response, Refused> {
    let room = ask.sealed_room()?;
    let id = ask.path::<TransactionId>("id")?;
    ask.no_query()?;
    let found = ask.look(&room, move |node| {
        let chain = node.chain();
        if let Some(signed) = node.mempool().get(&id) {
            return Some(Found::Waiting(Box::new(Transaction::Payment(signed.clone()))));
        }
        let block = chain.hash_at(chain.transaction_height(&id)?)?;
        Some(Found::Confirmed { block, tip: chain.tip().height })
    });
    let unknown = || Refused::unknown("transaction", "the id of one that waits or is on the chain", id.to_string());
    let standing = match found.await?.ok_or_else(unknown)? {
        Found::Waiting(transaction) => StandingJson {
            transaction: TransactionJson::new(&transaction, &room.params().address_prefix),
            status: StatusJson::Waiting,
            block: None,
        },
        Found::Confirmed { block, tip } => {
            let block = read_block(&ask, &room, block).await?;
            let position = block.transactions.iter().position(|transaction| transaction.id() == id);
            confirmed(&room, &block, position.ok_or_else(unknown)?, tip)
        }
    };
    Ok(json(&ask.headers, &standing))
}

/// A transaction of a block of the chain.
pub(super) fn confirmed(room: &Room, block: &Block, position: usize, tip: shared::Height) -> StandingJson {
    let header = &block.header;
    StandingJson {
        transaction: TransactionJson::new(&block.transactions[position], &room.params().address_prefix),
        status: StatusJson::Confirmed,
        block: Some(PlaceJson::new(&block.hash(), header.height, header.timestamp, position, tip)),
    }
}
