//! What an address has, and what became of it.

use axum::response::Response;
use serde::Serialize;
use shared::export::TransactionJson;
use shared::state::wallet::Balance;
use shared::{Address, Block, BlockHash, Transaction};
use utoipa::ToSchema;

use super::answer::{json, link_next};
use super::ask::{Ask, Refused};
use super::json::{AddressJson, StandingJson, TipJson};
use super::page::Cursor;
use super::transactions::confirmed;

/// Transactions on a page, unless asked otherwise.
const TRANSACTIONS_USUAL: usize = 20;
/// The most transactions on a page.
const TRANSACTIONS_MAX: usize = 100;
/// The most waiting payments that are shown with an address.
const WAITING_MAX: usize = 100;

/// Shows what an address has, which sequence number its next payment should have, and what waits for it.
///
/// Any address that is one is answered: who was never paid has nothing.
#[utoipa::path(
    get,
    path = "/api/v1/rooms/{room}/addresses/{address}",
    operation_id = "address",
    tag = "addresses",
    params(("address" = String, Path, description = "The address, bech32m with the network's prefix")),
    responses((status = 200, description = "The address", body = AddressJson))
)]
pub(super) async fn show(ask: Ask) -> Result<Response, Refused> {
    let room = ask.sealed_room()?;
    let address = ask.path_address(&room)?;
    ask.no_query()?;
    let prefix = room.params().address_prefix.clone();
    let looked = ask.look(&room, move |node| {
        let balance = Balance::of(&address, node.ledger(), node.mempool());
        let waiting = node.mempool().concerning(&address);
        let shown = waiting.iter().take(WAITING_MAX);
        let shown = shown.map(|&signed| TransactionJson::new(&Transaction::Payment(signed.clone()), &prefix));
        AddressJson {
            address: address.encode(&prefix),
            confirmed: balance.confirmed,
            spendable: balance.spendable,
            leaving: balance.leaving,
            arriving: balance.arriving,
            next_sequence: node.mempool().next_sequence(&address, node.ledger()),
            waiting: shown.collect(),
            waiting_count: waiting.len(),
            blocks: node.chain().heights_of(&address).len(),
        }
    });
    Ok(json(&ask.headers, &looked.await?))
}

/// A page of an address's transactions.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TransactionPage)]
pub(super) struct TransactionPageJson {
    /// The transactions, newest first.
    transactions: Vec<StandingJson>,
    /// The cursor of what follows; none at the end.
    next: Option<String>,
    /// The end of the chain when this page was made.
    tip: TipJson,
}

/// Lists an address's transactions on the chain, the newest first.
///
/// What waits for it is shown with the address itself. `next` leads to what follows, whatever was mined meanwhile; 410
/// when a reorganisation took the block off the chain where a page ended.
#[utoipa::path(
    get,
    path = "/api/v1/rooms/{room}/addresses/{address}/transactions",
    operation_id = "address_transactions",
    tag = "addresses",
    params(
        ("address" = String, Path, description = "The address, bech32m with the network's prefix"),
        ("limit" = Option<usize>, Query, description = "How many, 20 unless said otherwise", minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query, description = "What `next` was in the page before", pattern = "^[0-9]{1,19}-[0-9a-f]{64}(-[0-9]{1,9})?$"),
    ),
    responses(
        (status = 200, description = "A page of transactions", body = TransactionPageJson),
        (status = 410, description = "The cursor's block left the chain", body = super::shapes::ReceiptShape),
    )
)]
pub(super) async fn transactions(ask: Ask) -> Result<Response, Refused> {
    let room = ask.sealed_room()?;
    let address = ask.path_address(&room)?;
    let (limit, cursor) =
        ask.query(|query| Ok((query.limit(TRANSACTIONS_USUAL, TRANSACTIONS_MAX)?, query.parse::<Cursor>("cursor")?)))?;
    let looked = ask.look(&room, move |node| {
        let chain = node.chain();
        cursor.map_or(Ok(()), |cursor| cursor.check(chain))?;
        let from = cursor.map_or(chain.tip().height, |cursor| cursor.height);
        let heights = chain.heights_of(&address).rev().skip_while(|height| *height > from);
        // Each holds at least one; the first may have been read to its end, and one more tells whether there is more.
        let hashes = heights.take(limit + 2).filter_map(|height| chain.hash_at(height));
        Ok::<_, Refused>((chain.tip(), hashes.collect::<Vec<BlockHash>>()))
    });
    let (tip, hashes) = looked.await??;
    let reader = room.clone();
    let read = ask.read_blocks(&room, hashes, move |hash, block, made| {
        for position in positions(&block, &address).rev() {
            let is_read = cursor
                .is_some_and(|cursor| cursor.hash == *hash && cursor.position.is_none_or(|read| position >= read));
            if !is_read {
                let place = Cursor { height: block.header.height, hash: *hash, position: Some(position) };
                made.push((place, confirmed(&reader, &block, position, tip.height)));
            }
        }
        made.len() <= limit
    });
    let mut read = read.await?;
    let is_more = read.len() > limit;
    read.truncate(limit);
    let next = read.last().filter(|_| is_more).map(|(place, _)| place.to_string());
    let link = next.as_ref().map(|next| ask.link(&format!("limit={limit}&cursor={next}")));
    let transactions = read.into_iter().map(|(_, standing)| standing).collect();
    let page = TransactionPageJson { transactions, next, tip: TipJson::from(&tip) };
    Ok(link_next(json(&ask.headers, &page), link))
}

/// The positions of a block's transactions that pay to or from an address.
fn positions(block: &Block, address: &Address) -> impl DoubleEndedIterator<Item = usize> {
    let concerns = |transaction: &Transaction| match transaction {
        Transaction::Reward(reward) => reward.receiver == *address,
        Transaction::Payment(signed) => {
            signed.payment.receiver == *address || signed.payment.sender.address() == *address
        }
    };
    let positions = block.transactions.iter().enumerate().filter(move |(_, transaction)| concerns(transaction));
    positions.map(|(position, _)| position)
}
