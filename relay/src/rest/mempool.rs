//! The payments that wait.

use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use shared::export::TransactionJson;
use shared::{Receipt, Transaction, TransactionId};
use utoipa::ToSchema;

use super::answer::{json, link_next};
use super::ask::{Ask, Refused};
use super::shapes::TransactionShape;

/// Payments on a page, unless asked otherwise.
const PAYMENTS_USUAL: usize = 100;
/// The most payments on a page.
const PAYMENTS_MAX: usize = 500;

/// A page of waiting payments.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MempoolPage)]
pub(super) struct MempoolPageJson {
    /// The payments, the highest fee rate first.
    #[schema(value_type = Vec<TransactionShape>)]
    payments: Vec<TransactionJson>,
    /// How many wait in all.
    count: usize,
    /// How many bytes they take.
    bytes: usize,
    /// The cursor of what follows; none at the end.
    next: Option<String>,
}

/// Lists the payments that wait, the highest fee rate first.
///
/// `next` leads to what follows in the order as it is then; 410 when the payment where a page ended waits no longer.
#[utoipa::path(
    get,
    path = "/api/v1/rooms/{room}/mempool",
    operation_id = "mempool",
    tag = "transactions",
    params(
        ("limit" = Option<usize>, Query, description = "How many, 100 unless said otherwise", minimum = 1, maximum = 500),
        ("cursor" = Option<String>, Query, description = "What `next` was in the page before", pattern = "^[0-9a-fA-F]{64}$"),
    ),
    responses(
        (status = 200, description = "A page of payments", body = MempoolPageJson),
        (status = 410, description = "The cursor's payment waits no longer", body = super::shapes::ReceiptShape),
    )
)]
pub(super) async fn list(ask: Ask) -> Result<Response, Refused> {
    let room = ask.sealed_room()?;
    let (limit, cursor) =
        ask.query(|query| Ok((query.limit(PAYMENTS_USUAL, PAYMENTS_MAX)?, query.parse::<TransactionId>("cursor")?)))?;
    let prefix = room.params().address_prefix.clone();
    let looked = ask.look(&room, move |node| {
        let mempool = node.mempool();
        if let Some(cursor) = cursor.filter(|cursor| !mempool.contains(cursor)) {
            let found = format!("{cursor}, which waits no longer: begin again without a cursor");
            return Err(Refused(StatusCode::GONE, Receipt::new("cursor", "a payment that waits", found)));
        }
        let mut following = mempool.iter();
        if let Some(cursor) = cursor {
            following.find(|signed| signed.id() == cursor);
        }
        let page: Vec<_> = following.by_ref().take(limit).cloned().collect();
        let next = following.next().and(page.last()).map(|signed| signed.id().to_string());
        let payments = page.into_iter().map(|signed| TransactionJson::new(&Transaction::Payment(signed), &prefix));
        Ok(MempoolPageJson { payments: payments.collect(), count: mempool.len(), bytes: mempool.bytes(), next })
    });
    let page = looked.await??;
    let link = page.next.as_ref().map(|next| ask.link(&format!("limit={limit}&cursor={next}")));
    Ok(link_next(json(&ask.headers, &page), link))
}
