//! A whole chain, as a file.

use axum::http::StatusCode;
use axum::response::Response;
use shared::export::Format;

use super::answer::{is_known, not_modified, tag_with};
use super::ask::{Ask, Refused};
use crate::export;
use crate::export::hashes_of;

/// Exports the active chain, as it is when asked: one JSON object, or the bytes that are hashed and sent.
#[utoipa::path(
    get,
    path = "/api/v1/rooms/{room}/chain",
    operation_id = "chain",
    tag = "blocks",
    params(("format" = Option<String>, Query, description = "`json` (usual) or `bytes`", pattern = "^(json|bytes)$")),
    responses((status = 200, description = "The chain, genesis first", content(
        (super::shapes::ChainShape = "application/json"),
        (Vec<u8> = "application/octet-stream"),
    )))
)]
pub(super) async fn export(ask: Ask) -> Result<Response, Refused> {
    let room = ask.sealed_room()?;
    let format = ask.query(|query| query.parse::<Format>("format"))?.unwrap_or(Format::Json);
    let place = ask.relay.exports.take(Some(ask.address));
    let place = place.map_err(|receipt| Refused(StatusCode::TOO_MANY_REQUESTS, receipt))?;
    let tip = ask.look(&room, |node| node.chain().tip().hash).await?;
    // The chain follows from its tip.
    let tag = |tip| format!("\"{tip}-{}\"", format.extension());
    if is_known(&ask.headers, &tag(tip)) {
        return Ok(not_modified(&tag(tip)));
    }
    let hashes = ask.look(&room, |node| hashes_of(node.chain())).await?;
    let tip = hashes.last().copied().unwrap_or(tip);
    let mut response = export::answer(&room, format, hashes, place);
    tag_with(&mut response, &tag(tip));
    Ok(response)
}
